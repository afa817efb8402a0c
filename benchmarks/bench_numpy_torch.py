"""Compiled diagrams beside hand-written numpy and torch: `python -m benchmarks.bench_numpy_torch [WORD ...]`.

Both sides run in turns in one process; the ratio is that of the medians of CPU time, ours over theirs.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from time import process_time
from typing import Any

import numpy as np
from numpy.typing import NDArray

import diagram
from benchmarks.measure import Case, shown

Values = NDArray[Any]
"""Any: real numbers of either precision."""
Step = Callable[[], object]

BLOCK = """
axis b with { batch }
axis q, x, m, h, k, v, f
def attend(Q: R[q, h, k], K: R[x, h, k], V: R[x, h, v]) -> R[q, h, v] {
  S[q, x, h] = Q[q, h, k] * K[x, h, k] * k**-0.5
  O[q, h, v] = softmax[x](S)[q, x, h] * V[x, h, v]
  return O
}
def layer_norm[m: axis, eps: real = 1e-5](X: R[m]) -> R[m] {
  learn weight : [m] = ones
  learn bias   : [m] = zeros
  centred = X - mean[m](X)
  return centred / sqrt(mean[m](centred ** 2) + eps) * weight + bias
}
def multi_head[h: axis, k: axis](E: R[q, m], X: R[x, m]) -> R[q, m] {
  learn Q, K, V : [m] -> [h, k], bias
  learn O       : [h, k] -> [m], bias
  return O(attend(Q(E), K(X), V(X)))
}
def feed_forward[f: axis](X: R[m]) -> R[m] {
  learn up : [m] -> [f], bias
  learn down : [f] -> [m], bias
  return down(gelu(up(X)))
}
def block[h: axis, k: axis, f: axis](X: R[b, x, m]) -> R[b, x, m] {
  learn norm1 = layer_norm[m]
  learn attn  = multi_head[h, k]
  learn norm2 = layer_norm[m]
  learn mlp   = feed_forward[f]
  N = norm1(X)
  Y = X + attn(N, N)
  return Y + mlp(norm2(Y))
}
"""
MLP = """
axis b with { batch }
axis i, j, k, o
def mlp[j: axis, k: axis, o: axis](X: R[b, i]) -> R[b, o] {
  learn first : [i] -> [j], bias
  learn second : [j] -> [k], bias
  learn third : [k] -> [o], bias
  return third(relu(second(relu(first(X)))))
}
"""
RESIDUAL = """
axis b with { batch }
axis y, x, c
def conv[o: axis](X: R[b, y, x, c]) -> R[b, y, x, o] {
  axis i = 3, j = 3
  learn L : [c, i, j] -> [o]
  return L(X[b, y + i - 1, x + j - 1, c; pad 0])
}
def residual(X: R[b, y, x, c]) -> R[b, y, x, c] {
  learn first = conv[c]
  learn second = conv[c]
  return relu(X + second(relu(first(X))))
}
"""
LSTM = """
axis t with { bar }
axis b with { batch }
axis i, n
def lstm[n: axis](X: R[t, b, i], H: R[b, n], C: R[b, n]) -> (Y: R[t, b, n], H: R[b, n], C: R[b, n]) {
  axis g = 4
  learn ih : [i] -> [g, n], bias
  learn hh : [n] -> [g, n], bias
  scan t over X {
    Z = ih(X) + hh(H)
    C = sigmoid(Z[b, 1, n]) * C + sigmoid(Z[b, 0, n]) * tanh(Z[b, 2, n])
    H = sigmoid(Z[b, 3, n]) * tanh(C)
    emit Y = H
  }
  return Y, H, C
}
"""


@dataclass(frozen=True, slots=True)
class Pair:
    """Ours and theirs, prepared; `bar` is the ratio to keep."""

    ours: Step
    theirs: Step
    bar: float
    rounds: int


def measure(pair: Pair) -> tuple[float, float]:
    """Median CPU seconds of both, run in turns."""
    ours, theirs = [], []
    for _ in range(max(3, pair.rounds // 20)):
        pair.ours()
        pair.theirs()
    for _ in range(pair.rounds):
        start = process_time()
        pair.ours()
        middle = process_time()
        pair.theirs()
        ours.append(middle - start)
        theirs.append(process_time() - middle)
    return median(ours), median(theirs)


def transformer(m: int, h: int, t: int, b: int, rounds: int, bar: float) -> Callable[[], Pair]:
    """Forward and backward of a pre-norm block in torch."""

    def make() -> Pair:
        import torch

        from benchmarks.by_hand import TorchBlock

        sizes = {"m": m, "h": h, "k": m // h, "f": 4 * m}
        net = diagram.loads(BLOCK).diagram("block", sizes).compile("torch", sizes=sizes)
        hand = TorchBlock(net, h)
        X = torch.randn(b, t, m)
        torch.testing.assert_close(net(X), hand(X), atol=1e-5, rtol=1e-4)

        def step(module: Any) -> Step:  # Any: a torch module
            return lambda: module(X).square().mean().backward()

        return Pair(step(net), step(hand), bar, rounds)

    return make


def residual(rounds: int) -> Callable[[], Pair]:
    """Forward and backward of two convolutions with a residual, 8 x 64 x 32 x 32."""

    def make() -> Pair:
        import torch
        import torch.nn.functional as F

        net = diagram.loads(RESIDUAL)["residual"].compile("torch", sizes={"c": 64})
        X = torch.randn(8, 64, 32, 32).contiguous(memory_format=torch.channels_last)
        channels_last = X.permute(0, 2, 3, 1)
        first, second = net.first.L.weight, net.second.L.weight

        def hand() -> object:
            Y = torch.relu(X + F.conv2d(torch.relu(F.conv2d(X, first, padding=1)), second, padding=1))
            Y.square().mean().backward()  # type: ignore[no-untyped-call]
            return Y

        return Pair(lambda: net(channels_last).square().mean().backward(), hand, 1.05, rounds)

    return make


def lstm(rounds: int) -> Callable[[], Pair]:
    """Forward and backward of 200 steps, beside the loop by hand."""

    def make() -> Pair:
        import torch

        from benchmarks.by_hand import lstm_loop

        net = diagram.loads(LSTM).diagram("lstm", {"n": 64}).compile("torch", sizes={"n": 64, "i": 32})
        X, H, C = torch.randn(200, 8, 32), torch.zeros(8, 64), torch.zeros(8, 64)
        weights = list(net.parameters())
        torch.testing.assert_close(net(X, H, C)[0], lstm_loop(X, H, C, *weights), atol=1e-5, rtol=1e-4)
        return Pair(
            lambda: net(X, H, C)[0].square().mean().backward(),
            lambda: lstm_loop(X, H, C, *weights).square().mean().backward(),  # type: ignore[no-untyped-call]
            1.1,
            rounds,
        )

    return make


def numpy_block(rounds: int) -> Callable[[], Pair]:
    """Forward of the GPT-2-small block in numpy, single precision."""

    def make() -> Pair:
        from benchmarks.by_hand import numpy_block as by_hand

        sizes = {"m": 768, "h": 12, "k": 64, "f": 3072}
        f = diagram.loads(BLOCK).diagram("block", sizes).compile("numpy", sizes=sizes, dtype="f32")
        X = np.random.default_rng(0).standard_normal((2, 128, 768)).astype("f")
        np.testing.assert_allclose(f(X), by_hand(X, f.params, 12), atol=1e-4)
        return Pair(lambda: f(X), lambda: by_hand(X, f.params, 12), 1.15, rounds)

    return make


def numpy_mlp(sizes: tuple[int, ...], batch: int, rounds: int) -> Callable[[], Pair]:
    """Forward of a perceptron in numpy."""

    def make() -> Pair:
        from benchmarks.by_hand import numpy_mlp as by_hand

        given = dict(zip("ijko", sizes, strict=True))
        f = diagram.loads(MLP).diagram("mlp", given).compile("numpy", sizes=given)
        X = np.random.default_rng(0).standard_normal((batch, sizes[0]))
        np.testing.assert_allclose(f(X), by_hand(X, f.params), atol=1e-10)
        return Pair(lambda: f(X), lambda: by_hand(X, f.params), 1.2, rounds)

    return make


PAIRS: dict[str, Callable[[], Pair]] = {
    "torch tiny block m=32 t=8": transformer(32, 4, 8, 2, 1000, 1.15),
    "torch GPT-2-small block m=768 t=128": transformer(768, 12, 128, 2, 12, 1.05),
    "torch ViT-S block m=384 t=197": transformer(384, 6, 197, 4, 12, 1.05),
    "torch residual block 8x64x32x32": residual(12),
    "torch LSTM 200 steps against the loop": lstm(8),
    "numpy GPT-2-small block forward": numpy_block(12),
    "numpy MLP 784-512-512-10 b=128": numpy_mlp((784, 512, 512, 10), 128, 60),
}

CASES: tuple[Case, ...] = ()
"""These pairs are run by this module: their bars are ratios, not seconds."""


def main(words: list[str]) -> int:
    """Measure the pairs whose names contain a word; exit code 1 if a bar is missed."""
    kept = True
    for name, make in PAIRS.items():
        if words and not any(word in name for word in words):
            continue
        pair = make()
        ours, theirs = measure(pair)
        ratio = ours / theirs
        kept &= ratio <= pair.bar
        verdict = "" if ratio <= pair.bar else "  MISSED"
        print(
            f"{name:<44} {shown(ours):>9} by hand {shown(theirs):>9}  {ratio:.3f} (bar {pair.bar}){verdict}"
        )
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
