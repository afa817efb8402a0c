"""Reading `cases.json`: terms and graphs of the library-neutral format `diagram-cases/1` as diagrams."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from diagram.hypergraph import (
    Box,
    Builder,
    Diagram,
    box,
    cap,
    cup,
    identity,
    par,
    permutation,
    seq,
    spider,
    swap,
    trace,
)
from diagram.levels import FREE
from diagram.op import generator
from diagram.types import Ob, Wires

DATA = json.loads((Path(__file__).parent / "cases.json").read_text())


def wires(names: list[str]) -> Wires:
    """Wire types by name."""
    return tuple(Ob(name) for name in names)


def of_graph(graph: dict[str, Any], boxes: dict[str, Any] = DATA["boxes"]) -> Diagram:
    """A diagram from wire types, incidences and boundary."""
    b = Builder(FREE)
    for name in graph["wires"]:
        b.wire(Ob(name))
    for name, ins, outs in graph["boxes"]:
        known = boxes[name]
        b.attach(Box(generator(name, wires(known["dom"]), wires(known["cod"])), tuple(ins), tuple(outs)))
    return b.build(graph["out"], inputs=graph["in"])


def of_term(term: list[Any], boxes: dict[str, Any] = DATA["boxes"]) -> Diagram:
    """A diagram from a term, by composing."""
    head, *rest = term
    if head == "box":
        return box(rest[0], wires(boxes[rest[0]]["dom"]), wires(boxes[rest[0]]["cod"]))
    if head == "id":
        return identity(wires(rest[0]))
    if head in ("seq", "par"):
        parts = [of_term(part, boxes) for part in rest]
        return seq(*parts) if head == "seq" else par(*parts)
    if head == "swap":
        return swap(wires(rest[0]), wires(rest[1]))
    if head == "perm":
        return permutation(wires(rest[1]), rest[0])
    if head == "spider":
        return spider(wires(rest[2]), rest[0], rest[1])
    if head in ("cup", "cap"):
        ob = Ob(rest[0])
        return cup(ob, ob) if head == "cup" else cap(ob, ob)
    assert head == "trace"
    return trace(of_term(rest[1], boxes), rest[0], last=True)
