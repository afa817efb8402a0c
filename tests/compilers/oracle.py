"""A box over an index space, computed entry by entry: what every lowering must equal."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np

from diagram.spec import Slot, Spec


class Outside(Exception):
    """A position outside an array that is not padded: the box is not well formed."""


def place(slot: Slot, point: Sequence[int], given: int = 0) -> int:
    """The position of a slot at a point of the index space."""
    value = slot.offset.evaluate({}) + sum(c.evaluate({}) * point[i] for i, c in slot.terms)
    return value + (given if slot.gather >= 0 else 0)


def inside(at: int, n: int, pad: str | None) -> int | None:
    """Where a position reads after padding; None for outside."""
    if 0 <= at < n:
        return at
    if pad is None:
        raise Outside
    if pad == "edge":
        return min(max(at, 0), n - 1)
    if pad == "wrap":
        return at % n
    if pad == "reflect":
        period = max(1, 2 * n - 2)
        return min(at % period, period - at % period) if n > 1 else 0
    return None


def positions(slots, point, shape, pad, arrays, spec):
    """All positions of a port at a point; None if one is outside."""
    found = []
    for slot, n in zip(slots, shape, strict=True):
        given = 0
        if slot.gather >= 0:
            own = spec.ins[slot.gather]
            given = int(arrays[slot.gather][tuple(place(s, point) for s in own)])
        at = inside(place(slot, point, given), n, pad)
        if at is None:
            return None
        found.append(at)
    return tuple(found)


def run(spec: Spec, arrays: Sequence[np.ndarray], shape: Sequence[int], kind: str = "contract") -> np.ndarray:
    """Contraction, gather or scatter by the definition."""
    out = np.zeros(shape, arrays[0].dtype)
    ports = range(len(arrays)) if kind == "contract" else range(1)
    for point in itertools.product(*(range(a.size.evaluate({})) for a in spec.indices)):
        value = 1.0
        for p in ports:
            at = positions(spec.ins[p], point, arrays[p].shape, spec.pad(p), arrays, spec)
            value = value * (arrays[p][at] if at is not None else float(spec.pad(p)))
        at = positions(spec.outs[0], point, shape, spec.pad(len(spec.ins)), arrays, spec)
        if at is not None:
            out[at] += value
    return out
