"""Ordered partitions of the nodes of a graph: refinement with a worklist, and unions of nodes.

Everything is done in an order that does not depend on the numbers of the nodes. Not here: the search
(`diagram.canon`).
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any, NamedTuple

Edges = Sequence[list[int]]
"""For every node its edges, each one int: the key above `BITS` bits, the node at the other end in them."""
BITS = 32
MASK = (1 << BITS) - 1
Cell = dict[int, None]
"""An ordered set of nodes."""
Trace = list[tuple[Any, ...]]
"""What a refinement did, step by step, in terms that do not depend on the numbers of the nodes."""


def single_out(cells: list[Cell], v: int) -> None:
    """Give v, not alone in its cell, a cell of its own at the end."""
    for cell in cells:
        if v in cell:
            del cell[v]
            break
    cells.append({v: None})


def refine(
    cells: list[Cell], links: Links, queue: Iterable[int], bound: Trace | None = None, exact: bool = False
) -> Trace | None:
    """Split cells in place until all nodes of a cell see every other cell alike. Returns a trace of the
    splits.

    New cells come last, in an order that does not depend on the numbers of the nodes. None, the work cut
    short, if the trace comes out greater than `bound`, or not equal to it if `exact`.
    """
    home = {v: k for k, cell in enumerate(cells) for v in cell}
    todo = deque(queue)
    waiting = set(todo)
    trace: Trace = []
    while todo:
        splitter = todo.popleft()
        waiting.discard(splitter)
        for at, groups in _touched(cells[splitter], links, home):
            cell = cells[at]
            pieces = sorted(groups.items())
            event = (splitter, at, *[(sign, len(group)) for sign, group in pieces])
            if bound is not None and (len(trace) >= len(bound) or event != bound[len(trace)]):
                if exact or len(trace) >= len(bound) or event > bound[len(trace)]:
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


def _touched(splitter: Cell, links: Links, home: dict[int, int]) -> list[tuple[int, dict[int, list[int]]]]:
    """For every cell that the splitter sees: its nodes seen, grouped by how."""
    ends, nodes, weights = links
    signs: dict[int, int]
    if len(weights) < 2:
        signs = Counter(chain.from_iterable([ends[v] for v in splitter]))
    else:
        signs = {}
        for v in splitter:
            for end in ends[v]:
                u = end % nodes
                signs[u] = signs.get(u, 0) + weights[end // nodes]
    found: dict[int, dict[int, list[int]]] = {}
    for u, sign in signs.items():
        at = home.get(u, -1)
        if at >= 0:
            found.setdefault(at, {}).setdefault(sign, []).append(u)
    return sorted(found.items())


class Links(NamedTuple):
    """Edges made for counting: for every node the numbers `key * nodes + other end`; a weight for each key.

    The sum of the weights says how a node sees others, but for collisions; these cost time, not truth, as
    they are the same in isomorphic graphs and only certificates are compared in the end.
    """

    ends: list[list[int]]
    nodes: int
    weights: list[int]


def linked(edges: Edges) -> Links:
    """The edges of a graph, their keys numbered in order. Linear but for sorting the keys."""
    nodes = len(edges)
    keys = sorted({edge >> BITS for around in edges for edge in around})
    first = {key: at * nodes for at, key in enumerate(keys)}
    ends = [[first[edge >> BITS] + (edge & MASK) for edge in around] for around in edges]
    return Links(ends, nodes, [_mixed(k) for k in range(len(keys))])


def _mixed(k: int) -> int:
    """The number k scattered over 59 bits."""
    k = (k + 1) * 0x9E3779B97F4A7C15 & (1 << 64) - 1
    k = (k ^ k >> 30) * 0xBF58476D1CE4E5B9 & (1 << 64) - 1
    return (k ^ k >> 27) >> 5


class Orbits:
    """Union of nodes that automorphisms exchange."""

    __slots__ = ("_up",)

    def __init__(self) -> None:
        self._up: dict[int, int] = {}

    def _find(self, v: int) -> int:
        up = self._up
        while v in up:
            above = up[v]
            if above in up:  # halve the path
                above = up[v] = up[above]
            v = above
        return v

    def any_same(self, nodes: Iterable[int], v: int) -> bool:
        """Whether v is in one orbit with one of some nodes."""
        mine = self._find(v)
        return any(self._find(u) == mine for u in nodes)

    def join(self, u: int, v: int) -> None:
        """One orbit from two."""
        u, v = self._find(u), self._find(v)
        if u != v:
            self._up[v] = u
