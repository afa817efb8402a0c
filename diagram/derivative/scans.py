"""Derivatives of scans: one scan forward that also emits residuals, one backward that reads them stacked.

The backward scan carries the cotangents of states and nothing else. What they do not depend on is computed
after it, for all positions at once: cotangents of slices, and those of invariants and learned arrays as one
contraction each.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from diagram.builder import Builder
from diagram.derivative.activity import is_smooth
from diagram.derivative.bodies import Optic, Trip, distinct, turned, zeros
from diagram.derivative.totals import after
from diagram.op import Kind
from diagram.sharing import copy_inputs
from diagram.types import Axis, Tensor, Type
from diagram.value import Args, Box, Diagram

if TYPE_CHECKING:
    from diagram.derivative.sweep import Sweep


def _counts(box: Box) -> tuple[Axis, int, int, bool]:
    axis, states, scanned = box.arg("axis"), box.arg("states"), box.arg("scanned")
    assert isinstance(axis, Axis) and isinstance(states, int) and isinstance(scanned, int)
    return axis, states, scanned, bool(box.arg("reversed"))


def forward_scan(sweep: Sweep, box: Box) -> tuple[Trip, tuple[int, ...]]:
    """The scan, which also emits what the way back reads; the wires of its own results."""
    axis, n, _, _ = _counts(box)
    body = sweep.optics.inlined(box.bodies[0])
    live = sweep.live
    wanted = tuple(w in live or (k < n and is_smooth(sweep.d.wires[w])) for k, w in enumerate(box.dom))
    given = tuple(w in live or (k < n and is_smooth(sweep.d.wires[w])) for k, w in enumerate(box.cod))
    optic = emitting(sweep.optics.of(body, wanted, given), n)
    ins = tuple(sweep.to[w] for w in box.dom)
    extra = [_front(axis, t) for t in optic.fwd.cod[len(box.cod) :]]
    types = [sweep.d.wires[w] for w in box.cod] + extra
    outs = sweep.work.box(box.op, ins, types, None, box.args, (optic.fwd,), box.mark)
    return Trip(optic, ins, outs), outs[: len(box.cod)]


def emitting(optic: Optic, states: int) -> Optic:
    """States that the way back needs are results of the forward body."""
    fwd = optic.fwd
    outs, names, reads = list(fwd.outputs), list(fwd.output_names), []
    for kind, k in optic.reads:
        if k < states:
            wire = fwd.inputs[k] if kind == "in" else fwd.outputs[k]
            if wire in outs[states:]:
                reads.append(("out", outs.index(wire, states)))
                continue
            outs.append(wire)
            names.append((fwd.names[wire] or f"s{k}") + "_was" * (kind == "in"))
            reads.append(("out", len(outs) - 1))
        else:
            reads.append((kind, k))
    if len(outs) == len(fwd.outputs):
        return replace(optic, reads=tuple(reads))
    new = Builder(fwd.category)
    to = dict(zip(fwd.inputs, copy_inputs(fwd, new), strict=True))
    _copy(fwd, fwd.boxes, new, to)
    longer = new.build([to[w] for w in outs], fwd.name, fwd.doc, distinct(tuple(names)), fwd.span)
    return replace(optic, fwd=longer, reads=tuple(reads))


def _copy(d: Diagram, boxes: Sequence[Box], new: Builder, to: dict[int, int]) -> None:
    for box in boxes:
        types = [d.wires[w] for w in box.cod]
        made = new.box(box.op, [to[w] for w in box.dom], types, box.spec, box.args, box.bodies, box.mark)
        for w, mine in zip(box.cod, made, strict=True):
            to[w] = mine
            new.names[mine] = d.names[w]


def _front(axis: Axis, type_: Type) -> Type:
    if not isinstance(type_, Tensor):
        raise ValueError(f"a scan cannot stack wires of type {type_}")
    name = axis.name
    while name and name in type_.names:
        name += "'"
    return type_.with_axes((axis if name == axis.name else axis.renamed(name), *type_.axes))


# Backward


@dataclass(frozen=True, slots=True)
class Ports:
    """The wires of a backward body by where they come from, and what it gives: cotangents of states, of
    slices, and of
    what is the same for all positions.
    """

    seeds: dict[int, int]
    """State k: the wire of its cotangent."""
    stacked: dict[int, int]
    """Wires that are slices, with the stacked arrays outside."""
    fixed: dict[int, int]
    """Wires that are the same in every step, with those outside."""
    states: dict[int, int]
    slices: dict[int, int]
    sums: dict[int, int]


def backward_scan(sweep: Sweep, trip: Trip, box: Box) -> None:
    """The scan back, and what comes after it."""
    ports = _ports(sweep, trip, box)
    bwd = trip.optic.bwd
    loop, late = _split(bwd, ports.states.values())
    made = {w for b in loop for w in b.cod} | set(ports.seeds.values())
    read = {w for b in late for w in b.dom} | {*ports.slices.values(), *ports.sums.values()}
    emits = sorted(made & read - {w for b in late for w in b.cod})
    stacked = dict(ports.stacked)
    stacked.update(zip(emits, _run(sweep, ports, box, bwd, loop, emits), strict=True))
    axis = _counts(box)[0]
    found = after(sweep.work, bwd, late, axis, stacked, ports.fixed, ports.slices, ports.sums)
    for k, wire in found.items():
        sweep.seed(box.dom[k], wire)


def _ports(sweep: Sweep, trip: Trip, box: Box) -> Ports:
    _, n, scanned, _ = _counts(box)
    optic = trip.optic
    bwd, reads = optic.bwd, len(optic.reads)
    cots = dict(zip(optic.given, bwd.inputs[reads:], strict=True))
    results = dict(zip(optic.present, bwd.outputs, strict=True))
    stacked: dict[int, int] = {}
    fixed: dict[int, int] = {}
    for (kind, k), w in zip(optic.reads, bwd.inputs, strict=False):
        source = trip.ins[k] if kind == "in" else trip.outs[k]
        (stacked if kind == "out" or k < n + scanned else fixed)[w] = source
    stacked |= {w: sweep.cotangent_or_zero(box.cod[k]) for k, w in cots.items() if k >= n}
    return Ports(
        {k: w for k, w in cots.items() if k < n},
        stacked,
        fixed,
        {k: w for k, w in results.items() if k < n},
        {k: w for k, w in results.items() if n <= k < n + scanned},
        {k: w for k, w in results.items() if k >= n + scanned},
    )


def _split(bwd: Diagram, results: Iterable[int]) -> tuple[list[Box], list[Box]]:
    """The boxes that the cotangents of states need (and those that cannot leave the loop), and the others."""
    needed = set(results)
    loop, late = [], []
    for box in reversed(bwd.boxes):
        source = box.op.kind is Kind.SOURCE
        inside = not needed.isdisjoint(box.cod) or (box.spec is None and not source)
        if inside:
            loop.append(box)
            needed.update(box.dom)
        if source or not inside:
            late.append(box)
    return loop[::-1], late[::-1]


def _run(
    sweep: Sweep, ports: Ports, box: Box, bwd: Diagram, boxes: list[Box], emits: list[int]
) -> tuple[int, ...]:
    """The scan back: seeds the cotangents of initial states, and returns the stacks of what is emitted."""
    axis, _, _, backwards = _counts(box)
    if not ports.seeds and not boxes:
        return ()
    read = {w for b in boxes for w in b.dom} | set(emits) | set(ports.states.values())
    slices = [w for w in ports.stacked if w in read]
    fixed = [w for w in ports.fixed if w in read]
    new = Builder(bwd.category)
    order = [*ports.seeds.values(), *slices, *fixed]
    to = {w: new.input(bwd.wires[w], bwd.names[w]) for w in order}
    _copy(bwd, boxes, new, to)
    ends = [
        to[ports.states[k]] if k in ports.states else zeros(new, bwd.wires[w]) for k, w in ports.seeds.items()
    ]
    body = new.build([*ends, *(to[w] for w in emits)], bwd.name, span=bwd.span)
    dom = [sweep.cotangent_or_zero(box.cod[k]) for k in ports.seeds]
    dom += [ports.stacked[w] for w in slices] + [ports.fixed[w] for w in fixed]
    cod: list[Type] = [sweep.type(box.dom[k]) for k in ports.seeds]
    cod += [_front(axis, bwd.wires[w]) for w in emits]
    args: Args = (
        ("axis", axis), ("states", len(ports.seeds)), ("scanned", len(slices)), ("reversed", not backwards),
    )  # fmt: skip
    made = sweep.work.box(box.op, dom, cod, None, args, (body,), turned(box))
    for k, wire in zip(ports.seeds, made, strict=False):
        sweep.seed(box.dom[k], wire)
    return made[len(ports.seeds) :]
