"""Array literals whose entries are wires, checked against numpy; their rows must fit the declared axes."""

from __future__ import annotations

import numpy as np
import pytest

from diagram import check_text, loads

TURN = """axis r = 2, c = 2
def turn(a: R) -> R[r, c] {
  X : R[r, c] = [[cos(a), -sin(a)], [sin(a), cos(a)]]
  return X
}
def pair(a: R, b: R) -> R[2] = [a * b, 1.5]
def zero(a: R) -> R[r, c] = [[0, 0], [0, 0]]
"""


def test_the_entries_stand_where_they_are_written():
    module = loads(TURN)
    turn = module["turn"].compile("numpy")(0.3)
    np.testing.assert_allclose(turn, [[np.cos(0.3), -np.sin(0.3)], [np.sin(0.3), np.cos(0.3)]])
    np.testing.assert_allclose(module["pair"].compile("numpy")(2.0, 3.0), [6.0, 1.5])
    np.testing.assert_allclose(module["zero"].compile("numpy")(1.0), np.zeros((2, 2)))


def test_it_has_a_derivative():
    d = loads("def f(a: R) -> R { X : R[2] = [a * a, sin(a)]  return X[0] + X[1] }\ndef g = grad[f]\n")["g"]
    value = d.compile("numpy")(0.7)
    np.testing.assert_allclose(value, 2 * 0.7 + np.cos(0.7))


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("X : R[r] = [a, a, a]", "E0312"),
        ("X : R[r] = [[a], [a]]", "E0306"),
        ("X : R[r, c] = [a, a]", "E0306"),
        ("X : R[r] = [a, b]", "E0301"),
        ("X : R = [a, a]", "E0306"),
    ],
)
def test_rows_that_do_not_fit_are_refused(body, code):
    found = check_text(f"axis r = 2, c = 2\ndef f(a: R, b: R[c]) -> R {{\n  {body}\n  return a\n}}\n")
    assert [d.code for d in found] == [code]


def test_a_list_of_axes_is_still_a_type():
    assert check_text("axis x, d\ndef f : [x, d] -> [x, d] = [x, d]\n") == []


def test_expect_inside_forall_sees_its_wires():
    text = 'axis m\ndef f(X: R[m]) -> R[m] = X\ntest "t" { forall Q: R[3] { %s } }\n'
    (right,) = loads(text % "expect E0503 { assert f(Q) ~= 2 * Q within 1e-9 }  assert f(Q) == Q").tests()
    (wrong,) = loads(text % "expect E0503 { assert f(Q) ~= Q within 1e-9 }").tests()
    assert right.passed
    assert not wrong.passed


def test_an_open_diagram_is_broadcast_like_a_declared_box():
    d = loads("axis m, f\ndef gated[a: box R -> R](X: R[m]) -> R[m] = a(X) * X\n")["gated"]
    (call,) = [box for box in d.boxes if box.op.name == "call"]
    assert [str(axis) for axis in call.arg("degree")] == ["m"]
