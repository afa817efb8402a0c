"""Every example is right, laid out, tested, drawn; and every script among them runs."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import diagram
from diagram import DiagramError
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
    module = diagram.load(path)
    refused = set()
    for definition in module.definitions:
        try:
            module[definition].render(str(tmp_path / "figure.svg"))
        except DiagramError as error:
            refused.update(d.code for d in error.diagnostics)
    assert refused <= {"E0311", "E0333"}  # what needs a static number from its caller has no figure by itself
    assert (tmp_path / "figure.svg").exists()


@pytest.mark.parametrize("path", SCRIPTS, ids=name)
def test_a_script_runs(path, tmp_path):
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "MPLBACKEND": "agg"}
    command = [sys.executable, "-W", "error", str(path)]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, env=environment)
