"""Convolutions, pooling and convolutional networks of the gallery against torch.nn.functional."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from tests.neural.harness import Case, compare, compare_reverse


def part(p, path):
    return {n.removeprefix(f"{path}."): t for n, t in p.items() if n.startswith(f"{path}.")}


def conv1d(p, x, **options):
    return F.conv1d(x, p["weight"], p["bias"], **options)


def conv2d(p, x, **options):
    return F.conv2d(x, p["weight"], p["bias"], **options)


def plain(path, **options):
    """A convolution of a network, by its path."""
    return lambda p, x: F.conv2d(x, p[f"{path}.weight"], p[f"{path}.bias"], **options)


def grouped(p, x):
    w = p["weight"]
    return F.conv2d(x, w.flatten(0, 1), p["bias"].flatten(), padding=1, groups=w.shape[0])


def separable(p, x):
    w = p["depth"]
    y = F.conv2d(x, w[:, None], padding=w.shape[-1] // 2, groups=w.shape[0])
    return F.conv2d(F.relu(y), p["point.weight"][:, :, None, None], p["point.bias"])


def transposed(s, pad):
    return lambda p, x: F.conv_transpose2d(x, p["weight"], p["bias"], stride=s, padding=pad)


def causal1d(w, d):
    return lambda p, x: F.conv1d(F.pad(x, (d * (w - 1), 0)), p["weight"], p["bias"], dilation=d)


def tcn(p, x):
    y = causal1d(1, 1)(part(p, "first"), x)
    for n in range(3):
        z = x = y
        for k in ("conv1", "conv2"):
            z = F.relu(causal1d(3, 2**n)(part(p, f"{k}.{n}"), z))
        y = F.relu(x + z)
    return y


def normed(p, path, x):
    return F.instance_norm(x, weight=p[f"{path}.weight"], bias=p[f"{path}.bias"])


def basic(p, x, s=1):
    y = F.relu(normed(p, "norm1", plain("conv1", stride=s, padding=1)(p, x)))
    y = normed(p, "norm2", plain("conv2", padding=1)(p, y))
    shortcut = plain("shortcut", stride=s)(p, x) if "shortcut.weight" in p else x
    return F.relu(shortcut + y)


def bottleneck(p, x):
    y = F.relu(normed(p, "norm1", plain("conv1")(p, x)))
    y = F.relu(normed(p, "norm2", plain("conv2", padding=1)(p, y)))
    return F.relu(x + normed(p, "norm3", plain("conv3")(p, y)))


def resnet(p, x):
    y = F.relu(plain("stem", padding=1)(p, x))
    y = basic(part(p, "stage2"), basic(part(p, "stage1"), y), 2)
    return F.linear(y.mean((2, 3)), p["head.weight"], p["head.bias"])


def squeeze_excite(p, x):
    s = F.relu(F.linear(x.mean((2, 3)), p["down.weight"], p["down.bias"]))
    return x * torch.sigmoid(F.linear(s, p["up.weight"], p["up.bias"]))[:, :, None, None]


def convnext(p, x):
    y = F.conv2d(x, p["depth"][:, None], p["shift"], padding=3, groups=x.shape[1]).movedim(1, -1)
    y = F.layer_norm(y, y.shape[-1:], p["norm.weight"], p["norm.bias"], 1e-6)
    y = F.linear(F.gelu(F.linear(y, p["up.weight"], p["up.bias"])), p["down.weight"], p["down.bias"])
    return x + (y * p["gamma"]).movedim(-1, 1)


def double(p, path, x):
    for k in ("conv1", "conv2"):
        x = F.relu(plain(f"{path}.{k}", padding=1)(p, x))
    return x


def unet(p, x):
    def level(path, x):
        if f"{path}.conv1.weight" in p:
            return double(p, path, x)
        across = double(p, f"{path}.inward", x)
        deep = level(f"{path}.deeper", F.max_pool2d(across, 2))
        up = F.conv_transpose2d(deep, p[f"{path}.up.weight"], p[f"{path}.up.bias"], stride=2)
        return double(p, f"{path}.outward", torch.cat([across, up], 1))

    return plain("head")(p, level("body", x))


def run(reference, **options):
    return lambda p, x: reference(p, x, **options)


def fixed(**sizes):
    """Two sets of channels."""
    return ({"c": 3, "o": 4, **sizes}, {"c": 1, "o": 2, **sizes})


SERIES = ({"b": 2, "t": 9}, {"b": 1, "t": 14})
PICTURE = ({"b": 2, "y": 8, "x": 10}, {"b": 1, "y": 7, "x": 9})
EVEN = ({"b": 2, "y": 8, "x": 4}, {"b": 1, "y": 4, "x": 12})
WIDE = {"stride": 2, "dilation": 3, "padding": 2}
GROUPS = ({"c": 4, "g": 2, "n": 3, "w": 3, "p": 1}, {"c": 3, "g": 3, "n": 1, "w": 3, "p": 1})
DEPTHS = ({"depth": 1, "w": 3, "z": 2, "c": 2}, {"depth": 2, "w": 2, "z": 3, "c": 1})
CASES = (
    Case("convolution", "conv1d", conv1d, fixed(w=3), SERIES),
    Case("convolution", "conv1d", run(conv1d, **WIDE), fixed(w=3, s=2, d=3, p=2), SERIES),
    Case("convolution", "conv2d", conv2d, fixed(w=3), PICTURE),
    Case("convolution", "conv2d", run(conv2d, padding=1), fixed(w=3, p=1), PICTURE),
    Case("convolution", "conv2d", run(conv2d, stride=3), fixed(w=2, s=3), PICTURE),
    Case("convolution", "conv2d", run(conv2d, **WIDE), fixed(w=3, s=2, d=3, p=2), PICTURE),
    Case("convolution", "conv2d", run(conv2d, stride=2), fixed(w=1, s=2), PICTURE),
    Case("convolution", "grouped", grouped, GROUPS, PICTURE),
    Case("convolution", "separable", separable, fixed(w=3), PICTURE),
    Case("convolution", "separable", separable, fixed(w=5), PICTURE),
    Case("convolution", "transposed", transposed(1, 0), fixed(w=3), PICTURE),
    Case("convolution", "transposed", transposed(2, 1), fixed(w=4, s=2, p=1), PICTURE),
    Case("convolution", "transposed", transposed(3, 0), fixed(w=2, s=3), PICTURE),
    Case("convolution", "max_pool", lambda p, x: F.max_pool2d(x, 2), ({"c": 3},), PICTURE),
    Case("convolution", "max_pool", lambda p, x: F.max_pool2d(x, 3), ({"c": 3, "w": 3},), PICTURE),
    Case("convolution", "max_pool_padded", lambda p, x: F.max_pool2d(x, 3, 2, 1), ({"c": 3},), PICTURE),
    Case("convolution", "mean_pool", lambda p, x: F.avg_pool2d(x, 2), ({"c": 3},), PICTURE),
    Case("convolution", "causal1d", causal1d(3, 2), fixed(w=3, d=2), SERIES),
    Case("convolution", "tcn", tcn, ({"c": 3, "N": 3, "f": 5},), SERIES),
    Case("residual", "identity_block", basic, ({"c": 3}, {"c": 2}), PICTURE),
    Case("residual", "basic_block", run(basic, s=2), fixed(s=2), PICTURE),
    Case("residual", "basic_block", basic, fixed(s=1), PICTURE),
    Case("residual", "bottleneck", bottleneck, ({"c": 4, "f": 2}, {"c": 2, "f": 3}), PICTURE),
    Case("residual", "resnet", resnet, ({"c": 3, "w": 4, "z": 5},), PICTURE),
    Case("residual", "squeeze_excite", squeeze_excite, ({"c": 4, "f": 2}, {"c": 1, "f": 3}), PICTURE),
    Case("residual", "convnext", convnext, ({"c": 4}, {"c": 2}), PICTURE),
    Case("unet", "unet", unet, DEPTHS, EVEN),
)  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=str)
def test_outputs_and_all_gradients_equal_torch(case):
    compare(case)


@pytest.mark.parametrize("case", [c for c in CASES if c.reverse], ids=str)
def test_the_derivative_as_a_diagram_equals_torch(case):
    compare_reverse(case)
