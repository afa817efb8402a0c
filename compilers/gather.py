"""Reads and writes at positions that come on wires, or that are no view: positions as arrays, advanced
indexing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from compilers.dialect import COLON, brackets
from compilers.labels import Array, Space
from compilers.reads import Read, is_view, tidy
from compilers.text import SUM, piece
from diagram.sizes import Size
from diagram.spec import Map, Slot


def position(space: Space, slot: Slot, gathered: Mapping[int, Array], like: str) -> Array:
    """The position a slot describes, over the indices it depends on."""
    used = [index for index, _ in slot.terms]
    if slot.gather >= 0:
        used += gathered[slot.gather].labels
    order = tuple(dict.fromkeys(used))
    parts: list[str] = []
    if slot.gather >= 0:
        parts.append(space.align(gathered[slot.gather], order).atom)
    for index, c in slot.terms:
        steps = space.align(Array(space.dialect.arange(space.text(index), like), (index,)), order).text
        parts.append(steps if c == 1 else f"{space.frame.shaped(c)}*{piece(steps).at(4)}")
    if slot.offset != 0 or not parts:
        parts.append(piece(space.frame.size(slot.offset)).at(SUM))
    text = " + ".join(parts).replace("+ -", "- ")
    if not order and slot.gather < 0:
        text = space.dialect.position(text, like)
    return Array(text, order, piece(text).level)


def read_at(
    space: Space,
    array: Array,
    shape: Sequence[Size],
    slots: Map,
    pad: str | None,
    gathered: Mapping[int, Array],
) -> Array:
    """The array over the indices of its slots and of the positions it is read at."""
    array = space.named(array)
    slots = tuple(map(tidy, slots))
    apart = {a for a in array.labels if slots[a].gather >= 0 or not is_view((slots[a],))}
    positions = [(a, position(space, slots[a], gathered, array.text)) for a in array.labels if a in apart]
    whole = {a: space.fresh(shape[a]) for a in apart}
    viewed = Read(space, array, shape, slots, pad).run(whole)
    masked = pad is not None and pad not in ("edge", "wrap", "reflect")
    masks: list[Array] = []
    at: dict[int, Array] = {}
    for a, p in positions:
        if masked:
            p = space.named(p, "at")
            masks.append(_mask(space, p, shape[a]))
        at[whole[a]] = p if pad is None else _inside(space, p, shape[a], pad)
    shared = {i for _, p in positions for i in p.labels} & set(viewed.labels)
    for index in sorted(shared):
        at[index] = Array(space.dialect.arange(space.text(index), array.text), (index,))
    result = _index(space, viewed, at)
    return _fill(space, result, masks, pad) if masks and pad is not None else result


def _inside(space: Space, p: Array, size: Size, pad: str) -> Array:
    text = space.dialect.inside(p.text, space.frame.size(size), pad)
    return Array(text, p.labels, piece(text).level)


def _mask(space: Space, p: Array, size: Size) -> Array:
    text = f"({p.text} >= 0) & ({p.text} < {space.frame.size(size)})"
    return Array(text, p.labels, piece(text).level)


def _fill(space: Space, value: Array, masks: Sequence[Array], pad: str) -> Array:
    aligned = [space.align(m, value.labels).atom for m in masks]
    return Array(space.dialect.where(" & ".join(aligned), value.text, pad), value.labels)


def _index(space: Space, array: Array, at: Mapping[int, Array]) -> Array:
    """Advanced indexing: axes labelled by keys of `at` are read at these positions."""
    order = tuple(dict.fromkeys(i for p in at.values() for i in p.labels))
    if len(at) == 1:
        ((label, p),) = at.items()
        k = array.labels.index(label)
        text = brackets(array.atom, [COLON] * k + [p.text])
        return Array(text, array.labels[:k] + p.labels + array.labels[k + 1 :])
    keys = [label for label in array.labels if label in at]
    rest = tuple(label for label in array.labels if label not in at)
    front = space.permute(array, (*keys, *rest))
    parts = [space.align(at[label], order).text for label in keys]
    return Array(brackets(front.atom, parts), order + rest)
