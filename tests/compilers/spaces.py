"""Random index structures with arrays that fit them, and the diagram of one box over them."""

from __future__ import annotations

from random import Random
from typing import NamedTuple

import numpy as np

from diagram.builder import Builder
from diagram.ops import STANDARD
from diagram.sizes import Size
from diagram.spec import Map, Slot, Spec
from diagram.types import Axis, DType, R, Tensor
from diagram.value import Diagram

PADS = (None, None, "0", "edge", "wrap", "reflect")
NAT = DType("nat", Size.of(100))


class Case(NamedTuple):
    """One box: its structure, arrays for its inputs, the shape of its output."""

    op: str
    spec: Spec
    arrays: tuple[np.ndarray, ...]
    shape: tuple[int, ...]

    @property
    def diagram(self) -> Diagram:
        """The box alone."""
        b = Builder()
        ins = [
            b.input(tensor(a.shape, NAT if a.dtype.kind == "i" else R), f"x{k}")
            for k, a in enumerate(self.arrays)
        ]
        return b.build(b.box(STANDARD[self.op], ins, (tensor(self.shape),), self.spec))


def tensor(shape: tuple[int, ...], dtype: DType = R) -> Tensor:
    """An array type with anonymous axes."""
    return Tensor(dtype, tuple(Axis.of("", n) for n in shape))


def affine(rng: Random, sizes: list[int], pad: str | None) -> tuple[Slot, int]:
    """A slot of up to three indices and the size of an axis that it fits, or overruns if it is padded."""
    picked = rng.sample(range(len(sizes)), min(rng.choice([0, 1, 1, 1, 2, 2, 3]), len(sizes)))
    terms = tuple((i, Size.of(rng.choice([1, 1, 1, 2, 3, -1, -2]))) for i in picked)
    reach = [(c.constant or 0) * (sizes[i] - 1) for i, c in terms]
    low, high = sum(min(0, r) for r in reach), sum(max(0, r) for r in reach)
    offset = -low + rng.choice([0, 0, 1])
    n = high + offset + 1 + rng.choice([0, 0, 1, 2])
    if pad is not None:
        offset += rng.choice([-2, -1, 0, 1])
        n = max(1, n + rng.choice([-2, -1, 0]))
    return Slot(terms, Size.of(offset)), n


def port(rng: Random, sizes: list[int], pad: str | None, plain: bool) -> tuple[Map, tuple[int, ...]]:
    """The slots of one array and its shape."""
    slots, shape = [], []
    for _ in range(rng.randint(0, 3)):
        slot, n = affine(rng, sizes, pad)
        if plain and rng.random() < 0.9:
            i = rng.randrange(len(sizes))
            slot, n = Slot.at(i), sizes[i]
        slots.append(slot)
        shape.append(n)
    return tuple(slots), tuple(shape)


def space(rng: Random) -> tuple[list[int], tuple[Axis, ...]]:
    """Sizes of a few indices."""
    sizes = [rng.randint(1, 3) for _ in range(rng.randint(1, 4))]
    return sizes, tuple(Axis.of(f"i{k}", n) for k, n in enumerate(sizes))


def contraction(rng: Random) -> Case:
    """Any contraction of one to three arrays."""
    sizes, indices = space(rng)
    count, plain = rng.randint(1, 3), rng.random() < 0.4
    pads = [rng.choice(PADS) for _ in range(count + 1)]
    if count == 1 and rng.random() < 0.3:
        pads[0] = "2.5"
    ports = [port(rng, sizes, pad, plain) for pad in pads]
    ins, (out, shape) = ports[:-1], ports[-1]
    values = np.random.default_rng(rng.randrange(1 << 30))
    arrays = tuple(values.standard_normal(s) for _, s in ins)
    return Case("contract", Spec(indices, tuple(m for m, _ in ins), (out,), (), tuple(pads)), arrays, shape)


def positions(rng: Random, sizes: list[int], count: int) -> list[tuple[Map, np.ndarray]]:
    """Arrays of positions below 4, over some indices."""
    values = np.random.default_rng(rng.randrange(1 << 30))
    found = []
    for _ in range(count):
        own = rng.sample(range(len(sizes)), rng.randint(0, min(2, len(sizes))))
        found.append((tuple(map(Slot.at, own)), values.integers(0, 4, [sizes[i] for i in own])))
    return found


def located(rng: Random, sizes: list[int], pad: str | None, count: int) -> tuple[Map, tuple[int, ...]]:
    """Slots of which the first `count`, in some order, add a position from a wire."""
    made = []
    for k in range(rng.randint(count, 3)):
        slot, n = affine(rng, sizes, pad)
        if rng.random() < 0.6:
            i = rng.randrange(len(sizes))
            slot, n = Slot.at(i), sizes[i]
        if k < count:
            slot, n = (Slot(), 4) if rng.random() < 0.6 else (slot, n + 3 - (pad is not None))
            slot = Slot(slot.terms, slot.offset, k + 1)
        made.append((slot, n))
    rng.shuffle(made)
    return tuple(s for s, _ in made), tuple(n for _, n in made)


def gathering(rng: Random) -> Case:
    """Any read at positions on wires."""
    sizes, indices = space(rng)
    pad, count = rng.choice(PADS), rng.randint(1, 2)
    at = positions(rng, sizes, count)
    table, shape = located(rng, sizes, pad, count)
    out = rng.sample(range(len(sizes)), rng.randint(0, len(sizes)))
    values = np.random.default_rng(rng.randrange(1 << 30))
    spec = Spec(indices, (table, *(m for m, _ in at)), (tuple(map(Slot.at, out)),), (), (pad,))
    arrays = (values.standard_normal(shape), *(p for _, p in at))
    return Case("gather", spec, arrays, tuple(sizes[i] for i in out))


def scattering(rng: Random) -> Case:
    """Any write at positions on wires."""
    sizes, indices = space(rng)
    pad, count = rng.choice(PADS), rng.randint(1, 2)
    at = positions(rng, sizes, count)
    out, shape = located(rng, sizes, pad, count)
    own = rng.sample(range(len(sizes)), rng.randint(0, len(sizes)))
    values = np.random.default_rng(rng.randrange(1 << 30))
    ins = (tuple(map(Slot.at, own)), *(m for m, _ in at))
    spec = Spec(indices, ins, (out,), (), (*(None,) * (count + 1), pad))
    arrays = (values.standard_normal([sizes[i] for i in own]), *(p for _, p in at))
    return Case("scatter", spec, arrays, shape)
