"""Seeded axis bugs: at least 95 % are errors of checking, and the correct programs are left in peace."""

from __future__ import annotations

from pathlib import Path

import pytest

from diagram import check_text
from diagram.errors import Diagnostic
from tests.bugs.corpus import BEYOND, BUGS, Bug
from tests.bugs.unseen import AGAIN, MISSED, UNSEEN
from tests.bugs.unseen import BEYOND as BEYOND_TOO

CLEAN = Path(__file__).parent / "clean"


def said(bug: Bug) -> list[Diagnostic]:
    """What `diag check` says about the program with the bug in it."""
    path = CLEAN / f"{bug.file}.diag"
    text = path.read_text()
    assert text.count(bug.right) >= 1, bug
    return check_text(text.replace(bug.right, bug.wrong, 1), str(path))


def is_error(bug: Bug) -> bool:
    """Whether it is refused: a warning is not enough."""
    return any(not d.is_warning for d in said(bug))


@pytest.mark.parametrize("path", sorted(CLEAN.glob("*.diag")), ids=lambda p: p.stem)
def test_the_correct_program_gives_no_false_alarm(path):
    assert check_text(path.read_text()) == []


def test_the_corpus_is_large_and_varied():
    assert len(BUGS) >= 40
    assert len({bug.file for bug in BUGS}) >= 8


def test_at_least_95_percent_of_the_seeded_bugs_are_errors():
    missed = [bug.what for bug in BUGS if not is_error(bug)]
    assert len(missed) <= 0.05 * len(BUGS), missed
    everything = (*BUGS, *UNSEEN, *AGAIN, *MISSED)
    assert len(missed) + len(MISSED) <= 0.075 * len(everything), missed


@pytest.mark.parametrize("bug", [*UNSEEN, *AGAIN], ids=lambda b: f"{Path(b.file).stem}: {b.what}")
def test_a_bug_of_the_further_programs_is_an_error(bug):
    assert is_error(bug)


@pytest.mark.parametrize(
    "bug", [*BEYOND, *BEYOND_TOO, *MISSED], ids=lambda b: f"{Path(b.file).stem}: {b.what}"
)
def test_what_the_page_says_is_not_found_is_not_found(bug):
    assert said(bug) == []


@pytest.mark.parametrize("bug", [*BUGS, *UNSEEN, *AGAIN], ids=lambda b: f"{Path(b.file).stem}: {b.what}")
def test_what_is_said_has_a_place_in_the_text(bug):
    for d in said(bug):
        assert d.span is not None
        assert d.message
