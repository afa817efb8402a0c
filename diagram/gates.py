"""One pointwise box on a whole array instead of one on each slice of it: the gates of a recurrent cell.

`sigmoid(Z[0, n])`, `sigmoid(Z[1, n])`, `sigmoid(Z[3, n])` become the slices of one `sigmoid(Z)`, if at least
half of the positions are wanted. Values stay; fewer boxes run, and the derivative multiplies once.
"""

from __future__ import annotations

from collections.abc import Iterator

from diagram.builder import Builder
from diagram.op import Kind
from diagram.sharing import copy_inputs
from diagram.spec import Slot, Spec
from diagram.types import Tensor
from diagram.value import Box, Diagram

_Key = tuple[int, int, str, object]
"""The array that is sliced, the axis, and the operation with its arguments."""


def grouped(d: Diagram) -> Diagram:
    """`d` with its gates together. O(boxes). For diagrams in an order of execution."""
    groups = _groups(d)
    if not groups:
        return d
    where = {k: key for key, members in groups.items() for pair in members for k in pair[1:]}
    b = Builder(d.category)
    to = dict(zip(d.inputs, copy_inputs(d, b), strict=True))
    done: dict[_Key, int] = {}
    for k, box in enumerate(d.boxes):
        key = where.get(k)
        types = [d.wires[w] for w in box.cod]
        if key is None:
            made = b.box(box.op, [to[w] for w in box.dom], types, box.spec, box.args, box.bodies, box.mark)
        elif any(k == read for _, read, _ in groups[key]):
            _, _, after = next(m for m in groups[key] if m[1] == k)
            if key not in done:
                done[key] = _whole(b, to[box.dom[0]], d.boxes[after])
            made = b.box(box.op, (done[key],), types, box.spec, box.args)
        else:
            made = (to[box.dom[0]],)
        for w, mine in zip(box.cod, made, strict=True):
            to[w] = mine
            b.names[mine] = d.names[w] or b.names[mine]
    return b.build([to[w] for w in d.outputs], d.name, d.doc, d.results, d.span, d.dom, d.cod)


def _groups(d: Diagram) -> dict[_Key, list[tuple[int, int, int]]]:
    """For each key the slices: position, number of the read, number of the pointwise box after it."""
    reads: dict[int, tuple[int, int, int]] = {}
    uses: dict[int, int] = dict.fromkeys(d.outputs, 2)
    for k, box in enumerate(d.boxes):
        for w in box.dom:
            uses[w] = uses.get(w, 0) + 1
        found_slice = _slice(d, box)
        if found_slice is not None:
            reads[box.cod[0]] = (k, *found_slice)
    found: dict[_Key, list[tuple[int, int, int]]] = {}
    for k, box in enumerate(d.boxes):
        if box.dom and box.dom[0] in reads and uses[box.dom[0]] == 1 and _unary(box):
            read, axis, place = reads[box.dom[0]]
            key = (d.boxes[read].dom[0], axis, box.op.name, box.args)
            found.setdefault(key, []).append((place, read, k))
    return {key: members for key, members in found.items() if _worth(d, key, members)}


def _worth(d: Diagram, key: _Key, members: list[tuple[int, int, int]]) -> bool:
    type_ = d.wires[key[0]]
    assert isinstance(type_, Tensor)
    size = type_.shape[key[1]].constant
    places = {place for place, _, _ in members}
    return size is not None and len(places) == len(members) > 1 and 2 * len(places) >= size


def _slice(d: Diagram, box: Box) -> tuple[int, int] | None:
    """The axis and the position of a box that reads one position of one axis, the others whole, in order."""
    spec, type_ = box.spec, d.wires[box.dom[0]] if box.dom else None
    if box.op.name != "contract" or spec is None or len(box.dom) != 1 or not isinstance(type_, Tensor):
        return None
    fixed = [a for a, slot in enumerate(spec.ins[0]) if not slot.terms]
    if len(fixed) != 1 or spec.pad(0) is not None or spec.pad(1) is not None:
        return None
    rest = [slot for a, slot in enumerate(spec.ins[0]) if a != fixed[0]]
    place = spec.ins[0][fixed[0]].offset.constant
    if place is None or tuple(rest) != spec.outs[0] or not all(_all_of(spec, type_, fixed[0])):
        return None
    return fixed[0], place


def _all_of(spec: Spec, type_: Tensor, fixed: int) -> Iterator[bool]:
    """Whether each other axis is read whole, by an index of its own."""
    seen = set()
    for a, (slot, n) in enumerate(zip(spec.ins[0], type_.shape, strict=True)):
        if a != fixed:
            index = slot.index
            yield index is not None and index not in seen and spec.indices[index].size == n
            seen.add(index)


def _unary(box: Box) -> bool:
    """A pointwise box with one input and one result, its axes as they are."""
    spec = box.spec
    plain = spec is not None and spec.ins == spec.outs and all(slot.index is not None for slot in spec.ins[0])
    return (
        box.op.kind is Kind.POINTWISE
        and len(box.dom) == 1
        and len(box.cod) == 1
        and plain
        and not box.op.linear
    )


def _whole(b: Builder, w: int, like: Box) -> int:
    """The operation on the whole array."""
    type_ = b.wires[w]
    assert isinstance(type_, Tensor)
    plain = tuple(map(Slot.at, range(len(type_.axes))))
    return b.box(like.op, (w,), (type_,), Spec(type_.axes, (plain,), (plain,)), like.args, mark=like.mark)[0]
