"""Diagrams to DisCoPy, up to isomorphism.

`hypergraph`, `frobenius`, `compact`, `markov`, `symmetric` go through DisCoPy's Hypergraph, `tensor` from
there through a functor of its own; `monoidal` and `rigid` are laid out in layers without crossings. Needs
discopy 1.2. The way back is `compilers.from_discopy`.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from diagram.inlining import inline
from diagram.levels import FREE, Category
from diagram.melt import melt
from diagram.turning import DAGGER
from diagram.types import Ob, Type, Wires
from diagram.value import Box, Diagram, Flat

Foreign = Any
"""A value of DisCoPy: the library has no types."""
CATEGORIES = {
    "monoidal": Category("Discopy", ("monoidal",)),
    "rigid": Category("Discopy", ("rigid",)),
    "symmetric": Category("Discopy", ("symmetric", "traced")),
    "markov": Category("Discopy", ("markov",)),
    "compact": Category("Discopy", ("compact",)),
    "frobenius": FREE,
    "hypergraph": FREE,
    "tensor": FREE,
}


def to_discopy(
    d: Diagram,
    category: str = "frobenius",
    sizes: Mapping[str, int] | None = None,
    arrays: Mapping[str, Any] | None = None,
) -> Foreign:
    """The diagram in one of DisCoPy's categories, a name of `CATEGORIES`. Definitions are unfolded.

    `tensor` wants the `sizes` of objects (a name that is a number is its size) and takes `arrays` as the data
    of its boxes; objects of size 1 vanish there. Raises `ValueError` if the category cannot draw it: a
    crossing in `monoidal` or `rigid`, a spider below `frobenius`.
    """
    if category not in CATEGORIES:
        raise ValueError(f"discopy has no category {category!r} here; use one of {', '.join(CATEGORIES)}")
    if category == "tensor":
        return _tensor(to_discopy(d, "frobenius"), sizes or {}, arrays or {})
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


def _tensor(made: Foreign, sizes: Mapping[str, int], arrays: Mapping[str, Any]) -> Foreign:
    """A diagram of `frobenius` in `tensor`: objects to dimensions, boxes to boxes with data."""
    import numpy as np

    frobenius, tensor = import_module("discopy.frobenius"), import_module("discopy.tensor")
    data = {name: np.asarray(x).reshape(-1).tolist() for name, x in arrays.items()}

    def dim(ob: Foreign) -> Foreign:
        if ob.name not in sizes and not ob.name.isdecimal():
            raise ValueError(f"tensor diagrams need the size of {ob.name}: sizes={{{ob.name!r}: 2}}")
        return tensor.Dim(sizes[ob.name] if ob.name in sizes else int(ob.name))

    functor: Foreign = frobenius.Functor(
        ob=dim,
        ar=lambda box: tensor.Box(box.name, functor(box.dom), functor(box.cod), data.get(box.name)),
        dom=frobenius.Category(),
        cod=tensor.Category(tensor.Dim, tensor.Diagram),
    )
    return functor(made)


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
    return _turned(library, box.op.name, _ty(library, dom), _ty(library, cod))


def _turned(library: Foreign, name: str, dom: Foreign, cod: Foreign) -> Foreign:
    """The box of this name: one that ends in `.dagger`, `.r` or `.l` is another one turned."""
    if name.endswith(DAGGER):
        return _turned(library, name.removesuffix(DAGGER), cod, dom).dagger()
    if name.endswith(".r") and hasattr(dom, "l"):
        return _turned(library, name[:-2], cod.l, dom.l).r
    if name.endswith(".l") and hasattr(dom, "r"):
        return _turned(library, name[:-2], cod.r, dom.r).l
    return library.Box(name, dom, cod)


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
