"""Contractions: products of arrays over indices, summed over those not kept, as products, matrix products
and sums.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import combinations

from compilers.labels import Array, Space
from compilers.text import PRODUCT
from diagram.sizes import Size, product

GUESS = 64
"""What an unknown size counts when paths of contraction are compared."""


def contract(
    space: Space, operands: Sequence[Array], kept: Sequence[int], weights: Collection[int] = (),
    first: Collection[int] = (),
) -> Array:  # fmt: skip
    """The product of the operands summed over all labels but `kept`. The result has the kept labels
    that occur, in an order free to choose. `weights` are the operands that are learned arrays, `first`
    labels that are better in front of an operand's own: what is written to overlapping places.
    """
    work = [(array, k in weights) for k, array in enumerate(operands)]
    keep = set(kept)
    while len(work) > 1:
        i, j = _cheapest(space, [array for array, _ in work], keep)
        (a, a_weight), (b, b_weight) = work[i], work[j]
        others = {label for k, (array, _) in enumerate(work) if k not in (i, j) for label in array.labels}
        order = list(dict.fromkeys(kept))
        result = Pair(space, a, b, keep | others, order, a_weight, b_weight, first).run()
        work = [pair for k, pair in enumerate(work) if k not in (i, j)]
        work.insert(i, (result, False))
    array = work[0][0]
    return space.total(array, [label for label in array.labels if label not in keep])


def _number(size: Size) -> int:
    return size.constant if size.constant is not None else GUESS * max(1, len(size.terms))


def _extent(space: Space, labels: Collection[int]) -> int:
    total = 1
    for label in labels:
        total *= _number(space.sizes[label])
    return total


def _cheapest(space: Space, arrays: Sequence[Array], keep: Collection[int]) -> tuple[int, int]:
    """The pair to multiply first: greedy by size of the result less what it frees, then by work, then
    as written. Only pairs with a common index are looked at, if there are any.
    """
    if len(arrays) == 2:
        return 0, 1
    holders: dict[int, list[int]] = {}
    for k, array in enumerate(arrays):
        for label in array.labels:
            holders.setdefault(label, []).append(k)
    pairs = {pair for held in holders.values() for pair in combinations(held, 2)}
    extents = [_extent(space, array.labels) for array in arrays]

    def cost(pair: tuple[int, int]) -> tuple[int, int, int, int]:
        i, j = pair
        a, b = arrays[i].labels, arrays[j].labels
        both = {*a, *b}
        lasting = [x for x in both if x in keep or len(holders[x]) > (x in a) + (x in b)]
        return _extent(space, lasting) - extents[i] - extents[j], _extent(space, both), i, j

    return min(pairs or combinations(range(len(arrays)), 2), key=cost)


@dataclass(slots=True)
class Pair:
    """One product of two arrays."""

    space: Space
    a: Array
    b: Array
    keep: set[int]
    order: list[int]
    a_weight: bool = False
    b_weight: bool = False
    first: Collection[int] = ()

    def run(self) -> Array:
        """Sums over what only one operand has, then a pointwise or a matrix product."""
        a, b = set(self.a.labels), set(self.b.labels)
        self.a = self._reduced(self.a, b)
        self.b = self._reduced(self.b, a)
        a, b = set(self.a.labels), set(self.b.labels)
        if not (a & b) - self.keep:
            return self._pointwise()
        return self._matrix()

    def _reduced(self, array: Array, other: set[int]) -> Array:
        gone = [label for label in array.labels if label not in other and label not in self.keep]
        return self.space.total(array, gone) if gone else array

    def _pointwise(self) -> Array:
        a, b = self.a, self.b
        lead, rest = (a, b) if len(a.labels) >= len(b.labels) else (b, a)
        extra = [label for label in rest.labels if label not in lead.labels]
        order = (*extra, *lead.labels)
        if extra:
            order = tuple(sorted(order, key=lambda x: self.order.index(x) if x in self.order else -1))
        left, right = self.space.align(a, order), self.space.align(b, order)
        text = f"{_factor(left, False)} * {_factor(right, True)}"
        return Array(text, order, PRODUCT)

    def _matrix(self) -> Array:
        """Batch axes in front, then the left operand's, then the right one's."""
        if self._flipped():
            self.a, self.b = self.b, self.a
            self.a_weight, self.b_weight = self.b_weight, self.a_weight
        a, b = set(self.a.labels), set(self.b.labels)
        batch = [label for label in self.a.labels if label in b and label in self.keep]
        left = [label for label in self.a.labels if label not in b]
        right = [label for label in self.b.labels if label not in a]
        right.sort(key=lambda label: label not in self.first)
        summed = [
            label for label in self._sum_order() if label in a and label in b and label not in self.keep
        ]
        if not left and not right:
            return self._inner(batch, summed)
        if not batch:
            return self._plain(left, right, summed)
        return self._batched(batch, left, right, summed)

    def _flipped(self) -> bool:
        """Whether the second operand's own axes come first in the result: then it is the left factor."""
        if self.a_weight != self.b_weight:
            return self.a_weight
        if self.space.dialect.name == "numpy" and (bigger := self._upright()) is not None:
            return bigger
        rank = {label: k for k, label in enumerate(self.order)}
        a_own = [rank.get(x, -1) for x in self.a.labels if x in self.keep and x not in self.b.labels]
        b_own = [rank.get(x, -1) for x in self.b.labels if x in self.keep and x not in self.a.labels]
        if not a_own or not b_own:
            return not a_own and bool(b_own)
        return min(b_own) < min(a_own)

    def _upright(self) -> bool | None:
        """Of two matrices that both have the summed axes in front, or are copied, the larger one is better on
        the left: whether that is the second; None for others.
        """
        summed = {x for x in self.a.labels if x in self.b.labels and x not in self.keep}
        own = [[x for x in m.labels if x not in o.labels] for m, o in ((self.a, self.b), (self.b, self.a))]
        if len(own[0]) + len(summed) < len(self.a.labels) or not all(own):
            return None
        if any(not m.taps and set(m.labels[: len(summed)]) != summed for m in (self.a, self.b)):
            return None
        left, right = (_extent(self.space, labels) for labels in own)
        return left < right if left != right else None

    def _sum_order(self) -> tuple[int, ...]:
        """Summed axes in the order they have in the weight (or the right operand), so that it
        needs no copy; windows are copied in the order they have in memory.
        """
        taps = self.a.taps or self.b.taps
        if taps and self.space.dialect.name == "numpy":
            labels = self.a.labels if self.a.taps else self.b.labels
            return (*taps, *(x for x in labels if x not in taps))
        return self.b.labels if self.b_weight or not self.a_weight else self.a.labels

    def _inner(self, batch: list[int], summed: list[int]) -> Array:
        """No axes of their own: a dot product per batch position."""
        space = self.space
        if space.dialect.name == "numpy" and len(batch) + len(summed) <= 52:
            return self._letters(batch)
        order = self.a.labels
        left, right = space.permute(self.a, order), space.permute(self.b, order)
        product_ = Array(f"{_factor(left, False)} * {_factor(right, True)}", order, PRODUCT)
        return space.total(product_, summed)

    def _letters(self, kept: list[int]) -> Array:
        order = [*dict.fromkeys((*self.a.labels, *self.b.labels))]
        alphabet = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
        letter = dict(zip(order, alphabet, strict=False))
        sides = ["".join(letter[x] for x in labels) for labels in (self.a.labels, self.b.labels, kept)]
        text = self.space.dialect.einsum(f"{sides[0]},{sides[1]}->{sides[2]}", [self.a.text, self.b.text])
        return Array(text, tuple(kept))

    def _plain(self, left: list[int], right: list[int], summed: list[int]) -> Array:
        space = self.space
        if not right:
            return self._by_vector(self.a, self.b, left, summed)
        if not left:
            return self._by_vector(self.b, self.a, right, summed)
        if self.b_weight and space.dialect.name == "torch" and self.b.labels == (*right, *summed):
            return self._linear(left, right, summed)
        if space.dialect.name == "numpy" or (
            len(summed) > 1 and self.a.labels[: len(summed)] == tuple(summed)
        ):
            return self._flat(left, right, summed)
        s, r = space.fresh(self._size(summed)), space.fresh(self._size(right))
        a = space.merge(self.a, [*([x] for x in left), summed], [*left, s])
        b = (
            space.merge(self.b, [summed, right], [s, r])
            if self.b.labels[: len(summed)] == tuple(summed)
            else (space.permute(space.merge(self.b, [right, summed], [r, s]), [s, r]))
        )
        return self._product(a, b, [*([x] for x in left), right])

    def _flat(self, left: list[int], right: list[int], summed: list[int]) -> Array:
        """Two matrices: numpy multiplies stacks of matrices one by one."""
        for own, side in ((left, self.a), (right, self.b)):
            if side.taps:
                own.sort(key=lambda label: label not in side.taps)
        space = self.space
        s, r = space.fresh(self._size(summed)), space.fresh(self._size(right))
        groups = [[x] for x in left] if len(left) <= 2 and self.a.labels == (*left, *summed) else [left]
        fresh = [x[0] if len(x) == 1 else space.fresh(self._size(x)) for x in groups]
        plain = self.a.labels in ((*left, *summed), (*summed, *left))
        rows = self.a.labels[: len(summed)] == tuple(summed) or bool({*self.a.taps} & {*left})
        if not plain and not self.a.taps:  # a copy: what lies close in memory stays so
            rows = self.a.labels[-1] in left
        if rows and len(groups) == 1:
            a = space.permute(space.merge(self.a, [summed, *groups], [s, *fresh]), [*fresh, s])
        else:
            a = space.merge(self.a, [*groups, summed], [*fresh, s])
        if self.b.labels[-len(summed) :] == tuple(summed):
            b = space.permute(space.merge(self.b, [right, summed], [r, s]), [s, r])
        else:
            b = space.merge(self.b, [summed, right], [s, r])
        return self._product(a, b, [*groups, right])

    def _linear(self, left: list[int], right: list[int], summed: list[int]) -> Array:
        """`F.linear`: the weight has its out axes first."""
        space = self.space
        s, r = space.fresh(self._size(summed)), space.fresh(self._size(right))
        a = space.merge(self.a, [*([x] for x in left), summed], [*left, s])
        b = space.merge(self.b, [right, summed], [r, s])
        text = f"F.linear({a.text}, {b.text})"
        return space.split(Array(text, (*left, r)), [*([x] for x in left), right])

    def _by_vector(self, matrix: Array, vector: Array, left: list[int], summed: list[int]) -> Array:
        space = self.space
        s = space.fresh(self._size(summed))
        m = space.merge(matrix, [*([x] for x in left), summed], [*left, s])
        v = space.merge(vector, [summed], [s])
        return Array(f"{_factor(m, False)} @ {_factor(v, True)}", tuple(left), PRODUCT)

    def _batched(self, batch: list[int], left: list[int], right: list[int], summed: list[int]) -> Array:
        space = self.space
        s = space.fresh(self._size(summed))
        lead = [[x] for x in batch]
        if not left or not right:
            return self._batched_vector(batch, left, right, summed)
        a = self._side(self.a, batch, left, summed, s)
        b = self._side(self.b, batch, right, summed, s, last_own=True)
        return self._product(a, b, [*lead, left, right])

    def _batched_vector(
        self, batch: list[int], left: list[int], right: list[int], summed: list[int]
    ) -> Array:
        """A matrix times a vector for each batch position: one axis of size 1 is added and dropped."""
        space = self.space
        matrix, vector, own = (self.a, self.b, left) if left else (self.b, self.a, right)
        s = space.fresh(self._size(summed))
        m = self._side(matrix, batch, own, summed, s, last_own=False)
        v = space.merge(vector, [*([x] for x in batch), summed], [*batch, s])
        text = f"({_factor(m, False)} @ {v.atom}[..., None])[..., 0]"
        return space.split(Array(text, (*m.labels[:-1],)), [*([x] for x in batch), own])

    def _side(
        self,
        array: Array,
        batch: list[int],
        own: list[int],
        summed: list[int],
        s: int,
        last_own: bool = False,
    ) -> Array:
        """`[batch..., own, summed]`, or with `last_own` `[batch..., summed, own]`; merged in the
        order in memory, so that merging is a view where it can be.
        """
        space = self.space
        o = space.fresh(self._size(own))
        lead = [[x] for x in batch]
        where = array.labels.index
        wanted = (*batch, s, o) if last_own else (*batch, o, s)
        if len(own) == len(summed) == 1:
            first = summed[0] if last_own else own[0]
            other = own[0] if last_own else summed[0]
            return space.permute(array, (*batch, first, other)).relabel(wanted)
        if where(summed[0]) < where(own[0]):
            return space.permute(space.merge(array, [*lead, summed, own], [*batch, s, o]), wanted)
        return space.permute(space.merge(array, [*lead, own, summed], [*batch, o, s]), wanted)

    def _size(self, labels: Sequence[int]) -> Size:
        return product(self.space.sizes[x] for x in labels)

    def _product(self, a: Array, b: Array, groups: Sequence[Sequence[int]]) -> Array:
        text = f"{_factor(a, False)} @ {_factor(b, True)}"
        labels = tuple(range(-len(groups), 0))
        result = Array(text, labels, PRODUCT)
        if any(len(group) > 1 for group in groups):
            return self.space.split(result, groups)
        return result.relabel(group[0] for group in groups)


def _factor(array: Array, right: bool) -> str:
    """The text as a factor of a product."""
    return (
        array.text if array.level > PRODUCT or (array.level == PRODUCT and not right) else f"({array.text})"
    )
