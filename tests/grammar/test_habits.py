"""Habits of other languages: each mistake is named for what it is, and an edit that is offered is right."""

from __future__ import annotations

import pytest

from diagram import check_text

BODY = "axis t, m\ndef f(X: R[t, m], Y: R[t, m]) -> R[t, m] {{\n  {}\n  return X\n}}\n"
FILES = {
    "a comment with slashes": ("// words\naxis t\n", "E0111", "`//` starts no comment", None),
    "a comment with a star": ("/* words */\naxis t\n", "E0111", "`/*` starts no comment", None),
    "a body after a colon": ("def f(x: R) -> R:\n  return x\n", "E0111", "starts no body", "{"),
    "the type in front": ("axis t\ndef f(R[t] X) -> R[t] = X\n", "E0111", "in front of the name", "X: R[t]"),
    "parameters without a comma": ("def f(x: R y: R) -> R = x + y\n", "E0111", "`,` is missing", ","),
    "parameters with a semicolon": ("def f(x: R; y: R) -> R = x + y\n", "E0106", "`,` belongs", ","),
    "axes without a comma": ("axis t m\n", "E0111", "`,` is missing", ","),
    "one parameter twice": ("def f(x: R, x: R) -> R = x\n", "E0202", "`x` is named twice", None),
    "a capital in a constant": ("def f[b: bool = True](x: R) -> R = x\n", "E0201", "`True`", "true"),
    "a type by another name": ("axis t\ndef f(X: float[t]) -> R[t] = X\n", "E0201", "`float`", "R"),
    "a type in the wrong case": ("axis t\ndef f(X: r[t]) -> R[t] = X\n", "E0201", "`r`", "R"),
    "a name without its import": (
        "axis m\ndef f(X: R[m]) -> R[m] {\n  learn n = layer_norm[m]\n  return n(X)\n}\n",
        "E0201", "`layer_norm`", "from std.nn import layer_norm\n",
    ),
    "a test without quotes": ("test order {\n  assert 1 == 1\n}\n", "E0111", "is a string", '"order"'),
    "everything of a module": ("from std.nn import *\n", "E0111", "one by one", None),
    "a dot for composition": ("object A\nbox f : A -> A\ndef g : A -> A = f . f\n", "E0201", "no `f`", None),
    "a choice by what is on a wire": ("def f(x: R) -> R = x if x > 0 else 0\n", "E0308", "compare", None),
    "a diagram with empty brackets": ("def f(x: R) -> R = x >> relu()\n", "E0302", "takes 1 wire", None),
    "no return": ("def f(x: R) -> R {\n  y = x\n}\n", "E0301", "must give 1 wire", None),
}  # fmt: skip
STATEMENTS = {
    "a loop over a range": ("for i in range(3) { X = 2 * X }", "E0111", "counts with `..`", "0..3"),
    "a statement that chooses": ("if X > 0 { X = Y }", "E0111", "`if` starts no statement", None),
    "a loop without a count": ("while X > 0 { X = Y }", "E0111", "`while` starts no statement", None),
    "a function by its Greek letter": ("g = lambda x: 2 * x", "E0111", "`lambda`", None),
    "an update of the whole": ("X += Y", "E0111", "where it writes", "= X +"),
    "wires in square brackets": ("Z = relu[X]", "E0308", "no static arguments", "(X)"),
    "an axis by its number": ("Z = softmax[1](X)", "E0201", "cannot find the axis `1`", None),
    "an axis by a keyword": ("Z = softmax(X, dim = 1)", "E0302", "no named parameters", None),
    "a statement behind the return": ("return X\n  Z = X", "E0111", "behind the `return`", None),
    "an axis for its array": ("learn W : m -> m", "E0201", "cannot find the type `m`", None),
    "an entry from the end": ("z = X[-1, 0]", "E0319", "before the axis begins", None),
    "a method": ("Z = X.sum(m)", "E0201", "`X` has no `sum`", None),
}


@pytest.mark.parametrize(
    ("text", "code", "words", "edit"),
    [*FILES.values(), *((BODY.format(line), *rest) for line, *rest in STATEMENTS.values())],
    ids=[*FILES, *STATEMENTS],
)
def test_a_habit_is_named_for_what_it_is(text, code, words, edit):
    (found,) = check_text(text)
    assert found.code == code
    assert words in found.message
    assert found.span is not None
    assert bool(found.edits) == (edit is not None), found.edits
    if edit is not None:
        assert edit in "".join(e.text for e in found.edits)
        for e in sorted(found.edits, key=lambda e: -e.span.start):
            text = text[: e.span.start] + e.text + text[e.span.end :]
        assert [d for d in check_text(text) if not d.is_warning] == []


def test_a_matrix_product_is_written_as_an_equation():
    head = "axis i, j, k\ndef f(A: R[i, k], B: R[k, j]) -> R[i, j] "
    for body in ("= A @ B", "{\n  Y = A @ B\n  return Y\n}"):
        (found,) = check_text(head + body)
        assert "`Y[i, j] = A[i, k] * B[k, j]`" in found.help
