"""Planned contraction of a network of arrays over any semiring: the order of the steps, and the steps
themselves.

Indices are ints, as many as there are, and may be on any number of arrays (hyperedges) and in the result. A
plan
depends on sizes only: it is made once and run on many arrays.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from math import log, prod
from random import Random
from typing import Any, NamedTuple

import numpy as np

from compilers.semiring import Semiring

Indices = tuple[int, ...]
Path = list[tuple[int, int]]
"""Pairs of arrays to join; the results are numbered on behind the given arrays (SSA)."""
Array = Any
"""An array of numpy or torch: the two share no type."""


def greedy(
    inputs: Sequence[Indices], output: Indices, sizes: Mapping[int, int], noise: Random | None = None
) -> Path:
    """Join first the pair whose result is smallest compared with what it replaces. O(n log n) if sparse.

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
        cost = prod(sizes[i] for i in joined(left, right)) - weight * (size[left] + size[right])
        if noise is not None:
            cost -= heat * (1 + abs(cost)) * log(1 - noise.random())
        heapq.heappush(heap, (cost, left, right))

    heap: list[tuple[float, int, int]] = []
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
    """The cheapest of several greedy paths: as many tries as are worth the time they take; always the
    same."""
    best = greedy(inputs, output, sizes)
    cost = operations(best, inputs, output, sizes)
    worth = len(inputs) * TRY
    for seed in range(TRIES):
        if cost < worth * (seed + 1):
            break
        path = greedy(inputs, output, sizes, Random(seed))
        new = operations(path, inputs, output, sizes)
        if new < cost:
            best, cost = path, new
    return best


TRIES = 128
TRY = 30_000
"""Multiplications that take about as long as planning for one array."""


def operations(path: Path, inputs: Sequence[Indices], output: Indices, sizes: Mapping[int, int]) -> int:
    """Multiplications of a path."""
    count: dict[int, int] = dict.fromkeys(output, 1)
    live = {k: frozenset(ins) for k, ins in enumerate(inputs)}
    for ins in live.values():
        for i in ins:
            count[i] = count.get(i, 0) + 1
    total = 0
    for fresh, (a, b) in enumerate(path, len(inputs)):
        left, right = live.pop(a), live.pop(b)
        total += prod(sizes[i] for i in left | right)
        for i in left & right:
            count[i] -= 1
        live[fresh] = frozenset(i for i in left | right if count[i] > 1 or (i in left) != (i in right))
    return total


MANY = 64
"""Arrays on one index beyond which only neighbours are considered."""


def _next(
    heap: list[tuple[float, int, int]], live: Mapping[int, Any], size: Mapping[int, int]
) -> tuple[int, int]:
    """The best pair still there; without one (nothing is shared) the two smallest."""
    while heap:
        _, a, b = heapq.heappop(heap)
        if a in live and b in live:
            return a, b
    a, b = heapq.nsmallest(2, live, key=lambda k: (size[k], k))
    return a, b


class Step(NamedTuple):
    """Join arrays a and b: as batched matrices (linear semirings), or by broadcasting and reducing."""

    a: int
    b: int
    left: tuple[int, ...]
    right: tuple[int, ...]
    left_shape: tuple[int, ...]
    right_shape: tuple[int, ...]
    shape: tuple[int, ...]


class Plan(NamedTuple):
    """What to do with the arrays: diagonals and lone sums, joins, and the order of the result's axes."""

    single: tuple[tuple[Indices, Indices], ...]
    steps: tuple[Step, ...]
    order: tuple[int, ...]
    flops: int

    def run(self, arrays: Sequence[Array], semiring: Semiring) -> Array:
        """The result for arrays with these indices."""
        live: list[Array] = [
            x if kept == ins else alone(x, ins, kept, semiring)
            for x, (ins, kept) in zip(arrays, self.single, strict=True)
        ]
        join = _matmul if semiring.linear and _numeric(live) else _broadcast
        for step in self.steps:
            live.append(join(live[step.a], live[step.b], step, semiring))
            live[step.a] = live[step.b] = None
        result = live[-1]
        return result if self.order == tuple(range(len(self.order))) else result.transpose(self.order)


