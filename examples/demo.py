"""The main road in one go: check, run on numpy, differentiate and draw the transformer block: `make demo`.

Usage: python examples/demo.py [FOLDER]; the results go to FOLDER (default: out).
"""

from __future__ import annotations

import sys
from pathlib import Path
from time import perf_counter

from diagram.cli import main as diag

EXAMPLE = Path(__file__).with_name("transformer.diag")


def demo(out: Path) -> int:
    """Run the commands one after the other, saying each as one would type it; the first failure ends it."""
    out.mkdir(parents=True, exist_ok=True)
    start = perf_counter()
    file = str(EXAMPLE.relative_to(Path.cwd())) if EXAMPLE.is_relative_to(Path.cwd()) else str(EXAMPLE)
    sizes = ["--set", "b=2,t=16"]
    steps = (
        ("Check it: types, axes, sizes.", ["check", file]),
        ("What is in it?", ["show", file]),
        ("Run the block on random tokens with numpy.", ["run", file, "block", *sizes, "-o", f"{out}/y.npz"]),
        (
            "Differentiate it: the derivative is a diagram again.",
            ["grad", file, "block", "-o", f"{out}/block_grad.diag"],
        ),
        ("So it checks,", ["check", f"{out}/block_grad.diag"]),
        ("and runs,", ["run", f"{out}/block_grad.diag", "block_grad", *sizes, "-o", f"{out}/dy.npz"]),
        (
            "and this is what the block looks like, drawn from the same text.",
            ["render", file, "block", "-o", f"{out}/block.svg"],
        ),
        (
            "And this is it:",
            ["render", f"{out}/block_grad.diag", "block_grad", "-o", f"{out}/block_grad.svg"],
        ),
    )
    for text, words in steps:
        print(f"\n{text}\n$ diag {' '.join(words)}", flush=True)
        code = diag(words)
        if code:
            print(f"this step failed with exit code {code}", file=sys.stderr)
            return code
    print(f"\nDone in {perf_counter() - start:.1f} s. The results:")
    for path in sorted(out.iterdir()):
        print(f"  {path}  {path.stat().st_size:,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(demo(Path(sys.argv[1] if len(sys.argv) > 1 else "out")))
