"""Formulas that letters on one line cannot show, with fractions, roots, hats: outlines that matplotlib sets.

Imported only for a label that needs it.
"""

from __future__ import annotations

from functools import lru_cache

from compilers.figure.scene import PT
from compilers.figure.text import Curve, Line, Run

_MOVE, _LINE, _QUADRATIC, _CUBIC, _CLOSE = 1, 2, 3, 4, 79


@lru_cache(maxsize=1024)
def outlined(text: str, size: int, plain: Line) -> Line:
    """The label with the outlines of its formulas; `plain`, if matplotlib is absent or cannot read it."""
    try:
        from matplotlib.font_manager import FontProperties
        from matplotlib.textpath import TextPath

        path = TextPath((0, 0), text, size=size / PT, prop=FontProperties(family="DejaVu Sans"))
    except (ImportError, ValueError, RuntimeError):
        return plain
    if not len(path.vertices):
        return plain
    curves = _curves([(_units(x), -_units(y)) for x, y in path.vertices], list(path.codes))
    xs, ys = ([int(v[k]) for v in path.vertices * PT] for k in (0, 1))
    run = Run(text, 0, 0, size)
    ascent, descent = max(plain.ascent, max(ys) + PT // 2), max(plain.descent, PT // 2 - min(ys))
    return Line((run,), max(xs) + PT // 2, ascent, descent, text, curves)


def _units(value: float) -> int:
    return round(value * PT)


def _curves(points: list[tuple[int, int]], codes: list[int]) -> tuple[Curve, ...]:
    """Closed outlines of lines and cubics."""
    found: list[Curve] = []
    start, at, k = (0, 0), (0, 0), 0
    steps: list[tuple[int, ...]] = []
    while k < len(points):
        code = int(codes[k])
        if code in (_MOVE, _CLOSE):
            if steps:
                found.append((start, tuple(steps)))
            start, steps = points[k], []
            at, k = (start if code == _MOVE else at), k + 1
        elif code == _LINE:
            at, k = points[k], k + 1
            steps.append(at)
        elif code == _QUADRATIC:
            (cx, cy), end = points[k], points[k + 1]
            first = (at[0] + 2 * (cx - at[0]) // 3, at[1] + 2 * (cy - at[1]) // 3)
            second = (end[0] + 2 * (cx - end[0]) // 3, end[1] + 2 * (cy - end[1]) // 3)
            steps.append((*first, *second, *end))
            at, k = end, k + 2
        else:
            steps.append((*points[k], *points[k + 1], *points[k + 2]))
            at, k = points[k + 2], k + 3
    if steps:
        found.append((start, tuple(steps)))
    return tuple(found)
