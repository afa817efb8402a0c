"""A laid out plan put in ink: glyphs, strands, junctions and labels at their places on the page."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from compilers.figure.cells import BEAD_R, BRAID, DOT_R, ROUND_R
from compilers.figure.circuit_draw import DOUBLE, CellPen, lane_paths, sides
from compilers.figure.curves import Pen, braid_paths, semicircle
from compilers.figure.dashes import dashes
from compilers.figure.dress import names_of, wire_look, wire_values
from compilers.figure.face import TEXT, type_text
from compilers.figure.frame import shadow
from compilers.figure.net import BOX, CAP, CUP, DOT, IN, OUT, Arc, Cell
from compilers.figure.plan import BORDER, SLACK, STRIP, Plan, ends, input_name
from compilers.figure.scene import (
    PT,
    Bounds,
    Circle,
    Glyph,
    Junction,
    Label,
    Look,
    Path,
    Rect,
    Shape,
    Strand,
    shift_path,
)
from compilers.figure.sheet import colour
from compilers.figure.text import ASCENT, Line
from compilers.figure.theme import TINTS
from diagram.hypergraph import Box, Diagram
from diagram.types import Ob

WIRE = Look("", "line", PT * 6 // 5)
BORDER_LOOK = Look("box", "line", PT * 6 // 5)
CHIP = Look("chip", "line", PT * 9 // 5)
BOLD = Look("box", "line", PT * 9 // 5)
DOT_LOOK = Look("line", "", 0)
CUT = 6 * PT
"""The corner that a box with a dagger lacks: less than ports are from it."""


@dataclass(slots=True)
class Ink:
    """What has been drawn so far, back to front."""

    glyphs: list[Glyph] = field(default_factory=list)
    strands: list[Strand] = field(default_factory=list)
    junctions: list[Junction] = field(default_factory=list)
    labels: list[Label] = field(default_factory=list)
    marks: list[Shape] = field(default_factory=list)


def emit(plan: Plan, ink: Ink) -> None:
    """Draw a plan at its origin."""
    pen = Pen(plan)
    if plan.is_circuit:
        ink.marks += dashes(plan)
    for row in plan.net.rows:
        for cell in row:
            if id(cell) in plan.inside:
                _circuit_cell(plan, cell, ink)
            elif cell.kind == BOX:
                _box(plan, cell, ink)
            elif cell.kind == DOT:
                _dot(plan, cell, ink)
            elif cell.kind == IN:
                _input(plan, cell, ink)
    for number, arc in enumerate(plan.net.arcs):
        _strand(plan, arc, number, pen, ink)
    for row in plan.net.rows:
        for cell in row:
            if cell.kind in (CUP, CAP) and cell.partner is not None and cell.x < cell.partner.x:
                _turn(plan, cell, cell.partner, ink)


def port(plan: Plan, cell: Cell, number: int, out: bool) -> str:
    """The name of a port, as it stands in the data of a figure."""
    if cell.kind == BOX:
        real = number if out else _real_port(plan, cell.ref, number)
        return f"{plan.prefix}b{cell.ref}.{'o' if out else 'i'}{real}"
    if cell.kind in (IN, OUT):
        return f"{plan.prefix}{cell.kind}.{cell.ref}"
    return f"{plan.prefix}w{cell.ref}"


def _real_port(plan: Plan, box: int, visible: int) -> int:
    taken = plan.learned.get(box)
    if not taken:
        return visible
    free = [p for p in range(len(plan.d.boxes[box].dom)) if p not in taken]
    return free[visible]


def _strand(plan: Plan, arc: Arc, number: int, pen: Pen, ink: Ink) -> None:
    start = port(plan, arc.tail, arc.tail_port, True)
    stop = port(plan, arc.head, arc.head_port, False)
    wire = f"{plan.prefix}w{arc.wire}"
    kind = plan.d.wires[arc.wire]
    told = "" if plan.single or (isinstance(kind, Ob) and id(arc) in plan.labels) else str(kind)
    ident = f"{plan.prefix}s{number}"
    if plan.is_circuit:
        _lanes(plan, arc, pen, Strand(ident, wire, start, stop, Path((0, 0), (), WIRE), told), ink)
        return
    path = pen.arc(arc)
    sheet = plan.options.sheet
    look = wire_look(sheet, WIRE, wire_values(sheet, plan.d, arc.wire)) if sheet.rules else WIRE
    ink.strands.append(Strand(ident, wire, start, stop, Path(path[0], path[1], look), told))
    label = plan.labels.get(id(arc))
    if label is not None and label.runs:
        ink.labels.append(_beside_wire(plan, arc, label, f"{plan.prefix}t{number}"))


def _lanes(plan: Plan, arc: Arc, pen: Pen, strand: Strand, ink: Ink) -> None:
    """The lanes of an arc, and the letters of its axes where it begins."""
    paths = lane_paths(plan, arc, pen)
    for k, path in enumerate(paths):
        if not path.look.double:
            ink.strands.append(replace(strand, id=f"{strand.id}.{k}", path=path))
            continue
        for side, (dy, look) in zip("ab", sides(0, path.look), strict=True):
            one = replace(shift_path(path, 0, dy), look=look)
            ink.strands.append(replace(strand, id=f"{strand.id}.{k}{side}", path=one))
    for k, letter in enumerate(plan.letters.get(id(arc), ())):
        x, y = paths[k].start
        x += SLACK
        y -= DOUBLE // 2 if paths[k].look.double else 0
        ink.labels.append(
            Label(f"{strand.id}t{k}", x, y - letter.descent - 2 * PT - PT // 4, letter, "start")
        )


def _circuit_cell(plan: Plan, cell: Cell, ink: Ink) -> None:
    """A box or a dot of a circuit, and the panel of an open body."""
    ident = f"{plan.prefix}{'b' if cell.kind == BOX else 'w'}{cell.ref}"
    pen = CellPen(plan, cell, ident)
    inner = plan.panels.get(cell.ref) if cell.kind == BOX else None
    pen.draw(panel=inner is not None)
    body = plan.body[id(cell)]
    flow = plan.centre[cell.row]
    left, top = plan.point(cell.x - cell.left, flow - body.rise)
    right, bottom = plan.point(cell.x + cell.right, flow + body.fall)
    bounds = (left, top, right, bottom)
    if cell.kind != BOX:
        ink.junctions.append(Junction(f"{ident}d", ident, "dot", tuple(pen.shapes), bounds))
        return
    box = plan.d.boxes[cell.ref]
    facts = (tip(plan.d, box), _learned(plan, cell), (len(box.dom), len(box.cod)))
    if inner is None:
        ink.glyphs.append(Glyph(ident, box.op.name, bounds, tuple(pen.shapes), tuple(pen.labels), *facts))
        return
    inside = plan.inside[id(cell)]
    assert inside.panel is not None
    inner.origin = pen.at(inside.enter + (inside.core - inner.flow) // 2, inside.panel)
    x, y = inner.origin
    frame = (x, y, x + inner.flow, y + inner.across)
    region = _region(plan, cell, box, inner, frame, ident)
    ink.glyphs.append(replace(region, shapes=region.shapes + tuple(pen.shapes)))
    emit(inner, ink)


def _beside_wire(plan: Plan, arc: Arc, label: Line, name: str) -> Label:
    """The type at the beginning of a wire: right of it, or above it where the flow is horizontal."""
    r = arc.tail.row
    across = ends(arc, r)[0]
    zone = plan.zones[r][0]
    if plan.upright:
        middle = zone - 13 * PT // 2
        x, y = plan.point(across, middle)
        return Label(name, x + SLACK, y + (label.ascent - label.descent) // 2, label, "start", "muted")
    start = plan.middle(arc.tail) + plan.body[id(arc.tail)].fall
    x, y = plan.point(across, start)
    return Label(name, x + SLACK, y - 2 * PT - PT // 4 - label.descent, label, "start", "muted")


def _turn(plan: Plan, left: Cell, right: Cell, ink: Ink) -> None:
    """The semicircle between the feet of a cup or cap."""
    flow = plan.centre[left.row]
    path = semicircle(plan, left.x, right.x, flow, left.kind == CUP)
    wire = f"{plan.prefix}w{left.ref}"
    ink.strands.append(Strand(f"{wire}u{left.row}-{left.at}", wire, wire, wire, Path(path[0], path[1], WIRE)))
    rail = left.side or right.side
    if rail and left.kind == CAP:
        foot = left if left.side else right
        arc = foot.outs[0]
        start, stop = flow, plan.centre[arc.head.row]
        x = foot.x
        middle = (start + stop) // 2
        tip, wing = 4 * PT, 3 * PT
        points = [
            plan.point(x, middle - tip),
            plan.point(x - wing, middle + tip),
            plan.point(x + wing, middle + tip),
        ]
        head = Path(points[0], (points[1], points[2]), DOT_LOOK, True)
        a, b = plan.point(x - wing, middle - tip), plan.point(x + wing, middle + tip)
        bounds = min(a[0], b[0]), min(a[1], b[1]), max(a[0], b[0]), max(a[1], b[1])
        ink.junctions.append(Junction(f"{wire}a{left.row}", wire, "arrow", (head,), bounds))


def _dot(plan: Plan, cell: Cell, ink: Ink) -> None:
    x, y = plan.point(cell.x, plan.centre[cell.row])
    wire = f"{plan.prefix}w{cell.ref}"
    circle = Circle(x, y, DOT_R, DOT_LOOK)
    bounds = (x - DOT_R, y - DOT_R, x + DOT_R, y + DOT_R)
    ink.junctions.append(Junction(f"{wire}d", wire, "dot", (circle,), bounds))


def _input(plan: Plan, cell: Cell, ink: Ink) -> None:
    name = input_name(plan, cell.ref) if plan.title is None else None
    if name is None:
        return
    x, y = plan.point(cell.x, plan.centre[cell.row])
    ident = f"{plan.prefix}n{cell.ref}"
    if plan.options.direction == "right":
        ink.labels.append(Label(ident, x - 4 * PT, y + (name.ascent - name.descent) // 2, name, "end"))
    elif plan.options.direction == "up":
        ink.labels.append(Label(ident, x, y + 3 * PT + name.ascent, name))
    else:
        ink.labels.append(Label(ident, x, y - 3 * PT - name.descent, name))


def _box(plan: Plan, cell: Cell, ink: Ink) -> None:
    box, body = plan.d.boxes[cell.ref], plan.body[id(cell)]
    flow = plan.middle(cell)
    ident = f"{plan.prefix}b{cell.ref}"
    inner = plan.panels.get(cell.ref)
    if inner is not None:
        corner = plan.point(cell.x - body.anchor, flow - body.rise)
        if plan.options.direction == "up":
            corner = plan.point(cell.x - body.anchor, flow + body.fall)
        inner.origin = corner
        bounds = (*corner, corner[0] + body.w, corner[1] + body.h)
        ink.glyphs.append(_region(plan, cell, box, inner, bounds, ident))
        emit(inner, ink)
        return
    bent = body.face is not None and body.face.shape in ("cup", "cap")
    x, y = plan.point(cell.x, flow + (body.fall - body.rise) // 2 if bent else flow)
    bounds = (x - body.w // 2, y - body.h // 2, x - body.w // 2 + body.w, y - body.h // 2 + body.h)
    shapes, labels = _face(plan, cell, bounds, ident)
    ink.glyphs.append(
        Glyph(
            ident,
            box.op.name,
            bounds,
            shapes,
            labels,
            tip(plan.d, box),
            _learned(plan, cell),
            (len(box.dom), len(box.cod)),
        )
    )


def _learned(plan: Plan, cell: Cell) -> tuple[tuple[int, str], ...]:
    return tuple(sorted(plan.learned.get(cell.ref, {}).items()))


def tip(d: Diagram, box: Box) -> str:
    """What to tell about a box when it is pointed at: its name, its type, its static data."""
    parts = [box.label if box.label == box.op.name else f"{box.label} ({box.op.name})"]
    ends = (
        (box.op.dom, box.op.cod)
        if box.op.dom or box.op.cod
        else ([d.wires[w] for w in box.dom], [d.wires[w] for w in box.cod])
    )
    parts[0] += " : " + " → ".join(" ⊗ ".join(map(type_text, kinds)) or "()" for kinds in ends)
    parts += [f"{name} = {value}" for name, value in box.args if isinstance(value, str | int | bool)]
    return "; ".join(parts)


def _region(plan: Plan, cell: Cell, box: Box, inner: Plan, bounds: Bounds, ident: str) -> Glyph:
    left, top, right, bottom = bounds
    sheet = plan.options.sheet
    names = names_of(box, plan.learned.get(cell.ref, {}))
    values = {**sheet.find("region", "body", *names), **sheet.find("box", *names)}
    look = sheet.look(Look(TINTS[plan.options.tint % len(TINTS)], "edge", PT * 4 // 5), values)
    look = replace(look, fill=colour(values.get("fill"), look.fill))
    look = replace(look, stroke="" if values.get("frame") is False else look.stroke)
    panel = Rect(left, top, right - left, bottom - top, look, BORDER)
    shade = shadow(panel) if values.get("shadow") is True else ()
    title = inner.title
    labels: tuple[Label, ...] = ()
    if title is not None and title.runs:
        x = left + (inner.title_at if plan.upright else BORDER)
        y = top + STRIP // 2 + (round(ASCENT * TEXT) - PT) // 2
        labels = (Label(f"{ident}.title", x, y, title, "start"),)
    dots = []
    for k, at in () if plan.is_circuit else ((True, cell.in_at), (False, cell.out_at)):
        edge = plan.centre[cell.row] + (-plan.body[id(cell)].rise if k else plan.body[id(cell)].fall)
        dots += [Circle(*plan.point(cell.x + a, edge), 2 * PT, DOT_LOOK) for a in at]
    return Glyph(
        ident, box.op.name, bounds, (*shade, panel, *dots), labels, tip(plan.d, box), _learned(plan, cell),
        (len(box.dom), len(box.cod)), region=True,
    )  # fmt: skip


def _face(plan: Plan, cell: Cell, bounds: Bounds, ident: str) -> tuple[tuple[Shape, ...], tuple[Label, ...]]:
    """The shapes and words of a box."""
    looks = plan.body[id(cell)].face
    assert looks is not None
    left, top, right, bottom = bounds
    x, y = (left + right) // 2, (top + bottom) // 2
    base = CHIP if looks.shape in ("chip", "slip") else BOLD if looks.learned else BORDER_LOOK
    look = replace(
        base, fill=looks.fill or base.fill, stroke=looks.stroke or base.stroke, opacity=looks.opacity
    )
    name = looks.line
    labels: list[Label] = []
    under = looks.under if looks.under and looks.under.runs else None
    if name.runs:
        rise = (under.ascent + under.descent + 2 * PT) // 2 if under else 0
        labels.append(Label(f"{ident}.name", x, y - rise + (name.ascent - name.descent) // 2, name))
    if under:
        labels.append(Label(f"{ident}.under", x, bottom - 5 * PT - under.descent, under, ink="muted"))
    if looks.beside:
        by = looks.beside
        if plan.upright:
            labels.append(Label(f"{ident}.by", right + SLACK, y + (by.ascent - by.descent) // 2, by, "start"))
        else:
            labels.append(Label(f"{ident}.by", x, bottom + SLACK + by.ascent, by))
    shape = looks.shape
    if shape == "round":
        return (Circle(x, y, ROUND_R, look),), tuple(labels)
    if shape == "spider":
        return (Circle(x, y, BEAD_R, look),), ()
    if shape in ("braid", "unbraid"):
        return braid_paths(plan, cell.x, plan.middle(cell), BRAID, shape == "braid", WIRE), ()
    if shape in ("cup", "cap"):
        feet = [cell.x + at for at in (cell.in_at or cell.out_at)]
        start, steps = semicircle(plan, feet[0], feet[-1], plan.middle(cell), shape == "cup")
        return (Path(start, steps, WIRE),), ()
    if shape in ("triangle", "state", "effect", "hexagon", "cut", "cut dagger"):
        return (_polygon(plan, cell, shape, look),), tuple(labels)
    radius = 3 * PT if shape not in ("small", "slip") else 2 * PT
    return (Rect(left, top, right - left, bottom - top, look, radius),), tuple(labels)


def _polygon(plan: Plan, cell: Cell, shape: str, look: Look) -> Path:
    body, flow = plan.body[id(cell)], plan.middle(cell)
    half = (body.w if plan.upright else body.h) // 2
    up, down = flow - body.rise, flow + body.fall
    a, b = cell.x - half, cell.x + half
    if shape in ("triangle", "state"):
        corners = [(cell.x, up), (b, down), (a, down)]
    elif shape == "effect":
        corners = [(a, up), (b, up), (cell.x, down)]
    elif shape in ("cut", "cut dagger"):
        end, other = (down, up) if shape == "cut" else (up, down)
        cut = CUT if end > other else -CUT
        corners = [(a, other), (b, other), (b, end - cut), (b - CUT, end), (a, end)]
    elif plan.upright:
        cut = 8 * PT
        corners = [(a + cut, up), (b - cut, up), (b, flow), (b - cut, down), (a + cut, down), (a, flow)]
    else:
        cut = 8 * PT
        corners = [
            (a, up + cut),
            (a, down - cut),
            (cell.x, down),
            (b, down - cut),
            (b, up + cut),
            (cell.x, up),
        ]
    points = [plan.point(*c) for c in corners]
    return Path(points[0], tuple(points[1:]), look, True)
