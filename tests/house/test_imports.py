"""What starts with Python starts fast: heavy libraries are imported where they are used."""

import json
import os
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


def cpu(words: list[str], cache: Path) -> float:
    """CPU seconds of the command, the least of five runs; byte code is kept, as for an installed package."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTHONPYCACHEPREFIX"] = str(cache)
    command = [sys.executable, "-m", "diagram", *words]
    times = []
    for _ in range(6):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, cwd=ROOT, capture_output=True, check=True, env=environment)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        times.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return min(times)


def test_help_costs_at_most_80_ms(tmp_path):
    assert cpu(["--help"], tmp_path) <= 0.080


def test_checking_a_transformer_costs_at_most_150_ms_and_some_for_a_busy_machine(tmp_path):
    assert cpu(["check", "examples/transformer.diag"], tmp_path) <= 0.250
