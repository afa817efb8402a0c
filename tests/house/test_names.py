"""Public names and modules do not get in each other's way."""

from __future__ import annotations

from pathlib import Path

import diagram


def test_no_module_is_called_like_a_public_function() -> None:
    """Importing the module `diagram.f` would put it in the place of the function `diagram.f`."""
    modules = {path.stem for path in Path(diagram.__file__).parent.iterdir() if not path.stem.startswith("_")}
    assert not modules & set(diagram.__all__)
