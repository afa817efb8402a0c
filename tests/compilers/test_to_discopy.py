"""DisCoPy and networkx: there and back is the same diagram, and their meanings agree with ours."""

from __future__ import annotations

from typing import Any

import networkx as nx
import numpy as np
import pytest
from discopy import compact, frobenius, monoidal, rigid, symmetric
from hypothesis import given, settings
from hypothesis import strategies as st

from compilers.to_discopy import from_discopy, to_discopy, to_tensor
from compilers.to_networkx import from_networkx, to_networkx
from compilers.to_tensor import TensorFunctor
from diagram.hypergraph import Diagram, box, cap, cup, identity, seq, spider, swap, trace
from diagram.types import Ob
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
    assert [b.op.name for b in d.boxes] == ["f", "f"]
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
