"""Memory policy: what is computed again is not kept, and nothing else changes."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

import diagram

TEXT = """
axis x
axis m = 16
def layer(X: R[m]) -> R[m] {
  learn W : [m] -> [m], bias
  Y = tanh(W(X))
  Z = sin(Y) * exp(-Y ** 2) + cos(Y * 3)
  return tanh(Z * Z + Y)
}
def plain : R[x, m] -> R[x, m] = layer ** 16
def saved : R[x, m] -> R[x, m] = recompute[layer] ** 16
def grouped : R[x, m] -> R[x, m] = recompute[layer ** 4] ** 4
test "counts" {
  assert cost[Rev[plain], calls, layer] == 16
  assert cost[Rev[saved], calls, layer] == 32
  assert cost[Rev[saved], residuals] == 15
  assert cost[Rev[grouped], residuals] == 3
}
"""


def gradient(name):
    """The compiled derivative and the parameters of one definition, the same values for all of them."""
    d = diagram.loads(TEXT)[name]
    f = diagram.reverse(d).compile("numpy")
    rng = np.random.default_rng(3)
    return f, {path: rng.normal(size=a.shape) / 8 for path, a in f.params.items()}


@pytest.mark.parametrize("name", ["saved", "grouped"])
def test_what_is_computed_again_gives_the_same_bits(name):
    rng = np.random.default_rng(0)
    x, dy = rng.normal(size=(5, 16)), rng.normal(size=(5, 16))
    (f, own), (g, other) = gradient("plain"), gradient(name)
    expected = f(x, dy, params=own)
    got = g(x, dy, params=dict(zip(other, own.values(), strict=True)))
    assert all(np.array_equal(a, b) for a, b in zip(expected, got, strict=True))


def peak(name) -> int:
    """Bytes that numpy holds at most during one call."""
    f, own = gradient(name)
    x = np.random.default_rng(0).normal(size=(4000, 16))
    f(x, x, params=own)
    tracemalloc.start()
    f(x, x, params=own)
    found = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return found


def test_less_is_held_at_the_same_time():
    whole, each, groups = peak("plain"), peak("saved"), peak("grouped")
    assert each < 0.4 * whole
    assert groups < 0.6 * whole


def test_counts_of_calls_and_residuals_are_exact():
    results = diagram.loads(TEXT).tests()
    assert [r.errors for r in results] == [[]]
