"""What starts with Python starts fast: heavy libraries are imported where they are used."""

import json
import resource
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HEAVY = ("torch", "sympy", "networkx", "discopy", "graphviz", "matplotlib", "numpy", "lark")
START = "import json, sys; from diagram.cli import main; sys.argv = ['diag']; "
LOADED = "print(json.dumps(sorted({m.partition('.')[0] for m in sys.modules})), file=sys.stderr)"


def loaded_by(code: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", f"{START}{code}; {LOADED}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return set(json.loads(done.stderr.splitlines()[-1]))


@pytest.mark.parametrize("code", ["import diagram", "dir(__import__('diagram'))", "main(['--help'])"])
def test_starting_loads_no_library(code):
    assert loaded_by(code).isdisjoint(HEAVY)


@pytest.mark.parametrize(
    "words",
    [
        ["check", "examples/transformer.diag"],
        ["fmt", "--check", "examples/transformer.diag"],
        ["render", "examples/transformer.diag", "block"],
        ["explain", "E0304"],
    ],
    ids=lambda words: words[0],
)
def test_commands_that_compute_nothing_load_no_library(words):
    assert loaded_by(f"assert main({words!r}) == 0").isdisjoint(HEAVY)


def cpu(words: list[str]) -> float:
    """CPU seconds of the command, the least of five runs."""
    times = []
    for _ in range(5):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-m", "diagram", *words], cwd=ROOT, capture_output=True, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        times.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return min(times)


def test_help_costs_at_most_80_ms():
    assert cpu(["--help"]) <= 0.080
