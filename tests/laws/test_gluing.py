"""Late gluing gives what naive gluing gives, in every shape of nesting."""

from __future__ import annotations

import copy
import pickle

from hypothesis import given
from hypothesis import strategies as st

from diagram.equality import canonical
from diagram.hypergraph import Diagram, box, identity, par, seq
from diagram.types import Ob
from tests.laws.terms import LEVELS, Term, meaning, naive, terms

any_term = st.sampled_from(sorted(LEVELS)).flatmap(lambda level: terms(level=level))


@given(any_term)
def test_late_gluing_is_naive_gluing_by_union_find(term: Term) -> None:
    assert meaning(term) == naive(term)


@given(any_term)
def test_the_order_of_boxes_does_not_matter(term: Term) -> None:
    assert meaning(term) == naive(term, backwards=True)


@given(any_term)
def test_looking_at_parts_early_changes_nothing(term: Term) -> None:
    def eager(t: Term) -> Diagram:
        if t[0] in (">>", "@"):
            left, right = eager(t[1]), eager(t[2])
            d = left >> right if t[0] == ">>" else left @ right
        else:
            d = meaning(t)
        assert len(d.inputs) == len(d.dom)
        return d

    assert eager(term) == meaning(term)


@given(any_term)
def test_diagrams_survive_pickle_and_copy(term: Term) -> None:
    d = meaning(term)
    assert pickle.loads(pickle.dumps(d)) == d
    assert copy.deepcopy(d) == d


def test_long_chains_glue_and_die_without_recursion() -> None:
    f = box("f", Ob("A"), Ob("A"))
    deep, wide, mixed = f, f, f
    for _ in range(20_000):
        deep, wide, mixed = f >> deep, f @ wide, (mixed >> f)
    assert len(deep.boxes) == len(mixed.boxes) == len(wide.boxes) == 20_001
    assert deep == mixed
    assert len(wide.dom) == 20_001


def test_alternating_nesting_glues_without_recursion() -> None:
    f, e = box("f", Ob("A"), Ob("A")), identity(())
    d = f
    for _ in range(5_000):
        d = (d @ e) >> f
    assert d == seq(*[f] * 5_001)


def test_seq_and_par_are_folds_of_the_operators() -> None:
    f, g = box("f", Ob("A"), Ob("B")), box("g", Ob("B"), Ob("A"))
    assert seq(f, g, f) == f >> g >> f
    assert par(f, g, f) == f @ g @ f
    assert par() == identity(())


@given(terms(level="bodies"))
def test_a_box_that_holds_a_diagram_is_that_diagram(term: Term) -> None:
    d = meaning(term)
    assert d == naive(term)
    assert canonical(d) == canonical(naive(term, backwards=True))
