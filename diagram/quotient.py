"""The atom of a size that is a floor, a remainder, or a quotient known to be whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diagram.size_limits import MOST_TERMS
from diagram.size_text import bracketed

if TYPE_CHECKING:
    from diagram.sizes import Size


class Quotient:
    """The atom `top // bottom`, `top % bottom` or `top / bottom` (whole) in a size, when it cannot be
    simplified."""

    __slots__ = ("_key", "bottom", "sign", "top", "weight")

    def __init__(self, sign: str, top: Size, bottom: Size) -> None:
        """Raises `OverflowError` for more than `MOST_TERMS` terms in terms."""
        self.weight = 1 + _weight(top) + _weight(bottom)
        if self.weight > MOST_TERMS:
            raise OverflowError(f"a size of {self.weight} terms")
        self.sign = sign
        self.top = top
        self.bottom = bottom
        self._key = f"({top}){sign}({bottom})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Quotient) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)

    def __str__(self) -> str:
        top, bottom = str(self.top), str(self.bottom)
        return f"{bracketed(top, self.top)}{self.sign}{bracketed(bottom, self.bottom)}"

    __repr__ = __str__


def _weight(size: Size) -> int:
    """Terms in it, at every depth: quotients in quotients grow like 2**n, and share their parts."""
    return sum([1 + sum([a.weight for a, _ in mono if isinstance(a, Quotient)]) for mono, _ in size.terms])
