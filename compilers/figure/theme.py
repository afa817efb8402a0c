"""What the names of colours mean in each theme. Ink on paper has a contrast of at least 4.5:1, lines 3:1."""

from __future__ import annotations

PRINT = {
    "ink": "#000000", "muted": "#4a4a4a", "line": "#000000", "paper": "#ffffff", "box": "#ffffff",
    "chip": "#e8eeeb", "tint0": "#dce9f5", "tint1": "#ddf1e8", "tint2": "#fbebd0", "tint3": "#f3e3ec",
    "edge": "#7a8793", "mark": "#0072b2", "alert": "#d55e00", "white": "#ffffff", "black": "#000000",
    "softmax": "#cce7cf", "band": "#ececec", "shade": "#000000",
}  # fmt: skip
DARK = {
    "ink": "#dedede", "muted": "#b0b0b0", "line": "#dedede", "paper": "#1e1e1e", "box": "#303030",
    "chip": "#33413b", "tint0": "#223140", "tint1": "#213a30", "tint2": "#40351f", "tint3": "#3d2a35",
    "edge": "#8a949e", "mark": "#56b4e9", "alert": "#ff9248", "white": "#ffffff", "black": "#000000",
    "softmax": "#2a4230", "band": "#353535", "shade": "#000000",
}  # fmt: skip
THEMES = {"print": PRINT, "screen": PRINT, "dark": DARK, "slides": PRINT}
"""Each theme's colours. `screen` and `slides` follow the reader's dark mode in SVG and HTML."""
TINTS = ("tint0", "tint1", "tint2", "tint3")
FONT = "DejaVu Sans, Verdana, sans-serif"


def resolve(name: str, what: str, theme: str) -> str:
    """The colour that a name means; a colour of the text's own is made fit for a dark ground.

    >>> resolve("ink", "fill", "print"), resolve("#C5BEDF", "fill", "screen")
    ('#000000', '#C5BEDF')
    """
    known = THEMES[theme].get(name)
    if known is not None:
        return known
    return darkened(name, what) if theme == "dark" else name


def darkened(code: str, what: str) -> str:
    """A fill so dark that light text stands out on it, a line so light that it stands out on the ground."""
    parts = parts_of(code)
    if parts is None:
        return code
    if what == "fill":
        while luminance(parts) > 0.075:
            parts = [v * 0.92 for v in parts]
    else:
        while luminance(parts) < 0.2:
            parts = [v + (1 - v) * 0.08 for v in parts]
    return "#" + "".join(f"{round(v * 255):02x}" for v in parts)


def parts_of(code: str) -> list[float] | None:
    """Red, green and blue of a colour like `#1e1e1e`, between 0 and 1."""
    digits = code.removeprefix("#")
    if code == digits or len(digits) not in (3, 6):
        return None
    step = len(digits) // 3
    return [int(digits[k : k + step] * (3 - step), 16) / 255 for k in range(0, len(digits), step)]


def luminance(parts: list[float]) -> float:
    """How light a colour is, between 0 and 1, as WCAG counts."""
    red, green, blue = (v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in parts)
    return float(0.2126 * red + 0.7152 * green + 0.0722 * blue)


def contrast(ink: str, ground: str) -> float:
    """How much two colours differ, from 1 to 21.

    >>> round(contrast("#000000", "#ffffff"))
    21
    """
    a, b = (luminance(parts_of(code) or [0.0, 0.0, 0.0]) for code in (ink, ground))
    return (max(a, b) + 0.05) / (min(a, b) + 0.05)
