"""What looks alike: regular graphs, trees, rings and copies have one normal form, found in good time."""

from __future__ import annotations

import inspect
import random
import sys
from itertools import combinations, pairwise
from operator import eq
from random import Random
from time import process_time
from typing import Any

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagram.equality import canonical
from diagram.hypergraph import Box, Builder, Diagram
from diagram.levels import FREE
from diagram.op import generator
from tests.core.nets import A, F, G, Incidences, M, Q, build, incidences, relation

REGULAR = {
    "petersen": nx.petersen_graph(),
    "K9": nx.complete_graph(9),
    "rook": nx.line_graph(nx.complete_bipartite_graph(4, 4)),
    "grid": nx.grid_2d_graph(8, 8),
    "hypercube": nx.hypercube_graph(5),
    "paley": nx.paley_graph(29).to_undirected(),
    "cubic": nx.random_regular_graph(3, 40, seed=1),
    "triangular": nx.line_graph(nx.complete_graph(9)),
    "lattice": nx.line_graph(nx.complete_bipartite_graph(7, 7)),
    "Hoffman and Singleton": nx.hoffman_singleton_graph(),
}


@pytest.mark.parametrize("name", REGULAR)
def test_regular_graphs_do_not_blow_up(name: str) -> None:
    parts = relation(REGULAR[name])
    assert build(*parts) == build(*parts, shuffle=random.Random(0))


def test_the_shrikhande_graph_is_not_the_rook_graph() -> None:
    steps = [(0, 1), (1, 0), (1, 1)]
    edges = [((i, j), ((i + a) % 4, (j + b) % 4)) for i in range(4) for j in range(4) for a, b in steps]
    shrikhande = nx.Graph(edges)
    assert nx.is_strongly_regular(shrikhande)
    assert build(*relation(shrikhande)) != build(*relation(REGULAR["rook"]))


def chang_graphs() -> list[nx.Graph]:
    """The line graph of K8 and the three others with its parameters, by Seidel switching (Chang 1959)."""
    line = nx.line_graph(nx.complete_graph(8))
    ring = [(0, 1), (1, 2), (2, 0), *((3 + k, 3 + (k + 1) % 5) for k in range(5))]
    sets = [[], [(k, k + 1) for k in (0, 2, 4, 6)], [(k, (k + 1) % 8) for k in range(8)], ring]
    found = []
    for edges in sets:
        chosen = {tuple(sorted(e)) for e in edges}
        graph = nx.Graph()
        pairs = combinations(sorted(tuple(sorted(v)) for v in line), 2)
        graph.add_edges_from(
            (u, v) for u, v in pairs if bool(set(u) & set(v)) != ((u in chosen) != (v in chosen))
        )
        found.append(graph)
    return found


def test_the_chang_graphs_are_four() -> None:
    graphs = chang_graphs()
    assert all(nx.is_strongly_regular(graph) for graph in graphs)
    assert len({canonical(build(*relation(graph))) for graph in graphs}) == 4


def test_two_short_cycles_are_not_one_long_one() -> None:
    def cycles(*lengths: int) -> Diagram:
        boxes: Incidences = []
        at = 0
        for n in lengths:
            ring = [*range(at, at + n), at]
            boxes += [(F, (v,), (w,)) for v, w in pairwise(ring)]
            at += n
        return build(at, boxes, [], [])

    assert cycles(3, 4) == cycles(4, 3)
    assert cycles(3, 3) != cycles(6)


def test_ladders_of_symmetric_boxes_stay_cheap() -> None:
    boxes: Incidences = []
    w = 0
    for k in range(0, 900, 3):
        boxes += [(F, (w,), (k + 1,)), (F, (w,), (k + 2,)), (M, (k + 1, k + 2), (k + 3,))]
        w = k + 3
    assert build(901, boxes, [0], [w]) == build(901, boxes, [0], [w], random.Random(3))


def test_random_latin_square_graphs_do_not_blow_up() -> None:
    """Strongly regular, with few automorphisms: told apart only at depth three."""
    rng = Random(2)
    m = 8
    square = [[(i + j) % m for j in range(m)] for i in range(m)]
    for _ in range(200):
        _switch(square, *rng.sample(range(m), 2), rng.randrange(m))
    cells = [(i, j, square[i][j]) for i in range(m) for j in range(m)]
    edges = [(x, y) for x in range(m * m) for y in range(x) if any(map(eq, cells[x], cells[y]))]
    boxes = list(range(m * m))
    one = _vertices(boxes, edges)
    rng.shuffle(boxes)
    assert one == _vertices(boxes, rng.sample(edges, len(edges)))
    other = [e for e in edges if e != edges[0] and e != edges[-1]]
    (a, b), (c, d) = edges[0], edges[-1]
    assert one != _vertices(boxes, [*other, (a, c), (b, d)])


def _switch(square: list[list[int]], i: int, k: int, j: int) -> None:
    """Exchange two rows along one cycle of columns, unless it is the whole row."""
    cycle, at = [], j
    while not cycle or at != j:
        cycle.append(at)
        at = square[i].index(square[k][at])
    if len(cycle) < len(square):
        for c in cycle:
            square[i][c], square[k][c] = square[k][c], square[i][c]


