"""Write a definition as a Python module that stands alone: straight-line code that a person can read."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from diagram.cli import sources
from diagram.cli.files import write


def options(parser: ArgumentParser) -> None:
    """The options of `diag compile`."""
    sources.options(parser)
    sources.budget_option(parser)
    parser.add_argument("--backend", choices=("numpy", "torch"), default="numpy", help="the library it calls")
    parser.add_argument(
        "-o", "--output", metavar="PATH", help="a .py file to write instead of standard output"
    )


def run(args: Namespace) -> int:
    """Generate the module."""
    from diagram import _compilers

    d, sizes = sources.definition(args)
    write(args.output, _compilers.to_source(d, args.backend, sizes, sources.budget(args)), d.name)
    return 0
