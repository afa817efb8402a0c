"""Affine reads as views: from the axes of an array to the indices of a spec, by slices, reshapes,
windows, diagonals.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise, permutations

from compilers.dialect import COLON, Window, brackets, cut
from compilers.labels import Array, Space
from diagram.bounds import at_least
from diagram.sizes import ONE, ZERO, Size, product
from diagram.spec import Map, Slot

Terms = list[tuple[int, Size]]
LISTED = 16
"""Axes up to this size are read by a list of positions where they go round."""


def sign(size: Size) -> int:
    """1 or -1 if every value of the size has that sign, 0 if it is zero, 2 if it cannot be told."""
    if size == 0:
        return 0
    return 1 if at_least(size, 1) else -1 if at_least(-size, 1) else 2


def tidy(slot: Slot) -> Slot:
    """Terms of one index added up, zero terms dropped."""
    if len(slot.terms) < 2:
        return slot if not slot.terms or slot.terms[0][1] != 0 else Slot((), slot.offset, slot.gather)
    sums: dict[int, Size] = {}
    for index, c in slot.terms:
        sums[index] = sums.get(index, ZERO) + c
    return Slot(tuple((i, c) for i, c in sums.items() if c != 0), slot.offset, slot.gather)


def is_view(slots: Map) -> bool:
    """Whether the slots can be read as a view: no gather, and the sign of every coefficient is known."""
    return all(slot.gather < 0 and all(sign(c) != 2 for _, c in slot.terms) for slot in slots)


def bounds(slot: Slot, sizes: Sequence[Size]) -> tuple[Size, Size]:
    """The least and the greatest position a slot reaches (signs of coefficients known)."""
    low = high = slot.offset
    for index, c in slot.terms:
        reach = c * (sizes[index] - 1)
        if sign(c) < 0:
            low = low + reach
        else:
            high = high + reach
    return low, high


def radix(terms: Terms, sizes: Sequence[Size]) -> Terms | None:
    """The terms ordered as digits of a mixed-radix number (most significant first), if they are."""
    if len(terms) > 5:
        return None
    for order in permutations(terms):
        if all(
            c == after * sizes[index]
            for (_, c), (index, after) in pairwise(order)
        ):  # fmt: skip
            return list(order)
    return None


class Read:
    """Reading one array: `run` gives it over indices instead of axes."""

    def __init__(
        self, space: Space, array: Array, shape: Sequence[Size], slots: Map, pad: str | None
    ) -> None:
        self.space = space
        self.shape = [shape[a] for a in array.labels]
        self.slots = [tidy(slots[a]) for a in array.labels]
        self.axes = array.labels
        self.text = array
        self.pad = pad
        self.flips: list[int] = []
        self.twins: dict[int, int] = {}
        self.seen: set[int] = set()

    def run(self, whole: Mapping[int, int] | None = None) -> Array:
        """The array over the indices of its slots. `whole` maps axes that are left as they are to
        their labels.
        """
        keep = whole or {}
        fixed = {k for k, axis in enumerate(self.axes) if axis in keep}
        if self.pad is not None:
            self._pad(fixed)
        sliced, groups, windows = self._slices(fixed, keep)
        array = Array(brackets(self.text.text, sliced), ())
        array = self._split(array, groups)
        known = set(array.labels)
        sliding: list[Window] = []
        for label, terms in windows:
            array = self._slid(array, label, terms, sliding)
        if sliding:
            array = Array(self.space.dialect.windows(array.text, sliding), array.labels)
        taps = tuple(label for label in array.labels if label not in known)
        for label in self.flips:
            axis = array.labels.index(label)
            array = Array(self.space.dialect.flip(array.text, axis), array.labels)
        for twin, label in self.twins.items():
            array = self._diagonal(array, label, twin)
        return Array(array.text, array.labels, array.level, taps[-len(windows) :]) if windows else array

    def _pad(self, fixed: Collection[int]) -> None:
        """Extend the array where the slots reach outside."""
        if self.pad in ("edge", "wrap", "reflect"):
            self._listed(fixed)
        amounts = [("0", "0")] * len(self.slots)
        for k, slot in enumerate(self.slots):
            if k in fixed:
                continue
            low, high = bounds(slot, self.space.sizes)
            before = self._amount(-low, "before")
            after = self._amount(high - (self.shape[k] - 1), "after")
            if before != 0 or after != 0:
                frame = self.space.frame
                amounts[k] = (frame.size(before), frame.size(after))
                self.shape[k] = self.shape[k] + before + after
                self.slots[k] = Slot(slot.terms, slot.offset + before)
        if any(pair != ("0", "0") for pair in amounts):
            self._padded(amounts)

    def _listed(self, fixed: Collection[int]) -> None:
        """Short axes that go round, or stop at the border, are read by a list of positions."""
        for k, slot in enumerate(self.slots):
            n = self.shape[k].constant
            if k in fixed or n is None or n > LISTED or len(slot.terms) != 1 or slot.index is not None:
                continue
            ((index, c),) = slot.terms
            m, step, start = self.space.sizes[index].constant, c.constant, slot.offset.constant
            if m is None or step is None or start is None or m > LISTED:
                continue
            places = [_border(start + step * i, n, self.pad) for i in range(m)]
            listed = self.space.dialect.listed(self.text.text, k, places)
            self.text = Array(listed, self.text.labels)
            self.slots[k], self.shape[k] = Slot.at(index), self.space.sizes[index]

    def _padded(self, amounts: Sequence[tuple[str, str]]) -> None:
        """One pad for numbers; one per axis, each with a name, for modes that look at the border."""
        assert self.pad is not None
        pad, none = self.space.dialect.pad, ("0", "0")
        if self.pad not in ("edge", "wrap", "reflect"):
            self.text = Array(pad(self.text.text, amounts, self.pad), self.text.labels)
            return
        for k, pair in enumerate(amounts):
            if pair != none:
                one = [pair if j == k else none for j in range(len(amounts))]
                self.text = self.space.named(self.text)
                self.text = Array(pad(self.text.text, one, self.pad), self.text.labels)

    def _amount(self, overrun: Size, hint: str) -> Size:
        if at_least(-overrun, 0):
            return ZERO
        return (
            overrun
            if at_least(overrun, 0)
            else self.space.frame.number(f"max(0, {self.space.frame.size(overrun)})", hint)
        )

    def _label(self, index: int) -> int:
        """The index itself, or for a second use a twin, to be joined by a diagonal."""
        if index not in self.seen:
            self.seen.add(index)
            return index
        twin = self.space.fresh(self.space.sizes[index])
        self.twins[twin] = index
        return twin

    def _slices(
        self, fixed: Collection[int], keep: Mapping[int, int]
    ) -> tuple[list[str], list[list[int]], list[tuple[int, Terms]]]:
        """Per axis: its subscript, the labels it is split into, and the windows still to be taken."""
        parts: list[str] = []
        groups: list[list[int]] = []
        windows: list[tuple[int, Terms]] = []
        for k, slot in enumerate(self.slots):
            if k in fixed:
                parts.append(COLON)
                groups.append([keep[self.axes[k]]])
            elif not slot.terms:
                parts.append(self.space.frame.size(slot.offset))
            else:
                part, labels, rest = self._slice(k, slot)
                parts.append(part)
                groups.append(labels)
                windows += rest
        return parts, groups, windows

    def _slice(self, k: int, slot: Slot) -> tuple[str, list[int], list[tuple[int, Terms]]]:
        offset, terms = slot.offset, []
        for index, c in slot.terms:
            label = self._label(index)
            if sign(c) < 0:
                offset, c = offset + c * (self.space.sizes[index] - 1), -c
                self.flips.append(label)
            terms.append((label, c))
        digits = radix(terms, self.space.sizes)
        if digits is not None:
            total = product(self.space.sizes[label] for label, _ in digits)
            return self._range(k, offset, total, digits[-1][1]), [label for label, _ in digits], []
        span = ONE
        for label, c in terms:
            span = span + c * (self.space.sizes[label] - 1)
        label = self.space.fresh(span)
        return self._range(k, offset, span, ONE), [label], [(label, terms)]

    def _range(self, k: int, start: Size, count: Size, step: Size) -> str:
        if start == 0 and step == 1 and count == self.shape[k]:
            return COLON
        frame = self.space.frame
        stop = start + step * (count - 1) + 1
        end = "" if stop == self.shape[k] else frame.size(stop)
        return cut(frame.size(start), end, frame.size(step))

    def _split(self, array: Array, groups: list[list[int]]) -> Array:
        if any(len(group) > 1 for group in groups):
            return self.space.split(Array(array.text, tuple(range(len(groups)))), groups)
        return Array(array.text, tuple(group[0] for group in groups))

    def _slid(self, array: Array, label: int, terms: Terms, sliding: list[Window]) -> Array:
        """Overlapping windows, the coarsest step first; what is inside is the new last axis."""
        sizes, frame = self.space.sizes, self.space.frame
        terms = sorted(terms, key=lambda term: -(term[1].constant or 1))
        (first, step), rest = terms[0], terms[1:]
        span = ONE
        for inner, c in rest:
            span = span + c * (sizes[inner] - 1)
        axis = array.labels.index(label)
        inner_step = rest[0][1] if len(rest) == 1 else ONE
        last = rest[0][0] if len(rest) == 1 else self.space.fresh(span)
        sliding.append((axis, frame.size(span), frame.size(step), frame.size(inner_step)))
        labels = list(array.labels)
        labels[axis] = first
        array = Array(array.text, (*labels, last))
        return array if len(rest) == 1 else self._slid(array, last, rest, sliding)

    def _diagonal(self, array: Array, label: int, twin: int) -> Array:
        i, j = array.labels.index(label), array.labels.index(twin)
        text = self.space.dialect.diagonal(array.text, i, j, len(array.labels))
        rest = tuple(x for x in array.labels if x not in (label, twin))
        return Array(text, (*rest, label))


def _border(place: int, n: int, pad: str | None) -> int:
    """A position brought into an axis of size n."""
    if pad == "wrap":
        return place % n
    if pad == "edge" or n == 1:
        return min(max(place, 0), n - 1)
    place %= 2 * n - 2
    return min(place, 2 * n - 2 - place)


def read(space: Space, array: Array, shape: Sequence[Size], slots: Map, pad: str | None) -> Array:
    """The array over the indices of `slots`, as a view where the library allows it."""
    plain = [slots[a].index for a in array.labels]
    if len(set(plain)) == len(plain) and all(
        i is not None and space.sizes[i] == shape[a] for i, a in zip(plain, array.labels, strict=True)
    ):
        return array.relabel(i for i in plain if i is not None)
    if is_view(tuple(map(tidy, slots))):
        return Read(space, array, shape, slots, pad).run()
    from compilers.gather import read_at

    return read_at(space, array, shape, slots, pad, {})
