"""What a diagram costs, from types alone: multiply-adds, operations, learned numbers, bytes moved and held,
as exact polynomials in the axis sizes.

Cost is a functor: a composite costs the sum of its boxes, a loop its body times the number of turns. Nothing
is run, and no array library is needed. The backward pass is the cost of the derivative, a diagram itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from diagram.again import kept
from diagram.errors import Diagnostic, DiagramError
from diagram.inlining import anew, inline
from diagram.op import Kind
from diagram.room import room
from diagram.sharing import prune, share
from diagram.sizes import ONE, ZERO, Size, product, symbol
from diagram.spec import Spec
from diagram.types import Axis, DType, Tensor, Type
from diagram.value import Box, Diagram

BYTES = {
    "f64": 8,
    "f32": 4,
    "f16": 2,
    "bf16": 2,
    "c128": 16,
    "c64": 8,
    "i64": 8,
    "i32": 4,
    "i8": 1,
    "bool": 1,
}
MOST_TURNS = 1000
"""Turns of a loop in which what they share counts once."""
GUESS = 64
"""What an unknown size counts when the order of a product of many arrays is chosen."""


@dataclass(frozen=True, slots=True)
class Cost:
    """`macs` are the multiply-adds of products with a matrix (convolutions are such, dot products are not),
    `flops` all operations, a multiply-add two of them, `moved` the bytes that boxes read and write, `params`
    the learned numbers. The bytes held at the same time are at most the largest of `peaks`: learned arrays
    apart, every wire from where it is written to where it is last read. `boxes` are the tensor operations
    that run, constants apart.
    """

    macs: Size = ZERO
    flops: Size = ZERO
    moved: Size = ZERO
    params: Size = ZERO
    peaks: tuple[Size, ...] = (ZERO,)
    boxes: Size = ZERO

    def __add__(self, other: Cost) -> Cost:
        """Work adds up; what is held at the same time does not."""
        both = _highest((*self.peaks, *other.peaks))
        return Cost(
            self.macs + other.macs,
            self.flops + other.flops,
            self.moved + other.moved,
            self.params + other.params,
            both,
            self.boxes + other.boxes,
        )

    def times(self, n: Size) -> Cost:
        """The same work n times, one after the other."""
        return Cost(self.macs * n, self.flops * n, self.moved * n, self.params, self.peaks, self.boxes * n)

    def subs(self, values: Mapping[str, int | Size]) -> Cost:
        """Replace size symbols."""
        macs, flops, moved, params, boxes = (
            size.subs(values) for size in (self.macs, self.flops, self.moved, self.params, self.boxes)
        )
        return Cost(macs, flops, moved, params, _highest([p.subs(values) for p in self.peaks]), boxes)

    def peak(self, values: Mapping[str, int]) -> int:
        """Bytes held at most, for these sizes. Raises `KeyError` for one that is missing."""
        return max(p.evaluate(values) for p in self.peaks)

    @property
    def symbols(self) -> frozenset[str]:
        """The sizes it depends on."""
        every = (self.macs, self.flops, self.moved, self.params, self.boxes, *self.peaks)
        return frozenset().union(*(size.symbols for size in every))


@dataclass(frozen=True, slots=True)
class Row:
    """One box of a diagram with its cost."""

    name: str
    op: str
    cost: Cost


@room()
def cost(d: Diagram, dtype: str = "f32", backward: bool = False) -> Cost:
    """The cost of one run of `d`; with `backward` of the value and the reverse derivative together. `dtype`
    is what `R` means.

    Equal boxes on equal wires count once, as in what is compiled. O(boxes). Raises `DiagramError` E0403 for
    a box that has no meaning yet, E0406 where there is no derivative.

    >>> from diagram import loads
    >>> text = "axis n, m, k def f(A: R[n, m], B: R[m, k]) -> R[n, k] = einsum{n m, m k -> n k}(A, B)"
    >>> d = loads(text)["f"]
    >>> cost(d).macs, cost(d, backward=True).macs
    (k*m*n, 3*k*m*n)
    """
    params = _total(_entries(d.wires[w]) for w in d.param_wires)
    found = _Work(dtype).diagram(_flat(_both(d) if backward else d))
    return Cost(found.macs, found.flops, found.moved, params, found.peaks, found.boxes)


@room()
def rows(d: Diagram, dtype: str = "f32", backward: bool = False) -> list[Row]:
    """The cost of each box of `d` as it stands, calls not taken apart. What boxes share counts in each."""
    work = _Work(dtype)
    found = []
    for box in _both(d).boxes if backward else d.boxes:
        wires = _both(d).wires if backward else d.wires
        name = box.mark.name if box.mark is not None and box.mark.name else box.op.name
        found.append(Row(name, box.op.name, work.folded(box, wires)))
    return found


def step_work(box: Box, wires: Sequence[Type]) -> int:
    """What it costs to run a box once more, for sizes that are known: operations, and entries moved."""
    entries = _total(_entries(wires[w]) for w in (*box.dom, *box.cod))
    try:
        flops = _Work("f64").box(box, wires).flops
    except DiagramError:  # without a rule of its own: what it reads and writes counts
        flops = ZERO
    found = (flops + entries).constant
    return found if found is not None else 1


def _both(d: Diagram) -> Diagram:
    from diagram.derivative import value_and_reverse

    return value_and_reverse(d)


def _flat(d: Diagram) -> Diagram:
    return kept(prune(share(inline(d, lambda box: anew(box) or _is_long(box), shared=True))))


def _is_long(box: Box) -> bool:
    """A repetition of so many turns that one is counted, and multiplied."""
    count = box.arg("count")
    return box.op.name == "repeat" and isinstance(count, int) and count > MOST_TURNS


def _total(sizes: Iterable[Size]) -> Size:
    return sum(sizes, ZERO)


def _entries(type_: Type) -> Size:
    return type_.entries if isinstance(type_, Tensor) else ZERO


class _Work:
    """Costs of boxes and bodies for one meaning of `R`; each body once."""

    def __init__(self, dtype: str) -> None:
        if dtype not in ("f64", "f32", "f16", "bf16"):
            raise ValueError(f"R cannot be {dtype}; it can be f64, f32, f16 or bf16")
        self.real = BYTES[dtype]
        self.bodies: dict[int, tuple[Diagram, Cost]] = {}

    def bytes(self, type_: Type) -> Size:
        """How much an array takes."""
        return _entries(type_) * self._item(type_.dtype) if isinstance(type_, Tensor) else ZERO

    def _item(self, dtype: DType) -> int:
        if dtype.name == "nat":
            return 8
        return {"R": self.real, "C": 2 * max(self.real, 4)}.get(dtype.name) or BYTES[dtype.name]

    def diagram(self, d: Diagram) -> Cost:
        """All boxes, and the highest of what is held between them."""
        total = Cost()
        for box in d.boxes:
            total = total + self.box(box, d.wires)
        return Cost(total.macs, total.flops, total.moved, ZERO, self._peaks(d), total.boxes)

    def folded(self, box: Box, wires: Sequence[Type]) -> Cost:
        """A box with all that is inside, alone."""
        from diagram.hypergraph import Builder

        if not box.bodies:
            return self.box(box, wires)
        b = Builder()
        ins = {w: b.input(wires[w]) for w in dict.fromkeys(box.dom)}
        cod = [wires[w] for w in box.cod]
        outs = b.box(box.op, [ins[w] for w in box.dom], cod, box.spec, box.args, box.bodies)
        return self.diagram(_flat(b.build(outs)))

    def box(self, box: Box, wires: Sequence[Type]) -> Cost:
        """One box. Raises `DiagramError` E0403 for one without meaning."""
        if box.op.name == "scan":
            return self._scan(box)
        if _is_long(box):
            count = box.arg("count")
            assert isinstance(count, int)
            return self.body(box.bodies[0]).times(Size.of(count))
        if box.bodies:
            return _sum(self.body(b) for b in box.bodies)
        if box.spec is None or box.op.kind in (Kind.GENERATOR, Kind.STRUCTURE):
            raise DiagramError(
                Diagnostic(
                    "E0403",
                    f"the box {box.label} has no cost",
                    box.mark.span if box.mark is not None else None,
                    help="only operations on arrays have one; map its boxes by a functor first",
                )
            )
        macs, flops = _operations(box, box.spec)
        moved = _total(self.bytes(wires[w]) for w in (*box.dom, *box.cod))
        if box.op.kind is Kind.GATHER:  # of the table only what is asked for is read
            table, result = box.dom[0], box.cod[0]
            moved += self.bytes(wires[result]) - self.bytes(wires[table])
        return Cost(macs, flops, moved, boxes=ZERO if box.op.kind is Kind.SOURCE else ONE)

    def body(self, d: Diagram) -> Cost:
        """The cost of a body."""
        if id(d) not in self.bodies:
            self.bodies[id(d)] = (d, self.diagram(_flat(d)))
        return self.bodies[id(d)][1]

    def _scan(self, box: Box) -> Cost:
        """The body at every position; what depends neither on the state nor on a slice, once."""
        axis, states, scanned = box.arg("axis"), box.arg("states"), box.arg("scanned")
        assert isinstance(axis, Axis) and isinstance(states, int) and isinstance(scanned, int)
        d = _flat(box.bodies[0])
        moving = set(d.inputs[: states + scanned])
        once, each = Cost(), Cost()
        for inner in d.boxes:
            if moving.isdisjoint(inner.dom):
                once = once + self.box(inner, d.wires)
            else:
                moving.update(inner.cod)
                each = each + self.box(inner, d.wires)
        return once + each.times(axis.size)

    def _peaks(self, d: Diagram) -> tuple[Size, ...]:
        """What may be held at some time: the inputs; at each box what is still read, and what it makes."""
        last = {w: k for k, box in enumerate(d.boxes) for w in box.dom}
        learned, results = set(d.param_wires), set(d.outputs)
        held = _total(self.bytes(d.wires[w]) for w in dict.fromkeys(d.inputs) if w not in learned)
        peaks = [held]
        for k, box in enumerate(d.boxes):
            held += _total(self.bytes(d.wires[w]) for w in box.cod)
            peaks += [held, *(held + p for b in box.bodies for p in self._inside(b))]
            gone = {w for w in (*box.dom, *box.cod) if last.get(w, k) == k} - learned - results
            held -= _total(self.bytes(d.wires[w]) for w in gone)
        return _highest(peaks)

    def _inside(self, body: Diagram) -> list[Size]:
        """What a body holds besides the wires that it is given."""
        learned = set(body.param_wires)
        given = _total(self.bytes(body.wires[w]) for w in dict.fromkeys(body.inputs) if w not in learned)
        return [p - given for p in self.body(body).peaks]


def _sum(costs: Iterable[Cost]) -> Cost:
    return sum(costs, Cost())


def _points(spec: Spec, indices: Iterable[int]) -> Size:
    return product(spec.indices[i].size for i in indices)


def _operations(box: Box, spec: Spec) -> tuple[Size, Size]:
    """Multiply-adds, and all operations."""
    everywhere = _points(spec, range(len(spec.indices)))
    if box.op.kind is Kind.CONTRACT:
        return _contraction(spec)
    if box.op.kind is Kind.GATHER:
        return ZERO, everywhere if spec.summed else ZERO
    if box.op.kind is Kind.SOURCE or box.op.name == "concat":
        return ZERO, ZERO
    return ZERO, everywhere * box.op.flops


def _contraction(spec: Spec) -> tuple[Size, Size]:
    """Pair by pair, the smallest result first. A pair is a product with a matrix if an index of both is
    summed and one of them has an index of its own.
    """
    kept = {i for slot in spec.outs[0] for i, _ in slot.terms}
    work = [frozenset(i for slot in m for i, _ in slot.terms) for m in spec.ins]
    macs, flops = ZERO, ZERO
    while len(work) > 1:
        i, j = _pair(spec, work, kept)
        others = kept.union(*(s for k, s in enumerate(work) if k not in (i, j)))
        a, b = work[i], work[j]
        flops += _alone(spec, a, b | others) + _alone(spec, b, a | others)
        a, b = a & (b | others), b & (a | others)
        points = _points(spec, a | b)
        summed = not (a & b) <= others
        flops += points * (2 if summed else 1)
        if summed and a != b:
            macs += points
        work = [s for k, s in enumerate(work) if k not in (i, j)]
        work.insert(i, (a | b) & others)
    return macs, flops + (_alone(spec, work[0], kept) if work else ZERO)


def _alone(spec: Spec, own: Iterable[int], wanted: Iterable[int]) -> Size:
    """The additions that sum indices which only one operand has."""
    mine = frozenset(own)
    return _points(spec, mine) if mine - frozenset(wanted) else ZERO


def _pair(spec: Spec, work: Sequence[frozenset[int]], kept: set[int]) -> tuple[int, int]:
    if len(work) == 2:
        return 0, 1

    def extent(indices: Iterable[int]) -> int:
        total = 1
        for i in indices:
            size = spec.indices[i].size
            total *= size.constant if size.constant is not None else GUESS * max(1, len(size.terms))
        return total

    def price(pair: tuple[int, int]) -> tuple[int, int, tuple[int, int]]:
        a, b = (work[k] for k in pair)
        others = kept.union(*(s for k, s in enumerate(work) if k not in pair))
        return extent((a | b) & others) - extent(a) - extent(b), extent(a | b), pair

    pairs = list(combinations(range(len(work)), 2))
    return min([p for p in pairs if work[p[0]] & work[p[1]]] or pairs, key=price)


def _highest(sizes: Iterable[Size]) -> tuple[Size, ...]:
    """Those that no other one exceeds for every choice of sizes, as far as the coefficients tell."""
    best: list[tuple[Size, Size]] = []
    for size in dict.fromkeys(sizes):
        grown = size.subs({name: symbol(name) + 1 for name in size.symbols})  # sizes are at least 1
        if any(_at_least(other, grown) for _, other in best):
            continue
        best = [pair for pair in best if not _at_least(grown, pair[1])] + [(size, grown)]
    return tuple(size for size, _ in best)


def _at_least(a: Size, b: Size) -> bool:
    return all(c >= 0 for _, c in (a - b).terms)


__all__ = ["Cost", "Row", "cost", "rows"]
