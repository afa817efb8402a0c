"""Tests that come with each row: types, both libraries, derivative, lifting."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from diagram.derivative import reverse
from diagram.derivative.activity import is_smooth
from diagram.lifting import lift
from diagram.op import Kind
from diagram.ops import STANDARD
from diagram.types import Axis, Tensor
from diagram.value import Diagram
from tests.ops.cases import Case, every
from tests.oracle import run

CASES = every()
STEPS = {"stop", "sign", "floor", "ceil", "round", "floordiv"}
"""Rows whose derivative is zero by decree or that torch refuses to differentiate."""
SYMMETRIC = {"cholesky", "eigh"}
"""Read one half of a symmetric matrix: compared after symmetrising."""


def cases(keep: Any = lambda case: True) -> Any:
    return pytest.mark.parametrize("case", [c for c in CASES if keep(c)], ids=str)


def differentiable(case: Case) -> bool:
    if case.name in STEPS:
        return False
    return any(map(is_smooth, case.d.dom)) and any(map(is_smooth, case.d.cod))


def test_every_row_that_computes_has_a_case() -> None:
    tried = {case.d.boxes[0].op.name for case in CASES}
    free = (Kind.BODY, Kind.STRUCTURE)
    assert {name for name, op in STANDARD.items() if op.kind not in free} <= tried


@cases()
def test_results_have_the_shape_and_element_type_of_the_row(case: Case) -> None:
    for value, type_ in zip(run(case.d, *case.inputs), case.d.cod, strict=True):
        assert isinstance(type_, Tensor)
        assert value.shape == tuple(n.evaluate({}) for n in type_.shape)
        kind = (
            "c"
            if type_.dtype.is_complex
            else "f"
            if type_.dtype.is_real
            else "b"
            if type_.dtype.name == "bool"
            else "i"
        )
        assert value.dtype.kind == kind


def compiled(d: Diagram, target: str, arrays: Any) -> list[Any]:
    if target == "torch":
        arrays = [torch.as_tensor(a) for a in arrays]
    found = d.compile(target, dtype="f64")(*arrays)
    several = found if isinstance(found, tuple) else (found,)
    return [v.resolve_conj().numpy() if target == "torch" else np.asarray(v) for v in several]


@pytest.mark.parametrize("target", ["numpy", "torch"])
@cases()
def test_numpy_and_torch_compute_what_the_index_structure_says(case: Case, target: str) -> None:
    for mine, found in zip(run(case.d, *case.inputs), compiled(case.d, target, case.inputs), strict=True):
        if case.name.startswith(("svd", "eigh")):
            mine, found = np.abs(mine), np.abs(found)
        np.testing.assert_allclose(found, mine, rtol=1e-12, atol=1e-12)


def directions(case: Case, rng: np.random.Generator) -> list[Any]:
    found: list[Any] = []
    for a, type_ in zip(case.inputs, case.d.dom, strict=True):
        v = rng.standard_normal(np.shape(a))
        if np.iscomplexobj(a):
            v = v + 1j * rng.standard_normal(np.shape(a))
        if case.name in SYMMETRIC:
            v = v + np.swapaxes(v, -1, -2)
        found.append(v if is_smooth(type_) else None)
    return found


def cotangents(case: Case, rng: np.random.Generator) -> list[Any]:
    found = []
    for value, type_ in zip(run(case.d, *case.inputs), case.d.cod, strict=True):
        if is_smooth(type_):
            c = rng.standard_normal(value.shape)
            found.append(c + 1j * rng.standard_normal(value.shape) if np.iscomplexobj(value) else c)
    return found


def pairing(a: Any, b: Any) -> float:
    return float(np.sum(np.real(np.conj(a) * b)))


@cases(differentiable)
def test_the_derivative_is_that_of_finite_differences(case: Case) -> None:
    rng = np.random.default_rng(1)
    vs, cs = directions(case, rng), cotangents(case, rng)
    grads = run(reverse(case.d), *case.inputs, *cs)
    step = 1e-6

    def value(sign: int) -> list[Any]:
        moved = [a if v is None else a + sign * step * v for a, v in zip(case.inputs, vs, strict=True)]
        found = run(case.d, *moved)
        return [v for v, type_ in zip(found, case.d.cod, strict=True) if is_smooth(type_)]

    slope = sum(pairing(c, (p - m) / (2 * step)) for c, p, m in zip(cs, value(1), value(-1), strict=True))
    mine = sum(pairing(g, v) for g, v in zip(grads, [v for v in vs if v is not None], strict=True))
    assert mine == pytest.approx(slope, rel=1e-6, abs=1e-6)


@cases(differentiable)
def test_the_derivative_is_that_of_torch(case: Case) -> None:
    rng = np.random.default_rng(2)
    cs = cotangents(case, rng)
    grads = run(reverse(case.d), *case.inputs, *cs)
    arrays = [
        torch.tensor(a, requires_grad=is_smooth(t)) for a, t in zip(case.inputs, case.d.dom, strict=True)
    ]
    found = case.d.compile("torch", dtype="f64")(*arrays)
    outs = [v for v in (found if isinstance(found, tuple) else (found,)) if v.requires_grad]
    wanted = [a for a in arrays if a.requires_grad]
    if not outs:
        assert all(not np.any(g) for g in grads)
        return
    if case.name.startswith(("svd", "eigh")):  # the signs of singular vectors are the library's choice
        k = 1 if case.name == "eigh" else 0
        signs = np.sign(np.sum(run(case.d, *case.inputs)[k] * outs[k].detach().numpy(), -2, keepdims=True))
        cs[k] = cs[k] * signs
        if k == 0:
            cs[2] = cs[2] * np.swapaxes(signs, -1, -2)
    exact = 1e-9 if case.name == "digamma" else 1e-10  # torch's trigamma is good to 5e-10 only
    theirs = torch.autograd.grad(outs, wanted, [torch.tensor(c) for c in cs], allow_unused=True)
    for mine, their in zip(grads, theirs, strict=True):
        want = np.zeros_like(mine) if their is None else their.numpy()
        if case.name in SYMMETRIC:
            mine, want = (x + np.swapaxes(x, -1, -2) for x in (mine, want))
        np.testing.assert_allclose(mine, want, rtol=exact, atol=exact)


@cases(lambda case: case.name in STEPS)
def test_steps_have_derivative_zero(case: Case) -> None:
    cs = cotangents(case, np.random.default_rng(4))
    assert all(not g.any() for g in run(reverse(case.d), *case.inputs, *cs))


@cases(lambda case: case.inputs)
def test_a_slice_of_the_lifted_box_is_the_box_of_the_slices(case: Case) -> None:
    rng = np.random.default_rng(3)
    degree = (Axis.of("p", 2), Axis.of("i", 3))
    n = len(case.inputs)
    ports = tuple(((0, 1), (1,), (0,))[k % 3] for k in range(n))
    stacked = []
    for a, port in zip(case.inputs, ports, strict=True):
        lead = tuple((2, 3)[p] for p in port)
        copies = np.broadcast_to(a, lead + np.shape(a)).copy()
        if copies.dtype.kind == "f":
            copies *= 1 + 0.05 * rng.random((*lead, *(1 for _ in np.shape(a))))
        stacked.append(copies)
    lifted = run(lift(case.d, degree, ports), *stacked)
    for where in np.ndindex(2, 3):
        slices = [a[tuple(where[p] for p in port)] for a, port in zip(stacked, ports, strict=True)]
        for mine, whole in zip(run(case.d, *slices), lifted, strict=True):
            np.testing.assert_allclose(whole[where], mine, rtol=1e-12, atol=1e-12)
