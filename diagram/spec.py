"""The index structure of a tensor box: one index space, and for every port an affine map from indices to
positions.

Execution, derivative, cost and figure all read this one record. A port's map has one `Slot` per axis of the
array on that port: the position along the axis is `sum(coefficient * index) + offset (+ the value on
another port, for a gather)`. An index that occurs in no output is summed (or is what the operation reduces
over); one that a port lacks is broadcast.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from diagram.sizes import ONE, ZERO, Size
from diagram.types import Axis


@dataclass(frozen=True, slots=True)
class Slot:
    """Where along one axis: `sum(c * i for i, c in terms) + offset`, plus the value on input port `gather`
    if any."""

    terms: tuple[tuple[int, Size], ...] = ()
    offset: Size = ZERO
    gather: int = -1

    @staticmethod
    def at(index: int) -> Slot:
        """The plain position `index`."""
        return _PLAIN[index] if index < len(_PLAIN) else Slot(((index, ONE),))

    @property
    def index(self) -> int | None:
        """The index, if the slot is just that index."""
        if len(self.terms) != 1 or self.gather >= 0:
            return None
        ((index, c),) = self.terms
        one = c is ONE or c == ONE  # numbers are cached: the first test nearly always decides
        return index if one and (self.offset is ZERO or self.offset == ZERO) else None

    def subs(self, values: Mapping[str, int | Size]) -> Slot:
        """Replace size symbols."""
        return Slot(tuple((i, c.subs(values)) for i, c in self.terms), self.offset.subs(values), self.gather)

    def shifted(self, by: int) -> Slot:
        """Renumber the indices by adding `by`."""
        return Slot(tuple((i + by, c) for i, c in self.terms), self.offset, self.gather)


_PLAIN = tuple(Slot(((i, ONE),)) for i in range(16))
Map = tuple[Slot, ...]


@dataclass(frozen=True, slots=True)
class Spec:
    """`indices` name the index space; `ins` and `outs` map it to each port; `core` are the indices the
    operation treats as a whole (softmax's axis, a matrix's two); `pads[p]` says what lies outside input
    port p, or for an output with affine slots what happens to writes outside: `None` nothing may, else
    `"0"` (or any number), `"edge"`, `"wrap"`, `"reflect"`."""

    indices: tuple[Axis, ...]
    ins: tuple[Map, ...]
    outs: tuple[Map, ...]
    core: tuple[int, ...] = ()
    pads: tuple[str | None, ...] = ()

    def pad(self, port: int) -> str | None:
        """The padding of input port `port` (outputs follow the inputs)."""
        return self.pads[port] if port < len(self.pads) else None

    @property
    def summed(self) -> tuple[int, ...]:
        """Indices in no output, in order."""
        kept = {i for out in self.outs for slot in out for i, _ in slot.terms}
        return tuple(i for i in range(len(self.indices)) if i not in kept)

    @property
    def plain(self) -> bool:
        """True if every slot of every port is just an index."""
        return all(slot.index is not None for port in (*self.ins, *self.outs) for slot in port)

    def lift(self, degree: tuple[Axis, ...], ports: tuple[tuple[int, ...], ...]) -> Spec:
        """The same operation for every position of `degree`: new indices in front, and for each input port in
        front of its slots those of the degree axes (numbers in `ports`) that its array has. Every output
        gets all of them."""
        n = len(degree)
        ins = tuple(
            tuple(Slot.at(d) for d in has) + tuple(s.shifted(n) for s in slots)
            for has, slots in zip(ports, self.ins, strict=True)
        )
        outs = tuple(
            tuple(Slot.at(d) for d in range(n)) + tuple(s.shifted(n) for s in slots) for slots in self.outs
        )
        return Spec(degree + self.indices, ins, outs, tuple(c + n for c in self.core), self.pads)

    def subs(self, values: Mapping[str, int | Size]) -> Spec:
        """Replace size symbols."""
        return Spec(
            tuple(a.subs(values) for a in self.indices),
            tuple(tuple(s.subs(values) for s in m) for m in self.ins),
            tuple(tuple(s.subs(values) for s in m) for m in self.outs),
            self.core,
            self.pads,
        )
