"""Relations, braids, traces, daggers, dimensions, Brauer diagrams: structure that text asks for by name."""

from __future__ import annotations

import numpy as np
import pytest

from grammar.elab.groups import matchings
from grammar.elab.pregroup import reductions
from grammar.module import check_text, loads
from tests.elab.texts import codes, passes


def test_relations_are_spider_diagrams() -> None:
    passes("""
category Rel : hypergraph
object V, W
box E : V @ V -> ()
box f : V -> W
relation star(x: V, y: V, z: V) { wire c: V  E(c, x) E(c, y) E(c, z) }
relation mirrored(x: V, y: V, z: V) { wire c: V  E(c, z) E(c, y) E(c, x) }
relation graph(x: V, w: W) { f(x, w) }
relation twice(x: V) { E(x, x) }
relation chain(x: V, y: V, z: V) { wire c: V  E(c, x) E(x, y) E(y, z) }
test "as spiders" {
  assert star == V @ V @ V @ spider[V, 0, 3] >> perm[V ** 6, 3, 0, 4, 1, 5, 2] >> E @ E @ E
  assert star == mirrored
  assert graph == f @ W >> spider[W, 2, 0]
  assert twice == spider[V, 1, 2] >> E
  expect E0503 { assert star == chain }
}
""")


def test_junctions_need_a_hypergraph_category() -> None:
    assert codes("category C : compact\nobject V\nbox E : V @ V -> ()\nrelation r(x: V) { E(x, x) }\n") == [
        "E0327"
    ]
    assert codes("category C : symmetric\nobject V\ndef f : V -> V @ V = spider[V, 1, 2]\n") == ["E0327"]


def test_daggers_turn_diagrams_over() -> None:
    passes("""
category C : compact, dagger
object A, B, C
box f : A -> B
box g : B -> C
test "dagger" {
  assert (f >> g).dagger == g.dagger >> f.dagger
  assert (f @ g).dagger == f.dagger @ g.dagger
  assert f.dagger.dagger == f
  assert cup[A, A.r].dagger : () -> A @ A.r
  assert f.T : B.r -> A.r
  assert f.T.T == f
  assert (f >> g).T == g.T >> f.T
  assert (f @ g).T == g.T @ f.T
  assert f.conj == f.dagger.T
  assert f.T == B.r @ cap[A, A.r] >> B.r @ f @ A.r >> cup[B.r, B] @ A.r
  expect E0503 { assert f.dagger >> f == B }
}
""")


@pytest.mark.parametrize(
    ("levels", "line", "code"),
    [
        ("symmetric", "def g : B -> A = f.dagger", "E0328"),
        ("symmetric, dagger", "def g : B -> A = f.T", "E0324"),
        ("symmetric", "def g : A @ B -> B @ A = braid[A, B]", "E0321"),
        ("braided", "def g : A @ B -> B @ A = swap[A, B]", "E0321"),
        ("braided", "def g : A -> A = twist[A]", "E0321"),
        ("symmetric", "def g : () -> () = dim[A]", "E0405"),
        ("monoidal", "def g : A @ B -> B @ A = perm[A @ B, 1, 0]", "E0321"),
        ("symmetric", "def g : A @ A -> () = cup[A, A]", "E0324"),
    ],
)
def test_structure_that_the_category_lacks_is_refused(levels: str, line: str, code: str) -> None:
    assert codes(f"category C : {levels}\nobject A, B\nbox f : A -> B\n{line}\n") == [code]


def test_a_dagger_needs_its_level_and_nothing_else_does() -> None:
    assert (
        codes("category C : symmetric, dagger\nobject A, B\nbox f : A -> B\ndef g : B -> A = f.dagger\n")
        == []
    )


def test_braids_of_composites_are_hexagons() -> None:
    passes("""
category T : braided
object A, B, C
test "hexagons" {
  assert braid[A @ B, C] == A @ braid[B, C] >> braid[A, C] @ B
  assert braid[A, B @ C] == braid[A, B] @ C >> B @ braid[A, C]
  assert braid[A, ()] == A
  expect E0503 { assert braid[A, A] == unbraid[A, A] }
  expect E0503 { assert braid[A, A] >> braid[A, A] == A @ A }
}
""")


def test_traces_close_first_wires() -> None:
    passes("""
category C : compact
object A, B
box f : A @ B -> A @ B
box g : A -> A
test "traces" {
  assert trace[A, swap[A, A]] == A
  assert trace[A, g @ B] == trace[A, g] @ B
  assert trace[A, A] == dim[A]
  assert dim[A @ B] == dim[A] @ dim[B]
  expect E0503 { assert dim[A] == dim[B] }
  expect E0306 { def bad : B -> B = trace[B, f] }
}
""")


