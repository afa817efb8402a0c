"""What other programs make of our files: LaTeX compiles the TikZ, a browser shows the page. Skipped where
absent.

The browser needs node and a folder with the packages playwright-core and @sparticuz/chromium, named by the
variable DIAG_NODE_MODULES.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from compilers.figure import render
from tests.figure.gallery import FIGURES

BROWSER = os.environ.get("DIAG_NODE_MODULES", "")


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


@pytest.mark.slow
@pytest.mark.skipif(not (BROWSER and shutil.which("node")), reason="needs node and DIAG_NODE_MODULES")
def test_a_browser_shows_the_page_hovers_and_folds(tmp_path: Path) -> None:
    make, _ = FIGURES["block_open"]
    render(make(), tmp_path / "x.html")
    script = Path(__file__).with_name("browser.mjs")
    command = ["node", str(script), str(tmp_path / "x.html"), BROWSER]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    seen = json.loads(done.stdout)
    assert seen["requests"] == 1 and seen["faults"] == []
    assert "norm1" in seen["tip"]
    assert seen["before"] == 0 and seen["folded"] > 5 and seen["again"] == 0
    assert seen["overlaps"] == 0
