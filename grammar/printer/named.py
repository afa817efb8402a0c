"""Boxes that name axes of their operand: reductions, softmax and the like, top, concat, sources, linear
algebra."""

from __future__ import annotations

from collections.abc import Sequence

from diagram.reals import Real
from diagram.sizes import ZERO
from diagram.types import Axis, R, Tensor, Type
from diagram.value import Box
from grammar.printer.block import Block, writer
from grammar.printer.indices import Read
from grammar.printer.words import cannot, type_text


def renamed_read(block: Block, w: int, names: Sequence[str]) -> str:
    """The array under other names of its axes, by an equation."""
    type_ = block.array(w)
    axes = tuple(Axis(n, a.size) for n, a in zip(names, type_.axes, strict=True))
    letters: list[str] = []
    for axis, name in zip(type_.axes, names, strict=True):
        clash = name in type_.names and axis.name != name
        fits = not axis.name or axis.stem == name.rstrip("'")
        good = not clash and fits
        letters.append(name if good else block.file.letters.take(axis.size, letters))
    left = [n if n == i else f"{n} = {i}" for n, i in zip(names, letters, strict=True)]
    name = block.words.free(block.d.names[w], "t")
    block.say(f"{name}[{', '.join(left)}] = {block.text[w]}[{', '.join(letters)}]")
    block.text[w], block.types[w] = name, type_.with_axes(axes)
    return name


def straight(block: Block, box: Box, port: int = 0) -> tuple[Tensor, list[int]]:
    """An operand all of whose axes have names, read as it is; the index of each of its axes."""
    spec = box.spec
    assert spec is not None
    w, slots = box.dom[port], spec.ins[port]
    order = [s.index for s in slots]
    if None in order or len(set(order)) < len(order):
        raise cannot(f"`{box.op.name}` of a part of an array", "read the part first")
    if not all(block.array(w).names):
        renamed_read(block, w, [a.name for a in block.named(block.array(w).axes)])
    return block.array(w), [i for i in order if i is not None]


def _result(
    block: Block, w: int, axes: tuple[Axis, ...], text: str, order: Sequence[int], out: Sequence[int]
) -> None:
    """Bind a result whose axes come as the indices `order`; permuted by an equation if `out` is another
    order."""
    type_ = block.d.wires[w]
    assert isinstance(type_, Tensor)
    if list(order) == list(out):
        block.define(w, type_.with_axes(axes), text, 9)
        return
    first = block.words.free("", "t")
    block.say(f"{first} = {text}")
    place = {i: k for k, i in enumerate(order)}
    moved = tuple(axes[place[i]] for i in out)
    name = block.bind(w, type_.with_axes(moved))
    block.say(f"{name}[{', '.join(a.name for a in moved)}] = {first}[{', '.join(a.name for a in axes)}]")


@writer("reduce", "along")
def over_axes(block: Block, box: Box) -> None:
    """`max[x](A)`, `softmax[x](S)`."""
    spec, (y,) = box.spec, box.cod
    assert spec is not None
    type_, order = straight(block, box)
    names = dict(zip(order, type_.names, strict=True))
    core = ", ".join(names[c] for c in spec.core)
    keep = [i for i in order if box.op.kind == "along" or i not in spec.core]
    axes = tuple(type_.axes[order.index(i)] for i in keep)
    out = [s.index for s in spec.outs[0] if s.index is not None]
    _result(block, y, axes, f"{box.op.name}[{core}]({block.expression(box.dom[0])})", keep, out)


@writer("top")
def top(block: Block, box: Box) -> None:
    """`V, P = top[e, j](A)`."""
    spec = box.spec
    assert spec is not None
    type_, order = straight(block, box)
    along, count = spec.core
    k = order.index(along)
    wanted = block.axes(box.cod[0], type_.names)[k].name
    name = block.file.axes.name(wanted, spec.indices[count].size, type_.names)
    axes = (*type_.axes[:k], Axis(name, spec.indices[count].size), *type_.axes[k + 1 :])
    text = f"top[{type_.axes[k].name}, {name}]({block.text[box.dom[0]]})"
    names = [block.bind(w, _with(block, w, axes)) for w in box.cod]
    block.say(f"{', '.join(names)} = {text}")


def _with(block: Block, w: int, axes: tuple[Axis, ...]) -> Type:
    type_ = block.d.wires[w]
    assert isinstance(type_, Tensor)
    return type_.with_axes(axes)


@writer("source")
def source(block: Block, box: Box) -> None:
    """`Z : R[x, m] = 0`, `p = index[t]`, `E = eye[i, j]`."""
    (y,) = box.cod
    type_ = block.d.wires[y]
    assert isinstance(type_, Tensor)
    axes = block.axes(y) if type_.axes else ()
    if box.op.name in ("const", "full"):
        value = box.arg("value")
        want = block.want.get(y)
        new = type_.with_axes(want if want is not None else axes)
        number = Real.of(value) if isinstance(value, Real | int | float | complex) else Real.of(0)
        block.say(f"{block.bind(y, new, 'c')} : {type_text(new)} = {block.file.axes.number(number)}")
        return
    names = ", ".join(a.name for a in axes)
    word = "index" if box.op.name == "iota" else "eye"
    if word == "eye" and type_.dtype != R:
        new = type_.with_axes(axes)
        block.say(f"{block.bind(y, new, 'p')} : {type_text(new)} = eye")
        return
    block.say(f"{block.bind(y, type_.with_axes(axes), 'p')} = {word}[{names}]")


