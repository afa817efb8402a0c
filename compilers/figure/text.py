"""How wide text is, and how a label becomes runs: plain text, or a small TeX between dollars.

Widths come from a table of DejaVu Sans, a wide face: what is drawn in a narrower one leaves slack, never
overflows.
"""

from __future__ import annotations

import json
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

EM = 2048
_WIDE = 2600
ASCENT, DESCENT = 0.78, 0.24
"""Height above and depth below the baseline, of text set in one em."""


@dataclass(frozen=True, slots=True)
class Run:
    """A piece of one line in one size and face: `x` from the line's start, `rise` above the baseline."""

    text: str
    x: int
    rise: int
    size: int
    bold: bool = False
    italic: bool = False
    bar: bool = False


Curve = tuple[tuple[int, int], tuple[tuple[int, ...], ...]]
"""A closed outline: where it begins, and its lines and cubics as in a scene."""


@dataclass(frozen=True, slots=True)
class Line:
    """Runs beside each other, with the extent they need. `source` is the label as it was written, `outline`
    what is drawn instead of the runs, from the start of the line on its base.
    """

    runs: tuple[Run, ...]
    width: int
    ascent: int
    descent: int
    source: str = ""
    outline: tuple[Curve, ...] = ()

    @property
    def text(self) -> str:
        """The characters alone."""
        return "".join(run.text for run in self.runs)


@cache
def _table(face: str) -> dict[int, int]:
    runs = json.loads(Path(__file__).with_name("advances.json").read_text(encoding="ascii"))[face]
    return {first + k: w for first, *widths in runs for k, w in enumerate(widths)}


@lru_cache(maxsize=8192)
def advance(text: str, size: int, bold: bool = False) -> int:
    """The width of `text` in the unit of `size` (one em), rounded up.

    >>> advance("WW", 1000) > advance("ii", 1000)
    True
    """
    table = _table("bold" if bold else "regular")
    plain = _table("regular")
    total = 0
    for char in text:
        code = ord(char)
        if unicodedata.combining(char):
            continue
        total += table.get(code) or plain.get(code, _WIDE)
    return -(-total * size // EM)


def clean(text: str) -> str:
    """Text that every format can hold: control characters, lone surrogates and line ends are replaced."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_visible(c) for c in text)


def _visible(char: str) -> str:
    kind = unicodedata.category(char)
    if kind in ("Cc", "Zl", "Zp"):
        return " " if char in "\t\n\r\u2028\u2029" else "\ufffd"
    if kind == "Cs" or char in "\ufffe\uffff" or "\u202a" <= char <= "\u202e" or "\u2066" <= char <= "\u2069":
        return "\ufffd"
    return char


def shorten(text: str, size: int, limit: int, bold: bool = False) -> str:
    """The text, cut with an ellipsis if it is wider than `limit`."""
    if advance(text, size, bold) <= limit:
        return text
    low, high = 0, len(text)
    while low < high:
        mid = (low + high + 1) // 2
        if advance(text[:mid] + "…", size, bold) <= limit:
            low = mid
        else:
            high = mid - 1
    return text[:low].rstrip() + "…"


@lru_cache(maxsize=4096)
def line(text: str, size: int, bold: bool = False, italic: bool = False, limit: int = 0) -> Line:
    """Set a label on one line; `$...$` is TeX. `limit` is the largest width, 0 for none."""
    text = clean(text)
    if text.count("$") >= 2:
        from compilers.figure.tex import formula

        return formula(text, size, bold, italic)
    shown = shorten(text, size, limit, bold) if limit else text
    if not shown.strip():
        return Line((), 0, int(ASCENT * size), int(DESCENT * size), text)
    run = Run(shown, 0, 0, size, bold, italic)
    return Line((run,), advance(shown, size, bold), int(ASCENT * size), int(DESCENT * size), text)


def beside(*parts: Line, source: str = "") -> Line:
    """Lines set one after the other as one."""
    runs: list[Run] = []
    at = 0
    for part in parts:
        runs += [Run(r.text, r.x + at, r.rise, r.size, r.bold, r.italic, r.bar) for r in part.runs]
        at += part.width
    up = max((p.ascent for p in parts), default=0)
    down = max((p.descent for p in parts), default=0)
    return Line(tuple(runs), at, up, down, source or "".join(p.source for p in parts))
