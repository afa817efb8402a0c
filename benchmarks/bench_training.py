"""Whole training steps on numpy beside torch's eager ones: forward, backward, optimiser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from benchmarks.measure import Case, Work

REPEAT = 20
"""Steps in one measurement."""
TEXT = """
import std.nn
import std.optim
axis b, i, f, o
def mlp(X: R[i]) -> R[o] = X >> nn.linear[f] >> tanh >> nn.linear[o]
def mse(X: R[b, i], T: R[b, o]) -> R = mean[b, o]((mlp(X) - T) ** 2)
def entropy(X: R[b, i], T: nat[o][b]) -> R {
  L = log_softmax[o](mlp(X))
  N[b] = -L[b, T[b]]
  return mean[b](N)
}
def mse_sgd = train[mse, optim.sgd[0.1]]
def entropy_sgd = train[entropy, optim.sgd[0.1]]
def entropy_adam = train[entropy, optim.adam[0.001]]
"""
SIZES = {
    "150 x (4-20-3)": {"b": 150, "i": 4, "f": 20, "o": 3},
    "128 x (784-100-10)": {"b": 128, "i": 784, "f": 100, "o": 10},
}


def data(name: str, s: dict[str, int]) -> tuple[Any, Any]:
    """Examples and what is wanted for them."""
    import numpy as np

    rng = np.random.default_rng(0)
    X = rng.standard_normal((s["b"], s["i"]))
    return X, rng.standard_normal((s["b"], s["o"])) if name == "mse_sgd" else rng.integers(0, s["o"], s["b"])


def ours(name: str, s: dict[str, int]) -> Callable[[], Work]:
    """The compiled step, its state going round."""

    def setup() -> Work:
        import numpy as np

        import diagram

        d = diagram.loads(TEXT, sizes=s)[name]
        f = d.compile("numpy")
        rng = np.random.default_rng(1)
        state = [np.zeros([n.evaluate({}) for n in t.shape]) for t in d.dom[:-2]]
        for k, port in enumerate(d.input_names[:-2]):
            if port.endswith(".p"):
                state[k] = 0.1 * rng.standard_normal(state[k].shape)
        X, T = data(name, s)

        def work() -> None:
            now = state
            for _ in range(REPEAT):
                *now, _ = f(*now, X, T)

        return work

    return setup


def torch_eager(name: str, s: dict[str, int]) -> Callable[[], Work]:
    """torch.nn, autograd and torch.optim."""

    def setup() -> Work:
        import torch
        from torch import nn

        torch.set_num_threads(1)
        net = nn.Sequential(nn.Linear(s["i"], s["f"]), nn.Tanh(), nn.Linear(s["f"], s["o"])).double()
        X, T = map(torch.from_numpy, data(name, s))
        loss = nn.functional.mse_loss if name == "mse_sgd" else nn.functional.cross_entropy
        adam = name.endswith("adam")
        optimiser = torch.optim.Adam(net.parameters()) if adam else torch.optim.SGD(net.parameters(), 0.1)

        def work() -> None:
            for _ in range(REPEAT):
                optimiser.zero_grad()
                loss(net(X), T).backward()  # type: ignore[no-untyped-call]  # torch's own
                optimiser.step()

        return work

    return setup


CASES = [
    Case(f"training: {name}, {title}, {REPEAT} steps", ours(name, s), {"torch": torch_eager(name, s)})
    for title, s in SIZES.items()
    for name in ("mse_sgd", "entropy_sgd", "entropy_adam")
]
