"""Wires whose readers compute anew: `again[k]` is the identity, and what reads it is not shared with what
reads the wire itself. So a diagram can say that a value is computed twice instead of being kept."""

from __future__ import annotations

from collections.abc import Sequence

from diagram.builder import Builder, compress
from diagram.ops import STANDARD
from diagram.reals import Real
from diagram.value import Box, Diagram, make
from diagram.wiring import each, walk

AGAIN = STANDARD["again"]


def is_again(box: Box) -> bool:
    """Whether a box is only there so that its readers compute anew."""
    return box.op is AGAIN


def turn(d: Diagram) -> int:
    """A number for `again` that no box of `d` bears, at any depth of calls."""
    numbers = []
    for box in filter(is_again, walk(d)):
        by = box.arg("by")
        assert isinstance(by, Real) and isinstance(by.number, int)
        numbers.append(by.number + 1)
    return max(numbers, default=1)


def again(builder: Builder, wires: Sequence[int], number: int) -> list[int]:
    """Each wire once more, under a number of its own."""
    found = each(builder, AGAIN, wires, (("by", Real.of(number)),))
    for old, new in zip(wires, found, strict=True):
        builder.names[new] = builder.names[old]
    return found


def kept(d: Diagram) -> Diagram:
    """The diagram without such boxes, at every depth: nothing says any more what is computed twice."""
    return _kept(d, {})


def _kept(d: Diagram, seen: dict[int, Diagram]) -> Diagram:
    if id(d) in seen:
        return seen[id(d)]
    boxes = tuple(
        box._replace(bodies=tuple(_kept(b, seen) for b in box.bodies)) if box.bodies else box
        for box in d.boxes
    )
    b = Builder(d.category)
    b.wires, b.names = list(d.wires), list(d.names)
    for box in boxes:
        if is_again(box):
            b.join(box.dom[0], box.cod[0])
        else:
            b.boxes.append(box)
    flat = compress(b, d.inputs, d.outputs, d.params)
    new = make(flat, d.dom, d.cod, d.category, d.name, d.doc, d.results, d.span).with_looks(d.looks)
    seen[id(d)] = new
    return new
