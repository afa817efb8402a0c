"""From a diagram to a file: choose a style, lay it out as a scene, print it in the format of the file's
ending.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from importlib import import_module
from pathlib import Path
from typing import Any

from compilers.figure.abreast import beside
from compilers.figure.dagger import daggers
from compilers.figure.draw import Ink, emit
from compilers.figure.dress import finish, label_of
from compilers.figure.engine import NoEngine, dot_scene
from compilers.figure.fold import fold_runs
from compilers.figure.frame import framed
from compilers.figure.notes import NOTES
from compilers.figure.plan import Gaps, Options
from compilers.figure.scene import PT, Look, Scene
from compilers.figure.scope import Scope
from compilers.figure.sheet import PLAIN, Sheet, colour, quantity
from compilers.figure.string import prepare
from compilers.figure.theme import THEMES
from compilers.figure.to_dot import to_dot
from compilers.figure.to_html import to_html
from compilers.figure.to_svg import to_svg
from compilers.figure.to_tikz import to_tikz
from compilers.figure.unfold import unfold
from diagram.errors import Diagnostic, DiagramError
from diagram.hypergraph import Diagram
from diagram.optic import Optic

MARGIN = 8 * PT
SHOWN = 60
"""At most so many boxes are shown unless bodies are opened by name or depth."""
FORMATS = (".svg", ".pdf", ".png", ".tikz", ".tex", ".html", ".dot")
STYLES = ("auto", "string", "circuit", "graph")
DIRECTIONS = ("down", "right", "up")
ENGINES = ("own", "dot")
WAYS = {"left_to_right": "right", "top_to_bottom": "down", "bottom_to_top": "up"}
"""Directions as styles may also name them."""


def layout(
    d: Diagram,
    *,
    style: str = "auto",
    expand: int | str | Iterable[str] | None = None,
    fold: Iterable[str] = (),
    direction: str | None = None,
    labels: str = "auto",
    annotate: Iterable[str] = (),
    sheet: Sheet = PLAIN,
    engine: str = "own",
) -> Scene:
    """The figure of `d` as plain data. `expand` is how deep bodies are opened, or the names of those to
    open. `annotate` adds `types`, `flops`, `memory`; `sheet` is what styles say. With the engine
    `dot` Graphviz lays out, if it is there; else a warning says why not.
    """
    _one_of("engine", engine, ENGINES)
    options = _options(d, style, expand, fold, direction, labels)
    options = _dressed(d, options, sheet.with_axes((name, dict(look)) for name, look in d.looks), annotate)
    d = shown(d, options.style)
    if engine == "dot":
        try:
            return finish(dot_scene(Scope(d), options, d.name or "diagram", description(d)), options.sheet)
        except NoEngine as error:
            warnings.warn(str(error), stacklevel=2)
    plan = prepare(Scope(d), replace(options, turned=daggers(d)))
    margin = quantity(options.sheet.values.get("margin")) or MARGIN
    plan.origin = (margin, margin)
    ink = Ink()
    emit(plan, ink)
    width, height = plan.size
    scene = Scene(
        width + 2 * margin,
        height + 2 * margin,
        d.name or "diagram",
        description(d),
        tuple(ink.glyphs),
        tuple(ink.strands),
        tuple(ink.junctions),
        tuple(ink.labels),
        marks=tuple(ink.marks),
        rows=plan.net.depth,
    )
    values = options.sheet.find("box", d.name) if d.name else {}
    if values.get("frame") is True:
        look = Look(colour(values.get("fill"), "tint0"), "edge", PT * 4 // 5)
        scene = framed(scene, label_of(values) or d.name, look, options.sheet.find("region", d.name))
    return finish(scene, options.sheet)


def _dressed(d: Diagram, options: Options, sheet: Sheet, annotate: Iterable[str]) -> Options:
    """The options with what styles say of the whole diagram, and what it is annotated with."""
    notes = frozenset([annotate] if isinstance(annotate, str) else annotate)
    for one in sorted(notes):
        _one_of("annotate", one, NOTES)
    labels = "all" if "types" in notes else options.labels
    wishes = sheet.find("layout", d.name) if d.name else {}
    direction = wishes.get("direction")
    if isinstance(direction, str) and options.style != "circuit":
        options = replace(options, direction=WAYS.get(direction, direction))
        _one_of("direction", options.direction, DIRECTIONS)
    return replace(options, sheet=sheet, notes=notes, labels=labels, gaps=_gaps(sheet, wishes))


def _options(
    d: Diagram,
    style: str,
    expand: int | str | Iterable[str] | None,
    fold: Iterable[str],
    direction: str | None,
    labels: str,
) -> Options:
    """The options of a plan, checked; what is not given depends on the style and on the size of the
    diagram.
    """
    _one_of("style", style, STYLES)
    style = "string" if style == "auto" else style
    direction = direction or ("right" if style == "circuit" else "down")
    _one_of("direction", direction, DIRECTIONS)
    if style == "circuit" and direction != "right":
        raise ValueError("circuits run to the right")
    depth, names = 0, frozenset[str]()
    if isinstance(expand, int):
        depth = int(expand)
    elif expand is None:
        depth = 0 if style == "graph" else _fitting_depth(d)
    else:
        names = frozenset([expand] if isinstance(expand, str) else expand)
    folded = frozenset([fold] if isinstance(fold, str) else fold)
    return Options(style, direction, depth, names, folded, "none" if style == "graph" else labels)


def _gaps(sheet: Sheet, wishes: Mapping[str, object]) -> Gaps:
    """The least distances, those of a `layout` rule first."""
    gaps, gap, spread = Gaps.of(sheet), quantity(wishes.get("gap")), wishes.get("spread")
    if gap is not None:
        gaps = replace(gaps, row=max(gap, 12 * PT))
    if isinstance(spread, int | float) and spread > 1:
        gaps = replace(gaps, box=round(gaps.box * spread), row=round(gaps.row * spread))
    return gaps


def shown(d: Diagram, style: str = "string") -> Diagram:
    """The diagram that is drawn for `d`: loops and powers of objects written out, chains folded in graphs."""
    return fold_runs(unfold(d)) if style == "graph" else unfold(d)


def description(d: Diagram) -> str:
    """What a figure shows, in words."""
    names = ", ".join(dict.fromkeys(box.label for box in d.boxes[:40]))
    count = len(d.boxes)
    boxes = f"{count} box{'es' * (count != 1)}"
    return f"String diagram of {d.name or 'a diagram'} : {d.type_text}, {boxes}: {names}"[:600]


def _fitting_depth(d: Diagram) -> int:
    """The greatest depth of open bodies at which a figure still shows at most `SHOWN` boxes."""
    depth, level, total = 0, [d], len(d.boxes)
    while True:
        level = [body for one in level for box in one.boxes if len(box.bodies) == 1 for body in box.bodies]
        total += sum(len(body.boxes) for body in level)
        if not level or total > SHOWN:
            return depth
        depth += 1


def _one_of(what: str, value: str, allowed: Iterable[str]) -> None:
    if value not in allowed:
        raise ValueError(f"{what} must be one of {', '.join(allowed)}, not {value!r}")


def render(
    d: Diagram | Optic,
    path: str | os.PathLike[str] | None = None,
    *,
    theme: str = "screen",
    width: str | float | None = None,
    style: str = "auto",
    expand: int | str | Iterable[str] | None = None,
    fold: Iterable[str] = (),
    direction: str | None = None,
    labels: str = "auto",
    annotate: Iterable[str] = (),
    engine: str = "own",
    grad: bool = False,
    against: Diagram | None = None,
) -> str:
    """Draw `d`. Returns the SVG text; with a path also writes the format of its ending, under a temporary
    name first. The backward pass of an optic stands below, with `grad` the reverse derivative of a diagram;
    with `against` another diagram beside it, and what differs is marked.

    Endings: `.svg .pdf .png .tikz .tex .html .dot`. `width` is `"85mm"`, `"120pt"`, `"10cm"`, or points.
    Raises `ValueError` for an unknown ending, style, theme or direction, `OSError` if the file cannot be
    written.
    """
    _one_of("theme", theme, THEMES)
    settings = Settings(
        style, expand, tuple([fold] if isinstance(fold, str) else fold), direction, labels, annotate, engine
    )
    scene = _whole(d, settings, grad, against)
    scale = points(width) * PT / scene.width if width is not None else 1.0
    if path is None:
        return to_svg(scene, theme, scale)
    target = Path(path)
    ending = target.suffix.lower()
    if ending == ".dot":
        flat = shown(d.closed() if isinstance(d, Optic) else d, style)
        _write(target, to_dot(flat, expand if isinstance(expand, int) else 0))
    elif ending == ".html":
        if isinstance(d, Optic) or grad or against is not None:
            _write(target, to_html([scene], theme=theme))
        else:
            _write(target, _pages(d, settings, theme))
    else:
        _write(target, _print(scene, ending, theme, scale))
    return to_svg(scene, theme, scale)


def equation(*ds: Diagram, signs: str | Sequence[str] = "=", title: str = "", **options: Any) -> Scene:
    """Diagrams on one line with signs between them; the options are those of `layout`."""
    between = [signs] * (len(ds) - 1) if isinstance(signs, str) else list(signs)
    return beside([layout(d, **options) for d in ds], between, title)


def write(scenes: Scene | Sequence[Scene], path: str | os.PathLike[str], theme: str = "screen") -> None:
    """Write a scene made by `layout` or `equation`; several scenes make an HTML page with a slider of
    steps.
    """
    target = Path(path)
    ending = target.suffix.lower()
    if not isinstance(scenes, Scene):
        if ending != ".html":
            raise ValueError(
                f"several steps are written to .html, not to {ending or 'a file without an ending'}"
            )
        _write(target, to_html(scenes, steps=True, theme=theme))
        return
    _write(
        target, to_html([scenes], theme=theme) if ending == ".html" else _print(scenes, ending, theme, 1.0)
    )


@dataclass(frozen=True, slots=True)
class Settings:
    """The options of `layout`."""

    style: str
    expand: int | str | Iterable[str] | None
    fold: tuple[str, ...]
    direction: str | None
    labels: str
    annotate: Iterable[str] = ()
    engine: str = "own"

    def options(self) -> dict[str, Any]:
        """As keywords of `layout`. Any: of different types."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def layout(self, d: Diagram, depth: int | None = None) -> Scene:
        """The scene of `d`, at another depth if one is given."""
        options = self.options()
        return layout(d, **(options if depth is None else {**options, "expand": depth}))


