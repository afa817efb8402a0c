"""Files to sources: what can go wrong before there is a text (E0002, E0003, E0004)."""

from __future__ import annotations

from pathlib import Path

from diagram.errors import Diagnostic, DiagramError, Source, Span
from grammar.parser import CHARACTER_LIMIT


def read_source(path: str | Path) -> Source:
    """The text of a `.diag` file. Raises E0002 (cannot be read), E0003 (not UTF-8), E0004 (too large)."""
    try:
        with Path(path).open("rb") as file:
            data = file.read(CHARACTER_LIMIT + 1)
    except OSError as error:
        message = f"cannot read `{path}`: {(error.strerror or 'unknown reason').lower()}"
        raise DiagramError(Diagnostic("E0002", message, help="check the path and its permissions")) from None
    return decode(data, str(path))


def decode(data: bytes, path: str) -> Source:
    """Bytes to text: UTF-8, a byte order mark at the start is skipped."""
    if len(data) > CHARACTER_LIMIT:
        message = f"`{path}` is larger than {CHARACTER_LIMIT:,} bytes"
        help = "split it into modules, and put numbers into data files read by `load`"
        raise DiagramError(Diagnostic("E0004", message, help=help))
    try:
        return Source(path, data.decode("utf-8").removeprefix("\ufeff"))
    except UnicodeDecodeError as error:
        start = len(data[: error.start].decode("utf-8"))
        source = Source(path, data.decode("utf-8", "replace"))
        span = Span(source, start, start + 1)
        label = f"byte 0x{data[error.start]:02x} begins no UTF-8 character"
        problem = Diagnostic("E0003", "this file is not UTF-8 text", span, label, help="save it in UTF-8")
        raise DiagramError(problem) from None
