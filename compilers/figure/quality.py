"""How good a figure is, measured on its scene: crossings, angles, order, overlaps, clearances, jogs.

Everything is computed from the drawn curves and rectangles; nothing is taken from the layout that made them.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from itertools import pairwise
from math import degrees, hypot

from compilers.figure.face import WIRING
from compilers.figure.geometry import Grid, Segment, apart, crossing, direction, flatten, gap_to, overlap
from compilers.figure.legible import least_contrast
from compilers.figure.scene import PT, Bounds, Glyph, Label, Point, Scene, Strand

COLUMN = 85 / 25.4 * 72
"""The width of a column of a journal, in points."""
CLEAR_WIRE, CLEAR_BOX, CLEAR_TEXT, JOG = 8.0, 6.0, 2.0, 4 * PT


@dataclass(frozen=True, slots=True)
class Metrics:
    """Lengths in points, angles in degrees. Lists name what is wrong where; they should be empty."""

    boxes: int
    wires: int
    crossings: int
    angle: float
    order: tuple[str, ...]
    through: tuple[str, ...]
    overlaps: tuple[str, ...]
    texts: tuple[str, ...]
    wire_clearance: float
    box_clearance: float
    text_clearance: float
    jogs: int
    straight: float
    rows: int
    chain: int
    width: float
    height: float
    text: float
    text_at_85_mm: float
    contrast: float

    def __str__(self) -> str:
        lines = []
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, tuple):
                value = f"{len(value)}" + "".join(f"\n    {one}" for one in value[:20])
            elif isinstance(value, float):
                value = f"{value:.2f}".rstrip("0").rstrip(".")
            lines.append(f"{field.name.replace('_', ' '):<15} {value}")
        return "\n".join(lines)

    @property
    def faults(self) -> tuple[str, ...]:
        """Everything that must not be."""
        return (*self.order, *self.through, *self.overlaps, *self.texts)


def metrics(scene: Scene) -> Metrics:
    """Measure a figure. O(n) for figures whose parts are spread out."""
    wires = _Wires(scene.strands)
    crossings, angle, nearest = wires.pairs()
    through, clearance = _wires_and_boxes(scene, wires)
    texts, beside = _texts(scene, wires)
    smallest = min((run.size / PT for label in scene.texts() for run in label.line.runs), default=0.0)
    return Metrics(
        sum(not g.region for g in scene.glyphs),
        len({s.wire for s in scene.strands}),
        crossings,
        angle,
        tuple(_orders(scene)),
        tuple(through),
        tuple(_boxes(scene)),
        tuple(texts),
        nearest,
        clearance,
        beside,
        sum(_jogs(s) for s in scene.strands),
        sum(_is_straight(s) for s in scene.strands) / max(1, len(scene.strands)),
        scene.rows,
        _chain(scene),
        scene.width / PT,
        scene.height / PT,
        smallest,
        smallest * min(1.0, COLUMN * PT / max(scene.width, 1)),
        least_contrast(scene),
    )


def _chain(scene: Scene) -> int:
    """The most boxes of the outermost diagram on one way down; 0 if the wires run in a loop."""
    after: dict[str, list[str]] = {}
    waiting: dict[str, int] = {}
    ends = {(strand.src.split(".")[0], strand.dst.split(".")[0]) for strand in scene.strands}
    for src, dst in sorted(ends):
        if "/" not in src and "/" not in dst and src != dst:
            after.setdefault(src, []).append(dst)
            waiting[dst] = waiting.get(dst, 0) + 1
    boxes = {glyph.id for glyph in scene.glyphs if "/" not in glyph.id}
    deep = {name: int(name in boxes) for name in {*after, *waiting, *boxes}}
    ready = [name for name in deep if name not in waiting]
    for name in ready:
        for dst in after.get(name, ()):
            deep[dst] = max(deep[dst], deep[name] + (dst in boxes))
            waiting[dst] -= 1
            if not waiting[dst]:
                ready.append(dst)
    return max(deep.values(), default=0) if len(ready) == len(deep) else 0


class _Wires:
    """The wires of a figure as short segments, found by place."""

    def __init__(self, strands: tuple[Strand, ...]) -> None:
        self.strands = strands
        self.grid: Grid[tuple[int, Segment, int]] = Grid()
        self.segments: list[tuple[int, Segment, int]] = []
        for k, strand in enumerate(strands):
            for number, (a, b) in enumerate(pairwise(flatten(strand.path))):
                item = (k, (*a, *b), number)
                self.segments.append(item)
                self.grid.add(_box((*a, *b)), item)

    def pairs(self) -> tuple[int, float, float]:
        """Number of crossings, the least angle of one, and the least distance of wires that do not cross."""
        found: dict[tuple[int, int], list[tuple[Point, float]]] = {}
        near: dict[tuple[int, int], float] = {}
        for k, one, number in self.segments:
            reach = _grow(_box(one), round(CLEAR_WIRE * PT))
            for j, other, its in self.grid.near(reach):
                if j <= k or self.strands[j].wire == self.strands[k].wire:
                    continue
                meet = crossing(one, other)
                if meet and not self._is_common_end(k, j, meet):
                    hits = found.setdefault((k, j), [])
                    if all(hypot(meet[0] - p[0], meet[1] - p[1]) > 2 * PT for p, _ in hits):
                        hits.append((meet, self._angle(meet, (k, number), (j, its))))
                elif not meet:
                    near[k, j] = min(near.get((k, j), 1e9), apart(one, other))
        angle = min((a for hits in found.values() for _, a in hits), default=90.0)
        free = [d for pair, d in near.items() if pair not in found and not self._is_joined(*pair)]
        return sum(map(len, found.values())), angle, min(free, default=float("inf")) / PT

    def _angle(self, meet: Point, *chords: tuple[int, int]) -> float:
        """The angle between two curves where they cross, in degrees."""
        a, b = (direction(self.strands[k].path, number, meet) for k, number in chords)
        turn = abs(degrees(a - b)) % 180
        return min(turn, 180 - turn)

    def _ends(self, k: int) -> tuple[Point, Point]:
        return self.strands[k].path.start, self.strands[k].path.end

    def _is_common_end(self, k: int, j: int, meet: Point) -> bool:
        return any(
            hypot(p[0] - q[0], p[1] - q[1]) < PT and hypot(p[0] - meet[0], p[1] - meet[1]) < 9 * PT
            for p in self._ends(k)
            for q in self._ends(j)
        )

    def _is_joined(self, k: int, j: int) -> bool:
        """Whether both wires end at one dot or round box."""
        return any(hypot(p[0] - q[0], p[1] - q[1]) < PT for p in self._ends(k) for q in self._ends(j))


def _box(s: Segment) -> Bounds:
    return min(s[0], s[2]), min(s[1], s[3]), max(s[0], s[2]), max(s[1], s[3])


def _grow(b: Bounds, by: int) -> Bounds:
    return b[0] - by, b[1] - by, b[2] + by, b[3] + by


def _wires_and_boxes(scene: Scene, wires: _Wires) -> tuple[list[str], float]:
    """Wires that run through boxes they do not belong to, and how near wires come to such boxes."""
    wrong: dict[str, None] = {}
    least = float("inf")
    for glyph in scene.glyphs:
        if glyph.name in WIRING:
            continue
        for k, segment, _ in wires.grid.near(_grow(glyph.bounds, round(CLEAR_BOX * PT))):
            strand = wires.strands[k]
            if _belongs(strand, glyph):
                continue
            distance = gap_to(segment, glyph.bounds)
            if distance <= 0:
                wrong[f"wire {strand.src} - {strand.dst} through {glyph.id}"] = None
            least = min(least, distance / PT)
    return list(wrong), least


def _belongs(strand: Strand, glyph: Glyph) -> bool:
    return any(end.startswith((glyph.id + ".", glyph.id + "/")) for end in (strand.src, strand.dst))


def _boxes(scene: Scene) -> list[str]:
    """Boxes that overlap."""
    wrong = []
    grid: Grid[Glyph] = Grid()
    for glyph in scene.glyphs:
        for other in grid.near(glyph.bounds):
            nested = glyph.id.startswith(other.id + "/") or other.id.startswith(glyph.id + "/")
            if not nested and overlap(glyph.bounds, other.bounds):
                wrong.append(f"box {glyph.id} on {other.id}")
        grid.add(glyph.bounds, glyph)
    return list(dict.fromkeys(wrong))


def _texts(scene: Scene, wires: _Wires) -> tuple[list[str], float]:
    """Texts that lie on other texts, on wires, or across the border of a box; how near texts come to
    wires.
    """
    wrong: dict[str, None] = {}
    least = float("inf")
    grid: Grid[Label] = Grid()
    boxes: Grid[Glyph] = Grid()
    for glyph in scene.glyphs:
        boxes.add(glyph.bounds, glyph)
    for label in scene.texts():
        bounds = label.bounds
        what = f"text {label.line.text!r}"
        for other in grid.near(bounds):
            if overlap(bounds, other.bounds):
                wrong[f"{what} on text {other.line.text!r}"] = None
        grid.add(bounds, label)
        owner = label.id.split(".")[0]
        for k, segment, _ in wires.grid.near(_grow(bounds, round(CLEAR_TEXT * PT))):
            ends = (wires.strands[k].src.split(".")[0], wires.strands[k].dst.split(".")[0])
            if label.id.endswith(".name") and owner in ends:
                continue
            distance = gap_to(segment, bounds)
            if distance <= 0:
                wrong[f"{what} on wire {wires.strands[k].src}"] = None
            least = min(least, distance / PT)
        for glyph in boxes.near(bounds):
            if _on_border(bounds, glyph.bounds):
                wrong[f"{what} on the border of {glyph.id}"] = None
    return list(wrong), least


def _on_border(inner: Bounds, outer: Bounds) -> bool:
    """Whether a rectangle is neither inside nor outside another."""
    inside = inner[0] >= outer[0] and inner[1] >= outer[1] and inner[2] <= outer[2] and inner[3] <= outer[3]
    return not inside and overlap(inner, outer)


def _orders(scene: Scene) -> list[str]:
    """Boxes at which wires arrive or leave in another order than that of the ports."""
    at: dict[tuple[str, str], list[tuple[int, Point]]] = {}
    for strand in scene.strands:
        for name, point, side in ((strand.dst, _before(strand), "i"), (strand.src, _after(strand), "o")):
            box, _, number = name.rpartition(".")
            if box.endswith(("in", "out")) and number.isdecimal():
                here = strand.path.end if side == "i" else strand.path.start
                at.setdefault((box, ""), []).append((int(number), here))
            elif box and number[:1] == side:
                at.setdefault((box, side), []).append((int(number[1:]), point))
    wrong = []
    for (box, side), ports in at.items():
        points = [p for _, p in sorted(ports)]
        xs, ys = [p[0] for p in points], [p[1] for p in points]
        if (xs != sorted(xs) and ys != sorted(ys)) or (not _is_row(xs) and not _is_row(ys)):
            wrong.append(f"order of ports {side} at {box}")
    return wrong


def _is_row(values: list[int]) -> bool:
    return all(a < b for a, b in pairwise(values))


def _before(strand: Strand) -> Point:
    """The point before the last one: where a wire comes from as it reaches its box."""
    path = strand.path
    last = path.steps[-1] if path.steps else path.start
    if len(last) == 6:
        return (path.steps[-2][-2], path.steps[-2][-1]) if len(path.steps) > 1 else path.start
    return path.end


def _after(strand: Strand) -> Point:
    path = strand.path
    first = path.steps[0] if path.steps else path.start
    return (first[4], first[5]) if len(first) == 6 else path.start


def _jogs(strand: Strand) -> int:
    """Bends that move a wire sideways by less than four points."""
    points: list[Point] = [strand.path.start]
    count = 0
    for step in strand.path.steps:
        end = (step[-2], step[-1])
        if len(step) == 6:
            dx, dy = abs(end[0] - points[-1][0]), abs(end[1] - points[-1][1])
            count += 0 < min(dx, dy) < JOG
        points.append(end)
    return count


def _is_straight(strand: Strand) -> bool:
    return all(len(step) == 2 for step in strand.path.steps)
