"""The pictures of the documents are what the command draws; `make accept` draws them anew."""

import os
from pathlib import Path

import pytest

from diagram.cli import main
from tests.house.test_documents import DOCUMENTS, shown

ROOT = Path(__file__).parents[2]
PICTURES = {"block": ["block", "--direction", "right", "--expand", "attn,attend"]}


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_what_the_command_draws(name, tmp_path):
    picture, drawn = ROOT / "docs" / "images" / f"{name}.svg", tmp_path / "drawn.svg"
    assert (
        main(["render", str(ROOT / "examples" / "transformer.diag"), *PICTURES[name], "-o", str(drawn)]) == 0
    )
    if os.environ.get("ACCEPT"):
        picture.write_bytes(drawn.read_bytes())
    assert picture.read_bytes() == drawn.read_bytes()


def test_no_picture_is_left_over():
    by_documents = {name for path in DOCUMENTS for name in shown(path)}
    assert {p.name for p in (ROOT / "docs" / "images").iterdir()} == {
        f"{n}.svg" for n in PICTURES
    } | by_documents
