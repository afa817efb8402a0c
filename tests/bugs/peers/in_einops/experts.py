"""A soft mixture of experts in einops; 64 tokens of width 64, 8 experts."""

import torch
from einops import einsum
from torch import Tensor
from torch.nn.functional import gelu

t, m, e, f = 64, 64, 8, 256


def soft(X: Tensor, gate: Tensor, up: Tensor, down: Tensor) -> Tensor:
    G = einsum(X, gate, "t m, e m -> t e").softmax(-1)
    H = gelu(einsum(X, up, "t m, e f m -> t e f"))
    return einsum(G, H, down, "t e, t e f, e f m -> t m")


def run() -> tuple[Tensor, ...]:
    return (soft(torch.randn(t, m), torch.randn(e, m), torch.randn(e, f, m), torch.randn(e, f, m)),)


BUGS = {
    "gate over the features": "an axis that is gone has no number",
    "experts and hidden axis exchanged": ("t e, t e f, e f m", "t e, t f e, e f m"),
    "down projection read transposed": ("t e, t e f, e f m", "t e, t e f, f e m"),
}
