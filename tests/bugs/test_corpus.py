"""Seeded axis bugs: at least 95 % are errors of checking, and the correct programs are left in peace."""

from __future__ import annotations

from pathlib import Path

import pytest

from diagram import check_text
from tests.bugs.corpus import BEYOND, BUGS
from tests.bugs.unseen import BEYOND as BEYOND_TOO
from tests.bugs.unseen import MISSED, UNSEEN

CLEAN = Path(__file__).parent / "clean"


def errors(text: str) -> list[str]:
    """Codes of the errors that `diag check` would give."""
    return [d.code for d in check_text(text) if not d.is_warning]


def named(text: str) -> list[str]:
    """Codes of the errors and warnings."""
    return [d.code for d in check_text(text)]


@pytest.mark.parametrize("path", sorted(CLEAN.glob("*.diag")), ids=lambda p: p.stem)
def test_the_correct_program_gives_no_false_alarm(path):
    assert named(path.read_text()) == []


def seeded(bug) -> str:
    """The program with the bug in it."""
    text = (CLEAN / f"{bug.file}.diag").read_text()
    assert text.count(bug.right) >= 1, bug
    return text.replace(bug.right, bug.wrong, 1)


def test_the_corpus_is_large_and_varied():
    assert len(BUGS) >= 40
    assert len({bug.file for bug in BUGS}) >= 8


def test_at_least_95_percent_of_the_seeded_bugs_are_errors():
    missed = [bug.what for bug in BUGS if not errors(seeded(bug))]
    assert len(missed) <= 0.05 * len(BUGS), missed
    everything = (*BUGS, *UNSEEN, *MISSED)
    assert len(missed) + len(MISSED) <= 0.05 * len(everything), missed


@pytest.mark.parametrize("bug", UNSEEN, ids=lambda b: f"{b.file}: {b.what}")
def test_a_bug_of_the_further_programs_is_an_error(bug):
    assert errors(seeded(bug))


@pytest.mark.parametrize("bug", [*BEYOND, *BEYOND_TOO, *MISSED], ids=lambda b: f"{b.file}: {b.what}")
def test_what_the_page_says_is_not_found_is_not_found(bug):
    assert named(seeded(bug)) == []


@pytest.mark.parametrize("bug", [*BUGS, *UNSEEN], ids=lambda b: f"{b.file}: {b.what}")
def test_what_is_said_has_a_place_in_the_text(bug):
    for d in check_text(seeded(bug)):
        assert d.span is not None
        assert d.message
