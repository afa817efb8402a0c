"""DisCoPy and networkx: there and back is the same diagram, and their meanings agree with ours."""

from __future__ import annotations

from typing import Any

import networkx as nx
import numpy as np
import pytest
from discopy import compact, frobenius, markov, monoidal, rigid, symmetric, tensor
from hypothesis import given, settings
from hypothesis import strategies as st

from compilers.from_discopy import arrays_of, from_discopy
from compilers.to_discopy import to_discopy, to_tensor
from compilers.to_networkx import from_networkx, to_networkx
from compilers.to_tensor import TensorFunctor
from diagram.functor import Functor
from diagram.hypergraph import Diagram, box, cap, copy, cup, identity, seq, spider, swap, trace
from diagram.types import Ob, Wires
from tests.cases.reading import DATA, of_graph
from tests.laws.terms import LEVELS, Term, meaning, terms

A, B = Ob("A"), Ob("B")


@given(st.sampled_from(sorted(LEVELS)).flatmap(lambda level: terms(level=level)))
def test_hypergraphs_go_to_discopy_and_back(term: Term) -> None:
    d = meaning(term)
    assert from_discopy(to_discopy(d, "hypergraph")) == d


@settings(max_examples=20)
@given(terms(level="hypergraph", depth=2))
def test_frobenius_diagrams_go_to_discopy_and_back(term: Term) -> None:
    d = meaning(term)
    assert from_discopy(to_discopy(d, "frobenius")) == d


@settings(max_examples=20)
@given(terms(level="symmetric", depth=3))
def test_symmetric_diagrams_go_to_discopy_and_back(term: Term) -> None:
    d = meaning(term)
    if all(b.dom or b.cod for b in d.boxes):
        assert from_discopy(to_discopy(d, "symmetric")) == d
        assert from_discopy(to_discopy(d, "compact")) == d


def test_traces_of_discopy_are_loops() -> None:
    x = symmetric.Ty("A")
    f = symmetric.Box("f", x @ x, x @ x)
    g = box("f", (A, A), (A, A))
    assert from_discopy(f.trace()) == trace(g, last=True)
    assert from_discopy(f.trace(left=True)) == trace(g)


def test_planar_diagrams_have_layers() -> None:
    f, g = box("f", A, (A, B)), box("g", (A, B), A)
    made = to_discopy(f >> g >> f, "monoidal")
    x, y = monoidal.Ty("A"), monoidal.Ty("B")
    one, two = monoidal.Box("f", x, x @ y), monoidal.Box("g", x @ y, x)
    assert made == one >> two >> one
    assert from_discopy(made) == f >> g >> f
    with pytest.raises(ValueError, match="cross"):
        to_discopy(swap(A, B), "monoidal")


def test_pregroup_sentences() -> None:
    n, s = Ob("N"), Ob("S")
    alice, bob = box("Alice", (), n), box("Bob", (), n)
    loves = box("loves", (), (Ob("N", 1), s, Ob("N", -1)))
    sentence = alice @ loves @ bob >> cup(n, Ob("N", 1)) @ identity(s) @ cup(Ob("N", -1), n)
    made = to_discopy(sentence, "rigid")
    assert isinstance(made, rigid.Diagram)
    assert [str(b.name) for b in made.boxes if not isinstance(b, rigid.Cup)] == ["Alice", "loves", "Bob"]
    assert sum(isinstance(b, rigid.Cup) for b in made.boxes) == 2
    assert from_discopy(made) == sentence


def test_discopys_own_structure_reads_as_wiring() -> None:
    x = frobenius.Ty("A")
    assert from_discopy(frobenius.Spider(2, 3, x)) == spider(A, 2, 3)
    c = compact.Ty("A")
    snake = compact.Cap(c, c.l) @ c >> c @ compact.Cup(c.l, c)
    assert from_discopy(snake) == identity(A)


def test_daggers_keep_their_name() -> None:
    x, y = frobenius.Ty("A"), frobenius.Ty("B")
    f = frobenius.Box("f", x, y)
    d = from_discopy(f >> f.dagger())
    assert [b.op.name for b in d.boxes] == ["f", "f.dagger"]
    assert from_discopy(to_discopy(d)) == d


@pytest.mark.parametrize("case", [c for c in DATA["cases"] if c["kind"] == "tensor"], ids=lambda c: c["id"])
def test_tensor_functors_agree_with_discopys(case: dict[str, Any]) -> None:
    d = of_graph(case["lhs"]["graph"])
    arrays = {
        name: np.array(b["data"]).reshape([DATA["dims"][t] for t in b["dom"] + b["cod"]] or [1])
        for name, b in DATA["boxes"].items()
    }
    ours = TensorFunctor(DATA["dims"], arrays)(d)
    assert np.array_equal(np.ravel(to_tensor(d, DATA["dims"], arrays).array), np.ravel(ours))


