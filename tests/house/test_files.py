"""What every file of the house promises: size, words, places."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("diagram", "grammar", "compilers")
FOLDERS = (*PACKAGES, "tests", "docs", "examples", "benchmarks", "editors", ".ci")
TEXT = {".py", ".md", ".toml", ".txt", ".diag", ".lark", ".json", ".svg", ".css", ".sh", ".cfg", ".yml", ""}
PYTHON = sorted(p for folder in FOLDERS for p in (ROOT / folder).rglob("*.py"))
EXTERN = "compilers/extern.py"
OUTERMOST = "diagram/cli/__init__.py"
"""The one place that may catch everything: it turns what nobody foresaw into E0001."""


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def texts() -> list[Path]:
    inside = [p for folder in FOLDERS for p in (ROOT / folder).rglob("*")]
    top = [p for p in ROOT.iterdir() if p.name not in (".coverage", ".git")]
    return [p for p in (*inside, *top) if p.is_file() and p.suffix in TEXT and "__pycache__" not in p.parts]


@pytest.mark.parametrize("path", PYTHON, ids=name)
def test_no_file_is_over_400_lines(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400


@pytest.mark.parametrize("path", [p for p in PYTHON if p.relative_to(ROOT).parts[0] in PACKAGES], ids=name)
def test_the_top_of_each_file_says_what_it_is(path):
    assert path.read_text(encoding="utf-8").startswith(('"""', 'r"""'))


def test_no_path_of_a_single_machine_stands_in_the_repository():
    machine = re.compile(r"(?<![\w.~/:\-<])/(?:work|root|home|opt|Users|mnt)/\w")
    found = [
        f"{name(path)}:{number}: {line.strip()[:80]}"
        for path in texts()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if machine.search(line)
    ]
    assert found == []


def test_no_file_is_heavy():
    found = [p for folder in FOLDERS for p in (ROOT / folder).rglob("*")] + list(ROOT.iterdir())
    assert [name(p) for p in found if p.is_file() and p.stat().st_size > 1_000_000] == []


def test_nothing_is_left_to_do_silently():
    words = re.compile(r"\b(?:TODO|FIXME|XXX|HACK)\b|NotImplementedError")
    here = Path(__file__)
    assert [name(p) for p in PYTHON if p != here and words.search(p.read_text(encoding="utf-8"))] == []


def test_only_the_outermost_edge_and_the_call_of_a_users_code_catch_every_exception():
    pattern = re.compile(r"^\s*except(?: \(?(?:Base)?Exception\)?(?: as \w+)?)?:", re.MULTILINE)
    assert [name(p) for p in PYTHON if pattern.search(p.read_text(encoding="utf-8"))] == [EXTERN, OUTERMOST]


def test_an_ignored_complaint_of_mypy_says_which_and_why():
    bare = re.compile(r"#\s*type:\s*ignore(?!\[[\w,\- ]+\])")
    assert [
        name(p) for p in PYTHON if p != Path(__file__) and bare.search(p.read_text(encoding="utf-8"))
    ] == []
