"""Values, gradients and Hessian-vector products of `examples/autodiff` against torch in float64."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest

import diagram
from diagram._compilers import to_text
from diagram.derivative import grad, hvp, jvp
from diagram.value import Diagram
from tests.autodiff.problems import PROBLEMS, Problem

torch = pytest.importorskip("torch")
EACH = pytest.mark.parametrize("problem", PROBLEMS, ids=lambda p: p.name)


@cache
def loaded(problem: Problem) -> Diagram:
    d: Diagram = diagram.load(problem.path, problem.sizes or None)["loss"]
    return d


def names(problem: Problem) -> list[str]:
    return [loaded(problem).input_names[k] for k in problem.wrt]


def tensors(problem: Problem, arrays: list[Any]) -> list[Any]:
    found = [torch.tensor(a) for a in arrays]
    for k in problem.wrt:
        found[k].requires_grad_()
    return found


def close(mine: Any, theirs: Any, rtol: float) -> None:
    want = theirs.detach().numpy()
    np.testing.assert_allclose(np.asarray(mine), want, rtol=rtol, atol=rtol * (np.abs(want).max() + 1e-12))


@EACH
@pytest.mark.parametrize("target", ["numpy", "torch"])
def test_value_and_gradient_are_those_of_torch(problem: Problem, target: str) -> None:
    arrays = problem.arrays()
    f = grad(loaded(problem), names(problem)).compile(target, dtype="f64")
    found = f(*(arrays if target == "numpy" else map(torch.tensor, arrays)))
    ts = tensors(problem, arrays)
    value = problem.loss(*ts)
    slopes = torch.autograd.grad(value, [ts[k] for k in problem.wrt])
    for mine, theirs in zip(found, (value, *slopes), strict=True):
        close(mine.detach() if target == "torch" else mine, theirs, 1e-9)


@EACH
def test_hessian_vector_products_are_those_of_torch(problem: Problem) -> None:
    arrays = problem.arrays()
    rng = np.random.default_rng(1)
    vectors = [np.asarray(rng.standard_normal(np.shape(arrays[k]))) for k in problem.wrt]
    found = hvp(loaded(problem), names(problem)).compile("numpy")(*arrays, *vectors)
    ts = tensors(problem, arrays)
    wanted = [ts[k] for k in problem.wrt]
    first = torch.autograd.grad(problem.loss(*ts), wanted, create_graph=True)
    slope = sum((g * torch.tensor(v)).sum() for g, v in zip(first, vectors, strict=True))
    second = torch.autograd.grad(slope, wanted, allow_unused=True, materialize_grads=True)
    for mine, theirs in zip(found if len(wanted) > 1 else (found,), second, strict=True):
        close(mine, theirs, 1e-8)


@EACH
def test_forward_mode_agrees_with_reverse_mode(problem: Problem) -> None:
    arrays = problem.arrays()
    d = loaded(problem)
    rng = np.random.default_rng(2)
    smooth = [k for k, a in enumerate(arrays) if np.asarray(a).dtype.kind == "f"]
    tangents = [np.asarray(rng.standard_normal(np.shape(arrays[k]))) for k in smooth]
    along = jvp(d).compile("numpy")(*arrays, *tangents)
    slopes = grad(d).compile("numpy")(*arrays)
    want = sum(float((g * t).sum()) for g, t in zip(slopes[1:], tangents, strict=True))
    assert float(along[1]) == pytest.approx(want, rel=1e-9, abs=1e-10)


@EACH
@pytest.mark.parametrize("kind", ["gradient", "hessian"])
def test_derivatives_are_text_that_reads_back(problem: Problem, kind: str) -> None:
    d = loaded(problem)
    new = grad(d, names(problem)) if kind == "gradient" else hvp(d, names(problem))
    again = diagram.loads(to_text(new, "derivative"))["derivative"]
    assert (again.dom, again.cod) == (new.dom, new.cod)
    arrays = problem.arrays()
    if kind == "hessian":
        arrays += [np.ones(np.shape(arrays[k])) for k in problem.wrt]
    one, two = new.compile("numpy")(*arrays), again.compile("numpy")(*arrays)
    for mine, theirs in zip(*(x if isinstance(x, tuple) else (x,) for x in (one, two)), strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-10, atol=1e-10)
