"""Numbers that are known while compiling: products with them are scalings; writes to places that differ are
no sums. Values stay those of torch.
"""

from __future__ import annotations

import numpy as np
import pytest
import torch

from diagram import loads
from diagram.derivative import grad

TEXT = """
axis i, j
def mean_of_squares(X: R[i, j]) -> R = mean[i, j](X ** 2)
def scaled(X: R[i, j]) -> R = sum[i, j](3.0 * (2.0 * (X * 0.5)))
def rows(X: R[i, j]) -> R[i] { O = 2.0 * ones[j]  Y[i] = X[i, j] * O[j]  return Y }
def all_known() -> R { axis k = 4  O = 3.0 * ones[k]  return sum[k](O * O) }
def counted(X: R[i]) -> R[i] { axis k = 5  O = 2.0 * ones[k]  Y[i] = X[i] * O[k]  return Y }
def turned(X: R[i, j]) -> R[j, i] { O = 2.0 * ones[i]  Y[j, i] = X[i, j] * O[i]  return Y }
def diagonal(X: R[i, i']) -> R[i] where i' = i { O = 2.0 * ones[i]  Y[i] = X[i, i] * O[i]  return Y }
def wide(X: R[i]) -> R[i, k] where k = 5 { O = 2.0 * ones[k]  Y[i, k] = X[i] * O[k]  return Y }
def nll(X: R[i, j], T: nat[j][i]) -> R { L = log_softmax[j](X)  N[i] = -L[i, T[i]]  return mean[i](N) }
def together(X: R[i], T: nat[3][i]) -> R[3] { axis k = 3  Y[k = T[i]] += X[i]  return Y }
"""
X = np.random.default_rng(0).normal(size=(4, 3))


def source(name: str) -> str:
    return grad(loads(TEXT)[name]).compile("numpy").source


def test_the_cotangent_of_a_mean_is_a_number_in_a_scaling() -> None:
    code = source("mean_of_squares")
    assert "np.asarray(1" not in code and "np.full" not in code and "broadcast" not in code


def test_scalings_of_scalings_are_one() -> None:
    code = loads(TEXT)["scaled"].compile("numpy").source
    assert code.count(" * ") <= 1
    d = loads(TEXT)["scaled"]
    assert float(d.compile("numpy")(X)) == pytest.approx(3 * X.sum(), rel=1e-14)


def test_every_position_is_written_once_where_rows_differ() -> None:
    assert "np.add.at" not in source("nll")
    t = np.array([0, 2, 1, 1])
    x = torch.tensor(X, requires_grad=True)
    loss = torch.nn.functional.cross_entropy(x, torch.tensor(t))
    (slope,) = torch.autograd.grad(loss, x)
    value, mine = grad(loads(TEXT)["nll"]).compile("numpy")(X, t)
    assert float(value) == pytest.approx(loss.item(), rel=1e-12)
    np.testing.assert_allclose(mine, slope.numpy(), atol=1e-14)
    run = grad(loads(TEXT)["nll"]).compile("torch", dtype="f64")
    np.testing.assert_allclose(run(torch.tensor(X), torch.tensor(t))[1].numpy(), slope.numpy(), atol=1e-14)


def test_products_with_known_arrays_have_their_values() -> None:
    m = loads(TEXT)

    def value(name: str, *arrays: object) -> np.ndarray:
        return np.asarray(m[name].compile("numpy")(*arrays))

    np.testing.assert_allclose(value("rows", X), 2 * X.sum(1), atol=1e-14)
    np.testing.assert_allclose(value("all_known"), 36.0)
    np.testing.assert_allclose(value("counted", X[0]), 10 * X[0], atol=1e-14)
    np.testing.assert_allclose(value("turned", X), 2 * X.T)
    np.testing.assert_allclose(value("diagonal", X[:3]), 2 * np.diag(X[:3]))
    np.testing.assert_allclose(value("wide", X[0]), 2 * np.repeat(X[0][:, None], 5, 1))
    found = value("together", np.array([1.0, 2.0, 4.0]), np.array([1, 1, 0]))
    np.testing.assert_allclose(found, [4.0, 3.0, 0.0])
