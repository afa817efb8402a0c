"""Functors keep all structure; the dagger is an involution that turns composition round."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from diagram.functor import Functor
from diagram.hypergraph import Box, Diagram, box, identity, spider, swap, trace
from diagram.turning import adjoint
from diagram.types import Ob
from tests.laws.terms import KINDS, WIRES, A, B, Term, codomain, meaning, terms

C, D = Ob("C"), Ob("D")
OBS = {"A": (C, D), "B": (D,)}


def image(b: Box) -> Diagram | None:
    """Each box to one, two or no boxes."""
    wires = Functor(OBS)
    dom, cod = wires.wires(b.op.dom), wires.wires(b.op.cod)
    if b.op.name.startswith("f"):
        return box(f"F{b.op.name}", dom, (C,)) >> box(f"G{b.op.name}", C, cod)
    return box(f"F{b.op.name}", dom, cod)


F = Functor(OBS, image)
any_term = st.sampled_from(sorted(KINDS)).flatmap(lambda level: terms(level=level, depth=3))


@given(any_term, st.data())
def test_functors_keep_composition_and_identities(t: Term, data: st.DataObject) -> None:
    f, g = meaning(t), meaning(data.draw(terms(codomain(t), "bodies", 2)))
    assert F(f >> g) == F(f) >> F(g)
    assert F(identity(f.dom)) == identity(F.wires(f.dom))


@given(any_term, any_term)
def test_functors_keep_tensor_and_swaps(t: Term, u: Term) -> None:
    f, g = meaning(t), meaning(u)
    assert F(f @ g) == F(f) @ F(g)
    assert F(swap(f.dom, g.dom)) == swap(F.wires(f.dom), F.wires(g.dom))


@given(st.integers(0, 3), st.integers(0, 3))
def test_functors_keep_spiders(m: int, n: int) -> None:
    assert F(spider(A, m, n)) == spider((C, D), m, n)


@given(terms((A, B), "traced", 3))
def test_functors_keep_traces(t: Term) -> None:
    f = meaning(t)
    if f.cod[:1] == (A,):
        assert F(trace(f)) == trace(F(f), 2)


@given(any_term)
def test_the_identity_functor_does_nothing_and_functors_compose(t: Term) -> None:
    f = meaning(t)
    assert Functor()(f) == f
    swapped = Functor({"C": (D,), "D": (C,)}, lambda b: box(b.op.name, _flip(b.op.dom), _flip(b.op.cod)))
    twice = swapped(swapped(F(f)))
    assert twice == F(f)


def _flip(wires: tuple[object, ...]) -> tuple[Ob, ...]:
    return tuple(D if w == C else C for w in wires)


@given(any_term)
def test_the_dagger_is_an_involution(t: Term) -> None:
    f = meaning(t)
    assert adjoint(adjoint(f)) == f
    assert (adjoint(f).dom, adjoint(f).cod) == (f.cod, f.dom)


@given(any_term, st.data())
def test_the_dagger_turns_composition_round(t: Term, data: st.DataObject) -> None:
    f, g = meaning(t), meaning(data.draw(terms(codomain(t), "bodies", 2)))
    assert adjoint(f >> g) == adjoint(g) >> adjoint(f)
    assert adjoint(f @ g) == adjoint(f) @ adjoint(g)


@given(WIRES, WIRES)
def test_the_dagger_of_a_swap_is_its_inverse(a: tuple[Ob, ...], b: tuple[Ob, ...]) -> None:
    assert adjoint(swap(a, b)) == swap(b, a)
