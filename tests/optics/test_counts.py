"""One map, four costs: evaluations and what is held are predicted exactly, and counted while it runs."""

from __future__ import annotations

import sys
import types
from collections import Counter

import numpy as np
import pytest

from diagram import _compilers, loads
from diagram.counts import evaluations, held

N = 128
TEXT = """
category C : cartesian
object X
box layer : X -> X
box back : X @ X' -> X'
lens l : X | X' -> X | X' { get(x) = layer(x)  put(x, dx) = back(x, dx) }
def right = l ** 128
def left_of[n: nat] = left_of[n - 1] >> l if n > 1 else l
def half_of[n: nat] = half_of[n // 2] >> half_of[n // 2] if n > 1 else l
def left = left_of[128]
def half = half_of[128]
def once = store[right]
def anew = recompute[once]
functor F : C -> numpy {
  object X = R[3]
  object X' = R[3]
  box layer = extern "counted_layers:layer"
  box back = extern "counted_layers:back"
}
def f_right = F[right]
def f_left = F[left]
def f_half = F[half]
def f_once = F[once]
test "counts" {
  assert cost[right, calls, layer] == 255
  assert cost[half, calls, layer] == 576
  assert cost[left, calls, layer] == 8256
  assert cost[once, calls, layer] == 128
  assert right == once
  assert half == anew
}
"""
WANTED = {"once": N, "right": 2 * N - 1, "half": N + N // 2 * 7, "left": N * (N + 1) // 2}
"""Of an optic, of a lens with the brackets on the right, in halves, on the left."""


@pytest.fixture(scope="module")
def module():
    return loads(TEXT)


@pytest.fixture
def counted(monkeypatch):
    """A module of two functions that count how often they are called."""
    calls: Counter[str] = Counter()
    made = types.ModuleType("counted_layers")

    def layer(x):
        calls["layer"] += 1
        return np.sin(x)

    def back(x, d):
        calls["back"] += 1
        return d * np.cos(x)

    made.layer, made.back = layer, back
    monkeypatch.setitem(sys.modules, "counted_layers", made)
    return calls


def test_the_counts_can_be_asserted_in_the_text(module) -> None:
    assert [r.errors for r in module.tests()] == [[]]


@pytest.mark.parametrize("name", list(WANTED))
def test_the_run_evaluates_as_often_as_predicted(module, counted, name) -> None:
    every = evaluations(module[name])
    predicted = {k: every[k].constant for k in ("layer", "back")}
    assert predicted == {"layer": WANTED[name], "back": N}
    rng = np.random.default_rng(0)
    x, dy = rng.normal(size=(2, 3))
    with _compilers.trusting(["counted_layers"], None):
        y, dx = module[f"f_{name}"].compile("numpy")(x, dy)
    assert counted == predicted
    states = [x]
    for _ in range(N):
        states.append(np.sin(states[-1]))
    np.testing.assert_allclose(y, states[-1], rtol=1e-12)
    np.testing.assert_allclose(dx, dy * np.prod(np.cos(states[:-1]), axis=0), rtol=1e-12)


def test_halves_hold_few_states(module) -> None:
    """A state for each level of the brackets, the ends and the cotangents: not one for each layer."""
    assert held(module["half"]) == 11
    assert held(module["left"]) == 5
    assert held(module["right"]) == held(module["once"]) == N + 3


def test_of_each_layer_an_optic_or_a_lens_by_brackets() -> None:
    """The composite of `n` small lenses, bracketed at random, evaluates what its tree says."""
    rng = np.random.default_rng(1)
    from diagram.lens import lens
    from diagram.types import Ob
    from diagram.wiring import box

    a, b = Ob("X"), Ob("Y")
    one = lens(box("f", a, a), box("g", (a, b), b))

    def tree(n):
        """A lens of n layers, and how often `put` evaluates f."""
        if n == 1:
            return one, 0
        k = int(rng.integers(1, n))
        (p, in_p), (q, in_q) = tree(k), tree(n - k)
        return p >> q, k + in_p + in_q

    for n in range(1, 9):
        made, inner = tree(n)
        assert evaluations(made.closed())["f"] == n + inner
