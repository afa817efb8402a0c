"""Editors colour the words of the grammar, no more and no fewer, and every sample without a leftover."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from pygments.token import Error, Keyword, Name, Number, Operator, Punctuation, String, Text

from diagram.errors import Source
from grammar.highlight import GROUPS, PLACED, UNITS, textmate
from grammar.lexer import WORDS, lex
from grammar.pygments_lexer import DiagLexer
from grammar.tables import TABLES

ROOT = Path(__file__).parent.parent.parent
VSCODE = ROOT / "editors" / "vscode"
FOLDERS = ("tests/samples", "tests/bugs/clean", "examples", "grammar/std")
SAMPLES = [path for folder in FOLDERS for path in sorted(ROOT.joinpath(folder).rglob("*.diag"))]

KINDS = {
    "NAME": (Name, Keyword.Type), "INT": (Number,), "NUMBER": (Number,), "QUANTITY": (Number,),
    "STRING": (String,), "TRUE": (Keyword.Constant,), "FALSE": (Keyword.Constant,),
    "AND": (Operator.Word,), "OR": (Operator.Word,), "NOT": (Operator.Word,),
}  # fmt: skip
"""What Pygments may call the words of a kind; reserved words are keywords, all else operators or brackets."""
SCOPES = {
    "NAME": ("variable.", "entity.name.", "storage.type."), "INT": ("constant.numeric.",),
    "NUMBER": ("constant.numeric.",), "QUANTITY": ("constant.numeric.",), "STRING": ("string.",),
    "TRUE": ("constant.language.",), "FALSE": ("constant.language.",),
}  # fmt: skip
"""The same for TextMate."""


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


def words_of(text: str) -> list[tuple[int, int, str]]:
    """The words that the language's own lexer reads."""
    tokens = (t for t in lex(Source("sample.diag", text)).tokens if t.kind != "END")
    return [(t.start, t.end, t.kind) for t in tokens if text[t.start - 1] != "?" and text[t.start] != "?"]


@pytest.mark.parametrize("path", SAMPLES, ids=lambda p: f"{p.parent.name}/{p.stem}")
def test_pygments_cuts_the_text_into_the_words_of_the_language(path: Path) -> None:
    text = path.read_text("utf-8")
    found = {(at, at + len(value)): kind for at, kind, value in DiagLexer().get_tokens_unprocessed(text)}
    for start, end, kind in words_of(text):
        sort = found.get((start, end))
        assert sort is not None, text[start:end]
        word = kind.isalpha() and kind.isupper()
        allowed = KINDS.get(kind, (Keyword, Name) if word else (Operator, Punctuation))
        assert any(sort in each for each in allowed), (text[start:end], kind, sort)


def scopes(text: str) -> dict[tuple[int, int], str]:
    """What a TextMate engine makes of a text: in each line the first match of the earliest rule."""
    rules = textmate()["patterns"]
    found: dict[tuple[int, int], str] = {}
    start, open_ = 0, None
    for line in text.splitlines(keepends=True):
        at = 0
        while at < len(line):
            if open_ is not None:
                rule, first = open_
                end = re.compile(rule["end"]).search(line, at)
                at, open_ = (end.end(), None) if end else (len(line), open_)
                if end:
                    found[first, start + at] = rule["name"]
                continue
            hits = [(m.start(), k, m) for k, r in enumerate(rules) if (m := _search(r, line, at))]
            if not hits:
                break
            _, k, match = min(hits)
            rule = rules[k]
            if "begin" in rule:
                open_ = rule, start + match.start()
            for group, capture in rule.get("captures", {"0": rule}).items():
                low, high = match.span(int(group))
                found[start + low, start + high] = capture["name"]
            at = match.end()
        start += len(line)
    return found


def _search(rule: dict, line: str, at: int) -> re.Match | None:
    return re.compile(rule.get("match", rule.get("begin"))).search(line, at)


@pytest.mark.parametrize("path", SAMPLES, ids=lambda p: f"{p.parent.name}/{p.stem}")
def test_textmate_cuts_the_text_into_the_words_of_the_language(path: Path) -> None:
    text = path.read_text("utf-8")
    found = scopes(text)
    for start, end, kind in words_of(text):
        if text[start:end] in ("(", ")", "[", "]", "{", "}", ",", ":", ";", ".", "?"):
            continue
        word = kind.isalpha() and kind.isupper()
        other = ("keyword.", "support.", "entity.name.") if word else ("keyword.operator.",)
        assert found.get((start, end), "").startswith(SCOPES.get(kind, other)), (text[start:end], kind)
