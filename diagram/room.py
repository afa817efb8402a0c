"""Room for large values. On the stack: bodies nest in bodies as deep as static recursion may go, and trials
of `diagram.canon` as deep as there are symmetries; deeper than Python allows at first. And from the
collector, while values without cycles are made.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager

FRAMES = 100_000
"""Enough for the deepest recursion (1 000) of definitions that nest 200 levels of brackets."""


@contextmanager
def room() -> Iterator[None]:
    """Raise Python's recursion limit inside, and put it back."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, FRAMES))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)


@contextmanager
def undisturbed() -> Iterator[None]:
    """No search for cycles inside: where 100 000 boxes are made that have none, it takes 4 tenths of the
    time.
    """
    before = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if before:
            gc.enable()
