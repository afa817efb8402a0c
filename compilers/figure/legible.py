"""How well words can be read: their contrast with what is behind them, light and dark."""

from __future__ import annotations

from collections.abc import Iterator

from compilers.figure.geometry import Grid
from compilers.figure.scene import Bounds, Circle, Label, Path, Rect, Scene, Shape
from compilers.figure.theme import contrast, resolve

GROUNDS = ("print", "dark")


def least_contrast(scene: Scene) -> float:
    """The least contrast of a text with its ground, over the light and the dark theme; 21 without texts."""
    grid: Grid[tuple[int, Bounds, str]] = Grid()
    for number, (bounds, fill) in enumerate(_grounds(scene)):
        grid.add(bounds, (number, bounds, fill))
    seen = {(label.ink, _under(label, grid)) for label in scene.texts() if label.line.runs}
    return min(
        (
            contrast(resolve(ink, "line", theme), resolve(ground, "fill", theme))
            for ink, ground in seen
            for theme in GROUNDS
        ),
        default=21.0,
    )


def _under(label: Label, grid: Grid[tuple[int, Bounds, str]]) -> str:
    """What lies right behind the middle of a text."""
    left, top, right, bottom = label.bounds
    x, y = (left + right) // 2, (top + bottom) // 2
    inside = [
        (number, fill)
        for number, (a, b, c, d), fill in grid.near((x, y, x, y))
        if a <= x <= c and b <= y <= d
    ]
    return max(inside, default=(-1, "paper"))[1]


def _grounds(scene: Scene) -> Iterator[tuple[Bounds, str]]:
    """All filled shapes, back to front."""
    shapes: list[Shape] = [*scene.backdrop, *scene.marks]
    for glyph in sorted(scene.glyphs, key=lambda g: (not g.region, g.id.count("/"))):
        shapes += glyph.shapes
    for shape in shapes:
        if shape.look.fill and (not isinstance(shape, Path) or shape.closed):
            yield _bounds(shape), shape.look.fill


def _bounds(shape: Shape) -> Bounds:
    if isinstance(shape, Rect):
        return shape.x, shape.y, shape.x + shape.w, shape.y + shape.h
    if isinstance(shape, Circle):
        return shape.x - shape.r, shape.y - shape.r, shape.x + shape.r, shape.y + shape.r
    points = [shape.start, *((step[-2], step[-1]) for step in shape.steps)]
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return min(xs), min(ys), max(xs), max(ys)
