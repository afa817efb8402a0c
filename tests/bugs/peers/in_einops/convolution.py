"""A small convolutional network in einops; images of 32 by 32, 16 channels in and out."""

import torch
from einops import einsum, reduce
from torch import Tensor
from torch.nn.functional import pad

b, y, x, c, o, d = 2, 32, 32, 16, 16, 10


def conv(X: Tensor, W: Tensor) -> Tensor:
    windows = pad(X, (0, 0, 1, 1, 1, 1)).unfold(1, 3, 2).unfold(2, 3, 2)
    return einsum(windows, W, "b y x c i j, o c i j -> b y x o")


def pool(X: Tensor) -> Tensor:
    return reduce(X, "b (y i) (x j) c -> b y x c", "max", i=2, j=2)


def head(X: Tensor, W: Tensor) -> Tensor:
    return einsum(reduce(X, "b y x c -> b c", "mean"), W, "b c, d c -> b d")


def run() -> tuple[Tensor, ...]:
    X, W, out = torch.randn(b, y, x, c), torch.randn(o, c, 3, 3), torch.randn(d, c)
    return (head(pool(conv(X, W).relu()), out),)


BUGS = {
    "channels read as rows": ("b y x c i j, o c i j", "b c y x i j, o c i j"),
    "padding forgotten": ("pad(X, (0, 0, 1, 1, 1, 1))", "X"),
    "one tap too far in the pooling": ('reduce(X, "b (y i)', 'reduce(X[:, :, 1:], "b (y i)'),
    "the head forgets one spatial axis": ("b y x c -> b c", "b y x c -> b x c"),
    "kernel index used twice": ("b y x c i j, o c i j", "b y x c i i, o c i j"),
    "stages in the wrong order": ("head(pool(conv(X, W).relu()), out)", "pool(head(conv(X, W).relu(), out))"),
}
