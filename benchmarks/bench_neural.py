"""The gallery beside torch by hand: `python -m benchmarks.bench_neural [--device cuda] [--dtype bf16]`.

Forward and backward with the same weights, in turns in one process; the ratio is that of the medians, ours
over theirs: of CPU time, or on a GPU of the time between events in its stream, GPT-2 at a length of 1024.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import process_time
from typing import Any

import diagram
from benchmarks.bench_numpy_torch import Pair
from benchmarks.measure import Case, shown

GALLERY = Path(__file__).parents[1] / "examples" / "neural"
DTYPES = {"f32": "float32", "bf16": "bfloat16"}
CASES: tuple[Case, ...] = ()
"""These pairs are run by this module: their bars are ratios, not seconds."""
Place = tuple[str, str]
"""A device and a precision."""
Make = Callable[[Place], Pair]


def module(file: str, name: str, place: Place, sizes: dict[str, int]) -> Any:  # Any: a torch module
    """A definition of the gallery on its device."""
    d = diagram.load(GALLERY / f"{file}.diag", sizes=sizes).diagram(name, sizes)
    symbols = {s for type_ in d.wires for size in getattr(type_, "shape", ()) for s in size.symbols}
    known = {k: v for k, v in sizes.items() if k in symbols}
    return d.compile("torch", sizes=known, dtype=place[1], device=place[0])


def noise(place: Place, *shape: int) -> Any:  # Any: a tensor
    """An input that asks for its gradient."""
    import torch

    return torch.randn(*shape, device=place[0], dtype=getattr(torch, DTYPES[place[1]])).requires_grad_()


def pair(ours: Any, theirs: Any, xs: tuple[Any, ...], place: Place, bar: float, rounds: int) -> Pair:
    """Steps forward and backward of both, which agree."""
    import torch

    def value(net: Any) -> Any:
        result = net(*xs)
        return result[0] if isinstance(result, tuple) else result

    tolerance = 5e-2 if place[1] == "bf16" else 1e-3 if place[0] != "cpu" else 1e-4
    torch.testing.assert_close(value(ours), value(theirs), atol=tolerance, rtol=tolerance)

    def step(net: Any) -> Callable[[], object]:
        def run() -> None:
            for x in (*xs, *net.parameters()):
                x.grad = None
            value(net).square().mean().backward()

        return run

    return Pair(step(ours), step(theirs), bar, rounds)


def gpt2(m: int, h: int, t: int, b: int, bar: float, rounds: int) -> Make:
    """A block of GPT-2: causal attention, queries, keys and values from one map."""

    def make(place: Place) -> Pair:
        from benchmarks.neural_by_hand import GPT2Block

        ours = module("gpt2", "block", place, {"m": m, "h": h, "k": m // h, "f": 4 * m})
        length = 1024 if place[0] != "cpu" and m > 100 else t
        return pair(ours, GPT2Block(ours), (noise(place, b, length, m),), place, bar, rounds)

    return make


def llama(m: int, g: int, r: int, t: int, b: int, bar: float, rounds: int) -> Make:
    """A block of LLaMA: rotary positions, grouped queries, SwiGLU."""

    def make(place: Place) -> Pair:
        from benchmarks.neural_by_hand import LlamaBlock

        ours = module("llama", "block", place, {"m": m, "g": g, "r": r, "k": m // (g * r), "f": 3 * m})
        return pair(ours, LlamaBlock(ours), (noise(place, b, t, m),), place, bar, rounds)

    return make


def vit(m: int, h: int, t: int, b: int, bar: float, rounds: int) -> Make:
    """A block of ViT: full attention."""

    def make(place: Place) -> Pair:
        from benchmarks.neural_by_hand import ViTBlock

        ours = module("vision", "block", place, {"m": m, "h": h, "k": m // h, "f": 4 * m})
        return pair(ours, ViTBlock(ours), (noise(place, b, t, m),), place, bar, rounds)

    return make


def resnet(c: int, y: int, b: int, bar: float, rounds: int) -> Make:
    """A basic block of ResNet with instance norms, whose shortcut is the identity."""

    def make(place: Place) -> Pair:
        from benchmarks.neural_by_hand import BasicBlock

        ours = module("residual", "identity_block", place, {"c": c})
        return pair(ours, BasicBlock(ours), (noise(place, b, c, y, y),), place, bar, rounds)

    return make


def lstm(i: int, n: int, t: int, b: int, bar: float, rounds: int) -> Make:
    """An LSTM beside a loop by hand, whose products with the inputs are taken out of it."""

    def make(place: Place) -> Pair:
        from benchmarks.neural_by_hand import LSTM

        ours = module("recurrent", "lstm", place, {"i": i, "n": n})
        xs = (noise(place, b, t, i), noise(place, b, n), noise(place, b, n))
        return pair(ours, LSTM(ours), xs, place, bar, rounds)

    return make


PAIRS: dict[str, Make] = {
    "tiny block m=32 t=8 b=2": gpt2(32, 4, 8, 2, 1.15, 600),
    "GPT-2-small block m=768 t=128 b=2": gpt2(768, 12, 128, 2, 1.05, 12),
    "ViT-S block m=384 t=197 b=4": vit(384, 6, 197, 4, 1.05, 12),
    "LLaMA block m=512 t=128 b=2": llama(512, 4, 2, 128, 2, 1.05, 12),
    "ResNet basic block 4x64x28x28": resnet(64, 28, 4, 1.05, 20),
    "LSTM 32 to 64, 100 steps, b=8": lstm(32, 64, 100, 8, 1.05, 12),
}


def measure(found: Pair, device: str) -> tuple[float, float]:
    """Median seconds of both, run in turns."""
    clock = process_time if device == "cpu" else _stream_clock()
    times: tuple[list[float], list[float]] = ([], [])
    for k in range(found.rounds + max(3, found.rounds // 20)):
        for step, into in zip((found.ours, found.theirs), times, strict=True):
            start = clock()
            step()
            into.append(clock() - start)
        if k < max(3, found.rounds // 20):
            times[0].clear()
            times[1].clear()
    return median(times[0]), median(times[1])


def _stream_clock() -> Callable[[], float]:
    """Seconds at which the GPU has done all that it was given."""
    import torch

    first: Any = torch.cuda.Event(enable_timing=True)  # type: ignore[no-untyped-call]
    first.record()

    def now() -> float:
        event: Any = torch.cuda.Event(enable_timing=True)  # type: ignore[no-untyped-call]
        event.record()
        event.synchronize()
        return float(first.elapsed_time(event)) / 1e3

    return now


def compile_time() -> float:
    """CPU seconds from the text of GPT-2 with twelve layers to a module; its weights are small."""
    sizes = {"v": 64, "m": 24, "h": 3, "k": 8, "f": 96, "n": 64}
    start = process_time()
    module("gpt2", "gpt2", ("cpu", "f32"), sizes)
    return process_time() - start


def main(words: list[str]) -> int:
    """Measure the pairs whose names contain a word; exit code 1 if a bar is missed."""
    parser = argparse.ArgumentParser(prog="bench_neural", description=__doc__)
    parser.add_argument("words", nargs="*")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--dtype", choices=tuple(DTYPES), default="f32")
    args = parser.parse_args(words)
    import torch  # noqa: F401  (imported before anything is timed)

    kept = True
    for name, make in PAIRS.items():
        if args.words and not any(word in name for word in args.words):
            continue
        found = make((args.device, args.dtype))
        ours, theirs = measure(found, args.device)
        ratio = ours / theirs
        kept &= ratio <= found.bar
        verdict = "" if ratio <= found.bar else "  MISSED"
        print(
            f"{name:<40} {shown(ours):>9} by hand {shown(theirs):>9}  {ratio:.3f} (bar {found.bar}){verdict}"
        )
    if not args.words or any(word in "compile" for word in args.words):
        compile_time()
        seconds = median(compile_time() for _ in range(3))
        kept &= seconds <= 0.5
        print(f"{'compile GPT-2 of 12 layers from text':<40} {shown(seconds):>9} (bar 500 ms)")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
