"""Programs in text against torch: value, gradient, Hessian-vector product on both back ends, the gradient
also printed and read again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

import diagram
from diagram._compilers import to_text
from diagram.derivative import grad, hvp
from diagram.value import Diagram

torch = pytest.importorskip("torch")
RNG = np.random.default_rng(0)
Array = Any
"""Any: arrays of numpy or torch."""
A = RNG.standard_normal((4, 4))
B = RNG.standard_normal((4, 3))
C = A + 1j * RNG.standard_normal((4, 4))
X = RNG.standard_normal((5, 4))
V = RNG.standard_normal(4)
SPD = A @ A.T + 4 * np.eye(4)


@dataclass(frozen=True, slots=True)
class Program:
    """A definition `loss` in text, its arrays, and the same in torch."""

    name: str
    text: str
    arrays: tuple[Array, ...]
    loss: Callable[..., Array]


def _scan(x: Array, h: Array, w: Array) -> Array:
    total = torch.zeros((), dtype=torch.float64)
    for row in x:
        h = torch.tanh(w @ h + row)
        total = total + (h**2).sum()
    return total


def _svd(a: Array) -> Array:
    u, s, v = torch.linalg.svd(a, full_matrices=False)
    return (s**3).sum() + (u.abs() ** 4).sum() + (v.abs() ** 4).sum()


def _eigh(a: Array) -> Array:
    w, v = torch.linalg.eigh(a + a.T.conj())
    return (w**3).sum() + (v.abs() ** 4).sum()


def _looked_up(e: Array, at: Array, h: Array) -> Array:
    for k in at:
        h = torch.tanh(h + e[k])
    return h


def _scattered(x: Array, at: Array) -> Array:
    return (torch.zeros(4, dtype=x.dtype).index_add(0, at, x) ** 3).sum()


SQUARE = "axis i\ndef loss(A: {0}[i, i']) -> R where i' = i "
SVD = "axis i, j, k = {0}\ndef loss(A: {1}[i, j]) -> R {{ U, s, V = svd[i, j, k](A)\n"
SVD += "return sum[k](s ** 3) + sum[i, k](abs(U) ** 4) + sum[k, j](abs(V) ** 4) }}"
HERMITIAN = SQUARE + "{{ axis p = i, q = i, k = i\n B = {1}\n H[p, q] = A[p, q] + B[q, p]\n"
HERMITIAN += "w, V = eigh[p, q, k](H)\n return sum[k](w ** 3) + sum[p, k](abs(V) ** 4) }}"
SCAN = "axis t, n\ndef loss(x: R[t, n], h: R[n], W: R[n, n']) -> R where n' = n {{\n scan t over x {0} {{\n"
SCAN += "z[n] = W[n, n'] * h[n'] + x[n]\n h = tanh(z)\n emit y = h }}\n return sum[t, n](y ** 2) }}"

PROGRAMS = (
    Program(
        "solve",
        SQUARE.replace("])", "], b: R[i])").format("R") + "{ return sum[i'](solve[i, i'](A, b) ** 2) }",
        (A, V),
        lambda a, b: (torch.linalg.solve(a, b) ** 2).sum(),
    ),
    Program(
        "complex solve",
        SQUARE.replace("])", "], b: C[i])").format("C")
        + "{ x = solve[i, i'](A, b)\n return sum[i'](re(x) ** 3 + im(x) ** 2) }",
        (C, V + 1j * V[::-1]),
        lambda a, b: (lambda x: (x.real**3 + x.imag**2).sum())(torch.linalg.solve(a, b)),
    ),
    Program(
        "inv",
        SQUARE.format("R") + "= sum[i, i'](inv[i, i'](A) ** 3)",
        (A,),
        lambda a: (torch.linalg.inv(a) ** 3).sum(),
    ),
    Program(
        "complex inv",
        SQUARE.format("C") + "= sum[i, i'](abs(inv[i, i'](A)) ** 3)",
        (C,),
        lambda a: (torch.linalg.inv(a).abs() ** 3).sum(),
    ),
    Program("det", SQUARE.format("R") + "= det[i, i'](A) ** 2", (A,), lambda a: torch.det(a) ** 2),
    Program("logdet", SQUARE.format("R") + "= logdet[i, i'](A) ** 2", (SPD,), lambda a: torch.logdet(a) ** 2),
    Program(
        "cholesky",
        SQUARE.format("R") + "= sum[i, i'](cholesky[i, i'](A) ** 3)",
        (SPD,),
        lambda a: (torch.linalg.cholesky(a) ** 3).sum(),
    ),
    Program(
        "expm",
        SQUARE.format("R") + "= sum[i, i'](expm[i, i'](A) ** 2)",
        (A * 0.3,),
        lambda a: (torch.linalg.matrix_exp(a) ** 2).sum(),
    ),
    Program("eigh", HERMITIAN.format("R", "A"), (A,), _eigh),
    Program("complex eigh", HERMITIAN.format("C", "conj(A)"), (C,), _eigh),
    Program("svd", SVD.format(3, "R"), (B,), _svd),
    Program("wide svd", SVD.format(3, "R"), (B.T.copy(),), _svd),
    Program("complex svd", SVD.format(4, "C"), (C,), _svd),
    Program("tall complex svd", SVD.format(3, "C"), (C[:, :3].copy(),), _svd),
    Program("wide complex svd", SVD.format(3, "C"), (C[:3].copy(),), _svd),
    Program(
        "sort",
        "axis i\ndef loss(x: R[i], y: R[i]) -> R = sum[i](sort[i](x) ** 2 * y)",
        (V, A[0]),
        lambda x, y: (torch.sort(x)[0] ** 2 * y).sum(),
    ),
    Program(
        "top",
        "axis i, k = 2\ndef loss(x: R[i]) -> R { v, n = top[i, k](x)\n return 3 * v[0] ** 2 + v[1] ** 3 }",
        (V,),
        lambda x: (lambda v: 3 * v[0] ** 2 + v[1] ** 3)(torch.topk(x, 2)[0]),
    ),
    Program("scan", SCAN.format(""), (X, V, A * 0.3), _scan),
    Program(
        "scan backwards", SCAN.format("reversed"), (X, V, A * 0.3), lambda x, h, w: _scan(x.flip(0), h, w)
    ),
    Program(
        "fft",
        "axis i\ndef loss(x: R[i]) -> R = sum[i](abs(fft[i](complex(x, 0.0 * x))) ** 3)",
        (V,),
        lambda x: (torch.fft.fft(x).abs() ** 3).sum(),
    ),
    Program(
        "gather",
        "axis v, t\ndef loss(E: R[v], at: nat[v][t]) -> R { y[t] = E[at[t]]\n return sum[t](y ** 3) }",
        (V, np.array([2, 0, 2, 3, 3, 1])),
        lambda e, at: (e[at] ** 3).sum(),
    ),
    Program(
        "scatter",
        "axis v = 4, t\ndef loss(x: R[t], at: nat[v][t]) -> R { Y[v = at[t]] += x[t]\n"
        " return sum[v](Y ** 3) }",
        (X[0], np.array([2, 0, 2, 3])),
        _scattered,
    ),
    Program(
        "gather in a scan",
        "axis v, t, n\ndef loss(E: R[v, n], at: nat[v][t], h: R[n]) -> R {\n"
        " scan t over at { h = tanh(h + E[at, n]) }\n return sum[n](h ** 2) }",
        (X, np.array([2, 0, 2, 3, 3, 1]), V),
        lambda e, at, h: (_looked_up(e, at, h) ** 2).sum(),
    ),
    Program(
        "mask",
        SQUARE.format("R") + "{ P[i, i'] = A[i, i'] where i' <= i else -inf\n"
        " return sum[i, i'](softmax[i'](P) ** 2) }",
        (A,),
        lambda a: (
            torch.softmax(a.masked_fill(torch.triu(torch.ones(4, 4), 1) > 0, -torch.inf), 1) ** 2
        ).sum(),
    ),
    Program(
        "concat",
        "axis i, j, k = 11\ndef loss(x: R[i], y: R[j]) -> R { z = concat[k](x, x * x, sin(y))\n"
        " return sum[k](cumsum[k](z) ** 2) }",
        (V, B[0]),
        lambda x, y: (torch.cumsum(torch.cat([x, x * x, torch.sin(y)]), 0) ** 2).sum(),
    ),
    Program(
        "select",
        "axis i\ndef loss(x: R[i]) -> R = sum[i](select(x > 0, x ** 3, exp(x)))",
        (V,),
        lambda x: torch.where(x > 0, x**3, torch.exp(x)).sum(),
    ),
    Program(
        "straight through",
        "axis i\ndef hard(x: R[i]) -> R[i] = x + stop(sign(x) - x)\n"
        "def loss(x: R[i], w: R[i]) -> R = sum[i](hard(x * w) * x ** 2)",
        (V, A[0]),
        lambda x, w: ((x * w + (torch.sign(x * w) - x * w).detach()) * x**2).sum(),
    ),
    Program(
        "states of a scan",
        "axis t, n\ndef loss(x: R[t, n], h: R[n]) -> R {\n c = 0.0\n scan t over x { h = sin(h) * x\n"
        " c = c + sum[n](h ** 2)\n emit y = h[0] * c }\n return sum[t](y) }",
        (X, V),
        lambda x, h: _carried(x, h),
    ),
)


def _carried(x: Array, h: Array) -> Array:
    c, total = 0.0, 0.0
    for row in x:
        h = torch.sin(h) * row
        c = c + (h**2).sum()
        total = total + h[0] * c
    return total


EACH = pytest.mark.parametrize("program", PROGRAMS, ids=lambda p: p.name)


def loaded(program: Program) -> tuple[Diagram, list[int]]:
    """The definition, and which arrays vary."""
    d = diagram.loads(program.text)["loss"]
    return d, [k for k, a in enumerate(program.arrays) if np.asarray(a).dtype.kind in "fc"]


def tensors(program: Program, smooth: list[int]) -> list[Array]:
    """The arrays for torch."""
    found = [torch.tensor(a) for a in program.arrays]
    for k in smooth:
        found[k].requires_grad_()
    return found


def close(mine: Array, theirs: Array, rtol: float) -> None:
    want = theirs.detach().numpy()
    np.testing.assert_allclose(np.asarray(mine), want, rtol=rtol, atol=rtol * (np.abs(want).max() + 1e-12))


@EACH
@pytest.mark.parametrize("target", ["numpy", "torch"])
def test_gradients_are_those_of_torch_also_when_printed_and_read(program: Program, target: str) -> None:
    d, smooth = loaded(program)
    g = grad(d, [d.input_names[k] for k in smooth])
    ts = tensors(program, smooth)
    value = program.loss(*ts)
    want = (value, *torch.autograd.grad(value, [ts[k] for k in smooth]))
    for each in (g, diagram.loads(to_text(g, "gradient"))["gradient"]):
        arrays = program.arrays if target == "numpy" else map(torch.tensor, program.arrays)
        for mine, theirs in zip(each.compile(target, dtype="f64")(*arrays), want, strict=True):
            close(mine, theirs, 1e-9)


@EACH
def test_hessian_vector_products_are_those_of_torch(program: Program) -> None:
    d, smooth = loaded(program)
    rng = np.random.default_rng(1)
    vectors = [rng.standard_normal(np.shape(program.arrays[k])) * (1 + 0 * program.arrays[k]) for k in smooth]
    h = hvp(d, [d.input_names[k] for k in smooth]).compile("numpy")(*program.arrays, *vectors)
    ts = tensors(program, smooth)
    wanted = [ts[k] for k in smooth]
    first = torch.autograd.grad(program.loss(*ts), wanted, create_graph=True)
    slope = sum((a * torch.tensor(v).conj()).real.sum() for a, v in zip(first, vectors, strict=True))
    second = torch.autograd.grad(slope, wanted, allow_unused=True, materialize_grads=True)
    for mine, theirs in zip(h if len(wanted) > 1 else (h,), second, strict=True):
        close(mine, theirs, 1e-8)
