"""What the command needs of the grammar package, reached by name: `diagram` does not import `grammar`."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module

from diagram.errors import Source


def read(path: str) -> Source:
    """The text of a file. Raises `DiagramError` E0002, E0003, E0004."""
    source: Source = import_module("grammar.source").read_source(path)
    return source


def formatted(source: Source) -> str:
    """The text in its one layout. Raises `DiagramError` if it does not parse."""
    text: str = import_module("grammar.format").format_source(source.text, source.path)
    return text


def titles() -> Mapping[str, str]:
    """Every code with its title."""
    known: Mapping[str, str] = import_module("grammar.explain").titles()
    return known


def explanation(code: str) -> str:
    """What `diag explain` prints."""
    text: str = import_module("grammar.explain").explain(code)
    return text
