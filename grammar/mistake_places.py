"""Words in the wrong place: E0102 (side by side), E0104 (no body), E0107 (reserved), E0108, E0111, E0112."""

from __future__ import annotations

from difflib import get_close_matches

from diagram.errors import Diagnostic, Edit, Span
from grammar.mistake import (
    DECLARATIONS,
    EXPRESSION_ENDS,
    EXPRESSION_STARTS,
    Mistake,
    is_reserved,
    operand_end,
    operand_start,
)

ITEM_NAMES = {
    "fn": "def", "fun": "def", "func": "def", "function": "def", "let": "def", "block": "def",
    "module": "def", "class": "category", "struct": "object", "objects": "object", "types": "type",
    "sizes": "axis", "dim": "axis", "param": "learn", "parameter": "learn", "generator": "box",
    "rewrite": "rule", "lemma": "theorem", "proof": "theorem", "include": "import", "use": "import",
    "using": "import", "load": "import", "interpretation": "functor",
}  # fmt: skip
"""Words of other languages, and the word that starts such an item here."""

STATEMENT_WORDS = frozenset("FOR SCAN EMIT FEEDBACK NEXT REGION RETURN ASSERT FORALL EXPECT".split())

EXPECTED = (
    ("NAME", "a name"), ("STRING", "a string"), ("=", "`=`"), (":", "`:`"), ("->", "`->`"), ("(", "`(`"),
    ("[", "`[`"), ("{", "`{`"), ("==", "`==`"), ("IN", "`in`"), ("OVER", "`over`"), ("BY", "`by`"),
    ("VIA", "`via`"), ("ELSE", "`else`"), ("GET", "`get`"), ("PUT", "`put`"), ("FWD", "`fwd`"),
    ("BWD", "`bwd`"), ("IMPORT", "`import`"), ("..", "`..`"), (",", "`,`"), (")", "`)`"), ("]", "`]`"),
    ("}", "`}`"),
)  # fmt: skip
"""What may be asked for, by the words of a message, the most telling first."""


def missing_body(m: Mistake) -> Diagnostic | None:
    """E0104: nothing after `=`, or a definition without `=` and block."""
    before = m.at(m.bad - 1)
    if before.kind == "=" and (m.word.kind in ("END", "}", ";", ",", ")", "]") or is_reserved(m.word)):
        if is_reserved(m.word) and not (m.starts_line(m.bad) or m.word.kind in DECLARATIONS):
            return None
        return bodiless(m, m.bad - 1, "an expression was expected after this")
    begun = m.at(m.bad - 2).kind == "=" and before.kind == "NAME" and m.starts_line(m.bad - 1)
    if begun and m.word.kind in ("=", ",", ":"):
        return bodiless(m, m.bad - 2, "an expression was expected after this")
    ended = m.word.kind in DECLARATIONS or m.word.kind in ("END", "}")
    if (
        m.first.kind == "DEF"
        and ended
        and m.bad == m.end
        and m.accepts("=")
        and before.kind in EXPRESSION_ENDS
    ):
        return bodiless(m, m.bad - 1, "`= ...` or a block was expected after this")
    return None


def bodiless(m: Mistake, at: int, label: str) -> Diagnostic:
    """The message for word `at`, after which something is missing."""
    inside = any(m.at(i).kind == "{" for i in range(m.begin, at))
    definition = m.first.kind in ("DEF", "LENS", "OPTIC") and not inside
    name = m.at(at - 1).text if inside and m.at(at - 1).kind == "NAME" else m.at(m.begin + 1).text
    hole = f" ?{name}" if m.at(at).kind == "=" else f" = ?{name}"
    edit = m.insert(at, hole)
    notes: tuple[str, ...] = ()
    if m.bad == m.end and m.word.kind in DECLARATIONS:
        line = m.source.position(m.word.start)[0]
        notes = (f"the next declaration, `{m.text(m.bad, m.bad + 1)}`, starts on line {line}",)
    what, help = "this equation has no right side", f"write what `{name}` is, or leave a hole: `?{name}`"
    if definition:
        what, help = "this definition has no body", "give the definition a body, or leave a hole"
        head = m.text(m.begin, at)
        if "\n" not in head and len(head) + len(hole) <= 60:
            help += f": `{head}{hole}`"
    elif not inside:
        what, help = f"nothing follows this `{m.at(at).text}`", "write the value"
    return m.error("E0104", what, m.span(at), label, notes=notes, help=help, edits=(edit,))


