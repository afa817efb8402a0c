"""The ends of a vision transformer in torch; images of 32 by 32 in 8 by 8 patches."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from tests.bugs.peers.checking import checked, randomised

b, c, p, H, W, m, h, k = 2, 3, 4, 8, 8, 32, 4, 8
s = H * W


class Patches(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.patch = nn.Linear(c * p * p, m)
        self.place = nn.Parameter(torch.zeros(s, m))

    @checked
    def forward(self, X: Float[Tensor, "b c y x"]) -> Float[Tensor, "b (y//4)*(x//4) m"]:
        P = X.unfold(2, p, p).unfold(3, p, p)
        T = self.patch(P.permute(0, 2, 3, 1, 4, 5).flatten(3)).flatten(1, 2)
        return T + self.place


@checked
def heads(X: Float[Tensor, "b s m"]) -> Float[Tensor, "b s h k"]:
    return X.unflatten(-1, (h, k))


class Merge(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.O = nn.Linear(h * k, m, bias=False)

    @checked
    def forward(self, X: Float[Tensor, "b s h k"]) -> Float[Tensor, "b s m"]:
        return self.O(X.flatten(2))


def run() -> tuple[Tensor, ...]:
    X = randomised(Patches())(torch.randn(b, c, H * p, W * p))
    return X, randomised(Merge())(heads(X))


BUGS = {
    "rows and columns of the patches exchanged on merging": ("permute(0, 2, 3, 1", "permute(0, 3, 2, 1"),
    "heads split in the wrong order": ("X.unflatten(-1, (h, k))", "X.unflatten(-1, (k, h)).mT"),
    "heads merged with the positions": ("X.flatten(2)", "X.transpose(1, 2).flatten(2)"),
    "patch stride forgotten": (".unfold(3, p, p)", ".unfold(3, p, 1)"),
}
