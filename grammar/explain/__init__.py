"""What each error code means: cause, a wrong and a right file, the mathematics; one Markdown file a code
beside this.

`explain` is what `diag explain CODE` prints; `python -m grammar.explain` writes the pages of `docs/errors`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

STAGES = ("bug", "read", "check", "test", "laws", "lint", "run")
"""Who finds an error: nobody should, reading the file, checking, tests, sampled laws, lint, running."""

PAGE = re.compile(
    r"# (?P<code>[EW]\d{4}): (?P<title>[^\n]+)\n\nFound by: (?P<stage>\w+)\n\n(?P<cause>.*?)\n"
    r"(?:\n## Wrong\n\n```diag\n(?P<wrong>.*?)```\n\n## Right\n\n```diag\n(?P<right>.*?)```\n)?"
    r"\n## Mathematics\n\n(?P<mathematics>.*)",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Explanation:
    """One code. `wrong` and `right` are whole `.diag` files, empty for errors that no text has (unreadable
    files).
    """

    code: str
    title: str
    stage: str
    cause: str
    wrong: str
    right: str
    mathematics: str
    text: str


@cache
def codes() -> tuple[str, ...]:
    """All codes, errors before warnings."""
    return tuple(sorted(path.stem for path in Path(__file__).parent.glob("*.md")))


@cache
def explanation(code: str) -> Explanation:
    """The parts of an explanation. Raises KeyError for a code that does not exist."""
    if code not in codes():
        raise KeyError(code)
    text = Path(__file__).with_name(f"{code}.md").read_text("utf-8")
    found = PAGE.fullmatch(text)
    assert found is not None, code
    return Explanation(**{k: v or "" for k, v in found.groupdict().items()}, text=text)


def titles() -> dict[str, str]:
    """Every code with its title.

    >>> titles()["E0101"]
    'a bracket is never closed'
    """
    return {code: explanation(code).title for code in codes()}


def explain(code: str) -> str:
    """The page of a code as Markdown. Raises KeyError for a code that does not exist."""
    return explanation(code.strip().upper()).text


def pages() -> dict[str, str]:
    """The files of `docs/errors`: a page a code and an index."""
    rows = "".join(f"| [{code}]({code}.md) | {title} |\n" for code, title in titles().items())
    index = (
        "# Errors and warnings\n\nMade by `python -m grammar.explain`.\n\n| code | meaning |\n|---|---|\n"
        + rows
    )
    return {"README.md": index} | {f"{code}.md": explain(code) for code in codes()}
