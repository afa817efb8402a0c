"""How the term that made a diagram lies in the plane: the rows of its boxes and dots, and the order of all
pieces of wire from left to right, so that a figure has the crossings that the term says and no others.

The term is read line by line, with the row of wires that runs from one line to the next. Boxes, swaps, copies
and ends are events; each comes after the events whose wires it takes, and after those that ended or parted
where it stands. Rows are longest paths of events; a swap takes no row. A swap of two wires makes new pieces
of them, so every piece keeps one place in the list from left to right, and two pieces in one row stand in the
order of that list. A term that is not that of the diagram, or bends wires, has no reading.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence, Set
from dataclasses import dataclass, field
from itertools import count

from compilers.figure.spot import Spot, numbered
from diagram.hypergraph import Diagram

ROOM = 1024
"""The rows of boxes are multiples of this; the rows of dots lie between them."""
Port = tuple[str, int, int]
"""Where a wire goes: `box` or `out`, its number, the number of the port."""


class Event:
    """Something on the way down. A box stands in a row of boxes, a dot in one between, the rest in no row."""

    __slots__ = ("after", "is_fed", "kind", "time")

    def __init__(self, kind: str, wires: Sequence[Event | None], places: Sequence[Event | None]) -> None:
        self.kind = kind
        self.after: list[Event] = []
        self.is_fed: bool = any(e is None or e.is_fed for e in wires)
        before = [e for e in (*wires, *places) if e is not None]
        last: int = max([e.time for e in before], default=0)
        self.time: int = (last // ROOM + 1) * ROOM if kind == "box" else last + (kind == "dot")
        for e in before:
            e.after.append(self)

    def sink(self) -> None:
        """Go down to what follows, if nothing comes in from above."""
        if self.is_fed or not self.after:
            return
        low = min(e.time - (e.kind in ("box", "dot")) for e in self.after)
        self.time = max(self.time, low - (low - self.time) % ROOM)


class Piece:
    """A wire between two events: the piece before it, since which event it is, its place from the left."""

    __slots__ = ("before", "since", "spot", "wire")

    def __init__(self, wire: int, before: Piece | None, since: Event | None, spot: Spot) -> None:
        self.wire, self.before, self.since, self.spot = wire, before, since, spot


class NoReading(Exception):
    """The layers are not those of the diagram."""


@dataclass(slots=True)
class Reading:
    """A term read: the row of every box and of the dot of every wire that has one, what leads to a port."""

    boxes: dict[int, tuple[int, Spot]] = field(default_factory=dict)
    dots: dict[int, tuple[int, Spot]] = field(default_factory=dict)
    ways: dict[Port, list[tuple[int, Spot]]] = field(default_factory=dict)
    """The pieces of wire on the way to a port, each with the row after which it begins."""

    def place(self, port: Port, row: int) -> tuple[int, ...]:
        """Where a wire to this port is in a row, as a key from left to right; wires that are still one stand
        in the order in which they part.
        """
        way = self.ways[port]
        at = bisect_left(way, row, key=lambda piece: piece[0]) - 1
        return tuple([spot.number for _, spot in way[max(at, 0) :]])


def read(d: Diagram, hidden: Set[int]) -> Reading | None:
    """The reading of a diagram without the wires `hidden`; None if it has none."""
    if not d.layers or any(w in hidden for w in d.inputs[: len(d.dom)]) or not set(d.param_wires) <= hidden:
        return None
    try:
        return _Reader(d, hidden).run()
    except NoReading:
        return None


Gap = tuple[Event | None, Spot]
"""Between two wires: what must be done before something begins there, and the place for it."""


class _Reader:
    """Reads the layers; `row` are the pieces of wire at a line, `gaps` lie between them."""

    def __init__(self, d: Diagram, hidden: Set[int]) -> None:
        self.d, self.hidden = d, hidden
        self.events: list[Event] = []
        self.start = spot = Spot()
        self.row: list[Piece] = []
        self.gaps: list[Gap] = [(None, spot)]
        for w in d.inputs[: len(d.dom)]:
            self.row.append(Piece(w, None, None, spot.follow()))
            spot = self.row[-1].spot.follow()
            self.gaps.append((None, spot))
        self.boxes: dict[int, tuple[Event, Spot]] = {}
        self.dots: dict[int, tuple[Event, Spot]] = {}
        self.ends: dict[Port, Piece] = {}

    def run(self) -> Reading:
        """All layers, then the rows."""
        for layer in self.d.layers:
            if layer.box >= 0:
                self.box(layer.at, layer.box)
            else:
                self.rearrange(layer.at, layer.takes, layer.gives)
        if tuple(p.wire for p in self.row) != self.d.outputs or len(self.boxes) != len(self.d.boxes):
            raise NoReading
        for k, piece in enumerate(self.row):
            self.ends["out", k, 0] = piece
        for event in reversed(self.events):
            event.sink()
        numbered(self.start)
        found = Reading()
        found.boxes = {k: (e.time, spot) for k, (e, spot) in self.boxes.items()}
        found.dots = {w: (e.time, spot) for w, (e, spot) in self.dots.items()}
        found.ways = {port: _way(piece) for port, piece in self.ends.items()}
        return found

    def event(self, kind: str, at: int, n: int) -> Event:
        """An event that takes n wires."""
        places = self.gaps[at + 1 : at + n] if n else self.gaps[at : at + 1]
        event = Event(kind, [p.since for p in self.row[at : at + n]], [e for e, _ in places])
        self.events.append(event)
        return event

    def put(self, at: int, n: int, event: Event, pieces: Sequence[tuple[int, Piece | None]]) -> Spot:
        """Put new pieces of wire in the place of n old ones; returns the place of the event among them."""
        ended, door = self.gaps[at]
        spot = here = (self.row[at].spot if n else door).follow()
        new: list[Piece] = []
        gaps: list[Gap] = []
        for wire, before in pieces:
            new.append(Piece(wire, before, event, spot.follow()))
            spot = new[-1].spot.follow()
            gaps.append((event, spot))
        self.row[at : at + n] = new
        if n and new:
            self.gaps[at + 1 : at + n] = gaps[:-1]
        elif new:
            self.gaps[at + 1 : at + 1] = [*gaps[:-1], (ended, spot)]
        elif n:
            joined = Event("place", (), [ended, event, self.gaps[at + n][0]])
            joined.is_fed = True
            self.events.append(joined)
            self.gaps[at : at + n + 1] = [(joined, door)]
        return here

    def box(self, at: int, k: int) -> None:
        """A box on the wires that it takes."""
        if not 0 <= k < len(self.d.boxes) or k in self.boxes:
            raise NoReading
        box = self.d.boxes[k]
        dom = [w for w in box.dom if w not in self.hidden]
        n = len(dom)
        if at > len(self.row) or [p.wire for p in self.row[at : at + n]] != dom:
            raise NoReading
        for port, piece in enumerate(self.row[at : at + n]):
            self.ends["box", k, port] = piece
        event = self.event("box", at, n)
        self.boxes[k] = event, self.put(at, n, event, [(w, None) for w in box.cod])

    def rearrange(self, at: int, takes: int, gives: tuple[int, ...]) -> None:
        """Copies and ends first, one wire after the other, then swaps."""
        if at + takes > len(self.row) or not all(0 <= k < takes for k in gives):
            raise NoReading
        copies = [0] * takes
        for k in gives:
            copies[k] += 1
        first, now = [0] * takes, at
        for k, n in enumerate(copies):
            first[k] = now - at
            if n != 1:
                self.copy(now, n)
            now += n
        order, used = [], [count(k) for k in first]
        for k in gives:
            order.append(next(used[k]))
        self.permute(at, order)

    def copy(self, at: int, n: int) -> None:
        """The wire at this place goes on n times."""
        piece = self.row[at]
        is_first = piece.wire not in self.dots
        event = self.event("dot" if is_first else "place", at, 1)
        if is_first:
            self.ends["dot", piece.wire, 0] = piece
        spot = self.put(at, 1, event, [(piece.wire, piece)] * n)
        if is_first:
            self.dots[piece.wire] = event, spot

    def permute(self, at: int, order: list[int]) -> None:
        """Wires change places, in groups that do not cross one another."""
        start, most = 0, -1
        for k, source in enumerate(order):
            most = max(most, source)
            if most > k:
                continue
            n = k + 1 - start
            if n > 1:
                event = self.event("swap", at + start, n)
                moved = [self.row[at + order[start + j]] for j in range(n)]
                self.put(at + start, n, event, [(p.wire, p) for p in moved])
            start = k + 1


def _way(piece: Piece) -> list[tuple[int, Spot]]:
    """A piece and those before it, the first one first."""
    way: list[tuple[int, Spot]] = []
    this: Piece | None = piece
    while this is not None:
        way.append((this.since.time if this.since is not None else -1, this.spot))
        this = this.before
    return way[::-1]
