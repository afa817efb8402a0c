"""The cells of the circuit style put in ink: lanes that pass, dots, chips, cups, entrywise functions,
dashed lines.
"""

from __future__ import annotations

from dataclasses import replace

from compilers.figure.circuit import ARROW, CUP, FAN, NAMED, PART, PITCH, ROUND, Inside, chip_width, reach
from compilers.figure.curves import KAPPA, Pen
from compilers.figure.dashes import FAR
from compilers.figure.dress import lane_look
from compilers.figure.lanes import Chip, Lane, is_scalar, lanes_of
from compilers.figure.net import Arc, Cell
from compilers.figure.plan import Plan
from compilers.figure.scene import PT, Circle, Label, Look, Path, Rect, Shape, Step

LANE = Look("", "line", PT)
NUMBER = Look("", "muted", PT, (2 * PT, 2 * PT))
DOT, OPEN = Look("line"), Look("paper", "line", PT)
INDEX = Look("mark", "line", PT)
SOFT = Look("softmax", "line", PT)
BOXED = Look("box", "line", PT * 6 // 5)
CHIPPED, FIXED = Look("chip", "line", PT * 9 // 5), Look("chip", "line", PT)
R = 3 * PT + PT // 2
DOUBLE = 3 * PT
"""The distance of the lines of a double lane."""


class CellPen:
    """Draws one cell of a circuit."""

    def __init__(self, plan: Plan, cell: Cell, ident: str) -> None:
        self.plan, self.cell, self.ident = plan, cell, ident
        self.inside: Inside = plan.inside[id(cell)]
        self.start = plan.centre[cell.row] - plan.body[id(cell)].rise
        self.shapes: list[Shape] = []
        self.labels: list[Label] = []

    def draw(self, panel: bool = False) -> None:
        """Everything but an open panel."""
        inside = self.inside
        x1 = inside.enter
        x2 = x1 + inside.core
        x3 = x2 + inside.leave
        dots: set[Lane] = set()
        for source, target in inside.tracks.passes:
            y = inside.mid[target]
            for lane in source:
                self.curve(0, inside.ins[lane], x1, y, self.look(lane, False))
            look = self.look(target, True)
            self.line(x1, y, x2, look)
            self.curve(x2, y, x3, inside.outs[target], look)
            if len(source) > 1:
                self.dot(x1, y)
            elif source and source[0] in dots:
                self.dot(0, inside.ins[source[0]])
            dots.update(source)
        for lane in inside.tracks.births:
            y = inside.mid[lane]
            look = self.look(lane, True)
            self.line(x1, y, x2, look)
            self.curve(x2, y, x3, inside.outs[lane], look)
            self.shapes.append(self.circle(x1, y, 2 * PT + PT // 2, OPEN))
        for chip, top, bottom, places in inside.chips:
            self.chip(chip, top, bottom, places, panel)
        for upper, lower, at in inside.cups:
            self.cup(upper, lower, at)
        self.words()

    def at(self, x: int, y: int) -> tuple[int, int]:
        """The point of the figure for x along the wires and y across them, from the corner of the cell."""
        return self.plan.point(self.cell.x + y, self.start + x)

    def circle(self, x: int, y: int, r: int, look: Look) -> Circle:
        """A circle."""
        return Circle(*self.at(x, y), r, look)

    def dot(self, x: int, y: int) -> None:
        """A junction."""
        self.shapes.append(self.circle(x, y, R, DOT))

    def line(self, x: int, y: int, to: int, look: Look = LANE) -> None:
        """A straight line along the wires."""
        if look.double:
            for y_, one in sides(y, look):
                self.line(x, y_, to, one)
        elif to > x:
            self.shapes.append(Path(self.at(x, y), (self.at(to, y),), look))

    def look(self, lane: Lane, out: bool) -> Look:
        """The colour of a lane."""
        plan, (port, axis) = self.plan, lane
        arc = (self.cell.outs if out else self.cell.ins)[port]
        base = NUMBER if is_scalar(plan.d.wires[arc.wire]) else LANE
        return lane_look(plan.options.sheet, base, plan.d, arc.wire, axis)

    def curve(self, x: int, y: int, to: int, there: int, look: Look = LANE) -> None:
        """A lane from height `y` to height `there`."""
        if look.double:
            for shift, one in sides(0, look):
                self.curve(x, y + shift, to, there + shift, one)
            return
        if y == there:
            self.line(x, y, to, look)
            return
        middle = (x + to) // 2
        step = (*self.at(middle, y), *self.at(middle, there), *self.at(to, there))
        self.shapes.append(Path(self.at(x, y), (step,), look))

    def chip(self, chip: Chip, top: int, bottom: int, places: dict[Lane, int], panel: bool) -> None:
        """The lanes into the chip and out of it, and the chip unless it is open."""
        inside = self.inside
        x1, x3 = inside.enter, inside.enter + inside.core + inside.leave
        x2 = x1 + inside.core
        is_open = panel and chip.shape == "body"
        width = inside.core if is_open else chip_width(chip)
        left = x1 + (inside.core - (width if is_open or chip.shape == "norm" else reach(chip))) // 2
        bottom -= NAMED if chip.shape == "norm" else 0
        fan = chip.shape == "hexagon"
        middle = (top + bottom) // 2
        left += FAN if fan and len(chip.ins) > 1 else 0
        for lane, y in places.items():
            look = self.look(lane, False)
            self.curve(0, inside.ins[lane], x1, y, look)
            self.line(x1, y, left - FAN if fan and y != middle else left, look)
            if fan and y != middle:
                self.curve(left - FAN, y, left, middle, look)
        for lane in chip.outs:
            look, y = self.look(lane, True), inside.mid[lane]
            if fan and y != middle:
                self.curve(left + width, middle, left + width + FAN, y, look)
            self.line(left + width + FAN if fan and y != middle else left + width, y, x2, look)
            self.curve(x2, y, x3, inside.outs[lane], look)
        if is_open:
            return
        if fan:
            top, bottom = middle - 10 * PT, middle + 10 * PT
        self.core(chip, left, top, width, bottom)

    def core(self, chip: Chip, left: int, top: int, width: int, bottom: int) -> None:
        """The chip itself: its outline and its name."""
        learned = bool(chip.line.runs) and chip.line.runs[0].bold
        look = {"chip": CHIPPED if learned else FIXED, "triangle": SOFT, "pentagon": INDEX}.get(
            chip.shape, BOXED
        )
        if learned and look is BOXED:
            look = Look("box", "line", PT * 9 // 5)
        if chip.fill or chip.stroke:
            look = Look(chip.fill or look.fill, chip.stroke or look.stroke, look.width)
        look = replace(look, opacity=chip.opacity)
        (x, y), (right, low) = self.at(left, top), self.at(left + width, bottom)
        if chip.shape == "triangle":
            apex = self.at(left, (top + bottom) // 2)
            self.shapes.append(Path(apex, ((right, y), (right, low)), look, True))
            return
        if chip.shape == "norm":
            self.norm(chip, (x + right) // 2, (y + low) // 2, learned)
            return
        if chip.shape == "bar":
            self.shapes.append(Rect(x, y, right - x, low - y, Look("line"), 0))
            return
        if chip.shape == "pentagon":
            tip = (right - 7 * PT, y), (right, (y + low) // 2), (right - 7 * PT, low), (x, low)
            self.shapes.append(Path((x, y), tip, look, True))
        elif chip.shape == "hexagon":
            cut, mid = 8 * PT, (y + low) // 2
            corners = ((x + cut, y), (right - cut, y), (right, mid), (right - cut, low), (x + cut, low))
            self.shapes.append(Path((x, mid), corners, look, True))
        else:
            self.shapes.append(Rect(x, y, right - x, low - y, look, 3 * PT))
        name = chip.line
        base = (y + low) // 2 + (name.ascent - name.descent) // 2
        index = chip.shape == "pentagon"
        ink = "paper" if index else "ink"
        self.labels.append(
            Label(f"{self.ident}.name", (x + right) // 2 - 2 * PT * index, base, name, ink=ink)
        )

    def norm(self, chip: Chip, x: int, y: int, learned: bool) -> None:
        """The circle of a normalisation, bold if it is learned, its name above."""
        look = Look(
            chip.fill or "chip", chip.stroke or "line", (2 if learned else 1) * PT, opacity=chip.opacity
        )
        self.shapes.append(Circle(x, y, ROUND, look))
        a, b = 6 * PT, 7 * PT
        bar, vee = (
            Path((x, y - ROUND), ((x, y + ROUND),), LANE),
            Path((x - a, y - b), ((x, y + b), (x + a, y - b)), LANE),
        )
        self.shapes += {"|": [bar], "V": [vee]}.get(chip.mark, [])
        self.labels.append(Label(f"{self.ident}.name", x, y + ROUND + 3 * PT + chip.line.ascent, chip.line))

    def cup(self, upper: Lane, lower: Lane, at: int) -> None:
        """Two lanes meet in a semicircle: their axis is summed; an arrow leaves its apex."""
        inside, x1 = self.inside, self.inside.enter
        self.curve(0, inside.ins[upper], x1, at, self.look(upper, False))
        self.curve(0, inside.ins[lower], x1, at + PITCH, self.look(lower, False))
        k, r = CUP * KAPPA // 10000, CUP
        middle, apex = at + r, x1 + r
        first: Step = (*self.at(x1 + k, at), *self.at(apex, middle - k), *self.at(apex, middle))
        second: Step = (*self.at(apex, middle + k), *self.at(x1 + k, at + PITCH), *self.at(x1, at + PITCH))
        self.shapes.append(Path(self.at(x1, at), (first, second), LANE))
        tip = apex + ARROW - 2 * PT
        self.line(apex, middle, tip - 4 * PT)
        wings = (self.at(tip - 6 * PT, middle - 3 * PT), self.at(tip - 6 * PT, middle + 3 * PT))
        self.shapes.append(Path(self.at(tip, middle), wings, DOT, True))

    def band(self, y: int, low: int) -> None:
        """The ground under a function and all lanes that it is applied to."""
        inside, what = self.inside, self.inside.tracks
        assert what.above is not None
        side = what.above.width // 2 + 16 * PT
        middle = inside.enter + inside.core // 2
        (left, top), (right, bottom) = (
            self.at(middle - side, y - 11 * PT),
            self.at(middle + side, low + 7 * PT),
        )
        self.shapes.insert(0, Rect(left, top, right - left, bottom - top, Look("band"), 4 * PT))

    def words(self) -> None:
        """The function above the lanes, and the sign where arrays meet."""
        what, inside = self.inside.tracks, self.inside
        if what.above is not None:
            ys = list(inside.mid.values())
            y = min(ys, default=0) - 13 * PT
            self.band(y, max(ys, default=0))
            x = inside.enter + inside.core // 2
            half = what.above.width // 2
            for tip in (x - half - 4 * PT, x + half + 13 * PT):
                wings = (
                    self.at(tip - 9 * PT, y - 4 * PT),
                    self.at(tip - 6 * PT, y),
                    self.at(tip - 9 * PT, y + 4 * PT),
                )
                self.shapes.append(Path(self.at(tip, y), wings, DOT, True))
            px, py = self.at(x, y)
            base = py + (what.above.ascent - what.above.descent) // 2
            self.labels.append(Label(f"{self.ident}.name", px, base, what.above))
        if what.note is not None:
            ys = [*inside.mid.values(), *(bottom for _, _, bottom, _ in inside.chips), *inside.ins.values()]
            ys += [at + PITCH for _, _, at in inside.cups]
            px, py = self.at(inside.enter + inside.core // 2, max(ys) + 6 * PT)
            note = Label(f"{self.ident}.note", px, py + what.note.ascent, what.note, ink="muted")
            self.labels.append(note)
        if what.sign is not None:
            ports = sorted({lane[0] for source, _ in what.passes for lane in source})
            low = max(y for lane, y in inside.ins.items() if lane[0] == ports[0])
            high = min(y for lane, y in inside.ins.items() if lane[0] == ports[1])
            middle = high - PART // 2 if high - low > FAR else (low + high) // 2
            px, py = self.at(7 * PT, middle)
            base = py + (what.sign.ascent - what.sign.descent) // 2
            self.labels.append(Label(f"{self.ident}.name", px, base, what.sign))


def sides(y: int, look: Look) -> tuple[tuple[int, Look], tuple[int, Look]]:
    """Where both lines of a double lane run."""
    single = replace(look, double=False)
    return (y - DOUBLE // 2, single), (y + DOUBLE // 2, single)


def lane_paths(plan: Plan, arc: Arc, pen: Pen) -> list[Path]:
    """The lanes of an arc."""
    kind = plan.d.wires[arc.wire]
    count = lanes_of(kind)
    look = NUMBER if is_scalar(kind) else LANE
    drawn = []
    for k in range(count):
        start, steps = pen.arc(arc, k, (2 * k - count + 1) * PITCH // 2)
        drawn.append(Path(start, steps, lane_look(plan.options.sheet, look, plan.d, arc.wire, k)))
    return drawn
