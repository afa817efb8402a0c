"""Functors into arrays, circuits and functions, against numbers found by other means."""

from __future__ import annotations

import numpy as np
import pytest

from grammar.module import loads
from tests.elab.texts import codes, only, passes


def test_arrays_of_numbers_contract_as_einsum_does() -> None:
    rng = np.random.default_rng(3)
    f, g = rng.integers(-4, 5, (2, 3, 4)), rng.integers(-4, 5, (4, 3, 2))
    s = rng.integers(-4, 5, (2, 2))
    text = f"""
category C : compact
object A, B, C
box f : A @ B -> C
box g : C @ B -> A
box s : () -> A @ A
functor F : C -> tensor[numpy] {{
  object A = [2]  object B = [3]  object C = [4]
  box f = {f.tolist()}
  box g = {g.tolist()}
  box s = {s.tolist()}
}}
def fg : A @ B @ B -> A = f @ B >> g
def held : B @ B -> A @ A = B @ B @ s >> B @ swap[B, A] @ A >> swap[B, A] @ B @ A >> (f @ B >> g) @ A
def traced : B @ B -> () = trace[A, f @ B >> g]
"""
    whole = np.einsum("abc,cde->abde", f, g)
    held = np.einsum("ax,abde->bdex", s, whole)
    traced = np.einsum("abda->bd", whole)
    lines = [
        f"  assert F[fg]({a}, {b}, {d}, {e}) == {whole[a, b, d, e]}"
        for a in range(2) for b in range(3) for d in range(3) for e in range(2)
    ]  # fmt: skip
    for b in range(3):
        for d in range(3):
            lines.append(f"  assert F[traced]({b}, {d}) == {traced[b, d]}")
            lines += [
                f"  assert F[held]({b}, {d}, {e}, {x}) == {held[b, d, e, x]}"
                for e in range(2)
                for x in range(2)
            ]
    passes(text + 'test "entries" {\n' + "\n".join(lines) + "\n}\n")


def test_a_network_may_have_more_wires_than_the_alphabet_letters() -> None:
    n = 60
    text = f"""
category C : symmetric
object A
box f : A -> A
box u : () -> A
box v : A -> ()
functor F : C -> tensor[numpy] {{ object A = [2]  box f = [[1, 1], [0, 1]]  box u = [1, 2]  box v = [3, 5] }}
def chain : () -> () = u >> f ** {n} >> v
test "long" {{ assert F[chain]() == {1 * 3 + (n * 1 + 2) * 5} }}
"""
    passes(text)


def test_finite_stochastic_matrices_marginalise_and_copy() -> None:
    rng = np.random.default_rng(5)
    prior, likelihood = rng.dirichlet(np.ones(3)), rng.dirichlet(np.ones(2), 3)
    joint = prior[:, None] * likelihood
    posterior = joint / joint.sum(0)
    lines = [
        f"  assert P[both]({h}, {d}) ~= {float(joint[h, d])} within 1e-12" for h in range(3) for d in range(2)
    ]
    lines += [
        f"  assert P[bayes]({d}, {h}) ~= {float(posterior[h, d])} within 1e-12"
        for h in range(3)
        for d in range(2)
    ]
    passes(
        f"""
from std.prob import condition
category C : markov
object H, D
box prior : () -> H
box trial : H -> D
def model() -> (h: H, d: D) {{ h = prior()  d = trial(h)  return h, d }}
def both : () -> H @ D = prior >> copy[H] >> H @ trial
def bayes : D -> H = condition[model, h, given = [d]]
functor P : C -> stoch {{ object H = 3 object D = 2 box prior = {prior.tolist()}
  box trial = {likelihood.tolist()} }}
test "Bayes" {{
  assert P[both] ~= P[model] within 1e-12
  assert deterministic[P[trial]] == false
  assert deterministic[P[copy[H]]] == true
"""
        + "\n".join(lines)
        + "\n}\n"
    )


