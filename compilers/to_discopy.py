"""Diagrams to DisCoPy and back, up to isomorphism.

`hypergraph`, `frobenius`, `compact`, `symmetric` go through DisCoPy's Hypergraph; `monoidal` and `rigid` are
laid out
in layers without crossings. Needs discopy 1.2.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

from diagram.builder import Builder
from diagram.inlining import inline
from diagram.levels import FREE, Category
from diagram.melt import melt
from diagram.op import generator
from diagram.types import Ob, Type, Wires
from diagram.value import Box, Diagram, Flat

Foreign = Any
"""A value of DisCoPy: the library has no types."""
CATEGORIES = {
    "monoidal": Category("Discopy", ("monoidal",)),
    "rigid": Category("Discopy", ("rigid",)),
    "symmetric": Category("Discopy", ("symmetric", "traced")),
    "compact": Category("Discopy", ("compact",)),
    "frobenius": FREE,
    "hypergraph": FREE,
    "tensor": FREE,
}
DAGGER = "dagger"


def to_discopy(d: Diagram, category: str = "frobenius") -> Foreign:
    """The diagram in one of DisCoPy's categories: a name of `CATEGORIES` other than `tensor` (see
    `to_tensor`).

    Definitions are unfolded. Raises `ValueError` if the category cannot draw it: a crossing in `monoidal` or
    `rigid`, a spider below `frobenius`.
    """
    if category not in CATEGORIES or category == "tensor":
        raise ValueError(f"discopy has no category {category!r} here; use one of {', '.join(CATEGORIES)}")
    flat = melt(inline(d), True)
    if category in ("monoidal", "rigid"):
        return _Layers(d, flat, import_module(f"discopy.{category}")).run()
    library = import_module("discopy.frobenius" if category == "hypergraph" else f"discopy.{category}")
    graph = _hypergraph(d, flat, library)
    return graph if category == "hypergraph" else graph.to_diagram()


def to_tensor(d: Diagram, sizes: Mapping[str, int], arrays: Mapping[str, Any]) -> Foreign:
    """The diagram as a DisCoPy `Tensor`, by its own tensor functor: to compare with."""
    import numpy as np

    frobenius, tensor = import_module("discopy.frobenius"), import_module("discopy.tensor")
    functor = tensor.Functor(
        ob=lambda ob: tensor.Dim(sizes[ob.name]),
        ar=lambda box: arrays[box.name],
        dom=frobenius.Category(),
        dtype=np.result_type(*map(np.asarray, arrays.values())),
    )
    return functor(to_discopy(d, "frobenius"))


def _ty(library: Foreign, types: Wires) -> Foreign:
    found = library.Ty()
    for type_ in types:
        if not isinstance(type_, Ob):
            raise ValueError(f"discopy has objects only, not {type_}")
        one = library.Ty(type_.name + "'" * type_.prime)
        for _ in range(abs(type_.adjoint)):
            one = one.r if type_.adjoint > 0 else one.l
        found = found @ one
    return found


def _box(library: Foreign, box: Box, wires: tuple[Type, ...]) -> Foreign:
    dom = box.op.dom or tuple(wires[w] for w in box.dom)
    cod = box.op.cod or tuple(wires[w] for w in box.cod)
    if DAGGER in box.op.facts:
        return library.Box(box.op.name, _ty(library, cod), _ty(library, dom)).dagger()
    return library.Box(box.op.name, _ty(library, dom), _ty(library, cod))


def _hypergraph(d: Diagram, flat: Flat, library: Foreign) -> Foreign:
    """DisCoPy's own hypergraph of the same incidences."""
    boxes = tuple(_box(library, box, flat.wires) for box in flat.boxes)
    inner = tuple((box.dom, box.cod) for box in flat.boxes)
    spiders = {w: _ty(library, (t,)) for w, t in enumerate(flat.wires)}
    dom, cod = _ty(library, d.dom), _ty(library, d.cod)
    if flat.params:
        raise ValueError("discopy has no learned arrays: open the diagram first")
    return library.Hypergraph(dom, cod, boxes, (flat.inputs, inner, flat.outputs), spiders)


