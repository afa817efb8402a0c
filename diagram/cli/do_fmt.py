"""Lay .diag files out in the one standard way, in place; `-` reads standard input and writes standard output.

Comments stay. Formatting twice changes nothing. A file with syntax errors is left as it is.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace

from diagram import _grammar
from diagram.cli import FAULTY
from diagram.cli.command import Usage
from diagram.cli.files import existing, note, replacing
from diagram.errors import Source


def options(parser: ArgumentParser) -> None:
    """The options of `diag fmt`."""
    parser.add_argument("files", metavar="FILE", nargs="+", help=".diag files, or - for standard input")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if a file would change")


def run(args: Namespace) -> int:
    """Format every file."""
    changed = [path for path in args.files if _format(path, args.check)]
    return FAULTY if args.check and changed else 0


def _format(path: str, only_check: bool) -> bool:
    """Format one file; whether it was laid out otherwise."""
    if path == "-" and sys.stdin is None:
        raise Usage("standard input is closed")
    source = Source("<stdin>", sys.stdin.read()) if path == "-" else _grammar.read(existing(path, ".diag"))
    new = _grammar.formatted(source)
    changed = new != source.text
    if path == "-" and not only_check:
        sys.stdout.write(new)
    elif changed and only_check:
        note(f"{path}: would be laid out anew")
    elif changed:
        with replacing(path) as draft:
            draft.write_text(new, encoding="utf-8", newline="")
        note(f"{path}: laid out anew")
    return changed
