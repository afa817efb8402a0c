"""Run the `test` items of .diag files. Exit code 1 if one fails."""

from __future__ import annotations

from argparse import ArgumentParser


def options(parser: ArgumentParser) -> None:
    """The options of `diag test`."""
    parser.add_argument("files", metavar="FILE", nargs="+", help=".diag files")
    parser.add_argument("-q", "--quiet", action="store_true", help="name only the tests that fail")
