"""Explain an error code: the cause, an example that fails, the same example repaired, the mathematics."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from diagram import _grammar
from diagram.cli.command import Usage
from diagram.cli.files import write
from diagram.cli.words import nearest


def options(parser: ArgumentParser) -> None:
    """The options of `diag explain`."""
    parser.add_argument(
        "code", metavar="CODE", nargs="?", help="a code such as E0304; without it, the list of all"
    )


def run(args: Namespace) -> int:
    """Print one explanation, or the list of codes."""
    known = _grammar.titles()
    if args.code is None:
        write(None, "\n".join(f"{code}  {title}" for code, title in known.items()))
        return 0
    code = args.code.upper()
    if code not in known:
        raise Usage(f"there is no code `{args.code}`{nearest(code, known)}", "`diag explain` lists all codes")
    write(None, _grammar.explain(code))
    return 0
