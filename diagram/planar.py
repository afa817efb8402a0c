"""Diagrams without crossings, layer by layer: where each box stands among the wires beside it.

The value knows which wires meet, not what is left and right of what, so that it is found here: what hangs
together is a row of wires of its own until a box or the end of the diagram joins it to its neighbours.
"""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

from diagram.melt import melt
from diagram.types import Ob, Type, Wires, wires_text
from diagram.value import Box, Diagram

Leg = tuple[int, int]
"""A wire, and for one that bends whether it is the left (0) or the right (1) leg of the cup or cap."""


class Layer(NamedTuple):
    """A box, or None for a cup or a cap, with the types it takes and gives, and how many wires are left of
    it.
    """

    box: Box | None
    dom: Wires
    cod: Wires
    offset: int


class Crossing(ValueError):
    """The wires of a diagram cannot be drawn without crossings."""


def layers(d: Diagram) -> list[Layer]:
    """The diagram as layers, with cups and caps where its wires bend. Raises `Crossing`.

    Boxes that hang together are a row of wires; rows are joined where a box or the end takes wires of both.
    """
    flat = melt(d, True)
    ends = _Ends()
    ins = [ends.add(w, t, True) for w, t in zip(flat.inputs, d.dom, strict=False)]
    around = []
    for box in flat.boxes:
        dom = box.op.dom or tuple([flat.wires[w] for w in box.dom])
        cod = box.op.cod or tuple([flat.wires[w] for w in box.cod])
        takes = [ends.add(w, t, False) for w, t in zip(box.dom, dom, strict=True)]
        around.append((box, takes, [ends.add(w, t, True) for w, t in zip(box.cod, cod, strict=True)]))
    outs = [ends.add(w, t, False) for w, t in zip(flat.outputs, d.cod, strict=True)]
    leg = ends.legs(len(flat.wires))
    rows = _Rows([leg[k] for k in ins], {leg[k]: end.type for k, end in enumerate(ends.found)}, ends.bends)
    for box, takes, gives in around:
        rows.put(box, [leg[k] for k in takes], [leg[k] for k in gives])
    return rows.close([leg[k] for k in outs])


def planar_text(d: Diagram) -> str | None:
    """The diagram as a chain of layers; None if wires cross, bend, are shared or dropped.

    >>> from diagram.hypergraph import box, identity
    >>> from diagram.types import Ob
    >>> A = Ob("A")
    >>> m, u = box("m", (A, A), (A,)), box("u", (), (A,))
    >>> planar_text(m @ identity(A) >> identity(A) @ u @ identity(A) >> m @ identity(A) >> m)
    'm @ A >> A @ u @ A >> m @ A >> m'
    """
    try:
        found = layers(d)
    except Crossing:
        return None
    now, texts = d.dom, []
    for box, dom, cod, at in found:
        if box is None:
            return None
        end = at + len(dom)
        parts = [wires_text(now[:at]), box.label, wires_text(now[end:])]
        texts.append(" @ ".join(part for part in parts if part != "()"))
        now = (*now[:at], *cod, *now[end:])
    return " >> ".join(texts) or wires_text(d.dom)


class _End(NamedTuple):
    """An end of a wire: the type of its port, and whether the wire comes from there."""

    wire: int
    type: Type
    gives: bool

    @property
    def turn(self) -> int:
        """How often the type is turned: the left leg of a cap more often than the right one."""
        return self.type.adjoint if isinstance(self.type, Ob) else 0


class _Ends:
    """The ends of all wires, and what they are as legs of rows; `bends` are the wires with a cup."""

    def __init__(self) -> None:
        self.found: list[_End] = []
        self.bends: list[int] = []

    def add(self, wire: int, type_: Type, gives: bool) -> int:
        """Note an end; its number."""
        self.found.append(_End(wire, type_, gives))
        return len(self.found) - 1

    def legs(self, wires: int) -> list[Leg]:
        """The leg that every end is. Raises `Crossing` for a wire that does not have two ends."""
        at: list[list[int]] = [[] for _ in range(wires)]
        for k, end in enumerate(self.found):
            at[end.wire].append(k)
        legs = [(end.wire, 0) for end in self.found]
        for w, ends in enumerate(at):
            if len(ends) != 2:
                raise Crossing
            one, two = (self.found[k] for k in ends)
            if one.gives and two.gives:
                self.bends.append(w)
                legs[ends[one.turn <= two.turn]] = w, 1
            elif not one.gives and not two.gives:
                legs[ends[one.turn >= two.turn]] = w, 1
            elif one.type != two.type:
                raise Crossing
        return legs


