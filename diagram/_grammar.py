"""The only way from `diagram` to its text: reading, checking and explaining, loaded when asked for."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from diagram.errors import Diagnostic, Source
    from grammar.module import Module


def load(path: str | Path, sizes: Mapping[str, int] | None = None) -> Module:
    """The module of definitions in a `.diag` file; `sizes` fixes axes that the file leaves open.

    Raises `DiagramError`: E0002 to E0004 for a file that cannot be read, E01xx and E02xx for what it says.
    """
    module: Module = import_module("grammar.module").load(path, sizes)
    return module


def loads(text: str, path: str = "<text>", sizes: Mapping[str, int] | None = None) -> Module:
    """The module of definitions in a text. Raises `DiagramError` like `load`."""
    module: Module = import_module("grammar.module").loads(text, path, sizes)
    return module


def check_file(path: str | Path, *, laws: bool = False, lint: bool = False) -> list[Diagnostic]:
    """All errors and warnings of a file, in its order. Raises `DiagramError` if it cannot be read.

    `laws` tries what boxes claim on random inputs (E0505); `lint` adds remarks (W0215, W0216).
    """
    found: list[Diagnostic] = import_module("grammar.module").check_file(path, laws=laws, lint=lint)
    return found


def check_text(text: str, path: str = "<text>") -> list[Diagnostic]:
    """All errors and warnings of a text, in its order."""
    found: list[Diagnostic] = import_module("grammar.module").check_text(text, path)
    return found


def read(path: str) -> Source:
    """The text of a file. Raises `DiagramError` E0002, E0003, E0004."""
    source: Source = import_module("grammar.source").read_source(path)
    return source


def formatted(source: Source) -> str:
    """The text in its one layout. Raises `DiagramError` if it does not parse."""
    text: str = import_module("grammar.format").format_source(source.text, source.path)
    return text


def titles() -> Mapping[str, str]:
    """Every error code with its title."""
    known: Mapping[str, str] = import_module("grammar.explain").titles()
    return known


def explain(code: str) -> str:
    """What `diag explain` prints."""
    text: str = import_module("grammar.explain").explain(code)
    return text
