"""One reverse sweep: the boxes of a diagram forward, then their derivatives backward, in one Sharing.

Cotangents of a wire are terms over its axes: scales and repetitions along an axis stay lazy until a box
needs them.
"""

from __future__ import annotations

from collections.abc import Sequence

from diagram.applying import applied
from diagram.derivative import tensor as rules
from diagram.derivative.activity import active, check, is_smooth
from diagram.derivative.bodies import Optics, Trip, backward_call, forward_call, unrolled
from diagram.derivative.declared import pull_declared
from diagram.derivative.scans import backward_scan, forward_scan
from diagram.derivative.traces import backward_trace, forward_trace
from diagram.gates import grouped
from diagram.local import Local
from diagram.op import Kind
from diagram.ops import STANDARD
from diagram.reals import Real
from diagram.sharing import Sharing, copy_inputs
from diagram.spec import Map, Slot, Spec
from diagram.term import Factor, Term
from diagram.types import Hom, Tensor
from diagram.value import Box, Diagram


class Sweep:
    """`wanted`: for each input (learned arrays included) whether its cotangent is; `given`: which outputs
    have one.
    """

    __slots__ = ("cots", "d", "live", "optics", "single", "to", "trips", "work")

    def __init__(self, d: Diagram, wanted: Sequence[bool], given: Sequence[bool], optics: Optics) -> None:
        self.d = d = grouped(unrolled(applied(d)))
        self.live = active(d, wanted, given)
        check(d, self.live)
        self.optics = optics
        self.work = Sharing(d.category)
        self.to = dict(zip(d.inputs, copy_inputs(d, self.work.builder), strict=True))
        self.cots: dict[int, Term] = {}
        self.trips: dict[int, Trip] = {}
        self.single = self._single()

    def _single(self) -> set[int]:
        """Wires whose cotangent is read once, by a linear box with one live input: it may stay a product."""
        reads: dict[int, int] = {}
        for box in self.d.boxes:
            for w in box.dom:
                reads[w] = reads.get(w, 0) + 1
        return {
            w
            for box in self.d.boxes
            if box.op.name in _LINEAR and sum(v in self.live for v in box.dom) == 1
            for w in box.cod
            if reads.get(w) == 1
        }

    # Forward

    def forward(self) -> None:
        """Every box once; calls and scans on the way leave their residuals."""
        for k, box in enumerate(self.d.boxes):
            if box.bodies and self.is_live(box):
                self.trips[k], made = FORWARD[box.op.name](self, box)
            else:
                types = [self.d.wires[w] for w in box.cod]
                dom = [self.to[w] for w in box.dom]
                made = self.work.box(box.op, dom, types, box.spec, box.args, box.bodies, box.mark)
            for w, mine in zip(box.cod, made, strict=False):
                self.to[w] = mine
                names = self.work.builder.names
                names[mine] = names[mine] or self.d.names[w]

    def is_live(self, box: Box) -> bool:
        """Whether its derivative is needed."""
        return not self.live.isdisjoint(box.cod) and not self.live.isdisjoint(box.dom)

    # Backward

    def space(self, w: int) -> Local:
        """The index space of cotangents of wire w: its axes."""
        return Local(self.work, self.type(w).axes)

    def type(self, w: int) -> Tensor:
        """The type of a wire of the diagram."""
        type_ = self.d.wires[w]
        assert isinstance(type_, Tensor)
        return type_

    def seed(self, w: int, wire: int) -> None:
        """A cotangent of an output, on a wire."""
        if w in self.live:
            self.add(w, self.space(w).at(wire, range(len(self.type(w).axes))))

    def add(self, w: int, term: Term) -> None:
        """One more cotangent of wire w; several add up."""
        old = self.cots.get(w)
        if old is not None:
            term = old + Term(old.local, term.factors, term.scale)
        self.cots[w] = term

    def backward(self) -> None:
        """The boxes in reverse; each takes the cotangents of what it wrote and adds to those of what it
        read.
        """
        for k in range(len(self.d.boxes) - 1, -1, -1):
            box = self.d.boxes[k]
            if not self.is_live(box) or all(w not in self.cots for w in box.cod):
                continue
            if box.bodies:
                BACKWARD[box.op.name](self, self.trips[k], box)
            elif box.op.name == "eval":
                self.pull_eval(box)
            elif box.op.kind is Kind.GENERATOR:
                pull_declared(self, box)
            else:
                self.pull(box)

    def cotangent(self, w: int) -> int | None:
        """The cotangent of wire w on a wire; None if it is zero."""
        term = self.cots.get(w)
        if term is None or term.is_zero:
            return None
        type_ = self.type(w)
        return term.local.wire(term, range(len(type_.axes)), type_.dtype)

    def cotangent_or_zero(self, w: int) -> int:
        """The cotangent of wire w on a wire."""
        found = self.cotangent(w)
        return found if found is not None else self.zero(self.type(w))

    def zero(self, type_: Tensor) -> int:
        """Zeros."""
        return Local(self.work, ()).filled(Real.of(0), type_.axes, type_.dtype)

    def pull(self, box: Box) -> None:
        """Through one box without bodies."""
        spec = box.spec
        assert spec is not None
        local = Local(self.work, spec.indices, spec.core, box)
        dys = tuple(
            self.enter(local, w, slots, p)
            for p, (w, slots) in enumerate(zip(box.cod, spec.outs, strict=True))
        )
        holds = box.op.kind not in (Kind.GATHER, Kind.SCATTER)
        xs = tuple(
            local.term(self.to[w], slots, spec.pad(p)) if holds else local.term(self.to[w], slots)
            for p, (w, slots) in enumerate(zip(box.dom, spec.ins, strict=True))
        )
        if "nonholomorphic" not in box.op.facts and any(x.dtype.is_complex for x in xs):
            turned = tuple(local.apply("conj", dy) if dy.factors else dy for dy in dys)
            self.apply(box, local, xs, turned, True)
        else:
            self.apply(box, local, xs, dys, False)

    def pull_eval(self, box: Box) -> None:
        """A function that is not known here is applied in its derived form; `applied` puts that to work
        later.
        """
        function = self.to[box.dom[0]]
        hom = self.d.wires[box.dom[0]]
        assert isinstance(hom, Hom)
        back = Hom((*hom.dom, *filter(is_smooth, hom.cod)), tuple(filter(is_smooth, hom.dom)))
        (derived,) = self.work.box(STANDARD["derived"], (function,), (back,))
        dom = [derived, *(self.to[w] for w in box.dom[1:])]
        dom += [self.cotangent_or_zero(w) for w in box.cod if is_smooth(self.d.wires[w])]
        made = self.work.box(box.op, dom, back.cod)
        for w, wire in zip([w for w in box.dom[1:] if is_smooth(self.d.wires[w])], made, strict=True):
            self.seed(w, wire)

    def apply(self, box: Box, local: Local, xs: tuple[Term, ...], dys: tuple[Term, ...], turn: bool) -> None:
        """The rule of the box; a holomorphic one is conjugated before and after."""
        spec, kind = box.spec, box.op.kind
        assert spec is not None
        wanted = [k for k, w in enumerate(box.dom) if w in self.live]
        if box.op.grad is not None:
            ys = tuple(local.term(self.to[w], m) for w, m in zip(box.cod, spec.outs, strict=True))
            for k, term in enumerate(box.op.grad(local, xs, ys, dys)):
                if term is not None and k in wanted:
                    self.leave(box, local, term, k, spec.ins[k], turn)
        elif kind is Kind.CONTRACT:
            for k in wanted:
                term = rules.contract(local, spec, k, xs, dys[0])
                self.leave(box, local, term, k, spec.ins[k], turn)
        elif kind is Kind.GATHER:
            wire = rules.gather(local, box, xs, dys[0], self.type(box.dom[0]))
            order = local.term(wire, tuple(map(Slot.at, range(len(spec.ins[0])))))
            self.add(box.dom[0], self.turned(Term(self.space(box.dom[0]), order.factors), turn))
        elif kind is Kind.SCATTER:
            term = rules.scatter(local, box, xs, dys[0], self.type(box.dom[0]))
            self.leave(box, local, term, 0, spec.ins[0], turn)
        else:
            for k in wanted:
                term, slots = rules.concat(local, box, k, dys[0], self.type(box.dom[k]))
                self.leave(box, local, term, k, slots, turn)

    def turned(self, term: Term, turn: bool) -> Term:
        """Conjugated, if asked."""
        return term.local.apply("conj", term) if turn and term.factors else term

    def enter(self, local: Local, w: int, slots: Map, port: int) -> Term:
        """The cotangent of an output in the index space of the box."""
        term = self.cots.get(w)
        if term is None:
            return local.const(0)
        term = self.forked(w, term, local)
        plain = local.exact(slots, self.type(w).shape)
        kind = local.box.op.kind if local.box is not None else Kind.CONTRACT
        full = kind in (Kind.SCATTER, Kind.WHOLE) or not plain
        if full and len(term.indices) < len(slots):
            type_ = self.type(w)
            order = tuple(range(len(type_.axes)))
            term = term.local.at(term.local.wire(term, order, type_.dtype), order)
        spec = local.box.spec if local.box is not None else None
        pad = None
        if spec is not None and kind is Kind.CONTRACT:
            pad = rules.turned_pad(spec.pad(len(spec.ins) + port))
        factors = tuple(
            Factor(f.wire, tuple(slots[s.index or 0] for s in f.map), None if plain else pad)
            for f in (term if w in self.single and plain else term.done()).factors
        )
        return Term(local, factors, term.scale)

    def forked(self, w: int, term: Term, local: Local) -> Term:
        """A scale is carried out before the way forks, so that not every branch has to."""
        box = local.box
        forks = box is not None and sum(v in self.live for v in box.dom) > 1
        if not forks or not term.factors or term.scale.number == 1:
            return term
        term = term.local.at(term.local.wire(term, term.indices), term.indices)
        self.cots[w] = term
        return term

    def leave(self, box: Box, local: Local, term: Term, k: int, slots: Map, turn: bool) -> None:
        """A term of the box's index space as a cotangent of input k: what it does not read is summed."""
        if term.is_zero:
            return
        w = box.dom[k]
        type_, spec = self.type(w), box.spec
        assert spec is not None
        target = Factor(-1, slots)
        scale = term.scale * _counted(spec, set(term.indices) | set(target.indices))
        if not local.exact(slots, type_.shape):
            pad = rules.turned_pad(spec.pad(k))
            wire = local.contract(term.factors, slots, type_.axes, pad)
            result = Term(self.space(w), (Factor(wire, _straight(len(slots))),), scale)
        else:
            position = {i: n for n, i in enumerate(target.indices)}
            (*factors,) = term.factors
            lazy = (len(factors) == 1 or w in self.single) and all(
                local.whole_wire(f) and set(f.indices) <= position.keys() for f in factors
            )
            if factors and not lazy:
                order = tuple(i for i in target.indices if i in term.indices)
                factors = list(local.at(local.product(term.factors, order), order).factors)
            moved = tuple(
                Factor(f.wire, tuple(Slot.at(position[s.index or 0]) for s in f.map)) for f in factors
            )
            result = Term(self.space(w), moved, scale)
        result = self.turned(result, turn)
        if result.factors:
            result = (
                result.local.cast(result, type_.dtype)
                if not _complex_scale(result, type_)
                else _real(result, type_)
            )
        self.add(w, result)


_LINEAR = ("add", "sub", "neg", "scale", "shift", "rsub", "mean")
FORWARD = {"call": forward_call, "scan": forward_scan, "trace": forward_trace}
BACKWARD = {"call": backward_call, "scan": backward_scan, "trace": backward_trace}
"""How boxes with bodies go forward, leaving residuals, and back."""


def _straight(n: int) -> Map:
    return tuple(map(Slot.at, range(n)))


def _counted(spec: Spec, seen: set[int]) -> Real:
    """The number of positions of the indices that are summed though nothing depends on them."""
    count = Real.of(1)
    for i, axis in enumerate(spec.indices):
        if i not in seen and i not in spec.core:
            count = count * Real.of(axis.size)
    return count


def _complex_scale(term: Term, type_: Tensor) -> bool:
    return isinstance(term.scale.number, complex) and not type_.dtype.is_complex


def _real(term: Term, type_: Tensor) -> Term:
    """The real part of a term with a complex scale."""
    whole = term.local.at(term.local.wire(term, term.indices), term.indices)
    return term.local.cast(whole, type_.dtype)
