"""Derivatives that are nothing but index structure: contract, gather, scatter, concat."""

from __future__ import annotations

from diagram.local import Local
from diagram.ops import STANDARD
from diagram.reals import Real
from diagram.sizes import ONE, ZERO, Size
from diagram.spec import Map, Slot, Spec
from diagram.term import Factor, Term
from diagram.types import Tensor
from diagram.value import Box


def contract(local: Local, spec: Spec, k: int, xs: tuple[Term, ...], dy: Term) -> Term:
    """The other operands times the cotangent, read where the result was written; it goes where x was read."""
    result = dy
    for p, x in enumerate(xs):
        if p != k:
            result = result * x
    return result


def turned_pad(pad: str | None) -> str | None:
    """The pad of the adjoint: a read that met a number becomes a write that is dropped, and conversely."""
    return pad if pad in (None, "edge", "wrap", "reflect") else "0"


def gather(local: Local, box: Box, xs: tuple[Term, ...], dy: Term, type_: Tensor) -> int:
    """The adjoint of reading at positions is adding at positions: a scatter onto the table's axes."""
    spec = box.spec
    assert spec is not None
    values = local.wire(dy, _indices(spec.outs[0]), type_.dtype)
    wires = (values, *(x.factors[0].wire for x in xs[1:]))
    pad = turned_pad(spec.pad(0))
    pads = (None,) * len(wires) + (pad,) if pad else ()
    new = Spec(spec.indices, (spec.outs[0], *spec.ins[1:]), (spec.ins[0],), (), pads)
    return local.work.box(STANDARD["scatter"], wires, (type_,), new)[0]


def scatter(local: Local, box: Box, xs: tuple[Term, ...], dy: Term, type_: Tensor) -> Term:
    """The adjoint of adding at positions is reading at positions."""
    spec = box.spec
    assert spec is not None
    order = tuple(range(len(spec.indices)))
    (table,) = dy.factors
    wires = (table.wire, *(x.factors[0].wire for x in xs[1:]))
    pad = turned_pad(spec.pad(len(spec.ins)))
    pads = (pad,) if pad else ()
    new = Spec(spec.indices, (spec.outs[0], *spec.ins[1:]), (tuple(map(Slot.at, order)),), (), pads)
    cod = Tensor(type_.dtype, local.axes(order))
    return local.at(local.work.box(STANDARD["gather"], wires, (cod,), new)[0], order) * dy.scale


def concat(local: Local, box: Box, k: int, dy: Term, type_: Tensor) -> tuple[Term, Map]:
    """The slice of the cotangent that came from operand k, and the map of that operand in the new index."""
    spec = box.spec
    assert spec is not None
    (core,) = spec.core
    slots = spec.ins[k]
    at = next((n for n, slot in enumerate(slots) if any(i == core for i, _ in slot.terms)), None)
    if at is None:  # one element
        return _read(dy, core, Slot((), _offset(box, k))), slots
    local.indices.append(type_.axes[at])
    new = len(local.indices) - 1
    term = _read(dy, core, Slot(((new, ONE),), ZERO - slots[at].offset))
    return term, (*slots[:at], Slot.at(new), *slots[at + 1 :])


def _offset(box: Box, k: int) -> Size:
    offsets = box.arg("offsets")
    assert isinstance(offsets, tuple)
    leaf = offsets[k].leaf if isinstance(offsets[k], Real) else offsets[k]
    assert isinstance(leaf, int | Size)
    return Size.of(leaf)


def _read(dy: Term, core: int, slot: Slot) -> Term:
    """`dy` at another position of the core index; what does not depend on it stays."""
    factors = tuple(
        Factor(f.wire, tuple(slot if s.index == core else s for s in f.map), f.pad) for f in dy.factors
    )
    return Term(dy.local, factors, dy.scale)


def _indices(slots: Map) -> tuple[int, ...]:
    found = []
    for slot in slots:
        assert slot.index is not None, "gather writes plain positions"
        found.append(slot.index)
    return tuple(found)
