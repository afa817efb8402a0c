"""What the backward pass keeps: a call marked `memory = recompute` leaves only its inputs, and its forward
pass runs once more on the way back. The value and the derivative do not change, only what is held between
them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diagram.builder import Builder
from diagram.sharing import prune
from diagram.value import Diagram

if TYPE_CHECKING:
    from diagram.derivative.bodies import Optic


def again(body: Diagram, optic: Optic) -> Optic:
    """The optic of a body that keeps only its inputs: backward, what is needed runs forward once more."""
    from diagram.derivative.bodies import Optic

    new = Builder(body.category)
    ins = [new.input(body.wires[w], body.names[w].replace(".", "_")) for w in body.inputs]
    seeds = [new.input(body.cod[k], f"d_{body.output_names[k]}") for k in optic.given]
    n = len(body.dom)
    outs = new.insert(optic.fwd, ins[:n], ins[n:])
    reads = [ins[k] if kind == "in" else outs[k] for kind, k in optic.reads]
    results = new.insert(optic.bwd, [*reads, *seeds], [])
    back = prune(new.build(results, optic.bwd.name, "", optic.bwd.results, body.span))
    every = tuple(("in", k) for k in range(len(body.inputs)))
    return Optic(body, back, every, optic.given, optic.present)
