"""Contractions that only move entries are put into the contraction that reads or feeds them.

`L(X[s*t + d*j - p, c; pad 0])` is written as a read and a product; put together it is a convolution.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from compilers.program import Program, alive
from diagram.spec import Map, Slot, Spec
from diagram.types import Axis, Tensor
from diagram.value import Box


def compose(p: Program) -> Program:
    """The program with affine reads and writes inside the products beside them. Values stay. O(boxes)."""
    reads = p.reads
    maker: dict[int, Box] = {}
    steps: list[Box] = []
    for step in p.steps:
        if step.op.name == "contract":
            step = _with_reads(p, step, maker, reads)
            step = _with_product(p, step, maker, reads)
        maker.update(dict.fromkeys(step.cod, step))
        steps.append(step)
    return replace(p, steps=alive(steps, p.outputs))


def _with_reads(p: Program, box: Box, maker: dict[int, Box], reads: Sequence[int]) -> Box:
    """Inputs that are affine reads, used only here, are read where they come from."""
    for port, wire in enumerate(box.dom):
        inner = maker.get(wire)
        if inner is not None and reads[wire] == 1 and _is_read(inner) and len(box.dom) > 1:
            found = _joined(p, box, port, inner)
            if found is not None:
                dom = (*box.dom[:port], *inner.dom, *box.dom[port + 1 :])
                box = box._replace(dom=dom, spec=found)
    return box


def _with_product(p: Program, box: Box, maker: dict[int, Box], reads: Sequence[int]) -> Box:
    """An affine write of a product used only here, transposed or not, writes the product itself."""
    while box.spec is not None and len(box.dom) == 1 and _plain(box.spec.outs[0]) is None:
        inner = maker.get(box.dom[0])
        if inner is None or inner.op.name != "contract" or len(inner.dom) > 2 or reads[box.dom[0]] != 1:
            break
        found = _joined(p, box, 0, inner)
        if found is None:
            break
        box = box._replace(dom=inner.dom, spec=found)
    return box


def _is_read(box: Box) -> bool:
    """One operand, nothing summed, a slot that is not plain, results at plain positions."""
    spec = box.spec
    return (
        box.op.name == "contract"
        and spec is not None
        and len(box.dom) == 1
        and not spec.summed
        and _plain(spec.ins[0]) is None
    )


def _plain(slots: Map) -> list[int] | None:
    """The indices of slots that are distinct indices, else None."""
    found = [slot.index for slot in slots]
    if len(set(found)) < len(found) or None in found:
        return None
    return [i for i in found if i is not None]


def _joined(p: Program, outer: Box, port: int, inner: Box) -> Spec | None:
    """One structure for `outer` with `inner` in place of its input `port`; None if the port is not plain."""
    a, b = outer.spec, inner.spec
    assert a is not None and b is not None
    at, made = _plain(a.ins[port]), _plain(b.outs[0])
    type_ = p.wires[inner.cod[0]]
    assert isinstance(type_, Tensor)
    if at is None or made is None or a.pad(port) is not None or b.pad(len(b.ins)) is not None:
        return None
    if any(
        a.indices[i].size != n or b.indices[j].size != n
        for i, j, n in zip(at, made, type_.shape, strict=True)
    ):
        return None
    to = dict(zip(made, at, strict=True))
    indices: list[Axis] = list(a.indices)
    for j, axis in enumerate(b.indices):
        if j not in to:
            to[j] = len(indices)
            indices.append(axis)
    moved = tuple(tuple(_renumbered(slot, to) for slot in m) for m in b.ins)
    ins = (*a.ins[:port], *moved, *a.ins[port + 1 :])
    pads = (
        *(a.pad(k) for k in range(port)),
        *(b.pad(k) for k in range(len(b.ins))),
        *(a.pad(k) for k in range(port + 1, len(a.ins) + len(a.outs))),
    )
    return Spec(tuple(indices), ins, a.outs, (), pads if any(pads) else ())


def _renumbered(slot: Slot, to: dict[int, int]) -> Slot:
    return Slot(tuple((to[i], c) for i, c in slot.terms), slot.offset, slot.gather)
