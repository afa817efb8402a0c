"""LSTM and GRU in einops; the state is as wide as the input."""

import torch
from einops import einsum, rearrange
from torch import Tensor

b, t, i, n = 2, 10, 32, 32


def lstm(X: Tensor, H: Tensor, C: Tensor, ih: Tensor, hh: Tensor) -> Tensor:
    Y = []
    for x in rearrange(X, "b t i -> t b i"):
        Z = einsum(x, ih, "b i, g n i -> g b n") + einsum(H, hh, "b h, g n h -> g b n")
        C = Z[1].sigmoid() * C + Z[0].sigmoid() * Z[2].tanh()
        H = Z[3].sigmoid() * C.tanh()
        Y.append(H)
    return rearrange(Y, "t b n -> b t n")


def linear(X: Tensor, W: Tensor) -> Tensor:
    return einsum(X, W, "b i, n i -> b n")


def gru(H: Tensor, X: Tensor, W: dict[str, Tensor]) -> Tensor:
    r = (linear(X, W["ir"]) + linear(H, W["hr"])).sigmoid()
    z = (linear(X, W["iz"]) + linear(H, W["hz"])).sigmoid()
    c = (linear(X, W["ic"]) + r * linear(H, W["hc"])).tanh()
    return (1 - z) * c + z * H


def run() -> tuple[Tensor, ...]:
    W = {name: torch.randn(n, i) for name in ("ir", "iz", "ic", "hr", "hz", "hc")}
    ih, hh = torch.randn(4, n, i), torch.randn(4, n, n)
    Y = lstm(torch.randn(b, t, i), torch.randn(b, n), torch.randn(b, n), ih, hh)
    return Y, gru(torch.randn(b, n), torch.randn(b, i), W)


BUGS = {
    "state and input exchanged": ("einsum(x, ih,", "einsum(H, ih,"),
    "a fifth gate": ("H = Z[3]", "H = Z[4]"),
    "gate axis read as features": ("C = Z[1]", "C = Z[:, :, 1]"),
    "reset gate of the input used for the state": ('linear(H, W["hr"])', 'linear(H, W["ir"])'),
    "input gate mixed into the state": ("c + z * H", "c + z * X"),
}