def test_every_wire_has_two_ends_where_wires_bend() -> None:
    head = "category R : rigid\nobject N\nbox s : () -> N\n"
    assert codes(head + "def f(x: N.l, y: N) -> () { return (x @ y) >> cup[N.l, N] }\n") == []
    assert codes(head + "def f(x: N) -> () { return () }\n") == ["E0305"]
    assert codes(head + "def f(x: N) -> N @ N { return x, x }\n") == ["E0304"]


def test_brauer_diagrams_are_counted_by_double_factorials() -> None:
    counts = [len(matchings(tuple(range(n)))) for n in range(9)]
    assert counts == [1, 0, 1, 0, 3, 0, 15, 0, 105]
    passes("""
from std.group import pairings
category B : compact
object V with { dual = V }
def basis[k: nat, l: nat] = pairings[V, k, l]
test "counts" {
  assert count[basis[2, 2]] == 3
  assert count[basis[4, 4]] == 105
  assert count[basis[1, 2]] == 0
}
""")


def test_images_of_brauer_diagrams_commute_with_the_group() -> None:
    passes("""
from std.group import O, act, pairings, span
category Brauer : compact
object V with { dual = V }
functor Vect[n: nat] : Brauer -> tensor[numpy] { object V = [n] }
category Layers : cartesian
def four[n: axis] : Vect[n][V ** 2] -> Vect[n][V ** 2] = span[Vect[n], pairings[V, 2, 2]]
def up[n: axis] : Vect[n][V] -> Vect[n][V ** 3] = span[Vect[n], pairings[V, 1, 3]]
test "equivariance" {
  forall g: O[3], X: R[3, 3] { assert four[3](act(g, X)) ~= act(g, four[3](X)) within 1e-12 }
  forall g: O[4], v: R[4] { assert up[4](act(g, v)) ~= act(g, up[4](v)) within 1e-12 }
}
""")


def test_the_symplectic_loop_is_minus_the_dimension() -> None:
    passes("""
from std.group import symplectic_form
category B : compact
object V with { dual = V }
functor S[n: nat] : B -> tensor[numpy] {
  object V = [2 * n]
  box cap[V, V] = symplectic_form[n]
  box cup[V, V] = -symplectic_form[n]
}
test "loop" {
  assert S[2][cap[V, V] >> swap[V, V] >> cup[V, V]]() == 4
  assert S[2][cap[V, V] >> cup[V, V]]() == -4
  assert S[2][V @ cap[V, V] >> cup[V, V] @ V] == S[2][id[V]]
}
""")


WORDS = """
from std.grammar import parse
category E : rigid
object N, S
box dogs : () -> N
box cats : () -> N
box chase : () -> N.r @ S @ N.l
box run : () -> N.r @ S
box big : () -> N @ N.l
box that : () -> N.r @ N @ S.l @ N
"""


@pytest.mark.parametrize(
    ("sentence", "goal", "code"),
    [
        ("dogs run", "S", []), ("big dogs chase big cats", "S", []), ("dogs that chase cats", "N", []),
        ("big big dogs chase cats", "S", []), ("big dogs that run chase cats", "S", ["E0506"]),
        ("dogs chase", "S", ["E0506"]), ("run dogs", "S", ["E0506"]),
        ("dogs", "S", ["E0506"]), ("dogs sleep", "S", ["E0201"]),
    ],
)  # fmt: skip
def test_sentences_reduce_to_the_goal(sentence: str, goal: str, code: list[str]) -> None:
    assert codes(f'{WORDS}def it : () -> {goal} = parse["{sentence}", goal = {goal}]\n') == code


def test_planar_reductions_are_counted() -> None:
    def contracts(a: int, b: int) -> bool:
        return b == a + 1

    types = (0, 1, 0, 1)
    assert reductions(types, (), contracts)[0] == 1  # type: ignore[arg-type]
    assert reductions((0, 0, 1, 1), (), contracts) == (1, ((0, 3), (1, 2)))  # type: ignore[arg-type]
    assert reductions((0, 0, 1), (0,), contracts) == (1, ((1, 2),))  # type: ignore[arg-type]
    assert reductions((0, 1, 0), (0,), contracts)[0] == 1  # type: ignore[arg-type]


def test_meanings_of_sentences_are_bilinear_forms() -> None:
    rng = np.random.default_rng(1)
    verb = rng.integers(-3, 4, (2, 1, 2))
    passes(f"""{WORDS}
functor M : E -> tensor[numpy] {{
  object N = [2]
  object S = [1]
  box dogs = [1, 2]
  box cats = [3, 5]
  box chase = {verb.tolist()}
  box run = [[1], [1]]
  box big = [[2, 0], [0, 2]]
  box that = spider[N, 0, 3] @ ones[S] >> N @ N @ swap[N, S]
}}
test "meaning" {{
  assert M[parse["dogs chase cats", goal = S]](0) == {np.array([1, 2]) @ verb[:, 0] @ np.array([3, 5])}
  assert M[parse["big dogs run", goal = S]](0) == 6
}}
""")