def test_what_discopy_cannot_hold_is_refused() -> None:
    with pytest.raises(ValueError, match="category"):
        to_discopy(identity(A), "cubical")
    f = monoidal.Box("f", monoidal.Ty("A"), monoidal.Ty("A"))
    with pytest.raises(ValueError, match="Sum"):
        from_discopy(f + f)
    with pytest.raises(ValueError, match="Bubble"):
        from_discopy(f.bubble())


@given(st.sampled_from(sorted(LEVELS)).flatmap(lambda level: terms(level=level)))
def test_networkx_there_and_back(term: Term) -> None:
    d = meaning(term)
    assert from_networkx(to_networkx(d)) == d


def test_graphs_of_networkx_need_names_only() -> None:
    graph = nx.MultiDiGraph(inputs=[0], outputs=[1])
    graph.add_node(("wire", 0), type="A")
    graph.add_node(("wire", 1), type="A")
    graph.add_node(("box", 0), name="f")
    graph.add_edge(("wire", 0), ("box", 0), port=0)
    graph.add_edge(("box", 0), ("wire", 1), port=0)
    assert from_networkx(graph) == box("f", A, A)
    graph.edges[("wire", 0), ("box", 0), 0]["port"] = 1
    with pytest.raises(ValueError, match="ports"):
        from_networkx(graph)


def test_a_long_diagram_goes_through() -> None:
    f: Diagram = box("f", A, A)
    d = seq(*[f] * 30) >> cap(A, A) @ identity(A) >> identity(A) @ cup(A, A)
    assert from_discopy(to_discopy(d, "hypergraph")) == d


def test_boxes_turned_by_half_keep_their_name() -> None:
    x, y = rigid.Ty("A"), rigid.Ty("B")
    f = rigid.Box("f", x, y)
    turned = from_discopy(f.r @ f.l)
    assert [b.op.name for b in turned.boxes] == ["f.r", "f.l"]
    assert turned.dom == (Ob("B", 1), Ob("B", -1))
    assert from_discopy(to_discopy(turned, "rigid")) == turned
    assert to_discopy(from_discopy(f.l), "rigid") == f.l


def test_copies_and_discards_of_discopy_are_wiring() -> None:
    x, y = markov.Ty("A"), markov.Ty("B")
    g = markov.Box("g", x, y)
    d = from_discopy(g >> markov.Copy(y, 3) >> y @ markov.Discard(y) @ y)
    ours = box("g", A, B, d.category) >> copy(B)
    assert d == ours
    assert from_discopy(to_discopy(d, "markov")) == d
    both = from_discopy(markov.Diagram.copy(x @ y))
    assert both == copy((A, B), category=both.category)


SIZES = {"A": 2, "B": 3}


@settings(max_examples=30)
@given(terms(level="hypergraph", depth=2))
def test_tensor_diagrams_of_discopy_go_there_and_back(term: Term) -> None:
    d = meaning(term)
    rng = np.random.default_rng(0)
    arrays = {b.op.name: rng.integers(-2, 3, [SIZES[str(t)] for t in b.op.dom + b.op.cod]) for b in d.boxes}
    made = to_discopy(d, "tensor", SIZES, arrays)
    back = from_discopy(made)
    renamed = Functor(
        {"A": Ob("2"), "B": Ob("3")}, lambda b: box(b.op.name, _named(b.op.dom), _named(b.op.cod))
    )
    assert back == renamed(d)
    value = TensorFunctor(SIZES, arrays)(d)
    assert np.array_equal(TensorFunctor({}, arrays_of(made))(back), value)
    assert np.array_equal(np.ravel(made.eval(dtype=int).array), np.ravel(value))


def _named(types: Wires) -> Wires:
    return tuple(Ob(str(SIZES[str(t)])) for t in types)


def test_tensor_boxes_turned_over_have_the_conjugate_array() -> None:
    f = tensor.Box("f", tensor.Dim(2), tensor.Dim(3), [1, 2j, 3, 4, 5, 6])
    x = f >> f.dagger()
    ours = TensorFunctor({}, {"f": f.array})(from_discopy(x))
    assert np.array_equal(ours, x.eval().array)
    assert np.array_equal(TensorFunctor({}, arrays_of(x))(from_discopy(x)), ours)
    with pytest.raises(ValueError, match="two boxes named f"):
        arrays_of(f @ tensor.Box("f", tensor.Dim(2), tensor.Dim(3), [0] * 6))
    with pytest.raises(ValueError, match="size of A"):
        to_discopy(identity(A), "tensor")
