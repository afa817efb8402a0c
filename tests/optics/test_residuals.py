"""What an optic keeps: types and bytes, as they are really held, beside what torch's autograd keeps."""

from __future__ import annotations

import numpy as np
import pytest

import diagram
from diagram import loads
from diagram.optic import Optic, rev
from diagram.slim import bytes_kept, slim
from tests.autodiff.problems import PROBLEMS, Problem
from tests.derivative.diagrams import DOM, random

torch = pytest.importorskip("torch")
MORE = {"lstm": 1.13, "ode": 1.03, "hand": 1.86, "determinant": 1.56}
"""Where more is kept than torch keeps, and by how much: states of a loop before and after a step are two
arrays, and torch's determinant is another algorithm."""


def made(optic: Optic, arrays: list) -> int:
    """The bytes of the residual's arrays that the forward pass makes, counted where it has run."""
    n = len(optic.cod)
    results = optic.forward.compile("numpy")(*arrays)
    arrays_left = (results if isinstance(results, tuple) else (results,))[n:]
    wires, given = optic.forward.outputs[n:], set(optic.forward.inputs)
    own = {w: np.asarray(a).nbytes for w, a in zip(wires, arrays_left, strict=True) if w not in given}
    return sum(own.values())


def kept_by_torch(problem: Problem, arrays: list) -> int:
    """The bytes of the tensors that autograd packs, inputs apart."""
    ts = [torch.tensor(a) for a in arrays]
    for k in problem.wrt:
        ts[k].requires_grad_()
    given = {t.untyped_storage().data_ptr() for t in ts}
    seen: dict[int, int] = {}

    def pack(t):
        seen[t.untyped_storage().data_ptr()] = t.untyped_storage().nbytes()
        return t

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda t: t):
        value = problem.loss(*ts)
    assert value.requires_grad
    return sum(n for at, n in seen.items() if at not in given)


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda p: p.name)
def test_slim_residuals_are_no_larger_than_what_torch_keeps(problem: Problem) -> None:
    arrays = problem.arrays(2)
    optic = rev(diagram.load(problem.path, problem.sizes or None)["loss"])
    small = slim(optic)
    mine = made(small, arrays)
    assert mine <= made(optic, arrays)
    assert mine <= MORE.get(problem.name, 1) * kept_by_torch(problem, arrays)
    value = optic.get().compile("numpy")(*arrays)
    seeds = [np.ones(np.shape(value))]
    whole, less = (o.closed().compile("numpy")(*arrays, *seeds) for o in (optic, small))
    for a, b in zip(whole, less, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-12 * (1 + np.abs(b).max(initial=0)))


@pytest.mark.parametrize("seed", range(10))
def test_slim_keeps_the_map_of_random_diagrams(seed: int) -> None:
    optic = rev(random(np.random.default_rng(seed), DOM, 8, 2, 0))
    small = slim(optic)
    sizes = [k.evaluate(dict.fromkeys(k.symbols, 3)) for k in map(bytes_kept, (small, optic))]
    assert sizes[0] <= sizes[1]
    assert small == optic


TEXT = """
axis n = 5, m = 3
def f(X: R[n]) -> R[m] { learn W : [n] -> [m], bias  return tanh(W(X)) }
def g(Y: R[m]) -> R[n] { learn W : [m] -> [n]  return sin(W(Y)) }
def o = Rev[f]
def p = Rev[g]
def both = Rev[f] >> Rev[g]
def beside = Rev[f] @ Rev[g]
def small = slim[Rev[f] >> Rev[g]]
test "bytes" {
  assert cost[both, bytes] == cost[o, bytes] + cost[p, bytes]
  assert cost[beside, bytes] == cost[o, bytes] + cost[p, bytes]
  assert cost[small, bytes] <= cost[both, bytes]
  assert small == both
}
"""


def test_the_residual_of_a_composite_is_the_tensor_of_residuals() -> None:
    m = loads(TEXT)
    assert [r.errors for r in m.tests()] == [[]]
    one, two = rev(m["f"]), rev(m["g"])
    assert (one >> two).left == one.left + two.left == (one @ two).left
    assert bytes_kept(one >> two) == bytes_kept(one) + bytes_kept(two)


def test_bytes_are_those_really_held() -> None:
    m = loads(TEXT)
    for optic in (rev(m["f"]), rev(m["g"]), rev(m["f"]) >> rev(m["g"])):
        xs = [np.ones([n.constant for n in t.shape]) for t in optic.dom]
        assert made(optic, xs) == bytes_kept(optic)
