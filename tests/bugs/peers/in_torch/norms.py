"""Batch, group and root mean square norms in torch; as many rows as features."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from tests.bugs.peers.checking import checked, randomised

b, n, t, m, g, s = 4, 64, 64, 64, 8, 4


class BatchNorm(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.ones(m)), nn.Parameter(torch.zeros(m))

    @checked
    def forward(self, X: Float[Tensor, "n m"]) -> Float[Tensor, "n m"]:
        C = X - X.mean(0, keepdim=True)
        return C / ((C**2).mean(0, keepdim=True) + 1e-5).sqrt() * self.weight + self.bias


@checked
def group_norm(X: Float[Tensor, "b g s t"]) -> Float[Tensor, "b g s t"]:
    C = X - X.mean((2, 3), keepdim=True)
    return C / ((C**2).mean((2, 3), keepdim=True) + 1e-5).sqrt()


class RMSNorm(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.ones(m))

    @checked
    def forward(self, X: Float[Tensor, "b t m"]) -> Float[Tensor, "b t m"]:
        return X / ((X**2).mean(-1, keepdim=True) + 1e-6).sqrt() * self.scale


def run() -> tuple[Tensor, ...]:
    batch, rms = randomised(BatchNorm()), randomised(RMSNorm())
    return batch(torch.randn(n, m)), group_norm(torch.randn(b, g, s, t)), rms(torch.randn(b, t, m))


BUGS = {
    "batch norm over the features": ("X.mean(0, keepdim", "X.mean(1, keepdim"),
    "scale of the batch": (
        "self.weight, self.bias = nn.Parameter(torch.ones(m))",
        "self.weight, self.bias = nn.Parameter(torch.ones(n, 1))",
    ),
    "group norm over the batch axis": ("X.mean((2, 3)", "X.mean((2, 0)"),
    "scale over the positions": (
        "self.scale = nn.Parameter(torch.ones(m))",
        "self.scale = nn.Parameter(torch.ones(t, 1))",
    ),
}
