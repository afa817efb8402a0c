"""Every example is right, laid out, tested, drawn; and every script among them runs."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import diagram
from diagram.cli import main

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / "examples").rglob("*.diag"))
SCRIPTS = sorted((ROOT / "examples").rglob("*.py"))


def name(path: Path) -> str:
    return path.relative_to(ROOT / "examples").as_posix()


@pytest.mark.parametrize("path", FILES, ids=name)
def test_an_example_has_no_errors_and_no_warnings(path):
    assert [d.message for d in diagram.check_file(path)] == []


@pytest.mark.parametrize("path", FILES, ids=name)
def test_an_example_is_laid_out(path):
    assert main(["fmt", "--check", str(path)]) == 0


@pytest.mark.parametrize("path", FILES, ids=name)
def test_the_tests_of_an_example_pass(path):
    assert main(["test", str(path)]) == 0


@pytest.mark.parametrize("path", FILES, ids=name)
def test_every_definition_of_an_example_is_drawn(path, tmp_path):
    for definition in diagram.load(path).definitions:
        assert main(["render", str(path), definition, "-o", str(tmp_path / f"{definition}.svg")]) == 0


@pytest.mark.parametrize("path", SCRIPTS, ids=name)
def test_a_script_runs(path, tmp_path):
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "MPLBACKEND": "agg"}
    command = [sys.executable, "-W", "error", str(path)]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, env=environment)
