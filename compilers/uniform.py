"""Arrays that hold one number everywhere, known while compiling: the cotangent of a mean is one. Products
with them are scalings, and scalings of scalings one.
"""

from __future__ import annotations

from dataclasses import replace

from compilers.program import Program, alive
from diagram.ops import STANDARD
from diagram.reals import Real
from diagram.sizes import product
from diagram.spec import Map, Slot, Spec
from diagram.types import Tensor
from diagram.value import Box

ONE = Real.of(1)


def uniform(p: Program) -> Program:
    """The program with products by constants as scalings. Values stay, up to the rounding of the constants.
    O(boxes).
    """
    if not any(step.op.name in ("const", "full", "scale") for step in p.steps):
        return p
    known = _Known(p)
    for step in p.steps:
        known.step(step)
    outputs = tuple(known.to.get(w, w) for w in p.outputs)
    return replace(p, steps=alive(known.steps, outputs), outputs=outputs)


class _Known:
    """The pass: what is known of the wires so far."""

    def __init__(self, p: Program) -> None:
        self.wires = p.wires
        self.reads = p.reads
        self.numbers: dict[int, Real] = {}
        self.scaled: dict[int, Box] = {}
        self.to: dict[int, int] = {}
        self.steps: list[Box] = []

    def step(self, box: Box) -> None:
        """One box, as it is or simpler."""
        if any(w in self.to for w in box.dom):
            box = box._replace(dom=tuple(self.to.get(w, w) for w in box.dom))
        type_ = self.wires[box.cod[0]] if len(box.cod) == 1 else None
        if isinstance(type_, Tensor) and type_.dtype.is_real and box.spec is not None:
            name = box.op.name
            if name in ("const", "full") and isinstance(value := box.arg("value"), Real):
                self.numbers[box.cod[0]] = value
            elif name == "contract":
                box = self.product(box, box.spec)
            if box.op.name == "scale":
                box = self.scale(box, type_)
        self.steps.append(box)

    def product(self, box: Box, spec: Spec) -> Box:
        """A contraction without the operands that are one number."""
        rest = [k for k, w in enumerate(box.dom) if w not in self.numbers or spec.pad(k) is not None]
        if len(rest) == len(box.dom) or len(rest) > 1:
            return box
        number = ONE
        for k, w in enumerate(box.dom):
            if k not in rest:
                number = number * self.numbers[w]
        seen = {i for k in rest for slot in spec.ins[k] for i, _ in slot.terms}
        out = _plain(spec.outs[0])
        if (
            out is None
            or spec.pad(len(spec.ins)) is not None
            or not _whole(self.wires[box.cod[0]], spec, out)
        ):
            return box
        gone = product(spec.indices[i].size for i in range(len(spec.indices)) if i not in seen | set(out))
        number = number * Real.of(gone)
        if not rest:
            self.numbers[box.cod[0]] = number
            return _filled(box, number, self.wires[box.cod[0]])
        (k,) = rest
        if _plain(spec.ins[k]) != out or not _whole(self.wires[box.dom[k]], spec, out):
            return box
        if self._dtype(box.dom[k]) != self._dtype(box.cod[0]):
            return box
        one = Spec(spec.indices, (spec.ins[k],), spec.outs)
        return Box(
            STANDARD["scale"], (box.dom[k],), box.cod, _tight(one, out), (("by", number),), (), box.mark
        )

    def scale(self, box: Box, type_: Tensor) -> Box:
        """Of one number another, of a scaling one scaling."""
        (w,), by = box.dom, box.arg("by")
        if not isinstance(by, Real) or self._dtype(w) != type_.dtype:
            return box
        if w in self.numbers:
            number = self.numbers[w] * by
            self.numbers[box.cod[0]] = number
            return _filled(box, number, type_)
        before = self.scaled.get(w)
        if before is not None and self.reads[w] == 1 and _same(before) and _same(box):
            other = before.arg("by")
            assert isinstance(other, Real)
            args = tuple((k, other * by if k == "by" else v) for k, v in box.args)
            box = box._replace(dom=before.dom, args=args)
        self.scaled[box.cod[0]] = box
        return box

    def _dtype(self, w: int) -> object:
        return getattr(self.wires[w], "dtype", None)


def _filled(box: Box, number: Real, type_: object) -> Box:
    assert isinstance(type_, Tensor)
    n = len(type_.axes)
    spec = Spec(type_.axes, (), (tuple(map(Slot.at, range(n))),))
    op = STANDARD["full" if n else "const"]
    return Box(op, (), box.cod, spec, (("value", number),), (), box.mark)


def _plain(slots: Map) -> list[int] | None:
    """The indices of slots that are distinct indices, else None."""
    found = [slot.index for slot in slots]
    return None if None in found or len(set(found)) < len(found) else [i for i in found if i is not None]


def _whole(type_: object, spec: Spec, order: list[int]) -> bool:
    """Whether the axes of a wire are read or written to their ends."""
    assert isinstance(type_, Tensor)
    return all(spec.indices[i].size == n for i, n in zip(order, type_.shape, strict=True))


def _tight(spec: Spec, order: list[int]) -> Spec:
    """The index structure of a pointwise box: no index but those of its arrays."""
    axes = tuple(spec.indices[i] for i in order)
    slots = tuple(map(Slot.at, range(len(order))))
    return Spec(axes, (slots,), (slots,))


def _same(box: Box) -> bool:
    """Whether a pointwise box reads its array as it writes it."""
    return box.spec is not None and box.spec.ins[0] == box.spec.outs[0] and box.spec.plain