class _Row:
    """Legs side by side, with the layers above them."""

    __slots__ = ("layers", "legs")

    def __init__(self, legs: list[Leg], made: list[Layer]) -> None:
        self.legs = legs
        self.layers = made


class _Rows:
    """Rows in the making: `main` is that of the inputs, `home` says where a leg is."""

    def __init__(self, inputs: list[Leg], types: dict[Leg, Type], bends: list[int]) -> None:
        self.types = types
        self.bends = set(bends)
        self.main = _Row(inputs, [])
        self.home = dict.fromkeys(inputs, self.main)
        self.rows = {id(self.main): self.main}
        self._bend()

    def put(self, box: Box | None, takes: list[Leg], gives: list[Leg]) -> None:
        """A box, cup or cap on legs, brought together."""
        for leg in takes:
            other = leg[0], 1 - leg[1]
            if leg not in self.home:
                if other not in self.types or leg[0] in self.bends:
                    raise Crossing  # its box comes later: a loop
                self.put(None, [], sorted((leg, other)))
        row, at = self._together(takes)
        dom, cod = (tuple([self.types[leg] for leg in legs]) for legs in (takes, gives))
        row.layers.append(Layer(box, dom, cod, at))
        row.legs[at : at + len(takes)] = gives
        for leg in takes:
            del self.home[leg]
        self.home.update(dict.fromkeys(gives, row))
        self._bend()

    def close(self, outputs: list[Leg]) -> list[Layer]:
        """All layers, the outputs in their order; what has no wires left stands at the right."""
        for leg in outputs:
            if leg not in self.home:
                self.put(None, [], sorted((leg, (leg[0], 1 - leg[1]))))
        row = self._together(outputs)[0] if outputs else self.main
        if row is not self.main and not self.main.legs:
            self._nest(self.main, row, 0)
        for other in list(self.rows.values()):
            if other is not self.main and not other.legs:
                self._nest(self.main, other, len(self.main.legs))
        if self.main.legs != outputs or len(self.rows) > 1:
            raise Crossing
        return self.main.layers

    def _bend(self) -> None:
        """Cups, wherever their legs can be brought together now."""
        for w in sorted(self.bends):
            left, right = (w, 0), (w, 1)
            if left in self.home and right in self.home and self._near(left, right):
                self.bends.discard(w)
                self.put(None, [left, right], [])
                break

    def _near(self, left: Leg, right: Leg) -> bool:
        """Whether two legs are neighbours, or in rows that can be joined."""
        try:
            self._together([left, right])
        except Crossing:
            return False
        return True

    def _together(self, legs: list[Leg]) -> tuple[_Row, int]:
        """The row in which the legs stand side by side, and where. Raises `Crossing`."""
        if not legs:
            row = _Row([], [])
            self.rows[id(row)] = row
            return row, 0
        for left, right in pairwise(legs):
            self._join(left, right)
        row = self.home[legs[0]]
        at = row.legs.index(legs[0])
        if row.legs[at : at + len(legs)] != legs:
            raise Crossing
        return row, at

    def _join(self, left: Leg, right: Leg) -> None:
        """One row with the legs side by side: one row stands between the wires of the other."""
        one, two = self.home[left], self.home[right]
        if one is two:
            return
        if two.legs[0] == right and two is not self.main:
            self._nest(one, two, one.legs.index(left) + 1)
        elif one.legs[-1] == left and one is not self.main:
            self._nest(two, one, two.legs.index(right))
        else:
            raise Crossing

    def _nest(self, outer: _Row, inner: _Row, at: int) -> None:
        """Put a row between the legs of another; it has no inputs, so that it may stand below its layers."""
        outer.layers += [layer._replace(offset=layer.offset + at) for layer in inner.layers]
        outer.legs[at:at] = inner.legs
        self.home.update(dict.fromkeys(inner.legs, outer))
        del self.rows[id(inner)]
