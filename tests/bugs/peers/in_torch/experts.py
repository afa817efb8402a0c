"""A soft mixture of experts in torch; 64 tokens of width 64, 8 experts."""

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import gelu

from tests.bugs.peers.checking import checked, randomised

t, m, e, f = 64, 64, 8, 256


class Soft(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.gate, self.up = nn.Linear(m, e, bias=False), nn.Linear(m, e * f)
        self.down = nn.Parameter(torch.zeros(e, f, m))

    @checked
    def forward(self, X: Float[Tensor, "t m"]) -> Float[Tensor, "t m"]:
        G = self.gate(X).softmax(-1)
        H = gelu(self.up(X)).unflatten(-1, (e, f))
        return torch.einsum("te,tef,efm->tm", G, H, self.down)


def run() -> tuple[Tensor, ...]:
    return (randomised(Soft())(torch.randn(t, m)),)


BUGS = {
    "gate over the features": "an axis that is gone has no number",
    "experts and hidden axis exchanged": ("te,tef,efm->tm", "te,tfe,efm->tm"),
    "down projection read transposed": ("te,tef,efm->tm", "te,tef,fem->tm"),
}
