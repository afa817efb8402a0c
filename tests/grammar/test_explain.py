"""Every code has an explanation with a wrong and a right file; syntax errors are exactly those explained."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from diagram.errors import Source
from grammar.explain import STAGES, codes, explain, explanation, pages, titles
from grammar.parser import parse

ROOT = Path(__file__).parent.parent.parent
WITHOUT_FILE = {"E0001", "E0002", "E0003", "E0004", "E0005", "E0009"}
SYNTAX = {c for c in codes() if c.startswith("E01") or c in ("E0006", "E0007", "E0008")}


@pytest.mark.parametrize("code", codes())
def test_an_explanation_is_complete(code: str) -> None:
    e = explanation(code)
    assert e.code == code
    assert e.stage in STAGES
    assert e.cause and e.mathematics
    assert len(e.title) <= 72 and not e.title.endswith(".")
    assert bool(e.wrong) == bool(e.right) == (code not in WITHOUT_FILE)
    assert explain(code.lower()) == e.text


@pytest.mark.parametrize("code", [c for c in codes() if c not in WITHOUT_FILE])
def test_the_parser_refuses_the_wrong_file_for_this_reason_only(code: str) -> None:
    e = explanation(code)
    assert [d.code for d in parse(Source("wrong.diag", e.wrong))[1]] == ([code] if code in SYNTAX else [])
    assert parse(Source("right.diag", e.right))[1] == []


def test_every_code_is_explained_and_every_explained_code_is_used() -> None:
    paths = (
        path for package in ("diagram", "grammar", "compilers") for path in (ROOT / package).rglob("*.py")
    )
    used = {code for path in paths for code in re.findall(r"\b[EW]0\d{3}\b", path.read_text("utf-8"))}
    assert used == set(codes())


def test_an_unknown_code_has_no_explanation() -> None:
    with pytest.raises(KeyError):
        explain("E9999")


def test_the_pages_of_the_documentation_are_current() -> None:
    folder = ROOT / "docs" / "errors"
    assert {path.name: path.read_text("utf-8") for path in folder.glob("*.md")} == pages()
    assert set(titles()) == set(codes())
