"""Sums of what was written at positions: the sum over all positions is that of the values, without the write.

So the derivative of a read at labels needs no pass over the classes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from diagram.spec import Spec

if TYPE_CHECKING:
    from diagram.local import Local
    from diagram.term import Term


def unscattered(local: Local, term: Term, gone: set[int]) -> Term | None:
    """The sum of a scattered wire along `gone`, from the values; None if it is another wire, or has more."""
    box = local.work.scattered.get(term.factors[0].wire) if len(term.factors) == 1 else None
    if box is None or box.spec is None or not local.whole_wire(term.factors[0]):
        return None
    places = _places(box.spec, term.factors[0].indices, gone, len(box.dom))
    values = [s.index for s in box.spec.ins[0]]
    if places is None or len(set(values)) < len(values) or not set(places) <= set(values):
        return None
    names = []
    for i in values:
        if i is None:
            return None
        if i not in places:
            local.indices.append(box.spec.indices[i])
        names.append(places.get(i, len(local.indices) - 1))
    order = tuple(i for i in term.indices if i not in gone)
    return local.at(local.product(local.at(box.dom[0], names).factors, order), order)


def _places(spec: Spec, read: tuple[int, ...], gone: set[int], arity: int) -> dict[int, int] | None:
    """For each index that stays the index it is read as. None unless just `gone` is written at positions."""
    if spec.pad(arity) is not None:
        return None
    found: dict[int, int] = {}
    for slot, index in zip(spec.outs[0], read, strict=True):
        if index in gone and slot.gather >= 0 and not slot.terms:
            continue
        if index in gone or slot.gather >= 0 or slot.index is None or slot.index in found:
            return None
        found[slot.index] = index
    return found
