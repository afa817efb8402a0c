"""How large diagrams, sizes and whole numbers may become, before they are computed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

most_boxes: ContextVar[int] = ContextVar("most_boxes", default=1_000_000)
"""The most boxes that a definition may stand for; `--max-boxes` says another number."""
MOST_TERMS = 1000
MOST_BITS = 1 << 16
"""What a product of sizes may have: two lines of text can ask for more than a memory holds."""


@contextmanager
def at_most(boxes: int | None) -> Iterator[None]:
    """Another limit of boxes for a while; None leaves it."""
    before = most_boxes.set(most_boxes.get() if boxes is None else boxes)
    try:
        yield
    finally:
        most_boxes.reset(before)


def most_unfolded() -> int:
    """The most boxes of calls and loops taken apart to be compared, differentiated or written as a program:
    work for seconds, where counting takes none."""
    return most_boxes.get() // 5


def times(a: int, b: int) -> int:
    """Their product. Raises `OverflowError` beyond `MOST_BITS`."""
    if a.bit_length() + b.bit_length() > MOST_BITS:
        raise OverflowError(f"a number of {a.bit_length() + b.bit_length()} bits")
    return a * b
