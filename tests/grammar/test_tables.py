"""The shipped tables are those of the grammar, and lark reads every sample the same way."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from lark import Lark
from lark import Token as LarkToken

import grammar
from diagram.errors import Source
from grammar.build import build
from grammar.lexer import WORDS, lex
from grammar.parser import parse
from grammar.tree import Node, Part, Token

HERE = Path(grammar.__file__).parent
SAMPLES = sorted(Path(__file__).parent.parent.joinpath("samples").glob("*.diag"))


def test_the_shipped_tables_are_those_of_the_grammar() -> None:
    assert build((HERE / "diag.lark").read_text("utf-8")) == json.loads(
        (HERE / "tables.json").read_text("utf-8")
    )


def theirs(tree: Any) -> Any:
    if isinstance(tree, LarkToken):
        return str(tree)
    return tree if tree is None else (str(tree.data), *map(theirs, tree.children))


def ours(part: Part) -> Any:
    if isinstance(part, Token):
        return part.text
    return part if part is None else (part.kind, *map(ours, part.kids))


@pytest.fixture(scope="module")
def lark() -> Lark:
    return Lark((HERE / "diag.lark").read_text("utf-8"), parser="lalr", maybe_placeholders=True)


def test_there_are_27_samples() -> None:
    assert len(SAMPLES) == 27


@pytest.mark.parametrize("path", SAMPLES, ids=lambda p: p.stem)
def test_our_tree_is_that_of_lark(path: Path, lark: Lark) -> None:
    text = path.read_text("utf-8")
    tree, problems = parse(Source(path.name, text))
    assert problems == []
    assert ours(tree) == theirs(lark.parse(text))


@pytest.mark.parametrize("path", SAMPLES, ids=lambda p: p.stem)
def test_parts_lie_inside_their_wholes_and_in_order(path: Path) -> None:
    text = path.read_text("utf-8")
    todo: list[Node] = [parse(Source(path.name, text))[0]]
    while todo:
        node = todo.pop()
        at = node.start
        for kid in node.kids:
            if kid is not None and kid.start < kid.end:
                assert at <= kid.start <= kid.end <= node.end, (node, kid)
                at = kid.end
                if isinstance(kid, Node):
                    todo.append(kid)
                else:
                    assert text[kid.start : kid.end] == kid.text
        assert text[node.start : node.end].strip() == text[node.start : node.end]


def test_reserved_words_are_those_of_the_name_pattern() -> None:
    assert {"edition", "scan", "true", "get", "include"} <= set(WORDS)
    for word, kind in WORDS.items():
        assert lex(Source("", word)).tokens[0].kind == kind
        assert lex(Source("", word + "'")).tokens[0].kind == "NAME"
        assert lex(Source("", word + "_")).tokens[0].kind == "NAME"


def test_the_parser_loads_no_other_library() -> None:
    code = "import sys, grammar.parser; print(sorted({'lark', 'numpy', 'torch', 'sympy'} & set(sys.modules)))"
    out = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=HERE.parent, check=True
    )
    assert out.stdout.strip() == "[]"


def test_the_tables_load_in_15_milliseconds() -> None:
    from grammar.tables import load

    def once() -> float:
        start = time.process_time()
        load()
        return time.process_time() - start

    assert min(once() for _ in range(5)) < 0.015
