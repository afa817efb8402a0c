"""How a term lies in the plane, line by line: what `>>`, `@` and swaps say about left and right, for figures.

Decoration, no part of equality: the hypergraph forgets it.
"""

from __future__ import annotations

from typing import NamedTuple


class Layer(NamedTuple):
    """A line of a term: box number `box`, or without one a rearrangement, after `at` wires from the left.

    A rearrangement (swaps, copies, discards) takes so many wires; its k-th result is wire `gives[k]` of them.
    """

    at: int
    box: int = -1
    takes: int = 0
    gives: tuple[int, ...] = ()
