"""Drawing: layout and SVG of random diagrams. Peers, layout alone: DisCoPy; where installed dot and elkjs.

elkjs needs node and the variable DIAG_NODE_MODULES, which names the folder that holds the package.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
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


def term(n: int) -> Setup:
    """The SVG text of the same diagram made by `>>` and `@`."""

    def setup() -> Work:
        from compilers.figure import render
        from diagram import Ob
        from diagram.hypergraph import box, identity

        width, boxes = layers(n)
        a = Ob("A")
        d = identity((a,) * width)
        for k, (at, ins, outs) in enumerate(boxes):
            right = width - at - ins
            width += outs - ins
            d = d >> identity((a,) * at) @ box(f"f{k}", (a,) * ins, (a,) * outs) @ identity((a,) * right)
        assert d.layers
        return lambda: render(d)

    return setup


def elk(n: int) -> Setup:
    """The layered layout of elkjs of the same graph, with ports in order."""

    def setup() -> Work:
        home = os.environ.get("DIAG_NODE_MODULES", "")
        if shutil.which("node") is None or not Path(home, "elkjs").is_dir():
            raise ImportError("elkjs")
        width, boxes = layers(n)
        nodes: list[dict[str, object]] = [{"id": f"i{k}", "width": 10, "height": 10} for k in range(width)]
        row, edges = [f"i{k}" for k in range(width)], []
        for k, (at, ins, outs) in enumerate(boxes):
            ports = [(f"b{k}i{p}", "NORTH", ins - 1 - p) for p in range(ins)]
            ports += [(f"b{k}o{p}", "SOUTH", p) for p in range(outs)]
            edges += [{"sources": [row[at + p]], "targets": [f"b{k}i{p}"]} for p in range(ins)]
            row[at : at + ins] = [f"b{k}o{p}" for p in range(outs)]
            sides = [{"id": i, "properties": {"port.side": s, "port.index": str(p)}} for i, s, p in ports]
            order = {"portConstraints": "FIXED_ORDER"}
            size = {"width": 24 * max(ins, outs), "height": 24}
            nodes.append({"id": f"b{k}", **size, "ports": sides, "properties": order})
        options = {"elk.algorithm": "layered", "elk.direction": "DOWN", "elk.edgeRouting": "POLYLINE"}
        lines = [{"id": f"e{k}", **edge} for k, edge in enumerate(edges)]
        graph = {"id": "root", "layoutOptions": options, "children": nodes, "edges": lines}
        text = json.dumps(graph)
        command = ["node", str(Path(__file__).with_name("elk.mjs")), str(Path(home).resolve())]
        return lambda: subprocess.run(command, input=text, text=True, capture_output=True, check=True)

    return setup


PEERS = {"dot layout": dot, "elkjs layout": elk}
CASES = [
    Case(
        "figure of 100 boxes",
        ours(100),
        {"discopy layout": discopy(100)} | {k: f(100) for k, f in PEERS.items()},
    ),
    Case("figure of 1 000 boxes", ours(1000), {k: f(1000) for k, f in PEERS.items()}, bar=0.3),
    Case("figure of a term of 1 000 boxes", term(1000), bar=0.3),
    Case("figure of 10 000 boxes", ours(10_000), bar=5.0),
    Case("figure of a term of 10 000 boxes", term(10_000), bar=5.0),
]
