"""Editors colour the words of the grammar, no more and no fewer, and every sample without a leftover."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from pygments.token import Error, Keyword, Text

from grammar.highlight import GROUPS, PLACED, UNITS, textmate
from grammar.lexer import WORDS
from grammar.pygments_lexer import DiagLexer
from grammar.tables import TABLES

ROOT = Path(__file__).parent.parent.parent
VSCODE = ROOT / "editors" / "vscode"
SAMPLES = sorted(ROOT.joinpath("tests", "samples").glob("*.diag"))


def test_the_coloured_words_are_those_of_the_grammar() -> None:
    coloured = [word for words in GROUPS.values() for word in words] + PLACED
    assert sorted(coloured) == sorted(WORDS)


def test_units_are_those_of_the_grammar() -> None:
    assert "|".join(UNITS) in TABLES.patterns["QUANTITY"]


def test_the_extension_has_the_generated_grammar() -> None:
    assert json.loads((VSCODE / "syntaxes" / "diag.tmLanguage.json").read_text("utf-8")) == textmate()


def test_the_extension_names_files_that_exist() -> None:
    package = json.loads((VSCODE / "package.json").read_text("utf-8"))["contributes"]
    for path in (package["languages"][0]["configuration"], package["grammars"][0]["path"]):
        assert (VSCODE / path).is_file()
    json.loads((VSCODE / "language-configuration.json").read_text("utf-8"))


def test_patterns_compile_and_the_matcher_reads_our_short_lines() -> None:
    for rule in textmate()["patterns"]:
        for key in ("match", "begin", "end"):
            re.compile(rule.get(key, ""))
    package = json.loads((VSCODE / "package.json").read_text("utf-8"))["contributes"]
    found = re.match(
        package["problemMatchers"][0]["pattern"]["regexp"], "a/b.diag:3:4: error[E0101]: this `(`"
    )
    assert found is not None and found.groups() == ("a/b.diag", "3", "4", "error", "E0101", "this `(`")


@pytest.mark.parametrize("path", SAMPLES, ids=lambda p: p.stem)
def test_pygments_knows_every_word_of_a_sample(path: Path) -> None:
    text = path.read_text("utf-8")
    tokens = list(DiagLexer().get_tokens(text))
    assert not [value for kind, value in tokens if kind in (Error, Text)]
    assert "".join(value for _, value in tokens).strip() == text.strip()
    assert any(kind in Keyword for kind, _ in tokens)
