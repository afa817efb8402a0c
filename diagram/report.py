"""Prints diagnostics: frames for people, `short` and `github` lines, JSON records; applies edits.

The shape of a frame is fixed (`docs/errors`); what a message says is decided where it is made.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from dataclasses import dataclass
from unicodedata import category, combining, east_asian_width

from diagram.errors import Diagnostic, Edit, Source, Span

WIDTH = 110
TAB = 4

Json = dict[str, object]


@dataclass(frozen=True, slots=True)
class Theme:
    """The signs and colours of a frame."""

    bar: str
    arrow: str
    gap: str
    dash: str
    cut: str
    colours: dict[str, str]

    def paint(self, text: str, colour: str) -> str:
        """`text` in a colour, if there are colours."""
        code = self.colours.get(colour)
        return f"\x1b[{code}m{text}\x1b[0m" if code and text else text


COLOURS = {
    "error": "1;31",
    "warning": "1;33",
    "frame": "1;34",
    "help": "1;36",
    "bold": "1",
    "old": "31",
    "new": "32",
}


def theme_of(color: bool, unicode: bool) -> Theme:
    """Plain ASCII, or box-drawing signs on a terminal that has them."""
    colours = COLOURS if color else {}
    return (
        Theme("│", "──>", "⋮", "─", "…", colours)
        if unicode
        else Theme("|", "-->", "...", "-", "...", colours)
    )


@dataclass(frozen=True, slots=True)
class Mark:
    """An underlined stretch of one line, in columns of the screen; the primary one is drawn with `^`."""

    start: int
    end: int
    text: str
    primary: bool


@dataclass(frozen=True, slots=True)
class Line:
    """A line as it is shown: tabs spread, invisible characters made visible, and the column of each
    character.
    """

    text: str
    columns: tuple[int, ...]


def shown(text: str) -> Line:
    """Lay a line of source out on the screen; `columns` has one entry more than `text` has characters."""
    out: list[str] = []
    columns = [0]
    for char in text:
        at = columns[-1]
        if char == "\t":
            char, width = " " * (TAB - at % TAB), TAB - at % TAB
        elif combining(char) or category(char) in ("Mn", "Me"):
            width = 0
        elif category(char)[0] == "C":
            char, width = "\N{REPLACEMENT CHARACTER}", 1
        else:
            width = 2 if east_asian_width(char) in "WF" else 1
        out.append(char)
        columns.append(at + width)
    return Line("".join(out), tuple(columns))


def render(d: Diagnostic, *, color: bool = False, unicode: bool = False) -> str:
    """The message as people read it: headline, frames, notes, help, and the edit as a diff.

    >>> source = Source("model.diag", "def f : A = g;h")
    >>> print(render(Diagnostic("E0103", "`;` does not compose", Span(source, 13, 14), "write `>>`")))
    error[E0103]: `;` does not compose
     --> model.diag:1:14
      |
    1 | def f : A = g;h
      |              ^ write `>>`
    """
    theme = theme_of(color, unicode)
    level = "warning" if d.is_warning else "error"
    out = [theme.paint(f"{level}[{d.code}]", level) + theme.paint(f": {d.message}", "bold")]
    gutter = gutter_of(d)
    for source, marks in marks_of(d):
        first = d.span is not None and source is d.span.source
        out += frame(source, marks, d.span.start if first and d.span else None, gutter, theme, level)
    told = [("note", note) for note in d.notes] + ([("help", d.help)] if d.help else [])
    if d.span and (told or d.edits):
        out.append(f"{' ' * gutter} {theme.paint(theme.bar, 'frame')}")
    for kind, text in told:
        sign = f"{' ' * gutter} {theme.paint('=', 'frame')} {theme.paint(kind, 'help')}: "
        room = max(20, WIDTH - gutter - 9)
        lines = textwrap.wrap(text, room, break_long_words=False, break_on_hyphens=False) or [""]
        out.append(sign + lines[0])
        out += [" " * (gutter + 9) + line for line in lines[1:]]
    return "\n".join(out + diff(d, gutter, theme))


def gutter_of(d: Diagnostic) -> int:
    """The digits of the largest line number to be shown."""
    spans = [s for s in (d.span, *(label.span for label in d.labels), *(e.span for e in d.edits)) if s]
    last = max((s.source.position(s.end)[0] for s in spans), default=1)
    grown = sum(e.text.count("\n") for e in d.edits)
    return len(str(last + grown))


def marks_of(d: Diagnostic) -> list[tuple[Source, dict[int, list[Mark]]]]:
    """For each source, the primary one first, the marks of each line."""
    found: dict[int, tuple[Source, dict[int, list[Mark]]]] = {}
    places = [(label.span, label.text, False) for label in d.labels]
    if d.span:
        places.insert(0, (d.span, d.label, True))
    for span, text, primary in places:
        _, marks = found.setdefault(id(span.source), (span.source, {}))
        for number, mark in marks_in_lines(span, text, primary):
            marks.setdefault(number, []).append(mark)
    return list(found.values())


def marks_in_lines(span: Span, text: str, primary: bool) -> list[tuple[int, Mark]]:
    """One mark, or two for a span of several lines: to the end of the first one, and up to the end of the
    last.
    """
    source = span.source
    first, column = source.position(span.start)
    last, end = source.position(max(span.start, span.end))
    if end == 1 and last > first:
        last, end = last - 1, len(source.line(last - 1)) + 1
    head = shown(source.line(first)).columns
    start = head[min(column - 1, len(head) - 1)]
    if first == last:
        stop = head[min(end - 1, len(head) - 1)]
        return [(first, Mark(start, max(stop, start + 1), text, primary))]
    tail = source.line(last)
    columns = shown(tail).columns
    indent = columns[len(tail) - len(tail.lstrip())]
    stop = max(columns[min(end - 1, len(columns) - 1)], indent + 1)
    opening = Mark(start, max(head[-1], start + 1), "", primary)
    return [(first, opening), (last, Mark(indent, stop, text, primary))]


def frame(
    source: Source, marks: dict[int, list[Mark]], start: int | None, gutter: int, theme: Theme, level: str
) -> list[str]:
    """The lines of one source that have marks, with a single line between two of them, longer gaps cut
    out.
    """
    numbers = sorted(marks)
    line, column = (
        source.position(start) if start is not None else (numbers[0], marks[numbers[0]][0].start + 1)
    )
    blank, bar = " " * gutter, theme.paint(theme.bar, "frame")
    arrow = theme.arrow if start is not None else ":::"
    out = [f"{blank}{theme.paint(arrow, 'frame')} {source.path}:{line}:{column}", f"{blank} {bar}"]
    before = numbers[0]
    for number in numbers:
        if number - before == 2:
            between = fit(source, before + 1, [])[0]
            out.append(f"{theme.paint(str(before + 1).rjust(gutter), 'frame')} {bar} {between}")
        elif number - before > 2:
            out.append(blank + theme.paint(theme.gap, "frame"))
        before = number
        text, shift = fit(source, number, marks[number], theme.cut)
        out.append(f"{theme.paint(str(number).rjust(gutter), 'frame')} {bar} {text}")
        for mark in sorted(marks[number], key=lambda m: -m.start):
            out += [
                f"{blank} {bar} {part}" for part in underline(mark, shift, len(text), gutter, theme, level)
            ]
    return out


def fit(source: Source, number: int, marks: list[Mark], cut: str = "...") -> tuple[str, int]:
    """A line cut to the width of the report so that its marks are seen, and by how much it was shifted."""
    line = shown(source.line(number))
    room = WIDTH - 12
    if line.columns[-1] <= room:
        return line.text, 0
    first = min((m.start for m in marks), default=0)
    last = max((min(m.end, m.start + 40) for m in marks), default=0)
    left = 0 if last <= room - 8 else max(0, min(first - 8, line.columns[-1] - room))
    return window(line, left, room, cut)


def window(line: Line, left: int, room: int, cut: str) -> tuple[str, int]:
    """The columns `left..left + room` of a line, with `cut` where something is missing; the shift of the
    rest.
    """
    chars = [(column, char) for column, char in zip(line.columns, split(line), strict=False)]
    inside = "".join(char for column, char in chars if left <= column < left + room)
    head = cut if left else ""
    tail = cut if line.columns[-1] > left + room else ""
    return head + inside + tail, left - len(head)


def split(line: Line) -> list[str]:
    """The shown characters one by one: a tab is several blanks, so the text cannot be indexed by
    character.
    """
    out: list[str] = []
    at = 0
    for column, after in zip(line.columns, line.columns[1:], strict=False):
        blanks = line.text[at : at + after - column]
        width = len(blanks) if after - column > 1 and blanks.isspace() else 1
        out.append(line.text[at : at + width])
        at += width
    return out


def underline(mark: Mark, shift: int, length: int, gutter: int, theme: Theme, level: str) -> list[str]:
    """The line under a line: the stretch marked, then the label; a label too long for the line goes below."""
    sign, colour = ("^", level) if mark.primary else (theme.dash, "frame")
    start = max(0, mark.start - shift)
    stop = max(start + 1, min(mark.end - shift, max(length, start + 1)))
    stretch = " " * start + theme.paint(sign * (stop - start), colour)
    if not mark.text:
        return [stretch]
    if gutter + 3 + stop + 1 + len(mark.text) <= WIDTH:
        return [f"{stretch} {theme.paint(mark.text, colour)}"]
    room = WIDTH - gutter - 3
    lines = textwrap.wrap(mark.text, room, break_long_words=False, break_on_hyphens=False)
    indent = " " * max(0, min(start, room - max(map(len, lines))))
    return [stretch, *(indent + theme.paint(line, colour) for line in lines)]


def diff(d: Diagnostic, gutter: int, theme: Theme) -> list[str]:
    """The lines that the edits change, before and after."""
    out: list[str] = []
    for source, edits in by_source(d.edits):
        if d.span is not None and source is not d.span.source:
            out.append(f"{' ' * gutter}{theme.paint(':::', 'frame')} {source.path}")
        drift = 0
        for first, last, hunk in hunks(source, edits):
            start = source.lines[first - 1]
            stop = source.lines[last] if last < len(source.lines) else len(source.text)
            old = source.text[start:stop].removesuffix("\n")
            moved = [Edit(Span(source, e.span.start - start, e.span.end - start), e.text) for e in hunk]
            new = apply_edits(source.text[start:stop], moved).removesuffix("\n")
            for sign, colour, text, number in (("-", "old", old, first), ("+", "new", new, first + drift)):
                for i, line in enumerate(text.split("\n")):
                    body = window(shown(line.rstrip("\r")), 0, WIDTH - 12, theme.cut)[0]
                    out.append(theme.paint(f"{str(number + i).rjust(gutter)} {sign} {body}", colour))
            drift += new.count("\n") - old.count("\n")
    return out


def by_source(edits: Iterable[Edit]) -> list[tuple[Source, list[Edit]]]:
    """Edits grouped by the text they change."""
    found: dict[int, tuple[Source, list[Edit]]] = {}
    for edit in edits:
        found.setdefault(id(edit.span.source), (edit.span.source, []))[1].append(edit)
    return list(found.values())


def hunks(source: Source, edits: list[Edit]) -> list[tuple[int, int, list[Edit]]]:
    """Runs of lines that change: first line, last line, edits."""
    found: list[tuple[int, int, list[Edit]]] = []
    for edit in sorted(edits, key=lambda e: e.span.start):
        first, last = source.position(edit.span.start)[0], source.position(edit.span.end)[0]
        if found and first <= found[-1][1]:
            top = found.pop()
            found.append((top[0], max(last, top[1]), [*top[2], edit]))
        else:
            found.append((first, last, [edit]))
    return found


def apply_edits(text: str, edits: Iterable[Edit]) -> str:
    """The text with all edits made; offsets are those of the text before. Raises ValueError if two
    overlap.
    """
    out: list[str] = []
    at = 0
    for edit in sorted(edits, key=lambda e: (e.span.start, e.span.end)):
        if edit.span.start < at:
            raise ValueError(f"edits overlap at offset {edit.span.start}")
        out += [text[at : edit.span.start], edit.text]
        at = edit.span.end
    return "".join(out) + text[at:]


def short(d: Diagnostic) -> str:
    """One line: place, code, message."""
    level = "warning" if d.is_warning else "error"
    if d.span is None:
        return f"{level}[{d.code}]: {d.message}"
    line, column = d.span.source.position(d.span.start)
    return f"{d.span.source.path}:{line}:{column}: {level}[{d.code}]: {d.message}"


def github(d: Diagnostic) -> str:
    """An annotation of a pull request, as GitHub's workflow commands spell it."""

    def escaped(text: str, more: str = "") -> str:
        for char in "%\r\n" + more:
            text = text.replace(char, f"%{ord(char):02X}")
        return text

    level = "warning" if d.is_warning else "error"
    where = ""
    if d.span:
        line, column = d.span.source.position(d.span.start)
        last, end = d.span.source.position(d.span.end)
        file = escaped(d.span.source.path, ",:")
        where = f" file={file},line={line},endLine={last},col={column},endColumn={end},title={d.code}"
    body = d.message + (f"\n{d.label}" if d.label else "") + (f"\nhelp: {d.help}" if d.help else "")
    return f"::{level}{where}::{escaped(body)}"


def place(span: Span) -> Json:
    """A span for machines: bytes of the UTF-8 text, lines and UTF-16 columns from 1, ends exclusive."""
    text = span.source.text

    def corner(offset: int) -> Json:
        line, column = span.source.position(offset)
        before = text[offset - column + 1 : offset]
        return {"line": line, "column": len(before.encode("utf-16-le")) // 2 + 1}

    start = len(text[: span.start].encode())
    stop = start + len(text[span.start : span.end].encode())
    return {
        "file": span.source.path,
        "bytes": [start, stop],
        "start": corner(span.start),
        "end": corner(span.end),
    }


def as_json(d: Diagnostic) -> Json:
    """The record for machines; `json.dumps` of it is one line of `--format json`."""
    applicability = "certain" if d.certain else "suggested"
    return {
        "code": d.code,
        "level": "warning" if d.is_warning else "error",
        "message": d.message,
        "file": d.span.source.path if d.span else None,
        "span": place(d.span) if d.span else None,
        "label": d.label,
        "labels": [{"span": place(label.span), "text": label.text} for label in d.labels],
        "notes": list(d.notes),
        "help": d.help,
        "edits": [{"span": place(e.span), "text": e.text, "applicability": applicability} for e in d.edits],
    }
