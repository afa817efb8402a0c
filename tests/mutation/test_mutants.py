# ruff: noqa: E501 (a table of small programs)
"""Every ill-typed mutant of every example is refused with a place; none makes the checker stumble."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from diagram import check_text
from tests.mutation.mutants import Mutant, mutants

ROOT = Path(__file__).parents[2]
FOLDERS = ("tests/bugs/clean", "tests/samples", "examples", "grammar/std")
FILES = [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.diag"))]
OF_A_RULE = 2
"""So many mutants of a rule are tried in each file, spread over it; with `MUTANTS=all` every one."""


def chosen(text: str) -> list[Mutant]:
    """The mutants that are tried."""
    rules: dict[str, list[Mutant]] = {}
    for mutant in mutants(text):
        rules.setdefault(mutant.rule, []).append(mutant)
    few = len(text) if os.environ.get("MUTANTS") == "all" else OF_A_RULE
    return [m for made in rules.values() for m in made[:: -(-len(made) // few)]]


@pytest.mark.parametrize("path", FILES, ids=lambda p: f"{p.parent.name}/{p.stem}")
def test_every_ill_typed_mutant_is_refused_with_a_place(path):
    place = str(path)  # relative imports are read from where the file stands
    let_through = []
    for mutant in chosen(path.read_text()):
        found = [d for d in check_text(mutant.text, place) if not d.is_warning]
        if not found:
            let_through.append(f"line {mutant.line}: {mutant.rule}")
        assert all(d.span is not None and d.message for d in found), mutant
    assert let_through == []


LEVELS = {
    "a copy below markov": ("E0304", "category C : symmetric\nobject A\ndef f(x: A) -> A @ A { return x, x }"),
    "a discard below markov": ("E0305", "category C : symmetric\nobject A\ndef f(x: A) -> () { return }"),
    "an explicit copy": ("E0304", "category C : symmetric\nobject A\ndef f : A -> A @ A = copy[A]"),
    "an explicit discard": ("E0305", "category C : symmetric\nobject A\ndef f : A -> () = discard[A]"),
    "a swap in a monoidal category": ("E0321", "category C : monoidal\nobject A\ndef f : A @ A -> A @ A = swap[A, A]"),
    "a cup without duals": ("E0324", "category C : markov\nobject A\ndef f : A @ A -> () = cup[A, A]"),
    "a spider in a compact category": ("E0327", "category C : compact\nobject A\ndef f : A -> A @ A = spider[A, 1, 2]"),
    "a function without closure": ("E0325", "category C : markov\nobject A\ndef f(x: A) -> (A -> A) { return fn(y: A) = y }"),
}  # fmt: skip


@pytest.mark.parametrize(("code", "text"), LEVELS.values(), ids=LEVELS.keys())
def test_structure_that_the_category_lacks_is_refused(code, text):
    assert code in [d.code for d in check_text(text)]
