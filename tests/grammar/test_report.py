"""Frames look as specified: twenty-five records and the text that each must give; then the awkward lines."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from diagram.errors import Diagnostic, Edit, Label, Source, Span
from diagram.report import apply_edits, as_json, github, render, short

CASES: list[dict[str, Any]] = json.loads(Path(__file__).with_name("report_cases.json").read_text("utf-8"))


def span_at(source: Source, line: int, column: int, length: int) -> Span:
    start = source.lines[line - 1] + column - 1
    return Span(source, start, start + length)


def diagnostic(case: dict[str, Any]) -> Diagnostic:
    source = Source("model.diag", case["source"])
    line, column, length, label = case["primary"]
    return Diagnostic(
        case["code"],
        case["message"],
        span_at(source, line, column, length),
        label,
        labels=tuple(Label(span_at(source, *label[:3]), label[3]) for label in case["labels"]),
        notes=tuple(case["notes"]),
        help=case["help"],
        edits=tuple(Edit(span_at(source, *edit[:3]), edit[3]) for edit in case["edits"]),
    )


@pytest.mark.parametrize("case", CASES, ids=[c["code"] for c in CASES])
def test_a_record_is_printed_as_specified(case: dict[str, Any]) -> None:
    assert render(diagnostic(case)) == case["expected"]


@pytest.mark.parametrize("case", CASES, ids=[c["code"] for c in CASES])
def test_no_line_is_over_110_columns_and_colour_changes_no_character(case: dict[str, Any]) -> None:
    plain = render(diagnostic(case))
    assert max(map(len, plain.split("\n"))) <= 110
    coloured = render(diagnostic(case), color=True)
    stripped = "".join(
        part.split("m", 1)[-1] if i else part for i, part in enumerate(coloured.split("\x1b["))
    )
    assert stripped == plain


def framed(text: str, start: int, end: int, label: str = "here") -> list[str]:
    return render(Diagnostic("E0111", "m", Span(Source("a.diag", text), start, end), label)).split("\n")[3:]


def test_tabs_are_spread_and_marks_follow() -> None:
    assert framed("\tx = \ty", 6, 7) == ["1 |     x =     y", "  |             ^ here"]


def test_wide_and_combining_characters_count_as_they_show() -> None:
    assert framed("图 = y", 4, 5) == ["1 | 图 = y", "  |      ^ here"]
    assert framed("e\u0301 = y", 5, 6) == ["1 | e\u0301 = y", "  |     ^ here"]


def test_a_long_line_is_cut_around_its_mark() -> None:
    text = "x" * 500 + " bad " + "y" * 500
    line, mark = framed(text, 501, 504)
    assert len(line) <= 110 and "bad" in line
    assert line.index("bad") == mark.index("^^^")


def test_a_span_of_several_lines_is_opened_and_closed() -> None:
    assert framed("def f(\n  a,\n  b\n  )", 4, 19) == [
        "1 | def f(",
        "  |     ^^",
        " ...",
        "4 |   )",
        "  |   ^ here",
    ]


def test_an_empty_span_at_the_end_is_marked() -> None:
    assert framed("ab", 2, 2) == ["1 | ab", "  |   ^ here"]


def test_a_label_in_another_file_has_a_frame_of_its_own() -> None:
    other = Source("b.diag", "object A")
    d = Diagnostic(
        "E0202", "m", Span(Source("a.diag", "object A"), 7, 8), "second", (Label(Span(other, 7, 8), "first"),)
    )
    assert " ::: b.diag:1:8" in render(d).split("\n")


def test_long_help_is_broken() -> None:
    d = Diagnostic("E0111", "m", None, help="word " * 60)
    assert max(map(len, render(d).split("\n"))) <= 110


def test_unicode_frames_have_the_same_lines() -> None:
    d = diagnostic(CASES[0])
    assert len(render(d, unicode=True).split("\n")) == len(render(d).split("\n"))


def test_machine_formats() -> None:
    source = Source("a,b.diag", "é𝔸 x\n")
    d = Diagnostic(
        "E0111", "`x` 100%", Span(source, 3, 4), "here", edits=(Edit(Span(source, 3, 4), "y"),), certain=True
    )
    record = as_json(d)
    assert record["span"] == {
        "file": "a,b.diag",
        "bytes": [7, 8],
        "start": {"line": 1, "column": 5},
        "end": {"line": 1, "column": 6},
    }
    assert json.loads(json.dumps(record))["edits"][0]["applicability"] == "certain"
    assert short(d) == "a,b.diag:1:4: error[E0111]: `x` 100%"
    expected = "::error file=a%2Cb.diag,line=1,endLine=1,col=4,endColumn=5,title=E0111::`x` 100%25%0Ahere"
    assert github(d) == expected


def test_edits_are_applied_together_and_must_not_overlap() -> None:
    source = Source("a", "abcdef")
    cut, put = Edit(Span(source, 1, 3), ""), Edit(Span(source, 3, 3), "X")
    assert apply_edits("abcdef", [put, cut]) == "aXdef"
    with pytest.raises(ValueError, match="overlap"):
        apply_edits("abcdef", [cut, Edit(Span(source, 2, 4), "Y")])