def _whole(d: Diagram | Optic, settings: Settings, grad: bool, against: Diagram | None) -> Scene:
    """The scene that was asked for: of `d`, of both passes, or of two diagrams."""
    options = settings.options()
    if grad or isinstance(d, Optic):
        return _module("lens").lens_scene(d, **options)  # type: ignore[no-any-return]
    if against is not None:
        return _module("diff").diff_scene(d, against, **options)  # type: ignore[no-any-return]
    return settings.layout(d)


def _module(name: str) -> Any:  # Any: a module; these use this one
    return import_module(f"compilers.figure.{name}")


def _pages(d: Diagram, settings: Settings, theme: str) -> str:
    """The HTML page with a figure for each depth of open bodies."""
    scenes = [settings.layout(d, depth) for depth in range(1 + _full_depth(d))]
    return to_html(scenes, min(_fitting_depth(d), len(scenes) - 1), theme=theme)


def _print(scene: Scene, ending: str, theme: str, scale: float) -> str | bytes:
    if ending == ".svg":
        return to_svg(scene, theme, scale)
    if ending in (".png", ".pdf"):
        drawn: bytes = _matplotlib()(scene, ending[1:], theme, scale)
        return drawn
    if ending in (".tikz", ".tex"):
        return to_tikz(scene, theme, scale, document=ending == ".tex")
    raise ValueError(f"cannot draw to {ending or 'a file without an ending'}: use {', '.join(FORMATS)}")


