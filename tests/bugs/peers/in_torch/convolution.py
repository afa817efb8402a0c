"""A small convolutional network in torch; images of 32 by 32, 16 channels in and out."""

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import max_pool2d

from tests.bugs.peers.checking import checked, randomised

b, y, x, c, o, d = 2, 32, 32, 16, 16, 10


class Conv(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.W = nn.Conv2d(c, o, 3, stride=2, padding=1)

    @checked
    def forward(self, X: Float[Tensor, "b y x c"]) -> Float[Tensor, "b o (y-1)//2+1 (x-1)//2+1"]:
        return self.W(X.permute(0, 3, 1, 2))


@checked
def pool(X: Float[Tensor, "b c y x"]) -> Float[Tensor, "b c y//2 x//2"]:
    return max_pool2d(X, 2)


class Head(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.out = nn.Linear(c, d)

    @checked
    def forward(self, X: Float[Tensor, "b c y x"]) -> Float[Tensor, "b d"]:
        return self.out(X.mean((2, 3)))


def run() -> tuple[Tensor, ...]:
    conv, head = randomised(Conv()), randomised(Head())
    model = nn.Sequential(conv, nn.ReLU())
    return (head(pool(model(torch.randn(b, y, x, c)))),)


BUGS = {
    "channels read as rows": ("X.permute(0, 3, 1, 2)", "X"),
    "padding forgotten": ("stride=2, padding=1", "stride=2"),
    "one tap too far in the pooling": ("max_pool2d(X, 2)", "max_pool2d(X[:, :, :, 1:], 2)"),
    "the head forgets one spatial axis": ("X.mean((2, 3))", "X.mean(2)"),
    "kernel index used twice": "a convolution has no indices",
    "stages in the wrong order": (
        "head(pool(model(torch.randn(b, y, x, c))))",
        "pool(head(model(torch.randn(b, y, x, c))))",
    ),
}
