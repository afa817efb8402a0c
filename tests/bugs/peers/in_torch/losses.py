"""Losses in torch, with the step back that training takes; a batch of 64 vectors of 64 features."""

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from tests.bugs.peers.checking import checked, randomised

n, c, d = 64, 10, 64


@checked
def mse(P: Float[Tensor, "n d"], T: Float[Tensor, "n d"]) -> Float[Tensor, ""]:
    return ((P - T) ** 2).mean()


@checked
def cross_entropy(logits: Float[Tensor, "n c"], labels: Int[Tensor, "n"]) -> Float[Tensor, ""]:
    L = logits.log_softmax(1)
    picked = L[torch.arange(len(L)), labels]
    return -picked.mean()


@checked
def contrastive(A: Float[Tensor, "n d"], B: Float[Tensor, "n d"]) -> Float[Tensor, ""]:
    S = A @ B.mT
    L = S.log_softmax(1)
    D = L.diagonal()
    return -D.mean()


@checked
def regression(P: Float[Tensor, "n"], T: Float[Tensor, "n"]) -> Float[Tensor, ""]:
    return ((P - T) ** 2).mean()


def run() -> tuple[Tensor, ...]:
    net = randomised(nn.Linear(d, 1))
    X, T = torch.randn(n, d, requires_grad=True), torch.randn(n, d)
    P = net(X)[:, 0]
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
    "(n, 1) against (n)": ("net(X)[:, 0]", "net(X)"),
    "mean over one axis only": ("((P - T) ** 2).mean()", "((P - T) ** 2).mean(0)"),
    "softmax over the batch": ("logits.log_softmax(1)", "logits.log_softmax(0)"),
    "labels index the batch": ("L[torch.arange(len(L)), labels]", "L[labels, torch.arange(len(L))]"),
    "contrast over the features": "an axis that is gone has no number",
    "mean over the contrast index": "an axis that is gone has no number",
}
