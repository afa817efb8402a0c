"""A plan: one diagram laid out, as data. `prepare` in `string` makes it, `draw.emit` puts it in ink.

Coordinates are `across` the flow and along the `flow`; only `Plan.point` knows how the flow lies on the page.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from compilers.figure.cells import PITCH, Body
from compilers.figure.channel import Bend
from compilers.figure.circuit import Inside
from compilers.figure.face import TEXT
from compilers.figure.lanes import lanes_of
from compilers.figure.net import Arc, Cell, Net
from compilers.figure.scene import PT, Point
from compilers.figure.scope import Scope
from compilers.figure.sheet import BASE_SIZE, PLAIN, Sheet, quantity
from compilers.figure.text import Line, line
from diagram.hypergraph import Box, Diagram
from diagram.types import Ob

SLACK, STUB, STRIP, PAD, BORDER = 3 * PT, 6 * PT, 18 * PT, 10 * PT, 6 * PT


@dataclass(frozen=True, slots=True)
class Gaps:
    """Least distances: of wires at a box, of boxes beside each other, of rows."""

    wire: int = PITCH
    box: int = 18 * PT
    row: int = 18 * PT

    @staticmethod
    def of(sheet: Sheet) -> Gaps:
        """What a style asks for, as far as words leave room."""
        size = quantity(sheet.values.get("font_size"))
        factor = BASE_SIZE * PT / size if size else 1.0
        usual, found = (PITCH, 18 * PT, 18 * PT), []
        for key, plain in zip(("wire_gap", "box_gap", "row_gap"), usual, strict=True):
            asked = quantity(sheet.values.get(key))
            found.append(plain if asked is None else max(12 * PT, round(asked * factor)))
        wire = -(-max(found[0], 18 * PT) // (12 * PT)) * 12 * PT
        return Gaps(wire, found[1], found[2])


@dataclass(frozen=True, slots=True)
class Options:
    """How to draw: the direction of the flow, which bodies to open, where types stand."""

    style: str = "string"
    direction: str = "down"
    depth: int = 0
    expand: frozenset[str] = frozenset()
    fold: frozenset[str] = frozenset()
    labels: str = "auto"
    tint: int = 0
    sheet: Sheet = PLAIN
    notes: frozenset[str] = frozenset()
    gaps: Gaps = Gaps()
    turned: frozenset[str] = frozenset()
    """The boxes whose daggers are in the figure, by name."""


def inside(options: Options, box: Box) -> Options | None:
    """The options for the body of a box that is drawn open; None if it is closed."""
    name = box.mark.name if box.mark and box.mark.name else box.bodies[0].name if box.bodies else ""
    if len(box.bodies) != 1 or name in options.fold:
        return None
    layers = options.sheet.find("layout", box.bodies[0].name, name).get("layers")
    depth = layers if isinstance(layers, int) else options.depth
    if depth <= 0 and name not in options.expand:
        return None
    return replace(options, depth=depth - 1, tint=options.tint + 1)


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
    letters: dict[int, list[Line]] = field(default_factory=dict)
    inside: dict[int, Inside] = field(default_factory=dict)
    centre: list[int] = field(default_factory=list)
    zones: list[tuple[int, int]] = field(default_factory=list)
    bends: list[dict[int, list[list[Bend]]]] = field(default_factory=list)
    """Per gap and arc, the bends of each of its lanes."""
    across: int = 0
    flow: int = 0
    head: int = 0
    foot: int = 0
    title: Line | None = None
    title_at: int = 0
    origin: Point = (0, 0)
    loops: bool = False
    single: bool = False
    """Whether all wires are of one object, so that none needs to say which."""
    notes: dict[int, str] = field(default_factory=dict)
    """What is told about boxes besides their names."""

    @property
    def d(self) -> Diagram:
        """What is drawn."""
        return self.scope.d

    @property
    def learned(self) -> dict[int, dict[int, str]]:
        """Per box, its ports that read learned arrays."""
        return self.scope.learned

    @property
    def is_circuit(self) -> bool:
        """Whether wires are bundles of lanes; figures with loops are drawn with single wires."""
        return self.options.style == "circuit" and not self.loops

    @property
    def upright(self) -> bool:
        """Whether the flow is vertical."""
        return self.options.direction != "right"

    @property
    def size(self) -> tuple[int, int]:
        """Real width and height."""
        return (self.across, self.flow) if self.upright else (self.flow, self.across)

    def middle(self, cell: Cell) -> int:
        """Where a cell stands along the flow."""
        return self.centre[cell.row] + self.body[id(cell)].drop

    def point(self, across: int, flow: int) -> Point:
        """Where on the page."""
        x, y = self.origin
        if self.options.direction == "right":
            return x + flow, y + across
        if self.options.direction == "up":
            return x + across, y + self.flow - flow
        return x + across, y + flow


def segments(plan: Plan, r: int) -> tuple[list[Arc], list[tuple[int, int]]]:
    """The steps across that wires, or their lanes, make between row r and the next: whose, and from where to
    where.
    """
    arcs: list[Arc] = []
    found: list[tuple[int, int]] = []
    for cell in plan.net.rows[r]:
        for arc in cell.outs if cell.kind else cell.outs[:1]:
            a, b = ends(arc, r)
            count = lanes_of(plan.d.wires[arc.wire]) if plan.is_circuit else 1
            for k in range(count):
                side = (2 * k - count + 1) * PITCH // 2
                arcs.append(arc)
                found.append((a + side, b + side))
    return arcs, found


def ends(arc: Arc, r: int) -> tuple[int, int]:
    """Where an arc is at the bottom of row r and at the top of the next."""
    first, last = r == arc.tail.row, r + 1 == arc.head.row
    k = r - arc.tail.row
    start = (
        arc.tail.x + (arc.tail.out_at[arc.tail_port] if arc.tail.out_at else 0) if first else arc.via[k - 1].x
    )
    stop = arc.head.x + (arc.head.in_at[arc.head_port] if arc.head.in_at else 0) if last else arc.via[k].x
    return start, stop


MANY = 12
"""Wires at a boundary."""


def input_name(plan: Plan, k: int) -> Line | None:
    """The name of an input in the text, set above it; none that is long where many wires come in, for these
    would have to come from far."""
    w = plan.d.inputs[k]
    name = plan.d.names[w] if w < len(plan.d.names) else ""
    if not name or isinstance(plan.d.wires[w], Ob):
        return None
    found = line(name, TEXT, bold=k >= len(plan.d.dom), limit=140 * PT)
    return found if len(plan.d.inputs) <= MANY or found.width <= 28 * PT else None
