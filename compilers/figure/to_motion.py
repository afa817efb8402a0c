"""Several scenes as one SVG that shows them one after the other, without a script."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from compilers.figure.abreast import shifted
from compilers.figure.scene import Scene
from compilers.figure.to_svg import to_svg

SECONDS = 2
"""How long each scene is shown."""


def to_motion(scenes: Sequence[Scene], theme: str = "screen", scale: float = 1.0) -> str:
    """The SVG document; where nothing moves, on paper, it is the first scene."""
    width, height = max(s.width for s in scenes), max(s.height for s in scenes)
    parts: list[str] = []
    head = ""
    for k, scene in enumerate(scenes):
        centred = shifted(scene, (width - scene.width) // 2, (height - scene.height) // 2, f"e{k}/")
        text = to_svg(replace(centred, width=width, height=height), theme, scale)
        opening, rest = text.split("</desc>\n", 1)
        head = head or opening + "</desc>\n"
        times = ";".join(f"{n / len(scenes):.4g}" for n in range(len(scenes)))
        shown = ";".join("visible" if n == k else "hidden" for n in range(len(scenes)))
        move = (
            f'<animate attributeName="visibility" calcMode="discrete" dur="{SECONDS * len(scenes)}s" '
            f'repeatCount="indefinite" keyTimes="{times}" values="{shown}"/>'
        )
        state = "visible" if k == 0 else "hidden"
        body = rest.removesuffix("</svg>\n")
        parts.append(f'<g visibility="{state}">{move}\n{body}</g>\n')
    return head + "".join(parts) + "</svg>\n"