class _Layers:
    """A planar diagram, box by box from left to right; cups where the two ends of a wire meet, caps where
    needed."""

    def __init__(self, d: Diagram, flat: Flat, library: Foreign) -> None:
        self.d, self.flat, self.library = d, flat, library
        self.scan = [(w, t) for w, t in zip(flat.inputs, d.dom, strict=False)]
        self.made = library.Id(_ty(library, d.dom))
        self.ends: dict[int, int] = {}

    def run(self) -> Foreign:
        """The layers, one for each box, cup and cap."""
        self._close()
        for box in self.flat.boxes:
            dom = box.op.dom or tuple(self.flat.wires[w] for w in box.dom)
            at = self._find(box.dom, dom)
            cod = box.op.cod or tuple(self.flat.wires[w] for w in box.cod)
            layer = _box(self.library, box, self.flat.wires)
            self._put(at, len(box.dom), layer, list(zip(box.cod, cod, strict=True)))
            self._close()
        for at, w in enumerate(self.flat.outputs):
            if at >= len(self.scan) or self.scan[at][0] != w:
                self._cap_for(at, w, self.d.cod)
        if [w for w, _ in self.scan] != list(self.flat.outputs):
            raise _crossing()
        return self.made

    def _put(self, at: int, width: int, layer: Foreign, new: list[tuple[int, Type]]) -> None:
        left = _ty(self.library, tuple(t for _, t in self.scan[:at]))
        right = _ty(self.library, tuple(t for _, t in self.scan[at + width :]))
        self.made = self.made >> left @ layer @ right
        self.scan[at : at + width] = new

    def _find(self, wires: tuple[int, ...], types: Wires) -> int:
        """Where the inputs of a box stand side by side; a box without inputs goes to the right end."""
        if not wires:
            return len(self.scan)
        names = [w for w, _ in self.scan]
        if wires[0] not in names:
            raise _crossing()
        at = names.index(wires[0])
        if tuple(names[at : at + len(wires)]) != wires:
            raise _crossing()
        return at

    def _close(self) -> None:
        """Cups on neighbours that are the two ends of one wire, inner ones first."""
        at = 0
        while at + 1 < len(self.scan):
            (v, s), (w, t) = self.scan[at], self.scan[at + 1]
            if v == w and not self._leaves(v):
                layer = self.library.Cup(_ty(self.library, (s,)), _ty(self.library, (t,)))
                self._put(at, 2, layer, [])
                at = max(at - 1, 0)
            else:
                at += 1

    def _leaves(self, w: int) -> bool:
        return w in self.flat.outputs or any(w in box.dom for box in self.flat.boxes)

    def _cap_for(self, at: int, w: int, types: Wires) -> None:
        """Both ends of a wire that nothing writes are outputs: a cap."""
        outs = self.flat.outputs
        if at + 1 >= len(outs) or outs[at + 1] != w or not hasattr(self.library, "Cap"):
            raise _crossing()
        s, t = types[at], types[at + 1]
        layer = self.library.Cap(_ty(self.library, (s,)), _ty(self.library, (t,)))
        self._put(at, 0, layer, [(w, s), (w, t)])


def _crossing() -> ValueError:
    return ValueError("wires of this diagram cross: use category='symmetric' or above")


def from_discopy(x: Foreign) -> Diagram:
    """The diagram of a DisCoPy `Diagram` or `Hypergraph`. Raises `ValueError` for bubbles and sums."""
    if type(x).__name__ == "Sum":
        raise ValueError("Sum of discopy is no diagram: take it apart first")
    category = _category_of(x)
    if type(x).__name__.startswith("Hypergraph"):
        return _from_hypergraph(x, category)
    b = Builder(category)
    scan = [b.input(t) for t in _types(x.dom)]
    outs = _run(b, x, scan)
    return b.build(outs, cod=_types(x.cod))


def _category_of(x: Foreign) -> Category:
    module = type(x).__module__.rpartition(".")[2]
    return CATEGORIES.get(module, FREE)


