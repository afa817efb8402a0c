"""What the names of colours mean in each theme. Ink on paper has a contrast of at least 4.5:1, lines 3:1."""

from __future__ import annotations

PRINT = {
    "ink": "#000000", "muted": "#4a4a4a", "line": "#000000", "paper": "#ffffff", "box": "#ffffff",
    "chip": "#e8eeeb", "tint0": "#dce9f5", "tint1": "#ddf1e8", "tint2": "#fbebd0", "tint3": "#f3e3ec",
    "edge": "#7a8793", "mark": "#0072b2", "alert": "#d55e00", "white": "#ffffff", "black": "#000000",
    "softmax": "#cce7cf",
}  # fmt: skip
DARK = {
    "ink": "#dedede", "muted": "#b0b0b0", "line": "#dedede", "paper": "#1e1e1e", "box": "#303030",
    "chip": "#33413b", "tint0": "#223140", "tint1": "#213a30", "tint2": "#40351f", "tint3": "#3d2a35",
    "edge": "#8a949e", "mark": "#56b4e9", "alert": "#ff9248", "white": "#ffffff", "black": "#000000",
    "softmax": "#2a4230",
}  # fmt: skip
THEMES = {"print": PRINT, "screen": PRINT, "dark": DARK, "slides": PRINT}
"""Each theme's colours. `screen` and `slides` follow the reader's dark mode in SVG and HTML."""
TINTS = ("tint0", "tint1", "tint2", "tint3")
FONT = "DejaVu Sans, Verdana, sans-serif"
