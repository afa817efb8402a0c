"""What a good programmer writes by hand, with the same weights: the other side of the benchmarks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray

Values = NDArray[Any]
"""Any: real numbers of either precision."""


class TorchBlock(torch.nn.Module):
    """A pre-norm transformer block of torch's layers."""

    def __init__(self, like: torch.nn.Module, heads: int) -> None:
        super().__init__()
        state = {k: v.detach().clone() for k, v in like.state_dict().items()}
        m, f = state["norm1.weight"].shape[0], state["mlp.up.bias"].shape[0]
        self.heads = heads
        self.norm1, self.norm2 = torch.nn.LayerNorm(m), torch.nn.LayerNorm(m)
        self.Q, self.K, self.V, self.O = (torch.nn.Linear(m, m) for _ in "QKVO")
        self.up, self.down = torch.nn.Linear(m, f), torch.nn.Linear(f, m)
        for name, value in self.state_dict().items():
            part = name.split(".")[0]
            path = f"attn.{name}" if part in "QKVO" else f"mlp.{name}" if part in ("up", "down") else name
            value.copy_(state[path].reshape(value.shape))

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        b, t, m = X.shape
        N = self.norm1(X)
        Q, K, V = (f(N).view(b, t, self.heads, -1).transpose(1, 2) for f in (self.Q, self.K, self.V))
        A = F.scaled_dot_product_attention(Q, K, V)
        Y = X + self.O(A.transpose(1, 2).reshape(b, t, m))
        result: torch.Tensor = Y + self.down(F.gelu(self.up(self.norm2(Y))))
        return result


def lstm_loop(X: torch.Tensor, H: torch.Tensor, C: torch.Tensor, *weights: torch.Tensor) -> torch.Tensor:
    """An LSTM as a loop, the products with the inputs taken out of it."""
    ih, ih_bias, hh, hh_bias = (w.flatten(0, 1) for w in weights)
    results = []
    for Z in F.linear(X, ih, ih_bias).unbind(0):
        i, f, g, o = (Z + F.linear(H, hh, hh_bias)).chunk(4, -1)
        C = torch.sigmoid(f) * C + torch.sigmoid(i) * torch.tanh(g)
        H = torch.sigmoid(o) * torch.tanh(C)
        results.append(H)
    return torch.stack(results)


def numpy_block(X: Values, p: Mapping[str, Values], heads: int) -> Values:
    """A pre-norm transformer block in plain numpy."""
    from diagram.ops.special import erf

    b, t, m = X.shape

    def norm(X: Values, name: str) -> Values:
        X = X - X.mean(-1, keepdims=True)
        X /= np.sqrt((X * X).mean(-1, keepdims=True) + 1e-5)
        return X * p[f"{name}.weight"] + p[f"{name}.bias"]

    def linear(X: Values, name: str, out: int) -> Values:
        return X @ p[f"{name}.weight"].reshape(out, -1).T + p[f"{name}.bias"].reshape(out)

    N = norm(X, "norm1")
    Q, K, V = (linear(N, f"attn.{n}", m).reshape(b, t, heads, -1).transpose(0, 2, 1, 3) for n in "QKV")
    S = Q @ K.transpose(0, 1, 3, 2)
    S *= (m // heads) ** -0.5
    S -= S.max(-1, keepdims=True)
    np.exp(S, out=S)
    S /= S.sum(-1, keepdims=True)
    Y = X + linear((S @ V).transpose(0, 2, 1, 3).reshape(b, t, m), "attn.O", m)
    U = linear(norm(Y, "norm2"), "mlp.up", p["mlp.up.bias"].size)
    return Y + linear(0.5 * U * (1 + erf(U * 0.7071067811865476)), "mlp.down", m)


def numpy_mlp(X: Values, p: Mapping[str, Values]) -> Values:
    """Three affine maps with relu between."""
    for name in ("first", "second", "third"):
        X = X @ p[f"{name}.weight"].T + p[f"{name}.bias"]
        if name != "third":
            np.maximum(X, 0, out=X)
    return X