def test_functions_take_formulas_and_pairs() -> None:
    passes("""
category K : cartesian
object X
box f : X -> X
box g : X @ X -> X
def h(x: X) -> X = g(f(x), f(f(x)))
functor F : K -> numpy { object X = R[3]  box f(x) = 2.0 * x  box g(x, y) = x + y }
functor L : K -> torch { object X = R  box f(x) = learned[constant(3.0)] * x  box g(x, y) = x * y }
test "values" {
  forall x: R[3] { assert F[h](x) ~= 6.0 * x within 1e-12 }
  forall x: R { assert L[h](x) ~= 27.0 * x * x within 1e-12 }
}
""")


def test_functors_compose() -> None:
    passes("""
category C : symmetric
object A
box f : A -> A
category D : symmetric
object B
box g : B -> B
functor Twice : C -> D { object A = B @ B  box f = g @ g >> swap[B, B] }
functor Mat : D -> tensor[numpy] { object B = [2]  box g = [[1, 2], [3, 4]] }
test "composites" {
  assert Twice[f >> f] == (g >> g) @ (g >> g)
  assert (Twice >> Mat)[f >> f] == Mat[(g >> g) @ (g >> g)]
  assert Mat[g >> g](1, 1) == 22
}
""")


def test_sizes_may_be_reset_by_a_functor() -> None:
    passes("""
axis v = 50
axis m = 8
axis t
def head(X: R[t, m]) -> R[t, v] { learn W : [m] -> [v]  return W(X) }
functor Small : Tensor -> torch { axis v = 5  axis m = 2 }
test "sizes" {
  assert Small[head] : R[t, 2] -> R[t, v]
  assert head : R[t, 8] -> R[t, 50]
}
""")


def test_all_missing_images_are_one_message() -> None:
    found = only("""category Kitchen : cartesian
object Egg
box crack : Egg -> Egg
box fold : Egg @ Egg -> Egg
box bake : Egg -> Egg
functor Numbers : Kitchen -> numpy {
  object Egg = f64
  box crack(x) = x + 1.0
}
""")
    assert found.code == "E0403"
    assert found.message == "the functor `Numbers` does not say what `fold` and `bake` are"
    assert found.label == "2 of 3 boxes are missing"
    assert found.notes == ("fold : f64 @ f64 -> f64", "bake : f64 -> f64")
    assert len(found.labels) == 2


def test_one_missing_image_comes_with_its_line() -> None:
    found = only("""category Kitchen : markov
object Egg
box crack : Egg -> Egg
box fold : Egg @ Egg -> Egg
functor Numpy : Kitchen -> numpy {
  object Egg = f64
  box crack(x) = x + 1.0
}
""")
    assert found.help == "add it; its type under the functor is f64 @ f64 -> f64"
    (edit,) = found.edits
    assert edit.text == "  box fold(x, y) = ?fold\n"


WRONG = {
    "too many names": ("box f(x, y) = x + y", "numpy", "R"),
    "the wrong array": ("box f(x) = x", "numpy", "R[2]"),
    "an array of another shape": ("box f = [[1, 2, 3], [4, 5, 6]]", "tensor[numpy]", "[2]"),
    "ragged rows": ("box f = [[1, 2], [3]]", "tensor[numpy]", "[2]"),
    "a vector": ("box f = [1, 2]", "count", "2"),
}


@pytest.mark.parametrize("case", WRONG)
def test_images_of_the_wrong_type_are_refused(case: str) -> None:
    line, target, image = WRONG[case]
    other = "R[3]" if target == "numpy" else image
    text = f"category K : markov\nobject X, Y\nbox f : X -> Y\nfunctor F : K -> {target} {{\n"
    assert codes(f"{text}  object X = {image}\n  object Y = {other}\n  {line}\n}}\n") == ["E0404"]


@pytest.mark.parametrize(
    ("levels", "target", "code"),
    [
        ("compact", "numpy", ["E0407"]),
        ("hypergraph", "torch", ["E0407"]),
        ("braided", "numpy", ["E0407"]),
        ("cartesian", "tensor[numpy]", ["E0407"]),
        ("cartesian", "count", ["E0407"]),
        ("compact", "stoch", ["E0407"]),
        ("markov", "stoch", []),
        ("cartesian", "numpy", []),
        ("compact", "tensor[numpy]", []),
        ("rigid", "bool", []),
        ("symmetric", "nunpy", ["E0201"]),
    ],
)
def test_the_target_must_have_the_structure_of_the_source(levels: str, target: str, code: list[str]) -> None:
    image = "R" if target in ("numpy", "torch") else "2"
    assert (
        codes(f"category K : {levels}\nobject X\nfunctor F : K -> {target} {{ object X = {image} }}\n")
        == code
    )


