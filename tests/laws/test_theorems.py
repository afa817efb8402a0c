"""The shipped algebra libraries: every theorem is proved, and none from another rule than it names."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest

import diagram
from diagram.errors import DiagramError

LIBRARIES = ("frobenius", "hopf", "zx")


def source(name: str) -> str:
    """The text of a library."""
    return files("grammar").joinpath("std", f"{name}.diag").read_text(encoding="utf-8")


THEOREMS = [(name, title) for name in LIBRARIES for title in diagram.loads(source(name)).theorems]


@pytest.mark.parametrize(("library", "title"), THEOREMS)
def test_every_theorem_is_proved(library: str, title: str) -> None:
    assert diagram.loads(source(library)).proof(title)


def test_there_are_at_least_thirty_of_them() -> None:
    assert len(THEOREMS) >= 30


@pytest.mark.parametrize(
    ("library", "rule", "wrong", "title"),
    [
        ("frobenius", "frob", "n @ A >> A @ m == A @ A", "frobL"),
        ("hopf", "bone", "u >> s >> v == ()", "antipodeUnit"),
        ("zx", "hh", "H >> H == H", "colourU"),
    ],
)
def test_a_proof_from_another_rule_fails(library: str, rule: str, wrong: str, title: str) -> None:
    text, count = re.subn(rf"rule {rule} *:.*", f"rule {rule} : {wrong}", source(library))
    assert count == 1
    with pytest.raises(DiagramError) as caught:
        diagram.loads(text).proof(title)
    assert caught.value.diagnostics[0].code == "E0502"
