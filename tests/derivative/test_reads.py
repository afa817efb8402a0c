"""Derivatives of reads that choose: pooling, sorting, the largest entries, complex numbers; against torch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from grammar.module import loads

torch = pytest.importorskip("torch")


def _back(x: Any) -> Any:
    return torch.fft.ifft(torch.complex(x, x * x))


CASES: dict[str, tuple[str, tuple[int, ...], Callable[[Any], Any]]] = {
    "max pooling": (
        "axis t = 6, u = 3, j = 2\ndef f(X: R[t]) -> R {\n P[u, j] = X[2 * u + j]\n M = max[j](P)\n"
        " return sum[u](M ** 3)\n}",
        (6,),
        lambda x: (x.reshape(3, 2).amax(1) ** 3).sum(),
    ),
    "sorting": (
        "axis i\ndef f(X: R[i]) -> R {\n S = sort[i](X)\n return sum[i](S * S * cast[R](index[i]))\n}",
        (5,),
        lambda x: (torch.sort(x).values ** 2 * torch.arange(5)).sum(),
    ),
    "the largest": (
        "axis i, e = 2\ndef f(X: R[i]) -> R {\n V, P = top[i, e](X)\n return sum[e](V ** 3)\n}",
        (5,),
        lambda x: (torch.topk(x, 2).values ** 3).sum(),
    ),
    "the spectrum of real numbers": (
        "axis i\ndef f(X: R[i]) -> R {\n Z = fft[i](X)\n return sum[i](re(Z) ** 3 + im(Z) ** 2)\n}",
        (5,),
        lambda x: (torch.fft.fft(x).real ** 3 + torch.fft.fft(x).imag ** 2).sum(),
    ),
    "back from the spectrum": (
        "axis i\ndef f(X: R[i]) -> R {\n Z = ifft[i](complex(X, X * X))\n"
        " return sum[i](re(Z) ** 3 + im(Z))\n}",
        (5,),
        lambda x: (_back(x).real ** 3 + _back(x).imag).sum(),
    ),
    "the spectrum": (
        "axis i\ndef f(X: R[i]) -> R {\n Z = fft[i](complex(X, 0.5 * X))\n"
        " return sum[i](abs(exp(0.1 * Z)))\n}",
        (5,),
        lambda x: torch.abs(torch.exp(0.1 * torch.fft.fft(torch.complex(x, 0.5 * x)))).sum(),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", list(CASES))
def test_reads_that_choose_have_the_derivatives_of_torch(name: str) -> None:
    text, shape, reference = CASES[name]
    m = loads(text + "\ndef d = grad[f]\n")
    x = np.random.default_rng(3).standard_normal(shape)
    t = torch.tensor(x, requires_grad=True)
    (want,) = torch.autograd.grad(reference(t), t)
    np.testing.assert_allclose(np.asarray(m["d"].compile("numpy")(x)), want.numpy(), rtol=1e-11, atol=1e-13)
