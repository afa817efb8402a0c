"""Signs of other languages and of mathematics: E0103 (composition), E0106 (`:=`, `<-`, `=` for `==`),
E0109, E0110."""

from __future__ import annotations

from unicodedata import category, name, normalize

from diagram.errors import Diagnostic, Edit, Span
from grammar.mistake import EXPRESSION_ENDS, PAIRS, Mistake, operand_end

COMPOSITION = {";": ">>", "⨟": ">>", "·": ">>", "⋅": ">>", "⊗": "@", "⊠": "@", "∘": ""}
"""Signs that compose diagrams elsewhere, and what to write; `∘` swaps its sides as well."""

PHRASES = ((">>", ">"), ("|", ">"))
"""Two words without a blank between that compose elsewhere."""

SIGNS = {
    "→": "->", "⟶": "->", "↦": "->", "⇒": "=>", "≤": "<=", "≥": ">=", "≠": "!=", "≈": "~=", "−": "-",
    "×": "*", "÷": "/", "^": "**", "&": "and", "∧": "and", "∨": "or", "¬": "not ", "!": "not ",
    "“": "\"", "”": "\"", "„": "\"", "‘": "'", "’": "'", "…": "...", "$": "", "`": "", "\\": "",
    "\u00a0": " ", "\u200b": "", "\ufeff": "", "，": ",", "：": ":", "（": "(", "）": ")",
}  # fmt: skip
"""Other characters that people type or paste, and what to write instead."""

OTHER = {
    "=": ("==",), "==": ("=",), "=>": ("->",), ":": ("->", "="), "->": (":", "="), "**": ("*",),
    "..": (":",), "|": ("or",), "+": ("@",),
}  # fmt: skip
"""Signs taken for one another."""


def unclosed_string(m: Mistake) -> Diagnostic | None:
    """E0110."""
    if m.word.kind != "BAD" or not m.word.text.startswith('"'):
        return None
    quote = '"""' if m.word.text.startswith('"""') else '"'
    text = m.word.text.rstrip()
    span = Span(m.source, m.word.start, m.word.start + len(text))
    end = Span(m.source, span.end, span.end)
    return m.error(
        "E0110",
        "this string is never closed",
        span,
        "opened here",
        help=f"end it with `{quote}`" + ('; over several lines, use `"""`' if quote == '"' else ""),
        edits=(Edit(end, quote),),
    )


def composition(m: Mistake) -> Diagnostic | None:
    """E0103: `;`, `⊗`, `∘` and their like, where `>>` or `@` is meant."""
    at = composition_sign(m)
    if at is None:
        return None
    first, last = at
    sign = m.text(first, last)
    if sign in ("∘", "<<"):
        edits, label = swapped(m, first, last)
    else:
        wanted = COMPOSITION.get(sign) or ">>"
        edits, label = alike(m, first, last, wanted), f"write `{wanted}`"
    return m.error(
        "E0103",
        f"`{sign}` does not compose diagrams here",
        m.span(first, last),
        label,
        notes=("`;`, `.`, `*`, `⊗`, `∘` and `⨟` are understood just well enough to say this",),
        help="sequential composition is `>>`; parallel composition is `@`",
        edits=edits,
    )


def composition_sign(m: Mistake) -> tuple[int, int] | None:
    """The words that make the sign: the bad word, it and the one before, or a `;` taken for the end of a
    statement.
    """
    if m.word.text in COMPOSITION and m.accepts(">>") and not (m.bad + 1 == m.end and m.word.kind == ";"):
        return m.bad, m.bad
    if not m.gap(m.bad) and (m.at(m.bad - 1).kind, m.word.kind) in PHRASES:
        return m.bad - 1, m.bad
    if m.word.kind == m.at(m.bad + 1).kind == "<" and not m.gap(m.bad + 1):
        return m.bad, m.bad + 1
    for i in range(m.bad - 1, m.begin, -1):
        kind = m.at(i).kind
        if kind == ";":
            same_line = not m.starts_line(i + 1)
            return (i, i) if i + 1 < m.bad and same_line and m.at(i - 1).kind in EXPRESSION_ENDS else None
        if kind in ("=", "{", "}", ":", "+="):
            return None
    return None


def alike(m: Mistake, first: int, last: int, wanted: str) -> tuple[Edit, ...]:
    """Replace the sign, and the other signs of composition behind it in the same item."""
    edits = [m.replace(first, last, wanted)]
    for i in range(last + 1, m.end):
        text = m.at(i).text
        if COMPOSITION.get(text) and (m.at(i).kind == "BAD" or text == m.at(first).text):
            edits.append(m.replace(i, i, COMPOSITION[text]))
    return tuple(edits)