def reserved_word(m: Mistake) -> Diagnostic | None:
    """E0107: a reserved word where a name is wanted."""
    if not is_reserved(m.word) or not m.accepts("NAME"):
        return None
    name = (m.word.kind in DECLARATIONS and m.starts_line(m.bad)) or not m.accepts(
        "NAME", m.at(m.bad + 1).kind
    )
    if name:
        return None
    word = m.word.text
    every = [i for i in range(m.bad, m.end) if m.at(i).kind == m.word.kind]
    edits = tuple(m.replace(i, i, word + "_") for i in every)
    if not m.repairs(edits):
        edits = edits[:1]
    return m.error(
        "E0107",
        f"`{word}` is a reserved word, not a name",
        m.span(m.bad),
        "a name was expected",
        help=f"choose another name, for example `{word}_`",
        edits=edits,
    )


def juxtaposition(m: Mistake) -> Diagnostic | None:
    """E0102: `f x`. In a body the second word is taken for the next statement, so the parser stops one
    word later.
    """
    second = second_operand(m)
    if second is None:
        return None
    first, last = operand_start(m, second - 1), operand_end(m, second)
    left, right = m.text(first, second - 1), m.text(second, last)
    between = Span(m.source, m.at(second - 1).end, m.at(second).start)
    label, help = f"there is no sign between `{left}` and this", "compose by `>>`, put side by side by `@`"
    edits: tuple[Edit, ...] = ()
    if m.at(second - 1).kind in ("INT", "NUMBER") and first == second - 1:
        help, edits = "a product is written with `*`", (Edit(between, " * "),)
    elif m.at(second).kind == "NAME" and is_wire(m, m.at(second).text) and not is_wire(m, left):
        label = f"this is a wire, and `{left}` is a diagram"
        help = "to send the wire through the diagram, put it in round brackets"
        edits = (Edit(Span(m.source, between.start, m.at(last).end), f"({right})"),)
    if len(label) > 80:
        label = "there is no sign in front of this"
    return m.error("E0102", "two expressions side by side", m.span(second), label, help=help, edits=edits)


def second_operand(m: Mistake) -> int | None:
    """The word that starts the second of two expressions side by side in one line."""

    def stands_behind(i: int) -> bool:
        ends = m.at(i - 1).kind in EXPRESSION_ENDS and i - 1 > m.begin
        return ends and m.at(i).kind in EXPRESSION_STARTS and not m.starts_line(i)

    if stands_behind(m.bad) and m.accepts(">>"):
        return m.bad
    i = m.bad - 1
    while i > m.begin:
        i = m.brackets.opener.get(i, i)
        if m.at(i).kind == "[":
            i -= 1
        if m.at(i).kind != "NAME":
            return None
        if stands_behind(i):
            return i
        if m.at(i - 1).kind != ",":
            return None
        i -= 2
    return None


def is_wire(m: Mistake, name: str) -> bool:
    """Is this the name of a parameter, or of a result of an earlier statement, of the item?"""
    for i in range(m.begin + 2, m.bad):
        if m.at(i).text == name and m.at(i).kind == "NAME":
            after, before = m.at(i + 1).kind, m.at(i - 1).kind
            if after == ":" or (after in ("=", ",") and (m.starts_line(i) or before == ",")):
                return True
    return False


def unused_expression(m: Mistake) -> Diagnostic | None:
    """E0112: an expression that stands as a statement, such as `f(x)` alone in its line."""
    start = m.bad - 1
    if m.at(start).kind == "]":
        start = operand_start(m, start)
    if m.at(start).kind != "NAME" or not (m.starts_line(start) or m.at(start - 1).kind in ("{", ";", "}")):
        return None
    if not (m.accepts("=") and (m.accepts("+=") or m.accepts(","))) or m.bad - 1 <= m.begin + 1:
        return None
    if m.at(start).text in ("let", "var", "val", "const") and m.word.kind == "NAME":
        gap = Span(m.source, m.at(start).start, m.word.start)
        message, label = f"`{m.at(start).text}` is not needed", "an equation has no word in front"
        help, edit = "a statement starts with the name of its result", Edit(gap, "")
        return m.error("E0111", message, m.span(start), label, help=help, edits=(edit,))
    last = operand_end(m, start)
    while m.at(last + 1).kind in (">>", "@", "+", "*", "-", "/", "**"):
        last = operand_end(m, last + 2)
    end = m.at(last + 1).kind == "}"
    place = Span(m.source, m.at(start).start, m.at(start).start)
    help = "to give it back, write `return`" if end else "name its result, `_` if it is not needed"
    return m.error(
        "E0112",
        "the result of this expression is not used",
        m.span(start, last),
        "a statement gives a name to a result",
        help=help,
        edits=(Edit(place, "return " if end else "_ = "),),
    )


