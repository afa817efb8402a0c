"""Canonical numbering of coloured graphs: the search behind equality, free of anything about diagrams.

Isomorphic graphs get numberings that agree. Three steps, each run only on what the step before left open.
(1) Walk from the roots along edges that can be told apart: linear, and enough for diagrams connected to
their boundary. (2) Colour refinement, in bulk or with a worklist, O(m log n). (3) Individualisation: each
component of what is left on its own, unless it is a tree, one node of its smallest cell numbered by trial;
trials that an automorphism maps to an earlier one are skipped (McKay and Piperno, Practical graph
isomorphism II).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from diagram.colours import Colours
from diagram.numbering import Certificate, Numbering, Part
from diagram.partition import MASK, Cell, Edges, Links, Orbits, Trace, linked, refine, single_out
from diagram.room import room

LUCK, GAIN = 24, 6
"""How many automorphisms may be looked for in vain, at most, and how many more for each one found."""
EFFORT = 200
"""How many refinements one such comparison may take."""
MANY = 400
"""More nodes than these are refined in bulk, on arrays."""
BULK = 24
"""How many rounds of that are tried before the worklist takes over."""
GROWTH = 2
"""A round that makes fewer than so many colours of each calls for walks from the nodes alone in theirs."""


class _Found(NamedTuple):
    """A component numbered: how the refinements of the nodes singled out went, and the outcome."""

    traces: tuple[Trace, ...]
    certificate: Certificate
    order: list[int]


Known = dict[Certificate, tuple[Certificate, list[int]]]
"""For certificates of components: the least one of the same component, and where its nodes stand."""


class Canon:
    """One search: the numbering in the making and what is known of the automorphisms of the graph."""

    __slots__ = ("_links", "_luck", "_orbits", "at")

    def __init__(self, colour: Sequence[int], edges: Edges, wires: int) -> None:
        self.at = Numbering(colour, edges, wires)
        self._luck = LUCK
        self._links: Links | None = None
        self._orbits: list[Orbits] = []

    @property
    def links(self) -> Links:
        """The edges, made for counting when first needed."""
        if self._links is None:
            self._links = linked(self.at.edges)
        return self._links

    def run(self, roots: Iterable[int], skip: Iterable[int] = ()) -> Certificate:
        """Number every node, the roots first; the certificate describes the graph up to isomorphism.

        Nodes to `skip` have no edges; they get no place in the order.
        """
        at = self.at
        for v in skip:
            at.number[v] = len(at.number)
        for v in roots:
            if at.number[v] < 0:
                at.take(v)
        at.walk(0)
        if -1 in at.number:
            self._settle([v for v, k in enumerate(at.number) if k < 0])
        return at.certificate(0)

    def _settle(self, nodes: list[int]) -> None:
        """Number all of `nodes`: refine, number the nodes alone in their cells, then what is left component
        by component.
        """
        if len(nodes) > MANY:
            cells = self._in_bulk(nodes)
        else:
            cells = self.at.initial(nodes)
            refine(cells, self.links, range(len(cells)))
        self._take_single(cells)
        with room():  # trials nest as deep as there are independent symmetries in a component
            self._take_parts(self.at.components(cells))

    def _in_bulk(self, nodes: list[int]) -> list[Cell]:
        """Rounds of refinement on arrays, and walks from nodes alone in their cells where that is slow; the
        equitable cells of what is left.
        """
        at = self.at
        colours = Colours(at.colour, at.wires, at.edges, nodes)
        colours.number(at.order, 0)
        before = 0
        for _ in range(BULK):
            colours.refine()
            count = colours.count()
            if count == before:
                return colours.cells()
            if count < GROWTH * before:
                first = len(at.order)
                for v in colours.single():
                    at.take(v)
                at.walk(first)
                if first < len(at.order):
                    colours.number(at.order[first:], first)
                    count = 0
            before = count
        cells = colours.cells()
        refine(cells, self.links, range(len(cells)))
        return cells

    def _take_single(self, cells: list[Cell]) -> None:
        """Number the nodes alone in their cells."""
        for cell in cells:
            if len(cell) == 1:
                self.at.take(next(iter(cell)))

    def _take_parts(self, groups: list[list[Part]]) -> None:
        """Number components, in groups of those on the same cells."""
        for group in groups:
            for order in self._orders(group):
                for v in order:
                    self.at.take(v)

    def _orders(self, group: list[Part]) -> list[list[int]]:
        """How components on the same cells are numbered, one after the other.

        Nodes of different cells need no search, and trees do not, as any two nodes of one cell can be
        exchanged in them. Of the others those with the least certificates come first.
        """
        if group[0].is_discrete:
            return [part.nodes for part in group]
        trees = [self.at.grown(part) for part in group]
        left = [part for part, tree in zip(group, trees, strict=True) if tree is None]
        known: Known = {}
        found = [self._try(part.cells, known if len(left) > 1 else None) for part in left]
        return [tree for tree in trees if tree is not None] + [one.order for one in sorted(found)]

    def _try(self, cells: list[Cell], known: Known | None) -> _Found:
        """The least result for a component, over the nodes of its smallest cell numbered first."""
        found = self._walked(cells, known) or self._least(cells, ())
        assert found is not None
        return found

    def _least(self, cells: list[Cell], bounds: tuple[Trace, ...]) -> _Found | None:
        """As `_try`; None, early, if every trial refines worse than `bounds`, level by level.

        A trial is given up as soon as it shows to be worse than the best, and skipped if an automorphism
        takes the best to it.
        """
        self._orbits.append(Orbits())
        best: _Found | None = None
        tried, left = list[int](), list[Cell]()
        for v in min(cells, key=len):
            if self._orbits[-1].any_same(tried, v):
                continue
            new = [dict(c) for c in cells]
            single_out(new, v)
            trace = refine(new, self.links, [len(new) - 1], bounds[0] if bounds else None)
            if trace is None:
                continue
            alike = bool(bounds) and trace == bounds[0]
            if best is not None and alike and self._luck > 0 and self._moved(left, new):
                continue
            tried.append(v)
            found = self._trial(new, trace, bounds[1:] if alike else ())
            if found is None:
                continue
            if best is None or found < best:
                best, left, bounds = found, new, found.traces
            elif found[:2] == best[:2]:
                self._luck = min(self._luck + GAIN, LUCK)
                self._exchange(best.order, found.order)
        self._orbits.pop()
        return best

    def _exchange(self, left: Iterable[int], right: Iterable[int]) -> None:
        """Note an automorphism: it fixes what is numbered, so that it holds wherever less is, too."""
        pairs = [(u, v) for u, v in zip(left, right, strict=True) if u != v]
        for orbits in self._orbits:
            for u, v in pairs:
                orbits.join(u, v)

    def _walked(self, cells: list[Cell], known: Known | None) -> _Found | None:
        """The least result where a walk from one node reaches all others; None where it does not.

        `known` says of every certificate met in components on the same cells what the least one is, and
        where its nodes are: then one walk is enough.
        """
        start, whole = len(self.at.order), sum(map(len, cells))
        self._orbits.append(Orbits())
        tried: list[_Found] = []
        for v in min(cells, key=len):
            if self._orbits[-1].any_same([one.order[0] for one in tried], v):
                continue
            self.at.take(v)
            self.at.walk(start)
            order = self.at.order[start:]
            certificate = self.at.certificate(start) if len(order) == whole else None
            self.at.back_to(start)
            if certificate is None or (known is not None and certificate in known):
                break
            same = next((one for one in tried if one.certificate == certificate), None)
            if same is None:
                tried.append(_Found((), certificate, order))
            else:
                self._exchange(same.order, order)
        self._orbits.pop()
        if certificate is None:
            return None
        if known is not None and certificate in known:
            least, places = known[certificate]
            return _Found((), least, [order[k] for k in places])
        best = min(tried)
        if known is not None:
            for one in tried:
                at = {v: k for k, v in enumerate(one.order)}
                known[one.certificate] = best.certificate, [at[v] for v in best.order]
        return best

    def _trial(self, cells: list[Cell], trace: Trace, bounds: tuple[Trace, ...]) -> _Found | None:
        """Number the nodes of equitable cells, note the result, and take the numbers back. None if worse."""
        start = len(self.at.order)
        self._take_single(cells)
        stop, groups = len(self.at.order), self.at.components(cells)
        part = groups[0][0] if len(groups) == 1 and len(groups[0]) == 1 else None
        found: _Found | None = None
        if part is None or self.at.grown(part) is not None:
            self._take_parts(groups)
            found = _Found((trace,), self.at.certificate(start), self.at.order[start:])
        elif (only := self._least(part.cells, bounds)) is not None:
            for v in only.order:
                self.at.take(v)
            numbers = self.at.certificate(start, stop) + only.certificate
            found = _Found((trace, *only.traces), numbers, self.at.order[start:])
        self.at.back_to(start)
        return found

    def _moved(self, left: list[Cell], right: list[Cell]) -> bool:
        """Whether an automorphism of the component takes the one refinement to the other; its orbits are
        noted.
        """
        found = self._match(left, right, [EFFORT])
        if found is None:
            self._luck -= 1
            return False
        self._luck = min(self._luck + GAIN, LUCK)
        self._exchange(found, found.values())
        return True

    def _match(self, left: list[Cell], right: list[Cell], effort: list[int]) -> dict[int, int] | None:
        """An automorphism that takes each cell on the left to that on the right, by refining both sides
        alike; None if there is none, or if it is not found with the effort that is left.
        """
        pairs = list(zip(left, right, strict=True))
        moved = [k for k, (c, d) in enumerate(pairs) if len(c) > 1 and c != d]
        if not moved:  # what is not told apart stays where it is
            found = {u: v for c, d in pairs if len(c) == 1 for u, v in zip(c, d, strict=True) if u != v}
            if self._preserves(found):
                return found
        at = min(
            moved or [k for k, c in enumerate(left) if len(c) > 1], key=lambda k: len(left[k]), default=-1
        )
        if at < 0:
            return None
        one = [dict(c) for c in left]
        single_out(one, next(iter(left[at])))
        trace = refine(one, self.links, [len(one) - 1])
        for y in right[at]:
            effort[0] -= 1
            if effort[0] < 0:
                return None
            two = [dict(c) for c in right]
            single_out(two, y)
            if refine(two, self.links, [len(two) - 1], trace, exact=True) == trace:
                deeper = self._match(one, two, effort)
                if deeper is not None:
                    return deeper
        return None

    def _preserves(self, found: dict[int, int]) -> bool:
        """Whether a map of nodes, the identity elsewhere, is an automorphism; nodes that stay need no look,
        as their edges are those of the others.
        """
        edges = self.at.edges
        return all(
            sorted([e - (u := e & MASK) + found.get(u, u) for e in edges[x]]) == sorted(edges[y])
            for x, y in found.items()
        )
