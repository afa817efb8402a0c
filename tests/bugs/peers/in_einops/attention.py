"""Attention in einops; as many queries as keys, 8 heads of 8."""

import math

import torch
from einops import einsum, rearrange
from torch import Tensor

b, q, x, h, k, v, m = 2, 16, 16, 8, 8, 8, 64


def attend(Q: Tensor, K: Tensor, V: Tensor, M: Tensor) -> Tensor:
    S = einsum(Q, K, "b q h k, b x h k -> b h q x") * K.shape[-1] ** -0.5
    S = S.masked_fill(~M, -math.inf)
    A = S.softmax(-1)
    return einsum(A, V, "b h q x, b x h v -> b q h v")


def multi_head(E: Tensor, X: Tensor, M: Tensor, W: dict[str, Tensor]) -> Tensor:
    Q = rearrange(E @ W["Q"], "b q (h k) -> b q h k", h=h)
    K = rearrange(X @ W["K"], "b x (h k) -> b x h k", h=h)
    V = rearrange(X @ W["V"], "b x (h v) -> b x h v", h=h)
    Y = attend(Q, K, V, M)
    return rearrange(Y, "b q h v -> b q (h v)") @ W["O"]


def causal(Q: Tensor, K: Tensor, V: Tensor) -> Tensor:
    i = torch.arange(Q.shape[1])
    S = einsum(Q, K, "b i h k, b j h k -> b h i j") * K.shape[-1] ** -0.5
    W = S.masked_fill(i > i[:, None], -math.inf).softmax(-1)
    return einsum(W, V, "b h i j, b j h v -> b i h v")


def run() -> tuple[Tensor, ...]:
    W = {"Q": torch.randn(m, h * k), "K": torch.randn(m, h * k), "V": torch.randn(m, h * v)}
    W["O"] = torch.randn(h * v, m)
    seen = torch.ones(q, x, dtype=torch.bool).tril(4).triu(-8)
    Q, K, V = (torch.randn(b, x, h, k) for _ in range(3))
    return multi_head(torch.randn(b, q, m), torch.randn(b, x, m), seen, W), causal(Q, K, V)


BUGS = {
    "heads and features of Q exchanged": ("b q h k, b x h k ->", "b q k h, b x h k ->"),
    "softmax over the asking positions": ("A = S.softmax(-1)", "A = S.softmax(-2)"),
    "softmax over an axis that is gone": "an axis that is gone has no number",
    "output mistyped: the key axis is left in": ("b x h v -> b q h v", "b x h v -> b x h v"),
    "mask transposed": ("~M,", "~M.mT,"),
    "mask on the heads": ("~M,", '~rearrange(M, "h x -> h 1 x"),'),
    "values read with the feature axis of keys": ("b x h v -> b q h v", "b x h k -> b q h v"),
    "a mistyped axis would be summed silently": ("b x h k -> b h q x", "b x h kk -> b h q x"),
    "queries and keys exchanged in the call": ("attend(Q, K, V, M)", "attend(K, Q, V, M)"),
    "keys from the wrong sequence": ('X @ W["K"]', 'E @ W["K"]'),
    "values from the wrong sequence": ('X @ W["V"]', 'E @ W["V"]'),
    "values given as keys": ("attend(Q, K, V, M)", "attend(Q, V, K, M)"),
    "output projection over the positions too": ("-> b q (h v)", "-> b (q h v)"),
    "causal softmax over the asking index": ("-math.inf).softmax(-1)", "-math.inf).softmax(-2)"),
    "causal result on the answering positions": ("b j h v -> b i h v", "b i h v -> b j h v"),
}
