"""Embedding and loss of a language model in einops; as many positions as there are learned places."""

import torch
from einops import einsum, rearrange, reduce
from torch import Tensor

b, t, v, n, m = 2, 32, 101, 32, 48


def embed(tokens: Tensor, wte: Tensor, wpe: Tensor) -> Tensor:
    return wte[tokens] + rearrange(wpe[torch.arange(tokens.shape[1])], "t m -> 1 t m")


def loss(H: Tensor, targets: Tensor, head: Tensor) -> Tensor:
    L = einsum(H, head, "b t m, v m -> b t v").log_softmax(-1)
    nll = -rearrange(L.gather(2, rearrange(targets, "b t -> b t 1")), "b t 1 -> b t")
    return reduce(nll, "b t -> ", "mean")


def run() -> tuple[Tensor, ...]:
    wte, wpe, head = (torch.randn(s, m, requires_grad=True) for s in (v, n, v))
    tokens = torch.randint(v, (b, t + 1))
    X = embed(tokens[:, :-1], wte, wpe)
    result = loss(X, tokens[:, 1:], head)
    result.backward()
    return X, result


BUGS = {
    "positions looked up in the vocabulary": ("wpe[torch.arange", "wte[torch.arange"),
    "tokens looked up as features": ("return wte[tokens]", "return wte[:, tokens]"),
    "log-softmax over the positions": ("log_softmax(-1)", "log_softmax(1)"),
    "targets index the positions": ("L.gather(2, ", "L.gather(1, "),
    "mean over the vocabulary": ('"b t -> ", "mean"', '"b t v -> b t", "mean"'),
}