def no_item(m: Mistake) -> Diagnostic | None:
    """E0111 between two items: what stands there is none."""
    word = m.word
    if word.kind == "EDITION" and m.starts_line(m.bad):
        message, help = "`edition` is not the first item", "move this line to the top of the file"
        return m.error("E0111", message, m.span(m.bad), "must come first", help=help)
    if m.bad != m.begin:
        return None
    if word.kind in STATEMENT_WORDS:
        message = f"`{word.text}` stands outside a body"
        help = "statements belong into the `{ }` of a definition or a test"
        return m.error("E0111", message, m.span(m.bad), "this starts a statement", help=help)
    message, label = (
        f"`{word.text}` starts no item",
        "an item starts with a word such as `def`, `box` or `axis`",
    )
    near = ITEM_NAMES.get(word.text) or next(
        iter(get_close_matches(word.text, map(str.lower, DECLARATIONS), 1)), None
    )
    after = m.at(m.bad + 1).kind
    if near and after in ("NAME", "STRING", ".", "..", "..."):
        help = f"did you mean `{near}`?"
        return m.error(
            "E0111", message, m.span(m.bad), label, help=help, edits=(m.replace(m.bad, m.bad, near),)
        )
    if word.kind == "NAME":
        place = Span(m.source, word.start, word.start)
        help = "a definition starts with `def`"
        return m.error("E0111", message, m.span(m.bad), label, help=help, edits=(Edit(place, "def "),))
    return m.error("E0111", message, m.span(m.bad), label) if word.kind != "END" else None


def end_of_file(m: Mistake) -> Diagnostic | None:
    """E0108: the file ends in the middle of an item."""
    if m.word.kind != "END":
        return None
    what = f"this `{m.first.text}`" if m.first.kind in DECLARATIONS else "a declaration"
    return m.error(
        "E0108", f"the file ends in the middle of {what}", m.span(m.bad - 1), wanted(m) + " after this"
    )


def misplaced(m: Mistake) -> Diagnostic:
    """E0111: any other word in the wrong place."""
    word = m.word
    shown = f"`{word.text}`" if len(word.text) <= 40 else "this"
    help = ""
    edits: tuple[Edit, ...] = ()
    if word.text in ITEM_NAMES and m.accepts(ITEM_NAMES[word.text].upper()):
        help, edits = f"write `{ITEM_NAMES[word.text]}`", (m.replace(m.bad, m.bad, ITEM_NAMES[word.text]),)
    elif word.kind == ";":
        help, edits = "take it away: items need no sign between them", (m.replace(m.bad, m.bad, ""),)
    elif len(found := missing_signs(m)) == 1:
        help, edits = f"write `{found[0].strip()}` in front of it", (m.insert(m.bad - 1, found[0]),)
    return m.error("E0111", f"{shown} cannot stand here", m.span(m.bad), wanted(m), help=help, edits=edits)


def missing_signs(m: Mistake) -> list[str]:
    """The signs that make the item right if they are put in front of the bad word."""
    signs = [s for s in (" =", " :", ",", " ->", " ==", " in", " over", " by", " else") if m.bad > m.begin]
    fit = [s for s in signs if m.accepts(s.strip().upper(), m.word.kind)]
    return [s for s in fit if m.repairs((m.insert(m.bad - 1, s),))]


def wanted(m: Mistake) -> str:
    """What could stand here, in the words of a message."""
    if m.accepts("INT") and m.accepts("STRING"):
        return "an expression was expected"
    if m.accepts("IMPORT", "NAME"):
        return "the next item was expected"
    found = [words for kind, words in EXPECTED if m.accepts(kind)][:3]
    if m.accepts("RETURN") and m.accepts("FOR"):
        return "a statement was expected"
    return " or ".join(
        [", ".join(found[:-1]), found[-1]] if len(found) > 1 else found or ["something else"]
    ) + (" was expected")
