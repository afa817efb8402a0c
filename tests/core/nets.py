"""Hypergraphs written as incidences: small random ones, graphs as relations, and the diagrams of them."""

from __future__ import annotations

import random

import networkx as nx
from hypothesis import strategies as st

from diagram.hypergraph import Box, Builder, Diagram
from diagram.levels import FREE
from diagram.op import Op, generator
from diagram.types import Ob

A = Ob("A")
F, G = generator("f", (A,), (A,)), generator("g", (A,), (A,))
Q = generator("q", (A, A), (A, A))
M = generator("m", (A, A), (A,), frozenset({"commutative"}))
E = generator("E", (A, A), ())
Incidences = list[tuple[Op, tuple[int, ...], tuple[int, ...]]]


def build(
    wires: int, boxes: Incidences, ins: list[int], outs: list[int], shuffle: random.Random | None = None
) -> Diagram:
    """A diagram of these incidences, its wires and boxes renumbered at random."""
    to = list(range(wires))
    order = list(boxes)
    if shuffle is not None:
        shuffle.shuffle(to)
        shuffle.shuffle(order)
    b = Builder(FREE)
    for _ in range(wires):
        b.wire(A)
    for op, dom, cod in order:
        b.attach(Box(op, tuple(to[w] for w in dom), tuple(to[w] for w in cod)))
    return b.build([to[w] for w in outs], inputs=[to[w] for w in ins])


@st.composite
def incidences(draw: st.DrawFn) -> tuple[int, Incidences, list[int], list[int]]:
    """Any small hypergraph: spiders, loops, floating parts, symmetric boxes."""
    n = draw(st.integers(1, 6))
    wire = st.integers(0, n - 1)
    boxes = []
    for op in draw(st.lists(st.sampled_from([F, G, Q, M, E]), max_size=6)):
        dom = tuple(draw(wire) for _ in op.dom)
        boxes.append((op, dom, tuple(draw(wire) for _ in op.cod)))
    return n, boxes, draw(st.lists(wire, max_size=3)), draw(st.lists(wire, max_size=3))


def to_networkx(n: int, boxes: Incidences, ins: list[int], outs: list[int]) -> nx.Graph:
    """A coloured graph with the same isomorphisms, written down independently."""
    graph = nx.Graph()
    for w in range(n):
        sides = (
            sorted(k for k, v in enumerate(ins) if v == w),
            sorted(k for k, v in enumerate(outs) if v == w),
        )
        graph.add_node(("wire", w), colour=str(sides))
    for b, (op, dom, cod) in enumerate(boxes):
        graph.add_node(("box", b), colour=op.name)
        ports = [(f"in{'' if op is M else p}", w) for p, w in enumerate(dom)]
        for k, (name, w) in enumerate(ports + [(f"out{p}", w) for p, w in enumerate(cod)]):
            graph.add_node(("port", b, k), colour=name)
            graph.add_edge(("box", b), ("port", b, k))
            graph.add_edge(("port", b, k), ("wire", w))
    return graph


def relation(graph: nx.Graph) -> tuple[int, Incidences, list[int], list[int]]:
    """An undirected graph as a relation: E both ways on each edge."""
    graph = nx.convert_node_labels_to_integers(graph)
    edges: Incidences = [(E, (u, v), ()) for u, v in graph.edges]
    return len(graph), edges + [(E, (v, u), ()) for u, v in graph.edges], [], []
