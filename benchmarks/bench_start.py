"""What a person waits for at a prompt: `diag --help`, `import diagram`, `diag check`, in a new process."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.measure import Case, Setup, Work

ROOT = Path(__file__).parents[1]
EXAMPLE = "examples/transformer.diag"


def process(*words: str) -> Setup:
    """A new interpreter with these arguments; byte code is kept between runs, as for an installed package."""

    def setup() -> Work:
        folder = TemporaryDirectory()
        environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
        environment["PYTHONPYCACHEPREFIX"] = folder.name
        command = [sys.executable, *words]

        def work(kept: TemporaryDirectory[str] = folder) -> object:
            return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, env=environment)

        return work

    return setup


CASES = (
    Case("start Python and stop", process("-c", "pass")),
    Case("import diagram", process("-c", "import diagram"), bar=0.2),
    Case("diag --help", process("-m", "diagram", "--help"), bar=0.080),
    Case("diag check transformer.diag", process("-m", "diagram", "check", EXAMPLE), bar=0.150),
)
