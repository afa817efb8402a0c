"""Blocks of the gallery as a good programmer writes them in torch, with the weights of a compiled diagram."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def linear(like: Any, path: str) -> nn.Linear:  # Any: a compiled diagram
    """The `nn.Linear` for a learned map."""
    state = like.state_dict()
    weight, bias = state[f"{path}.weight"], state.get(f"{path}.bias")
    rows = bias.numel() if bias is not None else int(_rows(weight, path))
    made = nn.Linear(weight.numel() // rows, rows, bias is not None, weight.device, weight.dtype)
    made.load_state_dict(
        {"weight": weight.reshape(rows, -1)} | ({} if bias is None else {"bias": bias.reshape(-1)})
    )
    return made


def _rows(weight: Tensor, path: str) -> int:
    """Maps out of the heads have one axis out, maps into them one axis in."""
    return weight.shape[0] if path.endswith(("out", "down")) else weight[..., 0].numel()


def norm(like: Any, path: str, eps: float = 1e-5) -> nn.LayerNorm:
    """The `nn.LayerNorm` for one."""
    state = like.state_dict()
    weight = state[f"{path}.weight"]
    made = nn.LayerNorm(weight.shape[0], eps, device=weight.device, dtype=weight.dtype)
    made.load_state_dict({"weight": weight, "bias": state[f"{path}.bias"]})
    return made


class GPT2Block(nn.Module):
    """One map for queries, keys and values."""

    def __init__(self, like: Any) -> None:
        super().__init__()
        self.heads = like.attn.qkv.weight.shape[1]
        self.norm1, self.norm2 = norm(like, "norm1"), norm(like, "norm2")
        self.qkv, self.out = linear(like, "attn.qkv"), linear(like, "attn.out")
        self.up, self.down = linear(like, "mlp.up"), linear(like, "mlp.down")

    def forward(self, X: Tensor) -> Tensor:
        b, t, m = X.shape
        parts = self.qkv(self.norm1(X)).view(b, t, 3, self.heads, m // self.heads)
        q, k, v = parts.permute(2, 0, 3, 1, 4).unbind(0)
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        X = X + self.out(y.transpose(1, 2).reshape(b, t, m))
        result: Tensor = X + self.down(F.gelu(self.up(self.norm2(X)), approximate="tanh"))
        return result


class ViTBlock(nn.Module):
    """Separate maps, full attention."""

    def __init__(self, like: Any) -> None:
        super().__init__()
        self.heads = like.attn.query.weight.shape[0]
        self.norm1, self.norm2 = norm(like, "norm1", 1e-12), norm(like, "norm2", 1e-12)
        self.query, self.key, self.value, self.out = (
            linear(like, f"attn.{n}") for n in ("query", "key", "value", "out")
        )
        self.up, self.down = linear(like, "mlp.up"), linear(like, "mlp.down")

    def forward(self, X: Tensor) -> Tensor:
        b, t, m = X.shape
        N = self.norm1(X)
        q, k, v = (
            f(N).view(b, t, self.heads, -1).transpose(1, 2) for f in (self.query, self.key, self.value)
        )
        y = F.scaled_dot_product_attention(q, k, v)
        X = X + self.out(y.transpose(1, 2).reshape(b, t, m))
        result: Tensor = X + self.down(F.gelu(self.up(self.norm2(X))))
        return result


class LlamaBlock(nn.Module):
    """Rotary positions from tables made in the step, grouped queries."""

    def __init__(self, like: Any) -> None:
        super().__init__()
        self.g, self.r, self.k, _ = like.attn.query.weight.shape
        state = like.state_dict()
        self.weight1, self.weight2 = (nn.Parameter(state[f"norm{n}.weight"]) for n in (1, 2))
        self.query, self.key, self.value, self.out = (
            linear(like, f"attn.{n}") for n in ("query", "key", "value", "out")
        )
        self.gate, self.up, self.down = (linear(like, f"mlp.{n}") for n in ("gate", "up", "down"))

    def forward(self, X: Tensor) -> Tensor:
        b, t, m = X.shape
        N = F.rms_norm(X, (m,), self.weight1, 1e-6)
        q, k, v = (f(N).view(b, t, -1, self.k).transpose(1, 2) for f in (self.query, self.key, self.value))
        half = self.k // 2
        rate = 10000.0 ** (-2.0 / self.k * torch.arange(half, device=X.device, dtype=X.dtype))
        angle = torch.arange(t, device=X.device, dtype=X.dtype)[:, None] * rate
        cos, sin = angle.cos(), angle.sin()

        def rotate(x: Tensor) -> Tensor:
            a, c = x[..., :half], x[..., half:]
            return torch.cat((a * cos - c * sin, c * cos + a * sin), -1)

        y = F.scaled_dot_product_attention(rotate(q), rotate(k), v, is_causal=True, enable_gqa=True)
        X = X + self.out(y.transpose(1, 2).reshape(b, t, m))
        N = F.rms_norm(X, (m,), self.weight2, 1e-6)
        result: Tensor = X + self.down(F.silu(self.gate(N)) * self.up(N))
        return result


class BasicBlock(nn.Module):
    """Two convolutions with instance norms."""

    def __init__(self, like: Any) -> None:
        super().__init__()
        self.learned = nn.ParameterDict(
            {n.replace(".", "_"): nn.Parameter(t.clone()) for n, t in like.state_dict().items()}
        )

    def forward(self, X: Tensor) -> Tensor:
        p, y = self.learned, X
        for k in (1, 2):
            y = F.conv2d(y, p[f"conv{k}_weight"], p[f"conv{k}_bias"], padding=1)
            y = F.instance_norm(y, weight=p[f"norm{k}_weight"], bias=p[f"norm{k}_bias"])
            y = y.relu() if k == 1 else y
        return F.relu(X + y)


class LSTM(nn.Module):
    """A loop whose products with the inputs are taken out of it."""

    def __init__(self, like: Any) -> None:
        super().__init__()
        self.ih, self.hh = linear(like, "cell.ih"), linear(like, "cell.hh")

    def forward(self, X: Tensor, H: Tensor, C: Tensor) -> Tensor:
        found = []
        for Z in self.ih(X).unbind(1):
            i, f, g, o = (Z + self.hh(H)).chunk(4, -1)
            C = torch.sigmoid(f) * C + torch.sigmoid(i) * torch.tanh(g)
            H = torch.sigmoid(o) * torch.tanh(C)
            found.append(H)
        return torch.stack(found, 1)
