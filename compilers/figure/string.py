"""The string style: a diagram laid out in rows along the flow, bodies as panels inside. `prepare` then
`draw.emit`.

Coordinates here are `across` the flow and along the `flow`; only `Plan.point` knows how the flow lies on
the page.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from compilers.figure import cells
from compilers.figure.cells import BOX_SIDE, PITCH, Body
from compilers.figure.face import SMALL, TEXT, Face, face, type_text
from compilers.figure.net import BOX, CAP, CUP, DOT, IN, OUT, Arc, Cell, Net, net
from compilers.figure.order import order
from compilers.figure.place import GRID, place
from compilers.figure.scene import PT, Point
from compilers.figure.scope import Scope
from compilers.figure.text import Line, line
from diagram.hypergraph import Box, Diagram
from diagram.types import Ob

SLACK, ROW_GAP, STUB, STRIP, PAD, BORDER = 3 * PT, 18 * PT, 6 * PT, 18 * PT, 10 * PT, 6 * PT
LABEL_ZONE = 13 * PT


@dataclass(frozen=True, slots=True)
class Options:
    """How to draw: the direction of the flow, which bodies to open, where types stand."""

    direction: str = "down"
    depth: int = 0
    expand: frozenset[str] = frozenset()
    fold: frozenset[str] = frozenset()
    labels: str = "auto"
    tint: int = 0


@dataclass(slots=True)
class Plan:
    """One diagram laid out: its net with positions, the extents of its cells, the heights of its rows."""

    scope: Scope
    options: Options
    prefix: str = ""
    net: Net = field(default_factory=lambda: Net([], [], {}, 0))
    body: dict[int, Body] = field(default_factory=dict)
    panels: dict[int, Plan] = field(default_factory=dict)
    labels: dict[int, Line] = field(default_factory=dict)
    centre: list[int] = field(default_factory=list)
    zones: list[tuple[int, int]] = field(default_factory=list)
    across: int = 0
    flow: int = 0
    head: int = 0
    foot: int = 0
    title: Line | None = None
    title_at: int = 0
    crossings: int = 0
    origin: Point = (0, 0)

    @property
    def d(self) -> Diagram:
        """What is drawn."""
        return self.scope.d

    @property
    def learned(self) -> dict[int, dict[int, str]]:
        """Per box, its ports that read learned arrays."""
        return self.scope.learned

    @property
    def upright(self) -> bool:
        """Whether the flow is vertical."""
        return self.options.direction != "right"

    @property
    def size(self) -> tuple[int, int]:
        """Real width and height."""
        return (self.across, self.flow) if self.upright else (self.flow, self.across)

    def point(self, across: int, flow: int) -> Point:
        """Where on the page."""
        x, y = self.origin
        if self.options.direction == "right":
            return x + flow, y + across
        if self.options.direction == "up":
            return x + across, y + self.flow - flow
        return x + across, y + flow


def prepare(scope: Scope, options: Options, prefix: str = "", title: Line | None = None) -> Plan:
    """Lay out a diagram; with a title it is the inside of a panel."""
    plan = Plan(scope, options, prefix, title=title)
    plan.net = net(scope.d, frozenset(scope.hidden))
    _choose_labels(plan)
    for row in plan.net.rows:
        for cell in row:
            _measure(plan, cell)
    plan.crossings = order(plan.net)
    _settle(plan)
    return plan


def _choose_labels(plan: Plan) -> None:
    """Which arcs bear the type of their wire: where it begins, and where it is not that of what went in."""
    if plan.options.labels == "none":
        return
    kinds = set(plan.d.wires)
    single = len(kinds) == 1 and all(isinstance(t, Ob) for t in kinds)
    for arc in plan.net.arcs:
        if _starts(plan, arc) and (plan.options.labels == "all" or _is_news(plan, arc, single)):
            plan.labels[id(arc)] = line(type_text(plan.d.wires[arc.wire]), SMALL, limit=140 * PT)


def _starts(plan: Plan, arc: Arc) -> bool:
    """Whether a wire begins with this arc."""
    tail = arc.tail
    if tail.kind == BOX:
        return plan.d.boxes[tail.ref].op.name not in ("braid", "unbraid", "twist", "untwist")
    if tail.kind == DOT:
        return not tail.ins and arc is tail.outs[0]
    if tail.kind == CAP and tail.partner is not None:
        return not arc.rail and not tail.partner.outs[0].rail
    return tail.kind == IN and plan.title is None


def _is_news(plan: Plan, arc: Arc, single: bool) -> bool:
    """Whether the type says something new: in a diagram over one object only its inputs do."""
    if arc.tail.kind != BOX:
        return not single or arc.tail.kind == IN
    kind = plan.d.wires[arc.wire]
    before = {plan.d.wires[a.wire] for a in arc.tail.ins}
    return before != {kind} or (arc.head.kind == OUT and plan.title is None and not single)


def _width(plan: Plan, arc: Arc) -> int:
    label = plan.labels.get(id(arc))
    return label.width if label else 0


def _measure(plan: Plan, cell: Cell) -> None:
    if cell.kind == BOX:
        box = plan.d.boxes[cell.ref]
        widths = [_width(plan, arc) for arc in cell.outs]
        looks = face(box, plan.learned.get(cell.ref, {}))
        inner = _open(plan, box, cell.ref, looks.line)
        if inner is not None:
            plan.panels[cell.ref] = inner
            plan.body[id(cell)] = _panel(plan, cell, inner, looks, widths)
        else:
            plan.body[id(cell)] = cells.measure_box(cell, looks, widths, plan.upright)
        return
    label = max([_width(plan, arc) for arc in cell.outs], default=0) if cell.kind else 0
    plan.body[id(cell)] = cells.measure_point(cell, label, plan.upright)


def _open(plan: Plan, box: Box, number: int, title: Line) -> Plan | None:
    """The layout of the body of a box that is drawn open."""
    options = plan.options
    name = box.mark.name if box.mark and box.mark.name else box.bodies[0].name if box.bodies else ""
    if len(box.bodies) != 1 or name in options.fold:
        return None
    if options.depth <= 0 and name not in options.expand:
        return None
    inside = plan.scope.enter(number)
    if inside is None:
        return None
    inner = replace(options, depth=options.depth - 1, tint=options.tint + 1)
    return prepare(inside, inner, f"{plan.prefix}b{number}/", title)


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


def _settle(plan: Plan) -> None:
    """Positions across, then the heights of rows and of the gaps between them."""
    from compilers.figure.relax import relax

    place(plan.net)
    relax(plan)
    rows = plan.net.rows
    _title(plan)
    for row in rows:
        for cell in row:
            if cell.kind in (CUP, CAP) and cell.partner is not None:
                reach = abs(cell.partner.x - cell.x) // 2
                body = plan.body[id(cell)]
                body.fall, body.rise = (reach, 0) if cell.kind == CUP else (0, reach)
    at = plan.head
    for r, row in enumerate(rows):
        rise = max((plan.body[id(c)].rise for c in row), default=0)
        fall = max((plan.body[id(c)].fall for c in row), default=0)
        plan.centre.append(at + rise)
        bottom = at + rise + fall
        if r + 1 < len(rows):
            start, end = _gap(plan, r, bottom)
            plan.zones.append((start, end))
            at = end + (STUB if any(c.kind == BOX for c in rows[r + 1]) else 0)
        else:
            at = bottom
    plan.flow = at + plan.foot
    edges = [c.x + c.right for row in rows for c in row]
    plan.across = max([*edges, plan.across, 2 * PITCH])


def _gap(plan: Plan, r: int, bottom: int) -> tuple[int, int]:
    """Where the wires between row r and the next begin and end to bend."""
    labels = [plan.labels[id(a)] for c in plan.net.rows[r] if c.kind for a in c.outs if id(a) in plan.labels]
    zone = 0
    if labels:
        zone = LABEL_ZONE if plan.upright else max(one.width for one in labels) + 2 * cells.SLACK + 2 * PT
    steps = segments(plan, r)
    boxes = any(c.kind == BOX for c in plan.net.rows[r]), any(c.kind == BOX for c in plan.net.rows[r + 1])
    bend = _bend(steps)
    least = ROW_GAP - STUB if all(boxes) else 10 * PT
    if labels or boxes[0]:
        zone = max(zone, 4 * PT)
    bend = max(bend, least - zone, 0)
    return bottom + zone, bottom + zone + -(-bend // PT) * PT


def segments(plan: Plan, r: int) -> list[tuple[int, int]]:
    """The steps across that wires make between row r and the next, as pairs of positions."""
    found = []
    for cell in plan.net.rows[r]:
        for arc in cell.outs if cell.kind else cell.outs[:1]:
            found.append(ends(arc, r))
    return found


def ends(arc: Arc, r: int) -> tuple[int, int]:
    """Where an arc is at the bottom of row r and at the top of the next."""
    first, last = r == arc.tail.row, r + 1 == arc.head.row
    k = r - arc.tail.row
    start = (
        arc.tail.x + (arc.tail.out_at[arc.tail_port] if arc.tail.out_at else 0) if first else arc.via[k - 1].x
    )
    stop = arc.head.x + (arc.head.in_at[arc.head_port] if arc.head.in_at else 0) if last else arc.via[k].x
    return start, stop


def _bend(steps: list[tuple[int, int]]) -> int:
    """How high the curves of a gap must be: neighbours keep their distance, crossings have a good angle."""
    most = max([abs(b - a) for a, b in steps], default=0)
    if not most:
        return 0
    high = max(14 * PT, min(most * 2 // 5, 100 * PT))
    steps = sorted(steps)
    for i, (a, b) in enumerate(steps):
        for c, e in steps[i + 1 : i + 40]:
            if e < b and c > a:
                high = max(high, abs((b - a) - (e - c)) * 3 // 4)
            elif b != a and e != c:
                slope = max(0.75, (min(c - a, abs(e - b)) / (9 * PT)) ** 2 - 1) ** 0.5
                high = max(high, int(1.5 * min(abs(b - a), abs(e - c)) / slope))
    return min(high, 240 * PT)


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


def input_name(plan: Plan, k: int) -> Line | None:
    """The name of an input in the text, set above it."""
    w = plan.d.inputs[k]
    name = plan.d.names[w] if w < len(plan.d.names) else ""
    if not name or isinstance(plan.d.wires[w], Ob):
        return None
    return line(name, TEXT, bold=k >= len(plan.d.dom), limit=140 * PT)


__all__ = ["BOX_SIDE", "OUT", "Options", "Plan", "ends", "prepare", "segments"]
