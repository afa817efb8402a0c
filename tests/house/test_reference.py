"""The reference of the language is written in the language: every block of it parses."""

import re
from pathlib import Path

import pytest

from diagram.errors import Source
from grammar.parser import parse

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "language.md"
BLOCK = re.compile(r"^```diag\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks() -> list[str]:
    return BLOCK.findall(PAGE.read_text(encoding="utf-8"))


def test_the_reference_has_blocks():
    assert len(blocks()) >= 8


@pytest.mark.parametrize("text", blocks(), ids=lambda text: text.split("\n")[0][:40])
def test_every_block_of_the_reference_parses(text):
    _, diagnostics = parse(Source("language.md", text))
    assert [d.message for d in diagnostics] == []
