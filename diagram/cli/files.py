"""Reading what the command line names, and writing results so that a half-written file is never seen."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from diagram.cli.command import Usage, writable
from diagram.cli.words import nearest


def existing(path: str, kind: str = "") -> str:
    """The path of a file that can be opened; anything else is wrong use, said in one line."""
    place = Path(path)
    if place.is_dir():
        raise Usage(f"`{path}` is a folder, not a file", f"name a {kind or 'single'} file in it", "E0002")
    try:
        with place.open("rb"):
            return path
    except FileNotFoundError:
        raise Usage(f"there is no file `{path}`{_sibling(place)}", code="E0002") from None
    except OSError as error:
        raise Usage(f"cannot read `{path}`: {error.strerror}", code="E0002") from None


def _sibling(path: Path) -> str:
    """A suggestion from the same folder."""
    try:
        names = [p.name for p in path.parent.iterdir() if p.is_file()]
    except OSError:
        return f"; the folder `{path.parent}` does not exist"
    return nearest(path.name, names)


@contextmanager
def replacing(path: str) -> Iterator[Path]:
    """A name to write to, beside `path`, that becomes `path` when the writing has gone well.

    Devices and pipes (`/dev/stdout`) are written directly. Raises `Usage` where nothing can be written.
    """
    writable(path)
    target = Path(os.path.realpath(path))
    if target.exists() and not target.is_file():
        yield target
        return
    draft = target.with_name(f".{target.stem}.{os.getpid()}{target.suffix}")
    try:
        draft.touch()
        if target.exists():
            draft.chmod(target.stat().st_mode)
        yield draft
        draft.replace(target)
    except OSError as error:
        raise Usage(f"cannot write `{path}`: {error.strerror}") from None
    finally:
        draft.unlink(missing_ok=True)


def write(path: str | None, text: str, what: str = "the result") -> None:
    """Write a result to a file, saying so, or to standard output for None or `-`."""
    if path is None or path == "-":
        print(text, end="" if text.endswith("\n") else "\n")
        return
    with replacing(path) as draft:
        draft.write_text(text, encoding="utf-8", newline="\n")
    note(f"wrote {what} to {path}")


def note(text: str) -> None:
    """A remark for the person, beside the result."""
    print(text, file=sys.stderr)
