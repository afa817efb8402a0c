"""What LaTeX makes of our files. Skipped where it is absent."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from compilers.figure import render
from tests.figure.gallery import FIGURES


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("pdflatex"), reason="needs pdflatex")
@pytest.mark.parametrize("name", ["two_eggs", "trefoil", "hostile", "attend_circuit", "block_open", "lstm"])
def test_latex_compiles_the_picture(name: str, tmp_path: Path) -> None:
    make, options = FIGURES[name]
    render(make(), tmp_path / "x.tex", **options)
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "x.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, errors="replace")
    assert done.returncode == 0, done.stdout[-2000:]
    assert "(1 page," in done.stdout
