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

Edges = Sequence[list[tuple[int, int]]]
Cell = dict[int, None]
"""An ordered set of nodes."""
Certificate = tuple[int, ...]
ROUNDS = 4
"""How often the walk comes back to nodes it could not decide, before refinement takes over."""


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
        """Number all of `nodes`: refine, number the nodes alone in their cell, then each component by
        trial.
        """
        cells = self._initial(nodes)
        refine(cells, self.edges, range(len(cells)))
        for cell in cells:
            if len(cell) == 1:
                self._take(next(iter(cell)))
        parts = [self._try(part) for part in self._components(cells)]
        parts.sort()
        for _, order in parts:
            for v in order:
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

    def _try(self, cells: list[Cell]) -> tuple[Certificate, list[int]]:
        """The least certificate of a component, over the nodes of its smallest cell numbered first."""
        start, orbits = len(self.order), _Orbits()
        best: tuple[Certificate, list[int]] | None = None
        first = -1
        for v in min(cells, key=len):
            if best is not None and (orbits.same(first, v) or self._moved(cells, first, v, orbits)):
                continue
            self._take(v)
            self._walk(start)
            rest = [u for cell in cells for u in cell if self.number[u] < 0]
            if rest:
                self._settle(rest)
            found = self.certificate(start), self.order[start:]
            if best is None or found[0] < best[0]:
                best, first = found, v
            for u in self.order[start:]:
                self.number[u] = -1
            del self.order[start:]
        assert best is not None
        return best

    def _moved(self, cells: list[Cell], u: int, v: int, orbits: _Orbits) -> bool:
        """Whether an automorphism of the component takes u to v; its orbits are noted."""
        left, right = [dict(c) for c in cells], [dict(c) for c in cells]
        found = self._match(left, right, u, v)
        if found is None:
            return False
        for x, y in found.items():
            if x != y:
                orbits.join(x, y)
        return True

    def _match(self, left: list[Cell], right: list[Cell], u: int, v: int) -> dict[int, int] | None:
        """An isomorphism that respects the cells and takes u to v, by refining both sides alike."""
        _single_out(left, u)
        _single_out(right, v)
        trace = refine(left, self.edges, [len(left) - 1])
        if trace != refine(right, self.edges, [len(right) - 1]) or list(map(len, left)) != list(
            map(len, right)
        ):
            return None
        at = min((k for k, c in enumerate(left) if len(c) > 1), key=lambda k: len(left[k]), default=-1)
        if at < 0:
            found = {next(iter(c)): next(iter(d)) for c, d in zip(left, right, strict=True)}
            return found if self._preserves(found) else None
        x = next(iter(left[at]))
        for y in right[at]:
            deeper = self._match([dict(c) for c in left], [dict(c) for c in right], x, y)
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


def refine(cells: list[Cell], edges: Edges, queue: Iterable[int]) -> list[object]:
    """Split cells in place until all nodes of a cell see every other cell alike. Returns a trace of the
    splits.

    New cells come last, in an order that does not depend on the numbers of the nodes.
    """
    home = {v: k for k, cell in enumerate(cells) for v in cell}
    todo = deque(queue)
    waiting = set(todo)
    trace: list[object] = []
    while todo:
        splitter = todo.popleft()
        waiting.discard(splitter)
        for at, groups in _touched(cells[splitter], edges, home):
            cell = cells[at]
            pieces = sorted(groups.items())
            trace.append((splitter, at, [(sign, len(group)) for sign, group in pieces]))
            if len(pieces) == 1 and len(pieces[0][1]) == len(cell):
                continue
            for _, group in pieces:
                for v in group:
                    del cell[v]
            fresh = list(range(len(cells), len(cells) + len(pieces)))
            cells += [dict.fromkeys(group) for _, group in pieces]
            if not cell:  # the last piece takes the place of the emptied cell
                cells[at] = cells.pop()
                fresh[-1] = at
            _enqueue(cells, at, fresh, todo, waiting)
            for k in fresh:
                for v in cells[k]:
                    home[v] = k
    return trace


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


def _enqueue(cells: list[Cell], at: int, fresh: list[int], todo: deque[int], waiting: set[int]) -> None:
    """Hopcroft: all pieces if the cell still waits, else all but the largest."""
    pieces = fresh if at in fresh else [at, *fresh]
    if at in waiting:
        chosen = [k for k in pieces if k != at]
    else:
        chosen = list(pieces)
        chosen.remove(max(pieces, key=lambda k: len(cells[k])))
    todo.extend(chosen)
    waiting.update(chosen)


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
