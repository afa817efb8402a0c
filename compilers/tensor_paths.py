"""Paths: in which order the arrays of a network are joined, and along which indices the work is sliced.

Indices are ints, as many as there are, and may be on any number of arrays (hyperedges) and in the result.
Not here: the joins themselves (`compilers.tensor_plan`).
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from math import log, prod
from random import Random
from typing import Any, NamedTuple

Indices = tuple[int, ...]
Path = list[tuple[int, int]]
"""Pairs of arrays to join; the results are numbered on behind the given arrays (SSA)."""
PathMaker = Callable[[Sequence[Indices], Indices, Mapping[int, int]], Path]


def greedy(
    inputs: Sequence[Indices], output: Indices, sizes: Mapping[int, int], noise: Random | None = None
) -> Path:
    """Join first the pair whose result is smallest compared with what it replaces, of several the one with
    the fewest multiplications. O(n log n) if sparse.

    With `noise` the comparison is blurred, for more than one try.
    """
    heat = 0.0 if noise is None else noise.choice((0.1, 0.3, 1.0))
    weight = 1.0 if noise is None else noise.choice((0.5, 1.0, 2.0))
    holders: dict[int, set[int]] = {}
    live: dict[int, frozenset[int]] = {k: frozenset(ins) for k, ins in enumerate(inputs)}
    for k, ins in live.items():
        for i in ins:
            holders.setdefault(i, set()).add(k)
    for i in output:
        holders.setdefault(i, set()).add(-1)
    size = {k: prod(sizes[i] for i in ins) for k, ins in live.items()}

    def joined(a: int, b: int) -> frozenset[int]:
        both = live[a] | live[b]
        return frozenset(i for i in both if i not in live[a] or i not in live[b] or len(holders[i]) > 2)

    def push(a: int, b: int) -> None:
        left, right = min(a, b), max(a, b)
        cost = prod([sizes[i] for i in joined(left, right)]) - weight * (size[left] + size[right])
        if noise is not None:
            cost -= heat * (1 + abs(cost)) * log(1 - noise.random())
        heapq.heappush(heap, (cost, prod([sizes[i] for i in live[left] | live[right]]), left, right))

    heap: list[tuple[float, int, int, int]] = []
    for members in holders.values():
        real = sorted(members - {-1})
        if len(real) <= MANY:
            for at, a in enumerate(real):
                for b in real[at + 1 :]:
                    push(a, b)
        else:
            for a, b in pairwise(real):
                push(a, b)
    path: Path = []
    fresh = len(inputs)
    while len(live) > 1:
        a, b = _next(heap, live, size)
        new = joined(a, b)
        path.append((a, b))
        for i in live[a] | live[b]:
            holders[i] -= {a, b}
            if i in new:
                holders[i].add(fresh)
        del live[a], live[b]
        live[fresh], size[fresh] = new, prod(sizes[i] for i in new)
        around = sorted({k for i in new for k in holders[i] if k not in (-1, fresh)})
        for k in around[:MANY] if len(around) > MANY else around:
            push(k, fresh)
        fresh += 1
    return path


def several(inputs: Sequence[Indices], output: Indices, sizes: Mapping[int, int]) -> Path:
    """The cheapest of one array after the other and several greedy paths: as many tries as are worth the time
    they take; always the same."""
    best = greedy(inputs, output, sizes)
    cost = work(best, inputs, output, sizes).operations
    enough = len(inputs) * TRY
    straight = in_order(inputs)
    new = work(straight, inputs, output, sizes).operations
    if new < cost:
        best, cost = straight, new
    for seed in range(TRIES):
        if cost < enough * (seed + 1):
            break
        path = greedy(inputs, output, sizes, Random(seed))
        new = work(path, inputs, output, sizes).operations
        if new < cost:
            best, cost = path, new
    return best


def in_order(inputs: Sequence[Indices]) -> Path:
    """One array after the other: the way of a circuit that is run layer by layer."""
    n = len(inputs)
    return [(n + k - 2 if k > 1 else 0, k) for k in range(1, n)]


TRIES = 32
TRY = 1_000_000
"""Multiplications that take a few times as long as planning for one array."""


MANY = 64
"""Arrays on one index beyond which only neighbours are considered."""


def _next(
    heap: list[tuple[float, int, int, int]], live: Mapping[int, Any], size: Mapping[int, int]
) -> tuple[int, int]:
    """The best pair still there; without one (nothing is shared) the two smallest."""
    while heap:
        _, _, a, b = heapq.heappop(heap)
        if a in live and b in live:
            return a, b
    a, b = heapq.nsmallest(2, live, key=lambda k: (size[k], k))
    return a, b


class Work(NamedTuple):
    """What a path costs: multiplications, and the largest array that it makes, with its indices."""

    operations: int
    largest: int
    indices: frozenset[int]


def work(path: Path, inputs: Sequence[Indices], output: Indices, sizes: Mapping[int, int]) -> Work:
    """The cost of a path. Linear."""
    count: dict[int, int] = dict.fromkeys(output, 1)
    live = {k: frozenset(ins) for k, ins in enumerate(inputs)}
    for ins in live.values():
        for i in ins:
            count[i] = count.get(i, 0) + 1
    total, largest, widest = 0, 0, frozenset[int]()
    for fresh, (a, b) in enumerate(path, len(inputs)):
        left, right = live.pop(a), live.pop(b)
        total += prod([sizes[i] for i in left | right])
        for i in left & right:
            count[i] -= 1
        new = frozenset([i for i in left | right if count[i] > 1 or (i in left) != (i in right)])
        size = prod([sizes[i] for i in new])
        if size > largest:
            largest, widest = size, new
        live[fresh] = new
    return Work(total, largest, widest)


def slices(
    path: Path, inputs: Sequence[Indices], output: Indices, sizes: Mapping[int, int], most: int
) -> Indices:
    """Indices to run over one value at a time, so that no array made has more than `most` entries.

    Each time the one on the largest array that adds the fewest multiplications. Raises `ValueError` if the
    result is larger, which no slicing helps.
    """
    chosen: list[int] = []
    left = dict(sizes)
    while (now := work(path, inputs, output, left)).largest > most:
        options = sorted(i for i in now.indices if i not in output and left[i] > 1)
        if not options:
            raise ValueError(f"the result has {now.largest} entries, more than the {most} allowed")
        best = min(options, key=lambda i: work(path, inputs, output, {**left, i: 1}).operations * left[i])
        chosen.append(best)
        left[best] = 1
    return tuple(chosen)


def makers(optimize: str | PathMaker) -> PathMaker:
    """A way to make paths, by name. Raises `ValueError` for a name there is not."""
    if callable(optimize):
        return optimize
    known: dict[str, PathMaker] = {"auto": several, "greedy": greedy, "cotengra": _cotengra}
    if optimize not in known:
        raise ValueError(f"optimize is auto, greedy, cotengra or a function, not {optimize!r}")
    return known[optimize]


def _cotengra(inputs: Sequence[Indices], output: Indices, sizes: Mapping[int, int]) -> Path:
    """The path that cotengra finds, if it is installed."""
    import cotengra

    tree = cotengra.array_contract_tree(
        [tuple(map(str, ins)) for ins in inputs],
        tuple(map(str, output)),
        size_dict={str(i): n for i, n in sizes.items()},
    )
    return [(a, b) for a, b in tree.get_ssa_path()]
