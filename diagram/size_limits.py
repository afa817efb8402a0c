"""How large sizes and whole numbers may become, before they are computed."""

from __future__ import annotations

MOST_TERMS = 1000
MOST_BITS = 1 << 16
"""What a product of sizes may have: two lines of text can ask for more than a memory holds."""


def times(a: int, b: int) -> int:
    """Their product. Raises `OverflowError` beyond `MOST_BITS`."""
    if a.bit_length() + b.bit_length() > MOST_BITS:
        raise OverflowError(f"a number of {a.bit_length() + b.bit_length()} bits")
    return a * b
