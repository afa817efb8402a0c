"""Derivatives of boxes with bodies, as optics: a forward body that also returns residuals, a backward body
that takes them. Each body is differentiated once; a scan becomes one scan backwards with stacked residuals.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from diagram.builder import Builder
from diagram.derivative.memory import again
from diagram.inlining import inline, inline_within, is_shared, limit, turns_of
from diagram.lifting import Has, lift
from diagram.op import Kind
from diagram.ops import STANDARD
from diagram.reals import Real
from diagram.sharing import copy_inputs
from diagram.size_limits import most_unfolded
from diagram.sizes import Size
from diagram.spec import Slot, Spec
from diagram.types import Axis, Tensor, Type
from diagram.value import Args, Box, Diagram, Mark
from diagram.wiring import walk

if TYPE_CHECKING:
    from diagram.derivative.sweep import Sweep

MOST_MERGED = 20_000
"""Boxes that a derivative may take without calls, so that equal calls are made once."""

DEEP = 32
"""Levels of calls in calls through which residuals are handed up; beyond, the calls are replaced by their
bodies, or residuals would be the square of the boxes.
"""

MOST_KEPT = 64
"""Residuals of a function called at many places; where there are more, it runs again on the way back."""


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
    degree: tuple[Axis, ...] = ()
    ports: tuple[Has, ...] = ()


class Optics:
    """The optics of bodies, each made once."""

    __slots__ = ("_again", "_flat", "_keep", "_lifted", "_made")

    def __init__(self) -> None:
        self._flat: dict[int, Diagram] = {}
        self._made: dict[tuple[int, tuple[bool, ...], tuple[bool, ...]], Optic] = {}
        self._lifted: dict[tuple[int, tuple[Axis, ...], tuple[Has, ...]], Diagram] = {}
        self._again: dict[int, Optic] = {}
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

    def inlined(self, body: Diagram) -> Diagram:
        """The body of a loop without calls: what does not go round can then be told from what does."""
        if id(body) not in self._flat:
            self._keep.append(body)
            self._flat[id(body)] = inline(body, keep=lambda box: box.op.name == "repeat")
        return self._flat[id(body)]

    def again(self, body: Diagram, optic: Optic) -> Optic:
        """The optic that keeps only the inputs of the body."""
        if id(optic) not in self._again:
            self._again[id(optic)] = again(body, optic)
        return self._again[id(optic)]

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


def merged(d: Diagram) -> Diagram:
    """Calls that meet again in different bodies made once: without calls, if that at least halves the work.

    A determinant by minors has n! products, and 2**n different minors.
    """
    callers: dict[int, int] = {}
    parents = {id(d): d} | {id(body): body for box in walk(d) for body in box.bodies}
    for parent in parents.values():
        for callee in {id(box.bodies[0]) for box in parent.boxes if box.op.name == "call"}:
            callers[callee] = callers.get(callee, 0) + 1
    sizes: dict[int, int] = {}
    total = _expanded(d, sizes)
    if sum(sizes.values()) > DEEP * total and total <= most_unfolded():
        return inline(d, _stays)
    if max(callers.values(), default=0) < 2:
        return _limited(d)
    most = min(total // 2, MOST_MERGED)
    return inline_within(d, _stays, most) or _limited(d)


def _limited(d: Diagram) -> Diagram:
    """Raises E0602 where the residuals, of which there is one for almost every box, would be too many."""
    limit(d, _stays, most_unfolded())
    return d


def _stays(box: Box) -> bool:
    return box.op.name == "repeat" or is_shared(box)


def _expanded(d: Diagram, known: dict[int, int]) -> int:
    """How many boxes there are without calls."""
    if id(d) not in known:
        calls = sum(_expanded(box.bodies[0], known) for box in d.boxes if box.op.name == "call")
        known[id(d)] = calls + sum(box.op.name != "call" for box in d.boxes)
    return known[id(d)]


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
        again = box.op.kind is Kind.SOURCE or (_is_view(box) and box.dom[0] in needed)
        if (k >= cut or again) and not needed.isdisjoint(box.cod):
            boxes.append(box)
            needed.update(box.dom)
    boxes.reverse()
    made = {w for box in boxes for w in box.cod} | set(seeds)
    return sorted(needed - made), boxes


def _is_view(box: Box) -> bool:
    """A read of a part: made again on the way back where the whole is kept anyway."""
    spec = box.spec
    return box.op.name == "contract" and spec is not None and len(box.dom) == 1 and not spec.summed


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


def forward_call(sweep: Sweep, box: Box) -> tuple[Trip, tuple[int, ...]]:
    """The call, which also returns residuals; the wires of its own results."""
    degree, ports = box.arg("degree") or (), box.arg("ports") or ()
    assert isinstance(degree, tuple) and isinstance(ports, tuple)
    body = box.bodies[0]
    if degree and not _opaque(body):
        body, degree, ports = sweep.optics.lifted(body, degree, ports), (), ((),) * len(body.dom)
    live = sweep.live
    wanted = tuple(w in live for w in box.dom)
    given = tuple(w in live for w in box.cod)
    optic = sweep.optics.of(body, wanted, given)
    if optic.present and (box.recomputes or (is_shared(box) and len(optic.reads) > MOST_KEPT)):
        optic = sweep.optics.again(body, optic)
    ins = tuple(sweep.to[w] for w in box.dom)
    extra = [over(degree, t) for t in optic.fwd.cod[len(box.cod) :]]
    types = [sweep.d.wires[w] for w in box.cod] + extra
    args: Args = (("degree", degree), ("ports", ports))
    outs = sweep.work.box(box.op, ins, types, None, args, (optic.fwd,), box.mark)
    return Trip(optic, ins, outs, degree, ports), outs[: len(box.cod)]


def _opaque(body: Diagram) -> bool:
    """Whether a declared box stands inside: it cannot be lifted itself, only called for each position."""
    return any(box.op.kind is Kind.GENERATOR for box in walk(body))


def over(degree: tuple[Axis, ...], type_: Type) -> Type:
    """The type of a result of a call with a degree."""
    return type_.with_axes(degree + type_.axes) if degree and isinstance(type_, Tensor) else type_


def backward_call(sweep: Sweep, trip: Trip, box: Box) -> None:
    """The call of the backward body, for the same degree."""
    optic, degree = trip.optic, trip.degree
    if not optic.present:
        return
    every = tuple(range(len(degree)))
    has = [*trip.ports, *[()] * (len(trip.ins) - len(trip.ports))]
    dom = [trip.ins[k] if kind == "in" else trip.outs[k] for kind, k in optic.reads]
    ports = [has[k] if kind == "in" else every for kind, k in optic.reads]
    dom += [sweep.cotangent_or_zero(box.cod[k]) for k in optic.given]
    ports += [every] * len(optic.given)
    cod = [over(degree, optic.bwd.cod[j]) for j in range(len(optic.present))]
    args: Args = (("degree", degree), ("ports", tuple(ports)))
    made = sweep.work.box(box.op, dom, cod, None, args, (optic.bwd,), turned(box))
    for k, wire in zip(optic.present, made, strict=True):
        sweep.seed(box.dom[k], _kept(sweep, wire, len(degree), has[k]))


def _kept(sweep: Sweep, wire: int, degree: int, has: Has) -> int:
    """Summed over the degree axes that the input lacks."""
    if len(has) == degree:
        return wire
    type_ = sweep.work.type(wire)
    kept = [k for k in range(len(type_.axes)) if k >= degree or k in has]
    spec = Spec(type_.axes, (tuple(map(Slot.at, range(len(type_.axes)))),), (tuple(map(Slot.at, kept)),))
    cod = type_.with_axes(tuple(type_.axes[k] for k in kept))
    return sweep.work.box(STANDARD["contract"], (wire,), (cod,), spec)[0]


def turned(box: Box) -> Mark | None:
    """The mark of a box on the way back."""
    return None if box.mark is None else replace(box.mark, name=f"d_{box.mark.name}" if box.mark.name else "")


def zeros(builder: Builder, type_: Type) -> int:
    """An array of zeros."""
    assert isinstance(type_, Tensor)
    spec = Spec(type_.axes, (), (tuple(map(Slot.at, range(len(type_.axes)))),))
    name = "full" if type_.axes else "const"
    return builder.box(STANDARD[name], (), (type_,), spec, (("value", Real.of(0)),))[0]
