"""Canonical numbering of coloured graphs: the search behind equality, free of anything about diagrams.

Nodes are ints below `wires` (wires) or from there on (boxes); `colour[v]` is an int; `edges[v]` lists the
neighbours u, each with a key that says how v sees u. Isomorphic graphs get numberings that agree.

Three steps, each run only on what the step before left open. (1) Walk from the roots along edges that can
be told apart: linear, and enough for diagrams connected to their boundary. (2) Colour refinement with a
worklist, O(m log n). (3) Individualisation: each component of what is left on its own, one node of its
smallest cell numbered by trial; trials that an automorphism maps to an earlier one are skipped (McKay and
Piperno, Practical graph isomorphism II).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from diagram.partition import MASK, Cell, Edges, Links, Orbits, Trace, linked, refine, single_out

Certificate = tuple[int, ...]
LUCK, GAIN = 24, 6
"""How many automorphisms may be looked for in vain, at most, and how many more for each one found."""
EFFORT = 200
"""How many refinements one such comparison may take."""
SMALL = 16
"""Cells of up to so many nodes are looked at first."""
ROUNDS = 4
"""How often the walk comes back to nodes it could not decide, before refinement takes over."""


class _Found(NamedTuple):
    """A component numbered: how the refinements of the nodes singled out went, and the outcome."""

    traces: tuple[Trace, ...]
    certificate: Certificate
    order: list[int]


class Canon:
    """One numbering in the making: `order[k]` is the node with number k, `number` its inverse (-1: none
    yet).
    """

    __slots__ = ("_links", "colour", "edges", "luck", "number", "order", "wires")

    def __init__(self, colour: Sequence[int], edges: Edges, wires: int) -> None:
        self.colour = colour
        self.edges = edges
        self.wires = wires
        self.number = [-1] * len(colour)
        self.order: list[int] = []
        self.luck = LUCK
        self._links: Links | None = None

    @property
    def links(self) -> Links:
        """The edges, made for counting when first needed."""
        if self._links is None:
            self._links = linked(self.edges)
        return self._links

    def run(self, roots: Iterable[int], skip: Iterable[int] = ()) -> Certificate:
        """Number every node, the roots first; the certificate describes the graph up to isomorphism.

        Nodes to `skip` have no edges; they get no place in the order.
        """
        for v in skip:
            self.number[v] = len(self.number)
        for v in roots:
            if self.number[v] < 0:
                self._take(v)
        self._walk(0)
        if -1 in self.number:
            self._settle([v for v, k in enumerate(self.number) if k < 0])
        return self.certificate(0)

    def certificate(self, start: int) -> Certificate:
        """The nodes numbered from `start` on: their colours and, for boxes, the numbers of their wires."""
        number, colour, edges, wires = self.number, self.colour, self.edges, self.wires
        out: list[int] = []
        for v in self.order[start:]:
            if v < wires:
                out.append(colour[v])
            else:
                around = [e - (u := e & MASK) + number[u] for e in edges[v]]
                around.sort()
                out += (colour[v], len(around))
                out += around
        return tuple(out)

    def _take(self, v: int) -> None:
        self.number[v] = len(self.order)
        self.order.append(v)

    def _walk(self, at: int) -> None:
        """Number what can be told apart from the nodes numbered from `at` on."""
        order, late = self.order, []
        for _ in range(ROUNDS):
            while at < len(order):
                if self._spread(order[at]):
                    late.append(order[at])
                at += 1
            late = [v for v in late if self._spread(v)]
            if at == len(order):
                return

    def _spread(self, v: int) -> bool:
        """Number the neighbours of v that no other neighbour looks like; True if some are left."""
        number = self.number
        fresh = [e for e in self.edges[v] if number[e & MASK] < 0]
        if not fresh:
            return False
        if len(fresh) == 1:
            self._take(fresh[0] & MASK)
            return False
        fresh.sort()
        open_, at = False, 0
        while at < len(fresh):
            edge = fresh[at]
            u, alone = edge & MASK, True
            at += 1
            while at < len(fresh) and fresh[at] ^ edge <= MASK:
                alone = alone and fresh[at] == edge
                at += 1
            if not alone:
                open_ = True
            elif number[u] < 0:
                self._take(u)
        return open_

    def _settle(self, nodes: list[int]) -> None:
        """Number all of `nodes`: walk from those that look like no other while there are any, then refine,
        number the nodes alone in their cells, and each component of the rest by trial.
        """
        for _ in range(ROUNDS):
            cells = self._apart(nodes)
            at = len(self.order)
            self._take_single(cells)
            if at == len(self.order):
                break
            self._walk(at)
            nodes = [v for v in nodes if self.number[v] < 0]
            if not nodes:
                return
        else:
            cells = self._initial(nodes)
        refine(cells, self.links, range(len(cells)))
        self._take_single(cells)
        self._take_parts([self._try(part) for part in self._components(cells)])

    def _apart(self, nodes: list[int]) -> list[Cell]:
        """Cells by colour and by what is numbered around, then by their neighbours' cells, the small ones
        first, a few times over: until some node is alone or nothing changes."""
        cells = self._initial(nodes)
        for _ in range(ROUNDS):
            if any(len(cell) == 1 for cell in cells):
                break
            finer = self._finer(cells, SMALL)
            if len(finer) == len(cells):
                finer = self._finer(cells, len(nodes))
            if len(finer) == len(cells):
                break
            cells = finer
        return cells

    def _finer(self, cells: list[Cell], most: int) -> list[Cell]:
        """Cells of up to `most` nodes split by the cells of the neighbours, all at once."""
        home = {v: k for k, cell in enumerate(cells) for v in cell}
        groups: dict[tuple[int, ...], Cell] = {}
        for k, cell in enumerate(cells):
            if len(cell) > most:
                groups[k,] = cell
                continue
            for v in cell:
                around = [e - (u := e & MASK) + home[u] for e in self.edges[v] if e & MASK in home]
                around.sort()
                groups.setdefault((k, *around), {})[v] = None
        return [groups[key] for key in sorted(groups)]

    def _take_single(self, cells: list[Cell]) -> None:
        """Number the nodes alone in their cells."""
        for cell in cells:
            if len(cell) == 1:
                self._take(next(iter(cell)))

    def _take_parts(self, parts: list[_Found]) -> None:
        """Number the components of what is left, those with the least certificates first."""
        for part in sorted(parts):
            for v in part.order:
                self._take(v)

    def _initial(self, nodes: list[int]) -> list[Cell]:
        """Cells by colour and by what is numbered around."""
        number = self.number
        groups: dict[tuple[int, tuple[int, ...]], Cell] = {}
        seen = set(nodes) if len(nodes) < len(self.order) else self._seen()
        for v in nodes:
            if v not in seen:
                groups.setdefault((self.colour[v], ()), {})[v] = None
                continue
            around = [e - (u := e & MASK) + number[u] for e in self.edges[v] if number[e & MASK] >= 0]
            around.sort()
            groups.setdefault((self.colour[v], tuple(around)), {})[v] = None
        return [groups[key] for key in sorted(groups)]

    def _seen(self) -> set[int]:
        """The nodes beside numbered ones."""
        return {edge & MASK for v in self.order for edge in self.edges[v]}

    def _components(self, cells: list[Cell]) -> list[list[Cell]]:
        """The connected components of the unnumbered nodes, each as cells in the given order."""
        number, home = self.number, dict[int, int]()
        count = 0
        for cell in cells:
            for v in cell:
                if number[v] >= 0 or v in home:
                    continue
                home[v] = count
                stack = [v]
                while stack:
                    for edge in self.edges[stack.pop()]:
                        u = edge & MASK
                        if number[u] < 0 and u not in home:
                            home[u] = count
                            stack.append(u)
                count += 1
        parts: list[list[Cell]] = [[] for _ in range(count)]
        for cell in cells:
            seen: dict[int, Cell] = {}
            for v in cell:
                if number[v] < 0:
                    seen.setdefault(home[v], {})[v] = None
            for k, part in seen.items():
                parts[k].append(part)
        return parts

    def _try(self, cells: list[Cell]) -> _Found:
        """The least result for a component, over the nodes of its smallest cell numbered first."""
        found = self._least(cells, ())
        assert found is not None
        return found

    def _least(self, cells: list[Cell], bounds: tuple[Trace, ...]) -> _Found | None:
        """As `_try`; None, early, if every trial refines worse than `bounds`, level by level.

        A trial is given up as soon as it shows to be worse than the best, and skipped if an automorphism
        takes the best to it.
        """
        walked = None if bounds else self._walked(cells)
        if walked is not None:
            return walked
        orbits = Orbits()
        best: _Found | None = None
        first, left = -1, list[Cell]()
        for v in min(cells, key=len):
            if best is not None and orbits.same(first, v):
                continue
            new = [dict(c) for c in cells]
            single_out(new, v)
            trace = refine(new, self.links, [len(new) - 1], bounds[0] if bounds else None)
            if trace is None:
                continue
            alike = bool(bounds) and trace == bounds[0]
            if best is not None and alike and self.luck > 0 and self._moved(left, new, orbits):
                continue
            found = self._trial(new, trace, bounds[1:] if alike else ())
            if found is None:
                continue
            if best is None or found < best:
                best, first, left, bounds = found, v, new, found.traces
            elif found[:2] == best[:2]:
                self.luck = min(self.luck + GAIN, LUCK)
                orbits.join_all(best.order, found.order)
        return best

    def _walked(self, cells: list[Cell]) -> _Found | None:
        """The least result where a walk from one node reaches all others; None where it does not."""
        start, whole = len(self.order), sum(map(len, cells))
        orbits = Orbits()
        best: _Found | None = None
        for v in min(cells, key=len):
            if best is not None and orbits.same(best.order[0], v):
                continue
            self._take(v)
            self._walk(start)
            order = self.order[start:]
            found = _Found((), self.certificate(start), order) if len(order) == whole else None
            self._back(start)
            if found is None:
                return None
            if best is not None and found.certificate == best.certificate:
                orbits.join_all(best.order, order)
            elif best is None or found.certificate < best.certificate:
                best = found
        return best

    def _back(self, start: int) -> None:
        """Take back the numbers from `start` on."""
        for u in self.order[start:]:
            self.number[u] = -1
        del self.order[start:]

    def _trial(self, cells: list[Cell], trace: Trace, bounds: tuple[Trace, ...]) -> _Found | None:
        """Number the nodes of equitable cells, note the result, and take the numbers back. None if worse."""
        start = len(self.order)
        self._take_single(cells)
        parts = self._components(cells)
        only = self._least(parts[0], bounds) if len(parts) == 1 else None
        if only is not None:
            self._take_parts([only])
        elif len(parts) != 1:
            self._take_parts([self._try(part) for part in parts])
        found = None
        if only is not None or len(parts) != 1:
            traces = (trace, *only.traces) if only is not None else (trace,)
            found = _Found(traces, self.certificate(start), self.order[start:])
        self._back(start)
        return found

    def _moved(self, left: list[Cell], right: list[Cell], orbits: Orbits) -> bool:
        """Whether an automorphism of the component takes the one refinement to the other; its orbits are
        noted.
        """
        found = self._match(left, right, [EFFORT])
        if found is None:
            self.luck -= 1
            return False
        self.luck = min(self.luck + GAIN, LUCK)
        orbits.join_all(found, found.values())
        return True

    def _match(self, left: list[Cell], right: list[Cell], effort: list[int]) -> dict[int, int] | None:
        """An automorphism that takes each cell on the left to that on the right, by refining both sides
        alike; None if there is none, or if it is not found with the effort that is left.
        """
        at = min((k for k, c in enumerate(left) if len(c) > 1), key=lambda k: len(left[k]), default=-1)
        if at < 0:
            found = {next(iter(c)): next(iter(d)) for c, d in zip(left, right, strict=True)}
            return found if self._preserves(found) else None
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
        """Whether a map of nodes, the identity elsewhere, is an automorphism."""
        edges = self.edges
        return all(
            sorted([e - (u := e & MASK) + found.get(u, u) for e in edges[x]]) == sorted(edges[y])
            for x, y in found.items()
        )
