"""What the backward pass keeps: a call marked `memory = recompute` leaves only its inputs, and its forward
pass runs once more on the way back. The value and the derivative do not change, only what is held between
them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diagram.builder import Builder
from diagram.ops import STANDARD
from diagram.value import Args, Box, Diagram, Mark

if TYPE_CHECKING:
    from diagram.derivative.bodies import Optic


def recomputes(box: Box) -> bool:
    """Whether a call says that nothing inside is kept for the way back."""
    return box.mark is not None and ("memory", "recompute") in box.mark.options


def again(body: Diagram, optic: Optic) -> Optic:
    """The optic of a body that keeps only its inputs: backward, it runs forward once more."""
    from diagram.derivative.bodies import Optic

    new = Builder(body.category)
    ins = [new.input(body.wires[w], body.names[w].replace(".", "_")) for w in body.inputs]
    names = [f"d_{body.output_names[k]}" for k in optic.given]
    seeds = [new.input(body.cod[k], name) for k, name in zip(optic.given, names, strict=True)]
    outs = _call(new, optic.fwd, ins, len(body.dom), body.name)
    reads = [ins[k] if kind == "in" else outs[k] for kind, k in optic.reads]
    results = _call(new, optic.bwd, [*reads, *seeds], len(reads) + len(seeds), optic.bwd.name)
    back = new.build(results, optic.bwd.name, "", optic.bwd.results, body.span)
    every = tuple(("in", k) for k in range(len(body.inputs)))
    return Optic(body, back, every, optic.given, optic.present)


def _call(new: Builder, body: Diagram, wires: list[int], explicit: int, name: str) -> tuple[int, ...]:
    args: Args = (("degree", ()), ("ports", ((),) * explicit))
    return new.box(STANDARD["call"], wires, body.cod, None, args, (body,), Mark(name))
