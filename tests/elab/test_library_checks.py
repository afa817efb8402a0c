"""Every file of the shipped library checks, definition by definition."""

from pathlib import Path

import pytest

import grammar
from diagram import check_text

LIBRARY = Path(grammar.__file__).parent / "std"
FILES = sorted(LIBRARY.glob("**/*.diag"))


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_a_file_of_the_library_has_no_errors(path):
    assert [d.message for d in check_text(path.read_text(), str(path)) if not d.is_warning] == []
