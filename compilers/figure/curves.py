"""Wires as runs of lines and cubics: straight in the rows, bent in the gaps between them, quarter ellipses
at dots.

Where in a gap a wire bends is decided in `channel`.
"""

from __future__ import annotations

from itertools import pairwise

from compilers.figure.cells import LEG
from compilers.figure.net import BOX, CAP, CUP, DOT, IN, OUT, Arc, Cell
from compilers.figure.plan import Plan, ends
from compilers.figure.scene import Look, Path, Point, Shape, Step

KAPPA = 5523
"""The cubic nearest to a quarter circle, in 1/10000."""
Drawn = tuple[Point, tuple[Step, ...]]


class Pen:
    """Draws the arcs of one plan."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan

    def arc(self, arc: Arc, lane: int = 0, beside: int = 0) -> Drawn:
        """The whole path of an arc, from port to port; a `lane` of a bundle lies `beside` its middle."""
        plan = self.plan
        trace = _Trace(beside)
        a, _ = ends(arc, arc.tail.row)
        self._leave(trace, arc.tail, a)
        for r in range(arc.tail.row, arc.head.row):
            for start, stop, there in plan.bends[r][id(arc)][lane]:
                trace.line(a, start)
                trace.curve(a, start, there - beside, stop)
                a = there - beside
        self._enter(trace, arc.head, a)
        return trace.on(plan)

    def _leave(self, trace: _Trace, cell: Cell, a: int) -> None:
        plan = self.plan
        flow = plan.middle(cell)
        if self._fans(cell, out=True):
            fall = min(plan.body[id(cell)].fall, _leg(a - cell.x))
            trace.quarter(cell.x, flow, a, flow + fall, True, _slant(cell.out_at, a - cell.x))
        else:
            inside = self._inside(cell)
            bottom = flow if inside else flow + plan.body[id(cell)].fall
            trace.start(a, 0 if cell.kind == IN and plan.title is not None else bottom)

    def _enter(self, trace: _Trace, cell: Cell, b: int) -> None:
        plan = self.plan
        flow = plan.middle(cell)
        top = flow - plan.body[id(cell)].rise
        if self._fans(cell, out=False):
            top = max(top, flow - _leg(b - cell.x))
            trace.line(b, top)
            trace.quarter(b, top, cell.x, flow, False, _slant(cell.in_at, b - cell.x))
        else:
            inside = self._inside(cell)
            bottom = plan.flow if cell.kind == OUT and plan.title is not None else top
            trace.line(b, flow if inside else bottom)

    def _inside(self, cell: Cell) -> bool:
        """Whether wires end at the middle of the cell."""
        drawn = id(cell) in self.plan.inside
        return not drawn and (cell.kind in (DOT, CUP, CAP) or self._round(cell))

    def _round(self, cell: Cell) -> bool:
        looks = self.plan.body[id(cell)].face
        return looks is not None and looks.shape in ("round", "spider")

    def _fans(self, cell: Cell, out: bool) -> bool:
        if id(cell) in self.plan.inside:
            return False
        many = len(cell.outs if out else cell.ins) > 1
        return many and (cell.kind == DOT or (cell.kind == BOX and self._round(cell)))


def _leg(offset: int) -> int:
    """How high the quarter ellipse of a leg is that reaches so far sideways."""
    return max(LEG, abs(offset) * 2 // 3)


def _slant(offsets: tuple[int, ...], at: int) -> int:
    """How far from level a wire leaves a dot, in percent: the outermost on its side level, the inner ones
    steeper.
    """
    most = max((abs(o) for o in offsets if (o < 0) == (at < 0)), default=0)
    return 100 - 100 * abs(at) // most if most else 0


class _Trace:
    """Collects the steps of one path in coordinates across and along the flow."""

    def __init__(self, beside: int = 0) -> None:
        self.points: list[tuple[int, ...]] = []
        self.beside = beside

    def start(self, a: int, f: int) -> None:
        self.points.append((a, f))

    def line(self, a: int, f: int) -> None:
        last = self.points[-1]
        if last[-2:] == (a, f):
            return
        if len(last) == 2 and len(self.points) > 1 and last[0] == a and self.points[-2][-2] == a:
            self.points[-1] = (a, f)
        else:
            self.points.append((a, f))

    def curve(self, a: int, f: int, b: int, g: int) -> None:
        middle = (f + g) // 2
        self.points.append((a, middle, b, middle, b, g))

    def quarter(self, a: int, f: int, b: int, g: int, out: bool, slant: int) -> None:
        """A quarter ellipse, level at the dot (or less, by `slant`) and along the flow at the other end."""
        if out:
            self.start(a, f)
        if a == b:
            self.line(b, g)
            return
        dx, dy = (b - a) * KAPPA // 10000, (g - f) * KAPPA // 10000
        lean = dy * slant // 100
        if out:
            self.points.append((a + dx, f + lean, b, g - dy, b, g))
        else:
            self.points.append((a, f + dy, b - dx, g - lean, b, g))

    def on(self, plan: Plan) -> Drawn:
        first, *rest = self.points
        steps = []
        for step in rest:
            flat: list[int] = []
            for k in range(0, len(step), 2):
                flat += plan.point(step[k] + self.beside, step[k + 1])
            steps.append(tuple(flat))
        return plan.point(first[0] + self.beside, first[1]), tuple(steps)


def semicircle(plan: Plan, left: int, right: int, flow: int, cup: bool) -> Drawn:
    """A true semicircle between two feet, below them for a cup, above for a cap."""
    r = (right - left) // 2
    s = r if cup else -r
    k, ks = r * KAPPA // 10000, s * KAPPA // 10000
    middle, low = left + r, flow + s
    trace = _Trace()
    trace.start(left, flow)
    trace.points.append((left, flow + ks, middle - k, low, middle, low))
    trace.points.append((middle + k, low, right, flow + ks, right, flow))
    return trace.on(plan)


def braid_paths(plan: Plan, x: int, flow: int, side: int, left_over: bool, look: Look) -> tuple[Shape, ...]:
    """A crossing: one wire goes over, the other under, with a gap."""
    half, reach = side // 2, 12 * 64
    up, down = flow - half, flow + half
    over, under = (-reach, reach) if left_over else (reach, -reach)
    shapes: list[Shape] = []
    for start, cut in ((over, False), (under, True)):
        points = [(x + start, up), (x + start, flow), (x - start, flow), (x - start, down)]
        for piece in (_split(points, 0.5 - 0.085, 0), _split(points, 0.5 + 0.085, 1)) if cut else (points,):
            flat = [plan.point(*p) for p in piece]
            step = (*flat[1], *flat[2], *flat[3])
            shapes.append(Path(flat[0], (step,), look))
    return tuple(shapes)


def _split(points: list[Point], t: float, part: int) -> list[Point]:
    """The first or second part of a cubic cut at t (de Casteljau)."""
    rows: list[list[tuple[float, float]]] = [[(float(x), float(y)) for x, y in points]]
    while len(rows[-1]) > 1:
        last = rows[-1]
        rows.append([(a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t) for a, b in pairwise(last)])
    chosen = [row[0] for row in rows] if part == 0 else [row[-1] for row in reversed(rows)]
    return [(round(x), round(y)) for x, y in chosen]
