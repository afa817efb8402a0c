"""Figures: a diagram becomes a scene of plain shapes, and printers write it.

`render`, `layout`, `metrics`, `rebuild`, `equation`, `write`; `draw_item`, `scene_of` for `figure` items.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_HOME = {
    "render": "compilers.figure.drawing", "layout": "compilers.figure.drawing",
    "metrics": "compilers.figure.quality", "rebuild": "compilers.figure.reading",
    "equation": "compilers.figure.drawing", "write": "compilers.figure.drawing",
    "draw_item": "compilers.figure.items", "scene_of": "compilers.figure.items",
    "Scene": "compilers.figure.scene",
}  # fmt: skip
__all__ = list(_HOME)


def __getattr__(name: str) -> Any:
    """Public names, loaded when first used."""
    if name not in _HOME:
        raise AttributeError(f"module 'compilers.figure' has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)
