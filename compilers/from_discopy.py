"""Diagrams of DisCoPy as ours: layers and hypergraphs, structure boxes as wiring. Needs discopy 1.2.

The way there is `compilers.to_discopy`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from compilers.to_discopy import CATEGORIES, Foreign
from diagram.builder import Builder
from diagram.layer import Layer
from diagram.levels import FREE, Category
from diagram.op import generator
from diagram.turning import DAGGER
from diagram.types import Ob, Wires
from diagram.value import Box, Diagram


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
    return b.build(outs, cod=_types(x.cod)).with_layers(_plane(x))


def _plane(x: Foreign) -> tuple[Layer, ...]:
    """Where the boxes and swaps of a diagram stand; nothing if it has other structure."""
    layers: list[Layer] = []
    number = 0
    for box, at in zip(x.boxes, x.offsets, strict=True):
        names = {kind.__name__ for kind in type(box).__mro__}
        n = len(box.dom)
        if "Swap" in names:
            left = len(box.left)
            layers.append(Layer(at, -1, n, (*range(left, n), *range(left))))
        elif "Copy" in names and n == 1:
            layers.append(Layer(at, -1, n, (0,) * len(box.cod)))
        elif names.isdisjoint(_LAYERS):
            layers.append(Layer(at, number))
            number += 1
        else:
            return ()
    return tuple(layers)


def arrays_of(x: Foreign) -> dict[str, Any]:
    """The data of the boxes of a `tensor.Diagram`, for `TensorFunctor({}, arrays_of(x))(from_discopy(x))`.

    Any: arrays of numpy. Raises `ValueError` if two boxes of one name have different data.
    """
    import numpy as np

    found: dict[str, Any] = {}
    for box in x.boxes:
        if any(kind.__name__ in _LAYERS for kind in type(box).__mro__):
            continue
        name = _op(box).name
        mine = np.asarray(box.eval().array)
        if name in found and not np.array_equal(found[name], mine):
            raise ValueError(f"two boxes named {name} have different data: rename one")
        found[name] = mine
    return found


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
    """A declared box; the dagger of one is named as by `adjoint`, one turned by half `.r` or `.l`."""
    turned = bool(getattr(box, "is_dagger", False))
    name, half = (str((box.dagger() if turned else box).name), int(getattr(box, "z", 0)))
    name += (DAGGER if turned else "") + (".r" if half > 0 else ".l") * abs(half)
    return generator(name, _types(box.dom), _types(box.cod))


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


def _copy(b: Builder, box: Foreign, ins: list[int]) -> list[int]:
    """`Copy`, `Discard` and, from right to left, `Merge`."""
    n = len(box.dom) or 1
    k = len(box.cod) // n
    if type(box).__name__ != "Merge":
        return ins * k
    m = len(box.cod)
    for j in range(m, len(ins)):
        b.join(ins[j % m], ins[j])
    return ins[:m]


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
    "Copy": _copy,
    "Merge": _copy,
    "Trace": _trace,
    "Bubble": _refused,
    "Sum": _refused,
}
"""What the structure boxes of DisCoPy are, by the names of their classes."""