def _vertices(boxes: list[int], edges: list[tuple[int, int]]) -> Diagram:
    """A box for every vertex, its wires in no order."""
    b = Builder(FREE)
    at: dict[int, list[int]] = {v: [] for v in boxes}
    for u, v in edges:
        w = b.wire(A)
        at[u].append(w)
        at[v].append(w)
    for v in boxes:
        dom = tuple(at[v])
        b.attach(Box(generator("v", (A,) * len(dom), (), frozenset({"commutative"})), dom, ()))
    return b.build([], inputs=[])


@pytest.mark.parametrize("turn", [1, -1, 6])
def test_closed_cycles_of_equal_boxes_are_linear(turn: int) -> None:
    n = 3001
    b, c = Builder(FREE), Builder(FREE)
    f = generator("f", (A,), (A,))
    for builder in (b, c):
        for _ in range(n):
            builder.wire(A)
    for k in range(n):
        b.attach(Box(f, (k,), ((k + 1) % n,)))
        c.attach(Box(f, (turn * k % n,), (turn * (k + 1) % n,)))
    start = process_time()
    assert b.build([], inputs=[]) == c.build([], inputs=[])
    assert process_time() - start < 1


def trees(depth: int, count: int) -> tuple[int, Incidences, list[int], list[int]]:
    """Complete trees of symmetric boxes: no two nodes of a layer can be told apart."""
    boxes: Incidences = []
    wires = layer = count
    first = 0
    for _ in range(depth):
        boxes += [(M, (wires + 2 * k, wires + 2 * k + 1), (first + k,)) for k in range(layer)]
        first, layer, wires = wires, 2 * layer, wires + 2 * layer
    return wires, boxes, [], [0]


def links(n: int) -> tuple[int, Incidences, list[int], list[int]]:
    """A ring of pairs of spiders, each joined to both of the next pair: 2 ** n symmetries and more."""
    boxes: Incidences = [
        (F, (2 * k + x,), (2 * ((k + 1) % n) + y,)) for k in range(n) for x in (0, 1) for y in (0, 1)
    ]
    return 2 * n, boxes, [], []


def rings(*lengths: int) -> tuple[int, Incidences, list[int], list[int]]:
    """Closed loops of equal boxes."""
    boxes: Incidences = []
    at = 0
    for n in lengths:
        boxes += [(F, (at + k,), (at + (k + 1) % n,)) for k in range(n)]
        at += n
    return at, boxes, [], []


def scattered(n: int) -> tuple[int, Incidences, list[int], list[int]]:
    """Boxes on few spiders, at random."""
    rng = Random(n)
    some = [(rng.choice([F, G, Q, M]), [rng.randrange(n // 2) for _ in "abcd"]) for _ in range(n)]
    boxes = [(op, tuple(at[: len(op.dom)]), tuple(at[2 : 2 + len(op.cod)])) for op, at in some]
    return n // 2, boxes, [0], []


SYMMETRIC = {
    "trees": trees(4, 2),
    "many trees": trees(6, 20),
    "a ring of pairs": links(12),
    "many rings": rings(*[3, 4, 5, 3, 1] * 60),
    "copies of a cubic graph": relation(nx.disjoint_union_all([nx.petersen_graph()] * 12)),
    "few spiders": scattered(900),
    "K12": relation(nx.complete_graph(12)),
}


@pytest.mark.parametrize("name", SYMMETRIC)
@pytest.mark.parametrize("seed", range(3))
def test_what_looks_alike_has_one_normal_form(name: str, seed: int) -> None:
    parts = SYMMETRIC[name]
    assert canonical(build(*parts)) == canonical(build(*parts, shuffle=random.Random(seed)))
    wires, boxes, ins, outs = parts
    other = [*boxes[:-1], (F, (boxes[-1][1][0],), (boxes[0][1][0],))]
    assert build(*parts) != build(wires, other, ins, outs, random.Random(seed))


@given(st.lists(incidences(), min_size=1, max_size=3), st.integers(1, 3), st.integers(0, 99))
def test_copies_side_by_side_have_one_normal_form(parts: list[Any], copies: int, seed: int) -> None:
    wires, boxes = 0, list[Any]()
    for n, some, _, _ in parts:
        for _ in range(copies):
            boxes += [(op, tuple(wires + w for w in d), tuple(wires + w for w in c)) for op, d, c in some]
            wires += n
    whole = wires, boxes, parts[0][2], parts[0][3]
    assert canonical(build(*whole)) == canonical(build(*whole, shuffle=random.Random(seed)))


@given(incidences(), st.integers(0, 9))
def test_refinement_in_bulk_gives_one_normal_form(parts: Any, seed: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("diagram.canon.MANY", 0)
        assert canonical(build(*parts)) == canonical(build(*parts, shuffle=random.Random(seed)))


def test_symmetries_nested_deeper_than_the_stack_of_python() -> None:
    parts = links(sys.getrecursionlimit() // 8)
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(len(inspect.stack()) + 150)
    try:
        assert build(*parts) == build(*parts, shuffle=random.Random(0))
    finally:
        sys.setrecursionlimit(limit)
