"""A numbering of the nodes of a coloured graph in the making, and what can be read off without a search.

Nodes are ints below `wires` (wires) or from there on (boxes); `colour[v]` is an int; `edges[v]` lists the
neighbours u, each with a key that says how v sees u. Not here: trials (`diagram.canon`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from diagram.partition import BITS, MASK, Cell, Edges

Certificate = tuple[int, ...]
ROUNDS = 4
"""How often a walk comes back to nodes that it could not decide."""


class Part(NamedTuple):
    """A component of what is left to number: its nodes in the order of their cells, and these cells."""

    nodes: list[int]
    homes: list[int]

    @property
    def is_discrete(self) -> bool:
        """Whether no two of its nodes are in one cell."""
        return len(set(self.homes)) == len(self.homes)

    @property
    def cells(self) -> list[Cell]:
        """Its nodes, cell by cell."""
        found: dict[int, Cell] = {}
        for v, k in zip(self.nodes, self.homes, strict=True):
            found.setdefault(k, {})[v] = None
        return list(found.values())


class Numbering:
    """`order[k]` is the node with number k, `number` its inverse (-1: none yet)."""

    __slots__ = ("colour", "edges", "number", "order", "wires")

    def __init__(self, colour: Sequence[int], edges: Edges, wires: int) -> None:
        self.colour = colour
        self.edges = edges
        self.wires = wires
        self.number = [-1] * len(colour)
        self.order: list[int] = []

    def certificate(self, start: int, stop: int | None = None) -> Certificate:
        """The nodes numbered from `start` on: their colours and, for boxes, the numbers of their wires."""
        number, colour, edges, wires = self.number, self.colour, self.edges, self.wires
        out: list[int] = []
        for v in self.order[start:stop]:
            if v < wires:
                out.append(colour[v])
            else:
                around = [e - (u := e & MASK) + number[u] for e in edges[v]]
                around.sort()
                out += (colour[v], len(around))
                out += around
        return tuple(out)

    def take(self, v: int) -> None:
        """Give v the next number."""
        self.number[v] = len(self.order)
        self.order.append(v)

    def back_to(self, start: int) -> None:
        """Take back the numbers from `start` on."""
        for u in self.order[start:]:
            self.number[u] = -1
        del self.order[start:]

    def walk(self, at: int) -> None:
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
            self.take(fresh[0] & MASK)
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
                self.take(u)
        return open_

    def initial(self, nodes: list[int]) -> list[Cell]:
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

    def components(self, cells: list[Cell]) -> list[list[Part]]:
        """The connected components of the unnumbered nodes, those on the same cells together, in order."""
        number, edges, home = self.number, self.edges, dict[int, int]()
        parts: list[Part] = []
        for cell in cells:
            for v in cell:
                if number[v] >= 0 or v in home:
                    continue
                home[v] = len(parts)
                stack = [v]
                while stack:
                    for edge in edges[stack.pop()]:
                        u = edge & MASK
                        if number[u] < 0 and u not in home:
                            home[u] = len(parts)
                            stack.append(u)
                parts.append(Part([], []))
        for k, cell in enumerate(cells):
            for v in cell:
                if v in home:
                    nodes, homes = parts[home[v]]
                    nodes.append(v)
                    homes.append(k)
        groups: dict[tuple[int, ...], list[Part]] = {}
        for part in parts:
            groups.setdefault(tuple(part.homes), []).append(part)
        return [groups[key] for key in sorted(groups)]

    def grown(self, part: Part) -> list[int] | None:
        """The nodes of a tree from one in a smallest cell, each followed by its neighbours in the order of
        keys and cells; None if it is none.
        """
        cell = dict(zip(part.nodes, part.homes, strict=True))
        smallest = min(part.cells, key=len)
        start = next(iter(smallest))
        order, above = [start], {start: -1}
        for v in order:
            fresh: dict[int, tuple[int, int]] = {}
            for e in self.edges[v]:
                u = e & MASK
                if u in cell and u != above[v]:
                    if u in above:
                        return None
                    fresh[u] = min(fresh.get(u, (e >> BITS, cell[u])), (e >> BITS, cell[u]))
            children = sorted(fresh, key=fresh.__getitem__)
            above.update(dict.fromkeys(children, v))
            order += children
        return order
