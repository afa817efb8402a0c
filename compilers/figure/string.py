"""Layout of a diagram in the string and circuit styles: rows along the flow, bodies as panels inside."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from compilers.figure import cells
from compilers.figure.cells import PITCH, Body
from compilers.figure.circuit_cells import NOTE, circuit_box, circuit_point
from compilers.figure.dagger import slanted
from compilers.figure.dress import dress, names_of
from compilers.figure.face import TEXT, Face, face, plain_face
from compilers.figure.labels import choose_labels
from compilers.figure.net import BOX, CAP, CUP, IN, OUT, Arc, Cell
from compilers.figure.order import laid_out
from compilers.figure.plan import Options, Plan, input_name, inside
from compilers.figure.rows import settle
from compilers.figure.scene import PT
from compilers.figure.scope import Scope
from compilers.figure.text import Line, beside, line
from compilers.figure.wishes import keep_above
from diagram.hypergraph import Box


def prepare(scope: Scope, options: Options, prefix: str = "", title: Line | None = None) -> Plan:
    """Lay out a diagram; with a title it is the inside of a panel."""
    plan = Plan(scope, options, prefix, title=title)
    plan.net = laid_out(scope.d, frozenset(scope.hidden))
    plan.loops = any(cell.kind in (CUP, CAP) for row in plan.net.rows for cell in row)
    plan.notes = _notes(plan)
    choose_labels(plan)
    for row in plan.net.rows:
        for cell in row:
            _measure(plan, cell)
    keep_above(plan)
    settle(plan)
    return plan


def _notes(plan: Plan) -> dict[int, str]:
    """What the figure tells about boxes, worked out only if it does."""
    if not plan.options.notes & {"flops", "memory"}:
        return {}
    from compilers.figure.notes import notes

    return notes(plan.d, plan.options.notes)


def _noted(looks: Face, note: str) -> Face:
    """A face with a note in it, or beside it where there is no room."""
    if not note:
        return looks
    words = line(note, NOTE, limit=200 * PT)
    if looks.shape == "round" and looks.beside is None:
        return replace(looks, shape="box", under=words)
    if looks.shape in ("box", "chip", "hexagon", "small", "slip") and looks.under is None:
        return replace(looks, under=words)
    return replace(looks, beside=beside(looks.beside, line(": ", NOTE), words) if looks.beside else words)


def _width(plan: Plan, arc: Arc) -> int:
    label = plan.labels.get(id(arc))
    return label.width if label else 0


def _measure(plan: Plan, cell: Cell) -> None:
    if cell.kind == BOX:
        box = plan.d.boxes[cell.ref]
        widths = [_width(plan, arc) for arc in cell.outs]
        learned = plan.learned.get(cell.ref, {})
        looks = plain_face(plan.d, box, learned) if plan.options.style == "graph" else face(box, learned)
        looks = slanted(looks, box, plan.options.turned)
        looks = dress(looks, plan.options.sheet.find("box", *names_of(box, learned)))
        inner = _open(plan, box, cell.ref, _titled(plan, box, looks.line))
        looks = _noted(looks, plan.notes.get(cell.ref, "") if inner is None else "")
        if plan.is_circuit:
            circuit_box(plan, cell, inner)
        elif inner is not None:
            plan.panels[cell.ref] = inner
            plan.body[id(cell)] = _panel(plan, cell, inner, looks, widths)
        else:
            plan.body[id(cell)] = cells.measure_box(cell, looks, widths, plan.upright, plan.options.gaps.wire)
        more = max(0, plan.options.gaps.box - 2 * cells.GAP) // 2
        cell.left, cell.right = cell.left + more, cell.right + more
        return
    if plan.is_circuit:
        circuit_point(plan, cell)
        return
    label = max([_width(plan, arc) for arc in cell.outs], default=0) if cell.kind else 0
    plan.body[id(cell)] = cells.measure_point(cell, label, plan.upright)
    name = input_name(plan, cell.ref) if cell.kind == IN and plan.title is None else None
    if name is not None and plan.upright:
        cell.left, cell.right = (max(side, name.width // 2 + 3 * PT) for side in (cell.left, cell.right))


def _titled(plan: Plan, box: Box, name: Line) -> Line:
    """The title of a panel: what a style says of the region, else the name of the box."""
    if not box.bodies:
        return name
    title = plan.options.sheet.find("region", "body", *names_of(box, {})).get("title")
    return line(title, TEXT, bold=bool(name.runs) and name.runs[0].bold) if isinstance(title, str) else name


def _open(plan: Plan, box: Box, number: int, title: Line) -> Plan | None:
    """The layout of the body of a box that is drawn open."""
    inner = inside(plan.options, box)
    body = plan.scope.enter(number) if inner is not None else None
    if inner is None or body is None:
        return None
    return prepare(body, inner, f"{plan.prefix}b{number}/", title)


def _panel(plan: Plan, cell: Cell, inner: Plan, looks: Face, widths: list[int]) -> Body:
    """A panel around an open body; its ports are where the body's wires end."""
    w, h = inner.size
    rows = inner.net.rows
    ins = {inner.scope.ins.get(c.ref, -1): c.x for c in (rows[0] if rows else ()) if c.kind == IN}
    outs = {c.ref: c.x for c in (rows[-1] if rows else ()) if c.kind == OUT}
    anchor = min([c.x for row in rows for c in row], key=lambda x: (abs(2 * x - inner.across), x), default=0)
    taken = plan.learned.get(cell.ref, {})
    visible = [p for p in range(len(plan.d.boxes[cell.ref].dom)) if p not in taken]
    cell.in_at = _ports([ins.get(p) for p in visible], anchor)
    cell.out_at = _ports([outs.get(p) for p in range(len(cell.outs))], anchor)
    for k, (a, b) in enumerate(pairwise(cell.out_at)):
        if plan.upright and widths[k] and b - a < widths[k] + 3 * cells.SLACK:
            del plan.labels[id(cell.outs[k])]
            widths[k] = 0
    left, right = cells.overhang(cell.out_at, widths, plan.upright)
    cell.left = max(anchor, left) + cells.GAP
    cell.right = max(inner.across - anchor, right) + cells.GAP
    return Body(looks, w, h, inner.flow // 2, inner.flow - inner.flow // 2, anchor)


def _ports(wanted: list[int | None], anchor: int) -> tuple[int, ...]:
    """The positions of the body's wires; ports that the body does not know follow to the right."""
    found: list[int] = []
    for x in wanted:
        at = (found[-1] if found else -PITCH) + PITCH if x is None else x - anchor
        found.append(at)
    return tuple(found)
