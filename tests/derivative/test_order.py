"""Derivatives of any order: R of R of R runs on both back ends, prints, reads back, and is the slope of the
one before; Hessians are those of `torch.autograd.functional.hessian`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import diagram
from diagram._compilers import to_text
from diagram.derivative import reverse
from diagram.types import Tensor
from diagram.value import Diagram

torch = pytest.importorskip("torch")
Arrays = list[np.ndarray[Any, Any]]
STEP = 1e-6

DEFINITIONS = {
    "layer": "axis i = 3, o = 2\ndef f(x: R[i], W: R[o, i]) -> R[o] {\n"
    " z[o] = W[o, i] * x[i]\n return tanh(z) }",
    "scan": "axis t = 3, n = 2\ndef f(x: R[t, n], h: R[n]) -> R[t, n] {\n"
    " scan t over x { h = sin(h * x) + x\n emit y = h }\n return y }",
    "repetition": "axis n = 2\ndef f(x: R[n], h: R[n]) -> R[n] {\n"
    " for l in 0..3 tied { h = sin(h * x) + x }\n return h }",
    "softmax": "axis n = 4\ndef f(x: R[n]) -> R[n] = softmax[n](x)",
    "fixed point": "def k(s: R, x: R) -> R = 0.3 * sin(s * x) + x\ndef f(x: R) -> R = fix[k](x)",
    "calls": "axis n = 2\ndef g(x: R[n]) -> R[n] = exp(x) * x\ndef f(x: R[n]) -> R[n] = g(g(x)) * g(x)",
    "pad": "axis n = 4\ndef f(x: R[n]) -> R[n] { y[n] = x[n - 1; pad 0] * x[n]\n return y }",
    "solve": "axis i = 3\ndef f(A: R[i, i'], b: R[i]) -> R[i'] where i' = i = solve[i, i'](A, b)",
    "complex": "axis i = 3\ndef f(a: C[i], b: C[i]) -> C[i] = a * b * exp(a)",
    "cumprod": "axis i = 3\ndef f(a: R[i]) -> R[i] = cumprod[i](a)",
    "max": "axis i = 3\ndef f(a: R[i]) -> R = max[i](a ** 2)",
    "logdet": "axis i = 3\ndef f(A: R[i, i']) -> R where i' = i = logdet[i, i'](A)",
    "closure": "axis n = 2\ndef f(x: R[n], a: R) -> R[n] { g = fn(y: R[n]) -> R[n] { return sin(y) * a }\n"
    " return g(g(x)) }",
}  # fmt: skip


def drawn(types: Any, rng: np.random.Generator) -> Arrays:
    found = []
    for t in types:
        assert isinstance(t, Tensor)
        shape = tuple(a.size.constant or 0 for a in t.axes)
        a = np.asarray(rng.standard_normal(shape) * 0.7)
        found.append(a + 1j * rng.standard_normal(shape) if t.dtype.is_complex else a)
    return found


def run(d: Diagram, arrays: Arrays, target: str = "numpy") -> Arrays:
    out = d.compile(target, dtype="f64")(*(arrays if target == "numpy" else map(torch.tensor, arrays)))
    return [np.asarray(a) for a in (out if isinstance(out, tuple) else (out,))]


def paired(us: Arrays, vs: Arrays) -> float:
    return sum(float(np.vdot(u, v).real) for u, v in zip(us, vs, strict=True))


@pytest.mark.parametrize("name", list(DEFINITIONS))
def test_reverse_three_times_is_the_slope_each_time_and_reads_back(name: str) -> None:
    rng = np.random.default_rng(0)
    before = diagram.loads(DEFINITIONS[name])["f"]
    arrays = drawn(before.dom, rng)
    for order in (1, 2, 3):
        d = reverse(before)
        again = diagram.loads(to_text(d, "r"))["r"]
        weights = drawn(d.dom[len(arrays) :], rng)
        found = run(d, [*arrays, *weights])
        for other in (run(again, [*arrays, *weights]), run(d, [*arrays, *weights], "torch")):
            for mine, theirs in zip(found, other, strict=True):
                np.testing.assert_allclose(mine, theirs, rtol=1e-9, atol=1e-9, err_msg=str(order))
        along = drawn(before.dom, rng)
        ends = [run(before, [a + s * v for a, v in zip(arrays, along, strict=True)]) for s in (STEP, -STEP)]
        slope = paired(weights, [(a - b) / (2 * STEP) for a, b in zip(*ends, strict=True)])
        assert paired(found, along) == pytest.approx(slope, rel=1e-5, abs=1e-6), order
        before, arrays = d, [*arrays, *weights]


HESSIANS = {
    "two inputs": (
        "axis i = 3, j = 2\ndef f(x: R[i], W: R[j, i]) -> R { z[j] = W[j, i] * x[i]\n"
        " return logsumexp[j](z) + sum[i](x ** 3) }",
        lambda x, w: torch.logsumexp(w @ x, 0) + (x**3).sum(),
    ),
    "a scan": (
        "axis t = 4, n = 2\ndef f(x: R[t, n], h: R[n]) -> R { scan t over x { h = tanh(h * x) + x }\n"
        " return sum[n](h ** 2) }",
        lambda x, h: _scanned(x, h),
    ),
    "linear algebra": (
        "axis i = 3\ndef f(A: R[i, i'], b: R[i]) -> R where i' = i {\n"
        " return sum[i'](solve[i, i'](A, b) ** 2) + logdet[i, i'](A) }",
        lambda a, b: (torch.linalg.solve(a, b) ** 2).sum() + torch.linalg.slogdet(a)[1],
    ),
    "one number": ("def f(x: R) -> R = sin(x) ** 3", lambda x: torch.sin(x) ** 3),
}


def _scanned(x: Any, h: Any) -> Any:
    for row in x:
        h = torch.tanh(h * row) + row
    return (h**2).sum()


@pytest.mark.parametrize("name", list(HESSIANS))
def test_hessians_are_those_of_torch_functional(name: str) -> None:
    text, f = HESSIANS[name]
    m = diagram.loads(text + "\ndef h = hessian[f]\n")
    arrays = drawn(m["f"].dom, np.random.default_rng(3))
    want = torch.autograd.functional.hessian(f, tuple(map(torch.tensor, arrays)))
    blocks = [b for row in want for b in row]
    for target in ("numpy", "torch"):
        for mine, theirs in zip(run(m["h"], arrays, target), blocks, strict=True):
            np.testing.assert_allclose(mine, theirs.numpy(), rtol=1e-9, atol=1e-9)
