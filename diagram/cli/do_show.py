"""Print a definition as what it is, a typed hypergraph: as text of the language, or as JSON for programs.

Without NAME: the definitions of the file with their types.
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from diagram.cli import sources
from diagram.cli.files import write


def options(parser: ArgumentParser) -> None:
    """The options of `diag show`."""
    sources.options(parser)
    parser.add_argument("--json", action="store_true", help="the exact hypergraph as JSON")
    parser.add_argument("-o", "--output", metavar="PATH", help="a file to write instead of standard output")


def run(args: Namespace) -> int:
    """Print one definition, or the list of all."""
    loaded = sources.module(args.file)
    if args.name is None and len(loaded.definitions) != 1 and not args.json:
        write(args.output, "\n".join(repr(loaded[name]) for name in loaded.definitions))
        return 0
    d, _ = sources.definition(args)
    if args.json:
        from diagram import serial

        write(args.output, serial.to_json(d))
    else:
        from diagram import _compilers

        write(args.output, _compilers.to_text(d))
    return 0
