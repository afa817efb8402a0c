"""Drawing: layout and SVG of random diagrams. Peers: DisCoPy's layout alone, and dot (layout alone) where
installed.
"""

from __future__ import annotations

import shutil
import subprocess
from random import Random

from benchmarks.measure import Case, Setup, Work

Layers = list[tuple[int, int, int]]
"""Boxes from top to bottom: how many wires are left of it, how many go in, how many come out."""


def layers(n: int) -> tuple[int, Layers]:
    """n boxes on a row of about sqrt(n) wires, the same for every peer."""
    rng, width = Random(n), max(6, int(n**0.5))
    row, found = width, []
    for _ in range(n):
        ins = rng.choice((1, 1, 2, 2, 3))
        outs = rng.choice((1, 2)) if row > width else rng.choice((2, 3))
        at = rng.randrange(row - ins + 1) if row >= ins else 0
        ins = min(ins, row)
        found.append((at, ins, outs))
        row += outs - ins
    return width, found


def ours(n: int) -> Setup:
    """The SVG text of the figure."""

    def setup() -> Work:
        from compilers.figure import render
        from diagram import Builder, Ob
        from diagram.op import generator

        width, boxes = layers(n)
        a, b = Ob("A"), Builder()
        row = [b.input(a) for _ in range(width)]
        for k, (at, ins, outs) in enumerate(boxes):
            op = generator(f"f{k}", (a,) * ins, (a,) * outs)
            row[at : at + ins] = b.box(op, row[at : at + ins], op.cod)
        d = b.build(row)
        return lambda: render(d)

    return setup


def discopy(n: int) -> Setup:
    """DisCoPy's layout of the same diagram, without drawing it."""

    def setup() -> Work:
        from discopy.monoidal import Box, Diagram, Ty

        width, boxes = layers(n)
        a = Ty("A")
        d = Diagram.id(a**width)
        for k, (at, ins, outs) in enumerate(boxes):
            right = len(d.cod) - at - ins
            d = d >> Diagram.id(a**at) @ Box(f"f{k}", a**ins, a**outs) @ Diagram.id(a**right)
        return lambda: d.to_drawing()

    return setup


def dot(n: int) -> Setup:
    """Graphviz's layout of the same graph."""

    def setup() -> Work:
        if shutil.which("dot") is None:
            raise ImportError("dot")
        width, boxes = layers(n)
        row, lines = [f"i{k}" for k in range(width)], []
        for k, (at, ins, outs) in enumerate(boxes):
            lines += [f"{wire} -> b{k};" for wire in row[at : at + ins]]
            row[at : at + ins] = [f"b{k}"] * outs
        text = "digraph { splines=polyline; nslimit=1; nslimit1=1; " + " ".join(lines) + "}"
        return lambda: subprocess.run(
            ["dot", "-Tjson"], input=text, text=True, capture_output=True, check=True
        )

    return setup


CASES = [
    Case("figure of 100 boxes", ours(100), {"discopy layout": discopy(100), "dot layout": dot(100)}),
    Case("figure of 1 000 boxes", ours(1000), {"dot layout": dot(1000)}, bar=0.3),
    Case("figure of 10 000 boxes", ours(10_000), bar=5.0),
]
