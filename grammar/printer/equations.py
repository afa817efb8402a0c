"""Boxes that are nothing but index structure, as equations: contractions, gathers, scatters."""

from __future__ import annotations

from collections.abc import Sequence

from diagram.sizes import ONE, ZERO, Size
from diagram.spec import Map, Slot, Spec
from diagram.types import Axis, Tensor
from diagram.value import Box
from grammar.printer.block import Block, writer
from grammar.printer.indices import Indices, Read, position_text
from grammar.printer.words import type_text


@writer("contract")
def contraction(block: Block, box: Box) -> None:
    """`S[q, x] = Q[q, k] * K[x, k]`; `A * B` if the axes say it all; `Y[u = s*t + j] += ...` for other
    writes."""
    from grammar.printer.pointwise import host_of

    spec, (y,) = box.spec, box.cod
    assert spec is not None
    reads = block.reads(box)
    host = host_of(reads, spec) if len(box.dom) == 2 and not any(spec.pads) else None
    type_ = block.d.wires[y]
    assert isinstance(type_, Tensor)
    if host is not None and block.want.get(y) in (None, reads[host][0].axes):
        left, right = block.expression(box.dom[0], 2), block.expression(box.dom[1], 3)
        block.define(y, type_.with_axes(reads[host][0].axes), f"{left} * {right}", 2)
        return
    if len(box.dom) == 1 and _is_retyped(block, box, reads):
        return
    out = spec.outs[0]
    axes = target_axes(block, box, reads)
    if _is_plain(spec, out, axes):
        _equation(block, box, reads, axes)
    else:
        _write(block, box, reads, axes)


def _is_retyped(block: Block, box: Box, reads: Sequence[Read]) -> bool:
    """A reading that changes nothing: no statement, or `Y : T = X` where the result has anonymous axes."""
    spec, (x,), (y,) = box.spec, box.dom, box.cod
    assert spec is not None
    slots = spec.ins[0]
    straight = spec.plain and slots == spec.outs[0] and len({s.index for s in slots}) == len(slots)
    if not straight or any(spec.pads) or spec.summed:
        return False
    (type_, _), want, have = reads[0], block.want.get(y), block.d.wires[y]
    assert isinstance(have, Tensor)
    if have.shape != type_.shape or [spec.indices[s.index or 0].size for s in slots] != list(type_.shape):
        return False
    if want == type_.axes:
        block.alias(y, x)
        return True
    if want is not None and not all(a.name for a in want):
        new = type_.with_axes(want)
        text = block.text[x]
        block.say(f"{block.bind(y, new)} : {type_text(new)} = {text}")
        return True
    return False


def target_axes(block: Block, box: Box, reads: Sequence[Read]) -> tuple[Axis, ...]:
    """The axes of the result. One that only renames its operand must not get the same names."""
    spec, (y,) = box.spec, box.cod
    assert spec is not None
    axes = block.axes(y)
    same = len(reads) == 1 and spec.ins[0] == spec.outs[0] and tuple(reads[0][0].axes) == axes
    if same and block.want.get(y) is None and axes:
        return block.named(axes, {axes[0].name})
    return axes


def _is_plain(spec: Spec, out: Map, axes: Sequence[Axis]) -> bool:
    """Whether an index target can say this: every slot an index over the whole axis, or a merge of axes."""
    for slot, axis in zip(out, axes, strict=True):
        i = slot.index
        if i is not None and spec.indices[i].size == axis.size:
            continue
        if not axis.factors or not _merges(spec, slot, axis):
            return False
    return not spec.pad(len(spec.ins))


def _merges(spec: Spec, slot: Slot, axis: Axis) -> bool:
    if slot.offset != ZERO or slot.gather >= 0 or len(slot.terms) != len(axis.factors):
        return False
    step = ONE
    for (i, c), factor in zip(reversed(slot.terms), reversed(axis.factors), strict=True):
        if c != step or spec.indices[i].size != factor.size or not factor.name:
            return False
        step = step * factor.size
    return True


def indices(
    block: Block, box: Box, reads: Sequence[Read], outs: Sequence[tuple[Sequence[Axis], Map]]
) -> Indices:
    """Names for the index space of a box."""
    assert box.spec is not None
    merged = frozenset(i for m in box.spec.outs for slot in m if slot.index is None for i, _ in slot.terms)
    return Indices(box.spec, reads, outs, block.file.axes, block.file.letters, merged)


def _equation(block: Block, box: Box, reads: Sequence[Read], axes: tuple[Axis, ...]) -> None:
    spec, (y,) = box.spec, box.cod
    assert spec is not None
    flat_axes, flat_slots = _unmerged(axes, spec.outs[0])
    space = indices(block, box, reads, [(flat_axes, flat_slots)])
    slots = []
    for axis, slot in zip(axes, spec.outs[0], strict=True):
        names = [space.names[i] for i, _ in slot.terms]
        if len(names) > 1:
            slots.append(f"({' '.join(names)})")
            axis = Axis.merged(
                tuple(Axis(n, spec.indices[i].size) for n, (i, _) in zip(names, slot.terms, strict=True))
            )
        else:
            slots.append(names[0] if names[0] == axis.name else f"{axis.name} = {names[0]}")
    right = _product(block, box, reads, space)
    type_ = block.d.wires[y]
    assert isinstance(type_, Tensor)
    suffix, axes = block.typed(y, axes)
    name = block.bind(y, type_.with_axes(axes))
    block.say(f"{name}[{', '.join(slots)}]{suffix} = {right}")


