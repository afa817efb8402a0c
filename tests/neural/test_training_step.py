"""Whole training steps as diagrams: new weights, loss, and the derivative of all that, against torch."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from tests.neural.harness import Case, compare, compare_reverse, definition, many


def value(weights, x, target):
    up, up_bias, down, down_bias = weights
    return F.cross_entropy(F.linear(F.relu(F.linear(x, up, up_bias)), down, down_bias), target)


def step(rule, width):
    """`rule(state, gradient) -> new state`, the weight last, for each of four arrays."""

    def reference(p, *given):
        *states, x, target = given
        arrays = [states[k : k + width] for k in range(0, 4 * width, width)]
        weights = [a[-1] for a in arrays]
        weights = [w if w.requires_grad else w.clone().requires_grad_() for w in weights]
        loss = value(weights, x, target)
        slopes = torch.autograd.grad(loss, weights, create_graph=True)
        new = [rule(*state, slope) for state, slope in zip(arrays, slopes, strict=True)]
        return (*(a for state in new for a in state), loss)

    return reference


def sgd(w, g):
    return (w - 0.1 * g,)


def momentum(v, w, g):
    v = 0.9 * v + g
    return v, w - 0.1 * v


def adam(m, v, k, w, g):
    k, m, v = k + 1, torch.lerp(g, m, 0.9), torch.lerp(g * g, v, 0.999)
    return m, v, k, w - 1e-3 * (m / (1 - 0.9**k)) / ((v / (1 - 0.999**k)).sqrt() + 1e-8)


def domain(name, x):
    """Second moments are positive, counts are whole."""
    if name.endswith(".v"):
        return x.abs() + 0.1
    return x.abs().ceil() if name.endswith(".n") else x


RUNS = ({"n": 5, "f": 6, "o": 3}, {"n": 1, "f": 6, "o": 3})
CASES = (
    Case("training", "sgd_step", step(sgd, 1), ({"i": 4},), RUNS),
    Case("training", "momentum_step", step(momentum, 2), ({"i": 4},), RUNS),
    Case("training", "adam_step", step(adam, 4), ({"i": 4},), RUNS, domain),
)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_new_weights_loss_and_their_derivatives_equal_torch(case):
    compare(case)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_derivative_of_a_step_as_a_diagram_equals_torch(case):
    compare_reverse(case)


@pytest.mark.parametrize(
    ("case", "width", "make"),
    [
        (CASES[0], 1, lambda ws: torch.optim.SGD(ws, 0.1)),
        (CASES[1], 2, lambda ws: torch.optim.SGD(ws, 0.1, momentum=0.9)),
        (CASES[2], 4, lambda ws: torch.optim.Adam(ws, 1e-3)),
    ],
)
def test_many_steps_are_those_of_torchs_optimizers(case, width, make):
    d = definition(case, {"i": 4})
    run = d.compile("torch", dtype="f64")
    generator = torch.Generator().manual_seed(0)
    shapes = [tuple(n.evaluate({"i": 4, "f": 6, "o": 3}) for n in t.shape) for t in d.dom[: 4 * width]]
    state = [torch.zeros(s, dtype=torch.float64) for s in shapes]
    for k in range(width - 1, 4 * width, width):
        state[k] = torch.randn(shapes[k], generator=generator, dtype=torch.float64)
    weights = [state[k].clone().requires_grad_() for k in range(width - 1, 4 * width, width)]
    optimizer = make(weights)
    for _ in range(5):
        x = torch.randn(7, 4, generator=generator, dtype=torch.float64)
        target = torch.randint(0, 3, (7,), generator=generator)
        *state, loss = many(run(*state, x, target))
        optimizer.zero_grad()
        wanted = value(weights, x, target)
        wanted.backward()
        optimizer.step()
        assert float(loss) == pytest.approx(wanted.item(), abs=1e-12)
        for mine, theirs in zip(state[width - 1 :: width], weights, strict=True):
            assert float((mine - theirs.detach()).abs().max()) < 1e-12
