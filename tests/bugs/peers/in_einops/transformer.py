"""A pre-norm transformer block in einops; 64 positions of width 64, 8 heads of 8."""

import math

import torch
from einops import einsum, rearrange, reduce
from torch import Tensor
from torch.nn.functional import gelu

b, t, m, h, k, f = 2, 64, 64, 8, 8, 256


def norm(X: Tensor, weight: Tensor) -> Tensor:
    C = X - reduce(X, "b t m -> b t 1", "mean")
    return C / (reduce(C**2, "b t m -> b t 1", "mean") + 1e-5).sqrt() * weight


def attention(X: Tensor, W: dict[str, Tensor]) -> Tensor:
    Q, K, V = (rearrange(X @ W[n], "b t (h k) -> b t h k", h=h) for n in "QKV")
    S = einsum(Q, K, "b i h k, b j h k -> b h i j") * k**-0.5
    i = torch.arange(X.shape[1])
    A = S.masked_fill(i > i[:, None], -math.inf).softmax(-1)
    Y = einsum(A, V, "b h i j, b j h k -> b i h k")
    return einsum(Y, W["O"], "b t h k, h k m -> b t m")


def mlp(X: Tensor, W: dict[str, Tensor]) -> Tensor:
    H = gelu(einsum(X, W["up"], "b t m, f m -> b t f"))
    return einsum(H, W["down"], "b t f, m f -> b t m")


def block(X: Tensor, W: dict[str, Tensor]) -> Tensor:
    Y = X + attention(norm(X, W["norm1"]), W)
    return Y + mlp(norm(Y, W["norm2"]), W)


def run() -> tuple[Tensor, ...]:
    W = {n: torch.randn(m, h * k) for n in "QKV"}
    W |= {"O": torch.randn(h, k, m), "up": torch.randn(f, m), "down": torch.randn(m, f)}
    W |= {"norm1": torch.randn(m), "norm2": torch.randn(m)}
    return (block(torch.randn(b, t, m), W),)


BUGS = {
    "norm over the positions": ('X - reduce(X, "b t m -> b t 1"', 'X - reduce(X, "b t m -> b 1 m"'),
    "heads and features of Q exchanged, both 8": ("b i h k, b j h k ->", "b i k h, b j h k ->"),
    "heads and features of the values exchanged, both 8": ("b h i j, b j h k ->", "b h i j, b j k h ->"),
    "transposed square attention": ("b h i j, b j h k ->", "b h j i, b j h k ->"),
    "result on the answering positions": ("b j h k -> b i h k", "b j h k -> b j h k"),
    "the MLP widens twice": ('W["down"], "b t f, m f', 'W["up"], "b t f, m f'),
    "residual of the wrong width": ("return Y + mlp", 'return Y @ W["up"].mT + mlp'),
    "scale and shift over the positions": ('"norm1": torch.randn(m)', '"norm1": torch.randn(t, 1)'),
    "output projection forgets the heads": ("b t h k, h k m -> b t m", "b t k, k m -> b t m"),
}
