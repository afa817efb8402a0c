"""Each mistake of syntax gets its code, its place, and an edit that repairs it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from diagram.errors import Source
from diagram.report import apply_edits, render
from grammar.parser import parse

CASES: list[dict[str, Any]] = json.loads(Path(__file__).with_name("report_cases.json").read_text("utf-8"))
SYNTAX = [c for c in CASES if c["code"].startswith("E01")]

REPAIRED = [
    ("E0101", "def f(x: A -> B = g(x)", "def f(x: A) -> B = g(x)"),
    (
        "E0101",
        "def f(x: A) -> B {\n  y = g(x\n  return y\n}",
        "def f(x: A) -> B {\n  y = g(x)\n  return y\n}",
    ),
    ("E0101", "def f(x: A) -> B {\n  y = x\n\nobject C", "def f(x: A) -> B {\n  y = x\n}\n\nobject C"),
    ("E0101", "figure x = y with { a = 3\nobject Z", "figure x = y with { a = 3 }\nobject Z"),
    ("E0102", "def f : A -> B = 2 x", "def f : A -> B = 2 * x"),
    ("E0102", "def f(x: A) -> B { y = g x return y }", "def f(x: A) -> B { y = g(x) return y }"),
    ("E0103", "def f : A -> B = g ⊗ h ⨟ k", "def f : A -> B = g @ h >> k"),
    ("E0103", "def f : A -> C = h ∘ g @ k ∘ f", "def f : A -> C = f >> g @ k >> h"),
    ("E0103", "def f : A -> C = h << g", "def f : A -> C = g >> h"),
    ("E0103", "def f : A -> C = h |> g", "def f : A -> C = h >> g"),
    ("E0103", "def f : A -> C = h >>> g", "def f : A -> C = h >> g"),
    ("E0103", "def f(x: A) -> B { y = x ; g\n return y }", "def f(x: A) -> B { y = x >> g\n return y }"),
    ("E0104", "def f\nobject A", "def f = ?f\nobject A"),
    ("E0104", "axis d =\naxis h = 3", "axis d = ?d\naxis h = 3"),
    ("E0104", "def f(x: A) -> B {\n  y =\n  z = x\n}", "def f(x: A) -> B {\n  y = ?y\n  z = x\n}"),
    ("E0105", "def f(x: A] -> B = g", "def f(x: A) -> B = g"),
    ("E0105", "def f(x: A) -> B = g(x))", "def f(x: A) -> B = g(x)"),
    ("E0106", "def f := g", "def f = g"),
    ("E0106", "def f(x: A) -> B { y <- g(x) return y }", "def f(x: A) -> B { y = g(x) return y }"),
    ("E0106", "rule r : a >> b = b", "rule r : a >> b == b"),
    ("E0106", 'test "x" { assert a = b }', 'test "x" { assert a == b }'),
    ("E0106", "def f(x: A): B { return g(x) }", "def f(x: A)-> B { return g(x) }"),
    ("E0107", "def f(in: A) -> B { y = g(in) return y }", "def f(in_: A) -> B { y = g(in_) return y }"),
    ("E0109", "def f : A → B = g ⊗ h", "def f : A -> B = g @ h"),
    ("E0109", "def f(x: R) -> R = x^2 + x^3", "def f(x: R) -> R = x**2 + x**3"),
    ("E0109", "object e\u0301", "object é"),
    ("E0110", 'import_ "abc\nobject B', None),
    ("E0110", 'def f : A -> B = "abc\nobject B', 'def f : A -> B = "abc"\nobject B'),
    ("E0111", "fn f(x: A) -> B = g(x)", "def f(x: A) -> B = g(x)"),
    ("E0111", "defn f(x: A) -> B = g(x)", "def f(x: A) -> B = g(x)"),
    ("E0111", "f = g >> h", "def f = g >> h"),
    ("E0111", "box f A -> B", "box f : A -> B"),
    ("E0111", "box f : A -> B;\nbox g : A -> B", "box f : A -> B\nbox g : A -> B"),
    ("E0111", "def f(x: A) -> B {\n  let y = g(x)\n}", "def f(x: A) -> B {\n  y = g(x)\n}"),
    ("E0112", "def f(x: A) -> B {\n  y = g(x)\n  y\n}", "def f(x: A) -> B {\n  y = g(x)\n  return y\n}"),
    ("E0112", "def f(x: A) -> B {\n  g(x)\n  return x\n}", "def f(x: A) -> B {\n  _ = g(x)\n  return x\n}"),
]

UNREPAIRED = [
    ("E0102", "def f : A -> B = g h"),
    ("E0107", "axis type, box"),
    ("E0108", "def f : A -> "),
    ("E0108", "object"),
    ("E0109", "def f : A -> B = §x"),
    ("E0110", 'def f = """abc\nobject B'),
    ("E0111", "return x"),
    ("E0111", "object A\nedition 1"),
    ("E0111", "lens l : A | B -> C | D { gett(p) = p }"),
    ("E0111", "def f : A -> B = if a then b"),
    ("E0111", "{\nobject A"),
]


@pytest.mark.parametrize("case", SYNTAX, ids=[c["code"] for c in SYNTAX])
def test_the_specified_messages_are_given_word_for_word(case: dict[str, Any]) -> None:
    (problem,) = parse(Source("model.diag", case["source"]))[1]
    assert render(problem) == case["expected"]


@pytest.mark.parametrize("case", CASES, ids=[c["code"] for c in CASES])
def test_the_other_specified_examples_parse(case: dict[str, Any]) -> None:
    problems = parse(Source("model.diag", case["source"]))[1]
    assert [d.code for d in problems] == ([case["code"]] if case in SYNTAX else [])


@pytest.mark.parametrize(("code", "text", "repaired"), REPAIRED)
def test_the_edit_repairs(code: str, text: str, repaired: str | None) -> None:
    problems = parse(Source("model.diag", text))[1]
    assert len(problems) == 1 or repaired is None
    if repaired is not None:
        assert problems[0].code == code
        assert problems[0].help
        assert apply_edits(text, problems[0].edits) == repaired
        assert parse(Source("model.diag", repaired))[1] == []


@pytest.mark.parametrize(("code", "text"), UNREPAIRED)
def test_no_edit_is_offered_where_several_are_likely(code: str, text: str) -> None:
    (problem,) = parse(Source("model.diag", text))[1]
    assert (problem.code, problem.edits) == (code, ())


def test_all_syntax_errors_come_at_once_in_order_and_one_an_item() -> None:
    heads = ("def ", "rule ", "test ", "object ", "axis ", "box ")
    lines = [(code, text) for code, text, _ in REPAIRED if "\n" not in text and text.startswith(heads)]
    problems = parse(Source("model.diag", "\n\n".join(text for _, text in lines)))[1]
    assert [d.code for d in problems] == [code for code, _ in lines]