def _numeric(arrays: Sequence[Array]) -> bool:
    return all(x.dtype != object for x in arrays)


def _matmul(x: Array, y: Array, step: Step, semiring: Semiring) -> Array:
    x = x.transpose(step.left).reshape(step.left_shape)
    y = y.transpose(step.right).reshape(step.right_shape)
    return (x @ y).reshape(step.shape)


def _broadcast(x: Array, y: Array, step: Step, semiring: Semiring) -> Array:
    """[batch, left, sum] and [batch, sum, right] multiplied entry by entry and summed, a slice at a time."""
    x = x.transpose(step.left).reshape(step.left_shape)
    y = y.transpose(step.right).reshape(step.right_shape)
    total = None
    for k in range(x.shape[-1]):
        part = semiring.multiply(x[..., :, k, None], y[..., k, None, :])
        total = part if total is None else semiring.add(total, part)
    assert total is not None
    return total.reshape(step.shape)


def alone(x: Array, ins: Indices, kept: Indices, semiring: Semiring) -> Array:
    """Diagonals of repeated indices and sums over those not kept, of one array; axes in the order of
    `kept`."""
    names = list(dict.fromkeys(ins))
    shape = [x.shape[ins.index(i)] for i in names]
    strides = [sum(s for s, j in zip(x.strides, ins, strict=True) if j == i) for i in names]
    view = np.lib.stride_tricks.as_strided(x, shape, strides, writeable=False)
    gone = tuple(k for k, i in enumerate(names) if i not in kept)
    if gone:
        view = semiring.add.reduce(view, axis=gone)
        if not isinstance(view, np.ndarray):  # a scalar of an array of objects
            view = np.array(view, dtype=x.dtype)
    left = [i for i in names if i in kept]
    return view.transpose([left.index(i) for i in kept])


def plan(
    inputs: Sequence[Indices],
    output: Indices,
    sizes: Mapping[int, int],
    path: Callable[[Sequence[Indices], Indices, Mapping[int, int]], Path] = several,
) -> Plan:
    """Plan a contraction. Every index of `output` (each once) must be on an array."""
    count: dict[int, int] = dict.fromkeys(output, 1)
    for ins in inputs:
        for i in set(ins):
            count[i] = count.get(i, 0) + 1
    kept = [tuple(i for i in dict.fromkeys(ins) if count[i] > 1) for ins in inputs]
    live: dict[int, Indices] = dict(enumerate(kept))
    steps: list[Step] = []
    flops = 0
    for a, b in path(kept, output, sizes):
        step, new, cost = _step(a, b, live.pop(a), live.pop(b), count, sizes)
        live[len(inputs) + len(steps)] = new
        steps.append(step)
        flops += cost
    (last,) = live.values()
    order = tuple(last.index(i) for i in output)
    single = tuple((tuple(ins), left) for ins, left in zip(inputs, kept, strict=True))
    return Plan(single, tuple(steps), order, flops)


def _step(
    a: int, b: int, left: Indices, right: Indices, count: dict[int, int], sizes: Mapping[int, int]
) -> tuple[Step, Indices, int]:
    """Sort indices into batch (shared and kept), summed, and those of one side."""
    shared = [i for i in left if i in right]
    batch = [i for i in shared if count[i] > 2]
    summed = [i for i in shared if count[i] == 2]
    one = [i for i in left if i not in right]
    two = [i for i in right if i not in left]
    for i in shared:
        count[i] -= 1
    new = (*batch, *one, *two)

    def whole(part: Sequence[int]) -> int:
        return prod(sizes[i] for i in part)

    head = (whole(batch),) if batch else ()
    step = Step(
        a,
        b,
        tuple(left.index(i) for i in (*batch, *one, *summed)),
        tuple(right.index(i) for i in (*batch, *summed, *two)),
        (*head, whole(one), whole(summed)),
        (*head, whole(summed), whole(two)),
        tuple(sizes[i] for i in new),
    )
    return step, new, whole(new) * whole(summed)
