"""The list of the gallery is complete, and everything in it is compared with torch."""

from __future__ import annotations

import re

import diagram
from tests.neural import (
    test_attention,
    test_models,
    test_pictures,
    test_sequences,
    test_training_step,
    test_transformers,
)
from tests.neural.harness import GALLERY

MODULES = (
    test_attention,
    test_transformers,
    test_pictures,
    test_sequences,
    test_models,
    test_training_step,
)
TESTED = {(case.file, case.name) for module in MODULES for case in module.CASES}
FILES = sorted(path.stem for path in GALLERY.glob("*.diag"))


def listed():
    """What README.md names: `file`: `definition`, ..."""
    found = set()
    for line in (GALLERY / "README.md").read_text().splitlines():
        row = re.match(r"\| \[(\w+)\.diag\]\(\1\.diag\) \| (.*) \|$", line)
        if row:
            found |= {(row[1], name) for name in re.findall(r"`(\w+)`", row[2])}
    return found


def definitions():
    return {(file, name) for file in FILES for name in diagram.load(GALLERY / f"{file}.diag").definitions}


def test_the_list_is_what_is_there():
    assert listed() == definitions()
    assert len(listed()) >= 45


def test_every_definition_is_compared_with_torch_by_itself_or_as_a_part():
    text = {file: (GALLERY / f"{file}.diag").read_text() for file in FILES}
    used = set()
    for file, name in definitions() - TESTED:
        uses = [f for f in FILES if len(re.findall(rf"(?<![\w.]){name}\b", text[f])) > (f == file)]
        if uses or file == "digits":  # trained in test_training.py
            used.add((file, name))
    assert definitions() - TESTED == used
    assert len(TESTED) >= 70
