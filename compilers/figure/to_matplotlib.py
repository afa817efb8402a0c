"""A scene as PDF or PNG bytes, drawn by matplotlib: text stays text, the same scene gives the same bytes.

Drawn from the scene, not from SVG. Imported only when such a file is wanted.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator
from io import BytesIO
from typing import Any, Literal

from matplotlib import rc_context
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_pdf import FigureCanvasPdf
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.path import Path as Outline
from matplotlib.text import Text

from compilers.figure.scene import PT, Circle, Glyph, Label, Look, Path, Rect, Scene, Shape, outlines
from compilers.figure.theme import THEMES, resolve

DPI = 200
_ANCHORS: dict[str, Literal["left", "center", "right"]] = {
    "start": "left", "middle": "center", "end": "right",
}  # fmt: skip
_STEADY: Any = {  # Any: matplotlib names every key in the type of its settings
    "pdf.fonttype": 42, "svg.hashsalt": "diag", "font.family": ["DejaVu Sans"], "text.usetex": False,
    "path.simplify": False, "text.hinting": "none", "axes.unicode_minus": False,
}  # fmt: skip


def to_matplotlib(scene: Scene, kind: str, theme: str = "print", scale: float = 1.0) -> bytes:
    """The bytes of a `pdf` or `png` file showing the scene."""
    with rc_context(_STEADY), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        return _Sheet(scene, theme, scale).print(kind)


class _Sheet:
    """One page."""

    def __init__(self, scene: Scene, theme: str, scale: float) -> None:
        self.colours = THEMES[theme]
        self.theme = theme
        self.scale = scale
        self.height = scene.height
        self.figure = Figure(figsize=(scene.width * scale / PT / 72, scene.height * scale / PT / 72))
        self.figure.patch.set_facecolor(self.colours["paper"])
        self.axes = self.figure.add_axes((0.0, 0.0, 1.0, 1.0))
        self.axes.set_axis_off()
        self.axes.set_xlim(0, scene.width)
        self.axes.set_ylim(scene.height, 0)
        self.order = 0.0
        for item in _back_to_front(scene):
            if isinstance(item, Label):
                self.label(item)
            else:
                self.shape(item)

    def print(self, kind: str) -> bytes:
        buffer = BytesIO()
        canvas: Any  # untyped methods of matplotlib
        if kind == "pdf":
            info = {"CreationDate": None, "Creator": None, "Producer": None}
            canvas = FigureCanvasPdf(self.figure)
            canvas.print_pdf(buffer, metadata=info)
        else:
            self.figure.set_dpi(DPI)
            canvas = FigureCanvasAgg(self.figure)
            canvas.print_png(buffer, metadata={"Software": None})
        return buffer.getvalue()

    def colour(self, name: str, what: str = "stroke") -> str:
        return resolve(name, what, self.theme) if name else "none"

    def shape(self, shape: Shape) -> None:
        self.order += 1
        look = shape.look
        patch = PathPatch(
            _outline(shape),
            facecolor=self.colour(look.fill, "fill"),
            edgecolor=self.colour(look.stroke),
            linewidth=look.width * self.scale / PT,
            capstyle="butt",
            joinstyle="miter",
            alpha=look.opacity / 100,
            zorder=self.order,
        )
        if look.dash:
            patch.set_linestyle((0, tuple(d / look.width for d in look.dash)))
        self.axes.add_patch(patch)

    def outline(self, label: Label) -> None:
        """A formula as it is drawn."""
        colour = self.colour(label.ink, "fill")
        patch = PathPatch(_joined(outlines(label)), facecolor=colour, edgecolor="none", zorder=self.order + 1)
        self.order += 1
        self.axes.add_patch(patch)

    def label(self, label: Label) -> None:
        self.order += 1
        if label.line.outline:
            self.outline(label)
            return
        alone = len(label.line.runs) == 1
        for run in label.line.runs:
            x = label.x if alone else label.left + run.x
            text = Text(x, label.y - run.rise, run.text, parse_math=False, zorder=self.order)
            text.set_color(self.colour(label.ink))
            text.set_fontsize(run.size * self.scale / PT)
            text.set_horizontalalignment(_ANCHORS[label.anchor] if alone else "left")
            text.set_verticalalignment("baseline")
            text.set_fontweight("bold" if run.bold else "normal")
            text.set_fontstyle("italic" if run.italic else "normal")
            self.axes.add_artist(text)
            if run.bar:
                from compilers.figure.text import advance

                left, top = label.left + run.x, label.y - run.rise - run.size * 7 // 8
                end = (left + advance(run.text, run.size, run.bold), top)
                self.shape(Path((left, top), (end,), Look("", label.ink, 45)))


def _joined(paths: Iterable[Path]) -> Outline:
    """Several outlines as one, so that holes stay holes."""
    return Outline.make_compound_path(*map(_outline, paths))


def _back_to_front(scene: Scene) -> Iterator[Shape | Label]:
    yield from scene.backdrop
    for glyph in scene.glyphs:
        if glyph.region:
            yield from _parts(glyph)
    yield from scene.marks
    for strand in scene.strands:
        yield strand.path
    for junction in scene.junctions:
        yield from junction.shapes
    for glyph in scene.glyphs:
        if not glyph.region:
            yield from _parts(glyph)
    yield from scene.labels


def _parts(glyph: Glyph) -> Iterator[Shape | Label]:
    yield from glyph.shapes
    yield from glyph.labels


def _outline(shape: Shape) -> Outline:
    """The outline of a shape as matplotlib has it."""
    if isinstance(shape, Rect):
        shape = _rounded(shape)
    if isinstance(shape, Circle):
        return Outline.circle((shape.x, shape.y), shape.r)
    points: list[tuple[int, ...]] = [shape.start]
    codes = [Outline.MOVETO]
    for step in shape.steps:
        points += [step[k : k + 2] for k in range(0, len(step), 2)]
        codes += [Outline.LINETO] if len(step) == 2 else [Outline.CURVE4] * 3
    if shape.closed:
        points.append(shape.start)
        codes.append(Outline.CLOSEPOLY)
    return Outline(points, codes)


def _rounded(rect: Rect) -> Path:
    x, y, right, bottom, r = rect.x, rect.y, rect.x + rect.w, rect.y + rect.h, rect.radius
    if not r:
        return Path((x, y), ((right, y), (right, bottom), (x, bottom)), rect.look, True)
    k = r * 4477 // 10000
    steps = (
        (right - r, y), (right - k, y, right, y + k, right, y + r),
        (right, bottom - r), (right, bottom - k, right - k, bottom, right - r, bottom),
        (x + r, bottom), (x + k, bottom, x, bottom - k, x, bottom - r),
        (x, y + r), (x, y + k, x + k, y, x + r, y),
    )  # fmt: skip
    return Path((x + r, y), steps, rect.look, True)
