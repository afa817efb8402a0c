"""What a person waits for at a prompt: `diag --help`, `import diagram`, `diag check`, in a new process."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from benchmarks.measure import Case, Setup

ROOT = Path(__file__).parents[1]
EXAMPLE = "examples/transformer.diag"


def process(*words: str) -> Setup:
    """A new interpreter with these arguments."""
    command = [sys.executable, *words]
    return lambda: lambda: subprocess.run(command, cwd=ROOT, check=True, capture_output=True)


CASES = (
    Case("start Python and stop", process("-c", "pass")),
    Case("import diagram", process("-c", "import diagram"), bar=0.2),
    Case("diag --help", process("-m", "diagram", "--help"), bar=0.080),
    Case("diag check transformer.diag", process("-m", "diagram", "check", EXAMPLE), bar=0.150),
)
