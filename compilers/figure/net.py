"""A diagram as a layered graph to draw: cells (boxes, dots, ends of cups) in rows, and arcs that run down
between them.

Every wire of the hypergraph becomes one arc, or a junction with arcs; what runs against the flow is bent
by a cup and a cap. Not here: the order within a row (`order`), positions (`place`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush

from compilers.figure.planar import Reading
from diagram.hypergraph import Diagram

IN, OUT, BOX, DOT, CUP, CAP = "in", "out", "box", "dot", "cup", "cap"


@dataclass(slots=True, eq=False)
class Cell:
    """Something that stands in one row. `ref` is the number of its box, boundary port or wire, `turn` when
    it is
    executed.
    """

    kind: str
    ref: int
    row: int = 0
    ins: list[Arc] = field(default_factory=list)
    outs: list[Arc] = field(default_factory=list)
    partner: Cell | None = None
    turn: int = 0
    side: int = 0
    at: int = 0
    x: int = 0
    left: int = 0
    right: int = 0
    in_at: tuple[int, ...] = ()
    out_at: tuple[int, ...] = ()

    @property
    def free(self) -> bool:
        """Whether its ports have no order of their own."""
        return self.kind in (DOT, CUP, CAP)


@dataclass(slots=True, eq=False)
class Arc:
    """A piece of wire from a port of `tail` down to a port of `head`; `via` are its places in the rows
    between.
    """

    wire: int
    tail: Cell
    tail_port: int
    head: Cell
    head_port: int
    rail: int = 0
    via: list[Cell] = field(default_factory=list)


@dataclass(slots=True)
class Net:
    """The rows of cells from top to bottom, and the arcs."""

    rows: list[list[Cell]]
    arcs: list[Arc]
    boxes: dict[int, Cell]
    depth: int
    levels: list[int] = field(default_factory=list)
    """The number that each row had while the net was made."""


Ends = list[tuple[str, int, int]]
"""Ports of one wire: kind of cell, its number, number of the port."""


def net(d: Diagram, hidden: frozenset[int] = frozenset(), reading: Reading | None = None) -> Net:
    """The layered graph of `d`; the wires `hidden` (learned arrays) are left out. A `reading` of its term
    says the rows.
    """
    sequence = _sequence(d)
    if reading is None:
        levels = [2 * depth for depth in _depths(d, sequence)]
    else:
        levels = [reading.boxes[k][0] for k in range(len(d.boxes))]
    bottom = 2 + max([*levels, *(row for row, _ in reading.dots.values())] if reading else levels, default=0)
    weaver = _Weaver({} if reading is None else {w: row for w, (row, _) in reading.dots.items()})
    for k, w in enumerate(d.inputs):
        if w not in hidden:
            weaver.add(Cell(IN, k))
    for k in range(len(d.boxes)):
        weaver.add(Cell(BOX, k, levels[k]))
    for turn, k in enumerate(sequence):
        weaver.at[BOX, k].turn = turn
    for k in range(len(d.outputs)):
        weaver.add(Cell(OUT, k, bottom))
    for w, (sources, targets) in enumerate(_ends(d, hidden)):
        if w not in hidden:
            weaver.wire(w, sources, targets)
    if reading is None:
        _sink_sources(weaver.cells)
    return _finish(weaver.cells, weaver.arcs, {k: weaver.at[BOX, k] for k in range(len(d.boxes))})


def _ends(d: Diagram, hidden: frozenset[int]) -> list[tuple[Ends, Ends]]:
    ends: list[tuple[Ends, Ends]] = [([], []) for _ in d.wires]
    for k, w in enumerate(d.inputs):
        ends[w][0].append((IN, k, 0))
    for k, box in enumerate(d.boxes):
        port = 0
        for w in box.dom:
            if w not in hidden:
                ends[w][1].append((BOX, k, port))
                port += 1
        for port, w in enumerate(box.cod):
            ends[w][0].append((BOX, k, port))
    for k, w in enumerate(d.outputs):
        ends[w][1].append((OUT, k, 0))
    return ends


def depth_of(d: Diagram) -> int:
    """The longest chain of boxes."""
    return max(_depths(d, _sequence(d)), default=0)


def _sequence(d: Diagram) -> Sequence[int]:
    """The boxes in an order of execution; where loops forbid one, the stored order breaks them."""
    written = set(d.inputs)
    ordered = True
    late = {w for box in d.boxes for w in box.cod}
    for box in d.boxes:
        if any(w not in written and w in late for w in box.dom):
            ordered = False
            break
        written.update(box.cod)
    if ordered:
        return range(len(d.boxes))
    waiting = [len({w for w in box.dom if w in late}) for box in d.boxes]
    readers: dict[int, list[int]] = {}
    for k, box in enumerate(d.boxes):
        for w in set(box.dom):
            readers.setdefault(w, []).append(k)
    ready = [k for k, n in enumerate(waiting) if n == 0]
    heapify(ready)
    done, start = [False] * len(d.boxes), 0
    order: list[int] = []
    have: set[int] = set()
    while len(order) < len(d.boxes):
        while start < len(done) and done[start]:
            start += 1
        k = heappop(ready) if ready else start
        if done[k]:
            continue
        done[k] = True
        order.append(k)
        for w in d.boxes[k].cod:
            if w not in have:
                have.add(w)
                for r in readers.get(w, ()):
                    waiting[r] -= 1
                    if waiting[r] == 0 and not done[r]:
                        heappush(ready, r)
    return order


def _depths(d: Diagram, sequence: Sequence[int]) -> list[int]:
    """The row of each box: its longest chain of boxes from above, counted from 1."""
    depth = [0] * len(d.boxes)
    reach = [0] * len(d.wires)
    for k in sequence:
        box = d.boxes[k]
        row = 1 + max([reach[w] for w in box.dom], default=0)
        depth[k] = row
        for w in box.cod:
            if reach[w] < row:
                reach[w] = row
    return depth


class _Weaver:
    """Draws wires between the cells of one net."""

    def __init__(self, dots: dict[int, int]) -> None:
        self.dots = dots
        self.cells: list[Cell] = []
        self.at: dict[tuple[str, int], Cell] = {}
        self.arcs: list[Arc] = []

    def add(self, cell: Cell) -> Cell:
        self.cells.append(cell)
        self.at[cell.kind, cell.ref] = cell
        return cell

    def wire(self, w: int, sources: Ends, targets: Ends) -> None:
        """Straight, bent, or through a junction."""
        ups = [(self.at[kind, k], port) for kind, k, port in sources]
        downs = [(self.at[kind, k], port) for kind, k, port in targets]
        if len(ups) == 1 and len(downs) == 1:
            (tail, p), (head, q) = ups[0], downs[0]
            if tail.row < head.row:
                self.arc(w, tail, p, head, q)
            else:
                self.loop(w, tail, p, tail.row + 1, head, q)
        elif len(ups) == 2 and not downs:
            feet = self.bend(CUP, w, max(c.row for c, _ in ups) + 1)
            for (tail, p), foot in zip(ups, feet, strict=True):
                self.arc(w, tail, p, foot, 0)
        elif len(downs) == 2 and not ups:
            feet = self.bend(CAP, w, min(c.row for c, _ in downs) - 1)
            for (head, q), foot in zip(downs, feet, strict=True):
                self.arc(w, foot, 0, head, q)
        else:
            self.junction(w, ups, downs)

    def junction(self, w: int, ups: list[tuple[Cell, int]], downs: list[tuple[Cell, int]]) -> None:
        """A dot with all the ends of the wire."""
        row = max([c.row for c, _ in ups]) + 1 if ups else min([c.row for c, _ in downs], default=2) - 1
        row = self.dots.get(w, row)
        dot = self.add(Cell(DOT, w, row))
        for k, (tail, p) in enumerate(ups):
            self.arc(w, tail, p, dot, k)
        for k, (head, q) in enumerate(downs):
            if head.row > row:
                self.arc(w, dot, k, head, q)
            else:
                self.loop(w, dot, k, row + 2, head, q)

    def bend(self, kind: str, w: int, row: int) -> tuple[Cell, Cell]:
        """Both feet of a cup or cap."""
        first, second = Cell(kind, w, row), Cell(kind, w, row)
        first.partner, second.partner = second, first
        self.cells += first, second
        return first, second

    def loop(self, w: int, tail: Cell, p: int, row: int, head: Cell, q: int) -> None:
        """Down into a cup, up along a rail, and over a cap into a port above."""
        foot, below = self.bend(CUP, w, row)
        over, above = self.bend(CAP, w, head.row - 1)
        self.arc(w, tail, p, foot, 0)
        self.arc(w, over, 0, head, q)
        self.arc(w, above, 0, below, 0, rail=1)

    def arc(self, w: int, tail: Cell, p: int, head: Cell, q: int, rail: int = 0) -> None:
        arc = Arc(w, tail, p, head, q, rail)
        self.arcs.append(arc)
        tail.outs.append(arc)
        head.ins.append(arc)


def _sink_sources(cells: list[Cell]) -> None:
    """Cells that hang on no input stand as low as they can: a state is drawn where it is used."""
    fed = {id(c) for c in cells if c.kind == IN}
    for cell in sorted(cells, key=lambda c: c.row):
        if any(id(a.tail) in fed for a in cell.ins):
            fed.add(id(cell))
    for cell in sorted(cells, key=lambda c: -c.row):
        if id(cell) in fed or cell.kind == OUT or not cell.outs or any(a.rail for a in cell.outs):
            continue
        if cell.partner is not None and (cell.kind == CUP or any(a.rail for a in cell.partner.outs)):
            continue
        low = min(a.head.row for a in cell.outs)
        if cell.kind == CAP and cell.partner is not None:
            low = min(low, min(a.head.row for a in cell.partner.outs))
        row = low - 1 if cell.kind in (DOT, CAP) else 2 * ((low - 1) // 2)
        if row > cell.row:
            cell.row = row
            if cell.kind == CAP and cell.partner is not None:
                cell.partner.row = row


def _finish(cells: list[Cell], arcs: list[Arc], boxes: dict[int, Cell]) -> Net:
    """Renumber the rows in use, and give every long arc its places in the rows between."""
    used = sorted({c.row for c in cells})
    bottom = max((c.row for c in cells if c.kind != OUT), default=0)
    number = {row: k for k, row in enumerate(r for r in used if r <= bottom)}
    last = len(number)
    depth = len({c.row for c in cells if c.kind == BOX})
    rows: list[list[Cell]] = [[] for _ in range(last + 1)]
    for cell in cells:
        cell.row = last if cell.kind == OUT else number[cell.row]
        rows[cell.row].append(cell)
        if cell.kind == BOX:
            cell.ins.sort(key=lambda a: a.head_port)
            cell.outs.sort(key=lambda a: a.tail_port)
    if not rows[-1] and last:
        rows.pop()
    for arc in arcs:
        for row in range(arc.tail.row + 1, arc.head.row):
            place = Cell("", arc.wire, row, [arc], [arc])
            arc.via.append(place)
            rows[row].append(place)
    return Net(rows, arcs, boxes, depth, [*number, used[-1] if used else 0][: len(rows)])
