"""The command in this process, with what it printed; and small files to run it on."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from diagram.cli import main

KITCHEN = """\
category Kitchen : symmetric
object Egg, White, Yolk
box crack : Egg -> White @ Yolk
def opened(x: Egg) -> White @ Yolk = crack(x)
def turned : Egg -> Yolk @ White = crack >> swap[White, Yolk]
"""
WRONG = """\
category Kitchen : symmetric
object Egg, White, Yolk
box crack : Egg -> White @ Yolk
box fold  : Yolk @ White -> White
def f : Egg -> White = crack >> fold
"""
ARRAYS = """\
axis t, m
def twice(X: R[t, m]) -> R[t, m] = X + X
def total(X: R[t, m], Y: R[t, m]) -> R[t] = sum[m](X * Y)
"""


@dataclass
class Done:
    code: int
    out: str
    err: str


@pytest.fixture
def diag(capsys, monkeypatch):
    """`diag("check", path)`: run the command here; returns exit code, output, messages."""
    for variable in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(variable, raising=False)

    def run(*words):
        capsys.readouterr()
        code = main([str(w) for w in words])
        printed = capsys.readouterr()
        assert "Traceback" not in printed.err
        return Done(code, printed.out, printed.err)

    return run


def _file(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def kitchen(tmp_path):
    """A file without errors, in a free category."""
    return _file(tmp_path / "kitchen.diag", KITCHEN)


@pytest.fixture
def wrong(tmp_path):
    """A file with one error, E0301 in line 5."""
    return _file(tmp_path / "wrong.diag", WRONG)


@pytest.fixture
def arrays(tmp_path):
    """A file of definitions that compute."""
    return _file(tmp_path / "arrays.diag", ARRAYS)
