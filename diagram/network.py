"""Networks of sparse arrays over a semiring, contracted pair by pair, exactly.

For small networks with exact entries (Boolean, counting, tropical, Laurent polynomials, sympy); arrays of
numbers go
through a contraction box and a back end.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from diagram.semirings import Element, Semiring

Entries = Mapping[tuple[int, ...], Element]
"""The entries that are not zero, by position."""


@dataclass(frozen=True, slots=True)
class Sparse:
    """An array whose axes are the labels; equal labels within one array are its diagonal."""

    labels: tuple[int, ...]
    entries: Entries


def contract(
    arrays: Sequence[Sparse],
    kept: Sequence[int],
    sizes: Mapping[int, int],
    loops: Collection[int],
    ring: Semiring,
) -> Entries:
    """The product of the arrays summed over all labels not in `kept`; the axes of the result are `kept`.

    A label in `kept` twice is a diagonal there; one that no array has runs over all positions; `loops` are
    labels of
    closed wires: each is a factor `1 + 1 + ...`.

    >>> from diagram.semirings import COUNT
    >>> edge = {(0, 1): 1, (1, 2): 1, (2, 0): 1}
    >>> triangle = [Sparse((0, 1), edge), Sparse((1, 2), edge), Sparse((2, 0), edge)]
    >>> contract(triangle, (), {0: 3, 1: 3, 2: 3}, (), COUNT)
    {(): 3}
    """
    work = [_diagonal(a) for a in arrays]
    keep = set(kept)
    counts: dict[int, int] = {}
    for a in work:
        for label in a.labels:
            counts[label] = counts.get(label, 0) + 1
    work = [_summed(a, {x for x in a.labels if counts[x] == 1 and x not in keep}, ring) for a in work]
    while len(work) > 1:
        i, j = _cheapest(work, keep, sizes)
        b, a = work.pop(j), work.pop(i)
        others = {label for x in work for label in x.labels} | keep
        both = set(a.labels) | set(b.labels)
        work.append(_pair(a, b, tuple(sorted(both & others)), ring))
    result = work[0] if work else Sparse((), {(): ring.one})
    for label in loops:
        factor = ring.total(sizes[label])
        result = Sparse(result.labels, {p: ring.mul(v, factor) for p, v in result.entries.items()})
    return _spread(result, kept, sizes, ring)


def _diagonal(a: Sparse) -> Sparse:
    labels = tuple(dict.fromkeys(a.labels))
    if len(labels) == len(a.labels):
        return a
    first = [a.labels.index(label) for label in labels]
    entries = {
        tuple(p[k] for k in first): v
        for p, v in a.entries.items()
        if all(p[k] == p[a.labels.index(label)] for k, label in enumerate(a.labels))
    }
    return Sparse(labels, entries)


def _summed(a: Sparse, gone: set[int], ring: Semiring) -> Sparse:
    if not gone:
        return a
    left = [k for k, label in enumerate(a.labels) if label not in gone]
    sums: dict[tuple[int, ...], Element] = {}
    for p, v in a.entries.items():
        key = tuple(p[k] for k in left)
        sums[key] = ring.add(sums[key], v) if key in sums else v
    return Sparse(tuple(a.labels[k] for k in left), sums)


def _pair(a: Sparse, b: Sparse, labels: tuple[int, ...], ring: Semiring) -> Sparse:
    """The product of two arrays, summed to `labels`."""
    common = [label for label in a.labels if label in b.labels]
    mine, theirs = [a.labels.index(x) for x in common], [b.labels.index(x) for x in common]
    table: dict[tuple[int, ...], list[tuple[tuple[int, ...], Element]]] = {}
    for p, v in b.entries.items():
        table.setdefault(tuple(p[k] for k in theirs), []).append((p, v))
    plan = [(0, a.labels.index(x)) if x in a.labels else (1, b.labels.index(x)) for x in labels]
    sums: dict[tuple[int, ...], Element] = {}
    for p, v in a.entries.items():
        for q, w in table.get(tuple(p[k] for k in mine), ()):
            key = tuple((p, q)[side][k] for side, k in plan)
            value = ring.mul(v, w)
            sums[key] = ring.add(sums[key], value) if key in sums else value
    return Sparse(labels, {p: v for p, v in sums.items() if v != ring.zero})


def _cheapest(work: Sequence[Sparse], keep: set[int], sizes: Mapping[int, int]) -> tuple[int, int]:
    """The pair with the smallest product, among those that share a label if there are any."""
    holders: dict[int, list[int]] = {}
    for k, a in enumerate(work):
        for label in a.labels:
            holders.setdefault(label, []).append(k)
    pairs = {(i, j) for ks in holders.values() for i in ks for j in ks if i < j} or {(0, 1)}

    def cost(pair: tuple[int, int]) -> tuple[int, int, int]:
        i, j = pair
        both = set(work[i].labels) | set(work[j].labels)
        size = 1
        for label in both:
            if label in keep or any(k not in pair for k in holders[label]):
                size *= sizes[label]
        return size, i, j

    return min(pairs, key=cost)


def _spread(a: Sparse, kept: Sequence[int], sizes: Mapping[int, int], ring: Semiring) -> Entries:
    """The axes in the order `kept`: diagonals, and wires that no array touches, written out."""
    free = [x for x in dict.fromkeys(kept) if x not in a.labels]
    entries: dict[tuple[int, ...], Element] = {}
    for extra in product(*(range(sizes[x]) for x in free)):
        at = dict(zip(free, extra, strict=True))
        for p, v in a.entries.items():
            at.update(zip(a.labels, p, strict=True))
            if v != ring.zero:
                entries[tuple(at[x] for x in kept)] = v
    return entries
