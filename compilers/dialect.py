"""How an array library is written: the same views and folds as text for numpy and for torch."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from math import isinf

from compilers.text import piece

COLON = ":"
Window = tuple[int, str, str, str]
"""An axis, the length of its windows, the step between them, and the step inside."""


def brackets(text: str, parts: Sequence[str]) -> str:
    """`text[parts]`, without the whole-axis slices at the end; just `text` if nothing is left."""
    kept = list(parts)
    while kept and kept[-1] == COLON:
        kept.pop()
    return f"{piece(text).at(9)}[{', '.join(kept)}]" if kept else text


def shape_text(sizes: Sequence[str]) -> str:
    """A tuple of sizes."""
    return f"({sizes[0]},)" if len(sizes) == 1 else f"({', '.join(sizes)})"


def cut(start: str, stop: str, step: str = "1") -> str:
    """A slice `start:stop:step` as short as it can be written."""
    text = ("" if start == "0" else start) + ":" + stop
    return text if step == "1" else f"{text}:{step}"


def number(mode: str, infinity: str) -> str:
    """A fill value as Python: a number, one of both infinities, or an expression as it is."""
    try:
        value = float(mode)
    except ValueError:
        return mode
    return infinity.format("" if value > 0 else "-") if isinf(value) else mode.strip()


def swap_of(order: Sequence[int]) -> tuple[int, int] | None:
    """The two axes that a permutation exchanges, if that is all it does."""
    moved = [k for k, o in enumerate(order) if o != k]
    return (moved[0], moved[1]) if len(moved) == 2 else None


class Dialect(ABC):
    """Text for one array library; arguments are Python expressions."""

    name: str
    alias: str
    imports: str

    @abstractmethod
    def dtype(self, name: str) -> str:
        """The library's element type for `f64`, `nat`, `bool`, ..."""

    def atom(self, text: str) -> str:
        """The text, in brackets if it could not be followed by a dot."""
        return piece(text).at(9)

    def reshape(self, text: str, sizes: Sequence[str]) -> str:
        """The same entries in another shape."""
        return f"{self.atom(text)}.reshape({', '.join(sizes) if sizes else '()'})"

    def diagonal(self, text: str, i: int, j: int, rank: int) -> str:
        """Axes i and j become one, the last."""
        return f"{self.atom(text)}.diagonal({self.diagonal_axes(i, j)})"

    @abstractmethod
    def cast(self, text: str, dtype: str) -> str:
        """The same numbers in another element type."""

    @abstractmethod
    def diagonal_axes(self, i: int, j: int) -> str:
        """The keyword arguments of `diagonal`."""

    @abstractmethod
    def permute(self, text: str, order: Sequence[int]) -> str:
        """Axis k of the result is axis `order[k]`."""

    @abstractmethod
    def expand(self, text: str, shape: Sequence[str]) -> str:
        """Repeated along axes of size 1 and new axes in front."""

    @abstractmethod
    def flip(self, text: str, axis: int) -> str:
        """Reversed along an axis."""

    def listed(self, text: str, axis: int, places: Sequence[int]) -> str:
        """The entries at these positions of an axis."""
        return brackets(text, [COLON] * axis + [str(list(places))])

    @abstractmethod
    def total(self, text: str, axes: Sequence[int], rank: int) -> str:
        """Summed over axes."""

    @abstractmethod
    def pad(self, text: str, amounts: Sequence[tuple[str, str]], mode: str) -> str:
        """Padded per axis by (before, after); `mode` is a number, `edge`, `wrap` or `reflect`."""

    @abstractmethod
    def windows(self, text: str, sliding: Sequence[Window]) -> str:
        """Windows along axes, each with a new last axis for what is inside."""

    @abstractmethod
    def zeros(self, shape: Sequence[str], like: str) -> str:
        """An array of zeros with the element type (and device) of `like`."""

    @abstractmethod
    def full(self, shape: Sequence[str], value: str, dtype: str, like: str | None) -> str:
        """An array of one number."""

    @abstractmethod
    def arange(self, size: str, like: str | None) -> str:
        """Positions 0, 1, ... on the device of `like`."""

    @abstractmethod
    def position(self, text: str, like: str) -> str:
        """One position, on the device of `like`, where arrays of positions are wanted."""

    def put_at(self, out: str, index: Sequence[str], value: str) -> str:
        """A statement that writes at positions of which no two are the same."""
        return f"{out}[{', '.join(index)}] = {value}"

    @abstractmethod
    def add_at(self, out: str, index: Sequence[str], value: str) -> str:
        """A statement: `out[index] += value`, repeated positions adding up."""

    @abstractmethod
    def concat(self, parts: Sequence[str], axis: int) -> str:
        """Joined along an axis."""

    @abstractmethod
    def einsum(self, pattern: str, operands: Sequence[str]) -> str:
        """An einsum over letters."""

    @abstractmethod
    def to_wrap(self, position: str, size: str) -> str:
        """Positions modulo a size."""

    @abstractmethod
    def clip(self, position: str, low: str, high: str) -> str:
        """Positions (or numbers) kept between two bounds."""

    @abstractmethod
    def minimum(self, a: str, b: str) -> str:
        """Entrywise minimum of two arrays."""

    @abstractmethod
    def where(self, mask: str, value: str, other: str) -> str:
        """`value` where the mask holds, else the number `other`."""

    def reflect(self, position: str, size: str) -> str:
        """Positions mirrored at both ends, the ends not repeated."""
        period = f"max(1, 2*({size}) - 2)" if not size.isdigit() else str(max(1, 2 * int(size) - 2))
        q = self.to_wrap(position, period)
        return self.minimum(q, f"{period} - {self.atom(q)}") if size != "1" else f"0*{self.atom(q)}"

    def inside(self, position: str, size: str, mode: str) -> str:
        """Positions brought into range as a padding mode says; for a number they are clipped."""
        if mode == "wrap":
            return self.to_wrap(position, size)
        if mode == "reflect":
            return self.reflect(position, size)
        return self.clip(position, "0", f"{size} - 1" if not size.isdigit() else str(int(size) - 1))
