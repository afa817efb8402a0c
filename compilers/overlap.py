"""Overlapping writes as reads, for numpy: what the derivative of a convolution adds up is gathered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from diagram.sizes import ONE, ZERO, Size
from diagram.spec import Slot, Spec
from diagram.types import Axis, Tensor
from diagram.value import Box


def read_instead(box: Box, dom: Sequence[Tensor], cod: Tensor) -> Box:
    """Overlapping writes of windows with step 1 as a read: `Y[y + i] += A[y] * W[i]` is `Y[u] = A[u - i;
    pad 0] * W[i]`.

    Windows are copied once then, and one product does the rest. Where the sum over i may run backwards, it
    does, so that not the windows are turned round but what they are multiplied with.
    """
    spec = box.spec
    assert spec is not None
    for a, slot in enumerate(spec.outs[0]):
        if len(slot.terms) != 2 or slot.gather >= 0 or any(c != 1 for _, c in slot.terms):
            continue
        for (place, _), (tap, _) in (slot.terms, slot.terms[::-1]):
            found = _turned(spec, dom, cod, a, place, tap)
            if found is not None:
                return read_instead(box._replace(spec=found), dom, cod)
    return box


def _turned(spec: Spec, dom: Sequence[Tensor], cod: Tensor, axis: int, place: int, tap: int) -> Spec | None:
    """The structure that reads axis `axis` of the result; None if `place` is not one whole axis of one
    operand.
    """
    (out,) = spec.outs
    holders = [p for p, slots in enumerate(spec.ins) if any(place == i for s in slots for i, _ in s.terms)]
    if len(holders) != 1 or any(tap == i for s in spec.ins[holders[0]] for i, _ in s.terms):
        return None
    (p,) = holders
    at = [k for k, s in enumerate(spec.ins[p]) if any(place == i for i, _ in s.terms)]
    others = [s for k, s in enumerate(out) if k != axis]
    if len(at) != 1 or spec.ins[p][at[0]].index is None:
        return None
    if any(i in (place, tap) for s in others for i, _ in s.terms):
        return None
    if spec.pad(p) not in (None, "0") or spec.pad(len(spec.ins)) not in (None, "0"):
        return None
    if dom[p].shape[at[0]] != spec.indices[place].size:
        return None
    moved = Slot(((place, ONE), (tap, -ONE)), ZERO - out[axis].offset)
    turned = tuple(moved if k == at[0] else s for k, s in enumerate(spec.ins[p]))
    ins = (*spec.ins[:p], turned, *spec.ins[p + 1 :])
    beside = [s for q, slots in enumerate(spec.ins) if q != p for s in slots if tap in dict(s.terms)]
    if all(s.index == tap for s in beside):
        last = spec.indices[tap].size - 1
        ins = tuple(tuple(_backwards(s, tap, last) for s in slots) for slots in ins)
    outs = (tuple(Slot.at(place) if k == axis else s for k, s in enumerate(out)),)
    pads = tuple("0" if q == p else spec.pad(q) for q in range(len(spec.ins) + 1))
    whole = Axis("", cod.shape[axis])
    indices = tuple(whole if i == place else a for i, a in enumerate(spec.indices))
    return Spec(indices, ins, outs, spec.core, pads)


def _backwards(slot: Slot, index: int, last: Size) -> Slot:
    """The slot with `last - index` for the index."""
    change = sum((c * last for i, c in slot.terms if i == index), ZERO)
    terms = tuple((i, -c if i == index else c) for i, c in slot.terms)
    return replace(slot, terms=terms, offset=slot.offset + change)
