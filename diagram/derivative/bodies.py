"""Derivatives of boxes with bodies, as optics: a forward body that also returns residuals, a backward body
that takes them. Each body is differentiated once; a scan becomes one scan backwards with stacked residuals.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from diagram.builder import Builder
from diagram.derivative.activity import is_smooth
from diagram.inlining import turns_of
from diagram.lifting import Has, lift
from diagram.op import Kind
from diagram.ops import STANDARD
from diagram.reals import Real
from diagram.sharing import copy_inputs
from diagram.sizes import Size
from diagram.spec import Slot, Spec
from diagram.types import Axis, Tensor, Type
from diagram.value import Args, Box, Diagram, Mark

if TYPE_CHECKING:
    from diagram.derivative.sweep import Sweep


@dataclass(frozen=True, slots=True)
class Optic:
    """`fwd : A -> B @ M` and `bwd : N @ B' -> A'`. `reads` says where N comes from: `("in", k)` is input k of
    the body, `("out", k)` result k of `fwd`. `given`: the results with a cotangent, `present`: the inputs
    that get one.
    """

    fwd: Diagram
    bwd: Diagram
    reads: tuple[tuple[str, int], ...]
    given: tuple[int, ...]
    present: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Trip:
    """What the forward pass through a box leaves for the way back: its optic and the wires of body inputs,
    results.
    """

    optic: Optic
    ins: tuple[int, ...]
    outs: tuple[int, ...]


class Optics:
    """The optics of bodies, each made once."""

    __slots__ = ("_keep", "_lifted", "_made")

    def __init__(self) -> None:
        self._made: dict[tuple[int, tuple[bool, ...], tuple[bool, ...]], Optic] = {}
        self._lifted: dict[tuple[int, tuple[Axis, ...], tuple[Has, ...]], Diagram] = {}
        self._keep: list[Diagram] = []

    def lifted(self, body: Diagram, degree: tuple[Axis, ...], ports: tuple[Has, ...]) -> Diagram:
        """The body over the degree of a call."""
        if not degree:
            return body
        key = (id(body), degree, ports)
        if key not in self._lifted:
            self._keep.append(body)
            self._lifted[key] = lift(body, degree, ports)
        return self._lifted[key]

    def of(self, body: Diagram, wanted: tuple[bool, ...], given: tuple[bool, ...]) -> Optic:
        """The optic of a body for these inputs and results."""
        key = (id(body), wanted, given)
        if key not in self._made:
            self._keep.append(body)
            self._made[key] = _optic(body, wanted, given, self)
        return self._made[key]


def unrolled(d: Diagram) -> Diagram:
    """Repetitions as calls, one a turn; as a scan without slices where all turns share their learned
    arrays.
    """
    if not any(box.op.name == "repeat" for box in d.boxes):
        return d
    builder = Builder(d.category)
    to = dict(zip(d.inputs, copy_inputs(d, builder), strict=True))
    for box in d.boxes:
        dom = [to[w] for w in box.dom]
        types = [d.wires[w] for w in box.cod]
        if box.op.name != "repeat":
            made = builder.box(box.op, dom, types, box.spec, box.args, box.bodies, box.mark)
        elif box.arg("fresh") == 0:
            count = box.arg("count")
            assert isinstance(count, int)
            axis = Axis("", Size.of(count))
            args: Args = (("axis", axis), ("states", len(types)), ("scanned", 0), ("reversed", False))
            made = builder.box(STANDARD["scan"], dom, types, None, args, box.bodies, box.mark)
        else:
            made = _turns(builder, box, dom, types)
        for w, mine in zip(box.cod, made, strict=True):
            to[w] = mine
            builder.names[mine] = builder.names[mine] or d.names[w]
    return builder.build([to[w] for w in d.outputs], d.name, d.doc, d.results, d.span, d.dom, d.cod)


def _turns(builder: Builder, box: Box, dom: list[int], types: list[Type]) -> tuple[int, ...]:
    (body,) = box.bodies
    state, fixed, turns = turns_of(box, dom, len(body.dom))
    args: Args = (("degree", ()), ("ports", ((),) * len(body.dom)))
    for params in turns:
        wires = (*state, *fixed, *params)
        state = list(builder.box(STANDARD["call"], wires, types, None, args, box.bodies, box.mark))
    return tuple(state)


def _optic(body: Diagram, wanted: tuple[bool, ...], given: tuple[bool, ...], optics: Optics) -> Optic:
    """One sweep over the body, cut where the backward pass begins."""
    from diagram.derivative.sweep import Sweep

    sweep = Sweep(body, wanted, given, optics)
    sweep.forward()
    builder, d = sweep.work.builder, sweep.d
    cut = len(builder.boxes)
    seeds = []
    has = tuple(k for k, g in enumerate(given) if g)
    for k in has:
        seed = builder.wire(d.cod[k], f"d_{d.output_names[k]}")
        seeds.append(seed)
        sweep.seed(d.outputs[k], seed)
    sweep.backward()
    present, results = [], []
    for k, (w, want) in enumerate(zip(d.inputs, wanted, strict=True)):
        found = sweep.cotangent(w) if want else None
        if found is not None:
            present.append(k)
            results.append(found)
    ins = [sweep.to[w] for w in d.inputs]
    outs = [sweep.to[w] for w in d.outputs]
    reads, back = _cut(builder, cut, ins, seeds, results)
    extra = [w for w in reads if w not in ins and w not in outs]
    fwd = _forward(builder, d, cut, ins, outs, extra)
    places = {w: ("out", k) for k, w in reversed(list(enumerate(outs + extra)))}
    places.update({w: ("in", k) for k, w in reversed(list(enumerate(ins)))})
    names = tuple(f"d_{builder.names[ins[k]] or k}".replace(".", "_") for k in present)
    bwd = _backward(builder, back, reads, seeds, results, names, d)
    return Optic(fwd, bwd, tuple(places[w] for w in reads), has, tuple(present))


def _cut(
    builder: Builder, cut: int, ins: list[int], seeds: list[int], results: list[int]
) -> tuple[list[int], list[Box]]:
    """The boxes of the backward pass that matter, and the wires they read from before; sources are made
    again.
    """
    needed = set(results)
    boxes: list[Box] = []
    for k in range(len(builder.boxes) - 1, -1, -1):
        box = builder.boxes[k]
        if (k >= cut or box.op.kind is Kind.SOURCE) and not needed.isdisjoint(box.cod):
            boxes.append(box)
            needed.update(box.dom)
    boxes.reverse()
    made = {w for box in boxes for w in box.cod} | set(seeds)
    return sorted(needed - made), boxes


def _forward(
    builder: Builder, d: Diagram, cut: int, ins: list[int], outs: list[int], extra: list[int]
) -> Diagram:
    new = Builder(d.category)
    to = dict(zip(ins, copy_inputs(d, new), strict=True))
    _move(builder, builder.boxes[:cut], new, to)
    names = (*d.output_names, *(builder.names[w] or f"m{k}" for k, w in enumerate(extra)))
    return new.build([to[w] for w in outs + extra], d.name, d.doc, distinct(names), d.span)


def _backward(
    builder: Builder, boxes: list[Box], reads: list[int], seeds: list[int], results: list[int],
    names: tuple[str, ...], d: Diagram,
) -> Diagram:  # fmt: skip
    new = Builder(d.category)
    to = {w: new.input(builder.wires[w], builder.names[w].replace(".", "_")) for w in (*reads, *seeds)}
    _move(builder, boxes, new, to)
    return new.build([to[w] for w in results], f"d_{d.name}" if d.name else "", "", distinct(names), d.span)


def _move(old: Builder, boxes: Sequence[Box], new: Builder, to: dict[int, int]) -> None:
    for op, dom, cod, spec, args, bodies, mark in boxes:
        made = new.box(op, [to[w] for w in dom], [old.wires[w] for w in cod], spec, args, bodies, mark)
        for w, mine in zip(cod, made, strict=True):
            to[w] = mine
            new.names[mine] = old.names[w]


def distinct(names: Sequence[str]) -> tuple[str, ...]:
    """The names, with primes where one occurs again."""
    found: dict[str, None] = {}
    for name in names:
        while name in found:
            name += "'"
        found[name] = None
    return tuple(found)


# Calls


def forward_trip(sweep: Sweep, box: Box) -> tuple[Trip, tuple[int, ...]]:
    """The forward box, which also returns residuals; the wires of its own results."""
    return _forward_scan(sweep, box) if box.op.name == "scan" else _forward_call(sweep, box)


def backward_trip(sweep: Sweep, trip: Trip, box: Box) -> None:
    """The backward box."""
    if box.op.name == "scan":
        _backward_scan(sweep, trip, box)
    else:
        _backward_call(sweep, trip, box)


def _forward_call(sweep: Sweep, box: Box) -> tuple[Trip, tuple[int, ...]]:
    degree, ports = box.arg("degree") or (), box.arg("ports") or ()
    assert isinstance(degree, tuple) and isinstance(ports, tuple)
    body = sweep.optics.lifted(box.bodies[0], degree, ports)
    live = sweep.live
    wanted = tuple(w in live for w in box.dom)
    given = tuple(w in live for w in box.cod)
    optic = sweep.optics.of(body, wanted, given)
    ins = tuple(sweep.to[w] for w in box.dom)
    types = [sweep.d.wires[w] for w in box.cod] + list(optic.fwd.cod[len(box.cod) :])
    args: Args = (("degree", ()), ("ports", ((),) * len(body.dom)))
    outs = sweep.work.box(box.op, ins, types, None, args, (optic.fwd,), box.mark)
    return Trip(optic, ins, outs), outs[: len(box.cod)]


def _backward_call(sweep: Sweep, trip: Trip, box: Box) -> None:
    optic = trip.optic
    if not optic.present:
        return
    dom = [trip.ins[k] if kind == "in" else trip.outs[k] for kind, k in optic.reads]
    dom += [sweep.cotangent_or_zero(box.cod[k]) for k in optic.given]
    cod = [sweep.type(box.dom[k]) for k in optic.present]
    args: Args = (("degree", ()), ("ports", ((),) * len(dom)))
    made = sweep.work.box(box.op, dom, cod, None, args, (optic.bwd,), _turned(box))
    for k, wire in zip(optic.present, made, strict=True):
        sweep.seed(box.dom[k], wire)


def _turned(box: Box) -> Mark | None:
    return None if box.mark is None else replace(box.mark, name=f"d_{box.mark.name}" if box.mark.name else "")


# Scans


def _counts(box: Box) -> tuple[Axis, int, int, bool]:
    axis, states, scanned = box.arg("axis"), box.arg("states"), box.arg("scanned")
    assert isinstance(axis, Axis) and isinstance(states, int) and isinstance(scanned, int)
    return axis, states, scanned, bool(box.arg("reversed"))


def _forward_scan(sweep: Sweep, box: Box) -> tuple[Trip, tuple[int, ...]]:
    axis, n, _, _ = _counts(box)
    (body,) = box.bodies
    live = sweep.live
    wanted = tuple(w in live or (k < n and is_smooth(sweep.d.wires[w])) for k, w in enumerate(box.dom))
    given = tuple(w in live or (k < n and is_smooth(sweep.d.wires[w])) for k, w in enumerate(box.cod))
    optic = _stacked(sweep.optics.of(body, wanted, given), n)
    ins = tuple(sweep.to[w] for w in box.dom)
    extra = [_front(axis, t) for t in optic.fwd.cod[len(box.cod) :]]
    types = [sweep.d.wires[w] for w in box.cod] + extra
    outs = sweep.work.box(box.op, ins, types, None, box.args, (optic.fwd,), box.mark)
    return Trip(optic, ins, outs), outs[: len(box.cod)]


def _stacked(optic: Optic, states: int) -> Optic:
    """States that the way back needs are emitted, so that they come stacked."""
    fwd = optic.fwd
    outs, names, reads = list(fwd.outputs), list(fwd.output_names), []
    for kind, k in optic.reads:
        if k < states:
            wire = fwd.inputs[k] if kind == "in" else fwd.outputs[k]
            outs.append(wire)
            names.append((fwd.names[wire] or f"s{k}") + "_was" * (kind == "in"))
            reads.append(("out", len(outs) - 1))
        else:
            reads.append((kind, k))
    if len(outs) == len(fwd.outputs):
        return optic
    new = Builder(fwd.category)
    to = dict(zip(fwd.inputs, copy_inputs(fwd, new), strict=True))
    for box in fwd.boxes:
        types = [fwd.wires[w] for w in box.cod]
        made = new.box(box.op, [to[w] for w in box.dom], types, box.spec, box.args, box.bodies, box.mark)
        to.update(zip(box.cod, made, strict=True))
        for w, mine in zip(box.cod, made, strict=True):
            new.names[mine] = fwd.names[w]
    longer = new.build([to[w] for w in outs], fwd.name, fwd.doc, distinct(tuple(names)), fwd.span)
    return replace(optic, fwd=longer, reads=tuple(reads))


def _front(axis: Axis, type_: Type) -> Type:
    if not isinstance(type_, Tensor):
        raise ValueError(f"a scan cannot stack wires of type {type_}")
    name = axis.name
    while name and name in type_.names:
        name += "'"
    return type_.with_axes((axis if name == axis.name else axis.renamed(name), *type_.axes))


def _backward_scan(sweep: Sweep, trip: Trip, box: Box) -> None:
    """States: cotangents of the states, then sums for the invariants and learned arrays. Slices: residuals
    and cotangents of emitted arrays. Emits: cotangents of the slices.
    """
    axis, n, scanned, backwards = _counts(box)
    optic = trip.optic
    states = [k for k in optic.given if k < n]
    sums = [k for k in optic.present if k >= n + scanned]
    slices = [k for k in optic.present if n <= k < n + scanned]
    stacked = [kind == "out" or k < n + scanned for kind, k in optic.reads]
    sources = [trip.ins[k] if kind == "in" else trip.outs[k] for kind, k in optic.reads]
    emitted = [k for k in optic.given if k >= n]
    body = _scan_body(optic, n, states, sums, slices, stacked, emitted)
    dom = [sweep.cotangent_or_zero(box.cod[k]) for k in states]
    dom += [sweep.zero(sweep.type(box.dom[k])) for k in sums]
    dom += [w for w, s in zip(sources, stacked, strict=True) if s]
    dom += [sweep.cotangent_or_zero(box.cod[k]) for k in emitted]
    count = sum(stacked) + len(emitted)
    dom += [w for w, s in zip(sources, stacked, strict=True) if not s]
    cod = [sweep.type(box.dom[k]) for k in (*states, *sums, *slices)]
    args: Args = (
        ("axis", axis), ("states", len(states) + len(sums)), ("scanned", count), ("reversed", not backwards),
    )  # fmt: skip
    made = sweep.work.box(box.op, dom, cod, None, args, (body,), _turned(box))
    for k, wire in zip((*states, *sums, *slices), made, strict=True):
        sweep.seed(box.dom[k], wire)


def _scan_body(
    optic: Optic, n: int, states: list[int], sums: list[int], slices: list[int], stacked: list[bool],
    emitted: list[int],
) -> Diagram:  # fmt: skip
    bwd = optic.bwd
    new = Builder(bwd.category)
    reads = len(optic.reads)
    cots = dict(zip(optic.given, bwd.inputs[reads:], strict=True))
    results = dict(zip(optic.present, bwd.outputs, strict=True))

    def take(w: int) -> int:
        return new.input(bwd.wires[w], bwd.names[w])

    given = {k: take(cots[k]) for k in states}
    before = {k: new.input(bwd.wires[results[k]], f"sum_{k}") for k in sums}
    residual = {j: take(bwd.inputs[j]) for j, s in enumerate(stacked) if s}
    given |= {k: take(cots[k]) for k in emitted}
    residual |= {j: take(bwd.inputs[j]) for j, s in enumerate(stacked) if not s}
    wires = [residual[j] for j in range(reads)] + [given[k] for k in optic.given]
    made = dict(zip(optic.present, new.insert(bwd, wires), strict=True))
    outs = [made[k] if k in made else zeros(new, new.wires[given[k]]) for k in states]
    outs += [_plus(new, before[k], made[k]) for k in sums]
    outs += [made[k] for k in slices]
    return new.build(outs, bwd.name, span=bwd.span)


def zeros(builder: Builder, type_: Type) -> int:
    """An array of zeros."""
    assert isinstance(type_, Tensor)
    spec = Spec(type_.axes, (), (tuple(map(Slot.at, range(len(type_.axes)))),))
    name = "full" if type_.axes else "const"
    return builder.box(STANDARD[name], (), (type_,), spec, (("value", Real.of(0)),))[0]


def _plus(builder: Builder, a: int, b: int) -> int:
    type_ = builder.wires[a]
    assert isinstance(type_, Tensor)
    plain = tuple(map(Slot.at, range(len(type_.axes))))
    return builder.box(STANDARD["add"], (a, b), (type_,), Spec(type_.axes, (plain, plain), (plain,)))[0]
