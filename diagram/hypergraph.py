"""The one value of the project: a typed open hypergraph, its mutable `Builder`, and how diagrams are glued.

Wires are numbered; `wires[w]` is the type of wire w. A box reads a tuple of wires and writes a tuple of
wires. Copies, discards, swaps, cups and spiders are wiring: a wire read twice, never read, read in another
order, joined.
This file is the face; the parts are `diagram.value`, `diagram.builder`, `diagram.glue`, `diagram.wiring`.
"""

from __future__ import annotations

from diagram.builder import Builder
from diagram.value import Arg, Args, Box, Diagram, Flat, Mark, Param, make
from diagram.wiring import (
    box,
    cap,
    copy,
    cup,
    discard,
    identity,
    par,
    permutation,
    seq,
    single,
    spider,
    swap,
    trace,
    walk,
    wiring,
)

__all__ = [
    "Arg",
    "Args",
    "Box",
    "Builder",
    "Diagram",
    "Flat",
    "Mark",
    "Param",
    "box",
    "cap",
    "copy",
    "cup",
    "discard",
    "identity",
    "make",
    "par",
    "permutation",
    "seq",
    "single",
    "spider",
    "swap",
    "trace",
    "walk",
    "wiring",
]
