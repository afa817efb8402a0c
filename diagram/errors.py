"""Errors are values: a code, a message, the places in the text, notes, help and edits.

This file holds the records only; `diagram.report` prints them.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field


class Source:
    """One text with the path it came from; knows where its lines start."""

    __slots__ = ("_lines", "path", "text")

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self.text = text
        self._lines: list[int] | None = None

    @property
    def lines(self) -> list[int]:
        """Offsets at which the lines start."""
        if self._lines is None:
            starts, at = [0], self.text.find("\n")
            while at >= 0:
                starts.append(at + 1)
                at = self.text.find("\n", at + 1)
            self._lines = starts
        return self._lines

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column of an offset, both counted from 1."""
        line = bisect_right(self.lines, offset)
        return line, offset - self.lines[line - 1] + 1

    def line(self, number: int) -> str:
        """The text of line `number` (from 1), without its line end."""
        start = self.lines[number - 1]
        end = self.lines[number] - 1 if number < len(self.lines) else len(self.text)
        return self.text[start:end].rstrip("\r")


@dataclass(frozen=True, slots=True)
class Span:
    """The characters `start..end` (half-open offsets) of a source."""

    source: Source
    start: int
    end: int

    @property
    def text(self) -> str:
        """The characters themselves."""
        return self.source.text[self.start : self.end]

    def to(self, other: Span) -> Span:
        """From the start of this span to the end of the other."""
        return Span(self.source, min(self.start, other.start), max(self.end, other.end))


@dataclass(frozen=True, slots=True)
class Label:
    """A secondary place and what there is to say about it."""

    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace the characters of `span` by `text`."""

    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One error (`E...`) or warning (`W...`).

    `message` is one line with the actual values; `label` says what is wrong at `span`; `labels` are the
    other places (where each side came from); `help` says what to write, and `edits` does it. `certain`
    marks edits that may be applied without asking.
    """

    code: str
    message: str
    span: Span | None = None
    label: str = ""
    labels: tuple[Label, ...] = ()
    notes: tuple[str, ...] = ()
    help: str = ""
    edits: tuple[Edit, ...] = ()
    certain: bool = False

    @property
    def is_warning(self) -> bool:
        """Warnings have codes `W....`."""
        return self.code.startswith("W")


@dataclass(slots=True)
class DiagramError(Exception):
    """What is wrong with the user's text: one or more diagnostics, raised once."""

    diagnostics: tuple[Diagnostic, ...] = field(default_factory=tuple)

    def __init__(self, *diagnostics: Diagnostic) -> None:
        Exception.__init__(self, *diagnostics)
        self.diagnostics = diagnostics

    @classmethod
    def of(cls, diagnostics: Iterable[Diagnostic]) -> DiagramError:
        """From any collection of diagnostics."""
        return cls(*diagnostics)

    def __str__(self) -> str:
        from diagram.report import render

        return "\n\n".join(render(d) for d in self.diagnostics)
