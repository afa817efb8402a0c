"""Changing one box of a diagram: the rest is kept as it is, so that it costs less than building it again."""

from __future__ import annotations

from diagram.builder import Builder
from diagram.errors import Diagnostic, DiagramError
from diagram.types import Wires, wires_text
from diagram.value import Box, Diagram, make


def replaced(d: Diagram, at: int, by: Diagram) -> Diagram:
    """`d` with a diagram in the place of its box number `at`: copies of tuples, no gluing.

    Raises `IndexError` if there is no such box, `DiagramError` E0301 if the types differ.

    >>> from diagram.hypergraph import box
    >>> from diagram.types import Ob
    >>> A = Ob("A")
    >>> f, g, h = (box(name, A, A) for name in "fgh")
    >>> replaced(f >> g >> f, 1, h >> h) == f >> h >> h >> f
    True
    """
    flat, inner = d.flat, by.flat
    if not 0 <= at < len(flat.boxes):
        raise IndexError(f"no box {at} in a diagram of {len(flat.boxes)}")
    box = flat.boxes[at]
    _fit(d, box, by)
    wires = {*inner.inputs, *inner.outputs}
    if by.params or len(wires) < len(inner.inputs) + len(inner.outputs):
        return _rebuilt(d, at, by)
    to = [-1] * len(inner.wires)
    for w, mine in zip((*inner.inputs, *inner.outputs), (*box.dom, *box.cod), strict=True):
        to[w] = mine
    fresh = [w for w, mine in enumerate(to) if mine < 0]
    for k, w in enumerate(fresh, len(flat.wires)):
        to[w] = k
    boxes = [
        b._replace(dom=tuple([to[w] for w in b.dom]), cod=tuple([to[w] for w in b.cod])) for b in inner.boxes
    ]
    new = flat._replace(
        wires=(*flat.wires, *[inner.wires[w] for w in fresh]),
        names=(*flat.names, *[inner.names[w] for w in fresh]),
        boxes=(*flat.boxes[:at], *boxes, *flat.boxes[at + 1 :]),
    )
    return make(new, d.dom, d.cod, d.category, d.name, d.doc, d.results, d.span).with_looks(d.looks)


def _fit(d: Diagram, box: Box, by: Diagram) -> None:
    """Raises `DiagramError` E0301 if the diagram has another type than the box."""
    types: list[Wires] = [
        declared or tuple([d.wires[w] for w in wires])
        for declared, wires in ((box.op.dom, box.dom), (box.op.cod, box.cod))
    ]
    if [by.dom, by.cod] != types:
        want = " -> ".join(map(wires_text, types))
        notes = (f"the box is      {want}", f"the diagram is  {by.type_text}")
        raise DiagramError(
            Diagnostic("E0301", f"{box.label} cannot be replaced by this diagram", notes=notes)
        )


def _rebuilt(d: Diagram, at: int, by: Diagram) -> Diagram:
    """The same where wires of the box become one, or learned arrays come in."""
    flat = d.flat
    b = Builder(d.category)
    b.wires, b.names = list(flat.wires), list(flat.names)
    b.adopt(zip(flat.params, d.param_wires, strict=True))
    box = flat.boxes[at]
    b.boxes = list(flat.boxes[:at])
    for w, v in zip(box.cod, b.insert(by, box.dom), strict=True):
        b.join(v, w)
    b.boxes += flat.boxes[at + 1 :]
    made = b.build(flat.outputs, d.name, d.doc, d.results, d.span, d.dom, d.cod, flat.inputs[: len(d.dom)])
    return made.with_looks(d.looks)
