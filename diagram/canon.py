"""Canonical numbering of coloured graphs: the search behind equality, free of anything about diagrams.

Nodes are ints below `wires` (wires) or from there on (boxes); `colour[v]` is an int; `edges[v]` lists
`(key, u)`, where the int `key` says how v sees u and ranks with u's colour. Isomorphic graphs get
numberings that agree.

Three steps, each run only on what the step before left open. (1) Walk from the roots along edges that can
be told apart: linear, and enough for diagrams connected to their boundary. (2) Colour refinement with a
worklist, O(m log n). (3) Individualisation: each component of what is left on its own, one node of its
smallest cell numbered by trial; trials that an automorphism maps to an earlier one are skipped (McKay and
Piperno, Practical graph isomorphism II).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

Edges = Sequence[list[tuple[int, int]]]
Cell = dict[int, None]
"""An ordered set of nodes."""
Certificate = tuple[int, ...]
Trace = list[tuple[Any, ...]]
"""What a refinement did, step by step, in terms that do not depend on the numbers of the nodes."""
ROUNDS = 4
"""How often the walk comes back to nodes it could not decide, before refinement takes over."""


class _Found(NamedTuple):
    """A component numbered: how the refinement of the first node went, of the next, and the outcome."""

    trace: Trace
    deeper: Trace
    certificate: Certificate
    order: list[int]


class Canon:
    """One numbering in the making: `order[k]` is the node with number k, `number` its inverse (-1: none
    yet).
    """

    __slots__ = ("colour", "edges", "number", "order", "wires")

    def __init__(self, colour: Sequence[int], edges: Edges, wires: int) -> None:
        self.colour = colour
        self.edges = edges
        self.wires = wires
        self.number = [-1] * len(colour)
        self.order: list[int] = []

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
                around = [(key, number[u]) for key, u in edges[v]]
                around.sort()
                out += (colour[v], len(around))
                for pair in around:
                    out += pair
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
        fresh = [edge for edge in self.edges[v] if number[edge[1]] < 0]
        if not fresh:
            return False
        if len(fresh) == 1:
            self._take(fresh[0][1])
            return False
        fresh.sort()
        open_, at = False, 0
        while at < len(fresh):
            key, u = fresh[at]
            alone = True
            at += 1
            while at < len(fresh) and fresh[at][0] == key:
                alone = alone and fresh[at][1] == u
                at += 1
            if not alone:
                open_ = True
            elif number[u] < 0:
                self._take(u)
        return open_

    def _settle(self, nodes: list[int]) -> None:
        """Number all of `nodes`: walk from those that look like no other while there are any, then refine,
        number the nodes alone in their cells, and each component of the rest by trial."""
        for _ in range(ROUNDS):
            cells = self._initial(nodes)
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
        refine(cells, self.edges, range(len(cells)))
        self._take_single(cells)
        self._take_parts([self._try(part) for part in self._components(cells)])

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
        groups: dict[tuple[int, tuple[tuple[int, int], ...]], Cell] = {}
        for v in nodes:
            around = sorted([(key, number[u]) for key, u in self.edges[v] if number[u] >= 0])
            groups.setdefault((self.colour[v], tuple(around)), {})[v] = None
        return [groups[key] for key in sorted(groups)]

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
                    for _, u in self.edges[stack.pop()]:
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
        found = self._least(cells, None)
        assert found is not None
        return found

    def _least(self, cells: list[Cell], bound: Trace | None) -> _Found | None:
        """As `_try`; None, early, if every trial refines worse than `bound`.

        A trial is given up as soon as it shows to be worse than the best, and skipped if an automorphism
        takes the best to it.
        """
        orbits = _Orbits()
        best: _Found | None = None
        first, left = -1, list[Cell]()
        for v in min(cells, key=len):
            if best is not None and orbits.same(first, v):
                continue
            new = [dict(c) for c in cells]
            _single_out(new, v)
            trace = refine(new, self.edges, [len(new) - 1], bound)
            if trace is None or (best is not None and trace == bound and self._moved(left, new, orbits)):
                continue
            found = self._trial(new, trace, best if trace == bound else None)
            bound = trace
            if found is not None and (best is None or found < best):
                best, first, left = found, v, new
        return best

    def _trial(self, cells: list[Cell], trace: Trace, best: _Found | None) -> _Found | None:
        """Number the nodes of equitable cells, note the result, and take the numbers back. None if worse."""
        start = len(self.order)
        self._take_single(cells)
        parts = self._components(cells)
        deeper: Trace = []
        worse = False
        if len(parts) == 1:
            only = self._least(parts[0], best.deeper if best is not None and best.deeper else None)
            worse = only is None
            if only is not None:
                deeper = only.trace
                self._take_parts([only])
        else:
            self._take_parts([self._try(part) for part in parts])
        found = None if worse else _Found(trace, deeper, self.certificate(start), self.order[start:])
        for u in self.order[start:]:
            self.number[u] = -1
        del self.order[start:]
        return found

    def _moved(self, left: list[Cell], right: list[Cell], orbits: _Orbits) -> bool:
        """Whether an automorphism of the component takes the one refinement to the other; its orbits are
        noted.
        """
        found = self._match(left, right)
        if found is None:
            return False
        for x, y in found.items():
            if x != y:
                orbits.join(x, y)
        return True

    def _match(self, left: list[Cell], right: list[Cell]) -> dict[int, int] | None:
        """An automorphism that takes each cell on the left to that on the right, by refining both sides
        alike.
        """
        at = min((k for k, c in enumerate(left) if len(c) > 1), key=lambda k: len(left[k]), default=-1)
        if at < 0:
            found = {next(iter(c)): next(iter(d)) for c, d in zip(left, right, strict=True)}
            return found if self._preserves(found) else None
        one = [dict(c) for c in left]
        _single_out(one, next(iter(left[at])))
        trace = refine(one, self.edges, [len(one) - 1])
        for y in right[at]:
            two = [dict(c) for c in right]
            _single_out(two, y)
            if refine(two, self.edges, [len(two) - 1], trace) == trace:
                deeper = self._match(one, two)
                if deeper is not None:
                    return deeper
        return None

    def _preserves(self, found: dict[int, int]) -> bool:
        """Whether a map of nodes, the identity elsewhere, is an automorphism."""
        edges = self.edges
        return all(
            sorted([(key, found.get(u, u)) for key, u in edges[x]]) == sorted(edges[y])
            for x, y in found.items()
        )


def _single_out(cells: list[Cell], v: int) -> None:
    """Give v, not alone in its cell, a cell of its own at the end."""
    for cell in cells:
        if v in cell:
            del cell[v]
            break
    cells.append({v: None})


def refine(cells: list[Cell], edges: Edges, queue: Iterable[int], bound: Trace | None = None) -> Trace | None:
    """Split cells in place until all nodes of a cell see every other cell alike. Returns a trace of the
    splits.

    New cells come last, in an order that does not depend on the numbers of the nodes. None, the work cut
    short, if the trace comes out greater than `bound`.
    """
    home = {v: k for k, cell in enumerate(cells) for v in cell}
    todo = deque(queue)
    waiting = set(todo)
    trace: Trace = []
    while todo:
        splitter = todo.popleft()
        waiting.discard(splitter)
        for at, groups in _touched(cells[splitter], edges, home):
            cell = cells[at]
            pieces = sorted(groups.items())
            event = (splitter, at, *[(sign, len(group)) for sign, group in pieces])
            if bound is not None and (len(trace) >= len(bound) or event != bound[len(trace)]):
                if len(trace) >= len(bound) or event > bound[len(trace)]:
                    return None
                bound = None
            trace.append(event)
            if len(pieces) == 1 and len(pieces[0][1]) == len(cell):
                continue
            _split(cells, at, [group for _, group in pieces], home, todo, waiting)
            if len(cells) == len(home):
                return trace
    return trace


def _split(
    cells: list[Cell],
    at: int,
    groups: list[list[int]],
    home: dict[int, int],
    todo: deque[int],
    waiting: set[int],
) -> None:
    """Take the groups out of a cell; those that the worklist needs are put on it (Hopcroft)."""
    cell = cells[at]
    for group in groups:
        for v in group:
            del cell[v]
    fresh = list(range(len(cells), len(cells) + len(groups)))
    cells += [dict.fromkeys(group) for group in groups]
    if not cell:  # the last piece takes the place of the emptied cell
        cells[at] = cells.pop()
        fresh[-1] = at
    for k in fresh:
        for v in cells[k]:
            home[v] = k
    chosen = fresh if at in fresh else [at, *fresh]
    if at in waiting:
        chosen = [k for k in chosen if k != at]
    else:
        largest = max(chosen, key=lambda k: len(cells[k]))
        chosen = [k for k in chosen if k != largest]
    todo.extend(chosen)
    waiting.update(chosen)


def _touched(
    splitter: Cell, edges: Edges, home: dict[int, int]
) -> list[tuple[int, dict[tuple[int, ...], list[int]]]]:
    """For every cell that the splitter sees: its nodes seen, grouped by how."""
    signs: dict[int, list[int]] = {}
    for v in splitter:
        for key, u in edges[v]:
            if u in home:
                signs.setdefault(u, []).append(key)
    found: dict[int, dict[tuple[int, ...], list[int]]] = {}
    for u, keys in signs.items():
        keys.sort()
        found.setdefault(home[u], {}).setdefault(tuple(keys), []).append(u)
    return sorted(found.items())


class _Orbits:
    """Union of nodes that automorphisms exchange."""

    __slots__ = ("_up",)

    def __init__(self) -> None:
        self._up: dict[int, int] = {}

    def _find(self, v: int) -> int:
        while v in self._up:
            v = self._up[v]
        return v

    def same(self, u: int, v: int) -> bool:
        """Whether u and v are in one orbit."""
        return self._find(u) == self._find(v)

    def join(self, u: int, v: int) -> None:
        """One orbit from two."""
        u, v = self._find(u), self._find(v)
        if u != v:
            self._up[v] = u
