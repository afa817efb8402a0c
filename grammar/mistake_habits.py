"""Habits of other languages that the grammar has no place for: E0106, E0111."""

from __future__ import annotations

from diagram.errors import Diagnostic, Edit, Span
from grammar.mistake import EXPRESSION_ENDS, Mistake, operand_end

STATEMENTS = {
    "if": "a choice is an expression: `a if n > 0 else b` for what is static, `select(c, a, b)` for arrays",
    "while": "a loop has a fixed count, `for i in 0..n { ... }`; `fix[f]` iterates until nothing changes",
    "elif": "a choice is an expression: `a if n > 0 else b`",
    "else": "a choice is an expression: `a if n > 0 else b`",
    "print": "nothing is printed from inside; `diag run` shows what a definition returns",
    "assert": 'assertions stand in `test "name" { ... }`',
    "import": "imports stand at the top of a file",
    "def": "definitions do not nest; `fn(x: T) = e` is a function on wires",
}
"""Words that start a statement elsewhere, and what to write."""


def comment(m: Mistake) -> Diagnostic | None:
    """`// ...`, `/* ... */` and `-- ...` in front of an item."""
    sign = m.text(m.bad, m.bad + 1)[:2] if m.word.kind in ("/", "-") else m.word.text
    if sign not in ("//", "/*", "--") or not m.starts_line(m.bad) or m.accepts(m.word.kind):
        return None
    return m.error(
        "E0111",
        f"`{sign}` starts no comment",
        Span(m.source, m.word.start, m.word.start + 2),
        "a comment starts with `#`",
        help="write `#`; a comment goes to the end of its line",
    )


def statement_word(m: Mistake) -> Diagnostic | None:
    """`if x { ... }`, `while ...` where a statement should start."""
    for at in (m.bad, m.bad - 1):
        word = m.at(at)
        if word.text not in STATEMENTS or word.kind in ("STRING", "ASSERT") or at <= m.begin:
            continue
        starts = m.starts_line(at) or m.at(at - 1).kind in ("{", "}", ";")
        called = word.kind == "NAME" and m.at(at + 1).kind in ("(", "=", ",", ":", "[", "+=")
        if not starts or (at != m.bad and word.kind != "NAME") or called:
            continue
        message, label = f"`{word.text}` starts no statement", "a statement gives a name to a result"
        return m.error("E0111", message, m.span(at), label, help=STATEMENTS[word.text])
    return None


def colon_body(m: Mistake) -> Diagnostic | None:
    """`def f(x: A) -> B:` and an indented body."""
    if m.word.kind != ":" or m.first.kind != "DEF" or not m.accepts("=") or not m.starts_line(m.bad + 1):
        return None
    last = m.end - 1
    edits = (m.replace(m.bad, m.bad, " {"), m.insert(last, "\n}"))
    help = "put the body into `{ ... }`, or write `= expression`"
    label = "indentation means nothing"
    return m.error("E0111", "`:` starts no body", m.span(m.bad), label, help=help, edits=edits)


def counted_loop(m: Mistake) -> Diagnostic | None:
    """`for i in range(3) { ... }`."""
    before = m.bad - 1
    opened = m.brackets.opener.get(before)
    if m.word.kind != "{" or opened is None or m.at(opened - 1).text != "range":
        return None
    inside = m.text(opened + 1, before - 1)
    bounds = inside.replace(",", "..", 1) if "," in inside else f"0..{inside}"
    bounds = bounds.replace(".. ", "..")
    message, label = "a loop counts with `..`", "there is no `range` here"
    edits = (m.replace(opened - 1, before, bounds),)
    return m.error("E0111", message, m.span(opened - 1, before), label, help=f"write `{bounds}`", edits=edits)


def lambda_(m: Mistake) -> Diagnostic | None:
    """`lambda x: e`."""
    at = next((i for i in range(m.bad, m.begin, -1) if m.at(i).text == "lambda"), None)
    if at is None or m.at(at).kind != "NAME" or m.at(at - 1).kind in ("AXIS", "DEF", "BOX", "OBJECT", ","):
        return None
    if not (m.at(at + 1).kind == "NAME" and m.at(at + 2).kind in (":", ",")):
        return None
    label = "a function on wires starts with `fn`"
    help = f"write `fn({m.at(at + 1).text}: T) = ...` with the type of the wire"
    return m.error("E0111", "`lambda` makes no function here", m.span(at), label, help=help)


