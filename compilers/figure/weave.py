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

    __slots__ = ("after", "number")

    def __init__(self) -> None:
        self.after: _Spot | None = None
        self.number = 0

    def follow(self) -> _Spot:
        """A new place right after this one."""
        spot = _Spot()
        spot.after, self.after = self.after, spot
        return spot


class _Weave:
    def __init__(self, net: Net) -> None:
        self.start = _Spot()
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
            at, here = self._last() if cell.kind == IN else self._beside(cell)
        spot = here.follow()
        self.spot[id(cell)] = spot
        for arc in outs:
            spot = spot.follow()
            self.spot[id(arc)] = spot
        self.row[at:at] = outs
        for arc in outs:
            self._arrive(arc.head)

    def _arrive(self, cell: Cell) -> None:
        self.waiting[id(cell)] -= 1
        if self.waiting[id(cell)] == 0 and cell.kind in (DOT, CUP):
            self.take(cell)

    def _beside(self, cell: Cell) -> tuple[int, _Spot]:
        """Where a cell without inputs goes: beside the wire that its reader takes next to it."""
        for arc in cell.outs:
            siblings = arc.head.ins
            if arc.head.kind != BOX:
                continue
            for k in range(arc.head_port - 1, -1, -1):
                if id(siblings[k]) in self.spot and siblings[k] in self.row:
                    return self.row.index(siblings[k]) + 1, self.spot[id(siblings[k])]
            for k in range(arc.head_port + 1, len(siblings)):
                if id(siblings[k]) in self.spot and siblings[k] in self.row:
                    at = self.row.index(siblings[k])
                    return at, self.spot[id(self.row[at - 1])] if at else self.start
        return self._last()

    def _last(self) -> tuple[int, _Spot]:
        return len(self.row), self.spot[id(self.row[-1])] if self.row else self.start


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
