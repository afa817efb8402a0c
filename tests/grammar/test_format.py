"""The formatter keeps the tree, the docs and the comments, and has nothing to do the second time."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diagram.errors import DiagramError, Source
from grammar.format import format_source, merged
from grammar.lexer import lex
from grammar.parser import parse
from grammar.tree import Token, dump

SAMPLES = sorted(Path(__file__).parent.parent.joinpath("samples").glob("*.diag"))


def tree_of(text: str) -> str:
    tree, problems = parse(Source("", text))
    assert problems == []
    return dump(tree)


def comments_of(text: str) -> list[str]:
    return [token.text.rstrip() for _, token in lex(Source("", text)).comments]


@pytest.mark.parametrize("path", SAMPLES, ids=lambda p: p.stem)
def test_samples_stay_nearly_as_they_are(path: Path) -> None:
    text = path.read_text("utf-8")
    done = format_source(text)
    assert format_source(done) == done
    assert tree_of(done) == tree_of(text)
    assert comments_of(done) == comments_of(text)
    changed = set(text.split("\n")) ^ set(done.split("\n"))
    assert len(changed) <= 5


def shaken(text: str, r: random.Random) -> str:
    """The same words with other blanks between them."""
    out: list[str] = []
    before: Token | None = None
    for token in merged(lex(Source("", text))):
        blanks = text[before.end if before else 0 : token.start]
        if before is not None and before.kind in ("COMMENT", "DOC"):
            blanks = "\n" * r.choice([1, 1, 2, 4]) + " " * r.choice([0, 2, 3, 7])
        elif r.random() < 0.15 and token.kind not in ("DOC", "COMMENT"):
            blanks = r.choice(
                [" ", "  ", "\n", "\n\n\n", "\n   ", "\t", "\r\n ", *([""] if apart(before, token) else [])]
            )
        out.append(blanks + token.text)
        before = token
    return "".join(out) + r.choice(["", "\n", "\n\n  \n"])


def apart(before: Token | None, token: Token) -> bool:
    """May these two words stand without a blank between?"""
    return before is None or (before.kind in "()[]{}," or token.kind in "()[]{},")


@settings(derandomize=True, deadline=None, max_examples=60)
@given(st.integers(0, 26), st.integers(0, 10**6))
def test_blanks_do_not_matter(which: int, seed: int) -> None:
    text = SAMPLES[which].read_text("utf-8")
    other = shaken(text, random.Random(seed))
    done = format_source(other)
    assert tree_of(done) == tree_of(other)
    assert comments_of(done) == comments_of(other)
    assert format_source(done) == done


@pytest.mark.parametrize(
    ("text", "done"),
    [
        ("", ""),
        ("\n\n# only a comment", "# only a comment\n"),
        ("box  f:A->B", "box f : A -> B\n"),
        ("object A object B", "object A\nobject B\n"),
        ("def g(x:A)->B{return f( x )}", "def g(x: A) -> B { return f(x) }\n"),
        (
            "def g(x: A) -> B {\n\n\n    y=f(x)\n\n\n\n  return y\n\n}\n\n\n",
            "def g(x: A) -> B {\n  y = f(x)\n\n  return y\n}\n",
        ),
        ("def f=-x**-y*2 -3", "def f = -x**-y*2 - 3\n"),
        ("def f = x [ 1 .. ] ( y )", "def f = x[1..](y)\n"),
        ("functor F:A->B{}", "functor F : A -> B {}\n"),
        ("def f = einsum { q h , (a  b) -> }", "def f = einsum{q h, (a b) -> }\n"),
        ("from . . a . b import c", "from ..a.b import c\n"),
        ("axis a   = 1\naxis bcd = 2", "axis a   = 1\naxis bcd = 2\n"),
        ("axis a   = 1\n\naxis bcd = 2", "axis a = 1\n\naxis bcd = 2\n"),
        ("object A # one\nobject BC    # two", "object A  # one\nobject BC    # two\n"),
        ("rule a:x==y\r\nrule b:x=>y\r\n", "rule a : x == y\nrule b : x => y\n"),
    ],
)
def test_layout(text: str, done: str) -> None:
    assert format_source(text) == done


def test_long_lines_are_broken_outside_the_brackets() -> None:
    steps = [f"some_long_name_{i}[alpha, beta]" for i in range(8)]
    done = format_source("def f : A -> B = " + " >> ".join(steps))
    lines = done.rstrip("\n").split("\n")
    assert len(lines) == 3
    assert all(len(line) <= 110 for line in lines)
    assert all(line.startswith("    >> ") for line in lines[1:])


def test_what_does_not_parse_is_not_touched() -> None:
    with pytest.raises(DiagramError) as broken:
        format_source("def f : A -> A =")
    assert [d.code for d in broken.value.diagnostics] == ["E0104"]
