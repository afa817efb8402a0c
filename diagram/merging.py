"""Bilinearity: a contraction read once by another is one contraction of all their arrays, in any
bracketing."""

from __future__ import annotations

from diagram.inlining import inline
from diagram.spec import Slot, Spec
from diagram.value import Box, Diagram, make


def merged(d: Diagram) -> Diagram:
    """Definitions unfolded, and every contraction whose result only another contraction reads put into that
    one.

    Two ways of bracketing a product of arrays have the same merged form. Linear in boxes for each round.
    """
    flat = inline(d).flat
    boxes: list[Box | None] = list(flat.boxes)
    maker = {w: k for k, box in enumerate(flat.boxes) for w in box.cod}
    reads: dict[int, int] = {}
    for w in (*flat.outputs, *(w for box in flat.boxes for w in box.dom)):
        reads[w] = reads.get(w, 0) + 1
    for k, box in enumerate(flat.boxes):
        now = box
        port = 0
        while now.op.name == "contract" and port < len(now.dom):
            w = now.dom[port]
            inner = boxes[maker[w]] if w in maker else None
            both = _joined(inner, now, port) if inner is not None and reads[w] == 1 else None
            if both is None:
                port += 1
                continue
            boxes[maker[w]] = None
            now = both
        boxes[k] = now
    new = flat._replace(boxes=tuple(box for box in boxes if box is not None))
    return make(new, d.dom, d.cod, d.category, d.name, d.doc, d.results)


def _joined(inner: Box, outer: Box, port: int) -> Box | None:
    """One contraction for two; None if a read between them is not plain."""
    first, second = inner.spec, outer.spec
    if inner.op.name != "contract" or first is None or second is None:
        return None
    if first.pads or second.pads or len(first.outs) != 1:
        return None
    made = [s.index for s in first.outs[0]]
    read = [s.index for s in second.ins[port]]
    if None in made or None in read or len(set(made)) != len(made):
        return None
    to: dict[int, int] = {m: r for m, r in zip(made, read, strict=True) if m is not None and r is not None}
    indices = list(second.indices)
    for k, axis in enumerate(first.indices):
        if k not in to:
            to[k] = len(indices)
            indices.append(axis)
    ins = [
        tuple(Slot(tuple((to[i], c) for i, c in s.terms), s.offset, s.gather) for s in slots)
        for slots in first.ins
    ]
    spec = Spec(tuple(indices), (*second.ins[:port], *ins, *second.ins[port + 1 :]), second.outs)
    dom = (*outer.dom[:port], *inner.dom, *outer.dom[port + 1 :])
    return outer._replace(dom=dom, spec=spec)
