"""Diagrams on wires: beta, eta, capture, currying; and `split`, the opposite of `concat`."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from grammar.module import check_text, loads

CLOSED = """
category Lambda : cartesian, closed
object A, B, C
box f : A -> B
box g : B -> C
box h : A @ B -> C
def compose(p: (A -> B), q: (B -> C)) -> (A -> C) { return fn(a: A) -> C { return q(p(a)) } }
def apply(p: (A -> B), a: A) -> B = eval(p, a)
def beta(a: A) -> C = compose(fn(x: A) -> B { return f(x) }, fn(y: B) -> C { return g(y) })(a)
def plain : A -> C = f >> g
def eta(p: (A -> B)) -> (A -> B) = fn(a: A) -> B { return p(a) }
def same : (A -> B) -> (A -> B) = id[(A -> B)]
def curried : A -> (B -> C) = curry[h]
def again : A @ B -> C = uncurry[curried]
def by_hand(a: A) -> (B -> C) = fn(b: B) -> C { return h(a, b) }
"""


def codes(text: str) -> list[str]:
    return [d.code for d in check_text(text) if not d.is_warning]


@pytest.mark.parametrize(
    ("one", "other"), [("beta", "plain"), ("eta", "same"), ("again", "h"), ("curried", "by_hand")]
)
def test_beta_eta_and_currying_are_equalities(one: str, other: str) -> None:
    text = CLOSED + "def box_h : A @ B -> C = h\n"
    m = loads(text)
    assert codes(text) == []
    assert m[one] == m["box_h" if other == "h" else other]


def test_a_function_captures_wires_and_learned_arrays() -> None:
    text = """
axis i
def shift(x: R[i], y: R[i]) -> R[i] {
  learn w : [i] = constant(2.0)
  f = fn(z: R[i]) -> R[i] { return x * z + w }
  return f(f(y))
}
"""
    m = loads(text)
    x, y = np.array([1.0, 2.0]), np.array([3.0, 5.0])
    got = np.asarray(m["shift"].compile("numpy")(x, y))
    np.testing.assert_allclose(got, x * (x * y + 2) + 2)


@pytest.mark.parametrize(
    ("body", "want"),
    [
        ("def k(a: A) -> B { p = fn(x: A) -> B { return f(x) }  return p(a) }", []),
        ("def k(a: A, b: B) -> B { p = fn(x: A) -> B { return f(x) }  return p(b) }", ["E0306"]),
        ("def k(a: A) -> B { p = fn(x: A) -> B { return f(x) }  return p(a, a) }", ["E0302"]),
        ("def k(a: A) -> B { return a(a) }", ["E0307"]),
        ("def k(a: A) -> C { p = fn(x: A) -> C { return f(x) }  return p(a) }", ["E0301"]),
        ("def k : A -> B = uncurry[f]", ["E0306"]),
    ],
)
def test_functions_on_wires_are_typed(body: str, want: list[str]) -> None:
    assert codes(CLOSED + body) == want


def test_the_axes_in_the_type_of_a_function_are_found_like_those_of_arrays() -> None:
    m = loads(
        "axis n, m\ndef twice(f: (R[n] -> R[n])) -> (R[n] -> R[n]) = fn(a: R[n]) = f(f(a))\n"
        "def g(X: R[n]) -> R[n] = twice(fn(a: R[n]) = a * X)(X)\n"
    )
    np.testing.assert_allclose(values(m["g"], np.array([2.0, 3.0]))[0], [8.0, 27.0])
    text = "axis n, m\ndef use(f: (R[n] -> R[n]), X: R[n]) -> R[n] = f(X)\n"
    assert codes(text + "def k(X: R[m]) -> R[m] = use(fn(a: R[m]) = a, X)") == ["E0306"]
    assert codes(text + "def k(X: R[n, m]) -> R[n] = use(fn(a: R[n]) -> R[n, m] { return X }, X)") == [
        "E0306"
    ]


def test_diagrams_are_compared_by_their_values() -> None:
    text = 'def f(x: R) -> R = 3 * x\ndef g(x: R) -> R = x + x + x\ntest "t" { assert f ~= g within 1e-12 }\n'
    assert [error for result in loads(text).tests() for error in result.errors] == []
    (wrong,) = [error for r in loads(text.replace("3 *", "2 *")).tests() for error in r.errors]
    assert wrong.code == "E0503" and "differ" in wrong.label
    same = loads(text.replace("~= g", "~= f"))
    assert [error for result in same.tests() for error in result.errors] == []


def test_functions_need_a_closed_category() -> None:
    assert codes(
        "category M : cartesian\nobject A\ndef k(a: A) -> A { p = fn(x: A) -> A { return x }  return p(a) }"
    ) == ["E0325"]


def values(d: Any, *arrays: Any) -> list[Any]:
    out = d.compile("numpy")(*arrays)
    return [np.asarray(a) for a in out] if isinstance(out, tuple) else [np.asarray(out)]


def test_split_undoes_concat() -> None:
    text = """
axis s, m, n
def join(C: R[m], T: R[n, m]) -> R[s, m] where s = n + 1 = concat[s](C, T)
def part(S: R[s, m]) -> R[m] @ R[n', m] where n' = s - 1 { C[m], T[n', m] = split[s](S)  return C, T }
"""
    m = loads(text)
    c, t = np.arange(2.0), np.arange(6.0).reshape(3, 2) + 10
    (whole,) = values(m["join"], c, t)
    one, rest = values(m["part"], whole)
    np.testing.assert_array_equal(one, c)
    np.testing.assert_array_equal(rest, t)


@pytest.mark.parametrize(
    ("line", "want"),
    [
        ("C[m], T[n, m] = split[s](S)", []),
        ("C[m], T[m] = split[s](S)", ["E0312"]),
        ("C[u, m], T[v, m] = split[s](S)", ["E0311"]),
        ("C[m], T[n, k] = split[s](S)", ["E0317"]),
        ("C[m], T[n, m] = split[k](S)", ["E0314"]),
        ("C, T = split[s](S)", ["E0311"]),
        ("A: R[2, m], B: R[2, m] = split[s](S)\n C = A[0, m]", []),
    ],
)
def test_the_parts_of_a_split_add_up(line: str, want: list[str]) -> None:
    text = f"axis s = 4, n = 3\naxis m, k, u, v\ndef f(S: R[s, m]) -> R[m] {{ {line}\n return C }}"
    assert codes(text)[:1] == want
