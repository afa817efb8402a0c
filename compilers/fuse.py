"""Torch has kernels for some patterns of boxes: affine maps, layer and RMS norm, attention. Found here,
once a program.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from compilers.program import Program, alive
from diagram.op import Kind, Op
from diagram.reals import Real
from diagram.spec import Map, Slot, Spec
from diagram.types import Tensor
from diagram.value import Args, Box


def _kernel(name: str) -> Op:
    return Op(f"torch.{name}", Kind.WHOLE, -1, doc="A kernel of torch, for a pattern of boxes.")


AFFINE, LAYER_NORM, RMS_NORM, ATTENTION, UNBIND = map(
    _kernel, ("affine", "layer_norm", "rms_norm", "attention", "unbind")
)


def fuse(p: Program, learned: Iterable[int]) -> Program:
    """The program with patterns replaced by kernels; what they no longer need is dropped. `learned` are
    the wires of learned arrays.
    """
    found = Patterns(p, learned)
    steps = unbound(p, [found.replacement(step) or step for step in p.steps])
    return replace(p, steps=alive(steps, p.outputs))


def unbound(p: Program, steps: Sequence[Box]) -> list[Box]:
    """Reads of every position of an axis, one by one, become one kernel: it has one step in the
    derivative, not one for each with zeros around it.
    """
    groups: dict[int, list[tuple[int, Box]]] = {}
    for step in steps:
        axis = _picked(step)
        if axis is not None:
            groups.setdefault(step.dom[0], []).append((axis, step))
    replaced: dict[int, Box | None] = {}
    for wire, found in groups.items():
        type_ = p.wires[wire]
        (axis, first) = found[0]
        places = {_place(step): step for _, step in found}
        assert isinstance(type_, Tensor)
        one = {a for a, _ in found} == {axis} and len(places) == len(found) > 1
        if one and type_.shape[axis] == len(places) and all(_whole(step, type_) for _, step in found):
            cod = tuple(places[k].cod[0] for k in range(len(places)))
            replaced.update({id(step): None for _, step in found})
            replaced[id(first)] = Box(UNBIND, (wire,), cod, first.spec, (("axis", axis),))
    return [new for step in steps if (new := replaced.get(id(step), step)) is not None]


def _picked(box: Box) -> int | None:
    """The axis along which a box reads one position and otherwise nothing but the whole array, in order."""
    spec = box.spec
    if box.op.name != "contract" or len(box.dom) != 1 or spec is None or spec.summed or spec.pads:
        return None
    slots = spec.ins[0]
    picked = [a for a, slot in enumerate(slots) if not slot.terms]
    rest = [slot.index for slot in slots if slot.terms]
    if len(picked) != 1 or slots[picked[0]].offset.constant is None or rest != plain(spec.outs[0]):
        return None
    return picked[0] if len(set(rest)) == len(rest) else None


def _whole(box: Box, type_: Tensor) -> bool:
    """Whether the axes that stay are read to their ends."""
    assert box.spec is not None
    sizes = box.spec.indices
    slots = zip(box.spec.ins[0], type_.shape, strict=True)
    return all(slot.index is None or sizes[slot.index].size == n for slot, n in slots)


def _place(box: Box) -> int:
    assert box.spec is not None
    return next(slot.offset.constant or 0 for slot in box.spec.ins[0] if not slot.terms)


class Patterns:
    """The program with a table of which box writes a wire."""

    def __init__(self, p: Program, learned: Iterable[int]) -> None:
        self.maker = {w: step for step in p.steps for w in step.cod}
        self.reads = p.reads
        self.learned = set(learned)
        self.norms: dict[int, Box] = {}
        self.wires = p.wires

    def replacement(self, box: Box) -> Box | None:
        """The kernel that computes what this box writes, if it ends a pattern."""
        name = box.op.name
        if name == "add":
            return self._norm(box) or self._affine_map(box)
        if name == "contract":
            return self._norm(box) or self._attention(box)
        return self._norm(box) if name == "div" else None

    def _made(self, wire: int, name: str, uses: int = 1) -> Box | None:
        """The box that wrote a wire, if it is of this operation and nothing else reads the wire."""
        box = self.maker.get(wire)
        if box is None or box.op.name != name or self.reads[wire] != uses or box.spec is None:
            return None
        return box

    def _affine_map(self, box: Box) -> Box | None:
        """`add(contract(X, W), b)` with W, b learned: a linear map or a convolution with its bias."""
        for product, bias in (box.dom, box.dom[::-1]):
            inner = self._made(product, "contract")
            to = _through(box, product)
            if inner is None or to is None or bias not in self.learned or len(inner.dom) != 2:
                continue
            spec = inner.spec
            assert spec is not None and box.spec is not None
            weight = next((k for k, w in enumerate(inner.dom) if w in self.learned), None)
            out = plain(spec.outs[0])
            if weight is None or -1 in out or not _same_order(box, to):
                continue
            own = plain(box.spec.ins[box.dom.index(bias)])
            labels = [out[to[i]] for i in own if i in to]
            right = [i for i in plain(spec.ins[weight]) if i in out]
            windowed = -1 in plain(spec.ins[1 - weight])
            if len(labels) == len(own) and labels == right and (windowed or is_linear(inner, self.learned)):
                dom = (inner.dom[1 - weight], inner.dom[weight], bias)
                ins = (spec.ins[1 - weight], spec.ins[weight], _slots(labels))
                pads = (spec.pad(1 - weight), spec.pad(weight))
                new = Spec(spec.indices, ins, spec.outs, (), pads if any(pads) else ())
                return Box(AFFINE, dom, box.cod, new, (), (), box.mark)
        return None

    def _norm(self, box: Box) -> Box | None:
        """Layer or RMS norm, with scale and shift where they follow."""
        found = self._normalised(box) or self._scaled(box) or self._shifted(box)
        if found is not None:
            self.norms[box.cod[0]] = found
        return found

    def _scaled(self, box: Box) -> Box | None:
        """A norm times a learned array over its core."""
        if box.op.name != "contract" or len(box.dom) != 2:
            return None
        return self._affine(box, "scale")

    def _shifted(self, box: Box) -> Box | None:
        if box.op.name != "add":
            return None
        return self._affine(box, "shift")

    def _affine(self, box: Box, what: str) -> Box | None:
        spec = box.spec
        assert spec is not None
        for value, learned in ((0, 1), (1, 0)):
            norm = self.norms.get(box.dom[value])
            if norm is None or self.reads[box.dom[value]] != 1 or not _is_plain(spec) or spec.summed:
                continue
            shape = norm.arg("affine")
            fits = {"scale": shape == (), "shift": shape == ("scale",) and norm.op is LAYER_NORM}[what]
            assert norm.spec is not None
            where = plain(spec.ins[value])
            core = [where[plain(norm.spec.ins[0]).index(c)] for c in norm.spec.core]
            same = plain(spec.outs[0]) == where and plain(spec.ins[learned]) == core
            if fits and same and box.dom[learned] in self.learned:
                ins = (*norm.spec.ins, _slots(norm.spec.core))
                args: Args = (("affine", (*_names(shape), what)), ("eps", norm.arg("eps")))
                new = Spec(norm.spec.indices, ins, norm.spec.outs, norm.spec.core)
                return Box(norm.op, (*norm.dom, box.dom[learned]), box.cod, new, args, (), box.mark)
        return None

    def _normalised(self, box: Box) -> Box | None:
        """`x / sqrt(mean(x**2) + eps)`, and the same of `X - mean(X)`."""
        if box.op.name != "div" or box.spec is None or not _is_plain(box.spec):
            return None
        x, root = box.dom
        sqrt = self._made(root, "sqrt")
        shift = self._made(sqrt.dom[0], "shift") if sqrt else None
        mean = self._made(shift.dom[0], "mean") if shift else None
        if shift is None or mean is None or mean.spec is None or not self._is_square(mean.dom[0], x):
            return None
        order = plain(mean.spec.ins[0])
        core = tuple(order.index(c) for c in mean.spec.core)
        kept = [k for k in range(len(order)) if k not in core]
        own = plain(box.spec.ins[0])
        if plain(box.spec.outs[0]) != own or plain(box.spec.ins[1]) != [own[k] for k in kept]:
            return None
        if plain(mean.spec.outs[0]) != [order[k] for k in kept] or core != tuple(
            range(len(kept), len(order))
        ):
            return None
        axes = tuple(box.spec.indices[i] for i in own)
        spec = Spec(axes, (_slots(range(len(axes))),), (_slots(range(len(axes))),), core)
        args: Args = (("affine", ()), ("eps", shift.arg("by")))
        centred = self._centred(x, core)
        if centred is not None:
            return Box(LAYER_NORM, (centred,), box.cod, spec, args, (), box.mark)
        return Box(RMS_NORM, (x,), box.cod, spec, args, (), box.mark)

    def _is_square(self, wire: int, x: int) -> bool:
        """Whether a wire is `x**2` or `x * x`, entry by entry."""
        power = self._made(wire, "power")
        if power is not None:
            by = power.arg("by")
            return power.dom == (x,) and isinstance(by, Real) and by.number == 2 and _is_identity(power)
        square = self._made(wire, "contract")
        return square is not None and square.dom == (x, x) and _is_identity(square)

    def _centred(self, wire: int, core: tuple[int, ...]) -> int | None:
        """The X of `X - mean(X)`, if `wire` is that and only the norm reads it."""
        uses = self.reads[wire]
        sub = self._made(wire, "sub", uses)
        mean = self._made(sub.dom[1], "mean") if sub else None
        if sub is None or mean is None or sub.spec is None or mean.spec is None or mean.dom[0] != sub.dom[0]:
            return None
        order, own = plain(mean.spec.ins[0]), plain(sub.spec.ins[0])
        same = tuple(order.index(c) for c in mean.spec.core) == core and plain(sub.spec.outs[0]) == own
        kept = [own[k] for k in range(len(own)) if k not in core]
        straight = plain(mean.spec.outs[0]) == [order[k] for k in range(len(order)) if k not in core]
        return (
            sub.dom[0]
            if same and straight and plain(sub.spec.ins[1]) == kept and _is_plain(sub.spec)
            else None
        )

    def _attention(self, box: Box) -> Box | None:
        """`softmax(Q K * scale [, causal]) V`."""
        from compilers.attention import attention

        return attention(self, box)


def plain(slots: Map) -> list[int]:
    """The indices of slots; -1 where a slot is no index."""
    return [-1 if s.index is None else s.index for s in slots]


def _is_plain(spec: Spec) -> bool:
    return spec.plain and all(len(set(plain(m))) == len(m) for m in (*spec.ins, *spec.outs))


def _is_identity(box: Box) -> bool:
    """Whether every port has the same axes in the same order, none summed."""
    assert box.spec is not None
    return _is_plain(box.spec) and len({tuple(plain(m)) for m in (*box.spec.ins, *box.spec.outs)}) == 1


def _slots(indices: Iterable[int]) -> Map:
    return tuple(Slot.at(i) for i in indices)


def _names(value: object) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, tuple) else ()


def _through(box: Box, wire: int) -> dict[int, int] | None:
    """For a pointwise box: from its indices to the axis of `wire`."""
    if box.spec is None or not _is_plain(box.spec):
        return None
    port = box.dom.index(wire)
    return {i: axis for axis, i in enumerate(plain(box.spec.ins[port]))}


def _same_order(box: Box, to: dict[int, int]) -> bool:
    """Whether the result has the axes of the operand, in its order."""
    assert box.spec is not None
    return [to.get(i, -1) for i in plain(box.spec.outs[0])] == list(range(len(to)))


def is_linear(box: Box, learned: set[int]) -> bool:
    """Whether a contraction is `F.linear`: a learned array [out.., in..], and an array with all the
    in axes.
    """
    spec = box.spec
    if spec is None or box.op.name != "contract" or len(box.dom) != 2 or not _is_plain(spec):
        return False
    if (box.dom[0] in learned) == (box.dom[1] in learned):
        return False
    weight, image = (0, 1) if box.dom[0] in learned else (1, 0)
    w, x, out = plain(spec.ins[weight]), plain(spec.ins[image]), set(plain(spec.outs[0]))
    right = [i for i in w if i in out]
    summed = [i for i in w if i not in out]
    left = [i for i in x if i not in summed]
    covered = set(summed) <= set(x) and not set(right) & set(x) and set(left) <= out
    return bool(right and summed and left) and w == right + summed and covered
