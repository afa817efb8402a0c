"""Functors to sympy, to Gaussian kernels and to costs, against formulas and numbers found by other means."""

from __future__ import annotations

import numpy as np
import sympy

from diagram.gaussian import kernel
from diagram.symbolic import expressions, same
from grammar.module import loads
from tests.elab.texts import codes, passes

SEM = """
category Linear : cartesian, traced
object X with { add = plus }
box f : X -> X
box g : X -> X
box plus : X @ X -> X
def sem(e: X, d: X) -> (y: X, z: X) {
  feedback z: X
  y = f(z) + e
  next z = g(y) + d
  return y, z
}
def twice(e: X, d: X) -> X {
  feedback s: X
  y, z = sem(e, d + f(s))
  next s = g(z)
  return y
}
functor S : Linear -> sympy with { symbols = [a, b] } {
  object X = R
  box f(v) = a * v
  box g(v) = b * v
  box plus(u, v) = u + v
}
"""


def test_a_linear_loop_is_the_inverse_of_one_minus_l() -> None:
    passes(
        SEM
        + """
test "exact" { forall p: R, q: R {
  assert S[sem](p, q)[0] == (p + S.a * q) / (1 - S.a * S.b)
  assert S[sem](p, q)[1] == (q + S.b * p) / (1 - S.a * S.b)
  assert S[sem](p, q)[0] != (p + S.a * q) / (1 + S.a * S.b)
} }
"""
    )


def test_nested_loops_agree_with_the_solution_of_their_equations() -> None:
    module = loads(SEM + "def whole(e: R, d: R) -> R = S[twice](e, d)\n")
    assert [d.code for d in module.check() if not d.is_warning] == []
    (found,) = expressions(module["whole"])
    a, b, e, d, y, z, s = sympy.symbols("a b e d y z s")
    wanted = sympy.solve([y - a * z - e, z - b * y - d - a * s, s - b * z], [y, z, s])[y]
    assert same(found, wanted)
    assert not same(found, wanted + 1)


def test_numbers_of_the_text_are_exact_and_functions_are_those_of_sympy() -> None:
    d = loads("def f(x: R, y: R) -> R @ R { return 0.1 * x - sin(y) ** 2 / 3, 2 - exp(x) * sqrt(y) }")["f"]
    x, y = sympy.symbols("x y")
    u, v = expressions(d)
    assert sympy.simplify(u - (x / 10 - sympy.sin(y) ** 2 / 3)) == 0
    assert sympy.simplify(v - (2 - sympy.exp(x) * sympy.sqrt(y))) == 0


def test_a_loop_without_an_inverse_diverges() -> None:
    text = (
        SEM.replace("box f(v) = a * v", "box f(v) = v / b")
        + """
test "singular" { expect E0604 { forall p: R, q: R { assert S[sem](p, q)[0] == p } } }
"""
    )
    passes(text)
    nonlinear = SEM.replace("box f(v) = a * v", "box f(v) = exp(v)")
    passes(nonlinear + 'test "curved" { expect E0604 { forall p: R { assert S[sem](p, p)[0] == p } } }')


def test_a_symbol_that_is_not_declared_is_no_name_of_the_functor() -> None:
    assert codes(SEM + "def c() -> R = S.c") == ["E0201"]


CAUSAL = """
category Causal : markov
object U, V, P
box prior : () -> P
box split : P -> U @ V
box move : U @ V -> U
def step() -> (u: U, v: V, w: U) {
  u, v = split(prior())
  w = move(u, v)
  return u, v, w
}
functor G : Causal -> gauss {
  object U = 1
  object V = 1
  object P = 2
  box prior = gauss[mean = [1, 2], cov = [[2, 1], [1, 3]]]
  box split = gauss[matrix = [[1, 1], [0, 2]], cov = [[1, 0], [0, 1]]]
  box move(u, v) = 0.5 * u - v / 4 + 3 + noise[0.25]
}
"""


def test_kernels_of_gaussians_compose_as_matrices_do() -> None:
    cov = np.array([[2.0, 1], [1, 3]])
    split, move = np.array([[1.0, 1], [0, 2]]), np.array([[0.5, -0.25]])
    both = split @ cov @ split.T + np.eye(2)
    joint = np.block([[both, both @ move.T], [move @ both, move @ both @ move.T + 0.25]])
    mean = np.concatenate([split @ [1, 2], move @ split @ [1, 2] + 3])
    lines = [f"assert G[step].shift[{k}] ~= {mean[k]} within 1e-12" for k in range(3)]
    lines += [
        f"assert G[step].cov[{k}, {j}] ~= {joint[k, j]} within 1e-12" for k in range(3) for j in range(3)
    ]
    passes(CAUSAL + 'test "joint" {\n' + "\n".join(lines) + "\n}\n")


def test_conditioning_is_the_formula_of_schur() -> None:
    cov = np.array([[2.0, 1], [1, 3]])
    split, move = np.array([[1.0, 1], [0, 2]]), np.array([[0.5, -0.25]])
    both = split @ cov @ split.T + np.eye(2)
    joint = np.block([[both, both @ move.T], [move @ both, move @ both @ move.T + 0.25]])
    order = [1, 2]
    seen, cross = joint[np.ix_(order, order)], joint[0, order]
    gain = cross @ np.linalg.inv(seen)
    left = joint[0, 0] - gain @ cross
    passes(
        CAUSAL.replace("category", "from std.prob import condition\ncategory", 1)
        + f"""
def back : V @ U -> U = condition[step, u, given = [v, w]]
def noisy : U -> U = copy[U] >> condition[step, v, given = [u]] @ U >> swap[V, U] >> move
test "schur" {{
  assert G[back].matrix[0, 0] ~= {gain[0]} within 1e-12
  assert G[back].matrix[0, 1] ~= {gain[1]} within 1e-12
  assert G[back].cov[0, 0] ~= {left} within 1e-12
}}
"""
    )


def test_what_is_no_kernel_is_refused() -> None:
    wrong = CAUSAL.replace("0.5 * u - v / 4", "u * v")
    passes(wrong + 'test "bilinear" { expect E0404 { assert G[move] == G[move] } }')
    for cov in ("[[1, 2], [2, 1]]", "[[1, 0], [1, 1]]", "[[-1, 0], [0, 1]]"):
        assert codes(CAUSAL.replace("[[2, 1], [1, 3]]", cov)) == ["E0404"]


def test_a_kernel_of_a_diagram_of_numbers_is_its_affine_map() -> None:
    d = loads("def f(x: R, y: R) -> R @ R { return 2 * x - y + 1, (x + y) / 4 }")["f"]
    found = kernel(d)
    assert found.matrix == ((2.0, -1.0), (0.25, 0.25))
    assert found.shift == (1.0, 0.0)
    assert found.cov == ((0.0, 0.0), (0.0, 0.0))


def test_costs_are_added_up_with_sizes_in_them() -> None:
    passes("""
category Kitchen : symmetric
object E
axis d
box f : E -> E
box g : E @ E -> E
def meal : E @ E -> E = f @ f >> g >> f ** 3
functor Price : Kitchen -> cost { box f = 2 * d + 1  box g = 10 }
test "sum" { assert Price[meal] == 5 * (2 * d + 1) + 10 }
""")
    assert codes("""
category K : symmetric
object E
box f : E -> E
functor Price : K -> cost { box f(x) = x }
""") == ["E0404"]
