"""Diagnostics on their way out: for people on standard error, for programs on standard output."""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from collections.abc import Iterable, Sequence

from diagram.cli import FAULTY, USAGE
from diagram.errors import Diagnostic


def show(diagnostics: Iterable[Diagnostic], args: Namespace) -> None:
    """Print them in the form that `--format` asks for."""
    from diagram import report

    for k, diagnostic in enumerate(diagnostics):
        if args.format == "json":
            print(report.as_json(diagnostic))
        elif args.format == "short":
            print(report.short(diagnostic))
        elif args.format == "github":
            print(github(diagnostic))
        else:
            text = report.render(diagnostic, color=colored(args.color), unicode=False)
            print("\n" * (k > 0) + text, file=sys.stderr)


def exit_code(diagnostics: Sequence[Diagnostic]) -> int:
    """2 if only files are at fault (E00..), else 1 if there is an error, else 0."""
    errors = [d for d in diagnostics if not d.is_warning]
    if not errors:
        return 0
    return USAGE if all(d.code.startswith("E00") for d in errors) else FAULTY


def colored(choice: str) -> bool:
    """`--color`, then NO_COLOR, then FORCE_COLOR, then whether a person is looking."""
    if choice != "auto":
        return choice == "always"
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return sys.stderr.isatty() and os.environ.get("TERM") != "dumb"


def github(d: Diagnostic) -> str:
    """An annotation of a workflow run: shown at the line in the change under review."""
    level = "warning" if d.is_warning else "error"
    place = ""
    if d.span is not None:
        source = d.span.source
        (line, col), (end_line, end_col) = source.position(d.span.start), source.position(d.span.end)
        place = f"file={_escape(source.path)},line={line},col={col},endLine={end_line},endColumn={end_col},"
    return f"::{level} {place}title={d.code}::{_escape('. '.join(p for p in (d.message, d.help) if p))}"


def _escape(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