def swapped(m: Mistake, first: int, last: int) -> tuple[tuple[Edit, ...], str]:
    """`h ∘ g ∘ f` as `f >> g >> h`: the whole run of operands that stand between signs of this kind."""
    sign, wide = m.text(first, last), last - first
    left = start_of_side(m, first - 1)
    sides = [(left, first - 1)]
    at = first
    while m.text(at, at + wide) == sign:
        end = end_of_side(m, at + wide + 1)
        sides.append((at + wide + 1, end))
        at = end + 1
    if any(a > b for a, b in sides):
        return (), "write `>>`, with the two sides swapped"
    text = " >> ".join(m.text(a, b) for a, b in reversed(sides))
    return (m.replace(left, sides[-1][1], text),), f"write `{text}`"


def start_of_side(m: Mistake, last: int) -> int:
    """Where the left operand of `∘` starts: products, powers and sums of postfix expressions belong to it."""
    i = last
    while i > m.begin:
        i = m.brackets.opener.get(i, i)
        before = m.at(i - 1)
        joined = before.kind in ("@", "*", "/", "**", ".")
        applied = m.at(i).kind in PAIRS and before.kind in EXPRESSION_ENDS
        if not (joined or applied):
            return i
        i -= 1
    return i


def end_of_side(m: Mistake, first: int) -> int:
    """Where the right operand of `∘` ends."""
    i = operand_end(m, first)
    while m.at(i + 1).kind in ("@", "*", "/", "**"):
        i = operand_end(m, i + 2)
    return i


def bad_character(m: Mistake) -> Diagnostic | None:
    """E0109: a character that begins no word."""
    if m.word.kind != "BAD":
        return None
    char = m.word.text[0]
    point = f"U+{ord(char):04X} {name(char, 'control character')}"
    at = Span(m.source, m.word.start, m.word.start + 1)
    if category(char) == "Mn" and m.gap(m.bad) == "":
        whole = m.span(m.bad - 1, m.bad)
        edit = Edit(whole, normalize("NFC", whole.text))
        help = "names are written in composed form (Unicode NFC)"
        return m.error("E0109", "a loose accent in a name", at, point, help=help, edits=(edit,))
    wanted = SIGNS.get(char)
    double = m.at(m.bad + 1).text == char and m.at(m.bad + 1).start == m.word.end
    shown = f"`{char}`" if char.isprintable() else "this invisible character"
    help = "take it away" if not wanted else f"write `{wanted.strip()}`"
    if wanted is None and not char.isprintable():
        wanted = ""
    return m.error(
        "E0109",
        f"{shown} has no meaning in this language",
        at,
        point,
        help=help if wanted is not None else "take it away, or put it into a string or a comment",
        edits=() if wanted is None else all_of(m, char, wanted, double),
    )


def all_of(m: Mistake, char: str, wanted: str, double: bool) -> tuple[Edit, ...]:
    """Replace every such character in the item, pairs such as `&&` as one, and the other known ones too."""
    edits, skip = [], -1
    for i in range(m.bad, m.end):
        text = m.at(i).text
        if i > skip and m.at(i).kind == "BAD":
            skip = i + 1 if double and text == char and m.at(i + 1).text == char else i
            known = wanted if text == char else SIGNS.get(text) or COMPOSITION.get(text) or text
            edits.append(m.replace(i, skip, known))
    return tuple(edits)


def other_sign(m: Mistake) -> Diagnostic | None:
    """E0106: `:=`, `<-`, `===`, `=` for `==` and the like, if another sign makes the item right."""
    before = m.at(m.bad - 1)
    glued = m.gap(m.bad) == ""
    if glued and (before.kind, m.word.kind) in ((":", "="), ("==", "="), ("!=", "="), ("=", "=")):
        wanted = before.kind if before.kind != ":" else "="
        return taken_for(m, m.bad - 1, wanted)
    if m.word.kind == "<" and m.at(m.bad + 1).kind == "-" and m.accepts("="):
        return taken_for(m, m.bad, "=", m.bad + 1)
    for wanted in OTHER.get(m.word.kind, ()):
        if m.accepts(wanted.upper() if wanted.isalpha() else wanted):
            found = taken_for(m, m.bad, wanted)
            if found.edits or {m.word.kind, wanted} == {"=", "=="}:
                return found
    return None


def taken_for(m: Mistake, first: int, wanted: str, last: int | None = None) -> Diagnostic:
    """One sign for another."""
    last = max(first, m.bad) if last is None else last
    sign = m.text(first, last)
    meaning = {
        "=": "`=` gives a name to what stands on its right",
        "==": "`==` compares two sides",
        "->": "`->` stands between what goes in and what comes out",
        ":": "a type follows its name after `:`",
    }
    return m.error(
        "E0106",
        f"`{sign}` stands where `{wanted}` belongs",
        m.span(first, last),
        f"write `{wanted}`",
        help=meaning.get(wanted, f"write `{wanted}`"),
        edits=(m.replace(first, last, wanted),),
        certain=sign in (":=", "==="),
    )
