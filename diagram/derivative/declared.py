"""Derivatives of declared boxes that state to be linear: on numbers a linear map is its own adjoint.

`box mul : R @ R -> R with { linear = [1, 2] }` is linear in each input, so the cotangent of an input is the box with
the cotangent of the result in that input's place.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from diagram.op import Kind, Op
from diagram.types import Tensor, Type

if TYPE_CHECKING:
    from diagram.derivative.sweep import Sweep
    from diagram.value import Box


def linear_ports(op: Op) -> tuple[int, ...]:
    """The inputs in which a declared box states to be linear, counted from 0."""
    if op.kind is not Kind.GENERATOR:
        return ()
    if "linear" in op.facts:
        return tuple(range(op.arity)) if op.arity == 1 else ()
    stated = [fact for fact in op.facts if fact.startswith("linear =")]
    return tuple(int(n) - 1 for fact in stated for n in re.findall(r"\d+", fact))


def has_adjoint(op: Op) -> bool:
    """Whether it is linear in every number it takes, and gives one number."""
    if op.kind is not Kind.GENERATOR or len(op.cod) != 1 or not _number(op.cod[0]):
        return False
    ports = linear_ports(op)
    return all(t == op.cod[0] and k in ports for k, t in enumerate(op.dom) if _smooth(t))


def _number(type_: Type) -> bool:
    return isinstance(type_, Tensor) and type_.dtype.is_real and not type_.axes


def _smooth(type_: Type) -> bool:
    return isinstance(type_, Tensor) and type_.dtype.is_smooth


def pull_declared(sweep: Sweep, box: Box) -> None:
    """The cotangent of each live input: the box with the cotangent of its result there."""
    dy = sweep.cotangent_or_zero(box.cod[0])
    dom = [sweep.to[w] for w in box.dom]
    for k, w in enumerate(box.dom):
        if w in sweep.live:
            wires = [*dom[:k], dy, *dom[k + 1 :]]
            (made,) = sweep.work.box(box.op, wires, [sweep.type(w)], None, box.args, (), box.mark)
            sweep.seed(w, made)
