"""Ordered partitions of the nodes of a graph: refinement with a worklist, and unions of nodes.

Everything is done in an order that does not depend on the numbers of the nodes. Not here: the search
(`diagram.canon`).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from typing import Any

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
        for edge in edges[v]:
            u = edge & MASK
            if u in home:
                signs.setdefault(u, []).append(edge ^ u)
    found: dict[int, dict[tuple[int, ...], list[int]]] = {}
    for u, keys in signs.items():
        keys.sort()
        found.setdefault(home[u], {}).setdefault(tuple(keys), []).append(u)
    return sorted(found.items())


class Orbits:
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
