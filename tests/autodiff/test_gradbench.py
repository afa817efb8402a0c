"""GradBench's protocol: messages in, answers out, values against torch and closed forms."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.gradbench.protocol import answer

torch = pytest.importorskip("torch")
RNG = np.random.default_rng(0)


def evaluate(module: str, function: str, given: Any) -> Any:
    done = answer({"id": 7, "kind": "evaluate", "module": module, "function": function, "input": given})
    assert done["id"] == 7 and done["success"], done
    assert all(t["nanoseconds"] > 0 for t in done["timings"])
    json.dumps(done)
    return done["output"]


def test_a_session_is_one_answer_a_line() -> None:
    messages = [
        {"id": 0, "kind": "start", "eval": "hello"},
        {"id": 1, "kind": "define", "module": "hello"},
        {"id": 2, "kind": "evaluate", "module": "hello", "function": "square", "input": 3.0},
        {"id": 3, "kind": "analysis", "of": 2, "valid": True},
        {"id": 4, "kind": "evaluate", "module": "hello", "function": "double", "input": 9.0},
        {"id": 5, "kind": "define", "module": "nowhere"},
        {"id": 6, "kind": "evaluate", "module": "lse", "function": "primal", "input": {"y": [1.0]}},
    ]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.gradbench"], input="".join(json.dumps(m) + "\n" for m in messages),
        capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [a["id"] for a in answers] == list(range(7))
    assert answers[0]["tool"] == "diag"
    assert answers[1]["success"] and answers[2]["output"] == 9.0 and answers[4]["output"] == 18.0
    assert not answers[5]["success"] and not answers[6]["success"] and "x" in answers[6]["error"]


def test_runs_are_as_many_as_asked_for() -> None:
    message = {"id": 1, "kind": "evaluate", "module": "lse", "function": "primal"}
    done = answer({**message, "input": {"x": [0.0, 1.0], "min_runs": 5, "min_seconds": 0.0}})
    assert sum(t["name"] == "evaluate" for t in done["timings"]) == 5


def test_sums_of_exponentials_and_least_squares() -> None:
    x = RNG.standard_normal(6)
    assert evaluate("lse", "primal", {"x": x.tolist()}) == pytest.approx(np.log(np.exp(x).sum()))
    np.testing.assert_allclose(evaluate("lse", "gradient", {"x": x.tolist()}), np.exp(x) / np.exp(x).sum())
    n = 9
    t = np.linspace(-1, 1, n)
    a = t[:, None] ** np.arange(6)
    rest = a @ x - np.sign(t)
    given = {"x": x.tolist(), "n": n}
    assert evaluate("llsq", "primal", given) == pytest.approx((rest**2).sum() / 2)
    np.testing.assert_allclose(evaluate("llsq", "gradient", given), a.T @ rest)


def test_newton_s_direction_of_k_means() -> None:
    points, centres = RNG.standard_normal((20, 2)), RNG.standard_normal((3, 2))
    near = ((points[:, None] - centres) ** 2).sum(-1).argmin(1)
    given = {"points": points.tolist(), "centroids": centres.tolist()}
    assert evaluate("kmeans", "cost", given) == pytest.approx(((points - centres[near]) ** 2).sum())
    want = [(centres[k] - points[near == k].mean(0)).tolist() for k in range(3)]
    np.testing.assert_allclose(evaluate("kmeans", "dir", given), want)


def _mixture(alpha: Any, mu: Any, q: Any, low: Any, x: Any, gamma: float, m: int) -> Any:
    """The posterior with scipy-free closed forms, by torch's own distributions."""
    k, d = mu.shape
    full = torch.zeros(k, d, d, dtype=torch.float64)
    columns, below = np.triu_indices(d, 1)
    full[:, below, columns] = low
    full = full + torch.diag_embed(torch.exp(q))
    precision = full.transpose(1, 2) @ full
    mixture = torch.distributions.MixtureSameFamily(
        torch.distributions.Categorical(logits=alpha),
        torch.distributions.MultivariateNormal(mu, precision_matrix=precision),
    )
    n = d + m + 1
    normal = n * d * (np.log(gamma) - 0.5 * np.log(2)) - torch.special.multigammaln(torch.tensor(0.5 * n), d)
    prior = k * normal - 0.5 * gamma**2 * (full**2).sum() + m * q.sum()
    return mixture.log_prob(x).sum() + prior


def test_gaussian_mixtures_are_those_of_torch_s_distributions() -> None:
    k, d, n = 3, 3, 8
    shapes = {"alpha": (k,), "mu": (k, d), "q": (k, d), "l": (k, d * (d - 1) // 2), "x": (n, d)}
    data = {name: RNG.standard_normal(s) * 0.5 for name, s in shapes.items()}
    given = {**{name: a.tolist() for name, a in data.items()}, "k": k, "d": d, "n": n, "gamma": 1.3, "m": 2}
    ts = {name: torch.tensor(a, requires_grad=name != "x") for name, a in data.items()}
    value = _mixture(ts["alpha"], ts["mu"], ts["q"], ts["l"], ts["x"], 1.3, 2)
    assert evaluate("gmm", "objective", given) == pytest.approx(value.item(), rel=1e-6)
    slopes = evaluate("gmm", "jacobian", given)
    value.backward()
    for name in ("alpha", "mu", "q", "l"):
        np.testing.assert_allclose(slopes[name], ts[name].grad.numpy(), rtol=1e-8, atol=1e-9)


def test_an_ordinary_differential_equation() -> None:
    """The last component is x0 x1 ... t^n / n! exactly, as long as n <= 4."""
    x = np.array([0.7, 1.1, 1.3])
    given = {"x": x.tolist(), "s": 3}
    want = np.cumprod(x * 2 / np.arange(1, 4))
    np.testing.assert_allclose(evaluate("ode", "primal", given), want)
    np.testing.assert_allclose(evaluate("ode", "gradient", given), want[-1] / x)


def test_determinants_by_minors() -> None:
    a = RNG.standard_normal((4, 4))
    given = {"A": a.ravel().tolist(), "ell": 4}
    assert evaluate("det", "primal", given) == pytest.approx(np.linalg.det(a))
    want = np.linalg.det(a) * np.linalg.inv(a).T
    np.testing.assert_allclose(evaluate("det", "gradient", given), want.ravel())
