"""Equality is isomorphism: against networkx, on regular graphs, and on tensor boxes written in other ways."""

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

from diagram.equality import canonical, digest
from diagram.hypergraph import Box, Builder, Diagram, Param, box, identity, seq, single
from diagram.levels import FREE, TENSOR
from diagram.op import Op, generator
from diagram.ops import STANDARD
from diagram.reals import Real
from diagram.spec import Slot, Spec
from diagram.types import Axis, Ob, R, Tensor

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


@given(incidences(), st.integers(0, 9))
def test_renumbering_changes_nothing(parts: tuple[int, Incidences, list[int], list[int]], seed: int) -> None:
    d, e = build(*parts), build(*parts, shuffle=random.Random(seed))
    assert d == e
    assert canonical(d) == canonical(e)


@given(incidences(), st.data())
def test_equality_is_isomorphism_as_networkx_finds_it(
    parts: tuple[int, Incidences, list[int], list[int]], data: st.DataObject
) -> None:
    n, boxes, ins, outs = parts
    other = list(boxes)
    if other:
        k = data.draw(st.integers(0, len(other) - 1))
        op, dom, cod = other[k]
        wires = [*dom, *cod]
        wires[data.draw(st.integers(0, len(wires) - 1))] = data.draw(st.integers(0, n - 1))
        other[k] = (op, tuple(wires[: len(dom)]), tuple(wires[len(dom) :]))
    left, right = to_networkx(n, boxes, ins, outs), to_networkx(n, other, ins, outs)
    expected = nx.is_isomorphic(left, right, node_match=lambda a, b: a["colour"] == b["colour"])
    shuffled = build(n, other, ins, outs, random.Random(1))
    assert (build(n, boxes, ins, outs) == shuffled) == expected


def relation(graph: nx.Graph) -> tuple[int, Incidences, list[int], list[int]]:
    """An undirected graph as a relation: E both ways on each edge."""
    graph = nx.convert_node_labels_to_integers(graph)
    edges: Incidences = [(E, (u, v), ()) for u, v in graph.edges]
    return len(graph), edges + [(E, (v, u), ()) for u, v in graph.edges], [], []


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


def test_digests_are_stable() -> None:
    f = box("f", A, A)
    assert digest(f >> f) == digest(seq(f, identity(A), f))
    assert digest(f >> f) == "74ba73aecbdc8e5ec49ab690fceec9ea"


AI, AJ, AK = Axis.of("i"), Axis.of("j"), Axis.of("k")


def contract(
    names: list[str], out: str, indices: str, operands: list[int], types: dict[str, Axis]
) -> Diagram:
    """A contraction on three fixed inputs, its operands and indices in any order."""
    fixed = ["ij", "jk", "ki"]
    b = Builder(TENSOR)
    ws = [b.input(Tensor(R, tuple(types[i] for i in port))) for port in fixed]
    number = {i: k for k, i in enumerate(indices)}
    maps = tuple(tuple(Slot.at(number[i]) for i in fixed[p]) for p in operands)
    outs = (tuple(Slot.at(number[i]) for i in out),)
    spec = Spec(tuple(Axis(n, types[i].size) for n, i in zip(names, indices, strict=True)), maps, outs)
    cod = Tensor(R, tuple(types[i] for i in out))
    return b.build(b.box(STANDARD["contract"], [ws[p] for p in operands], [cod], spec))


@given(st.permutations([0, 1, 2]), st.permutations("ijk"), st.sampled_from(["", "i", "k"]))
def test_contractions_do_not_depend_on_the_order_of_operands_and_indices(
    operands: list[int], indices: list[str], out: str
) -> None:
    types = {"i": AI, "j": AJ, "k": AK}
    plain = contract(["i", "j", "k"], out, "ijk", [0, 1, 2], types)
    assert plain == contract(["x", "y", "z"], out, "".join(indices), operands, types)


def test_contractions_with_different_outputs_differ() -> None:
    square = {i: Axis(i, AI.size) for i in "ijk"}
    plain = contract(["i", "j", "k"], "i", "ijk", [0, 1, 2], square)
    b = Builder(TENSOR)
    ws = [b.input(t) for t in plain.dom]
    maps = tuple(tuple(Slot.at("ijk".index(i)) for i in port) for port in ("ij", "jk", "ki"))
    spec = Spec(tuple(square.values()), maps, ((Slot.at(1),),))
    other = b.build(b.box(STANDARD["contract"], ws, plain.cod, spec))
    assert plain != other