def missing_comma(m: Mistake) -> Diagnostic | None:
    """Two names of a list, or two parameters, without a comma; or `;` in its place."""
    if not m.accepts(","):
        return None
    depth = any(o < m.bad < c for o, c in m.brackets.closer.items() if m.at(o).kind in ("(", "["))
    if m.word.kind == ";" and depth and m.at(m.bad + 1).kind == "NAME":
        edits = (m.replace(m.bad, m.bad, ","),)
        found = m.error(
            "E0106",
            "`;` stands where `,` belongs",
            m.span(m.bad),
            "write `,`",
            help="a comma stands between the parts of a list",
            edits=edits,
        )
        return found if found.edits else None
    listed = m.first.kind in ("AXIS", "OBJECT") and not m.starts_line(m.bad)
    param = depth and m.at(m.bad + 1).kind == ":"
    if m.word.kind != "NAME" or m.at(m.bad - 1).kind not in EXPRESSION_ENDS or not (listed or param):
        return None
    found = m.error(
        "E0111",
        f"`,` is missing in front of `{m.word.text}`",
        m.span(m.bad),
        "the next of a list",
        help="put a comma between them",
        edits=(m.insert(m.bad - 1, ","),),
    )
    return found if found.edits else None


def type_first(m: Mistake) -> Diagnostic | None:
    """`f(R[t] X)`, `f(float x)`: the type in front of the name."""
    if m.first.kind not in ("DEF", "BOX"):
        return None
    typed = m.bad - 1 if m.word.kind in ("[", "NAME") else -1
    if m.at(typed).kind != "NAME" or m.at(typed - 1).kind not in ("(", ","):
        return None
    last = operand_end(m, typed)
    name = m.at(last + 1)
    if name.kind != "NAME" or m.at(last + 2).kind not in (",", ")", "="):
        return None
    right = f"{name.text}: {m.text(typed, last)}"
    found = m.error(
        "E0111",
        "the type stands in front of the name",
        m.span(typed, last + 1),
        "a parameter is `name: type`",
        help=f"write `{right}`",
        edits=(m.replace(typed, last + 1, right),),
    )
    return found if found.edits else None


def whole_update(m: Mistake) -> Diagnostic | None:
    """`Y += X`, which adds to an array only at positions."""
    name = m.at(m.bad - 1)
    if m.word.kind != "+=" or name.kind != "NAME" or not m.starts_line(m.bad - 1):
        return None
    return m.error(
        "E0111",
        "`+=` does not say where it writes",
        m.span(m.bad),
        "positions were expected in front of this",
        help=f"write `{name.text} = {name.text} + ...`; `{name.text}[i = e] += ...` adds at positions",
        edits=(Edit(m.span(m.bad), f"= {name.text} +"),),
    )


def behind_return(m: Mistake) -> Diagnostic | None:
    """A statement after `return`."""
    if not m.starts_line(m.bad) or m.accepts("IMPORT"):
        return None
    at = next((i for i in range(m.bad - 1, m.begin, -1) if m.at(i).kind in ("RETURN", "{", "}")), m.begin)
    if m.at(at).kind != "RETURN" or not m.accepts("}"):
        return None
    label, help = "nothing stands behind the `return`", "put it in front of the `return`"
    return m.error("E0111", f"`{m.word.text}` stands behind the `return`", m.span(m.bad), label, help=help)


def test_name(m: Mistake) -> Diagnostic | None:
    """`test order { ... }` without its quotes."""
    if m.first.kind != "TEST" or m.bad != m.begin + 1 or m.word.kind != "NAME":
        return None
    title = f'"{m.word.text}"'
    edits = (m.replace(m.bad, m.bad, title),)
    message, help = "the name of a test is a string", f"write `{title}`"
    return m.error("E0111", message, m.span(m.bad), "quotes are missing", help=help, edits=edits)


def everything(m: Mistake) -> Diagnostic | None:
    """`from std.nn import *`."""
    if m.first.kind != "FROM" or m.word.kind != "*" or m.at(m.bad - 1).kind != "IMPORT":
        return None
    path = m.text(m.begin + 1, m.bad - 2)
    help = f"list the names, or write `import {path}` and `{path.rsplit('.', 1)[-1]}.name`"
    return m.error("E0111", "names are imported one by one", m.span(m.bad), "a name was expected", help=help)
