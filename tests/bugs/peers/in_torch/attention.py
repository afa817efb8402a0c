"""Attention in torch, jaxtyping's annotations on every function; as many queries as keys, 8 heads of 8."""

import math

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from tests.bugs.peers.checking import checked, randomised

b, q, x, h, k, v, m = 2, 16, 16, 8, 8, 8, 64


@checked
def attend(
    Q: Float[Tensor, "b q h k"],
    K: Float[Tensor, "b x h k"],
    V: Float[Tensor, "b x h v"],
    M: Bool[Tensor, "q x"],
) -> Float[Tensor, "b q h v"]:
    S = torch.einsum("bqhk,bxhk->bhqx", Q, K) * K.shape[-1] ** -0.5
    S = S.masked_fill(~M, -math.inf)
    A = S.softmax(-1)
    return torch.einsum("bhqx,bxhv->bqhv", A, V)


class MultiHead(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.Q, self.K = nn.Linear(m, h * k, bias=False), nn.Linear(m, h * k, bias=False)
        self.V = nn.Linear(m, h * v, bias=False)
        self.O = nn.Linear(h * v, m, bias=False)

    @checked
    def forward(
        self, E: Float[Tensor, "b q m"], X: Float[Tensor, "b x m"], M: Bool[Tensor, "q x"]
    ) -> Float[Tensor, "b q m"]:
        Q = self.Q(E).unflatten(-1, (h, k))
        K = self.K(X).unflatten(-1, (h, k))
        V = self.V(X).unflatten(-1, (h, v))
        Y = attend(Q, K, V, M)
        return self.O(Y.flatten(2))


@checked
def causal(
    Q: Float[Tensor, "b x h k"], K: Float[Tensor, "b x h k"], V: Float[Tensor, "b x h v"]
) -> Float[Tensor, "b x h v"]:
    i = torch.arange(Q.shape[1])
    S = torch.einsum("bihk,bjhk->bhij", Q, K) * K.shape[-1] ** -0.5
    W = S.masked_fill(i > i[:, None], -math.inf).softmax(-1)
    return torch.einsum("bhij,bjhv->bihv", W, V)


def run() -> tuple[Tensor, ...]:
    net = randomised(MultiHead())
    seen = torch.ones(q, x, dtype=torch.bool).tril(4).triu(-8)
    Q, K, V = (torch.randn(b, x, h, k) for _ in range(3))
    return net(torch.randn(b, q, m), torch.randn(b, x, m), seen), causal(Q, K, V)


BUGS = {
    "heads and features of Q exchanged": ("bqhk,bxhk->", "bqkh,bxhk->"),
    "softmax over the asking positions": ("A = S.softmax(-1)", "A = S.softmax(-2)"),
    "softmax over an axis that is gone": "an axis that is gone has no number",
    "output mistyped: the key axis is left in": ("bhqx,bxhv->bqhv", "bhqx,bxhv->bxhv"),
    "mask transposed": ("~M,", "~M.mT,"),
    "mask on the heads": ("~M,", "~M[:, None],"),
    "values read with the feature axis of keys": "axes have no names beyond one expression",
    "a mistyped axis would be summed silently": ("bqhk,bxhk->", "bqhk,bxhj->"),
    "queries and keys exchanged in the call": ("attend(Q, K, V, M)", "attend(K, Q, V, M)"),
    "keys from the wrong sequence": ("self.K(X)", "self.K(E)"),
    "values from the wrong sequence": ("self.V(X)", "self.V(E)"),
    "values given as keys": ("attend(Q, K, V, M)", "attend(Q, V, K, M)"),
    "output projection over the positions too": ("Y.flatten(2)", "Y.flatten(1)"),
    "causal softmax over the asking index": ("-math.inf).softmax(-1)", "-math.inf).softmax(-2)"),
    "causal result on the answering positions": ("bhij,bjhv->bihv", "bhij,bihv->bjhv"),
}
