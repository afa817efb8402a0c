"""Ports slide along their box, and the legs of dots spread, where that makes a wire straight. Nothing else
moves.
"""

from __future__ import annotations

from compilers.figure.cells import BOX_SIDE, GAP, LEG, SLACK, Body
from compilers.figure.net import BOX, DOT, Arc, Cell
from compilers.figure.plan import Plan, ends
from compilers.figure.scene import PT

BETWEEN, INSIDE, CLEAR = 14 * PT, 6 * PT, 4 * PT
REACH = 400 * PT
_ELASTIC = ("box", "chip", "small", "slip")


def relax(plan: Plan) -> None:
    """Straighten what ports alone can straighten: first at dots, which are free, then at boxes."""
    for kind in (DOT, BOX):
        for row in plan.net.rows:
            for k, cell in enumerate(row):
                if cell.kind != kind or (cell.ref in plan.panels and kind == BOX):
                    continue
                low = row[k - 1].x + row[k - 1].right + CLEAR if k else cell.x - max(cell.left, REACH)
                high = (
                    row[k + 1].x - row[k + 1].left - CLEAR
                    if k + 1 < len(row)
                    else cell.x + max(cell.right, REACH)
                )
                _side(plan, cell, cell.ins, False, low, high)
                _side(plan, cell, cell.outs, True, low, high)


def _side(plan: Plan, cell: Cell, arcs: list[Arc], out: bool, low: int, high: int) -> None:
    """Slide the ports of one side."""
    offsets = list(cell.out_at if out else cell.in_at)
    body = plan.body[id(cell)]
    is_round = cell.kind == DOT or (body.face is not None and body.face.shape in ("round", "spider"))
    if not arcs or len(offsets) != len(arcs) or (is_round and len(arcs) == 1):
        return
    low, high = _window(cell, body, low, high)
    room = [_needs(plan, arc) if out else 0 for arc in arcs]
    moved = False
    for k, arc in enumerate(arcs):
        want = _far_end(arc, out) - cell.x
        if want == offsets[k] or not low <= want + cell.x <= high - room[k]:
            continue
        left = offsets[k - 1] + max(BETWEEN, room[k - 1]) if k else want
        right = offsets[k + 1] - max(BETWEEN, room[k]) if k + 1 < len(arcs) else want
        if left <= want <= right:
            offsets[k] = want
            moved = True
    if not moved:
        return
    if out:
        cell.out_at = tuple(offsets)
    else:
        cell.in_at = tuple(offsets)
    if cell.kind == BOX and plan.upright and body.face is not None and body.face.shape in _ELASTIC:
        body.w = max(body.w, 2 * (max(map(abs, offsets)) + INSIDE))
    elif cell.kind == BOX and body.face is not None and body.face.shape in _ELASTIC:
        body.h = max(body.h, 2 * (max(map(abs, offsets)) + INSIDE))
    else:
        leg = min(max(LEG, max(map(abs, offsets)) * 2 // 3), 36 * PT)
        if out:
            body.fall = max(body.fall, leg)
        else:
            body.rise = max(body.rise, leg)


def _window(cell: Cell, body: Body, low: int, high: int) -> tuple[int, int]:
    """Between which positions the ports of a cell may stand."""
    if cell.kind == DOT:
        return low + GAP, high - GAP
    shape = body.face.shape if body.face else ""
    half = max(*map(abs, cell.in_at), *map(abs, cell.out_at), 0, 0)
    if shape in _ELASTIC:
        half = max(body.w // 2, half + INSIDE) + BOX_SIDE // 2
        inside = min(half, cell.x - low, high - cell.x) - INSIDE
        inside = max(inside, 0)
        return cell.x - inside, cell.x + inside
    if shape in ("round", "spider"):
        return low + GAP, high - GAP
    return cell.x - half, cell.x + half


def _needs(plan: Plan, arc: Arc) -> int:
    label = plan.labels.get(id(arc))
    return label.width + SLACK + 4 * PT if label and plan.upright else 0


def _far_end(arc: Arc, out: bool) -> int:
    """Where the wire is on the far side of the next gap."""
    r = arc.tail.row if out else arc.head.row - 1
    start, stop = ends(arc, r)
    return stop if out else start
