"""The order of cells in each row: woven in the order of the diagram, improved by sweeps where wires cross.

Where a diagram can be drawn without crossings the sweeps find that drawing in nearly all cases: a cell
whose wires come from neighbours stands between them.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from itertools import pairwise

from compilers.figure.net import BOX, CAP, CUP, DOT, IN, OUT, Cell, Net, depth_of, net
from compilers.figure.planar import ROOM, Reading, read
from compilers.figure.weave import weave
from diagram.hypergraph import Diagram

Links = list[list[tuple[int, float]]]
"""Per cell, the cells its wires lead to in the next row, each with the place of its port there, between 0
and 1.
"""
TINY, SMALL = 800, 3000
"""Up to so many cells a figure is polished with care."""


class _Rows:
    """The rows as lists of numbers of cells, with what they are linked to above and below."""

    def __init__(self, net: Net) -> None:
        self.cells: list[Cell] = []
        self.rows: list[list[int]] = []
        for row in net.rows:
            self.rows.append(list(range(len(self.cells), len(self.cells) + len(row))))
            for cell in row:
                cell.at = len(self.cells)
                self.cells.append(cell)
        n = len(self.cells)
        self.ups: Links = [[] for _ in range(n)]
        self.downs: Links = [[] for _ in range(n)]
        self.own_up: list[list[float]] = [[] for _ in range(n)]
        self.own_down: list[list[float]] = [[] for _ in range(n)]
        for arc in net.arcs:
            if arc.rail:
                continue
            chain = [arc.tail, *arc.via, arc.head]
            for k, (a, b) in enumerate(pairwise(chain)):
                p = _place(a, arc.tail_port, len(a.outs)) if k == 0 else 0.5
                q = _place(b, arc.head_port, len(b.ins)) if k == len(chain) - 2 else 0.5
                self.downs[a.at].append((b.at, q))
                self.own_down[a.at].append(p)
                self.ups[b.at].append((a.at, p))
                self.own_up[b.at].append(q)
        self.fixed = {0: any(c.kind == IN for c in net.rows[0]), len(net.rows) - 1: _is_boundary(net)}
        self.pos = [0] * n
        self.renumber()

    def renumber(self) -> None:
        for row in self.rows:
            for k, c in enumerate(row):
                self.pos[c] = k

    def crossings(self, r: int) -> int:
        """Crossings between row r and the next."""
        pos, keys = self.pos, []
        for u in self.rows[r]:
            for (v, q), p in zip(self.downs[u], self.own_down[u], strict=True):
                keys.append((pos[u] + p, pos[v] + q))
        keys.sort()
        seen: list[float] = []
        total = 0
        for _, low in keys:
            if seen and low < seen[-1]:
                total += len(seen) - bisect_right(seen, low)
                insort(seen, low)
            else:
                seen.append(low)
        return total

    def total(self) -> int:
        return sum(self.crossings(r) for r in range(len(self.rows) - 1))

    def sort_row(self, r: int, links: Links) -> None:
        """Put each cell of row r at the mean of its links; a cell without links stays behind its left
        neighbour.
        """
        if self.fixed.get(r):
            return
        row, pos = self.rows[r], self.pos
        keyed: list[tuple[float, int, int]] = []
        key = -1.0
        for k, c in enumerate(row):
            found = links[c]
            if found:
                key = sum([pos[v] + q for v, q in found]) / len(found)
            keyed.append((key, k, c))
        loose = [c for c in row if not links[c]]
        if loose:
            keyed = _hold(keyed, links)
        else:
            keyed.sort()
        self.rows[r] = [c for _, _, c in keyed]
        for k, c in enumerate(self.rows[r]):
            pos[c] = k

    def sweep(self, down: bool) -> None:
        n = len(self.rows)
        for r in range(1, n) if down else range(n - 2, -1, -1):
            self.sort_row(r, self.ups if down else self.downs)

    def pair(self, a: int, b: int) -> int:
        """How many crossings there are more with `a b` than with `b a`."""
        pos, delta = self.pos, 0
        for links in (self.ups, self.downs):
            la, lb = links[a], links[b]
            if la and lb:
                ka, kb = [pos[v] + q for v, q in la], [pos[v] + q for v, q in lb]
                for x in ka:
                    for y in kb:
                        delta += (x > y) - (x < y)
        return delta

    def transpose(self, passes: int, ties: bool = False) -> None:
        """Exchange neighbours as long as that takes crossings away; with `ties` also, in a first pass, where
        it costs none, which lets wires wander to where one can be taken away.
        """
        pos, ups, downs = self.pos, self.ups, self.downs
        dirty = set(range(len(self.rows)))
        for n in range(passes):
            least = 0 if ties and n == 0 else 1
            moved: set[int] = set()
            for r, row in enumerate(self.rows):
                if self.fixed.get(r) or (not ties and r not in dirty):
                    continue
                for k in range(len(row) - 1):
                    a, b = row[k], row[k + 1]
                    if ((ups[a] and ups[b]) or (downs[a] and downs[b])) and self.pair(a, b) >= least:
                        row[k], row[k + 1] = b, a
                        pos[a], pos[b] = k + 1, k
                        moved.add(r)
            if not moved:
                return
            dirty = {q for r in moved for q in (r - 1, r, r + 1)}


def _hold(keyed: list[tuple[float, int, int]], links: Links) -> list[tuple[float, int, int]]:
    """Sort what has links; each loose cell follows the linked cell that was left of it."""
    groups: list[list[tuple[float, int, int]]] = [[]]
    for item in keyed:
        if links[item[2]]:
            groups.append([item])
        else:
            groups[-1].append(item)
    head, rest = groups[0], sorted(groups[1:], key=lambda g: g[0][:2])
    return head + [item for group in rest for item in group]


def _place(cell: Cell, port: int, ports: int) -> float:
    """Where a port is on its cell, between 0 and 1; the ports of dots have no place of their own."""
    return (port + 0.5) / ports if cell.kind == BOX and ports else 0.5


def _is_boundary(net: Net) -> bool:
    return len(net.rows) > 1 and any(c.kind == OUT for c in net.rows[-1])


def laid_out(d: Diagram, hidden: frozenset[int]) -> Net:
    """The net of a diagram in order. A term is drawn as it says, unless it is small and another order needs
    fewer rows and no more crossings, or has fewer crossings because it copies elsewhere.
    """
    reading = read(d, hidden)
    found = net(d, hidden, reading)
    if reading is None:
        order(found)
        return found
    count = _as_read(found, reading)
    if sum(map(len, found.rows)) <= SMALL and (found.depth > depth_of(d) or (count and reading.dots)):
        other = net(d, hidden)
        other.levels = [level * ROOM // 2 for level in other.levels]
        fewer = count - _as_read(other, reading)
        if fewer < 0 or reading.dots:
            fewer = count - order(other)
        if (fewer >= 0 and other.depth < found.depth) or (fewer > 0 and reading.dots):
            return other
    return found


def _as_read(net: Net, reading: Reading) -> int:
    """Order the rows as the term is read; returns the number of crossings."""
    for row, level in zip(net.rows, net.levels, strict=True):
        if any(c.kind in (IN, OUT) for c in row):
            continue
        keys: dict[int, tuple[int, ...]] = {}
        for cell in row:
            if cell.kind:
                _, spot = (reading.boxes if cell.kind == BOX else reading.dots)[cell.ref]
                keys[id(cell)] = (spot.number,)
            else:
                (arc,) = cell.outs
                keys[id(cell)] = reading.place((arc.head.kind, arc.head.ref, arc.head_port), level)
        row.sort(key=lambda cell: keys[id(cell)])
    for row in net.rows:
        for at, cell in enumerate(row):
            cell.at = at
    _sort_free(net)
    return _Rows(net).total() if sum(map(len, net.rows)) <= SMALL else 0


def order(net: Net) -> int:
    """Order the cells of every row in place; returns how many crossings are left."""
    rails = _take_rails(net)
    if not net.rows:
        return 0
    woven = [weave(net), weave(net, up=True)]
    if sum(map(len, net.rows)) <= SMALL:
        woven += [weave(net, ahead=False), weave(net, up=True, ahead=False)]
    net.rows = woven[0]
    rows = _Rows(net)
    best, kept = _search(rows, woven)
    for r, row in enumerate(kept):
        net.rows[r] = [rows.cells[c] for c in row]
    _place_rails(net, rails)
    _clear_bends(net)
    for row_cells in net.rows:
        for at, cell in enumerate(row_cells):
            cell.at = at
    _sort_free(net)
    return best


def _search(rows: _Rows, woven: list[list[list[Cell]]]) -> tuple[int, list[list[int]]]:
    """The best order met: the woven ones, polished, then sweeps up and down from the last."""
    small = len(rows.cells) <= SMALL
    best, kept, since = -1, rows.rows, 0
    for k in range(12 if small else 3):
        if k < len(woven):
            rows.rows = [[cell.at for cell in row] for row in woven[k]]
            rows.renumber()
        else:
            rows.sweep(down=bool(k % 2))
        count = rows.total()
        if count:
            rows.transpose(6 if small else 2)
            count = rows.total()
        if count and len(rows.cells) <= TINY:
            for _ in range(4):
                rows.transpose(4, ties=True)
            count = rows.total()
        if best < 0 or count < best:
            best, kept, since = count, [list(row) for row in rows.rows], 0
        since += 1
        if best == 0 or since > 4 + len(woven):
            break
    for _ in range(16 if small else 5 if len(rows.cells) <= 4 * SMALL else 0):
        if best <= 0:
            break
        rows.rows = [list(row) for row in kept]
        rows.renumber()
        rows.transpose(4, ties=True)
        count = rows.total()
        if count <= best:
            best, kept = count, [list(row) for row in rows.rows]
    return best, kept


def _take_rails(net: Net) -> list[list[Cell]]:
    """Take the parts of rails out of their rows: foot of the cap, places, foot of the cup."""
    rails = [[arc.tail, *arc.via, arc.head] for arc in net.arcs if arc.rail]
    if rails:
        gone = {id(c) for rail in rails for c in rail}
        for r, row in enumerate(net.rows):
            net.rows[r] = [c for c in row if id(c) not in gone]
        net.arcs = [a for a in net.arcs if not a.rail] + [a for a in net.arcs if a.rail]
    return rails


def _place_rails(net: Net, rails: list[list[Cell]]) -> None:
    """Put rails outside, on the side where their loops cross less; those that reach less far further in."""
    chosen: list[tuple[int, int, int, list[Cell]]] = []
    for number, rail in enumerate(rails):
        left = right = 0
        for end in (rail[0], rail[-1]):
            assert end.partner is not None
            row = net.rows[end.row]
            k = row.index(end.partner)
            left += k
            right += len(row) - 1 - k
        side = -1 if left < right else 1
        chosen.append((min(left, right), len(rail), number, rail))
        for cell in rail:
            cell.side = side
    for _, _, _, rail in sorted(chosen, key=lambda item: item[:3]):
        for cell in rail:
            row = net.rows[cell.row]
            row.insert(0 if cell.side < 0 else len(row), cell)


def _clear_bends(net: Net) -> None:
    """Wires that pass between the feet of a cup or cap go round them: they cross the leg, not the bend, which
    is steep near its feet.
    """
    for r, row in enumerate(net.rows):
        for cell in row:
            if cell.partner is None or cell.partner not in row:
                continue
            at, end = row.index(cell), row.index(cell.partner)
            if at > end:
                continue
            inner = row[at + 1 : end]
            half = len(inner) if cell.partner.side > 0 else -1 if cell.side < 0 else len(inner) // 2
            before, rest, after = [], [], []
            for k, one in enumerate(inner):
                if one.side or not _passes(one, cell.kind, inner):
                    rest.append(one)
                elif one.partner in row[:at] or (one.partner not in row[end + 1 :] and k < half):
                    before.append(one)
                else:
                    after.append(one)
            row = net.rows[r] = [*row[:at], *before, cell, *rest, cell.partner, *after, *row[end + 1 :]]


def _passes(cell: Cell, bend: str, inner: list[Cell]) -> bool:
    """Whether the wires of a cell leave a cup downwards, come into a cap from above, or cross it."""
    if cell.kind == DOT:
        return bool(cell.outs if bend == CUP else cell.ins)
    if cell.kind in (CUP, CAP):
        return cell.kind != bend or cell.partner not in inner
    return not cell.kind


def _sort_free(net: Net) -> None:
    """Give the ports of dots the order of what they lead to."""
    for row in net.rows:
        for cell in row:
            if cell.free and not cell.partner:
                cell.ins.sort(key=lambda a: _near(a.via[-1] if a.via else a.tail, a.tail_port))
                cell.outs.sort(key=lambda a: _near(a.via[0] if a.via else a.head, a.head_port))
                for k, arc in enumerate(cell.ins):
                    arc.head_port = k
                for k, arc in enumerate(cell.outs):
                    arc.tail_port = k


def _near(cell: Cell, port: int) -> tuple[int, int]:
    return cell.at, port if cell.kind == BOX else 0