def _unmerged(axes: Sequence[Axis], out: Map) -> tuple[list[Axis], Map]:
    flat: list[Axis] = []
    slots: list[Slot] = []
    for axis, slot in zip(axes, out, strict=True):
        if axis.factors and slot.index is None:
            flat += axis.factors
            slots += [Slot.at(i) for i, _ in slot.terms]
        else:
            flat.append(axis)
            slots.append(slot)
    return flat, tuple(slots)


def _product(block: Block, box: Box, reads: Sequence[Read], space: Indices) -> str:
    spec = box.spec
    assert spec is not None
    factors = [
        space.read(block.text[w], t, m, spec.pad(p))
        for p, (w, (t, m)) in enumerate(zip(box.dom, reads, strict=True))
    ]
    seen = {i for m in (*spec.ins, *spec.outs) for slot in m for i, _ in slot.terms}
    factors += [f"size[{space.names[i]}]" for i in range(len(spec.indices)) if i not in seen]
    if len(factors) == 1 and not reads[0][1]:
        factors.insert(0, "1")
    return " * ".join(factors) or "1"


def _write(block: Block, box: Box, reads: Sequence[Read], axes: tuple[Axis, ...]) -> None:
    """`Y[u = s*t + j, o; pad 0] += Z[t, o, j]`: positions on the left, what meets adds up."""
    spec, (y,) = box.spec, box.cod
    assert spec is not None
    axes = _all_named(block, axes)
    out = spec.outs[0]
    space = indices(block, box, reads, [(axes, out)])
    name, left = _target(block, y, axes, out, space, spec.pad(len(spec.ins)), {})
    block.say(f"{name}[{left}] += {_product(block, box, reads, space)}")


def _all_named(block: Block, axes: Sequence[Axis]) -> tuple[Axis, ...]:
    return block.named(Axis(a.name, a.size) for a in axes)


def _target(
    block: Block,
    y: int,
    axes: tuple[Axis, ...],
    out: Map,
    space: Indices,
    pad: str | None,
    at: dict[int, str],
) -> tuple[str, str]:
    places = []
    for axis, slot in zip(axes, out, strict=True):
        i = slot.index
        if i is not None and space.names[i] == axis.name:
            places.append(axis.name)
        else:
            places.append(f"{axis.name} = {space.names[i] if i is not None else space.affine(slot, at)}")
    type_ = block.d.wires[y]
    assert isinstance(type_, Tensor)
    name = block.bind(y, type_.with_axes(axes))
    return name, ", ".join(places) + (f"; pad {pad}" if pad is not None else "")


@writer("gather")
def gather(block: Block, box: Box) -> None:
    """`E[t, m] = table[tokens[t], m]`."""
    spec, (y,) = box.spec, box.cod
    assert spec is not None
    reads = block.reads(box)
    axes = _all_named(block, block.axes(y))
    space = indices(block, box, _in_text_order(reads, spec.ins[0]), [(axes, spec.outs[0])])
    at = positions(block, box, reads, space)
    right = space.read(block.text[box.dom[0]], *reads[0], spec.pad(0), at)
    pairs = [
        (a.name, space.names[s.index]) for a, s in zip(axes, spec.outs[0], strict=True) if s.index is not None
    ]
    type_ = block.d.wires[y]
    assert isinstance(type_, Tensor)
    suffix, axes = block.typed(y, axes)
    name = block.bind(y, type_.with_axes(axes))
    left = ", ".join(n if n == a else f"{a} = {n}" for a, n in pairs)
    block.say(f"{name}[{left}]{suffix} = {right}")


def _in_text_order(reads: Sequence[Read], table: Map) -> list[Read]:
    """The reads in the order of the text: positions stand inside the slots of the table."""
    order = [reads[s.gather] for s in table if s.gather >= 0]
    return [*order, reads[0]]


def positions(block: Block, box: Box, reads: Sequence[Read], space: Indices) -> dict[int, str]:
    """The texts of the positions on wires."""
    return {p: space.read(block.text[box.dom[p]], *reads[p], None) for p in range(1, len(box.dom))}


@writer("scatter")
def scatter(block: Block, box: Box) -> None:
    """`A[u = dst[e], f] += H[e, f]`."""
    spec, (y,) = box.spec, box.cod
    assert spec is not None
    reads = block.reads(box)
    axes = _all_named(block, block.axes(y))
    space = indices(block, box, [*_in_text_order(reads, spec.outs[0])], [(axes, spec.outs[0])])
    at = positions(block, box, reads, space)
    right = space.read(block.text[box.dom[0]], *reads[0], None)
    name, left = _target(block, y, axes, spec.outs[0], space, spec.pad(len(spec.ins)), at)
    block.say(f"{name}[{left}] += {right if reads[0][1] else '1 * ' + right}")


def whole_size(size: Size) -> str:
    """A size in an equation, where a bare axis name in brackets is a position."""
    return position_text(size)
