"""`python -m benchmarks [WORD ...]`: measure the cases whose names contain a word, beside the peers.

Exit code 1 if a bar is missed. Times are CPU times of this process; trust the ratios more than the numbers.
"""

from __future__ import annotations

import pkgutil
import sys
from collections.abc import Iterator
from importlib import import_module
from types import ModuleType

import benchmarks
from benchmarks.measure import Case, seconds, shown


def modules() -> Iterator[ModuleType]:
    """The modules that measure, in the order of their names."""
    for name in sorted(m.name for m in pkgutil.iter_modules(benchmarks.__path__)):
        if name.startswith("bench_"):
            yield import_module(f"benchmarks.{name}")


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
    """Run all cases that match; a module with a `main` of its own measures in its own way."""
    kept = []
    for module in modules():
        kept += [run(case) for case in module.CASES if not words or any(word in case.name for word in words)]
        if hasattr(module, "main"):
            kept.append(module.main(words) == 0)
    return 0 if kept and all(kept) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
