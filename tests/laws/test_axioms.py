"""The axioms of each level hold on random diagrams."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from diagram.hypergraph import Diagram, cap, copy, cup, discard, identity, spider, swap, trace
from diagram.levels import Category
from diagram.turning import transposed
from diagram.types import Wires
from tests.laws.terms import WIRES, A, B, Term, codomain, meaning, terms

CARTESIAN = Category("Cart", ("cartesian",))
MARKOV = Category("Stoch", ("markov",))
OBJECTS = st.sampled_from([A, B])


@st.composite
def chains(draw: st.DrawFn, n: int = 3, level: str = "symmetric") -> list[Diagram]:
    """Diagrams that compose."""
    found: list[Term] = []
    dom: Wires = draw(WIRES)
    for _ in range(n):
        found.append(draw(terms(dom, level, 2)))
        dom = codomain(found[-1])
    return [meaning(t) for t in found]


any_diagram = terms(level="bodies", depth=2).map(meaning)


@given(chains(level="bodies"))
def test_composition_is_associative_and_unital(parts: list[Diagram]) -> None:
    f, g, h = parts
    assert (f >> g) >> h == f >> (g >> h)
    assert identity(f.dom) >> f == f == f >> identity(f.cod)


@given(any_diagram, any_diagram, any_diagram)
def test_tensor_is_associative_and_unital(f: Diagram, g: Diagram, h: Diagram) -> None:
    assert (f @ g) @ h == f @ (g @ h)
    assert identity(()) @ f == f == f @ identity(())


@given(chains(2, "bodies"), chains(2, "bodies"))
def test_interchange(left: list[Diagram], right: list[Diagram]) -> None:
    (f, g), (h, k) = left, right
    assert (f >> g) @ (h >> k) == f @ h >> g @ k


@given(any_diagram, any_diagram)
def test_swaps_are_natural_and_self_inverse(f: Diagram, g: Diagram) -> None:
    assert f @ g >> swap(f.cod, g.cod) == swap(f.dom, g.dom) >> g @ f
    assert swap(f.dom, g.dom) >> swap(g.dom, f.dom) == identity(f.dom + g.dom)


@given(WIRES, WIRES, WIRES)
def test_hexagons(a: Wires, b: Wires, c: Wires) -> None:
    assert swap(a, b + c) == swap(a, b) @ identity(c) >> identity(b) @ swap(a, c)
    assert swap(a + b, c) == identity(a) @ swap(b, c) >> swap(a, c) @ identity(b)


@given(any_diagram, any_diagram, any_diagram)
def test_diagrams_pass_both_hexagons(f: Diagram, g: Diagram, h: Diagram) -> None:
    over_two = swap(f.cod, g.cod) @ identity(h.cod) >> identity(g.cod) @ swap(f.cod, h.cod)
    assert f @ g @ h >> over_two == swap(f.dom, g.dom + h.dom) >> g @ h @ f
    two_over = identity(f.cod) @ swap(g.cod, h.cod) >> swap(f.cod, h.cod) @ identity(g.cod)
    assert f @ g @ h >> two_over == swap(f.dom + g.dom, h.dom) >> h @ f @ g


@given(any_diagram, OBJECTS)
def test_traces_slide_vanish_superpose_and_yank(f: Diagram, ob: object) -> None:
    x = (A,)
    assert trace(swap(x, x)) == identity(x)
    looped = identity(x) @ f
    assert trace(looped) == trace(identity(x)) @ f
    assert trace(identity(x + x) @ f, 2) == trace(trace(identity(x + x) @ f))


@given(terms((A, B), "traced", 2), terms((A,), "traced", 2))
def test_boxes_slide_around_a_trace(t: Term, u: Term) -> None:
    f, g = meaning(t), meaning(u)
    if f.cod[:1] == (A,) and g.cod == (A,):
        rest = identity(f.cod[1:])
        assert trace(f >> g @ rest) == trace(g @ identity((B,)) >> f)


@given(OBJECTS)
def test_snakes_are_straight(a: object) -> None:
    ob = A if a == A else B
    assert identity(ob) @ cap(ob, ob) >> cup(ob, ob) @ identity(ob) == identity(ob)
    assert cap(ob, ob) @ identity(ob) >> identity(ob) @ cup(ob, ob) == identity(ob)
    assert cap(ob, ob) >> swap(ob, ob) == cap(ob, ob)


def caps(wires: Wires) -> Diagram:
    """Caps within each other: `() -> A @ B @ B @ A`."""
    if not wires:
        return identity(())
    ob = wires[0]
    return cap(ob, ob) >> identity(ob) @ caps(wires[1:]) @ identity(ob)


def cups(wires: Wires) -> Diagram:
    """Cups within each other: `A @ B @ B @ A -> ()`."""
    if not wires:
        return identity(())
    ob = wires[0]
    return identity(ob) @ cups(wires[1:]) @ identity(ob) >> cup(ob, ob)


def bent(f: Diagram) -> Diagram:
    """The transpose, made of cups and caps."""
    ins, outs = f.dom[::-1], f.cod[::-1]
    return identity(outs) @ caps(f.dom) >> identity(outs) @ f @ identity(ins) >> cups(outs) @ identity(ins)


@given(chains(2, "bodies"))
def test_diagrams_bent_twice_are_straight_and_slide_around_caps(parts: list[Diagram]) -> None:
    f, g = parts
    assert bent(bent(f)) == f
    assert bent(f) == transposed(f, lambda ob: ob)
    assert bent(f >> g) == bent(g) >> bent(f)
    assert caps(f.dom) >> f @ identity(f.dom[::-1]) == caps(f.cod) >> identity(f.cod) @ bent(f)
    assert f @ identity(f.cod[::-1]) >> cups(f.cod) == identity(f.dom) @ bent(f) >> cups(f.dom)


@given(chains(2, "bodies"), st.integers(0, 2), st.integers(1, 3), st.integers(0, 2))
def test_spiders_between_diagrams_are_frobenius(parts: list[Diagram], m: int, k: int, n: int) -> None:
    f, g = parts
    ob = f.cod
    one, split, merge = identity(ob), spider(ob, 1, 2), spider(ob, 2, 1)
    ends = f @ f >> split @ one >> one @ merge >> g @ g
    assert ends == f @ f >> merge >> split >> g @ g == f @ f >> one @ split >> merge @ one >> g @ g
    assert f >> split >> merge >> g == f >> g
    assert f >> split >> swap(ob, ob) >> g @ one == f >> split >> g @ one
    assert f >> split >> split @ g == f >> split >> one @ split >> one @ one @ g
    assert f >> split >> spider(ob, 1, 0) @ g == f >> g
    before, after = power(f, m), power(g, n)
    assert before >> spider(ob, m, k) >> spider(ob, k, n) >> after == before >> spider(ob, m, n) >> after


def power(f: Diagram, n: int) -> Diagram:
    """The diagram beside itself, n times."""
    return f @ power(f, n - 1) if n else identity(())


@given(st.integers(0, 4), st.integers(1, 4), st.integers(0, 4))
def test_spiders_fuse(m: int, k: int, n: int) -> None:
    assert spider(A, m, k) >> spider(A, k, n) == spider(A, m, n)
    assert spider(A, 1, 1) == identity(A)
    assert spider(A, 1, 2) >> swap(A, A) == spider(A, 1, 2)


def test_spiders_are_special_but_not_extra_special() -> None:
    assert spider(A, 1, 2) >> spider(A, 2, 1) == identity(A)
    assert spider(A, 0, 1) >> spider(A, 1, 0) != identity(())
    assert spider(A, 1, 0) >> spider(A, 0, 1) != identity(A)
    frob = spider(A, 1, 2) @ identity(A) >> identity(A) @ spider(A, 2, 1)
    assert frob == spider(A, 2, 1) >> spider(A, 1, 2)


@given(terms(level="causal bodies", depth=3))
def test_copy_and_discard_are_natural_in_cartesian_categories(term: Term) -> None:
    f = meaning(term, CARTESIAN)
    assert f >> copy(f.cod) == copy(f.dom) >> f @ f
    assert f >> discard(f.cod) == discard(f.dom)


@given(terms(level="causal bodies", depth=3))
def test_copies_form_a_commutative_comonoid(term: Term) -> None:
    f = meaning(term, MARKOV)
    n = len(f.cod)
    ab = f.cod
    assert f >> copy(ab) >> swap(ab, ab) == f >> copy(ab)
    assert f >> copy(ab) >> copy(ab) @ identity(ab) == f >> copy(ab, 3)
    assert f >> copy(ab) >> discard(ab) @ identity(ab) == f
    assert len(copy(ab).cod) == 2 * n


def test_copy_is_not_natural_in_markov_categories_unless_a_box_is_deterministic() -> None:
    from diagram.hypergraph import single
    from diagram.op import generator

    noise = single(generator("noise", (A,), (A,)), category=MARKOV)
    table = single(generator("table", (A,), (A,), frozenset({"deterministic"})), category=MARKOV)
    assert noise >> copy(A) != copy(A) >> noise @ noise
    assert table >> copy(A) == copy(A) >> table @ table
    assert noise >> discard(A) != discard(A)
