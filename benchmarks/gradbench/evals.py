"""The functions of GradBench, all from `examples/autodiff`.

Each takes the input of a message, and gives the work to time: compiled before, with its arrays at hand.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from math import lgamma, log, pi
from typing import Any

import numpy as np

import diagram
from benchmarks.gradbench import descent, scenes
from benchmarks.gradbench.work import Array, Work, gradient, number, primal, real, second, slope
from diagram.derivative import grad


def _hello(x: Any) -> Work:
    f = diagram.loads("def square(x: R) -> R = x ** 2")["square"].compile("numpy")
    return Work(lambda: f(real(x)), float)


def _double(x: Any) -> Work:
    f = grad(diagram.loads("def square(x: R) -> R = x ** 2")["square"]).compile("numpy")
    return Work(lambda: f(real(x))[1], float)


def _least_squares(given: Mapping[str, Any]) -> list[Array]:
    n = given["n"]
    t = -1 + np.arange(n) * 2 / (n - 1)
    return [real(given["x"]), t, np.sign(t)]


def _points(given: Mapping[str, Any]) -> list[Array]:
    return [real(given["points"]), real(given["centroids"])]


def _direction(given: Mapping[str, Any]) -> Work:
    """Newton's step: the gradient over the Hessian, which is diagonal."""
    x, c = _points(given)
    first, twice, one = gradient("kmeans", ("C",)), second("kmeans", ("C",)), np.ones_like(c)
    return Work(lambda: first(x, c)[1] / twice(x, c, one), lambda a: a.tolist())


def _lower(packed: Any, d: int) -> Array:
    """Strict lower triangles from rows that list them column by column."""
    rows = real(packed).reshape(-1, d * (d - 1) // 2)
    full = np.zeros((len(rows), d, d))
    columns, below = np.triu_indices(d, 1)
    full[:, below, columns] = rows
    return full


def _mixture(given: Mapping[str, Any]) -> list[Array]:
    k, d = given["k"], given["d"]
    return [
        real(given["alpha"]), real(given["mu"]).reshape(k, d), real(given["q"]).reshape(k, d),
        _lower(given["l"], d), real(given["x"]).reshape(-1, d), real(given["gamma"]), real(given["m"]),
    ]  # fmt: skip


def _constant(given: Mapping[str, Any]) -> float:
    """What the posterior has besides the terms that vary."""
    n, d, k, gamma = given["n"], given["d"], given["k"], given["gamma"]
    free = d + given["m"] + 1
    normal = 0.25 * d * (d - 1) * log(pi) + sum(lgamma(0.5 * (free - j)) for j in range(d))
    return float(-0.5 * n * d * log(2 * pi) + k * (free * d * (log(gamma) - 0.5 * log(2)) - normal))


def _posterior(given: Mapping[str, Any]) -> Work:
    f, arrays, constant = primal("gmm"), _mixture(given), _constant(given)
    return Work(lambda: f(*arrays) + constant, float)


def _posterior_slopes(given: Mapping[str, Any]) -> Work:
    f, arrays, d = gradient("gmm", ("alpha", "mu", "q", "L")), _mixture(given), given["d"]
    columns, below = np.triu_indices(d, 1)

    def output(result: Array) -> dict[str, Any]:
        _, alpha, mu, q, low = result
        return {
            "alpha": alpha.tolist(),
            "mu": mu.tolist(),
            "q": q.tolist(),
            "l": low[:, below, columns].tolist(),
        }

    return Work(lambda: f(*arrays), output)


def _ode(given: Mapping[str, Any]) -> Work:
    f, x = primal("ode", "solve", (("s", given["s"]),)), real(given["x"])
    return Work(lambda: f(x), lambda a: a.tolist())


def _ode_slopes(given: Mapping[str, Any]) -> Work:
    f, x = gradient("ode", ("x",), sizes=(("s", given["s"]),)), real(given["x"])
    return Work(lambda: f(x)[1], lambda a: a.tolist())


def _determinant(given: Mapping[str, Any]) -> Work:
    n = given["ell"]
    f, a = primal("determinant", "loss", (("n", n),)), real(given["A"]).reshape(n, n)
    return Work(lambda: f(a), float)


def _minors(given: Mapping[str, Any]) -> Work:
    n = given["ell"]
    f, a = gradient("determinant", ("A",), sizes=(("n", n),)), real(given["A"]).reshape(n, n)
    return Work(lambda: f(a)[1], lambda b: b.ravel().tolist())


def _sequence(given: Mapping[str, Any]) -> list[Array]:
    """Two rows of four gates for each layer, two rows of states, and the texts."""
    extra, state, sequence = (real(given[k]) for k in ("extra_params", "state", "sequence"))
    n = sequence.shape[1]
    return [real(given["main_params"]).reshape(-1, 2, 4, n), extra, state.reshape(-1, 2, n), sequence]


def _sequence_slopes(given: Mapping[str, Any]) -> Work:
    f, arrays = gradient("lstm", ("P", "E"), "stacked"), _sequence(given)
    return Work(lambda: f(*arrays)[1:], lambda both: [x for a in both for x in a.ravel().tolist()])


EVALS: dict[str, dict[str, Callable[[Any], Work]]] = {
    "hello": {"square": _hello, "double": _double},
    "lse": {
        "primal": number(lambda: primal("logsumexp"), lambda given: [real(given["x"])]),
        "gradient": slope(lambda: gradient("logsumexp", ("x",)), lambda given: [real(given["x"])]),
    },
    "llsq": {
        "primal": number(lambda: primal("least_squares"), _least_squares),
        "gradient": slope(lambda: gradient("least_squares", ("x",)), _least_squares),
    },
    "kmeans": {"cost": number(lambda: primal("kmeans"), _points), "dir": _direction},
    "gmm": {"objective": _posterior, "jacobian": _posterior_slopes},
    "ode": {"primal": _ode, "gradient": _ode_slopes},
    "ba": {"objective": scenes.errors_seen, "jacobian": scenes.errors_seen_slopes},
    "ht": {"objective": scenes.hand_errors, "jacobian": scenes.hand_slopes},
    "lstm": {"objective": number(lambda: primal("lstm", "stacked"), _sequence), "jacobian": _sequence_slopes},
    "particle": {modes: partial(descent.particle, modes) for modes in descent.MODES},
    "saddle": {modes: partial(descent.saddle, modes) for modes in descent.MODES},
    "det": {"primal": _determinant, "gradient": _minors},
}
"""Modules by name, and their functions."""
