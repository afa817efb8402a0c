"""Batch, group and root mean square norms in einops; as many rows as features."""

import torch
from einops import reduce
from torch import Tensor

b, n, t, m, g, s = 4, 64, 64, 64, 8, 4


def batch_norm(X: Tensor, weight: Tensor) -> Tensor:
    C = X - reduce(X, "n m -> 1 m", "mean")
    return C / (reduce(C**2, "n m -> 1 m", "mean") + 1e-5).sqrt() * weight


def group_norm(X: Tensor) -> Tensor:
    C = X - reduce(X, "b g s t -> b g 1 1", "mean")
    return C / (reduce(C**2, "b g s t -> b g 1 1", "mean") + 1e-5).sqrt()


def rms_norm(X: Tensor, scale: Tensor) -> Tensor:
    return X / (reduce(X**2, "b t m -> b t 1", "mean") + 1e-6).sqrt() * scale


def run() -> tuple[Tensor, ...]:
    weight = torch.randn(m)
    scale = torch.randn(m)
    Y = batch_norm(torch.randn(n, m), weight)
    return Y, group_norm(torch.randn(b, g, s, t)), rms_norm(torch.randn(b, t, m), scale)


BUGS = {
    "batch norm over the features": ('reduce(X, "n m -> 1 m"', 'reduce(X, "n m -> n 1"'),
    "scale of the batch": ("weight = torch.randn(m)", "weight = torch.randn(n, 1)"),
    "group norm over the batch axis": ('reduce(X, "b g s t -> b g 1 1"', 'reduce(X, "b g s t -> 1 g 1 t"'),
    "scale over the positions": ("scale = torch.randn(m)", "scale = torch.randn(t, 1)"),
}
