"""A first order of cells: the boxes are taken in the order of the diagram, each put where its wires are.

This is how a term is read: a row of wires, and box after box replaces its inputs by its outputs. All wires
that ever
were stand in one list; a wire or box that comes in is put beside what it comes from. Sorting each row of
the figure by that list gives the crossings that the wiring asks for, and hardly any others.
"""

from __future__ import annotations

from compilers.figure.net import BOX, CAP, CUP, DOT, IN, OUT, Arc, Cell, Net
from compilers.figure.spot import Spot, numbered

AHEAD = 12
"""So many boxes a wire is followed to see where it is needed."""


class _Weave:
    """One reading of the net: from the inputs down, or from the outputs up."""

    def __init__(self, net: Net, up: bool, ahead: bool = True) -> None:
        self.up = up
        self.ahead = ahead
        self.start = self.end = Spot()
        self.row: list[Arc] = []
        self.spot: dict[int, Spot] = {}
        self.done: set[int] = set()
        self.cells = [c for row in net.rows for c in row if c.kind]
        self.waiting = {id(c): len(self.before(c)) for c in self.cells}

    def before(self, cell: Cell) -> list[Arc]:
        """The wires through which a cell is reached."""
        return [a for a in (cell.outs if self.up else cell.ins) if not a.rail]

    def after(self, cell: Cell) -> list[Arc]:
        """The wires on which the reading goes on."""
        return [a for a in (cell.ins if self.up else cell.outs) if not a.rail]

    def next(self, arc: Arc) -> tuple[Cell, int]:
        """The cell and port that a wire leads to."""
        return (arc.tail, arc.tail_port) if self.up else (arc.head, arc.head_port)

    def run(self) -> None:
        """Take all cells: the boundary, the boxes in order, and what is left."""
        first = OUT if self.up else IN
        for cell in self.cells:
            if cell.kind == first:
                self.take(cell)
        boxes = sorted((c for c in self.cells if c.kind == BOX), key=lambda c: c.turn, reverse=self.up)
        for cell in boxes:
            for arc in self.before(cell):
                source = arc.head if self.up else arc.tail
                if id(arc) not in self.spot and source.kind != BOX:
                    self.take(source)
            self.take(cell)
        for cell in self.cells:
            self.take(cell)
        numbered(self.start)

    def take(self, cell: Cell) -> None:
        """Put a cell into the row where its wires are, and what it leads to in their place."""
        if id(cell) in self.done:
            return
        self.done.add(id(cell))
        ins = [a for a in self.before(cell) if id(a) in self.spot]
        outs = self.after(cell)
        if ins:
            places = sorted(self.row.index(a) for a in ins)
            last = places[0]
            if not _adjacent(places):
                last = self._split(cell, places) if self.ahead else places[len(places) // 2]
            here = self.spot[id(self.row[last])]
            at = last + 1 - sum(place <= last for place in places)
            for place in reversed(places):
                del self.row[place]
        else:
            at = len(self.row) if cell.kind in (IN, OUT) else self._beside(cell)
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
            self._arrive(self.next(arc)[0])

    def _split(self, cell: Cell, places: list[int]) -> int:
        """After which wire of the row a cell goes whose wires are not neighbours: where the fewest wires
        cross now, and those between its wires are on the side where they are needed next.
        """
        low, high = places[0], places[-1]
        taken = set(places)
        pos = {id(a): k for k, a in enumerate(self.row)}
        cost, best, at = 0.0, 0.0, low
        left, later = 1, 0.9 * max(1, len(self.after(cell)))
        for k in range(low + 1, high + 1):
            if k in taken:
                left += 1
            else:  # the cost of having wire k on the left of the cell, not on its right
                side = self._side(self.row[k], cell, low, high, pos)
                cost += left - (len(places) - left) + later * side
            if cost < best or (cost == best and 2 * k <= low + high):
                best, at = cost, k
        return at

    def _side(self, arc: Arc, cell: Cell, low: int, high: int, pos: dict[int, int]) -> int:
        """On which side of a cell a wire is needed next, -1 or 1, by what joins it further on; 0 if
        nothing tells.
        """
        for _ in range(AHEAD):
            head, port = self.next(arc)
            votes = 0
            for other in self.before(head):
                if other is not arc:
                    found = self._comes_from(other, cell, low, high, pos)
                    own = 1 if port > self.next(other)[1] else -1
                    votes += own if found is None else found
            outs = self.after(head)
            if votes or not outs:
                return (votes > 0) - (votes < 0)
            arc = outs[0]
        return 0

    def _comes_from(self, arc: Arc, cell: Cell, low: int, high: int, pos: dict[int, int]) -> int | None:
        """Whether a wire that is still to come comes from the left of a cell (-1), from its right (1), or
        from the cell itself (None).
        """
        todo, votes = [arc], 0
        for _ in range(2 * AHEAD):
            if not todo:
                break
            arc = todo.pop()
            place = pos.get(id(arc))
            if place is not None:
                votes += (place > high) - (place < low)
                continue
            source = arc.head if self.up else arc.tail
            if source is cell:
                return None
            todo += self.before(source)
        return (votes > 0) - (votes < 0)

    def _arrive(self, cell: Cell) -> None:
        self.waiting[id(cell)] -= 1
        if self.waiting[id(cell)] or cell.kind not in (DOT, CAP if self.up else CUP):
            return
        if cell.partner is None or id(cell.partner) not in self.waiting:
            self.take(cell)
        elif not self.waiting[id(cell.partner)]:
            self.take(cell)
            self.take(cell.partner)

    def _left_of(self, at: int) -> Spot:
        """The place right before the wire at `at` of the row, after all that has ended there."""
        spot = self.spot[id(self.row[at])].before if at < len(self.row) else self.end
        assert spot is not None
        return spot

    def _beside(self, cell: Cell) -> int:
        """Where in the row a cell without inputs goes: beside the wire that its reader takes next to it."""
        outs = self.after(cell)
        for arc in outs:
            reader, port = self.next(arc)
            siblings = self.before(reader)
            if reader.partner is not None:
                across = [self.row.index(a) for a in self.before(reader.partner) if self._is_live(a)]
                if across:
                    return across[0] + (arc is outs[0])
            if reader.kind != BOX:
                continue
            for k in range(min(port, len(siblings)) - 1, -1, -1):
                if self._is_live(siblings[k]):
                    return self.row.index(siblings[k]) + 1
            for k in range(port + 1, len(siblings)):
                if self._is_live(siblings[k]):
                    return self.row.index(siblings[k])
        return len(self.row)

    def _is_live(self, arc: Arc) -> bool:
        return id(arc) in self.spot and arc in self.row


def _adjacent(places: list[int]) -> bool:
    return places[-1] - places[0] == len(places) - 1


def weave(net: Net, up: bool = False, ahead: bool = True) -> list[list[Cell]]:
    """The rows of the net, sorted; the boundary stays as it is. `up` reads from the outputs; without `ahead`
    a cell goes to the middle one of its wires.
    """
    reading = _Weave(net, up, ahead)
    reading.run()
    spot = reading.spot
    return [
        row
        if any(c.kind in (IN, OUT) for c in row)
        else sorted(row, key=lambda c: spot[id(c) if c.kind else id(c.outs[0])].number)
        for row in net.rows
    ]
