"""What a measurement is: our way and the peers' ways of doing one thing, in CPU time, side by side."""

from __future__ import annotations

import gc
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from resource import RUSAGE_CHILDREN, RUSAGE_SELF, getrusage
from statistics import median

Work = Callable[[], object]
Setup = Callable[[], Work]
"""Prepares once (imports, inputs) and returns the work to time."""


@dataclass(frozen=True, slots=True)
class Case:
    """One row: `ours` against `peers`, and `bar`, the CPU seconds that ours must stay under."""

    name: str
    ours: Setup
    peers: Mapping[str, Setup] = field(default_factory=dict)
    bar: float | None = None


def clock() -> float:
    """CPU seconds of this process and of the processes that it has started and seen end."""
    return sum(used.ru_utime + used.ru_stime for used in map(getrusage, (RUSAGE_SELF, RUSAGE_CHILDREN)))


def seconds(setup: Setup, budget: float = 3.0, most: int = 15) -> float:
    """Median CPU seconds of the work, warmed up once; fewer repetitions where it is slow."""
    work = setup()
    start = clock()
    work()
    first = clock() - start
    times = []
    gc.collect()
    for _ in range(max(1, min(most, int(budget / max(first, 1e-6))))):
        start = clock()
        work()
        times.append(clock() - start)
    return median(times)


def shown(time: float) -> str:
    """`12.3 ms`.

    >>> shown(0.0123), shown(12.3)
    ('12.3 ms', '12.3 s')
    """
    for unit, scale in (("s", 1.0), ("ms", 1e3), ("us", 1e6)):
        if time * scale >= 1:
            return f"{time * scale:.3g} {unit}"
    return f"{time * 1e9:.3g} ns"
