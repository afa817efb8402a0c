"""Minima by descent, with derivatives inside what is differentiated: the particle and the saddle.

A function is called by two letters, how the outer and the inner derivative are taken: `f` forward, `r`
reverse.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.gradbench.work import Compiled, Work, definition, gradient, primal, real
from diagram.derivative import jvp
from diagram.sharing import select

MODES = ("rr", "rf", "fr", "ff")
ENOUGH = 1e-5
"""How small a step or a slope ends a descent."""
STEPS = 60
"""Of the inner ascent of the saddle, each of which takes a fifth of the way away: 0.8**60 is 2e-6."""
Vector = NDArray[np.float64]


def lowest(f: Callable[[Vector], float], slope: Callable[[Vector], Vector], x: Vector) -> Vector:
    """Where a descent from x ends: the step doubles after ten that went down, and halves after one that did
    not.
    """
    value, down, step, good = f(x), slope(x), 1e-5, 0
    while float(np.linalg.norm(down)) > ENOUGH:
        if good == 10:
            step, good = step * 2, 0
        new = x - step * down
        if float(np.linalg.norm(new - x)) <= ENOUGH:
            break
        there = f(new)
        if there < value:
            x, value, down, good = new, there, slope(new), good + 1
        else:
            step, good = step / 2, 0
    return x


@cache
def _forward(name: str, title: str, wrt: tuple[str, ...], steps: int) -> Compiled:
    d = select(definition(name, title, (("s", steps),)), [0])
    return jvp(d, wrt).compile("numpy")  # type: ignore[no-any-return]


def _slopes(mode: str, name: str, title: str, wrt: tuple[str, ...], steps: int) -> Callable[..., Vector]:
    """The gradient in some numbers, forward or reverse."""
    if mode == "r":
        back = gradient(name, wrt, title, (("s", steps),))
        return lambda *at: np.array(back(*at)[1:])
    along = _forward(name, title, wrt, steps)
    return lambda *at: np.array([along(*at, *unit)[1] for unit in np.eye(len(wrt))])


def particle(modes: str, given: Any) -> Work:
    """The control with which the particle comes down at the origin."""
    title = f"landing_{modes[1]}"
    flown: dict[float, tuple[float, int]] = {}

    def flight(w: float) -> tuple[float, int]:
        """The miss, and the number of steps, a power of two, in which the particle is down."""
        steps = 256
        while w not in flown:
            miss, down = primal("particle", title, (("s", steps),))(w)
            if down:
                flown[w] = float(miss), steps
            steps *= 2
        return flown[w]

    def slope(w: Vector) -> Vector:
        steps = flight(float(w[0]))[1]
        return _slopes(modes[0], "particle", title, ("w",), steps)(w[0])

    def run() -> Vector:
        flown.clear()
        return lowest(lambda w: flight(float(w[0]))[0], slope, start)

    start = real([given["w"]])
    slope(start)  # it is compiled before the time is taken
    return Work(run, lambda w: float(w[0]))


def saddle(modes: str, given: Any) -> Work:
    """x where the greatest value over y is least, and that y."""
    start, inner = real(given["start"]), modes[1]
    top = primal("saddle", f"top_{inner}", (("s", STEPS),))
    best = primal("saddle", f"highest_{inner}", (("s", STEPS),))
    slopes = _slopes(modes[0], "saddle", f"top_{inner}", ("x1", "y1"), STEPS)

    def run() -> Vector:
        x = lowest(lambda x: float(top(*x, *start)), lambda x: slopes(*x, *start), start)
        return np.array([*x, *best(*x, *start)])

    return Work(run, lambda a: a.tolist())
