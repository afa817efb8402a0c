"""`choice` is a hole with candidates, `emit` in a `for` stacks what its turns give, `clamp` is clip."""

from __future__ import annotations

import numpy as np
import pytest

from diagram import DiagramError, check_text, loads

TEXT = """axis m
def f[N: nat = 3](X: R[m]) -> R[l, m] where l = N {
  for l in 0..N {
    X = 2 * X
    emit Y = X * l
  }
  return Y
}
def g(X: R[m]) -> R[3, m] {
  for l in 0..3 {
    learn W : [m] -> [m]
    X = W(X)
    emit Y = X
  }
  return Y
}
def h(x: R) -> R {
  for l in 0..4 { emit Y = x * l }
  return sum[l](Y)
}
def c(X: R[m]) -> R[m] = clamp[-1, 0.5](X)
def either(X: R[m]) -> R[m] = choice[sin, exp >> cos](X)
"""


def test_the_turns_of_a_for_are_stacked_in_front():
    module = loads(TEXT)
    got = module["f"].compile("numpy")(np.array([1.0, 3.0]))
    np.testing.assert_array_equal(got, [[0, 0], [4, 12], [16, 48]])
    assert module["h"].compile("numpy")(2.0) == 12
    assert [p.path for p in module["g"].params] == ["W.0.weight", "W.1.weight", "W.2.weight"]


def test_clamp_is_clip():
    x = np.linspace(-3, 3, 13)
    np.testing.assert_array_equal(loads(TEXT)["c"].compile("numpy")(x), np.clip(x, -1, 0.5))


def test_a_choice_checks_with_a_warning_and_does_not_run():
    assert [d.code for d in check_text(TEXT)] == ["W0211"]
    d = loads(TEXT)["either"]
    assert d.cod == d.dom
    with pytest.raises(DiagramError) as caught:
        d.compile("numpy")
    assert [e.code for e in caught.value.diagnostics] == ["E0603"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("object A, B\nbox f : A -> A\nbox g : A -> B\ndef h : A -> A = choice[f, g]\n", "E0301"),
        ("def h : R -> R = choice[]\n", "E0302"),
        ("def h : R -> R = clamp[1]\n", "E0302"),
        ("def h(x: R) -> R {\n  emit y = x\n  return x\n}\n", "E0401"),
        (
            "axis m\ndef h(X: R[m]) -> R {\n  for l in 0..2 {\n"
            "    emit Y = sum[m](X) if l > 0 else X\n  }\n  return 1.0\n}\n",
            "E0411",
        ),
    ],
)
def test_what_does_not_fit_is_refused(text, code):
    assert code in [d.code for d in check_text(text)]
