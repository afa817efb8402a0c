"""A curve of losses as SVG text, without any library: the steps faintly, the means of the epochs on top."""

from __future__ import annotations

import math
from collections.abc import Sequence
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 640, 400
LEFT, RIGHT, TOP, BOTTOM = 64, 16, 36, 48
STEP, EPOCH, TEST, GRID = "#9ecae1", "#08519c", "#a63603", "#d9d9d9"


def curve(
    losses: Sequence[float], epochs: Sequence[float], tests: Sequence[float] = (), title: str = "loss"
) -> str:
    """The picture of a training: `losses` of all steps, means of `epochs`, and `tests` on held-out data."""
    high = _nice(max((v for v in (*losses, *epochs, *tests) if math.isfinite(v)), default=1.0))
    count = max(len(epochs), 1)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" '
        f'viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        f'<text x="{LEFT}" y="22" font-size="14">{escape(title)}</text>',
    ]
    for k in range(6):
        y = _y(high * k / 5, high)
        lines.append(f'<line x1="{LEFT}" y1="{y:.1f}" x2="{WIDTH - RIGHT}" y2="{y:.1f}" stroke="{GRID}"/>')
        lines.append(f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{high * k / 5:g}</text>')
    for n in range(0, count + 1, max(1, math.ceil(count / 10))):
        x = _x(n, count)
        lines.append(f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{n}</text>')
    middle = (LEFT + WIDTH - RIGHT) / 2
    lines.append(f'<text x="{middle:.1f}" y="{HEIGHT - 10}" text-anchor="middle">epochs</text>')
    per = max(len(losses) / count, 1)
    lines.append(_line([((k + 1) / per, v) for k, v in enumerate(losses)], count, high, STEP, 1))
    lines.append(_line([(k + 1, v) for k, v in enumerate(epochs)], count, high, EPOCH, 2))
    lines.append(_line([(k + 1, v) for k, v in enumerate(tests)], count, high, TEST, 2))
    names = [("step", STEP), ("epoch", EPOCH), *([("held out", TEST)] if tests else [])]
    for k, (name, colour) in enumerate(names):
        x = WIDTH - RIGHT - 84 * (len(names) - k)
        lines.append(f'<line x1="{x}" y1="18" x2="{x + 18}" y2="18" stroke="{colour}" stroke-width="2"/>')
        lines.append(f'<text x="{x + 23}" y="22">{name}</text>')
    return "\n".join((*filter(None, lines), "</svg>", ""))


def _x(epoch: float, count: int) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * epoch / count


def _y(value: float, high: float) -> float:
    return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * min(max(value / high, 0.0), 1.0)


def _line(points: Sequence[tuple[float, float]], count: int, high: float, colour: str, width: int) -> str:
    shown = [f"{_x(x, count):.1f},{_y(v, high):.1f}" for x, v in points if math.isfinite(v)]
    if not shown:
        return ""
    points_text = " ".join(shown)
    return f'<polyline points="{points_text}" fill="none" stroke="{colour}" stroke-width="{width}"/>'


def _nice(value: float) -> float:
    """The next 1, 2 or 5 times a power of ten.

    >>> _nice(2.3), _nice(0.07), _nice(0.5)
    (5.0, 0.1, 0.5)
    """
    if value <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(float(f"{power * step:g}") for step in (1, 2, 5, 10) if power * step >= value * (1 - 1e-12))
