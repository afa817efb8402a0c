"""Diagrams turned over: the dagger (inputs for outputs, every box for its adjoint) and the transpose (bent
wires)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from diagram.melt import melt
from diagram.op import Kind, Op
from diagram.ops import STANDARD
from diagram.types import Type
from diagram.value import Box, Diagram, make

_PARTNER = {
    "braid": "unbraid",
    "unbraid": "braid",
    "twist": "untwist",
    "untwist": "twist",
    "cup": "cap",
    "cap": "cup",
}
DAGGER = ".dagger"
"""How the name of an adjoint box ends."""


def adjoint(d: Diagram) -> Diagram:
    """`f.dagger : B -> A` for `f : A -> B`; definitions are unfolded. Raises `ValueError` for learned arrays.

    >>> from diagram.hypergraph import box
    >>> from diagram.types import Ob
    >>> f = box("f", Ob("A"), Ob("B"))
    >>> adjoint(f), adjoint(adjoint(f)) == f
    (diagram : B -> A, True)
    """
    flat = melt(d, True)
    if flat.params:
        raise ValueError("a diagram with learned arrays has no dagger")
    boxes = tuple(_turned(box) for box in reversed(flat.boxes))
    new = flat._replace(boxes=boxes, inputs=flat.outputs, outputs=flat.inputs)
    return make(new, d.cod, d.dom, d.category)


def _turned(box: Box) -> Box:
    return box._replace(op=_op(box.op), dom=box.cod, cod=box.dom)


def _op(op: Op) -> Op:
    partner = _PARTNER.get(op.name) if op.kind == Kind.STRUCTURE else None
    if partner is not None and partner in STANDARD:
        return STANDARD[partner]
    if partner is None:
        partner = op.name[: -len(DAGGER)] if op.name.endswith(DAGGER) else op.name + DAGGER
    return replace(op, name=partner, arity=len(op.cod), dom=op.cod, cod=op.dom)


def transposed(d: Diagram, right: Callable[[Type], Type]) -> Diagram:
    """`f.T : B.r -> A.r`: the same wires and boxes with all ends bent; `right` is the adjoint of a type."""
    flat = d.flat
    n = len(d.dom)
    new = flat._replace(
        inputs=(*reversed(flat.outputs), *flat.inputs[n:]), outputs=tuple(reversed(flat.inputs[:n]))
    )
    dom, cod = (tuple(right(t) for t in reversed(types)) for types in (d.cod, d.dom))
    return make(new, dom, cod, d.category)
