"""The indices of one equation: their names, and the slots of its reads as text.

An index takes the name of an axis wherever the elaborator will accept it; else a letter that is declared
nowhere and
takes its size from its first read. `i + 0` reads an axis that is longer, or has a name of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from diagram.sizes import ONE, ZERO, Size
from diagram.spec import Map, Slot, Spec
from diagram.types import Axis, Tensor
from grammar.printer.axes import AxisTable
from grammar.printer.words import Words, is_atomic, size_text

Read = tuple[Tensor, Map]
LETTERS = "ijuvwpqrstabcde"


class Letters:
    """Index letters: each stands for one size in the whole file. `avoid`: names that axes will want."""

    __slots__ = ("avoid", "sizes", "words")

    def __init__(self, words: Words, avoid: frozenset[str]) -> None:
        self.words = words
        self.avoid = avoid
        self.sizes: dict[str, Size] = {}

    def take(self, size: Size, used: Sequence[str]) -> str:
        """A letter for an index of this size."""
        for name, known in self.sizes.items():
            if known == size and name not in used:
                return name
        for k in range(1000):
            for letter in LETTERS:
                name = letter + (str(k) if k else "")
                if name not in self.sizes and name not in self.words and name not in self.avoid:
                    self.words.taken.add(name)
                    self.sizes[name] = size
                    return name
        raise AssertionError("no end of letters")


class Indices:
    """Names for the index space of a box whose arrays are typed `reads` (in the order of the text)."""

    __slots__ = ("axes", "declared", "names", "reads", "spec")

    def __init__(
        self,
        spec: Spec,
        reads: Sequence[Read],
        outs: Sequence[tuple[Sequence[Axis], Map]],
        axes: AxisTable,
        letters: Letters,
        merged: frozenset[int] = frozenset(),
    ) -> None:
        self.spec, self.reads, self.axes = spec, reads, axes
        self.names: dict[int, str] = {}
        self.declared: set[int] = set()
        self._by_axes([(a, m) for a, m in outs])
        self._by_axes([(t.axes, m) for t, m in reads])
        for i in range(len(spec.indices)):
            if i not in self.names:
                self._rest(i, letters, i in merged)

    def size(self, i: int) -> Size:
        """The size of an index."""
        return self.spec.indices[i].size

    def _by_axes(self, ports: Sequence[tuple[Sequence[Axis], Map]]) -> None:
        for axes, slots in ports:
            for axis, slot in zip(axes, slots, strict=True):
                i = slot.index
                if i is None or i in self.names or not axis.name or axis.name in self.names.values():
                    continue
                if self.axes.sizes.get(axis.name) == self.size(i) and self._fits(axis.name, i):
                    self.names[i] = axis.name
                    self.declared.add(i)

    def _fits(self, name: str, i: int) -> bool:
        """Whether all plain reads of the index may use this declared name."""
        return all(
            self._reads_well(name, type_, slots, k)
            for type_, slots in self.reads
            for k, slot in enumerate(slots)
            if slot.index == i
        )

    def _reads_well(self, name: str, type_: Tensor, slots: Map, k: int) -> bool:
        axis = type_.axes[k]
        if axis.size != self.axes.sizes.get(name):
            return True  # written `i + 0`
        if axis.name == name:
            return True
        if name in type_.names and slots[type_.names.index(name)].index != slots[k].index:
            return False
        return not axis.name or axis.stem == name.rstrip("'")

    def _rest(self, i: int, letters: Letters, merged: bool) -> None:
        size, used = self.size(i), tuple(self.names.values())
        first = next(
            (
                (t.axes[k], s)
                for t, m in self.reads
                for k, s in enumerate(m)
                if any(j == i for j, _ in s.terms)
            ),
            None,
        )
        if first is not None and first[1].index == i and first[0].size == size and not merged:
            self.names[i] = letters.take(size, used)
            return
        names = {n for t, _ in self.reads for n in t.names}
        self.names[i] = self.axes.name(self.spec.indices[i].name or "n", size, {*used, *names})
        self.declared.add(i)

    # Text

    def read(
        self, text: str, type_: Tensor, slots: Map, pad: str | None, at: Mapping[int, str] | None = None
    ) -> str:
        """`A[i, s*t + j; pad 0]`; a scalar is just its name. `at`: texts of the positions a gather reads."""
        if not slots:
            return text
        places = [self.slot(type_, slots, k, at or {}) for k in range(len(slots))]
        return f"{text}[{', '.join(places)}{f'; pad {pad}' if pad is not None else ''}]"

    def slot(self, type_: Tensor, slots: Map, k: int, at: Mapping[int, str]) -> str:
        """Slot k of a read."""
        slot, axis = slots[k], type_.axes[k]
        i = slot.index
        if i is not None:
            name = self.names[i]
            plain = axis.size == self.size(i)
            if plain and i in self.declared:
                plain = self._reads_well(name, type_, slots, k)
            return name if plain else f"{name} + 0"
        group = self.group(slot, axis.size)
        return group or self.affine(slot, at)

    def group(self, slot: Slot, size: Size) -> str:
        """`(z f)`, if the slot counts through an axis of this size with the last factor fastest; else
        empty."""
        if slot.gather >= 0 or len(slot.terms) < 2 or slot.offset != ZERO:
            return ""
        step = ONE
        for i, c in reversed(slot.terms):
            if c != step or i not in self.declared:
                return ""
            step = step * self.size(i)
        return f"({' '.join(self.names[i] for i, _ in slot.terms)})" if step == size else ""

    def affine(self, slot: Slot, at: Mapping[int, str]) -> str:
        """`s*t + j - p`, and the position on a wire if there is one."""
        parts = [at[slot.gather]] if slot.gather >= 0 else []
        for i, c in slot.terms:
            text = position_text(c)
            name = self.names[i]
            parts.append(name if c == ONE else f"-{name}" if c == -ONE else f"{_factor(text)}*{name}")
        if slot.offset != ZERO or not parts:
            parts.append(position_text(slot.offset))
        if len(slot.terms) == 1 and len(parts) == 1 and slot.gather < 0:
            return parts[0]
        return " + ".join(parts).replace("+ -", "- ")


def position_text(size: Size) -> str:
    """A size where a bare axis name would be a position."""
    return size_text(size, "size[{}]".format)


def _factor(text: str) -> str:
    if text.startswith("-") and is_atomic(text[1:]):
        return text
    product = text.startswith("size[") and "+" not in text and "-" not in text
    return text if product or is_atomic(text) else f"({text})"
