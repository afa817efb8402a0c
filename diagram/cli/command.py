"""One subcommand: its options, its run, and what its errors become. `do_NAME.py` says what it does."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from importlib import import_module
from typing import TYPE_CHECKING

from diagram.cli import USAGE

if TYPE_CHECKING:
    from diagram.errors import DiagramError


class Usage(Exception):
    """Wrong use of the command: a missing file, an unknown name. One line, a line of help, perhaps a code."""

    def __init__(self, message: str, help: str = "", code: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.help = help
        self.code = code


def parser_of(name: str) -> ArgumentParser:
    """The options of a subcommand: its own, and those about messages that all share."""
    module = import_module(f"diagram.cli.do_{name}")
    parser = ArgumentParser(
        prog=f"diag {name}",
        description=module.__doc__,
        formatter_class=RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    module.options(parser)
    messages = parser.add_argument_group("messages")
    formats = ("text", "short", "json", "github")
    messages.add_argument(
        "--format", choices=formats, default="text", help="the form of messages (default: text)"
    )
    if "--json" not in parser._option_string_actions:  # `diag show --json` gives the diagram itself
        messages.add_argument(
            "--json", action="store_const", dest="format", const="json", help="the same as --format json"
        )
    colours = ("auto", "always", "never")
    messages.add_argument(
        "--color", choices=colours, default="auto", help="colour in messages (default: auto)"
    )
    parser.add_argument_group("limits").add_argument(
        "--max-boxes", metavar="N", type=int, help="the most boxes that a definition may stand for (1000000)"
    )
    return parser


def run(name: str, words: list[str]) -> int:
    """Run the subcommand `name` with its words; returns the exit code."""
    from diagram.errors import DiagramError
    from diagram.room import room
    from diagram.size_limits import at_most

    parser = parser_of(name)
    try:
        args = parser.parse_args(words)
    except SystemExit as stop:  # argparse has printed its help (0) or its complaint (2)
        return stop.code if isinstance(stop.code, int) else USAGE
    try:
        writable(getattr(args, "output", None))
        with at_most(args.max_boxes), room():
            code: int = import_module(f"diagram.cli.do_{name}").run(args)
        return code
    except Usage as error:
        complain(error, args)
        return USAGE
    except (DiagramError, OverflowError) as error:
        if isinstance(error, OverflowError):
            error = too_large(error)
        from diagram.cli.messages import exit_code, show

        show(error.diagnostics, args)
        return exit_code(error.diagnostics)


def too_large(error: OverflowError) -> DiagramError:
    """E0008 for a size that grows beyond its limits after the text is read: the cost of a huge array, say."""
    from diagram.errors import Diagnostic, DiagramError

    return DiagramError(Diagnostic("E0008", f"a size becomes too large: {error}"))


def writable(path: str | None) -> None:
    """Raise `Usage` before anything is computed if the result could not be written to `path`."""
    if path is None or path == "-":
        return
    if os.path.isdir(path):
        raise Usage(f"cannot write `{path}`: it is a folder", "name a file in it")
    folder = os.path.dirname(os.path.realpath(path))
    if not os.path.isdir(folder):
        raise Usage(
            f"cannot write `{path}`: the folder `{os.path.dirname(path)}` does not exist", "make it first"
        )


def complain(error: Usage, args: Namespace) -> None:
    """A usage error, in the form that `--format` asks for."""
    code = f"[{error.code}]" if error.code else ""
    if args.format == "json":
        import json

        shown = {
            "code": error.code or None,
            "level": "error",
            "message": error.message,
            "help": error.help or None,
        }
        print(json.dumps(shown, ensure_ascii=False))
    elif args.format == "github":
        print(f"::error::{error.message}")
    elif args.format == "short":
        print(f"error{code}: {error.message}")
    else:
        print(f"error{code}: {error.message}", file=sys.stderr)
        if error.help:
            print(f"  = help: {error.help}", file=sys.stderr)
