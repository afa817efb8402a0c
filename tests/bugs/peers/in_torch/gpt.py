"""Embedding and loss of a language model in torch; as many positions as there are learned places."""

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from tests.bugs.peers.checking import checked, randomised

b, t, v, n, m = 2, 32, 101, 32, 48


class Embed(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.wte, self.wpe = nn.Embedding(v, m), nn.Embedding(n, m)

    @checked
    def forward(self, tokens: Int[Tensor, "b t"]) -> Float[Tensor, "b t m"]:
        return self.wte(tokens) + self.wpe(torch.arange(tokens.shape[1]))


@checked
def loss(H: Float[Tensor, "b t m"], targets: Int[Tensor, "b t"], head: nn.Linear) -> Float[Tensor, ""]:
    L = head(H).log_softmax(-1)
    nll = -L.gather(2, targets[:, :, None])[:, :, 0]
    return nll.mean()


def run() -> tuple[Tensor, ...]:
    embed, head = randomised(Embed()), randomised(nn.Linear(m, v, bias=False))
    tokens = torch.randint(v, (b, t + 1))
    X = embed(tokens[:, :-1])
    result = loss(X, tokens[:, 1:], head)
    result.backward()
    return X, result


BUGS = {
    "positions looked up in the vocabulary": ("self.wpe(torch.arange", "self.wte(torch.arange"),
    "tokens looked up as features": ("self.wte(tokens)", "self.wte.weight[:, tokens]"),
    "log-softmax over the positions": ("log_softmax(-1)", "log_softmax(1)"),
    "targets index the positions": (
        "L.gather(2, targets[:, :, None])[:, :, 0]",
        "L.gather(1, targets[:, :, None])[:, :, 0]",
    ),
    "mean over the vocabulary": "an axis that is gone has no number",
}
