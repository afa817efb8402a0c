"""Planned contraction of a network of arrays over any semiring: diagonals, sums and joins as steps.

A plan depends on sizes only: it is made once and run on many arrays. Not here: the order of the joins
(`compilers.tensor_paths`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from math import prod
from typing import NamedTuple

from compilers.rings import Array, Ring
from compilers.tensor_paths import Indices, Path, PathMaker, several, slices

Shape = tuple[int, ...]


class Step(NamedTuple):
    """Join arrays a and b as matrices [batch, left, sum] and [batch, sum, right]; None: nothing to do."""

    a: int
    b: int
    left: Indices | None
    right: Indices | None
    left_shape: Shape | None
    right_shape: Shape | None
    shape: Shape | None


class Plan(NamedTuple):
    """What to do with the arrays: diagonals and lone sums, joins, and the order of the result's axes.

    `sliced` are indices that run over one value at a time; `cuts` says where the arrays have them.
    """

    single: tuple[tuple[Indices, Indices] | None, ...]
    steps: tuple[Step, ...]
    order: Indices | None
    sliced: Shape
    cuts: tuple[tuple[int | None, ...], ...]

    def run(self, arrays: Sequence[Array], ring: Ring) -> Array:
        """The result for arrays with these indices."""
        if not self.sliced:
            return self._run(arrays, ring)
        total = None
        for values in product(*map(range, self.sliced)):
            parts = [
                x[tuple([slice(None) if k is None else values[k] for k in cut])]
                for x, cut in zip(arrays, self.cuts, strict=True)
            ]
            part = self._run(parts, ring)
            total = part if total is None else ring.add(total, part)
        return ring.array(total)  # entries that are Python values come as such, not as arrays

    def _run(self, arrays: Sequence[Array], ring: Ring) -> Array:
        live: list[Array] = [
            x if todo is None else _alone(x, *todo, ring) for x, todo in zip(arrays, self.single, strict=True)
        ]
        turned, join = ring.turned, ring.product
        for a, b, left, right, left_shape, right_shape, shape in self.steps:
            x, y = live[a], live[b]
            live[a] = live[b] = None
            if left is not None:
                x = turned(x, left)
            if left_shape is not None:
                x = x.reshape(left_shape)
            if right is not None:
                y = turned(y, right)
            if right_shape is not None:
                y = y.reshape(right_shape)
            z = join(x, y)
            live.append(z if shape is None else z.reshape(shape))
        result = live[-1]
        return result if self.order is None else turned(result, self.order)


def _alone(x: Array, ins: Indices, kept: Indices, ring: Ring) -> Array:
    """Diagonals of repeated indices and sums over those not kept, of one array; axes in the order of
    `kept`."""
    names = list(dict.fromkeys(ins))
    shape = [x.shape[ins.index(i)] for i in names]
    strides = [sum(s for s, j in zip(ring.strides(x), ins, strict=True) if j == i) for i in names]
    view = ring.strided(x, shape, strides)
    gone = tuple(k for k, i in enumerate(names) if i not in kept)
    if gone:
        view = ring.fold(view, gone)
    left = [i for i in names if i in kept]
    return ring.turned(view, tuple([left.index(i) for i in kept]))


def plan(
    inputs: Sequence[Indices],
    output: Indices,
    sizes: Mapping[int, int],
    path: PathMaker = several,
    most: int | None = None,
) -> Plan:
    """Plan a contraction. Every index of `output` (each once) must be on an array.

    No array made on the way has more than `most` entries. Raises `ValueError` if the result must have more.
    """
    count: dict[int, int] = dict.fromkeys(output, 1)
    for ins in inputs:
        for i in set(ins):
            count[i] = count.get(i, 0) + 1
    kept = [tuple(i for i in dict.fromkeys(ins) if count[i] > 1) for ins in inputs]
    found = path(kept, output, sizes)
    cut = slices(found, kept, output, sizes, most) if most is not None else ()
    left = [tuple(i for i in ins if i not in cut) for ins in inputs]
    kept = [tuple(i for i in ins if i not in cut) for ins in kept]
    single = tuple(None if a == b else (a, b) for a, b in zip(left, kept, strict=True))
    cuts = tuple(tuple(cut.index(i) if i in cut else None for i in ins) for ins in inputs) if cut else ()
    steps, order = _steps(found, kept, output, sizes, count)
    return Plan(single, steps, order, tuple(sizes[i] for i in cut), cuts)


def _steps(
    path: Path, kept: Sequence[Indices], output: Indices, sizes: Mapping[int, int], count: dict[int, int]
) -> tuple[tuple[Step, ...], Indices | None]:
    """The joins, and how to turn the last result. `count`: how many arrays and outputs have an index."""
    live: dict[int, Indices] = dict(enumerate(kept))
    steps: list[Step] = []
    for a, b in path:
        step, new = _step(a, b, live.pop(a), live.pop(b), count, sizes)
        live[len(kept) + len(steps)] = new
        steps.append(step)
    (last,) = live.values()
    return tuple(steps), _order(last, output)


def _order(have: Sequence[int], want: Sequence[int]) -> Indices | None:
    """How to turn axes, None for not at all."""
    found = tuple([have.index(i) for i in want])
    return None if found == tuple(range(len(found))) else found


def _step(
    a: int, b: int, left: Indices, right: Indices, count: dict[int, int], sizes: Mapping[int, int]
) -> tuple[Step, Indices]:
    """Sort indices into batch (shared and kept), summed, and those of one side."""
    shared = [i for i in left if i in right]
    batch = [i for i in shared if count[i] > 2]
    summed = [i for i in shared if count[i] == 2]
    one = [i for i in left if i not in right]
    two = [i for i in right if i not in left]
    for i in shared:
        count[i] -= 1
    as_given = (left == (*batch, *one, *summed)) + (right == (*batch, *summed, *two))
    if as_given < (right == (*batch, *two, *summed)) + (left == (*batch, *summed, *one)):
        a, b, left, right, one, two = b, a, right, left, two, one
    new = (*batch, *one, *two)

    def whole(part: Sequence[int]) -> int:
        return prod([sizes[i] for i in part])

    def shape(*parts: Sequence[int]) -> Shape | None:
        flat = (*((whole(batch),) if batch else ()), *map(whole, parts))
        return None if len(batch) < 2 and all(len(part) == 1 for part in parts) else flat

    step = Step(
        a,
        b,
        _order(left, (*batch, *one, *summed)),
        _order(right, (*batch, *summed, *two)),
        shape(one, summed),
        shape(summed, two),
        None if len(batch) < 2 and len(one) == len(two) == 1 else tuple([sizes[i] for i in new]),
    )
    return step, new
