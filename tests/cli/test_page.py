"""docs/reference/command.md is what the command itself says; `make accept` writes it anew."""

import os
from argparse import SUPPRESS, Action
from pathlib import Path

from diagram.cli import COMMANDS
from diagram.cli.command import parser_of

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "command.md"
SHARED = ("help", "format", "color")
HEAD = """\
# The command `diag`

Generated from the command itself. Results go to standard output, messages to standard error; `-o PATH`
writes a file, which appears whole or not at all.

| exit code | |
|---|---|
| 0 | done |
| 1 | the diagram is faulty, or a check failed; the messages say where and what to write |
| 2 | wrong use: a missing file, an unknown name or size, arrays that do not fit |
| 4 | a bug of diag (E0001), with a report to send |
| 130 | interrupted |

Every command knows `--help`, `--format text|short|json|github` (the form of messages; all but `text` go to
standard output, for programs; `--json` for short, but in `diag show`)
and `--color auto|always|never` (`NO_COLOR` and `FORCE_COLOR` are obeyed).
"""


def row(action: Action) -> str:
    escaped = "\\|"
    value = "|".join(map(str, action.choices)) if action.choices else action.metavar or ""
    takes_value = action.nargs != 0
    names = [f"{name} {value}".strip() if takes_value else name for name in action.option_strings]
    return f"| `{(', '.join(names) or action.metavar).replace('|', escaped)}` | {action.help} |"


def section(name: str) -> str:
    parser = parser_of(name)
    lines = [f"\n## diag {name}\n", (parser.description or "").strip(), "", "| | |", "|---|---|"]
    for action in parser._actions:
        if action.dest not in SHARED and action.help is not SUPPRESS:
            lines.append(row(action))
    return "\n".join(lines) + "\n"


def test_the_page_of_the_command_is_what_the_command_says():
    page = HEAD + "".join(map(section, COMMANDS))
    if os.environ.get("ACCEPT"):
        PAGE.write_text(page, encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == page
