"""`figure` items drawn: a diagram, an equation, or the steps of a proof, with the styles of the file.

What is given when drawing overrules the item, which overrules its styles.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

from compilers.figure.abreast import strip
from compilers.figure.drawing import layout, points, put, shown
from compilers.figure.frame import captioned
from compilers.figure.lens import lens_scene
from compilers.figure.scene import PT, Scene
from compilers.figure.sheet import BASE_SIZE, Sheet, StyleLike, quantity
from compilers.figure.to_dot import to_dot
from compilers.figure.to_html import to_html
from compilers.figure.to_motion import to_motion
from compilers.figure.to_svg import to_svg
from diagram.hypergraph import Diagram
from diagram.optic import Optic

LOOPS = ("repeat", "scan", "trace")


class FigureLike(Protocol):
    """A `figure` item as the language has it."""

    @property
    def name(self) -> str:
        """Its name."""
        ...

    @property
    def kind(self) -> str:
        """`diagram`, `equation` or `steps`."""
        ...

    @property
    def diagrams(self) -> tuple[Diagram | Optic, ...]:
        """What is drawn."""
        ...

    @property
    def options(self) -> Mapping[str, Any]:
        """What stands after `with`."""
        ...

    @property
    def cascade(self) -> tuple[StyleLike, ...]:
        """Its styles, the most special first."""
        ...

    def value(self, key: str) -> Any:
        """An option, else what the styles say."""
        ...

    def render_options(self) -> dict[str, object]:
        """Style, direction, theme and the like."""
        ...


def scenes(item: FigureLike, step: int | None = None, **over: Any) -> list[Scene]:
    """The scene of each diagram of an item, or of its step of this number, counted from 1. `over` are
    options of `layout` that overrule it. Raises `ValueError` if there is no such step.
    """
    count = len(item.diagrams)
    if step is not None and not 1 <= step <= count:
        raise ValueError(f"`{item.name}` has {count} step{'s' * (count != 1)}, there is no step {step}")
    sheet = Sheet.of(item.cascade)
    given = {key: value for key, value in over.items() if value is not None}
    options: dict[str, Any] = {"sheet": sheet}
    wanted = item.render_options()
    for key in ("style", "direction", "expand"):
        if wanted.get(key) is not None:
            options[key] = wanted[key]
    if item.value("labels") is not None:
        options["labels"] = str(item.value("labels"))
    options["annotate"] = _words(item.value("annotate"))
    options["fold"] = _folded(_passes(item), _words(item.value("fold")))
    options |= given
    if options.get("style") == "circuit" and "direction" not in given:
        options.pop("direction", None)
    chosen = item.diagrams if step is None else item.diagrams[step - 1 : step]
    drawn = [lens_scene(d, **options) if isinstance(d, Optic) else layout(d, **options) for d in chosen]
    title = item.value("title")
    return [replace(s, title=str(title)) for s in drawn] if title else drawn


def scene_of(item: FigureLike, step: int | None = None, **over: Any) -> Scene:
    """The whole item, or one step of it, as one scene, with its caption."""
    drawn = scenes(item, step, **over)
    sign = item.value("sign") or ("=" if item.kind != "steps" else "⇒")
    whole = drawn[0] if len(drawn) == 1 else strip(drawn, str(sign), item.name)
    caption = item.value("caption")
    return captioned(whole, str(caption)) if caption else whole


def scale_of(item: FigureLike, scene: Scene, width: str | float | None = None) -> float:
    """How much larger than it is laid out a figure is printed."""
    wide = width if width is not None else item.value("width")
    if wide is not None:
        return points(wide) * PT / scene.width
    if item.value("height") is not None:
        return points(item.value("height")) * PT / scene.height
    size, factor = quantity(item.value("font_size")), item.value("scale")
    return (size / PT / BASE_SIZE if size else 1.0) * (float(factor) if factor is not None else 1.0)


def draw_item(
    item: FigureLike,
    path: str | os.PathLike[str] | None = None,
    *,
    theme: str | None = None,
    width: str | float | None = None,
    animate: bool = False,
    step: int | None = None,
    **over: Any,
) -> str:
    """Draw a `figure` item. Returns the SVG text; with a path also writes the format of its ending.

    An item with several diagrams becomes a page with steps in HTML, and with `animate` an SVG that shows one
    after the other. Raises `ValueError`, `OSError`, `DiagramError` as `render` does.
    """
    scene = scene_of(item, step, **over)
    theme = theme or str(item.value("theme") or "screen")
    scale = scale_of(item, scene, width)
    ending = Path(path).suffix.lower() if path is not None else ""
    several = len(item.diagrams) > 1 and step is None
    text = to_svg(scene, theme, scale)
    if animate and several:
        text = to_motion(scenes(item, **over), theme, scale)
    if path is None:
        return text
    if ending == ".html":
        put(path, to_html(scenes(item, **over) if several else [scene], steps=several, theme=theme))
    elif ending == ".svg":
        put(path, text)
    elif ending == ".dot":
        put(path, "\n".join(to_dot(shown(d)) for d in _passes(item, step)))
    else:
        put(path, scene, theme, scale)
    return text


def _passes(item: FigureLike, step: int | None = None) -> list[Diagram]:
    """The diagrams of an item, or of one step of it; of optics both passes."""
    chosen = item.diagrams if step is None else item.diagrams[step - 1 : step]
    both = [(d.forward, d.backward) if isinstance(d, Optic) else (d,) for d in chosen]
    return [d for one in both for d in one]


def _words(value: object) -> tuple[str, ...]:
    if value is None:
        return ()
    return tuple(map(str, value)) if isinstance(value, tuple) else (str(value),)


def _folded(diagrams: Iterable[Diagram], words: tuple[str, ...]) -> tuple[str, ...]:
    """Names of bodies that stay closed; `loops` are all that are repeated."""
    if "loops" not in words:
        return words
    found = dict.fromkeys(words)
    todo = list(diagrams)
    while todo:
        d = todo.pop()
        for box in d.boxes:
            if box.op.name in LOOPS:
                found[box.mark.name if box.mark and box.mark.name else box.bodies[0].name] = None
            todo += box.bodies
    return tuple(found)
