"""The ends of a vision transformer in einops; images of 32 by 32 in 8 by 8 patches."""

import torch
from einops import einsum, rearrange
from torch import Tensor

b, c, p, H, W, m, h, k = 2, 3, 4, 8, 8, 32, 4, 8
s = H * W


def patches(X: Tensor, patch: Tensor, place: Tensor) -> Tensor:
    P = rearrange(X, "b c (H i) (W j) -> b H W c i j", i=p, j=p)
    P = einsum(P, patch, "b H W c i j, m c i j -> b H W m")
    return rearrange(P, "b H W m -> b (H W) m") + place


def heads(X: Tensor) -> Tensor:
    return rearrange(X, "b s (h k) -> b s h k", h=h, k=k)


def merge(X: Tensor, O: Tensor) -> Tensor:
    return einsum(X, O, "b s h k, h k m -> b s m")


def run() -> tuple[Tensor, ...]:
    X = patches(torch.randn(b, c, H * p, W * p), torch.randn(m, c, p, p), torch.randn(s, m))
    return X, merge(heads(X), torch.randn(h, k, m))


BUGS = {
    "rows and columns of the patches exchanged on merging": ("-> b (H W) m", "-> b (W H) m"),
    "heads split in the wrong order": ("b s (h k) -> b s h k", "b s (k h) -> b s h k"),
    "heads merged with the positions": ("b s h k, h k m -> b s m", "b h s k, h k m -> b s m"),
    "patch stride forgotten": ("(W j) -> b H W c i j", "(j W) -> b H W c i j"),
}