def _types(ty: Foreign) -> Wires:
    """DisCoPy's type as wires; sizes of a `Dim` become objects named by their number."""
    found = []
    for ob in ty.inside:
        name = str(getattr(ob, "name", ob))
        found.append(Ob(name, int(getattr(ob, "z", 0))))
    return tuple(found)


def _from_hypergraph(x: Foreign, category: Category) -> Diagram:
    b = Builder(category)
    spiders = x.spider_types
    pairs = spiders.items() if isinstance(spiders, Mapping) else enumerate(spiders)
    number = {s: b.wire(_types(t)[0]) for s, t in pairs}
    for box, (dom, cod) in zip(x.boxes, x.box_wires, strict=True):
        b.attach(Box(_op(box), tuple(number[s] for s in dom), tuple(number[s] for s in cod)))
    ins, outs = ([number[s] for s in side] for side in (x.dom_wires, x.cod_wires))
    return b.build(outs, dom=_types(x.dom), cod=_types(x.cod), inputs=ins)


def _op(box: Foreign) -> Any:
    """A declared box; the dagger of one keeps its name and says so in its facts."""
    turned = bool(getattr(box, "is_dagger", False))
    name = str(box.dagger().name) if turned else str(box.name)
    return generator(name, _types(box.dom), _types(box.cod), frozenset({DAGGER}) if turned else frozenset())


def _run(b: Builder, x: Foreign, scan: list[int]) -> list[int]:
    """The layers of a diagram, on the wires `scan`."""
    for box, offset in zip(x.boxes, x.offsets, strict=True):
        n = len(box.dom)
        ins = scan[offset : offset + n]
        scan[offset : offset + n] = _layer(b, box, ins)
    return scan


Rule = Callable[[Builder, Foreign, list[int]], list[int]]


def _layer(b: Builder, box: Foreign, ins: list[int]) -> list[int]:
    for kind in type(box).__mro__:
        rule = _LAYERS.get(kind.__name__)
        if rule is not None:
            return rule(b, box, ins)
    made = [b.wire(t) for t in _types(box.cod)]
    b.attach(Box(_op(box), tuple(ins), tuple(made)))
    return made


def _swap(b: Builder, box: Foreign, ins: list[int]) -> list[int]:
    n = len(box.left)
    return ins[n:] + ins[:n]


def _cup(b: Builder, box: Foreign, ins: list[int]) -> list[int]:
    b.join(ins[0], ins[1])
    return []


def _cap(b: Builder, box: Foreign, ins: list[int]) -> list[int]:
    return [b.wire(_types(box.cod)[0])] * 2


def _spider(b: Builder, box: Foreign, ins: list[int]) -> list[int]:
    n = len(_types(box.typ))
    out: list[int] = []
    for k, type_ in enumerate(_types(box.typ)):
        w = b.wire(type_)
        for v in ins[k::n]:
            b.join(v, w)
        out.append(w)
    return out * (len(box.cod) // n if n else 0)


def _trace(b: Builder, box: Foreign, ins: list[int]) -> list[int]:
    """A trace closes its first or last wire."""
    inner, left = box.arg, bool(getattr(box, "left", False))
    extra = len(inner.dom) - len(box.dom)
    looped = _types(inner.dom)[:extra] if left else _types(inner.dom)[len(inner.dom) - extra :]
    loop = [b.wire(t) for t in looped]
    outs = _run(b, inner, loop + ins if left else ins + loop)
    cut = extra if left else len(outs) - extra
    back, rest = (outs[:cut], outs[cut:]) if left else (outs[cut:], outs[:cut])
    for v, w in zip(loop, back, strict=True):
        b.join(v, w)
    return rest


def _refused(b: Builder, box: Foreign, ins: list[int]) -> list[int]:
    raise ValueError(f"{type(box).__name__} of discopy is no diagram: take it apart first")


_LAYERS: dict[str, Rule] = {
    "Swap": _swap,
    "Cup": _cup,
    "Cap": _cap,
    "Spider": _spider,
    "Trace": _trace,
    "Bubble": _refused,
    "Sum": _refused,
}
"""What the structure boxes of DisCoPy are, by the names of their classes."""