def test_interventions_cut_wires() -> None:
    rng = np.random.default_rng(2)
    u, s, c = rng.dirichlet(np.ones(2)), rng.dirichlet(np.ones(2), 2), rng.dirichlet(np.ones(2), (2, 2))
    forced = np.einsum("u,suc->sc", u, c)
    lines = [
        f"  assert P[forced]({a}, {b}) ~= {float(forced[a, b])} within 1e-12" for a in (0, 1) for b in (0, 1)
    ]
    fixed = np.einsum("u,s,suc->c", u, np.array([0.25, 0.75]), c)
    lines += [f"  assert P[given]({b}) ~= {float(fixed[b])} within 1e-12" for b in (0, 1)]
    passes(
        f"""
from std.prob import do, marginal
category C : markov
object U, S, D
box gene : () -> U
box smoke : U -> S
box ill : S @ U -> D
box policy : () -> S
def model() -> (s: S, d: D) {{ u = gene()  s = smoke(u)  d = ill(s, u)  return s, d }}
def forced : S -> D = do[model, s] >> marginal[d]
def given : () -> D = do[model, s = policy] >> marginal[d]
functor P : C -> stoch {{
  object U = 2  object S = 2  object D = 2
  box gene = {u.tolist()}
  box smoke = {s.tolist()}
  box ill = {c.tolist()}
  box policy = [0.25, 0.75]
}}
test "do" {{
  assert P[forced] ~= P[S @ gene >> ill] within 1e-12
"""
        + "\n".join(lines)
        + "\n}\n"
    )


def test_queries_name_wires_that_exist() -> None:
    head = """from std.prob import do, marginal
category C : markov
object A
box f : () -> A
def m() -> (a: A) { a = f()  return a }
"""
    assert codes(head + "def g = do[m, b]\n") == ["E0201"]
    assert codes(head + "def g = do[m, a] >> marginal[b]\n") == ["E0201"]
    assert codes(head + "def g : A -> A = do[m, a] >> marginal[a]\n") == []


def test_most_likely_states_need_deterministic_sums() -> None:
    text = """from std.prob import max_product
category C : hypergraph
object X, W
box leaf : X -> W
box mix : W @ W -> W with { smooth, FACT }
def circuit(x: X, y: X) -> W = mix(leaf(x), leaf(y))
def best = max_product[circuit]
"""
    assert codes(text.replace("FACT", "deterministic = false")) == ["E0507"]
    assert codes(text.replace("FACT", "deterministic")) == []


def test_styles_and_figures_are_plain_records() -> None:
    module = loads("""
object A
box f : A -> A
def main : A -> A = f >> f
style base extends std.styles.ncd { wire_gap = 12pt, direction = left_to_right
  box f { shape = triangle } }
style wide extends base { font_size = 18pt  wire S { color = "#1f77b4", width = 1.5pt }
  align Q, K  above Q, K }
rule r : f >> f == f
theorem t : f >> f >> f == f { == f >> f by r == f by r }
figure one = main with { style = wide, width = 120mm, expand = 1, annotate = [types, flops] }
figure two = equation[main, f] with { sign = "=" }
figure proof = steps[t]
""")
    assert [d for d in module.check() if not d.is_warning] == []
    assert module.figures == ("one", "two", "proof")
    one, two, proof = map(module.figure, module.figures)
    assert [s.name for s in one.cascade] == ["wide", "base"]
    assert one.value("wire_gap") == "12pt"
    assert one.options["annotate"] == ("types", "flops")
    assert one.render_options() == {"style": "circuit", "direction": "right", "width": "120mm", "expand": 1}
    wide = one.cascade[0]
    assert (wide.rules[0].kind, wide.rules[0].path, wide.rules[0].values["width"]) == ("wire", "S", "1.5pt")
    assert (wide.aligned, wide.ordered) == ((("Q", "K"),), (("Q", "K"),))
    assert (two.kind, len(two.diagrams)) == ("equation", 2)
    assert [len(d.boxes) for d in proof.diagrams] == [3, 2, 1]
    assert one.diagrams[0] == module["main"]


@pytest.mark.parametrize(
    ("line", "code", "near"),
    [
        ("style s { wire_gapp = 12pt }", "E0605", "wire_gap"),
        ("style s { box f { shap = triangle } }", "E0605", "shape"),
        ("figure g = f with { widht = 10mm }", "E0605", "width"),
        ("style s { font_size = 9pt }\nfigure g = f with { style = z }", "E0201", ""),
        ("figure g = fff", "E0201", "f"),
    ],
)
def test_unknown_keys_and_names_of_styles_are_refused(line: str, code: str, near: str) -> None:
    (found,) = [d for d in check_text(f"object A\nbox f : A -> A\n{line}\n") if not d.is_warning]
    assert found.code == code
    assert near in found.help
