"""W0217: weights that are normalised over one axis and summed over another: the softmax over the queries."""

from __future__ import annotations

from collections.abc import Iterator

from diagram.errors import Diagnostic, Label
from diagram.hypergraph import Box, Diagram
from diagram.op import Kind
from diagram.spec import Slot
from diagram.types import Axis, Tensor


def astray(d: Diagram) -> Iterator[Diagnostic]:
    """For each array of weights (`softmax`, `log_softmax`): some box sums or picks along its other axes, and
    no box along the axis that the weights add up to one over. Loops included, called definitions not: they
    are checked by themselves."""
    weights = {b.cod[0]: b for b in d.boxes if "weights" in b.op.facts}
    if weights:
        readers = {w: [b for b in d.boxes if w in b.dom] for w in weights}
        for w, box in weights.items():
            found = _verdict(box, w, d.wires[w], readers[w])
            if found is not None:
                yield found
    for b in d.boxes:
        if b.op.name != "call":
            for body in b.bodies:
                yield from astray(body)


def _verdict(box: Box, w: int, type_: object, readers: list[Box]) -> Diagnostic | None:
    assert box.spec is not None
    assert isinstance(type_, Tensor)
    one = {k for k, slot in enumerate(box.spec.outs[0]) if slot.index in box.spec.core}
    first: tuple[Box, int] | None = None
    for reader in readers:
        used = _consumed(reader, w)
        if used & one:
            return None
        if used and first is None:
            first = reader, min(used)
    if first is None:
        return None
    reader, other = first
    over, along = _name(type_.axes[min(one)]), _name(type_.axes[other])
    how = "picked" if reader.op.kind is Kind.GATHER else "summed"
    there = reader.mark.span if reader.mark is not None else None
    return Diagnostic(
        "W0217",
        f"these weights add up to one over {over}, but are {how} over {along}",
        box.mark.span if box.mark is not None else None,
        f"normalised over {over}",
        (Label(there, f"{how} over {along}"),) if there is not None else (),
        help=f"write {box.op.name}[{along.strip('`')}](...)" if type_.axes[other].name else "",
    )


def _consumed(reader: Box, w: int) -> set[int]:
    """The axes of the weights that a product with another array sums, or that positions on a wire pick."""
    spec = reader.spec
    assert spec is not None or reader.op.kind not in (Kind.CONTRACT, Kind.GATHER)
    if spec is None or len(reader.dom) < 2:
        return set()
    if reader.op.kind is Kind.GATHER:
        return {k for k, slot in enumerate(spec.ins[0]) if slot.gather >= 0} if reader.dom[0] == w else set()
    if reader.op.kind is not Kind.CONTRACT:
        return set()
    summed = set(spec.summed)
    ports = [slots for v, slots in zip(reader.dom, spec.ins, strict=True) if v == w]
    return {k for slots in ports for k, slot in enumerate(slots) if _indices(slot) & summed}


def _indices(slot: Slot) -> set[int]:
    return {i for i, _ in slot.terms}


def _name(axis: Axis) -> str:
    return f"`{axis.name}`" if axis.name else f"the axis of size {axis.size}"