@writer("concat")
def concat(block: Block, box: Box) -> None:
    """`concat[k = n](A, B)`: operands get the names that the operation matches them by."""
    spec, (y,) = box.spec, box.cod
    assert spec is not None
    (core,) = spec.core
    reads = block.reads(box)
    big = max(range(len(reads)), key=lambda k: (len(reads[k][0].axes), -k))
    out = [s.index for s in spec.outs[0] if s.index is not None]
    common = {i: a for i, a in zip(out, block.axes(y), strict=True) if i != core}
    host = reads[big]
    for axis, slot in zip(host[0].axes, host[1], strict=True):
        if slot.index in common and axis.name:
            common[slot.index] = axis
    joined = dict(zip(out, block.axes(y, {a.name for a in common.values()}), strict=True))[core]
    size = joined.size
    target = block.file.axes.name(joined.name, size, {a.name for a in common.values()} | _joins(reads, core))
    part = _concat_operands(block, box, reads, core, common, target)
    order = [core if _position(s, core) else s.index for s in host[1]]
    if core not in order:
        raise cannot("a concatenation of single elements", "give each an axis of size 1")
    axes = tuple(Axis(target, size) if i == core else common[i] for i in order if i is not None)
    text = f"concat[{target}{' = ' + part if part else ''}]({', '.join(block.text[w] for w in box.dom)})"
    _result(block, y, axes, text, [i for i in order if i is not None], out)


def _position(slot: object, core: int) -> bool:
    return any(i == core for i, _ in slot.terms)  # type: ignore[attr-defined]


def _joins(reads: Sequence[Read], core: int) -> set[str]:
    return {a.name for t, m in reads for a, s in zip(t.axes, m, strict=True) if _position(s, core)}


def _concat_operands(
    block: Block, box: Box, reads: Sequence[Read], core: int, common: dict[int, Axis], target: str
) -> str:
    """Common axes get one name in all operands, joined axes names that no other operand has in common."""
    joined = [next((a for a, s in zip(t.axes, m, strict=True) if _position(s, core)), None) for t, m in reads]
    sizes = {a.size for a in joined if a is not None}
    taken = {a.name for a in common.values()} | {target}
    shared = ""
    if len(sizes) == 1 or len({a.name for a in joined if a is not None}) < sum(a is not None for a in joined):
        names = {a.name for a in joined if a is not None}
        (shared,) = names if len(names) == 1 and not names & taken and "" not in names else ("",)
        shared = shared or (block.file.axes.name("n", next(iter(sizes)), taken) if len(sizes) == 1 else "")
    for w, (type_, slots), join in zip(box.dom, reads, joined, strict=True):
        given: list[str] = []
        for axis, slot in zip(type_.axes, slots, strict=True):
            if axis is join:
                own = shared or (axis.name if axis.name and axis.name not in taken else "")
                own = own or block.file.axes.name("n", axis.size, taken)
                taken.add(own)
                given.append(own)
            else:
                if slot.index is None or slot.offset != ZERO:
                    raise cannot("`concat` of a part of an array", "read the part first")
                given.append(common[slot.index].name)
        if tuple(given) != type_.names:
            renamed_read(block, w, given)
    return shared


@writer("whole")
def linear_algebra(block: Block, box: Box) -> None:
    """`inv[r, c](A)`, `solve[r, c](A, b)`, `w, V = eigh[r, c, k](A)`."""
    spec = box.spec
    assert spec is not None
    names: dict[int, str] = {}
    operands = [straight(block, box, p) for p in range(len(box.dom))]
    for p, (type_, order) in enumerate(operands):
        for i, axis in zip(order, type_.axes, strict=True):
            if i not in names:
                free = axis.name not in names.values() and (axis.name or i not in spec.core)
                names[i] = axis.name if free else block.file.axes.name(axis.name, axis.size, names.values())
        named = [names[i] for i in order]
        if tuple(named) != type_.names:
            renamed_read(block, box.dom[p], named)
    for c in spec.core:
        if c not in names:
            names[c] = block.file.axes.name(spec.indices[c].name or "n", spec.indices[c].size, names.values())
    core = ", ".join(names[c] for c in spec.core)
    text = f"{box.op.name}[{core}]({', '.join(block.text[w] for w in box.dom)})"
    results = []
    for w, slots in zip(box.cod, spec.outs, strict=True):
        axes = tuple(Axis(names[s.index], spec.indices[s.index].size) for s in slots if s.index is not None)
        results.append(block.bind(w, _with(block, w, axes)))
    block.say(f"{', '.join(results)} = {text}")
