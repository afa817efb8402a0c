"""What mistakes look like to a user: each case with its message as accepted (`make accept` writes them
anew)."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from diagram.errors import DiagramError
from diagram.report import render
from grammar.explain import codes, explanation
from grammar.module import Module, loads_module

CASES = Path(__file__).parent / "cases"
NOT_BY_CHECKING = {
    "E0001", "E0002", "E0003", "E0004", "E0005", "E0009",  # files and bugs, tests/cli, tests/core
    "E0601",  # when running: tests/cli/test_trust.py
}  # fmt: skip
"""Codes that no text gives when it is checked or tested; their messages are tested where they come from."""


def said(module: Module) -> list:
    """Diagnostics of checking and, if there are none, of the test blocks."""
    found = module.check()
    if not [d for d in found if not d.is_warning]:
        found = found + [error for result in module.tests() for error in result.errors]
    return found


@pytest.mark.parametrize("path", sorted(CASES.glob("*.diag")), ids=lambda p: p.stem)
def test_the_message_is_the_accepted_one(path, tmp_path):
    (tmp_path / "model").mkdir()
    module = loads_module(path.read_text(), "model.diag", tmp_path / "model")
    text = "\n\n".join(render(d) for d in said(module)) + "\n"
    golden = path.with_suffix(".txt")
    if os.environ.get("ACCEPT"):
        golden.write_text(text)
    assert text == golden.read_text()
    assert path.stem.split("_")[0] in text
    assert all(len(line) <= 120 for line in text.splitlines())


@pytest.mark.parametrize("code", [c for c in codes() if c not in NOT_BY_CHECKING])
def test_the_wrong_example_of_an_explanation_gives_its_code_and_the_right_one_nothing(code):
    example = explanation(code)
    asked = ASKED.get(example.stage, said)
    wrong = {d.code for d in asked(loads_module(example.wrong, "model.diag"))}
    right = [
        d for d in asked(loads_module(example.right, "model.diag")) if not d.is_warning or code[0] == "W"
    ]
    assert wrong == {code}
    assert [d for d in right if d.code == code or not d.is_warning] == []


def run(module: Module) -> list:
    """What checking says, and running every definition by numpy on 1.0."""
    found = module.check()
    for d in module.values():
        try:
            d.compile("numpy")(*(1.0 for _ in d.dom))
        except DiagramError as error:
            found += error.diagnostics
    return [d for d in found if not d.is_warning]


ASKED = {
    "run": run,
    "laws": lambda module: module.check() + module.refuted(),
    "lint": lambda module: module.check() + module.lint(),
}
"""What is said only when an option asks: `diag check --laws`, `--lint`."""