def _matplotlib() -> Any:  # Any: a function of a module that is loaded only here
    """Raises `DiagramError` E0407 if matplotlib is not installed."""
    try:
        return import_module("compilers.figure.to_matplotlib").to_matplotlib
    except ModuleNotFoundError as error:
        if error.name != "matplotlib":
            raise
        install = "pip install diag-lang[figures]; .svg, .tikz, .html and .dot need nothing"
        raise DiagramError(
            Diagnostic("E0407", "matplotlib, which draws .pdf and .png, is not installed", help=install)
        ) from None


def _full_depth(d: Diagram) -> int:
    """How deep bodies are nested, at most 4."""
    depth, level = 0, [d]
    while depth < 4:
        level = [body for one in level for box in one.boxes if len(box.bodies) == 1 for body in box.bodies]
        if not level or sum(len(body.boxes) for body in level) > 5000:
            break
        depth += 1
    return depth


def points(width: str | float) -> float:
    """A width in points."""
    if not isinstance(width, str):
        return float(width)
    for unit, size in (("mm", 72 / 25.4), ("cm", 72 / 2.54), ("in", 72.0), ("pt", 1.0), ("px", 0.75)):
        if width.endswith(unit):
            return float(width[: -len(unit)]) * size
    return float(width)


def put(path: str | os.PathLike[str], what: Scene | str, theme: str = "screen", scale: float = 1.0) -> None:
    """Write a text, or a scene in the format of the file's ending. Raises `ValueError`, `OSError`."""
    target = Path(path)
    _write(target, what if isinstance(what, str) else _print(what, target.suffix.lower(), theme, scale))


def _write(target: Path, content: str | bytes) -> None:
    """Write under a temporary name beside the target, then rename."""
    draft = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        draft.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
        os.replace(draft, target)
    finally:
        draft.unlink(missing_ok=True)
