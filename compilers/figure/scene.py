"""A figure as plain data: shapes, wires, labels, regions with stable ids. Layout makes it, printers only
print it.

All numbers are integers in 1/64 pt; x goes right, y goes down. Colours are names that a theme resolves.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from compilers.figure.text import Line

PT = 64
"""Units in one point."""
Point = tuple[int, int]
Step = tuple[int, ...]
"""`(x, y)` is a line to a point, `(x1, y1, x2, y2, x, y)` a cubic curve."""
Bounds = tuple[int, int, int, int]
"""Left, top, right, bottom."""


@dataclass(frozen=True, slots=True)
class Look:
    """How a shape is inked: names of colours in the theme (empty: none), line width, dash pattern."""

    fill: str = ""
    stroke: str = ""
    width: int = 0
    dash: tuple[int, ...] = ()
    double: bool = False
    """Two lines beside each other; layout draws them, printers see single ones."""
    opacity: int = 100
    """In hundredths."""


@dataclass(frozen=True, slots=True)
class Rect:
    """A rectangle, with rounded corners if `radius`."""

    x: int
    y: int
    w: int
    h: int
    look: Look
    radius: int = 0


@dataclass(frozen=True, slots=True)
class Circle:
    """A circle about `(x, y)`."""

    x: int
    y: int
    r: int
    look: Look


@dataclass(frozen=True, slots=True)
class Path:
    """A run of lines and cubics from `start`."""

    start: Point
    steps: tuple[Step, ...]
    look: Look
    closed: bool = False

    @property
    def end(self) -> Point:
        """The last point."""
        return self.steps[-1][-2:] if self.steps else self.start  # type: ignore[return-value]


Shape = Rect | Circle | Path


@dataclass(frozen=True, slots=True)
class Label:
    """One line of text. `(x, y)` is on the baseline; `anchor` is `start`, `middle` or `end`."""

    id: str
    x: int
    y: int
    line: Line
    anchor: str = "middle"
    ink: str = "ink"

    @property
    def left(self) -> int:
        """Where the text begins."""
        shift = {"start": 0, "middle": self.line.width // 2, "end": self.line.width}[self.anchor]
        return self.x - shift

    @property
    def bounds(self) -> Bounds:
        """The rectangle of the text in a wide font."""
        left = self.left
        return left, self.y - self.line.ascent, left + self.line.width, self.y + self.line.descent


@dataclass(frozen=True, slots=True)
class Glyph:
    """A drawn box of the diagram: its shapes and labels, and what it is.

    `id` is its path in the diagram (`b3`, `b3/b0`); `name` the operation, `tip` what to tell about it,
    `learned` which
    of its input ports read which learned array. `bounds` is the box itself, without what hangs over.
    """

    id: str
    name: str
    bounds: Bounds
    shapes: tuple[Shape, ...] = ()
    labels: tuple[Label, ...] = ()
    tip: str = ""
    learned: tuple[tuple[int, str], ...] = ()
    ports: tuple[int, int] = (0, 0)
    region: bool = False


@dataclass(frozen=True, slots=True)
class Strand:
    """A drawn piece of a wire from the port `src` to the port `dst`; `wire` is its number, `scope` its
    diagram.

    A port is `b3.i0`, `b3.o1`, `in.0`, `out.2`, or the junction `w7` of the wire itself; in a body they
    have its path in front (`b3/in.0`).
    """

    id: str
    wire: str
    src: str
    dst: str
    path: Path
    tip: str = ""


@dataclass(frozen=True, slots=True)
class Junction:
    """Where a wire branches, ends or begins: a dot, with the wire it belongs to."""

    id: str
    wire: str
    kind: str
    shapes: tuple[Shape, ...]
    bounds: Bounds


@dataclass(frozen=True, slots=True)
class Scene:
    """One figure, and how large it is. `marks` lie on the panels and under the wires."""

    width: int
    height: int
    title: str
    desc: str
    glyphs: tuple[Glyph, ...] = ()
    strands: tuple[Strand, ...] = ()
    junctions: tuple[Junction, ...] = ()
    labels: tuple[Label, ...] = ()
    backdrop: tuple[Shape, ...] = ()
    marks: tuple[Shape, ...] = ()
    rows: int = 0
    font: str = ""
    """A font to prefer to the one whose widths are known."""

    def texts(self) -> Iterator[Label]:
        """Every label, of boxes too."""
        yield from self.labels
        for glyph in self.glyphs:
            yield from glyph.labels


def outlines(label: Label) -> tuple[Path, ...]:
    """The outlines of a label that is drawn, not written, at its place."""
    look = Look(label.ink)
    return tuple(
        shift_path(Path(start, steps, look, True), label.left, label.y) for start, steps in label.line.outline
    )


def shift_path(path: Path, dx: int, dy: int) -> Path:
    """The path, moved."""
    x, y = path.start
    return replace(path, start=(x + dx, y + dy), steps=tuple(shift_step(s, dx, dy) for s in path.steps))


def shift_shape(shape: Shape, dx: int, dy: int) -> Shape:
    """The shape, moved."""
    if isinstance(shape, Path):
        return shift_path(shape, dx, dy)
    return replace(shape, x=shape.x + dx, y=shape.y + dy)


def shift_step(step: Step, dx: int, dy: int) -> Step:
    """The step, moved."""
    return tuple([v + (dy if k & 1 else dx) for k, v in enumerate(step)])
