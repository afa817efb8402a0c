"""Gates of cells together: one box for slices of one array, one buffer for what their derivative writes."""

from __future__ import annotations

import numpy as np
import pytest

import diagram
from diagram.derivative import grad
from diagram.gates import grouped
from diagram.inlining import inline
from tests.oracle import run

CELL = """
axis n
def f(Z: R[4, n], c: R[n]) -> R {{
  a = {one}(Z[0, n]) * c + {one}(Z[1, n]) * tanh(Z[2, n])
  return sum[n]({two}(Z[3, n]) * tanh(a))
}}
"""


@pytest.mark.parametrize(
    ("one", "two", "count"), [("sigmoid", "sigmoid", 1), ("sigmoid", "sin", 2), ("exp", "exp", 1)]
)
def test_slices_of_one_array_go_through_one_box(one: str, two: str, count: int) -> None:
    d = inline(diagram.loads(CELL.format(one=one, two=two))["f"])
    new = grouped(d)
    assert sum(box.op.name in {one, two} for box in new.boxes) == count
    rng = np.random.default_rng(0)
    z, c = rng.standard_normal((4, 5)), rng.standard_normal(5)
    sizes = {"n": 5}
    np.testing.assert_allclose(run(new, z, c, sizes=sizes), run(d, z, c, sizes=sizes), rtol=1e-13)
    for mine, slow in zip(grad(d).compile("numpy")(z, c), run(grad(d), z, c, sizes=sizes), strict=True):
        np.testing.assert_allclose(mine, slow, rtol=1e-12, atol=1e-14)


def test_one_slice_of_many_stays_alone() -> None:
    d = inline(diagram.loads("axis n\ndef f(Z: R[4, n]) -> R[n] = sin(Z[0, n]) + cos(Z[1, n])")["f"])
    assert grouped(d) is d


@pytest.mark.parametrize("target", ["numpy", "torch"])
def test_what_slices_write_goes_into_one_buffer(target: str) -> None:
    g = grad(diagram.loads(CELL.format(one="sin", two="cos"))["f"])
    assert g.compile(target, dtype="f64").source.count("zeros(") <= 2
