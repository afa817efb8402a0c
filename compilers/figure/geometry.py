"""Plane geometry on integers for measuring figures: segments, rectangles, and a grid to find what is near."""

from __future__ import annotations

from collections.abc import Iterator
from math import atan2, hypot
from typing import Generic, TypeVar

from compilers.figure.scene import PT, Bounds, Path, Point

Segment = tuple[int, int, int, int]
T = TypeVar("T")
PIECES = 16
"""A cubic is measured as so many chords."""


class Grid(Generic[T]):
    """Things by the squares of a grid that they touch."""

    SIDE = 48 * PT

    def __init__(self) -> None:
        self.cells: dict[tuple[int, int], list[T]] = {}

    def _keys(self, bounds: Bounds) -> Iterator[tuple[int, int]]:
        for i in range(bounds[0] // self.SIDE, bounds[2] // self.SIDE + 1):
            for j in range(bounds[1] // self.SIDE, bounds[3] // self.SIDE + 1):
                yield i, j

    def add(self, bounds: Bounds, item: T) -> None:
        """Put a thing where it is."""
        for key in self._keys(bounds):
            self.cells.setdefault(key, []).append(item)

    def near(self, bounds: Bounds) -> Iterator[T]:
        """What shares a square with these bounds, each once."""
        seen: set[int] = set()
        for key in self._keys(bounds):
            for item in self.cells.get(key, ()):
                if id(item) not in seen:
                    seen.add(id(item))
                    yield item


def flatten(path: Path) -> list[Point]:
    """The path as a run of points."""
    points = [path.start]
    for step in path.steps:
        if len(step) == 2:
            points.append((step[0], step[1]))
            continue
        knots = (*points[-1], *step)
        for k in range(1, PIECES + 1):
            x, y = _on(knots, k / PIECES)
            points.append((round(x), round(y)))
    return points


def direction(path: Path, chord: int, at: Point) -> float:
    """In radians, where the curve goes whose chord of that number in `flatten` passes this point."""
    before = path.start
    for step in path.steps:
        pieces = 1 if len(step) == 2 else PIECES
        if chord < pieces:
            break
        chord -= pieces
        before = (step[-2], step[-1])
    if len(step) == 2:
        return atan2(step[1] - before[1], step[0] - before[0])
    knots = (*before, *step)
    (x0, y0), (x1, y1) = (_on(knots, k / PIECES) for k in (chord, chord + 1))
    part = hypot(at[0] - x0, at[1] - y0) / max(hypot(x1 - x0, y1 - y0), 1e-9)
    t = (chord + min(part, 1.0)) / PIECES
    s = 1 - t
    dx, dy = (
        s * s * (knots[2 + k] - knots[k])
        + 2 * s * t * (knots[4 + k] - knots[2 + k])
        + t * t * (knots[6 + k] - knots[4 + k])
        for k in (0, 1)
    )
    return atan2(dy, dx)


def _on(knots: tuple[int, ...], t: float) -> tuple[float, float]:
    """The point of a cubic at t."""
    s = 1 - t
    a, b, c, e = s * s * s, 3 * s * s * t, 3 * s * t * t, t * t * t
    x0, y0, x1, y1, x2, y2, x3, y3 = knots
    return a * x0 + b * x1 + c * x2 + e * x3, a * y0 + b * y1 + c * y2 + e * y3


def crossing(one: Segment, other: Segment) -> Point | None:
    """Where two segments meet, if they do and are not parallel."""
    x1, y1, x2, y2 = one
    x3, y3, x4, y4 = other
    dx, dy, ex, ey = x2 - x1, y2 - y1, x4 - x3, y4 - y3
    turn = dx * ey - dy * ex
    if not turn:
        return None
    t, u = (x3 - x1) * ey - (y3 - y1) * ex, (x3 - x1) * dy - (y3 - y1) * dx
    if turn < 0:
        turn, t, u = -turn, -t, -u
    if not (0 <= t <= turn and 0 <= u <= turn):
        return None
    return round(x1 + dx * t / turn), round(y1 + dy * t / turn)


def _to_segment(x: float, y: float, s: Segment) -> float:
    dx, dy = s[2] - s[0], s[3] - s[1]
    square = dx * dx + dy * dy
    t = 0.0 if not square else max(0.0, min(1.0, ((x - s[0]) * dx + (y - s[1]) * dy) / square))
    return hypot(x - s[0] - t * dx, y - s[1] - t * dy)


def apart(one: Segment, other: Segment) -> float:
    """The distance of two segments that do not cross."""
    return min(
        _to_segment(one[0], one[1], other),
        _to_segment(one[2], one[3], other),
        _to_segment(other[0], other[1], one),
        _to_segment(other[2], other[3], one),
    )


def gap_to(s: Segment, b: Bounds) -> float:
    """The distance of a segment from a rectangle, 0 if they meet."""
    if b[0] <= s[0] <= b[2] and b[1] <= s[1] <= b[3]:
        return 0.0
    sides = (
        (b[0], b[1], b[2], b[1]),
        (b[2], b[1], b[2], b[3]),
        (b[0], b[3], b[2], b[3]),
        (b[0], b[1], b[0], b[3]),
    )
    if any(crossing(s, side) for side in sides):
        return 0.0
    return min(apart(s, side) for side in sides)


def overlap(a: Bounds, b: Bounds) -> bool:
    """Whether two rectangles share more than an edge."""
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
