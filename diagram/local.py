"""The context of a derivative rule: the index space of one box, and the boxes a rule can make in it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

from diagram.builder import Builder
from diagram.ops import STANDARD, result_dtype
from diagram.ops.dtypes import complex_of, promote, real_of
from diagram.reals import Real
from diagram.sharing import Sharing
from diagram.sizes import ONE, ZERO, Size, product
from diagram.spec import Map, Slot, Spec
from diagram.term import Factor, Scalar, Term
from diagram.types import Axis, DType, Tensor
from diagram.unscatter import unscattered
from diagram.value import Arg, Args, Box, Diagram

Operand = Term | Scalar


class Local:
    """An index space over a `Sharing`; `core` are the indices the box treats as a whole. Rules may add
    some.
    """

    __slots__ = ("box", "core", "indices", "work")

    def __init__(
        self, work: Sharing, indices: Sequence[Axis], core: tuple[int, ...] = (), box: Box | None = None
    ) -> None:
        self.work = work
        self.indices = list(indices)
        self.core = core
        self.box = box

    # Terms

    def at(self, wire: int, order: Sequence[int]) -> Term:
        """A wire whose axes are the indices `order`."""
        return self.term(wire, tuple(map(Slot.at, order)))

    def term(self, wire: int, slots: Map, pad: str | None = None) -> Term:
        """A wire read through a map."""
        return Term(self, (Factor(wire, slots, pad),))

    def const(self, value: Scalar) -> Term:
        """A number."""
        return Term(self, (), Real.of(value))

    def real(self, name: str) -> Real:
        """A static argument of the box that is a number."""
        value = self.box.arg(name) if self.box is not None else None
        if not isinstance(value, Real | int | float | complex):
            raise ValueError(f"{self.box.label if self.box else 'box'} lacks the number {name}")
        return Real.of(value)

    @property
    def count(self) -> Real:
        """How many positions the core has."""
        return Real.of(product(self.indices[c].size for c in self.core))

    def fresh(self, index: int) -> int:
        """Another index over the axis of `index`."""
        self.indices.append(self.indices[index])
        return len(self.indices) - 1

    def axis(self, like: int, size: Size) -> int:
        """A new index of another size."""
        self.indices.append(Axis(self.indices[like].name, size))
        return len(self.indices) - 1

    def exact(self, slots: Map, shape: tuple[Size, ...]) -> bool:
        """Whether the map reads a whole array of this shape in place: each slot an index of its own, of its
        size.
        """
        seen = [slot.index for slot in slots]
        if len(set(seen)) < len(seen):
            return False
        return all(i is not None and self.indices[i].size == n for i, n in zip(seen, shape, strict=True))

    def whole_wire(self, factor: Factor) -> bool:
        """Whether a factor is its wire as it is."""
        return self.exact(factor.map, self.work.type(factor.wire).shape)

    def axes(self, order: Sequence[int]) -> tuple[Axis, ...]:
        """The axes of an array with these indices; a repeated name gets primes."""
        found: list[Axis] = []
        names: set[str] = set()
        for i in order:
            axis = self.indices[i]
            if axis.name in names:
                name = axis.name
                while name in names:
                    name += "'"
                axis = axis.renamed(name)
            if axis.name:
                names.add(axis.name)
            found.append(axis)
        return tuple(found)

    # Boxes

    def product(self, factors: tuple[Factor, ...], order: Sequence[int]) -> int:
        """The product on a wire with axes `order`, summed over the others: at most one contract box."""
        out = tuple(map(Slot.at, order))
        if len(factors) == 1 and factors[0].map == out and self.whole_wire(factors[0]):
            return factors[0].wire
        return self.contract(factors, out, self.axes(order))

    def contract(
        self, factors: tuple[Factor, ...], out: Map, axes: tuple[Axis, ...], pad: str | None = None
    ) -> int:
        """One contract box with any map on its output."""
        dtype = Term(self, factors).dtype
        wires = [self.cast(Term(self, (f,)), dtype).factors[0] for f in factors]
        number: dict[int, int] = {}
        for slots in (out, *(f.map for f in wires)):
            for slot in slots:
                for i, _ in slot.terms:
                    number.setdefault(i, len(number))
        spec = Spec(
            tuple(self.indices[i] for i in number),
            tuple(_renumber(f.map, number) for f in wires),
            (_renumber(out, number),),
            (),
            _pads((*(f.pad for f in wires), pad)),
        )
        return self._box("contract", [f.wire for f in wires], spec, (Tensor(dtype, axes),))[0]

    def wire(self, term: Term, order: Sequence[int], dtype: DType | None = None) -> int:
        """A term on a wire with axes `order`; numbers become constants."""
        if not term.factors:
            return self.filled(term.scale, self.axes(order), term.dtype if dtype is None else dtype)
        wire = self.product(term.factors, order)
        done = self.cast(self._scaled(self.at(wire, order), term.scale), dtype or term.dtype)
        return done.factors[0].wire

    def filled(self, value: Real, axes: tuple[Axis, ...], dtype: DType) -> int:
        """An array of one number."""
        spec = Spec(axes, (), (tuple(map(Slot.at, range(len(axes)))),))
        name = "full" if axes else "const"
        return self._box(name, (), spec, (Tensor(dtype, axes),), (("value", value),))[0]

    def apply(self, name: str, *operands: Operand, **args: Arg) -> Term:
        """A pointwise operation; numbers among the operands become constants."""
        terms = [t if isinstance(t, Term) else self.const(t) for t in operands]
        if name == "conj" and not terms[0].dtype.is_complex:
            return terms[0]
        ready = [self._scaled(t.done(), t.scale) if t.factors else t for t in terms]
        static = tuple(
            (key, Real.of(v) if isinstance(v, int | float | complex) else v) for key, v in args.items()
        )
        first = 1 if name == "select" else 0
        arrays = [t.dtype for t in ready[first:] if t.factors] or [ready[-1].dtype]
        common = reduce(promote, arrays)
        if name not in ("cast", "complex"):
            ready = ready[:first] + [self.cast(t, common) for t in ready[first:]]
        order = Term(self, tuple(f for t in ready for f in t.factors)).indices
        wires = [t.factors[0].wire if t.factors else self.filled(t.scale, (), common) for t in ready]
        number = {i: k for k, i in enumerate(order)}
        ins = tuple(_renumber(t.factors[0].map, number) if t.factors else () for t in ready)
        spec = Spec(self.axes(order), ins, (tuple(map(Slot.at, range(len(order)))),))
        dtype = result_dtype(STANDARD[name], static, [self.work.type(w).dtype for w in wires])
        made = self._box(name, wires, spec, (Tensor(dtype, self.axes(order)),), static)
        return self.at(made[0], order)

    def _scaled(self, term: Term, by: Real) -> Term:
        """A single wire times a number, as a wire."""
        if by.number == 1:
            return term.unit
        if by.number == -1:
            return self.apply("neg", term.unit)
        return self.apply("scale", term.unit, by=by)

    def _box(
        self, name: str, dom: Sequence[int], spec: Spec, cod: Sequence[Tensor], args: Args = ()
    ) -> tuple[int, ...]:
        return self.work.box(STANDARD[name], dom, cod, spec, args)

    # What rules say

    def cast(self, term: Term, dtype: DType) -> Term:
        """In another element type; to a real one by the real part. Wires that have it stay."""
        if not term.factors or term.dtype == dtype:
            return term
        if term.dtype.is_complex and not dtype.is_complex:
            return self.cast(self.apply("re", term), dtype)
        return self.apply("cast", term, dtype=dtype)

    def real_dtype(self, term: Term) -> DType:
        """The real element type of a term."""
        return real_of(term.dtype)

    def like(self, term: Term, other: Term) -> Term:
        """As complex numbers if `other` is."""
        return self.widen(term) if other.dtype.is_complex else term

    def widen(self, term: Term) -> Term:
        """As complex numbers."""
        return self.cast(term, complex_of(term.dtype))

    def mask(self, name: str, a: Operand, b: Operand) -> Term:
        """A comparison as 0 and 1 in the dtype of its operands."""
        dtype = a.dtype if isinstance(a, Term) and a.factors else b.dtype  # type: ignore[union-attr]
        return self.cast(self.apply(name, a, b), real_of(dtype))

    def sum(self, term: Term, over: Sequence[int] | None = None) -> Term:
        """Summed over the core (or `over`); what does not depend on an index is counted."""
        gone = set(self.core if over is None else over)
        have = term.indices
        scale = term.scale
        for i in gone - set(have):
            scale = scale * Real.of(self.indices[i].size)
        if gone.isdisjoint(have):
            return Term(self, term.factors, scale)
        values = unscattered(self, term, gone)
        if values is not None:
            return Term(self, values.factors, scale)
        order = tuple(i for i in have if i not in gone)
        return Term(self, self.at(self.product(term.factors, order), order).factors, scale)

    def fold(self, name: str, term: Term, core: tuple[int, ...] | None = None) -> Term:
        """A reduction of the core (or of the indices given)."""
        gone = self.core if core is None else core
        order = term.indices
        keep = tuple(i for i in order if i not in gone)
        number = {i: k for k, i in enumerate(order)}
        spec = Spec(
            self.axes(order),
            (tuple(map(Slot.at, range(len(order)))),),
            (tuple(Slot.at(number[i]) for i in keep),),
            tuple(number[i] for i in gone),
        )
        wire = term.wire(order)
        dtype = result_dtype(STANDARD[name], (), [self.work.type(wire).dtype])
        return self.at(self._box(name, (wire,), spec, (Tensor(dtype, self.axes(keep)),))[0], keep)

    def along(self, name: str, term: Term, index: int | None = None) -> Term:
        """An operation along the core index (or the one given)."""
        core = self.core[0] if index is None else index
        order = term.indices if core in term.indices else (*term.indices, core)
        number = {i: k for k, i in enumerate(order)}
        plain = tuple(map(Slot.at, range(len(order))))
        spec = Spec(self.axes(order), (plain,), (plain,), (number[core],))
        wire = term.wire(order)
        dtype = result_dtype(STANDARD[name], (), [self.work.type(wire).dtype], 0, self.indices[core].size)
        return self.at(self._box(name, (wire,), spec, (Tensor(dtype, self.axes(order)),))[0], order)

    def whole(
        self, name: str, operands: Sequence[tuple[Term, tuple[int, ...]]], outs: Sequence[tuple[int, ...]]
    ) -> tuple[Term, ...]:
        """An operation on core axes: each operand with its core indices, each result with its own."""
        core = tuple(dict.fromkeys(i for _, own in operands for i in own) | dict.fromkeys(sum(outs, ())))
        batch = tuple(dict.fromkeys(i for t, _ in operands for i in t.indices if i not in core))
        orders = [tuple(i for i in t.indices if i in batch) + own for t, own in operands]
        number = {i: k for k, i in enumerate(batch + core)}
        wires = [t.wire(order) for (t, _), order in zip(operands, orders, strict=True)]
        spec = Spec(
            self.axes(batch + core),
            tuple(tuple(Slot.at(number[i]) for i in order) for order in orders),
            tuple(tuple(Slot.at(number[i]) for i in batch + own) for own in outs),
            tuple(number[i] for i in core),
        )
        dtypes = [self.work.type(w).dtype for w in wires]
        cod = [
            Tensor(result_dtype(STANDARD[name], (), dtypes, k), self.axes(batch + own))
            for k, own in enumerate(outs)
        ]
        made = self._box(name, wires, spec, cod)
        return tuple(self.at(w, batch + own) for w, own in zip(made, outs, strict=True))

    def conj(self, term: Term) -> Term:
        """The complex conjugate."""
        return self.apply("conj", term)

    def position(self, index: int, dtype: DType) -> Term:
        """0, 1, 2, ... along an index, as numbers of `dtype`."""
        axis = self.indices[index]
        spec = Spec((axis,), (), ((Slot.at(0),),))
        type_ = Tensor(DType("nat", axis.size), (axis,))
        return self.cast(self.at(self._box("iota", (), spec, (type_,))[0], (index,)), dtype)

    def place(self, term: Term, at: dict[int, Slot], own: tuple[int, ...], big: tuple[int, ...]) -> Term:
        """The core axes `own` of a term written into zeros over the axes `big`, at the slots `at`."""
        batch = tuple(i for i in term.indices if i not in own)
        out = tuple(map(Slot.at, batch)) + tuple(at[i] for i in own)
        order = batch + big
        return self.at(self.contract(term.factors, out, self.axes(order)), order) * term.scale

    def step(self, i: int, j: int, dtype: DType) -> Term:
        """1 where i > j, 1/2 where i = j, else 0: what a triangle keeps of a symmetric matrix."""
        a, b = self.position(i, dtype), self.position(j, dtype)
        return (self.mask("ge", a, b) + self.mask("gt", a, b)) * 0.5

    def eye(self, i: int, j: int, dtype: DType) -> Term:
        """1 where i = j, else 0."""
        return self.mask("eq", self.position(i, dtype), self.position(j, dtype))

    def flip(self, term: Term) -> Term:
        """Reversed along the core index."""
        core = self.core[0]
        if core not in term.indices:
            return term
        return term.read(core, Slot(((core, -ONE),), self.indices[core].size - 1))

    def put(self, values: Term, positions: Term, like: Term) -> Term:
        """`values` added into zeros of the shape of `like`, along its core axis at `positions`."""
        (shape,) = like.factors
        core = self.core[0]
        order = positions.indices
        number = {i: k for k, i in enumerate(order)}
        at = tuple(map(Slot.at, range(len(order))))
        out = tuple(
            Slot((), ZERO, 1) if s.index == core else Slot.at(number[s.index or 0]) for s in shape.map
        )
        spec = Spec(self.axes(order), (at, at), (out,))
        type_ = self.work.type(shape.wire)
        wire = self._box("scatter", (values.wire(order), positions.wire(order)), spec, (type_,))[0]
        return self.term(wire, shape.map)

    def others(self, x: Term) -> Term:
        """For every position of the core the product of all other entries: no division, so right at zeros."""
        result, rest = self.const(1), x
        for core in reversed(self.core):
            size = self.indices[core].size
            turned = rest.read(core, Slot(((core, -ONE),), size - 1))
            before = self.along("cumprod", rest, core).read(core, Slot(((core, ONE),), -ONE), "1")
            after = self.along("cumprod", turned, core).read(core, Slot(((core, -ONE),), size - 2), "1")
            result = result * before * after
            rest = self.fold("prod", rest, (core,))
        return result

    def recurrence(self, rate: Term, add: Term) -> Term:
        """S[k] = add[k] + rate[k] * S[k+1] along the core index, from the end, S = 0 after it: one scan."""
        core = self.core[0]
        rest = tuple(i for i in rate.indices if i != core)
        axis, dtype = self.indices[core], rate.dtype
        state = Tensor(dtype, self.axes(rest))
        body = _recurrence_body(state)
        wires = [self.filled(Real.of(0), state.axes, dtype)]
        wires += [t.wire((core, *rest)) for t in (rate, add)]
        args: Args = (("axis", axis), ("states", 1), ("scanned", 2), ("reversed", True))
        cod = (state, Tensor(dtype, self.axes((core, *rest))))
        made = self.work.box(STANDARD["scan"], wires, cod, None, args, (body,))
        return self.at(made[1], (core, *rest))


def _recurrence_body(state: Tensor) -> Diagram:
    builder = Builder()
    s, r, a = (builder.input(state, name) for name in ("S", "rate", "add"))
    plain = tuple(map(Slot.at, range(len(state.axes))))
    spec = Spec(state.axes, (plain, plain), (plain,))
    (p,) = builder.box(STANDARD["contract"], (r, s), (state,), spec)
    (q,) = builder.box(STANDARD["add"], (a, p), (state,), spec)
    return builder.build((q, q), "recurrence")


def _renumber(slots: Map, number: dict[int, int]) -> Map:
    return tuple(
        Slot.at(number[s.index])
        if s.index is not None
        else Slot(tuple((number[i], c) for i, c in s.terms), s.offset, s.gather)
        for s in slots
    )


def _pads(pads: tuple[str | None, ...]) -> tuple[str | None, ...]:
    return pads if any(p is not None for p in pads) else ()
