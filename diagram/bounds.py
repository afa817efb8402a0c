"""What can be proved about sizes: lower bounds, divisors near a number."""

from __future__ import annotations

from collections.abc import Callable

from diagram.quotient import Quotient
from diagram.sizes import Size, symbol


def common_divisors(size: int, near: int, count: int = 2) -> list[int]:
    """Divisors of `size` nearest to `near`, ascending: what an error about a remainder offers."""
    divisors = [d for d in range(1, min(size, 1 << 16) + 1) if size % d == 0]
    return sorted(sorted(divisors, key=lambda d: abs(d - near))[:count])


def at_least(size: Size, bound: int, lower: Callable[[str], int] = lambda name: 1) -> bool:
    """True if `size >= bound` can be proved from `symbol >= lower(symbol)` (by default every axis is at
    least 1).

    Sound, not complete: a polynomial is shifted to the lower bounds of its symbols; if no negative
    coefficient is left, the constant term is the minimum.
    """
    shifted = size
    for name in sorted(size.symbols):
        shifted = shifted.subs({name: symbol(name) + lower(name)})
    total = 0
    for mono, c in shifted.terms:
        if not mono:
            total += c
        elif c < 0 or not all(isinstance(a, str) or _nonnegative(a) for a, _ in mono):
            return False
    return total >= bound


def _nonnegative(atom: Quotient) -> bool:
    return atom.sign == "%" or (at_least(atom.top, 0, lambda _: 0) and at_least(atom.bottom, 0, lambda _: 0))
