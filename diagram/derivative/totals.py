"""What a backward scan leaves for later: boxes for all positions of its axis at once, and sums over the
positions.

A sum goes through linear boxes and ends in a contraction over the axis: the cotangent of a weight is one
product of matrices after the scan, not a sum that the scan carries.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from diagram.lifting import Lifting, fresh, repeated
from diagram.ops import STANDARD
from diagram.reals import Real
from diagram.sharing import Sharing, prune
from diagram.spec import Slot, Spec
from diagram.types import Axis, Tensor
from diagram.value import Box, Diagram, make


def after(
    work: Sharing, body: Diagram, boxes: Sequence[Box], axis: Axis, stacked: Mapping[int, int],
    fixed: Mapping[int, int], slices: Mapping[int, int], sums: Mapping[int, int],
) -> dict[int, int]:  # fmt: skip
    """`boxes` of `body` for every position of `axis`, on stacked and fixed wires; returns the wires of the
    results.

    Results in `slices` keep the axis in front, those in `sums` are summed over it.
    """
    inputs = (*stacked, *fixed)
    names = [body.names[w].replace(".", "_") for w in range(len(body.wires))]
    flat = body.flat._replace(inputs=inputs, params=(), boxes=tuple(boxes), outputs=(), names=tuple(names))
    part = make(flat, tuple(body.wires[w] for w in inputs), (), body.category, body.name)
    lifting = Lifting(part, fresh(part, (axis,)))
    lifting.enter([(0,)] * len(stacked) + [()] * len(fixed))
    for box in part.boxes:
        lifting.box(box)
    b = lifting.builder
    outs = [repeated(b, lifting.to[w], lifting.degree, lifting.has[w], (0,)) for w in slices.values()]
    totals = _Totals(lifting)
    outs += [totals.of(lifting.to[w], bool(lifting.has[w])) for w in sums.values()]
    late = prune(b.build(outs))
    to = dict(zip(late.inputs, [*stacked.values(), *fixed.values()], strict=True))
    for box in late.boxes:
        types = [late.wires[w] for w in box.cod]
        made = work.box(box.op, [to[w] for w in box.dom], types, box.spec, box.args, box.bodies, box.mark)
        for w, mine in zip(box.cod, made, strict=True):
            to[w] = mine
            work.builder.names[mine] = work.builder.names[mine] or late.names[w]
    return dict(zip((*slices, *sums), [to[w] for w in late.outputs], strict=True))


class _Totals:
    """Sums over the first axis of wires that have been lifted."""

    def __init__(self, lifting: Lifting) -> None:
        self.b = lifting.builder
        (self.axis,) = lifting.degree
        self.varies = {lifting.to[w] for w, has in lifting.has.items() if has}
        self.maker = {w: box for box in self.b.boxes for w in box.cod}

    def of(self, w: int, varies: bool) -> int:
        """The sum of the wire over all positions."""
        if not varies:
            return self.scaled(w)
        box = self.maker.get(w)
        if box is not None and box.spec is not None:
            if box.op.name in ("contract", "scatter") and not box.spec.pad(len(box.dom)):
                return self.written(box, box.spec)
            if (
                box.op.name in ("add", "sub", "neg", "scale")
                and all(self.type(v).shape == self.type(w).shape and v in self.varies for v in box.dom)
                and _straight(box.spec)
            ):
                return self.linear(box)
        type_ = self.type(w)
        plain = tuple(map(Slot.at, range(len(type_.axes))))
        return self.made("contract", (w,), Spec(type_.axes, (plain,), (plain[1:],)), type_)

    def written(self, box: Box, spec: Spec) -> int:
        """Without the new axis, what a contraction or a scatter writes adds up."""
        (out,) = spec.outs
        first = out[0].index
        if first is None or any(i == first for slot in out[1:] for i, _ in slot.terms):
            raise AssertionError("what is lifted writes its new axis in front")
        new = Spec(spec.indices, spec.ins, (out[1:],), (), spec.pads)
        return self.made(box.op.name, box.dom, new, self.type(box.cod[0]), box)

    def linear(self, box: Box) -> int:
        parts = [self.of(v, True) for v in box.dom]
        type_ = self.type(box.cod[0])
        plain = tuple(map(Slot.at, range(len(type_.axes) - 1)))
        spec = Spec(type_.axes[1:], (plain,) * len(parts), (plain,))
        return self.made(box.op.name, parts, spec, type_, box)

    def scaled(self, w: int) -> int:
        """A wire that is the same everywhere."""
        type_ = self.type(w)
        plain = tuple(map(Slot.at, range(len(type_.axes))))
        args = (("by", Real.of(self.axis.size)),)
        return self.b.box(STANDARD["scale"], (w,), (type_,), Spec(type_.axes, (plain,), (plain,)), args)[0]

    def made(self, name: str, dom: Sequence[int], spec: Spec, type_: Tensor, like: Box | None = None) -> int:
        args = like.args if like is not None else ()
        return self.b.box(STANDARD[name], dom, (type_.with_axes(type_.axes[1:]),), spec, args)[0]

    def type(self, w: int) -> Tensor:
        type_ = self.b.wires[w]
        assert isinstance(type_, Tensor)
        return type_


def _straight(spec: Spec) -> bool:
    """Whether all ports read and write alike."""
    return all(m == spec.outs[0] for m in spec.ins)
