"""The optimisers of `std.optim` against torch.optim: ten steps on an MLP, a convolutional network, a GRU."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F

import diagram

TEXT = """
import std.nn
import std.optim
axis s, i, o, t, a, b, c, m, k

def mlp(X: R[i]) -> R[o] = X >> nn.linear[7] >> tanh >> nn.linear[o]
def mlp_loss(X: R[s, i], T: R[s, o]) -> R = mean[s, o]((mlp(X) - T) ** 2)

def convnet(X: R[a, b, c]) -> R[o] {
  Y = relu(nn.conv2d[4, w = 3, p = 1](X))
  Z = nn.max_pool2d[w = 2](Y)
  W = tanh(nn.conv2d[5, w = 3](Z))
  V = mean[a, b](W)
  return nn.linear[o](V)
}
def conv_loss(X: R[s, a, b, c], T: nat[o][s]) -> R {
  L = log_softmax[o](convnet(X))
  N[s] = -L[s, T[s]]
  return mean[s](N)
}

def gru(H: R[m], X: R[t, i]) -> R[o] {
  H, _ = scan[t, nn.gru_cell[m]](H, X)
  return nn.linear[o](H)
}
def gru_loss(H: R[s, m], X: R[s, t, i], T: R[s, o]) -> R = mean[s, o]((gru(H, X) - T) ** 2)
"""
Values = list[torch.Tensor]
generator = np.random.default_rng(0)


def normal(*shape: int) -> np.ndarray[Any, Any]:
    return generator.standard_normal(shape)


def mlp(p: Values, x: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
    return F.mse_loss(F.linear(torch.tanh(F.linear(x, p[0], p[1])), p[2], p[3]), wanted)


def convnet(p: Values, x: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
    y = F.max_pool2d(F.relu(F.conv2d(x.permute(0, 3, 1, 2), p[0], p[1], padding=1)), 2)
    y = torch.tanh(F.conv2d(y, p[2], p[3])).mean((2, 3))
    return F.cross_entropy(F.linear(y, p[4], p[5]), wanted)


def gru(p: Values, h: torch.Tensor, x: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
    # torch's cell has the three gates of the input, then those of the state, in one array each
    w, u = (torch.cat([p[k + 2 * n] for n in range(3)]) for k in (0, 6))
    bw, bu = (torch.cat([p[k + 2 * n] for n in range(3)]) for k in (1, 7))
    for now in x.unbind(1):
        h = torch.gru_cell(now, h, w, u, bw, bu)
    return F.mse_loss(F.linear(h, p[12], p[13]), wanted)


MODELS: dict[str, tuple[Callable[..., torch.Tensor], Callable[[], list[Any]]]] = {
    "mlp_loss": (mlp, lambda: [normal(8, 3), normal(8, 2)]),
    "conv_loss": (convnet, lambda: [normal(4, 8, 8, 3), generator.integers(0, 3, 4)]),
    "gru_loss": (gru, lambda: [np.zeros((4, 6)), normal(4, 5, 3), normal(4, 2)]),
}


class Lion(torch.optim.Optimizer):
    """Algorithm 2 of Chen et al., Symbolic discovery of optimization algorithms (2023); torch has none."""

    def __init__(self, params: Iterable[Any], lr: float, decay: float) -> None:
        super().__init__(params, {"lr": lr, "decay": decay})

    def step(self) -> None:  # type: ignore[override]
        for group in self.param_groups:
            for p in group["params"]:
                m = self.state[p].setdefault("m", torch.zeros_like(p))
                update = torch.sign(torch.lerp(p.grad, m, 0.9)) + group["decay"] * p.detach()
                p.data -= group["lr"] * update
                m.lerp_(p.grad, 0.01)


optim = torch.optim
OPTIMISERS: dict[str, Callable[[Any], torch.optim.Optimizer]] = {
    "sgd[0.1]": lambda p: optim.SGD(p, 0.1),
    "sgd[0.1, decay = 0.02]": lambda p: optim.SGD(p, 0.1, weight_decay=0.02),
    "momentum[0.1]": lambda p: optim.SGD(p, 0.1, momentum=0.9),
    "momentum[0.1, beta = 0.5, decay = 0.02]": lambda p: optim.SGD(p, 0.1, momentum=0.5, weight_decay=0.02),
    "nesterov[0.1]": lambda p: optim.SGD(p, 0.1, momentum=0.9, nesterov=True),
    "nesterov[0.1, decay = 0.02]": lambda p: optim.SGD(
        p, 0.1, momentum=0.9, nesterov=True, weight_decay=0.02
    ),
    "rmsprop[0.001, alpha = 0.9]": lambda p: optim.RMSprop(p, 0.001, 0.9),
    "adam": lambda p: optim.Adam(p),
    "adam[0.02, b1 = 0.8, decay = 0.1]": lambda p: optim.Adam(p, 0.02, (0.8, 0.999), weight_decay=0.1),
    "adamw": lambda p: optim.AdamW(p),
    "adamw[0.02, b2 = 0.99, decay = 0.2]": lambda p: optim.AdamW(p, 0.02, (0.9, 0.99), weight_decay=0.2),
    "lion[0.01, decay = 0.1]": lambda p: Lion(p, 0.01, 0.1),
}


@pytest.mark.parametrize("optimiser", OPTIMISERS)
@pytest.mark.parametrize("model", MODELS)
def test_ten_steps_are_those_of_torch(model: str, optimiser: str) -> None:
    reference, draw = MODELS[model]
    batches = [draw() for _ in range(10)]
    data = " @ ".join(
        f"{t.dtype}[k{''.join(f', {n}' for n in t.names)}]" for t in diagram.loads(TEXT)[model].dom
    )
    m = diagram.loads(
        f"{TEXT}def step = train[{model}, optim.{optimiser}]\n"
        f"def ten : State[step] @ {data} -> State[step] @ R[k] = scan[k, step]\n"
    )
    step, ten = m["step"], m["ten"]
    assert step.params == ten.params == () and [box.op.name for box in ten.boxes].count("scan") == 1
    assert len(step.input_names) == len(step.dom)
    weights = [k for k, name in enumerate(step.input_names) if name.endswith((".p", "_p"))]
    sizes = {"i": 3, "o": 3 if model == "conv_loss" else 2, "m": 6, "c": 3}
    drawn = np.random.default_rng(1)
    count = len(step.dom) - len(batches[0])
    state = [np.zeros([n.evaluate(sizes) for n in t.shape]) for t in step.dom[:count]]
    for k in weights:
        state[k] = 0.5 * drawn.standard_normal(state[k].shape)
    params = [torch.tensor(state[k], requires_grad=True) for k in weights]
    peer = OPTIMISERS[optimiser](params)
    losses = []
    first = state
    run = step.compile("numpy")
    for batch in batches:
        *state, loss = run(*state, *batch)
        peer.zero_grad()
        wanted = reference(params, *map(torch.tensor, batch))
        wanted.backward()  # type: ignore[no-untyped-call]  # torch's own
        peer.step()
        losses.append(wanted.item())
        assert float(loss) == pytest.approx(wanted.item(), abs=1e-10)
    *last, values = ten.compile("numpy")(*first, *map(np.stack, zip(*batches, strict=True)))
    np.testing.assert_allclose(values, losses, rtol=0, atol=1e-10)
    for mine in (state, last):
        for k, theirs in zip(weights, params, strict=True):
            np.testing.assert_allclose(mine[k], theirs.detach().numpy(), rtol=0, atol=1e-10)
