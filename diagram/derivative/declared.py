"""Derivatives of declared boxes: stated, or found where they state to be linear.

`box f : A -> B with { grad = g }` has g : A @ B' -> A'. On numbers a linear map is its own adjoint:
`box mul : R @ R -> R with { linear = [1, 2] }` is linear in each input, so the cotangent of an input is the
box with the cotangent of the result in that input's place.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from diagram.op import Kind, Op, Terms
from diagram.ops import STANDARD
from diagram.types import Tensor, Type
from diagram.value import Args, Box, Diagram

if TYPE_CHECKING:
    from diagram.derivative.sweep import Sweep
    from diagram.local import Local
    from diagram.term import Term


@dataclass(slots=True, eq=False)
class Stated:
    """The `grad` of a declared box: `diagram : A @ B' -> A'`. It is filled in after the box is made, for
    it may use it.
    """

    diagram: Diagram | None = None

    def __call__(self, g: Local, xs: Terms, ys: Terms, dys: Terms) -> Sequence[Term | None]:
        raise AssertionError("a stated derivative is placed on wires")


def linear_ports(op: Op) -> tuple[int, ...]:
    """The inputs in which a declared box states to be linear, counted from 0."""
    if op.kind is not Kind.GENERATOR:
        return ()
    if "linear" in op.facts:
        return tuple(range(op.arity)) if op.arity == 1 else ()
    stated = [fact for fact in op.facts if fact.startswith("linear =")]
    return tuple(int(n) - 1 for fact in stated for n in re.findall(r"\d+", fact))


def has_adjoint(op: Op) -> bool:
    """Whether its derivative is stated, or it is linear in every number it takes, and gives one number."""
    if isinstance(op.grad, Stated):
        return True
    if op.kind is not Kind.GENERATOR or len(op.cod) != 1 or not _number(op.cod[0]):
        return False
    ports = linear_ports(op)
    return all(t == op.cod[0] and k in ports for k, t in enumerate(op.dom) if _smooth(t))


def _number(type_: Type) -> bool:
    return isinstance(type_, Tensor) and type_.dtype.is_real and not type_.axes


def _smooth(type_: Type) -> bool:
    return isinstance(type_, Tensor) and type_.dtype.is_smooth


def pull_declared(sweep: Sweep, box: Box) -> None:
    """The cotangent of each live input: as stated, or the box with the cotangent of its result there."""
    if isinstance(box.op.grad, Stated):
        _pull_stated(sweep, box, box.op.grad)
        return
    dy = sweep.cotangent_or_zero(box.cod[0])
    dom = [sweep.to[w] for w in box.dom]
    for k, w in enumerate(box.dom):
        if w in sweep.live:
            wires = [*dom[:k], dy, *dom[k + 1 :]]
            (made,) = sweep.work.box(box.op, wires, [sweep.type(w)], None, box.args, (), box.mark)
            sweep.seed(w, made)


def _pull_stated(sweep: Sweep, box: Box, stated: Stated) -> None:
    """A call of the diagram that is the derivative."""
    body = stated.diagram
    if body is None:
        raise ValueError(f"the derivative of {box.label} is not known yet: it is being made")
    dom = [sweep.to[w] for w in box.dom]
    dom += [sweep.cotangent_or_zero(w) for w in box.cod if _smooth(sweep.d.wires[w])]
    args: Args = (("degree", ()), ("ports", ((),) * len(dom)))
    made = sweep.work.box(STANDARD["call"], dom, body.cod, None, args, (body,), box.mark)
    smooth = [w for w in box.dom if _smooth(sweep.d.wires[w])]
    for w, wire in zip(smooth, made, strict=True):
        sweep.seed(w, wire)
