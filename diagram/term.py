"""Terms: what derivative rules are written in. A `Term` is a product of wires, each read through an index map
in one index space, times a static number. `*` stays lazy; `+ - /` and functions make boxes; a sum is one
contract.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from diagram.ops.dtypes import complex_of, promote
from diagram.reals import Number, Real
from diagram.spec import Map, Slot
from diagram.types import DType, R

if TYPE_CHECKING:
    from diagram.local import Local

__all__ = ["Factor", "Local", "Scalar", "Term"]

Scalar = Number | Real
_ONE = Real.of(1)


@dataclass(frozen=True, slots=True)
class Factor:
    """One wire read through `map`; `pad` says what lies outside."""

    wire: int
    map: Map
    pad: str | None = None

    @property
    def indices(self) -> tuple[int, ...]:
        """The indices its map mentions, in order of its slots."""
        return tuple([i for slot in self.map for i, _ in slot.terms])

    @property
    def plain(self) -> bool:
        """Whether each slot is an index of its own."""
        seen = [slot.index for slot in self.map]
        return None not in seen and len(set(seen)) == len(seen)


@dataclass(frozen=True, slots=True, eq=False)
class Term:
    """`scale` times the product of `factors`, a function on the index space of `local`; no factors: a number.

    >>> from diagram.local import Local
    >>> from diagram.sharing import Sharing
    >>> from diagram.types import Axis, Tensor
    >>> work, i = Sharing(), Axis.of("i", 3)
    >>> y, dy = (work.builder.input(Tensor(R, (i,))) for _ in "ab")
    >>> g = Local(work, [i])
    >>> dx = g.at(dy, (0,)) * (1 - g.at(y, (0,)) * g.at(y, (0,)))
    >>> [len(work.builder.boxes), dx.wire((0,)), [box.op.name for box in work.builder.boxes]]
    [2, 4, ['contract', 'rsub', 'contract']]
    """

    local: Local
    factors: tuple[Factor, ...]
    scale: Real = _ONE

    @property
    def is_zero(self) -> bool:
        """Known to be zero everywhere."""
        return self.scale.number == 0

    @property
    def indices(self) -> tuple[int, ...]:
        """The indices it depends on: in the order of the factor that has all, else of the index space."""
        every = {i for f in self.factors for i in f.indices}
        for f in self.factors:
            if f.plain and len(f.map) == len(every):
                return f.indices
        return tuple(sorted(every))

    @property
    def dtype(self) -> DType:
        """The element type of the product."""
        if not self.factors:
            return complex_of(R) if isinstance(self.scale.number, complex) else R
        dtypes = [self.local.work.type(f.wire).dtype for f in self.factors]
        result = dtypes[0]
        for d in dtypes[1:]:
            result = promote(result, d)
        return complex_of(result) if isinstance(self.scale.number, complex) else result

    @property
    def unit(self) -> Term:
        """Without its scale."""
        return Term(self.local, self.factors)

    def done(self) -> Term:
        """The same with its product computed, so that several uses share it. The scale stays lazy."""
        if len(self.factors) <= 1 and all(map(self.local.whole_wire, self.factors)):
            return self
        order = self.indices
        wire = self.local.product(self.factors, order)
        return Term(self.local, (Factor(wire, tuple(map(Slot.at, order))),), self.scale)

    def wire(self, order: tuple[int, ...] | None = None) -> int:
        """A wire whose axes are the indices `order` (default: its own); what is not among them is summed."""
        return self.local.wire(self, self.indices if order is None else order)

    def rename(self, to: dict[int, int]) -> Term:
        """With some indices called otherwise."""
        factors = tuple(
            Factor(f.wire, tuple(_rename(slot, to) for slot in f.map), f.pad) for f in self.factors
        )
        return Term(self.local, factors, self.scale)

    def read(self, index: int, slot: Slot, pad: str | None = None) -> Term:
        """Shifted, reversed, ... along one index of a single wire: position `slot` instead of `index`."""
        (f,) = self.done().factors
        new = tuple(slot if s.index == index else s for s in f.map)
        return Term(self.local, (Factor(f.wire, new, pad),), self.scale)

    def __mul__(self, other: Term | Scalar) -> Term:
        if not isinstance(other, Term):
            return Term(self.local, self.factors, self.scale * Real.of(other))
        if self.is_zero or other.is_zero:
            return Term(self.local, (), Real.of(0))
        return Term(self.local, self.factors + other.factors, self.scale * other.scale)

    def __rmul__(self, other: Scalar) -> Term:
        return self * other

    def __neg__(self) -> Term:
        return self * -1

    def __add__(self, other: Term | Scalar) -> Term:
        b = other if isinstance(other, Term) else Term(self.local, (), Real.of(other))
        if self.is_zero:
            return b
        if b.is_zero:
            return self
        if self.factors == b.factors:
            return Term(self.local, self.factors, self.scale + b.scale)
        if not b.factors:
            return _shift(self, b.scale)
        return _shift(b, self.scale) if not self.factors else _sum(self, b)

    def __radd__(self, other: Scalar) -> Term:
        return self + other

    def __sub__(self, other: Term | Scalar) -> Term:
        return self + (-other if isinstance(other, Term) else -Real.of(other))

    def __rsub__(self, other: Scalar) -> Term:
        return -self + other

    def __truediv__(self, other: Term | Scalar) -> Term:
        if not isinstance(other, Term):
            return Term(self.local, self.factors, self.scale / Real.of(other))
        if self.is_zero or not other.factors:
            return self * (_ONE / other.scale)
        if not self.factors:
            return self.local.apply("reciprocal", other.unit) * (self.scale / other.scale)
        return self.local.apply("div", self.unit, other.unit) * (self.scale / other.scale)

    def __rtruediv__(self, other: Scalar) -> Term:
        return self.local.const(other) / self

    def __pow__(self, by: Scalar) -> Term:
        """With a fixed exponent."""
        exponent = Real.of(by)
        number = exponent.number
        if number == 0:
            return self.local.const(1)
        if number == 1:
            return self
        if number == 2:
            return self * self
        names: dict[Number | None, str] = {-1: "reciprocal", 0.5: "sqrt", -0.5: "rsqrt"}
        name = names.get(number)
        if name is not None:
            return self.local.apply(name, self)
        return self.local.apply("power", self, by=exponent)


def _rename(slot: Slot, to: dict[int, int]) -> Slot:
    if slot.index is not None:
        return Slot.at(to.get(slot.index, slot.index))
    return Slot(tuple((to.get(i, i), c) for i, c in slot.terms), slot.offset, slot.gather)


def _shift(term: Term, by: Real) -> Term:
    """`term + by`."""
    if term.scale.number == -1:
        return term.local.apply("rsub", term.unit, by=by)
    return term.local.apply("shift", term, by=by)


def _sum(a: Term, b: Term) -> Term:
    """Scales that agree up to sign are taken out."""
    if a.scale == b.scale:
        return a.local.apply("add", a.unit, b.unit) * a.scale
    if a.scale == -b.scale:
        if b.scale.number == 1:
            return a.local.apply("sub", b.unit, a.unit)
        return a.local.apply("sub", a.unit, b.unit) * a.scale
    if b.scale.number == -1:
        return a.local.apply("sub", a, b.unit)
    if a.scale.number == -1:
        return a.local.apply("sub", b, a.unit)
    return a.local.apply("add", a, b)


def __getattr__(name: str) -> object:
    """`Local` is reached from here, too (PEP 562)."""
    if name == "Local":
        from diagram.local import Local

        return Local
    raise AttributeError(name)
