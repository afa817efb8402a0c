"""Colour refinement of large graphs in bulk: a few rounds on arrays, where walks and worklists are slow.

Colours are 64-bit sums of mixed numbers, so that they depend on the structure of a graph alone and not on
how its nodes are numbered. Two colours that fall together by chance do so in isomorphic graphs alike; only
certificates decide in the end. Not here: exact refinement with a worklist (`diagram.partition`).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain, pairwise
from typing import Any

from diagram.partition import BITS, MASK, Cell, Edges

Array = Any
"""An array of numpy, which is imported when the first large graph comes."""
PRIME = (1 << 61) - 1
"""Python hashes an int to its remainder by this number: keys of edges may have any length."""


class Colours:
    """The colours of all nodes of a graph, made finer round by round for `nodes`; the others keep theirs."""

    __slots__ = ("_colour", "_ends", "_keys", "_left", "_nodes", "_np", "_places")

    def __init__(self, colour: Sequence[int], wires: int, edges: Edges, nodes: list[int]) -> None:
        import numpy as np

        self._np = np
        around = [edges[v] for v in nodes]
        flat = list(chain.from_iterable(around))
        try:
            every = np.array(flat, np.int64)
            self._ends, keys = every & MASK, every >> BITS
        except OverflowError:
            self._ends = np.array([e & MASK for e in flat], np.int64)
            keys = (np.array([hash(e) for e in flat], np.int64) - self._ends) % PRIME
        self._keys = self._mixed(keys.astype(np.uint64))
        self._places = np.cumsum([0, *map(len, around)])
        self._nodes = self._left = np.array(nodes)
        kinds = np.array(colour, np.int64) * 2 + (np.arange(len(colour)) < wires)
        self._colour = self._mixed(kinds.astype(np.uint64))

    def _mixed(self, x: Array) -> Array:
        """Numbers scattered over 64 bits (splitmix)."""
        np = self._np
        x = (x + np.uint64(0x9E3779B97F4A7C15)) * np.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ (x >> np.uint64(29))) * np.uint64(0x94D049BB133111EB)
        return x ^ (x >> np.uint64(32))

    def number(self, nodes: Sequence[int], first: int) -> None:
        """Nodes that are numbered, from `first` on, get colours of their own, and are left no more."""
        np = self._np
        fresh = np.arange(first, first + len(nodes), dtype=np.uint64)
        at = np.array(nodes, np.int64)
        self._colour[at] = self._mixed(~fresh)
        gone = np.zeros(len(self._colour), bool)
        gone[at] = True
        self._left = self._left[~gone[self._left]]

    def refine(self) -> None:
        """One round: each node's colour by its own and by those it sees."""
        np = self._np
        seen = np.zeros(len(self._ends) + 1, np.uint64)
        np.cumsum(self._mixed(self._colour[self._ends] ^ self._keys), out=seen[1:])
        at = self._places
        mine = self._colour[self._nodes] * np.uint64(3)
        self._colour[self._nodes] = self._mixed(mine + seen[at[1:]] - seen[at[:-1]])

    def count(self) -> int:
        """How many colours the nodes left have."""
        colour = self._np.sort(self._colour[self._left])
        return int((colour[1:] != colour[:-1]).sum()) + min(len(colour), 1)

    def single(self) -> list[int]:
        """The nodes left whose colours no other of these has, by colour."""
        np = self._np
        colour = self._colour[self._left]
        _, at, count = np.unique(colour, return_index=True, return_counts=True)
        found: list[int] = self._left[at[count == 1]].tolist()
        return found

    def cells(self) -> list[Cell]:
        """The nodes left, by colour."""
        np = self._np
        colour = self._colour[self._left]
        order = np.argsort(colour, kind="stable")
        ranked, nodes = colour[order], self._left[order].tolist()
        cuts = [0, *(np.flatnonzero(ranked[1:] != ranked[:-1]) + 1).tolist(), len(nodes)]
        return [dict.fromkeys(nodes[a:b]) for a, b in pairwise(cuts) if a < b]