def test_unbuilt_targets_skip_the_test_and_say_why() -> None:
    module = loads("""
category K : markov
object X
box f : X -> X
functor G : K -> discopy { object X = 1 box f = f }
test "t" { assert G[f] == G[f] }
""")
    assert [d for d in module.check() if not d.is_warning] == []
    (result,) = module.tests()
    assert result.skipped == ["this version does not bring the functor target `discopy`"]


def test_entries_outside_are_refused() -> None:
    text = """
category K : markov
object X
box f : X -> X
functor F : K -> count { object X = 2 box f = [[1, 2], [3, 4]] }
test "t" {
  expect E0319 { assert F[f](0, 2) == 1 }
  expect E0302 { assert F[f](0) == 1 }
  expect E0503 { assert F[f](0, 1) == 3 }
  assert F[f >> f](0, 0) == 7
}
"""
    passes(text)


def test_circuits_have_their_gates_and_unitaries_keep_norms() -> None:
    passes("""
category Q : monoidal
object A
box bell : () -> A @ A
box flip : A -> A
box turn : A -> A
box back : A -> A
functor C : Q -> circuit {
  object A = qubit
  box bell = ket[0, 0] >> H @ qubit >> CX
  box flip = X
  box turn = Rz[0.25]
  box back = Rz[0.75]
}
test "gates" {
  assert C[bell](0, 0) ~= 0.5 ** 0.5 within 1e-12
  assert C[bell](1, 1) ~= 0.5 ** 0.5 within 1e-12
  assert C[bell](0, 1) ~= 0 within 1e-12
  assert norm(C[bell]()) ~= 1 within 1e-12
  assert C[bell >> flip @ A](1, 0) ~= 0.5 ** 0.5 within 1e-12
  assert C[flip >> flip] == C[id[A]]
  assert C[turn >> back](0, 0) ~= -1 within 1e-12
  assert norm(C[bell >> turn @ flip]()) ~= 1 within 1e-12
}
""")


def test_extern_code_is_never_imported() -> None:
    module = loads("""
category NN : cartesian
object X
box fancy : X -> X
functor Torch : NN -> torch {
  object X = R
  box fancy = extern "no_such_package.kernels:fancy"
}
def mapped(x: R) -> R = Torch[fancy](x)
test "t" { forall x: R { assert mapped(x) ~= x } }
""")
    assert [d for d in module.check() if not d.is_warning] == []
    (result,) = module.tests()
    assert [d.code for d in result.errors] == ["E0601"]
    assert result.errors[0].label == "would import the Python module `no_such_package.kernels`"


def test_images_may_be_named_operations_and_learned_arrays_may_begin_otherwise() -> None:
    passes("""
category K : cartesian
axis x, q
box f : R[q, x] -> R[q, x]
box g : R[q, x] -> R[q, x]
def h(X: R[q, x]) -> R[q, x] = f(g(X))
axis m = 3
def net(X: R[m]) -> R[m] { learn W : [m] -> [m], bias  return W(X) }
functor F : K -> torch { box f = torch.softmax with { dim = x }  box g = torch.exp }
functor Z : Tensor -> numpy { learn W = zeros }
functor O : Tensor -> numpy { learn W.bias = ones  learn W = zeros }
test "t" {
  forall X: R[q, x] { assert F[h](X) ~= softmax[x](exp(X)) within 1e-12 }
  forall v: R[m] {
    assert Z[net](v) ~= 0.0 * v
    assert O[net](v) ~= 0.0 * v + 1.0
  }
}
""")
    text = "category K : cartesian\nobject X\nbox f : X -> X\nfunctor F : K -> numpy {\n"
    text += "  object X = R\n  box f = np.load\n}\n"
    assert codes(text) == ["E0201"]
