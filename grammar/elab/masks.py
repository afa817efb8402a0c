"""E0320 for a mask that does not vary along the axis that its softmax is over: it leaves rows without any
weight, which is not a number."""

from __future__ import annotations

from collections.abc import Iterator

from diagram.errors import Diagnostic, Label
from diagram.hypergraph import Box, Diagram
from diagram.reals import Real
from diagram.types import Tensor
from grammar.elab.weights import reordered


def blind(d: Diagram) -> Iterator[Diagnostic]:
    """For each `softmax[j](S)` of scores `... where M[i] else -inf`: one message if the condition has no j.
    Loops included."""
    makers = {w: box for box in d.boxes for w in box.cod}
    for box in d.boxes:
        if "weights" in box.op.facts:
            yield from _verdict(box, d, makers)
        if box.op.name != "call":
            for body in box.bodies:
                yield from blind(body)


def _verdict(box: Box, d: Diagram, makers: dict[int, Box]) -> Iterator[Diagnostic]:
    assert box.spec is not None
    over = {k for k, slot in enumerate(box.spec.ins[0]) if slot.index in box.spec.core}
    made = makers.get(box.dom[0])
    while made is not None and (places := reordered(made)) is not None:
        back = {new: old for old, new in places.items()}
        over, made = {back[k] for k in over}, makers.get(made.dom[0])
    if made is None or made.op.name != "select" or made.spec is None or not _is_void(makers.get(made.dom[2])):
        return
    cond, out = made.spec.ins[0], made.spec.outs[0]
    if {out[k].index for k in over} & {i for slot in cond for i, _ in slot.terms}:
        return
    type_ = d.wires[box.cod[0]]
    assert isinstance(type_, Tensor)
    names = " and ".join(f"`{type_.axes[k].name or type_.axes[k].size}`" for k in sorted(over))
    there = made.mark.span if made.mark is not None else None
    yield Diagnostic(
        "E0320",
        f"the mask does not vary along {names}, over which the weights add up to one",
        box.mark.span if box.mark is not None else None,
        f"normalised over {names}",
        (Label(there, "here whole rows become -inf"),) if there is not None else (),
        ("where all scores are -inf, the weights are not numbers",),
        help=f"let the condition depend on {names}",
    )


def _is_void(box: Box | None) -> bool:
    """Whether an array is -inf everywhere."""
    if box is None or box.op.name != "const":
        return False
    value = dict(box.args).get("value")
    return isinstance(value, Real) and value.number == float("-inf")