def add(order: tuple[int, int]) -> Diagram:
    """`X[i, j] + y[j]`, written either way."""
    b = Builder(TENSOR)
    ws = (b.input(Tensor(R, (AI, AJ))), b.input(Tensor(R, (AJ,))))
    maps = ((Slot.at(0), Slot.at(1)), (Slot.at(1),))
    spec = Spec((AI, AJ), tuple(maps[k] for k in order), (maps[0],))
    return b.build(b.box(STANDARD["add"], [ws[k] for k in order], [Tensor(R, (AI, AJ))], spec))


def test_addition_is_commutative_and_subtraction_is_not() -> None:
    assert add((0, 1)) == add((1, 0))
    x = Tensor(R, ())
    spec = Spec((), ((), ()), ((),))
    b = Builder(TENSOR)
    v, w = b.input(x), b.input(x)
    forth = b.build(b.box(STANDARD["sub"], (v, w), (x,), spec))
    b = Builder(TENSOR)
    v, w = b.input(x), b.input(x)
    assert forth != b.build(b.box(STANDARD["sub"], (w, v), (x,), spec))


def test_equal_work_is_shared_and_dead_work_dropped_in_cartesian_categories() -> None:
    x = Tensor(R, ())
    spec = Spec((), ((),), ((),))

    def twice(shared: bool) -> Diagram:
        b = Builder(TENSOR)
        w = b.input(x)
        (u,) = b.box(STANDARD["exp"], (w,), (x,), spec)
        (v,) = (u,) if shared else b.box(STANDARD["exp"], (w,), (x,), spec)
        b.box(STANDARD["sin"], (w,), (x,), spec)
        return b.build((u, v))

    assert twice(True) == twice(False)
    assert canonical(twice(True)) == canonical(twice(False))


def scaled(by: float) -> Diagram:
    """Multiplication by a number."""
    x = Tensor(R, ())
    return single(
        STANDARD["scale"], (x,), (x,), Spec((), ((),), ((),)), (("by", Real.of(by)),), category=TENSOR
    )


def test_static_numbers_compare_by_value() -> None:
    assert scaled(2) == scaled(2.0)
    assert scaled(2) != scaled(2.5)


def layer(path: str, swapped: bool = False) -> Diagram:
    """`a * x + b` with two learned numbers, created in either order."""
    x = Tensor(R, ())
    b = Builder(TENSOR)
    w = b.input(x)
    made = {
        n: b.param(x, Param(f"{path}.{n}", "normal" if n == "a" else "zeros"))
        for n in ("ba" if swapped else "ab")
    }
    (y,) = b.box(STANDARD["contract"], (w, made["a"]), (x,), Spec((), ((), ()), ((),)))
    return b.build(b.box(STANDARD["add"], (y, made["b"]), (x,), Spec((), ((), ()), ((),))))


def called(body: Diagram, times: int) -> Diagram:
    """Boxes that call the body, each with its own learned arrays."""
    b = Builder(TENSOR)
    (w,) = (b.input(t) for t in body.dom)
    for k in range(times):
        own = [
            b.param(body.wires[v], Param(f"{k}.{p.path}", p.init))
            for p, v in zip(body.params, body.param_wires, strict=True)
        ]
        args = (("degree", ()), ("ports", ((),)))
        (w,) = b.box(STANDARD["call"], (w, *own), body.cod, args=args, bodies=(body,))
    return b.build((w,))


def repeated(body: Diagram, times: int) -> Diagram:
    """One box that repeats the body."""
    b = Builder(TENSOR)
    (w,) = (b.input(t) for t in body.dom)
    own = [
        b.param(body.wires[v], Param(f"{k}.{p.path}", p.init))
        for k in range(times if body.params else 0)
        for p, v in zip(body.params, body.param_wires, strict=True)
    ]
    args = (("count", times), ("carried", 1), ("fresh", len(body.params)))
    return b.build(b.box(STANDARD["repeat"], (w, *own), body.cod, args=args, bodies=(body,)))


def test_paths_and_order_of_learned_arrays_do_not_count() -> None:
    assert layer("p") == layer("q", swapped=True)


def test_calls_and_loops_equal_what_they_stand_for() -> None:
    one, two = layer("p"), layer("p", swapped=True)
    assert called(one, 3) == one >> one >> one
    assert called(one, 3) == called(two, 3)
    assert repeated(one, 3) == repeated(two, 3)
    assert repeated(one, 3) == two >> one >> two
    assert repeated(one, 3) != repeated(one, 2)
    assert canonical(repeated(one, 3)) == canonical(one >> two >> one)


def test_huge_loops_compare_without_unfolding() -> None:
    assert repeated(scaled(2), 10**9) == repeated(scaled(2.0), 10**9)
    assert repeated(scaled(2), 10**9) != repeated(scaled(3), 10**9)


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
