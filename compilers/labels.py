"""Arrays in generated code, with the index that each axis bears; the order of axes in memory is free."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from compilers.dialect import COLON, brackets
from compilers.frame import Frame
from compilers.text import ATOM, piece
from diagram.sizes import Size, product


@dataclass(frozen=True, slots=True)
class Array:
    """An expression and the label of each axis. For a wire the labels are numbers of its declared
    axes; inside the lowering of a box they are numbers of indices.
    """

    text: str
    labels: tuple[int, ...]
    level: int = ATOM
    """How tightly the text holds together."""
    taps: tuple[int, ...] = ()
    """Labels of windows, which lie in memory like the axes they slide along: first of what is summed."""

    @property
    def atom(self) -> str:
        """The text, in brackets where needed."""
        return self.text if self.level == ATOM else f"({self.text})"

    def relabel(self, labels: Iterable[int]) -> Array:
        """The same array under other labels."""
        return replace(self, labels=tuple(labels))


class Space:
    """The index space in which one box is lowered: a size for every label, and how arrays over it are
    arranged.
    """

    def __init__(self, frame: Frame, sizes: Iterable[Size]) -> None:
        self.frame = frame
        self.dialect = frame.dialect
        self.sizes = list(sizes)

    def fresh(self, size: Size) -> int:
        """A new label."""
        self.sizes.append(size)
        return len(self.sizes) - 1

    def text(self, label: int) -> str:
        """The size of a label as Python."""
        return self.frame.size(self.sizes[label])

    def named(self, array: Array, hint: str = "t") -> Array:
        """The array as a variable, so that it may be written several times."""
        return array if array.text.isidentifier() else Array(self.frame.let(array.text, hint), array.labels)

    def permute(self, array: Array, order: Sequence[int]) -> Array:
        """The axes in the order of labels given (a permutation of the array's)."""
        if tuple(order) == array.labels:
            return array
        where = {label: k for k, label in enumerate(array.labels)}
        text = self.dialect.permute(array.atom, [where[label] for label in order])
        return Array(text, tuple(order), taps=array.taps)

    def align(self, array: Array, order: Sequence[int]) -> Array:
        """Ready to broadcast against arrays over `order`: a permutation, and axes of size 1 for
        missing labels.
        """
        have = set(array.labels)
        array = self.permute(array, [label for label in order if label in have])
        parts: list[str] = []
        for label in order:
            if label in have:
                parts.append(COLON)
            elif parts:
                parts.append("None")
        if "None" not in parts:
            return array
        while parts[-1] == COLON:
            parts.pop()
        text = f"{array.atom}[{', '.join(parts)}]"
        return Array(text, array.labels)

    def broadcast(self, array: Array, order: Sequence[int]) -> Array:
        """Exactly the axes `order`; missing ones are repeated."""
        if set(array.labels) == set(order):
            return self.permute(array, order)
        aligned = self.align(array, order)
        text = self.dialect.expand(aligned.text, [self.text(label) for label in order])
        return Array(text, tuple(order))

    def repeat(self, array: Array, missing: Sequence[int]) -> Array:
        """Repeated along new axes in front."""
        return self.broadcast(array, (*missing, *array.labels)) if missing else array

    def merge(self, array: Array, groups: Sequence[Sequence[int]], new: Sequence[int]) -> Array:
        """Axes of each group become one (the last varies fastest), labelled by `new`; groups in
        order cover all.

        An empty group makes an axis of size 1.
        """
        flat = [label for group in groups for label in group]
        array = self.permute(array, flat)
        if all(len(group) == 1 for group in groups):
            return array.relabel(new)
        if all(len(group) <= 1 for group in groups):
            parts = ["None" if not group else COLON for group in groups]
            return Array(brackets(array.text, parts), tuple(new))
        sizes = [self._extent(group) for group in groups]
        return Array(self.dialect.reshape(array.atom, sizes), tuple(new))

    def _extent(self, group: Sequence[int]) -> str:
        return self.frame.size(product([self.sizes[label] for label in group]))

    def split(self, array: Array, groups: Sequence[Sequence[int]]) -> Array:
        """The inverse of `merge`: axis k becomes the axes `groups[k]`."""
        flat = tuple(label for group in groups for label in group)
        if all(len(group) == 1 for group in groups):
            return array.relabel(flat)
        if all(len(group) <= 1 for group in groups):
            return Array(brackets(array.text, ["0" if not group else COLON for group in groups]), flat)
        sizes = [self.text(label) for label in flat]
        return Array(self.dialect.reshape(array.atom, sizes), flat)

    def total(self, array: Array, labels: Iterable[int]) -> Array:
        """Summed over labels; a label the array lacks multiplies by its size."""
        gone = set(labels)
        axes = [k for k, label in enumerate(array.labels) if label in gone]
        result = array
        if axes:
            text = self.dialect.total(array.atom, axes, len(array.labels))
            result = Array(text, tuple(label for label in array.labels if label not in gone))
        missing = sorted(gone - set(array.labels))
        factor = product([self.sizes[label] for label in missing])
        if missing and factor != 1:
            text = f"{result.atom} * {piece(self.frame.size(factor)).at(4)}"
            result = Array(text, result.labels, piece(text).level)
        return result
