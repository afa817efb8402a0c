"""Measures the cells of a circuit plan: boxes and dots with their bundles of lanes, places of long wires."""

from __future__ import annotations

from itertools import pairwise

from compilers.figure.cells import Body
from compilers.figure.circuit import (
    EDGE,
    PITCH,
    PanelSize,
    aligned,
    copied,
    half,
    measure,
    remeasure,
)
from compilers.figure.dress import dress_tracks, names_of
from compilers.figure.lanes import Lane, lanes_of, tracks
from compilers.figure.net import BOX, DOT, IN, OUT, Cell
from compilers.figure.plan import Plan, ends
from compilers.figure.scene import PT
from compilers.figure.text import line
from diagram.types import Type

NOTE = 7 * PT + PT // 2
"""Size of what is told besides names."""


def circuit_box(plan: Plan, cell: Cell, inner: Plan | None) -> None:
    """A box: its lanes, and an open body if there is one."""
    what = tracks(plan.scope, cell.ref)
    box = plan.d.boxes[cell.ref]
    names = names_of(box, plan.learned.get(cell.ref, {}))
    dress_tracks(what, plan.options.sheet.find("box", *names))
    note = plan.notes.get(cell.ref, "")
    what.note = line(note, NOTE, limit=200 * PT) if note and inner is None else None
    kinds = _kinds(plan, cell)
    panel = None
    if inner is not None:
        for chip in what.chips:
            chip.shape = "body" if chip.shape == "norm" else chip.shape
        plan.panels[cell.ref] = inner
        panel = _panel(plan, cell, inner, kinds)
    plan.body[id(cell)], plan.inside[id(cell)] = measure(cell, kinds, what, panel)


def _kinds(plan: Plan, cell: Cell) -> tuple[list[Type], list[Type]]:
    return [plan.d.wires[a.wire] for a in cell.ins], [plan.d.wires[a.wire] for a in cell.outs]


def _panel(plan: Plan, cell: Cell, inner: Plan, kinds: tuple[list[Type], list[Type]]) -> PanelSize:
    """Where the lanes of the box meet those of its body."""
    rows = inner.net.rows
    taken = plan.learned.get(cell.ref, {})
    visible = [p for p in range(len(plan.d.boxes[cell.ref].dom)) if p not in taken]
    ins = {inner.scope.ins.get(c.ref, -1): c for c in rows[0] if c.kind == IN}
    outs = {c.ref: c for c in rows[-1] if c.kind == OUT}
    entering = _meet(inner, [ins.get(p) for p in visible], kinds[0])
    leaving = _meet(inner, [outs.get(p) for p in range(len(cell.outs))], kinds[1])
    return PanelSize(inner.flow, inner.across, entering, leaving)


def _meet(inner: Plan, found: list[Cell | None], kinds: list[Type]) -> dict[Lane, int]:
    """Per lane its place at the border; lanes that the body does not have come first and end above the
    others.
    """
    places: dict[Lane, int] = {}
    for port, (cell, kind) in enumerate(zip(found, kinds, strict=True)):
        if cell is None:
            continue
        arc = (cell.outs or cell.ins)[0]
        own = lanes_of(inner.d.wires[arc.wire])
        extra = lanes_of(kind) - own
        for axis in range(lanes_of(kind)):
            places[port, axis] = cell.x + (2 * (axis - extra) - own + 1) * PITCH // 2
    return places


def circuit_point(plan: Plan, cell: Cell) -> None:
    """A dot on every lane, an end of the figure, or a place of a long wire."""
    arcs = cell.outs or cell.ins
    kind = plan.d.wires[arcs[0].wire] if arcs else None
    if cell.kind == DOT and kind is not None and len(cell.ins) == 1:
        kinds = [kind], [kind] * len(cell.outs)
        body, inside = measure(cell, kinds, copied(kind, len(cell.outs)))
        plan.body[id(cell)], plan.inside[id(cell)] = body, inside
        return
    plan.body[id(cell)] = Body()
    cell.left = cell.right = half(kind) if kind is not None else PITCH
    cell.in_at, cell.out_at = (0,) * len(cell.ins), (0,) * len(cell.outs)


def straighten(plan: Plan) -> bool:
    """Let the arrays of dots and boxes arrive and leave where their neighbours have them, if there is
    room. Returns whether one of them leaves elsewhere now.
    """
    before = [cell.out_at for row in plan.net.rows for cell in row]
    for kind in (DOT, BOX):
        for row in plan.net.rows:
            for k, cell in enumerate(row):
                if cell.kind == kind and id(cell) in plan.inside:
                    low = row[k - 1].x + row[k - 1].right if k else None
                    high = row[k + 1].x - row[k + 1].left if k + 1 < len(row) else None
                    _slide(plan, cell, low, high)
    return before != [cell.out_at for row in plan.net.rows for cell in row]


def _slide(plan: Plan, cell: Cell, low: int | None, high: int | None) -> None:
    kinds = _kinds(plan, cell)
    ins, outs = list(cell.in_at), list(cell.out_at)
    if cell.kind == DOT:
        outs = [ends(arc, cell.row)[1] - cell.x for arc in cell.outs]
    elif len(cell.ins) > 1 or cell.ref in plan.panels:
        ins = [ends(arc, cell.row - 1)[0] - cell.x for arc in cell.ins]
        if cell.ref not in plan.panels:
            by = aligned(kinds, plan.inside[id(cell)].tracks, ins, outs)
            outs = [at + by for at in outs]
    if (ins, outs) == (list(cell.in_at), list(cell.out_at)) or not (
        _apart(ins, kinds[0]) and _apart(outs, kinds[1])
    ):
        return
    inner = plan.panels.get(cell.ref) if cell.kind == BOX else None
    panel = _panel(plan, cell, inner, kinds) if inner is not None else None
    body, inside, top, bottom = remeasure(kinds, plan.inside[id(cell)].tracks, ins, outs, panel)
    if (low is not None and cell.x + top - EDGE < low) or (
        high is not None and cell.x + bottom + EDGE > high
    ):
        return
    plan.body[id(cell)], plan.inside[id(cell)] = body, inside
    cell.in_at, cell.out_at = tuple(ins), tuple(outs)
    cell.left, cell.right = EDGE - top, bottom + EDGE


def _apart(centres: list[int], kinds: list[Type]) -> bool:
    """Whether arrays at these places keep their order and distance."""
    return all(
        b - a >= half(s) + half(t) for (a, s), (b, t) in pairwise(list(zip(centres, kinds, strict=True)))
    )
