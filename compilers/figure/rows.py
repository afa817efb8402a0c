"""Positions across, then the heights of rows and of the gaps between them, and room for names and titles."""

from __future__ import annotations

from compilers.figure import cells
from compilers.figure.cells import PITCH
from compilers.figure.channel import Bend, channel
from compilers.figure.circuit_cells import straighten
from compilers.figure.face import TEXT
from compilers.figure.net import BOX, CAP, CUP, IN, OUT, Cell
from compilers.figure.place import GRID, place
from compilers.figure.plan import BORDER, PAD, SLACK, STRIP, STUB, Plan, input_name, segments
from compilers.figure.relax import relax
from compilers.figure.scene import PT

LABEL_ZONE = 13 * PT
CLEAR = {"string": 61.0, "circuit": 46.5, "graph": 46.5}
"""The angle at which wires cross at least, in degrees."""


def settle(plan: Plan) -> None:
    """Positions across, then the heights of rows and of the gaps between them."""
    level = _level(plan)
    place(plan.net, plan.is_circuit, level)
    if plan.is_circuit:
        for _ in range(3):
            if not straighten(plan):
                break
            place(plan.net, True, level)
    else:
        relax(plan)
    rows = plan.net.rows
    _grow(plan)
    _title(plan)
    for row in rows:
        for cell in row:
            if cell.kind in (CUP, CAP) and cell.partner is not None:
                reach = abs(cell.partner.x - cell.x) // 2
                body = plan.body[id(cell)]
                body.fall, body.rise = (reach, 0) if cell.kind == CUP else (0, reach)
    at = plan.head
    for r, row in enumerate(rows):
        rise = max((plan.body[id(c)].rise + plan.body[id(c)].margin for c in row), default=0)
        fall = max((plan.body[id(c)].fall + plan.body[id(c)].margin for c in row), default=0)
        plan.centre.append(at + rise)
        if not plan.is_circuit and any(c.kind == BOX and c.ref in plan.panels for c in row):
            _beside_panel(plan, row, rise, fall)
        bottom = at + rise + fall
        if r + 1 < len(rows):
            start, end = _gap(plan, r, bottom)
            plan.zones.append((start, end))
            at = end + (STUB if any(c.kind == BOX for c in rows[r + 1]) else 0)
        else:
            at = bottom
    plan.flow = at + plan.foot
    if plan.title is not None and not plan.upright:
        plan.flow = max(plan.flow, plan.title.width + 2 * BORDER)
    edges = [c.x + c.right for row in rows for c in row]
    plan.across = max([*edges, plan.across, 2 * PITCH])


def _beside_panel(plan: Plan, row: list[Cell], rise: int, fall: int) -> None:
    """Beside a high panel a state stands low, near what takes it, and an effect stands high."""
    for cell in row:
        body = plan.body[id(cell)]
        if cell.kind != BOX or cell.ref in plan.panels:
            continue
        if cell.outs and not cell.ins:
            body.drop = fall - body.fall - body.margin
        elif cell.ins and not cell.outs:
            body.drop = body.rise + body.margin - rise


def _level(plan: Plan) -> frozenset[int]:
    """The wires that the style wants level."""
    names = plan.options.sheet.aligned
    return frozenset(w for w, name in enumerate(plan.d.names) if name in names) if names else frozenset()


def _grow(plan: Plan) -> None:
    """Boxes that have become wider need room at the edges, too."""
    for row in plan.net.rows:
        for cell in row:
            body = plan.body[id(cell)]
            if cell.kind == BOX and cell.ref not in plan.panels and not plan.is_circuit:
                half = (body.w if plan.upright else body.h) // 2 + cells.GAP
                cell.left, cell.right = max(cell.left, half), max(cell.right, half)
    edge = min((c.x - c.left for row in plan.net.rows for c in row), default=0)
    _shift(plan, max(0, -edge))


def _gap(plan: Plan, r: int, bottom: int) -> tuple[int, int]:
    """Where the wires between row r and the next begin and end to bend."""
    labels = [plan.labels[id(a)] for c in plan.net.rows[r] if c.kind for a in c.outs if id(a) in plan.labels]
    zone = 0
    if labels:
        zone = LABEL_ZONE if plan.upright else max(one.width for one in labels) + 2 * cells.SLACK + 2 * PT
    arcs, steps = segments(plan, r)
    boxes = any(c.kind == BOX for c in plan.net.rows[r]), any(c.kind == BOX for c in plan.net.rows[r + 1])
    height, bends = channel(steps, CLEAR[plan.options.style])
    is_last = any(c.kind == OUT for c in plan.net.rows[r + 1])
    row_gap = plan.options.gaps.row
    least = row_gap - STUB if all(boxes) else 10 * PT
    if labels or boxes[0]:
        zone = max(zone, 4 * PT)
    if r == 0 and is_last:
        least = 2 * row_gap
    bend = height + (4 * PT if height and is_last else 0)
    start = bottom + zone + max(0, least - zone - bend) // 2
    found: dict[int, list[list[Bend]]] = {}
    for arc, its in zip(arcs, bends, strict=True):
        found.setdefault(id(arc), []).append([(start + a, start + b, x) for a, b, x in its])
    plan.bends.append(found)
    return bottom + zone, bottom + max(zone + bend, least)


def _title(plan: Plan) -> None:
    """Room for the names at the boundary, and for the title of a panel."""
    rows = plan.net.rows
    if plan.title is None:
        names = [input_name(plan, c.ref) for c in (rows[0] if rows else []) if c.kind == IN]
        widths = [name.width for name in names if name]
        if widths:
            plan.head = TEXT + 4 * PT if plan.upright else max(widths) + 6 * PT
        return
    plan.head = plan.foot = PAD
    if plan.options.direction == "right":
        _shift(plan, STRIP)
        plan.title_at = BORDER
    else:
        down = plan.options.direction == "down"
        plan.head, plan.foot = (STRIP, PAD) if down else (PAD, STRIP)
        kind, row = (IN, rows[0]) if down else (OUT, rows[-1])
        _place_title(plan, sorted(c.x for c in row if c.kind == kind))


def _place_title(plan: Plan, wires: list[int]) -> None:
    """Put the title between the wires that run through its strip, as far left as it fits."""
    assert plan.title is not None
    need, at = plan.title.width, BORDER
    right = max([c.x + c.right for row in plan.net.rows for c in row], default=0)
    for x in wires:
        if at + need + SLACK <= x:
            break
        at = x + 2 * SLACK
    if wires and at > wires[-1] and at + need + BORDER > right + 3 * PITCH:
        _shift(plan, -(-(BORDER + need + 2 * SLACK - wires[0]) // GRID) * GRID)
        at = BORDER
    plan.title_at = at
    plan.across = max(plan.across, at + need + BORDER)


def _shift(plan: Plan, by: int) -> None:
    for row in plan.net.rows:
        for cell in row:
            cell.x += by
