"""Positions across the flow: each row keeps its order and its distances, and wires become as straight as
they can.

Rows are placed one after the other so that the sum of sideways steps is least (isotonic regression with
medians, exact on integers); then whole straight runs are moved where that helps.
"""

from __future__ import annotations

from collections.abc import Set

from compilers.figure.net import Cell, Net
from compilers.figure.symmetry import symmetrise

FEW = 1500
"""Up to so many cells a figure is looked at in the mirror."""
GRID = 6 * 64
"""All positions are multiples of this, so no wire makes a small jog."""
Link = tuple[Cell, int, int]
"""`(other, shift, weight)`: the cell wants to stand at `other.x + shift`."""
Targets = list[tuple[int, int]]


def place(net: Net, soft: bool = False, level: Set[int] = frozenset()) -> None:
    """Set `x` of every cell; the leftmost edge is at 0. `soft` says that ports of cells with several inputs
    give way later, so they pull less; the wires `level` are kept straight before all others.
    """
    for row in net.rows:
        _pack(row)
    ups, downs = _links(net, soft, level)
    size = sum(map(len, net.rows))
    for _ in range(3 if size <= 1500 else 2):
        _sweep(net.rows[1:], (ups,))
        _sweep(net.rows[-2::-1], (downs,))
    for _ in range(3 if size <= 1500 else 2 if size <= 4000 else 1):
        _sweep(net.rows, (ups, downs))
        _sweep(net.rows[::-1], (ups, downs))
        _move_runs(net, ups, downs)
    if size <= FEW:
        symmetrise(net, GRID)
    edge = min((c.x - c.left for row in net.rows for c in row), default=0)
    for row in net.rows:
        for cell in row:
            cell.x -= edge


def separation(a: Cell, b: Cell) -> int:
    """The least distance of two neighbours, a multiple of the grid."""
    return -(-(a.right + b.left) // GRID) * GRID


def _pack(row: list[Cell]) -> None:
    at = 0
    for k, cell in enumerate(row):
        at += separation(row[k - 1], cell) if k else 0
        cell.x = at
    middle = at // 2 // GRID * GRID
    for cell in row:
        cell.x -= middle


def _links(net: Net, soft: bool, level: Set[int]) -> tuple[dict[int, list[Link]], dict[int, list[Link]]]:
    """What each cell is tied to above and below. Long wires pull harder, so that they run straight."""
    ups: dict[int, list[Link]] = {}
    downs: dict[int, list[Link]] = {}
    for arc in net.arcs:
        chain = [arc.tail, *arc.via, arc.head]
        last = len(chain) - 2
        for k in range(last + 1):
            a, b = chain[k], chain[k + 1]
            p = a.out_at[arc.tail_port] if k == 0 and a.out_at else 0
            q = b.in_at[arc.head_port] if k == last and b.in_at else 0
            weight = 8 if 0 < k < last else 3 if last > 0 else 2
            if soft and last == 0 and len(b.ins) > 1:
                weight = 1
            if arc.wire in level:
                weight *= 8
            downs.setdefault(id(a), []).append((b, q - p, weight))
            ups.setdefault(id(b), []).append((a, p - q, weight))
    return ups, downs


def _sweep(rows: list[list[Cell]], pulls: tuple[dict[int, list[Link]], ...]) -> None:
    for row in rows:
        wanted = [[(o.x + s, w) for links in pulls for o, s, w in links.get(id(c), ())] for c in row]
        twin = [len(pulls) > 1 and len(c.ins) == 1 and len(c.outs) == 1 for c in row]
        _isotonic(row, wanted, twin)


def _isotonic(row: list[Cell], wanted: list[Targets], twin: list[bool]) -> None:
    """Place one row: the least sum of `weight * |x - target|` that keeps order and distances (pool
    adjacent violators).

    `twin` marks cells with one wire in and one out: they stand below one or above the other, not between.
    """
    offset, at = [], 0
    for k, cell in enumerate(row):
        at += separation(row[k - 1], cell) if k else 0
        offset.append(at)
    blocks: list[tuple[int, Targets, int]] = []  # value, targets, how many cells
    for k, cell in enumerate(row):
        here = offset[k]
        targets = [(t - here, w) for t, w in wanted[k]] or [(cell.x - here, 0)]
        if len(targets) > 1:
            targets.sort()
        value, count = _median(targets, cell.x - offset[k] if twin[k] else None), 1
        while blocks and blocks[-1][0] > value:
            _, before, n = blocks.pop()
            targets = sorted(before + targets)
            value, count = _median(targets), count + n
        blocks.append((value, targets, count))
    k = 0
    for value, _, count in blocks:
        for _ in range(count):
            row[k].x = value + offset[k]
            k += 1


def _median(targets: Targets, near: int | None = None) -> int:
    """The weighted median on the grid. Where a whole interval is as good: its middle, or its end nearest
    to `near`.
    """
    if len(targets) == 1:
        return round(targets[0][0] / GRID) * GRID
    total = sum([w for _, w in targets])
    if total == 0:
        return targets[len(targets) // 2][0]
    seen = 0
    for k, (value, weight) in enumerate(targets):
        seen += weight
        if 2 * seen == total:
            rest = next((v for v, w in targets[k + 1 :] if w), value)
            if near is not None:
                value = rest = min(value, rest, key=lambda v: abs(v - near))
            return round((value + rest) / (2 * GRID)) * GRID
        if 2 * seen > total:
            return round(value / GRID) * GRID
    return targets[-1][0]


def _move_runs(net: Net, ups: dict[int, list[Link]], downs: dict[int, list[Link]]) -> None:
    """Move whole runs of cells that are tied by straight wires to where the rest of their wires pull them."""
    run: dict[int, int] = {}
    runs: list[list[Cell]] = []
    for row in net.rows:
        for cell in row:
            if id(cell) not in run:
                runs.append(_straight_run(cell, len(runs), run, ups, downs))
    where = {id(c): (row, k) for row in net.rows for k, c in enumerate(row)}
    for number, cells in enumerate(runs):
        pulls: Targets = []
        low, high = -(10**9), 10**9
        for cell in cells:
            for links in (ups, downs):
                for other, shift, weight in links.get(id(cell), ()):
                    if run[id(other)] != number:
                        pulls.append((other.x + shift - cell.x, weight))
            row, k = where[id(cell)]
            if k and run[id(row[k - 1])] != number:
                low = max(low, row[k - 1].x + separation(row[k - 1], cell) - cell.x)
            if k + 1 < len(row) and run[id(row[k + 1])] != number:
                high = min(high, row[k + 1].x - separation(cell, row[k + 1]) - cell.x)
        if pulls:
            step = min(max(_median(sorted(pulls)), low), high)
            if step and sum(w * abs(t - step) for t, w in pulls) < sum(w * abs(t) for t, w in pulls):
                for cell in cells:
                    cell.x += step


def _straight_run(
    cell: Cell, number: int, run: dict[int, int], ups: dict[int, list[Link]], downs: dict[int, list[Link]]
) -> list[Cell]:
    run[id(cell)] = number
    found, todo = [cell], [cell]
    while todo:
        here = todo.pop()
        for links in (ups, downs):
            for other, shift, weight in links.get(id(here), ()):
                if weight > 1 and id(other) not in run and other.x + shift == here.x:
                    run[id(other)] = number
                    found.append(other)
                    todo.append(other)
    return found
