"""A first order of cells: the boxes are taken in the order of the diagram, each put where its wires are.

This is how a term is read: a row of wires, and box after box replaces its inputs by its outputs. All wires
that ever
were stand in one list; a wire or box that comes in is put beside what it comes from. Sorting each row of
the figure by that list gives the crossings that the wiring asks for, and hardly any others.
"""

from __future__ import annotations

from compilers.figure.net import BOX, CUP, DOT, IN, OUT, Arc, Cell, Net


class _Spot:
    """A place in the list of everything from left to right."""

    __slots__ = ("after", "before", "number")

    def __init__(self) -> None:
        self.after: _Spot | None = None
        self.before: _Spot | None = None
        self.number = 0

    def follow(self) -> _Spot:
        """A new place right after this one."""
        spot = _Spot()
        spot.after, spot.before, self.after = self.after, self, spot
        if spot.after is not None:
            spot.after.before = spot
        return spot


class _Weave:
    def __init__(self, net: Net) -> None:
        self.start = self.end = _Spot()
        self.row: list[Arc] = []
        self.spot: dict[int, _Spot] = {}
        self.done: set[int] = set()
        self.waiting = {id(c): sum(not a.rail for a in c.ins) for row in net.rows for c in row if c.kind}

    def take(self, cell: Cell) -> None:
        """Put a cell into the row where its wires are, and its outputs in their place."""
        if id(cell) in self.done:
            return
        self.done.add(id(cell))
        ins = [a for a in cell.ins if not a.rail and id(a) in self.spot]
        outs = [a for a in cell.outs if not a.rail]
        if ins:
            places = sorted((self.row.index(a), k) for k, a in enumerate(ins))
            at, k = places[len(places) // 2] if not _adjacent(places) else places[0]
            here = self.spot[id(ins[k])]
            gone = {id(a) for a in ins}
            at -= sum(place < at for place, _ in places)
            self.row = [a for a in self.row if id(a) not in gone]
        else:
            at = len(self.row) if cell.kind == IN else self._beside(cell)
            here = self._left_of(at)
        spot = here.follow()
        self.spot[id(cell)] = spot
        for arc in outs:
            spot = spot.follow()
            self.spot[id(arc)] = spot
        if spot.after is None:
            self.end = spot
        self.row[at:at] = outs
        for arc in outs:
            self._arrive(arc.head)

    def _arrive(self, cell: Cell) -> None:
        self.waiting[id(cell)] -= 1
        if self.waiting[id(cell)] or cell.kind not in (DOT, CUP):
            return
        if cell.partner is None or id(cell.partner) not in self.waiting:
            self.take(cell)
        elif not self.waiting[id(cell.partner)]:
            self.take(cell)
            self.take(cell.partner)

    def _left_of(self, at: int) -> _Spot:
        """The place right before the wire at `at` of the row, after all that has ended there."""
        spot = self.spot[id(self.row[at])].before if at < len(self.row) else self.end
        assert spot is not None
        return spot

    def _beside(self, cell: Cell) -> int:
        """Where in the row a cell without inputs goes: beside the wire that its reader takes next to it."""
        for arc in cell.outs:
            head, siblings = arc.head, arc.head.ins
            if head.kind == CUP and head.partner is not None:
                across = [self.row.index(a) for a in head.partner.ins if self._is_live(a)]
                if across:
                    return across[0] + (arc is arc.tail.outs[0])
            if head.kind != BOX:
                continue
            for k in range(arc.head_port - 1, -1, -1):
                if self._is_live(siblings[k]):
                    return self.row.index(siblings[k]) + 1
            for k in range(arc.head_port + 1, len(siblings)):
                if self._is_live(siblings[k]):
                    return self.row.index(siblings[k])
        return len(self.row)

    def _is_live(self, arc: Arc) -> bool:
        return id(arc) in self.spot and arc in self.row


def _adjacent(places: list[tuple[int, int]]) -> bool:
    return places[-1][0] - places[0][0] == len(places) - 1


def weave(net: Net) -> None:
    """Sort every row of the net."""
    weave = _Weave(net)
    cells = [c for row in net.rows for c in row if c.kind]
    for cell in cells:
        if cell.kind == IN:
            weave.take(cell)
    for cell in sorted((c for c in cells if c.kind == BOX), key=lambda c: c.turn):
        for arc in cell.ins:
            if not arc.rail and id(arc) not in weave.spot and arc.tail.kind != BOX:
                weave.take(arc.tail)
        weave.take(cell)
    for cell in cells:
        weave.take(cell)
    spot, number = weave.start, 0
    while spot.after is not None:
        spot, number = spot.after, number + 1
        spot.number = number
    for r, row in enumerate(net.rows):
        if not any(c.kind in (IN, OUT) for c in row):
            net.rows[r] = sorted(row, key=lambda c: weave.spot[id(c) if c.kind else id(c.outs[0])].number)
