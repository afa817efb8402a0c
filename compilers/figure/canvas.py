"""A large scene as data that a page draws on a canvas: paths, words, and what to tell about boxes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from compilers.figure.curves import KAPPA
from compilers.figure.scene import PT, Circle, Look, Path, Rect, Scene, Shape, outlines
from compilers.figure.theme import resolve
from compilers.figure.to_svg import path_text


def drawing(scene: Scene, theme: str) -> str:
    """The scene as JSON, safe inside a script element; colours for light and for dark readers."""
    colours: dict[tuple[str, str], int] = {}

    def colour(name: str, what: str) -> int:
        return colours.setdefault((name, what), len(colours)) if name else -1

    groups: dict[tuple[int, Look], list[str]] = {}
    for layer, shape in _layers(scene):
        groups.setdefault((layer, shape.look), []).append(outline(shape))
    for label in scene.texts():
        groups.setdefault((6, Look(label.ink)), []).extend(path_text(one) for one in outlines(label))
    paths = [
        [colour(look.fill, "fill"), colour(look.stroke, "stroke"), look.width / PT,
         [d / PT for d in look.dash], "".join(texts)]
        for (_, look), texts in sorted(groups.items(), key=lambda item: item[0][0])
    ]  # fmt: skip
    words = [
        [round((label.left + run.x) / PT, 2), round((label.y - run.rise) / PT, 2), round(run.size / PT, 2),
         ("bold " * run.bold + "italic " * run.italic).strip(), colour(label.ink, "fill"), run.text]
        for label in scene.texts() if not label.line.outline for run in label.line.runs
    ]  # fmt: skip
    tips = [[*(round(v / PT, 1) for v in glyph.bounds), glyph.tip] for glyph in scene.glyphs if glyph.tip]
    dark = "dark" if theme in ("screen", "slides", "dark") else theme
    found: dict[str, Any] = {
        "width": scene.width / PT, "height": scene.height / PT, "paths": paths, "words": words, "tips": tips,
        "light": [resolve(*one, theme) for one in colours], "dark": [resolve(*one, dark) for one in colours],
        "paper": [resolve("paper", "fill", theme), resolve("paper", "fill", dark)],
    }  # fmt: skip
    return json.dumps(found, ensure_ascii=True, separators=(",", ":")).replace("<", "\\u003c")


def _layers(scene: Scene) -> Iterator[tuple[int, Shape]]:
    """Every shape with its layer, back to front."""
    yield from ((0, shape) for shape in scene.backdrop)
    yield from ((1, shape) for glyph in scene.glyphs if glyph.region for shape in glyph.shapes)
    yield from ((2, shape) for shape in scene.marks)
    yield from ((3, strand.path) for strand in scene.strands)
    yield from ((4, shape) for junction in scene.junctions for shape in junction.shapes)
    yield from ((5, shape) for glyph in scene.glyphs if not glyph.region for shape in glyph.shapes)


def outline(shape: Shape) -> str:
    """The data of a path of any shape."""
    if isinstance(shape, Path):
        return path_text(shape)
    if isinstance(shape, Circle):
        left, top, side, r = shape.x - shape.r, shape.y - shape.r, 2 * shape.r, shape.r
        return path_text(_rounded(Rect(left, top, side, side, shape.look, r)))
    return path_text(_rounded(shape))


def _rounded(rect: Rect) -> Path:
    """A rectangle with its corners as curves."""
    left, top, right, bottom = rect.x, rect.y, rect.x + rect.w, rect.y + rect.h
    r = min(rect.radius, rect.w // 2, rect.h // 2)
    if not r:
        return Path((left, top), ((right, top), (right, bottom), (left, bottom)), rect.look, True)
    k = r - r * KAPPA // 10000
    steps = (
        (right - r, top), (right - k, top, right, top + k, right, top + r),
        (right, bottom - r), (right, bottom - k, right - k, bottom, right - r, bottom),
        (left + r, bottom), (left + k, bottom, left, bottom - k, left, bottom - r),
        (left, top + r), (left, top + k, left + k, top, left + r, top),
    )  # fmt: skip
    return Path((left + r, top), steps, rect.look, True)
