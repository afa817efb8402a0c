"""Losses in einops, with the step back that training takes; a batch of 64 vectors of 64 features."""

import torch
from einops import einsum, rearrange, reduce
from torch import Tensor

n, c, d = 64, 10, 64


def mse(P: Tensor, T: Tensor) -> Tensor:
    return reduce((P - T) ** 2, "n d -> ", "mean")


def cross_entropy(logits: Tensor, labels: Tensor) -> Tensor:
    L = logits.log_softmax(1)
    picked = L[torch.arange(len(L)), labels]
    return -reduce(picked, "n -> ", "mean")


def contrastive(A: Tensor, B: Tensor) -> Tensor:
    S = einsum(A, B, "i d, j d -> i j")
    L = S.log_softmax(1)
    D = L.diagonal()
    return -reduce(D, "i -> ", "mean")


def regression(P: Tensor, T: Tensor) -> Tensor:
    return ((P - T) ** 2).mean()


def run() -> tuple[Tensor, ...]:
    X, T, W = torch.randn(n, d, requires_grad=True), torch.randn(n, d), torch.randn(1, d)
    P = rearrange(einsum(X, W, "n d, o d -> n o"), "n 1 -> n")
    losses = (
        mse(X, T),
        cross_entropy(X[:, :c], torch.randint(c, (n,))),
        contrastive(X, T),
        regression(P, torch.randn(n)),
    )
    for loss in losses:
        loss.backward(retain_graph=True)
    return losses


BUGS = {
    "(n, 1) against (n)": (
        'rearrange(einsum(X, W, "n d, o d -> n o"), "n 1 -> n")',
        'einsum(X, W, "n d, o d -> n o")',
    ),
    "mean over one axis only": ('"n d -> ", "mean"', '"n d -> d", "mean"'),
    "softmax over the batch": ("logits.log_softmax(1)", "logits.log_softmax(0)"),
    "labels index the batch": ("L[torch.arange(len(L)), labels]", "L[labels, torch.arange(len(L))]"),
    "contrast over the features": "an axis that is gone has no number",
    "mean over the contrast index": ('reduce(D, "i -> "', 'reduce(D, "i j -> i"'),
}
