"""Rewriting by double pushout, and proofs by rules."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagram.check import check
from diagram.errors import DiagramError
from diagram.hypergraph import (
    Box,
    Builder,
    Diagram,
    Param,
    box,
    cap,
    copy,
    cup,
    discard,
    identity,
    seq,
    single,
    spider,
    swap,
    trace,
)
from diagram.levels import TENSOR, Category
from diagram.op import generator
from diagram.ops import STANDARD
from diagram.proof import Step, Theorem, prove, reach
from diagram.rewrite import Rule, apply, matches, normalise, rewrites
from diagram.spec import Spec
from diagram.types import Ob, R, Tensor, Wires

PROP = Category("Prop", ("symmetric",))
CART = Category("Cart", ("cartesian",))
MARKOV = Category("Stoch", ("markov",))
HYPER = Category("Hyper", ("hypergraph",))
A, B, X = Ob("A"), Ob("B"), Ob("X")
I = identity(A)  # noqa: E741


def gen(
    name: str, dom: int, cod: int, category: Category = PROP, facts: frozenset[str] = frozenset()
) -> Diagram:
    """A box on wires A."""
    return single(generator(name, (A,) * dom, (A,) * cod, facts), category=category)


f, g, h = (gen(name, 1, 1) for name in "fgh")
m, u, n, v = gen("m", 2, 1), gen("u", 0, 1), gen("n", 1, 2), gen("v", 1, 0)


def test_a_rule_rewrites_every_occurrence() -> None:
    rule = Rule("r", f >> g, h)
    host = seq(f, g, f, g)
    assert {len(d.boxes) for d in rewrites(rule, host)} == {3}
    assert len(list(matches(rule, host))) == 2
    assert normalise([rule], host)[0] == h >> h
    assert apply(rule, g >> f) is None


def test_matching_sees_through_tensor_and_swap() -> None:
    rule = Rule("r", f >> g, h)
    host = f @ f >> swap(A, A) >> g @ I
    assert apply(rule, host) == I @ h >> swap(A, A) >> I @ f or apply(rule, host) == swap(A, A) >> h @ f


def test_matches_in_symmetric_categories_are_convex() -> None:
    rule = Rule("pair", f @ f, g @ g)
    assert list(matches(rule, f >> f)) == []
    assert list(matches(rule, f >> h >> f)) == []
    assert len(list(matches(rule, f @ f))) == 2
    traced = gen("f", 1, 1, Category("T", ("traced",)))
    assert len(list(matches(rule, traced >> traced))) == 2


def test_rules_without_boxes_on_the_left_apply_to_wires() -> None:
    rule = Rule("grow", I, f >> g)
    assert {len(d.boxes) for d in rewrites(rule, h)} == {3}
    assert {seq(f, g, h), seq(h, f, g)} <= set(rewrites(rule, h))
    assert all(check(d) == [] for d in rewrites(rule, h))


def test_copies_are_split_either_together_or_one_by_one() -> None:
    c = Category("M", ("markov",))
    host = gen("s", 0, 1, c) >> copy(A)
    found = list(rewrites(Rule("grow", I, f), host))
    s = gen("s", 0, 1, c)
    assert s >> f >> copy(A) in found
    assert s >> copy(A) >> f @ I in found
    assert s >> copy(A) >> I @ f in found


def test_box_variables_stand_for_any_box() -> None:
    any_box = box("?", X, Ob("Y"), MARKOV)
    slide = Rule(
        "slide",
        any_box >> copy(Ob("Y")),
        copy(X) >> any_box @ any_box,
        objects=frozenset({"X", "Y"}),
        boxes=frozenset({"?"}),
    )
    k = box("k", A, B, MARKOV)
    assert apply(slide, k >> copy(B)) == copy(A) >> k @ k
    drop = Rule("drop", any_box >> discard(Ob("Y")), discard(X), objects=slide.objects, boxes=slide.boxes)
    assert apply(drop, k >> discard(B)) == discard(A)
    assert apply(drop, k >> copy(B)) is None


def test_object_variables_bind_consistently() -> None:
    pair = box("p", (X, X), (X,))
    rule = Rule("r", pair, box("q", (X, X), (X,)), objects=frozenset({"X"}))
    good, bad = box("p", (B, B), (B,)), box("p", (A, B), (A,))
    assert apply(rule, good) == box("q", (B, B), (B,))
    assert apply(rule, bad) is None


def test_side_conditions_decide() -> None:
    rule = Rule("r", f, g, where=lambda match: match.boxes[0] > 0)
    assert apply(rule, f >> f) == f >> g


def test_inner_wires_may_not_be_used_elsewhere() -> None:
    rule = Rule("r", f >> g, h)
    used = single(f.boxes[0].op, category=MARKOV) >> copy(A) >> I @ g
    assert apply(rule, used) is None


def test_commutative_boxes_match_in_any_order() -> None:
    add = gen("add", 2, 1, PROP, frozenset({"commutative"}))
    s = gen("s", 0, 1)
    rule = Rule("unit", s @ I >> add, I)
    assert apply(rule, I @ s >> add) == I
    plain = Rule("unit", s @ I >> m, I)
    assert apply(plain, I @ s >> m) is None


def test_matching_is_modulo_spiders_in_hypergraph_categories() -> None:
    e = gen("e", 2, 0, HYPER)
    symmetric = Rule("loop", spider(A, 1, 2) >> e, gen("l", 1, 0, HYPER))
    host = spider(A, 0, 1) >> spider(A, 1, 3) >> e @ I
    found = apply(symmetric, host)
    assert found == spider(A, 0, 2) >> gen("l", 1, 0, HYPER) @ I


def test_learned_arrays_and_names_survive() -> None:
    x = Tensor(R)
    spec = Spec((), ((),), ((),))

    def op(name: str) -> Diagram:
        return single(STANDARD[name], (x,), (x,), spec, category=TENSOR)

    b = Builder(TENSOR)
    w, p = b.input(x, "x"), b.param(x, Param("scale"))
    (a,) = b.box(STANDARD["contract"], (w, p), (x,), Spec((), ((), ()), ((),)))
    (y,) = b.box(STANDARD["exp"], (a,), (x,), spec)
    (z,) = b.box(STANDARD["log"], (y,), (x,), spec)
    d = b.build((z,), "net")
    rule = Rule("log_exp", op("exp") >> op("log"), op("relu") >> op("relu"))
    found = apply(rule, d)
    assert found is not None
    assert (found.name, [p.path for p in found.params]) == ("net", ["scale"])
    assert [box.op.name for box in found.boxes] == ["contract", "relu", "relu"]


def test_boxes_stay_in_an_order_of_execution() -> None:
    rule = Rule("r", f >> g, h >> h)
    host = (f @ f) >> (gen("k", 2, 2)) >> (g @ I)
    for d in rewrites(Rule("two", f, g >> h), host):
        made: set[int] = set(d.inputs)
        for b in d.boxes:
            assert made.issuperset(b.dom)
            made.update(b.cod)
    assert apply(rule, host) is None


def test_normalising_in_a_circle_is_noticed() -> None:
    with pytest.raises(ValueError, match="circle"):
        normalise([Rule("a", f, g), Rule("b", g, f)], f)


@given(st.lists(st.sampled_from([f, g]), min_size=1, max_size=8))
def test_sorting_by_rewriting(parts: list[Diagram]) -> None:
    result, steps = normalise([Rule("swap", g >> f, f >> g)], seq(*parts))
    fs = sum(p is f for p in parts)
    assert result == seq(*[f] * fs, *[g] * (len(parts) - fs))
    inversions = sum(p is g and q is f for k, p in enumerate(parts) for q in parts[k:])
    assert len(steps) == inversions


assoc = Rule("assoc", m @ I >> m, I @ m >> m)
unit_l = Rule("unitL", u @ I >> m, I)
unit_r = Rule("unitR", I @ u >> m, I)
coassoc = Rule("coassoc", n >> n @ I, n >> I @ n)
frob = Rule("frob", n @ I >> I @ m, I @ n >> m @ I)
special = Rule("special", n >> m, I, oriented=True)


def test_the_frobenius_law_from_one_half_of_it() -> None:
    theorem = Theorem(
        "frobL",
        n @ I >> I @ m,
        m >> n,
        (
            Step(u @ n @ I >> m @ m, (unit_l.reverse,)),
            Step(u @ I @ I >> n @ I @ I >> I @ m @ I >> I @ m, (frob.reverse,)),
            Step(u @ m >> n @ I >> I @ m, (assoc,)),
            Step(u @ m >> I @ n >> m @ I, (frob,)),
            Step(m >> n, (unit_l,)),
        ),
    )
    assert [len(path) for path in prove(theorem)] == [1] * 5


def test_steps_may_use_several_rules_several_times() -> None:
    start, goal = u @ u @ I >> I @ m >> m, I
    search = reach(start, goal, [unit_l])
    assert search.path == ("unitL", "unitL")
    assert reach(m @ I @ I >> m @ I >> m, I @ I @ m >> I @ m >> m, [assoc]).path is not None


def test_a_step_that_does_not_follow_says_what_is_nearest() -> None:
    theorem = Theorem("wrong", n >> m, I, (Step(I, (assoc, unit_l)),))
    with pytest.raises(DiagramError) as caught:
        prove(theorem)
    (found,) = caught.value.diagnostics
    assert found.code == "E0502"
    assert "step 1 of wrong does not follow by assoc, unitL" in found.message
    assert found.notes[0].startswith("nearest: ")


def test_the_hopf_law_from_bialgebra_and_antipode() -> None:
    s = gen("s", 1, 1)
    antipode = Rule("antipode", n >> s @ I >> m, v >> u)
    bigebra = Rule("bialgebra", m >> n, n @ n >> I @ swap(A, A) @ I >> m @ m)
    theorem = Theorem(
        "left inverse",
        n >> s @ n >> m @ I,
        v @ I >> u @ I,
        (Step(n >> n @ I >> s @ I @ I >> m @ I, (coassoc.reverse,)),),
    )
    with pytest.raises(DiagramError):
        prove(theorem)
    counit = Rule("counit", n >> v @ I, I)
    steps = (
        Step(n >> n @ I >> s @ I @ I >> m @ I, (coassoc.reverse,)),
        Step(n >> v @ I >> u @ I, (antipode,)),
        Step(u @ I, (counit,)),
    )
    assert prove(Theorem("left inverse", n >> s @ n >> m @ I, u @ I, steps))
    assert bigebra.growth == 2


def test_snakes_need_no_rule() -> None:
    snake = I @ cap(A, A) >> cup(A, A) @ I
    assert reach(snake, I, []).path == ()
    assert trace(swap(A, A)) == I


def test_sides_of_a_rule_have_one_type() -> None:
    with pytest.raises(ValueError, match="A -> A against A @ A -> A"):
        Rule("r", f, m)


def test_matching_in_a_large_host_is_linear() -> None:
    b = Builder(PROP)
    w = b.input(A)
    ops = [generator(name, (A,), (A,)) for name in "fh"]
    for k in range(10_000):
        (w,) = b.box(ops[k % 2], (w,), (A,))
    host = b.build((w,))
    assert len(list(matches(Rule("r", f >> h, g), host))) == 5_000
    wires: Wires = host.dom
    assert wires == (A,)
    assert isinstance(host.boxes[0], Box)
