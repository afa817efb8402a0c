"""Affine writes: from the indices of a spec to the axes of an array. The transpose of `reads`: writes add
up.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack

from compilers.dialect import COLON, brackets, cut
from compilers.gather import position
from compilers.labels import Array, Space
from compilers.reads import Terms, bounds, is_view, radix, sign, tidy
from compilers.text import piece
from diagram.bounds import at_least
from diagram.sizes import ONE, ZERO, Size, product
from diagram.spec import Map, Slot


def write(
    space: Space,
    value: Array,
    shape: Sequence[Size],
    slots: Map,
    pad: str | None,
    gathered: Mapping[int, Array] | None = None,
) -> Array:
    """The array with axes numbered 0, 1, ... in which `value` lies at the positions of `slots`; the
    rest is zero.

    Every index of `value` occurs in a slot, or in a position; an index of a slot that `value` lacks
    is repeated.
    """
    slots = tuple(map(tidy, slots))
    plain = [slot.index for slot in slots]
    used = dict.fromkeys(i for slot in slots for i, _ in slot.terms)
    if gathered:
        used.update(dict.fromkeys(i for s in slots if s.gather >= 0 for i in gathered[s.gather].labels))
    lacking = [i for i in used if i not in value.labels]
    value = space.repeat(value, lacking)
    if len(set(plain)) == len(plain) and all(
        i is not None and space.sizes[i] == n for i, n in zip(plain, shape, strict=True)
    ):
        return value.relabel(plain.index(label) for label in value.labels)
    if gathered is None:
        merged = _merge(space, value, shape, slots)
        if merged is not None:
            return merged
    if gathered is None and is_view(slots) and _separable(slots) and pad not in ("edge", "wrap", "reflect"):
        return Scatter(space, value, shape, slots, pad).run()
    return write_at(space, value, shape, slots, pad, gathered or {})


def _separable(slots: Map) -> bool:
    indices = [i for slot in slots for i, _ in slot.terms]
    return len(set(indices)) == len(indices)


def _merge(space: Space, value: Array, shape: Sequence[Size], slots: Map) -> Array | None:
    """A reshape, if every slot is the digits of one axis and fills it."""
    groups: list[list[int]] = []
    for slot, n in zip(slots, shape, strict=True):
        digits = radix(list(slot.terms), space.sizes) if slot.offset == 0 and slot.terms else None
        if not slot.terms and slot.offset == 0 and n == 1:
            groups.append([])
        elif digits is None or digits[-1][1] != 1 or product(space.sizes[i] for i, _ in digits) != n:
            return None
        else:
            groups.append([i for i, _ in digits])
    flat = [i for group in groups for i in group]
    if len(set(flat)) != len(flat):
        return None
    return space.merge(value, groups, range(len(groups)))


class Scatter:
    """Writes into zeros by slices. Of a slot with several indices all but one are looped over, so no
    two entries of one addition meet.
    """

    def __init__(
        self, space: Space, value: Array, shape: Sequence[Size], slots: Map, pad: str | None
    ) -> None:
        self.space = space
        self.value = space.named(value)
        self.shape = list(shape)
        self.slots = list(slots)
        self.before: list[Size] = [ZERO] * len(slots)
        self.pad = pad
        self.loops: list[int] = []

    def run(self) -> Array:
        """The written array, its axes in the order that the values have."""
        full = self._extend()
        where = {label: k for k, label in enumerate(self.value.labels)}
        axes = sorted(range(len(full)), key=lambda a: (self._place(a, where), a))
        moving = [a for a in axes if self.slots[a].terms]
        if moving == sorted(moving):
            axes = list(range(len(full)))
        self.slots = [self.slots[a] for a in axes]
        self.before = [self.before[a] for a in axes]
        self.shape = [self.shape[a] for a in axes]
        full = [full[a] for a in axes]
        frame, dialect = self.space.frame, self.space.dialect
        out = frame.let(dialect.zeros([frame.size(n) for n in full], self.value.text), "out")
        parts, order = self._parts(full)
        loops = [(i, frame.names.fresh("k")) for i in self.loops]
        subscripts = [self._with_loops(part, dict(loops)) for part in parts]
        source = self.space.permute(self.value, [*(i for i, _ in loops), *order])
        with ExitStack() as stack:
            for index, name in loops:
                stack.enter_context(frame.block(f"for {name} in range({self.space.text(index)}):"))
            taken = brackets(source.text, [name for _, name in loops]) if loops else source.text
            target = brackets(out, subscripts)
            frame.line(f"{target} += {taken}" if target != out else f"{out} += {taken}")
        result = Array(out, tuple(axes))
        return self._crop(result, full)

    def _place(self, axis: int, where: Mapping[int, int]) -> int:
        """Where the index that stays vectorised has its axis among the values; constants come first."""
        terms = sorted(self.slots[axis].terms, key=lambda term: self._rank(term[0]))
        return where[terms[-1][0]] if terms else -1

    def _extend(self) -> list[Size]:
        """Sizes with room for writes that fall outside."""
        full = []
        for k, (slot, n) in enumerate(zip(self.slots, self.shape, strict=True)):
            after = ZERO
            if self.pad is not None:
                low, high = bounds(slot, self.space.sizes)
                self.before[k] = self._amount(-low, "before")
                after = self._amount(high - (n - 1), "after")
                self.slots[k] = Slot(slot.terms, slot.offset + self.before[k])
            full.append(n + self.before[k] + after)
        return full

    def _amount(self, overrun: Size, hint: str) -> Size:
        if at_least(-overrun, 0):
            return ZERO
        frame = self.space.frame
        return overrun if at_least(overrun, 0) else frame.number(f"max(0, {frame.size(overrun)})", hint)

    def _parts(self, full: Sequence[Size]) -> tuple[list[tuple[Size, Size, Size, Terms, bool]], list[int]]:
        """Per axis: start, count, step of the slice, the loop terms added to its start, and
        whether it is whole.
        """
        parts, order = [], []
        for slot, n in zip(self.slots, full, strict=True):
            terms: Terms = []
            offset = slot.offset
            for index, c in slot.terms:
                if sign(c) < 0:
                    offset, c = offset + c * (self.space.sizes[index] - 1), -c
                    self.value = self._flipped(index)
                terms.append((index, c))
            if not terms:
                parts.append((offset, ZERO, ONE, terms, False))
                continue
            terms.sort(key=lambda term: self._rank(term[0]))
            (main, step), rest = terms[-1], terms[:-1]
            self.loops += [i for i, _ in rest]
            count = self.space.sizes[main]
            order.append(main)
            parts.append((offset, count, step, rest, not rest and offset == 0 and step == 1 and count == n))
        return parts, order

    def _rank(self, index: int) -> int:
        """Looped over first: small known sizes; the largest or unknown stays vectorised."""
        size = self.space.sizes[index].constant
        return 1 << 30 if size is None else size

    def _flipped(self, index: int) -> Array:
        axis = self.value.labels.index(index)
        text = self.space.dialect.flip(self.value.text, axis)
        return self.space.named(Array(text, self.value.labels))

    def _with_loops(self, part: tuple[Size, Size, Size, Terms, bool], names: Mapping[int, str]) -> str:
        start, count, step, loops, whole = part
        if whole:
            return COLON
        frame = self.space.frame
        moves = [names[i] if c == 1 else f"{frame.shaped(c)}*{names[i]}" for i, c in loops]
        begin = " + ".join(([] if start == 0 and moves else [frame.size(start)]) + moves)
        if count == 0:
            return begin
        reach = frame.size(start + step * (count - 1) + 1)
        end = " + ".join([*moves, reach])
        return cut(begin, end.replace("+ -", "- "), frame.size(step))

    def _crop(self, out: Array, full: Sequence[Size]) -> Array:
        frame = self.space.frame
        parts = []
        for before, n, whole in zip(self.before, self.shape, full, strict=True):
            stop = "" if before + n == whole else frame.size(before + n)
            parts.append(COLON if n == whole else cut(frame.size(before), stop))
        return Array(brackets(out.text, parts), out.labels)


def write_at(
    space: Space,
    value: Array,
    shape: Sequence[Size],
    slots: Map,
    pad: str | None,
    gathered: Mapping[int, Array],
    into: Array | None = None,
) -> Array:
    """Writes at positions computed as arrays, into zeros or added to what is there; axes with a plain slot
    used nowhere else stay whole.
    """
    frame, dialect = space.frame, space.dialect
    value = space.named(value)
    positions: dict[int, Array] = {}
    for a, slot in enumerate(slots):
        if not _free(a, slots, gathered) or slot.index is None or space.sizes[slot.index] != shape[a]:
            positions[a] = position(space, slot, gathered, value.text)
    kept = [a for a in range(len(slots)) if a not in positions]
    order = tuple(dict.fromkeys(i for p in positions.values() for i in p.labels))
    value, positions = _inside(space, value, positions, shape, order, pad)
    rest = [_plain(slots[a]) for a in kept]
    value = space.permute(value, (*order, *rest))
    axes = [*positions, *kept]
    fresh = into is None
    if into is None:
        zeros = dialect.zeros([frame.size(shape[a]) for a in axes], value.text)
        into = Array(frame.let(zeros, "out"), tuple(axes))
    out = space.permute(into, axes)
    index = [space.align(p, order).text for p in positions.values()]
    apart = {slots[a].index for a in positions if slots[a].gather < 0}
    write = dialect.put_at if fresh and pad is None and apart >= set(order) else dialect.add_at
    frame.line(write(out.text, index, value.text))
    return out


def _plain(slot: Slot) -> int:
    assert slot.index is not None
    return slot.index


def _free(a: int, slots: Map, gathered: Mapping[int, Array]) -> bool:
    """Whether the index of slot a occurs in no other slot and no position."""
    mine = {i for i, _ in slots[a].terms}
    others = {i for b, s in enumerate(slots) if b != a for i, _ in s.terms}
    others |= {i for s in slots if s.gather >= 0 for i in gathered[s.gather].labels}
    return not mine & others


def _inside(
    space: Space,
    value: Array,
    positions: dict[int, Array],
    shape: Sequence[Size],
    order: Sequence[int],
    pad: str | None,
) -> tuple[Array, dict[int, Array]]:
    """Positions brought into range; with a number as padding, writes outside become zeros at the border."""
    if pad is None:
        return value, positions
    new: dict[int, Array] = {}
    masks: list[str] = []
    for a, p in positions.items():
        n = space.frame.size(shape[a])
        p = space.named(p, "at")
        if pad not in ("edge", "wrap", "reflect"):
            mask = Array(f"(({p.text} >= 0) & ({p.text} < {n}))", p.labels)
            masks.append(space.align(mask, value.labels).text)
        text = space.dialect.inside(p.text, n, pad)
        new[a] = Array(text, p.labels, piece(text).level)
    if masks:
        value = space.named(Array(space.dialect.where(" & ".join(masks), value.text, "0"), value.labels))
    return value, new
