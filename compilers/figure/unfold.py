"""What is drawn for a diagram of plain objects: traces are loops and small powers are written out, not
boxes.
"""

from __future__ import annotations

from diagram.hypergraph import Box, Builder, Diagram, trace
from diagram.op import Kind
from diagram.types import Ob

MOST = 60
"""A power is written out if it has at most so many boxes."""


def unfold(d: Diagram) -> Diagram:
    """The diagram to draw; `d` itself if there is nothing to write out. Boxes of arrays stay as they are."""
    if d.params:
        return d
    while any(_is_structure(box, d) for box in d.boxes):
        d = _once(d)
    return d


def _is_structure(box: Box, d: Diagram) -> bool:
    if box.op.name not in ("trace", "repeat", "call") or not all(
        isinstance(d.wires[w], Ob) for w in (*box.dom, *box.cod)
    ):
        return False
    body = box.bodies[0]
    if box.op.name == "call" and not all(inner.op.kind is Kind.STRUCTURE for inner in body.boxes):
        return False
    count = box.arg("count") if box.op.name == "repeat" else 1
    return isinstance(count, int) and not body.params and count * len(body.boxes) <= MOST


def _once(d: Diagram) -> Diagram:
    b = Builder(d.category)
    to = [b.wire(t, name) for t, name in zip(d.wires, d.names, strict=True)]
    for box in d.boxes:
        if not _is_structure(box, d):
            b.attach(box._replace(dom=tuple(to[w] for w in box.dom), cod=tuple(to[w] for w in box.cod)))
            continue
        for wire, w in zip(_write_out(b, box, [to[w] for w in box.dom]), box.cod, strict=True):
            b.join(to[w], wire)
    outs = [b.find(to[w]) for w in d.outputs]
    ins = [b.find(to[w]) for w in d.inputs]
    return b.build(outs, d.name, d.doc, d.results, inputs=ins, dom=d.dom, cod=d.cod)


def _write_out(b: Builder, box: Box, wires: list[int]) -> list[int]:
    """The body of a trace or power between these wires; returns what comes out."""
    body = box.bodies[0]
    if box.op.name == "trace":
        loops = box.arg("wires")
        assert isinstance(loops, int)
        return list(b.insert(trace(body, loops), wires))
    if box.op.name == "call":
        return list(b.insert(body, wires))
    count = box.arg("count")
    carried = len(box.cod)
    assert isinstance(count, int)
    for _ in range(count):
        wires = [*b.insert(body, wires), *wires[carried:]]
    return wires[:carried]
