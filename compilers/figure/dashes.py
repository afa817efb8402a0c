"""The dashed lines of circuits, between the arrays of a tuple from operation to operation."""

from __future__ import annotations

from itertools import pairwise

from compilers.figure.circuit import PART, PITCH
from compilers.figure.lanes import lanes_of
from compilers.figure.net import Arc, Cell
from compilers.figure.plan import Plan, ends, input_name
from compilers.figure.scene import PT, Look, Path, Step

DASH = Look("", "edge", PT * 3 // 2, (6 * PT, 5 * PT))
CALM, LEAST = 6 * PT, 48 * PT
"""Steps of dashed lines that are not worth drawing, and the shortest dashed line."""
FAR = 5 * PART // 2
"""Arrays further apart than this have their dashed line close to the lower one."""


def dashes(plan: Plan) -> list[Path]:
    """The dashed lines between the arrays of a tuple, from operation to operation."""
    pieces: list[Piece] = []
    rows = plan.net.rows
    for r in range(len(rows)):
        pieces += _across_row(plan, r)
        if r + 1 < len(rows):
            pieces += _across_gap(plan, r)
    return _joined(plan, pieces)


Piece = tuple[tuple[int, int], ...]
"""Points along and across the flow; between points at different places the line bends."""


def _across_gap(plan: Plan, r: int) -> list[Piece]:
    """Between the wires from row r to the next, where neighbours stay neighbours."""
    start, stop = _edges(plan, r)[1], _edges(plan, r + 1)[0]
    arcs = [arc for cell in plan.net.rows[r] for arc in (cell.outs if cell.kind else cell.outs[:1])]
    upper = sorted(arcs, key=lambda a: ends(a, r)[0])
    lower = {id(a): k for k, a in enumerate(sorted(arcs, key=lambda a: ends(a, r)[1]))}
    found: list[Piece] = []
    for a, b in pairwise(upper):
        if lower[id(b)] == lower[id(a)] + 1:
            y, there = (
                _level(plan, _cell(a, r + k), _cell(b, r + k))
                or _between(plan, a, b, ends(a, r)[k], ends(b, r)[k])
                for k in (0, 1)
            )
            bends = {one[:2] for arc in (a, b) for lane in plan.bends[r].get(id(arc), ()) for one in lane}
            if len(bends) > 1 and y != there:
                continue
            bend, end = next(iter(bends), plan.zones[r])
            if abs(there - y) <= max(CALM, 2 * (end - bend)):
                found.append(((start, y), (bend, y), (end, there), (stop, there)))
    return found


def _across_row(plan: Plan, r: int) -> list[Piece]:
    """Past the operations of row r, between neighbours through which wires run."""
    start, stop = _edges(plan, r)
    pairs = pairwise(plan.net.rows[r])
    levels = [level for a, b in pairs if (level := _level(plan, a, b)) is not None]
    return [((start, level), (stop, level)) for level in levels if start < stop]


def _cell(arc: Arc, r: int) -> Cell:
    """Where an arc is in row r."""
    if r == arc.tail.row:
        return arc.tail
    return arc.head if r == arc.head.row else arc.via[r - arc.tail.row - 1]


def _level(plan: Plan, a: Cell, b: Cell) -> int | None:
    """Where the line between two neighbours of a row runs; none if one of them only begins or ends wires."""
    r = a.row
    if a is b or b.at != a.at + 1 or not (a.ins and a.outs and b.ins and b.outs):
        return None
    before = _between(plan, a.ins[-1], b.ins[0], ends(a.ins[-1], r - 1)[1], ends(b.ins[0], r - 1)[1])
    after = _between(plan, a.outs[-1], b.outs[0], ends(a.outs[-1], r)[0], ends(b.outs[0], r)[0])
    low, high = a.x + a.right, b.x - b.left
    return min(max((before + after) // 2, low), high) if low <= high else (low + high) // 2


def _edges(plan: Plan, r: int) -> tuple[int, int]:
    """Where the operations of row r begin and end."""
    bodies = [plan.body[id(cell)] for cell in plan.net.rows[r]]
    before, after = max((b.rise for b in bodies), default=0), max((b.fall for b in bodies), default=0)
    return plan.centre[r] - before, plan.centre[r] + after


def _joined(plan: Plan, pieces: list[Piece]) -> list[Path]:
    """Pieces that follow one another, as one line each, so that the dashes run on."""
    begins = {piece[0]: piece for piece in pieces}
    ended = {piece[-1] for piece in pieces}
    found = []
    for piece in pieces:
        if piece[0] in ended:
            continue
        points = list(piece)
        while points[-1] in begins:
            points += begins.pop(points[-1])[1:]
        points = _trimmed(_calm(points))
        first = points[0][0] <= plan.centre[0]  # where arrays without names come in, they must be told apart
        named = all(input_name(plan, k) is not None for k in range(len(plan.d.inputs)))
        least = 0 if first and not named else LEAST
        if points[-1][0] - points[0][0] > least:
            found.append(_dash(plan, points))
    return found


def _trimmed(points: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Without the bends at both ends."""
    first, last = 0, len(points) - 1
    while first < last and points[first][1] != points[first + 1][1]:
        first += 1
    while first < last and points[last][1] != points[last - 1][1]:
        last -= 1
    return points[first : last + 1]


def _calm(points: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Without steps so small that they only look unsteady."""
    calm = points[:1]
    for x, y in points[1:]:
        before = calm[-1][1]
        calm.append((x, before if abs(y - before) <= CALM else y))
    return calm


def _dash(plan: Plan, points: list[tuple[int, int]]) -> Path:
    steps: list[Step] = []
    for (x, y), (to, there) in pairwise(points):
        if y == there:
            steps.append(plan.point(there, to))
        else:
            middle = (x + to) // 2
            steps.append((*plan.point(y, middle), *plan.point(there, middle), *plan.point(there, to)))
    return Path(plan.point(points[0][1], points[0][0]), tuple(steps), DASH)


def _between(plan: Plan, a: Arc, b: Arc, y: int, z: int) -> int:
    """Where the line between two arrays runs: close above the lower one if they are far apart."""
    reach = (
        (lanes_of(plan.d.wires[a.wire]) - 1) * PITCH // 2,
        (lanes_of(plan.d.wires[b.wire]) - 1) * PITCH // 2,
    )
    upper, lower = y + reach[0], z - reach[1]
    return lower - PART // 2 if lower - upper > FAR else (upper + lower) // 2
