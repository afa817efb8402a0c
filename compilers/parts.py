"""Sums of arrays that each lie in one part of zeros: written into one buffer, one statement each.

The derivative of slices, such as the gates of a cell, or of reads at positions that come on wires, adds as
many arrays of zeros; here there is one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from compilers.dialect import COLON, brackets
from compilers.labels import Array
from compilers.lower import Job
from compilers.program import Program, alive
from compilers.text import PRODUCT
from compilers.writes import write_at
from diagram.op import Kind, Op
from diagram.spec import Map, Slot, Spec
from diagram.types import Axis, Tensor
from diagram.value import Box

PARTS = Op("parts", Kind.CONTRACT, -1, doc="The sum of all inputs, each at its place, zeros elsewhere.")


def together(p: Program) -> Program:
    """The program with such sums as one box. Values stay. O(boxes)."""
    reads = p.reads
    maker: dict[int, Box] = {}
    steps: list[Box] = []
    for step in p.steps:
        if step.op.name in ("add", "sub"):
            step = _joined(p, step, [_writes(p, maker.get(w), reads[w]) for w in step.dom]) or step
        maker.update(dict.fromkeys(step.cod, step))
        steps.append(step)
    return replace(p, steps=alive(steps, p.outputs))


def _writes(p: Program, box: Box | None, reads: int) -> Box | None:
    """A box that writes parts and is read once."""
    if box is None or reads != 1 or (box.op is not PARTS and not _is_part(p, box)):
        return None
    return box


def _is_part(p: Program, box: Box) -> bool:
    """One operand, or 1, read as it is, at a constant place of some axes, whole along the others; or at
    positions.
    """
    spec, type_ = box.spec, p.wires[box.cod[0]]
    if box.op.name == "scatter" and spec is not None and isinstance(type_, Tensor):
        return not any(spec.pads) and not spec.summed
    if box.op.name != "contract" or spec is None or len(box.dom) > 1 or not isinstance(type_, Tensor):
        return False
    read = [slot.index for slots in spec.ins for slot in slots]
    if None in read or len(set(read)) < len(read) or spec.summed or any(spec.pads):
        return False
    (out,) = spec.outs
    whole = all(
        not s.terms or (s.index is not None and spec.indices[s.index].size == n)
        for s, n in zip(out, type_.shape, strict=True)
    )
    own = [s.index for s in out if s.terms]
    return whole and len(own) < len(out) and sorted(map(str, own)) == sorted(map(str, read))


def _joined(p: Program, box: Box, parts: Sequence[Box | None]) -> Box | None:
    spec = box.spec
    if spec is None or any(m != spec.outs[0] for m in spec.ins):
        return None
    signs: list[bool] = []
    counts: list[int] = []
    dom: list[int] = []
    ins: list[Map] = []
    outs: list[Map] = []
    indices: list[Axis] = []
    for k, part in enumerate(parts):
        if part is None or part.spec is None or p.wires[part.cod[0]] != p.wires[box.cod[0]]:
            return None
        shift = len(indices)
        minus = part.arg("minus") or (False,)
        assert isinstance(minus, tuple)
        signs += [m != (k == 1 and box.op.name == "sub") for m in minus]
        own = part.arg("counts") or (len(part.dom),)
        assert isinstance(own, tuple)
        counts += [n for n in own if isinstance(n, int)]
        indices += part.spec.indices
        ins += [tuple(s.shifted(shift) for s in m) for m in part.spec.ins]
        outs += [tuple(_moved(s, shift, len(dom)) for s in m) for m in part.spec.outs]
        dom += part.dom
    if not dom:
        return None
    return box._replace(
        op=PARTS,
        dom=tuple(dom),
        spec=Spec(tuple(indices), tuple(ins), tuple(outs)),
        args=(("minus", tuple(signs)), ("counts", tuple(counts))),
    )


def _moved(slot: Slot, indices: int, ports: int) -> Slot:
    """The slot among more indices and more operands."""
    slot = slot.shifted(indices)
    return replace(slot, gather=slot.gather + ports) if slot.gather >= 0 else slot


def parts(job: Job) -> tuple[Array, ...]:
    """Zeros, then one statement for each part."""
    space, spec, frame = job.space(), job.spec, job.frame
    values = [job.read(space, k) for k in range(len(job.operands))]
    values[0] = space.named(values[0])
    shape = job.cod[0].shape
    out = frame.let(frame.dialect.zeros([frame.size(n) for n in shape], values[0].text), "out")
    whole = Array(out, tuple(range(len(shape))))
    before: list[Map] = []
    minus, counts = job.box.arg("minus"), job.box.arg("counts")
    assert isinstance(minus, tuple) and isinstance(counts, tuple)
    at = 0
    for slots, negative, count in zip(spec.outs, minus, counts, strict=True):
        value = values[at] if count else Array("1", ())
        positions = {k: values[k] for k in range(at + 1, at + count)}
        at += count
        if positions:
            taken = Array(f"-{value.atom}", value.labels, PRODUCT) if negative else value
            write_at(space, taken, shape, slots, None, positions, whole)
        else:
            order = [s.index for s in slots if s.index is not None]
            taken = space.permute(value, order)
            target = brackets(out, [COLON if s.terms else frame.size(s.offset) for s in slots])
            if all(_apart(slots, other) for other in before):
                frame.line(f"{target} = {'-' + taken.atom if negative else taken.text}")
            else:
                frame.line(f"{target} {'-' if negative else '+'}= {taken.text}")
        before.append(slots)
    return (whole,)


def _apart(a: Map, b: Map) -> bool:
    """Whether two places have nothing in common, for certain."""
    pairs = [
        (s.offset.constant, t.offset.constant)
        for s, t in zip(a, b, strict=True)
        if not s.terms and not t.terms and s.gather < 0 and t.gather < 0
    ]
    return any(m is not None and n is not None and m != n for m, n in pairs)
