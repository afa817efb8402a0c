"""`python -m benchmarks [WORD ...]`: measure the cases whose names contain a word, beside the peers.

Exit code 1 if a bar is missed. Times are CPU times of this process; trust the ratios more than the numbers.
"""

from __future__ import annotations

import pkgutil
import sys
from collections.abc import Iterator
from importlib import import_module

import benchmarks
from benchmarks.measure import Case, seconds, shown


def cases(words: list[str]) -> Iterator[Case]:
    """The `CASES` of every module here, those that match."""
    for module in sorted(m.name for m in pkgutil.iter_modules(benchmarks.__path__)):
        if module.startswith("bench_"):
            for case in import_module(f"benchmarks.{module}").CASES:
                if not words or any(word in case.name for word in words):
                    yield case


def run(case: Case) -> bool:
    """Measure one case and print its row; whether the bar is kept."""
    ours = seconds(case.ours)
    parts = [f"{case.name:<44} {shown(ours):>9}"]
    kept = case.bar is None or ours <= case.bar
    if case.bar is not None:
        parts.append(f"(bar {shown(case.bar)}{'' if kept else ': MISSED'})")
    for name, setup in case.peers.items():
        try:
            theirs = seconds(setup)
        except ImportError:
            parts.append(f"{name}: not installed")
        else:
            parts.append(f"{name}: {shown(theirs)} ({theirs / ours:.3g}x)")
    print("  ".join(parts), flush=True)
    return kept


def main(words: list[str]) -> int:
    """Run all cases that match."""
    results = [run(case) for case in cases(words)]
    return 0 if results and all(results) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
