"""Figures as one HTML file that needs nothing else: zoom, pan, hover for types, click to fold, depths or
steps.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from compilers.figure.canvas import drawing
from compilers.figure.scene import Scene
from compilers.figure.to_svg import escape, to_svg

LIMIT = 5000
"""A depth with more drawn elements than this is left out; if it is the least one, it is drawn on a canvas."""
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:"


def to_html(scenes: Sequence[Scene], first: int = 0, steps: bool = False, theme: str = "screen") -> str:
    """A page showing one of `scenes` at a time: depths of open bodies, or the steps of a rewriting."""
    kept = [scene for k, scene in enumerate(scenes) if k == 0 or elements(scene) <= LIMIT]
    first = min(first, len(kept) - 1)
    title = escape(kept[0].title)
    sections = "\n".join(
        f"<section{'' if k == first else ' hidden'}>{_figure(scene, theme)}</section>"
        for k, scene in enumerate(kept)
    )
    here = Path(__file__)
    style, script = (here.with_name(name).read_text(encoding="utf-8") for name in ("page.css", "page.js"))
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{_POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>{title}</title>
<style>
{style}</style>
</head>
<body>
<header><h1>{title}</h1>{_controls(kept, steps)}
<button id="out" aria-label="smaller">−</button><button id="in" aria-label="larger">+</button>
<button id="fit">fit</button></header>
<div id="stage" data-first="{first}">
{sections}
</div>
<div id="tip" hidden></div>
<script>
{script}</script>
</body>
</html>
"""


def _figure(scene: Scene, theme: str) -> str:
    """The SVG of a scene, or a canvas with its data if it is large."""
    if elements(scene) <= LIMIT:
        return to_svg(scene, theme, owned=True)
    name = escape(f"{scene.title}: {scene.desc}")
    return (
        f'<canvas role="img" aria-label="{name}"></canvas>'
        f'<script type="application/json">{drawing(scene, theme)}</script>'
    )


def _controls(scenes: Sequence[Scene], steps: bool) -> str:
    if len(scenes) < 2:
        return ""
    if steps:
        return f'<label>step <input id="step" type="range" min="0" max="{len(scenes) - 1}" value="0"></label>'
    return "".join(f'<button data-view="{k}">depth {k}</button>' for k in range(len(scenes)))


def elements(scene: Scene) -> int:
    """How many things a scene draws."""
    return len(scene.glyphs) * 2 + len(scene.strands) + len(scene.labels) + len(scene.junctions)
