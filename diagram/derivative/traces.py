"""Derivatives of traces (fixed points), implicit: no iteration is kept.

For `t = f(t, a), y = g(t, a)` the cotangents obey `u = Jf' u + Jg' dy` at the solution, which is a trace
again: that of the backward body. So the derivative of a trace is the trace of the derivative, to any order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from diagram.builder import Builder
from diagram.derivative.activity import is_smooth
from diagram.derivative.bodies import Trip, turned, zeros
from diagram.derivative.scans import emitting
from diagram.value import Args, Box, Diagram

if TYPE_CHECKING:
    from diagram.derivative.sweep import Sweep


def _loop(box: Box) -> int:
    n = box.arg("wires")
    assert isinstance(n, int)
    return n


def forward_trace(sweep: Sweep, box: Box) -> tuple[Trip, tuple[int, ...]]:
    """The trace, which also gives what the way back reads at the solution; the wires of its own results."""
    n, live = _loop(box), sweep.live
    body = sweep.optics.inlined(box.bodies[0])
    smooth = tuple(is_smooth(t) for t in body.dom[:n])
    wanted = smooth + tuple(w in live for w in box.dom)
    given = smooth + tuple(w in live for w in box.cod)
    optic = emitting(sweep.optics.of(body, wanted, given), n)
    ins = tuple(sweep.to[w] for w in box.dom)
    types = [sweep.d.wires[w] for w in box.cod] + list(optic.fwd.cod[n + len(box.cod) :])
    outs = sweep.work.box(box.op, ins, types, None, box.args, (optic.fwd,), box.mark)
    return Trip(optic, ins, outs), outs[: len(box.cod)]


def backward_trace(sweep: Sweep, trip: Trip, box: Box) -> None:
    """The trace of the backward body: its loop carries the cotangents of the loop."""
    n, optic = _loop(box), trip.optic
    body, states = _turned_body(optic.bwd, optic.given, optic.present, len(optic.reads), n)
    results = [k for k in optic.present if k >= n]
    dom = [trip.ins[k - n] if kind == "in" else trip.outs[k - n] for kind, k in optic.reads]
    dom += [sweep.cotangent_or_zero(box.cod[k - n]) for k in optic.given if k >= n]
    cod = [sweep.type(box.dom[k - n]) for k in results]
    args: Args = (("wires", states),)
    made = sweep.work.box(box.op, dom, cod, None, args, (body,), turned(box))
    for k, wire in zip(results, made, strict=True):
        sweep.seed(box.dom[k - n], wire)


def _turned_body(
    bwd: Diagram, given: tuple[int, ...], present: tuple[int, ...], reads: int, n: int
) -> tuple[Diagram, int]:
    """`U @ N @ B' -> U @ A'` from `N @ (U, B') -> (U, A')`, and the number of wires of U."""
    new = Builder(bwd.category)
    loop = [j for j, k in enumerate(given) if k < n]
    order = (
        [reads + j for j in loop] + list(range(reads)) + [reads + j for j, k in enumerate(given) if k >= n]
    )
    to = {j: new.input(bwd.wires[bwd.inputs[j]], bwd.names[bwd.inputs[j]]) for j in order}
    made = dict(zip(present, new.insert(bwd, [to[j] for j in range(len(bwd.inputs))]), strict=True))
    ends = [made[given[j]] if given[j] in made else zeros(new, new.wires[to[reads + j]]) for j in loop]
    outs = [*ends, *(made[k] for k in present if k >= n)]
    return new.build(outs, bwd.name, span=bwd.span), len(loop)
