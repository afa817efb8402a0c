"""One subcommand: its options, its run, and what its errors become. `do_NAME.py` says what it does."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from importlib import import_module

from diagram.cli import USAGE


class Usage(Exception):
    """Wrong use of the command: a missing file, an unknown name. One line, and one line of help."""

    def __init__(self, message: str, help: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.help = help


def run(name: str, words: list[str]) -> int:
    """Run the subcommand `name` with its words; returns the exit code."""
    from diagram.errors import DiagramError

    module = import_module(f"diagram.cli.do_{name}")
    parser = ArgumentParser(
        prog=f"diag {name}",
        description=module.__doc__,
        formatter_class=RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    module.options(parser)
    messages = parser.add_argument_group("messages")
    messages.add_argument(
        "--format",
        choices=("text", "short", "json", "github"),
        default="text",
        help="how to print what is wrong",
    )
    messages.add_argument(
        "--color", choices=("auto", "always", "never"), default="auto", help="colour in messages"
    )
    try:
        args = parser.parse_args(words)
    except SystemExit as stop:  # argparse has printed its help (0) or its complaint (2)
        return stop.code if isinstance(stop.code, int) else USAGE
    try:
        code: int = module.run(args)
        return code
    except Usage as error:
        complain(error.message, error.help, args)
        return USAGE
    except DiagramError as error:
        from diagram.cli.messages import exit_code, show

        show(error.diagnostics, args)
        return exit_code(error.diagnostics)


def complain(message: str, help: str, args: Namespace) -> None:
    """A usage error, in the form that `--format` asks for."""
    if args.format == "json":
        import json

        print(json.dumps({"code": None, "level": "error", "message": message, "help": help or None}))
    elif args.format == "github":
        print(f"::error::{message}")
    else:
        print(f"error: {message}", file=sys.stderr)
        if help and args.format == "text":
            print(f"  = help: {help}", file=sys.stderr)
