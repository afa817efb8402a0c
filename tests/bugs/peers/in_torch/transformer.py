"""A pre-norm transformer block in torch; 64 positions of width 64, 8 heads of 8."""

import math

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import gelu

from tests.bugs.peers.checking import checked, randomised

b, t, m, h, k, f = 2, 64, 64, 8, 8, 256


class Norm(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(m))
        self.bias = nn.Parameter(torch.zeros(m))

    @checked
    def forward(self, X: Float[Tensor, "b t m"]) -> Float[Tensor, "b t m"]:
        C = X - X.mean(-1, keepdim=True)
        return C / ((C**2).mean(-1, keepdim=True) + 1e-5).sqrt() * self.weight + self.bias


class Attention(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.Q, self.K, self.V = (nn.Linear(m, h * k, bias=False) for _ in range(3))
        self.O = nn.Linear(h * k, m, bias=False)

    @checked
    def forward(self, X: Float[Tensor, "b t m"]) -> Float[Tensor, "b t m"]:
        Q, K, V = (part(X).unflatten(-1, (h, k)) for part in (self.Q, self.K, self.V))
        S = torch.einsum("bihk,bjhk->bhij", Q, K) * k**-0.5
        i = torch.arange(X.shape[1])
        A = S.masked_fill(i > i[:, None], -math.inf).softmax(-1)
        Y = torch.einsum("bhij,bjhk->bihk", A, V)
        return self.O(Y.flatten(2))


class MLP(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.up, self.down = nn.Linear(m, f), nn.Linear(f, m)

    @checked
    def forward(self, X: Float[Tensor, "b t m"]) -> Float[Tensor, "b t m"]:
        return self.down(gelu(self.up(X)))


class Block(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.norm1, self.norm2, self.attn, self.ffn = Norm(), Norm(), Attention(), MLP()

    @checked
    def forward(self, X: Float[Tensor, "b t m"]) -> Float[Tensor, "b t m"]:
        Y = X + self.attn(self.norm1(X))
        return Y + self.ffn(self.norm2(Y))


def run() -> tuple[Tensor, ...]:
    return (randomised(Block())(torch.randn(b, t, m)),)


BUGS = {
    "norm over the positions": ("X.mean(-1,", "X.mean(-2,"),
    "heads and features of Q exchanged, both 8": ("bihk,bjhk->", "bikh,bjhk->"),
    "heads and features of the values exchanged, both 8": ("bhij,bjhk->", "bhij,bjkh->"),
    "transposed square attention": ("bhij,bjhk->", "bhji,bjhk->"),
    "result on the answering positions": ("bjhk->bihk", "bjhk->bjhk"),
    "the MLP widens twice": ("self.down(gelu(", "self.up(gelu("),
    "residual of the wrong width": ("return Y + self.ffn", "return self.ffn.up(Y) + self.ffn"),
    "scale and shift over the positions": ("torch.ones(m)", "torch.ones(t, 1)"),
    "output projection forgets the heads": ("self.O = nn.Linear(h * k, m", "self.O = nn.Linear(k, m"),
}
