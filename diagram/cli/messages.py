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

    for diagnostic in diagnostics:
        if args.format == "json":
            import json

            print(json.dumps(report.as_json(diagnostic), ensure_ascii=False))
        elif args.format == "short":
            print(report.short(diagnostic))
        elif args.format == "github":
            print(report.github(diagnostic))
        else:
            text = report.render(diagnostic, color=colored(args.color), unicode=drawable())
            print(f"{text}\n", file=sys.stderr)


def exit_code(diagnostics: Sequence[Diagnostic]) -> int:
    """0 without errors; 2 if they are about files (E00..) or about no place in the text at all; else 1."""
    errors = [d for d in diagnostics if not d.is_warning]
    if not errors:
        return 0
    return USAGE if all(d.code.startswith("E00") or d.span is None for d in errors) else FAULTY


def colored(choice: str) -> bool:
    """`--color`, then NO_COLOR, then FORCE_COLOR, then whether a person is looking."""
    if choice != "auto":
        return choice == "always"
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return sys.stderr.isatty() and os.environ.get("TERM") != "dumb"


def drawable() -> bool:
    """Whether frames may be drawn with box signs: on a terminal in UTF-8."""
    return sys.stderr.isatty() and (sys.stderr.encoding or "").lower() in ("utf-8", "utf8")
