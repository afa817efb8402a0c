"""Text to words: one regular expression, one pass. What the words mean where is the parser's business."""

from __future__ import annotations

import re
from dataclasses import dataclass
from unicodedata import normalize

from diagram.errors import Diagnostic, Source, Span
from grammar.tables import TABLES
from grammar.tree import Token

NAME_LIMIT = 256
DIGIT_LIMIT = 1234
BIT_LIMIT = 4096

WORDS = {word: word.upper() for word in TABLES.reserved | TABLES.contextual}
"""Spelling -> kind, of the words that are reserved everywhere and of those that mean something in one
place."""

CONTEXTUAL = frozenset(word.upper() for word in TABLES.contextual)

DOTS = ("..", "...")
PATH_STARTS = ("IMPORT", "FROM", ".")
"""In the path of a module each dot is a word: `from ...a import b`."""


def _pattern() -> re.Pattern[str]:
    """Blanks, then one word. The order of the numbers is that of decreasing length."""
    number = TABLES.patterns
    signs = "|".join(re.escape(s) for s in sorted(TABLES.signs, key=lambda s: (-len(s), s)))
    parts = [
        ("NAME", r"[^\W\d]\w*'*"),
        ("SIGN", signs),
        *(
            (kind, "(?:" + re.sub(r"\((?!\?)", "(?:", number[kind]) + ")")
            for kind in ("QUANTITY", "NUMBER", "INT")
        ),
        ("STRING", "(?:" + re.sub(r"\((?!\?)", "(?:", number["STRING"]) + ")"),
        ("DOC", number["DOC"]),
        ("COMMENT", number["COMMENT"]),
        ("END", r"\Z"),
        ("BAD", r'"""|"[^\n]*|.'),
    ]
    return re.compile(r"[ \t\f\r\n]*(?:" + "|".join(f"(?P<{kind}>{p})" for kind, p in parts) + ")")


PATTERN = _pattern()


@dataclass(slots=True)
class Lexed:
    """The words of a text, the last one `END`; comments with the index of the word that follows them."""

    tokens: list[Token]
    comments: list[tuple[int, Token]]
    problems: list[Diagnostic]


def lex(source: Source) -> Lexed:
    """All words of a text. A character that begins no word is a word of kind `BAD`; nothing is lost,
    nothing raised.

    Names come in normal form NFC. `problems` are names and numbers over their limits (E0007, E0008).
    """
    tokens: list[Token] = []
    comments: list[tuple[int, Token]] = []
    problems: list[Diagnostic] = []
    add = tokens.append
    word = WORDS.get
    for match in PATTERN.finditer(source.text):
        kind = match.lastgroup
        text = match[kind]  # type: ignore[index]  # every alternative has a name
        end = match.end()
        start = end - len(text)
        if kind == "NAME":
            if len(text) > NAME_LIMIT:
                problems.append(too_long(Span(source, start, end)))
            if not text.isascii():
                text = normalize("NFC", text)
            add(Token(word(text, "NAME"), text, start, end))
        elif kind == "SIGN":
            if text in DOTS and tokens and tokens[-1].kind in PATH_STARTS:
                tokens += [Token(".", ".", i, i + 1) for i in range(start, end)]
            else:
                add(Token(text, text, start, end))
        elif kind == "COMMENT" or kind == "DOC":
            comments.append((len(tokens), Token(kind, text, start, end)))
        elif kind == "END":
            add(Token("END", "", start, end))
            break
        else:
            if len(text) >= DIGIT_LIMIT and kind in ("INT", "NUMBER", "QUANTITY") and is_large(text):
                problems.append(too_large(Span(source, start, end)))
            add(Token(kind or "BAD", text, start, end))
    return Lexed(tokens, comments, problems)


def is_large(text: str) -> bool:
    """Does a number of very many digits need more bits than allowed?"""
    digits = text.replace("_", "")
    if len(digits) < DIGIT_LIMIT:
        return False
    return len(digits) > DIGIT_LIMIT or not digits.isdigit() or int(digits).bit_length() > BIT_LIMIT


def too_long(span: Span) -> Diagnostic:
    """E0007."""
    return Diagnostic(
        "E0007",
        f"this name has {len(span.text)} characters, the limit is {NAME_LIMIT}",
        span,
        "too long to read, draw or export",
        help="shorten the name",
    )


def too_large(span: Span) -> Diagnostic:
    """E0008."""
    return Diagnostic(
        "E0008",
        f"this number has {len(span.text)} digits, the limit is {BIT_LIMIT} bits",
        span,
        f"more than {BIT_LIMIT} bits",
        help="write it as a power, such as `10.0 ** 2000`, if a real number is meant",
    )
