"""Diagrams to DisCoPy, up to isomorphism.

`hypergraph`, `frobenius`, `symmetric` go through DisCoPy's Hypergraph, `tensor` from there through a functor
of its own; `monoidal`, `rigid`, `markov`, `compact` are laid out here, in `compilers.discopy_layers`. Needs
discopy 1.2. The way back is `compilers.from_discopy`.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from compilers.discopy_layers import Crossed, planar, ports, turned, ty
from diagram.inlining import inline
from diagram.levels import FREE, Category
from diagram.melt import melt
from diagram.value import Diagram, Flat

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
    if category in ("monoidal", "rigid"):
        return planar(inline(d), import_module(f"discopy.{category}"))
    flat = melt(inline(d), True)
    if category in ("markov", "compact"):
        return Crossed(import_module(f"discopy.{category}"), d, flat).run()
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


def _hypergraph(d: Diagram, flat: Flat, library: Foreign) -> Foreign:
    """DisCoPy's own hypergraph of the same incidences."""
    boxes = []
    for box in flat.boxes:
        takes, gives = ports(box, flat.wires)
        boxes.append(turned(library, box.op.name, ty(library, takes), ty(library, gives)))
    inner = tuple((box.dom, box.cod) for box in flat.boxes)
    spiders = {w: ty(library, (t,)) for w, t in enumerate(flat.wires)}
    dom, cod = ty(library, d.dom), ty(library, d.cod)
    if flat.params:
        raise ValueError("discopy has no learned arrays: open the diagram first")
    return library.Hypergraph(dom, cod, tuple(boxes), (flat.inputs, inner, flat.outputs), spiders)
