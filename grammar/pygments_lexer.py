"""Colours for Pygments (Sphinx, terminals, LaTeX): the lexer registered for `.diag` files."""

from __future__ import annotations

from typing import ClassVar

from pygments.lexer import RegexLexer, bygroups, words  # type: ignore[import-untyped]  # no stubs
from pygments.token import (  # type: ignore[import-untyped]
    Comment,
    Keyword,
    Name,
    Number,
    Operator,
    Punctuation,
    String,
    Text,
    Whitespace,
)

from grammar.highlight import (
    CHOICE,
    CONSTANT,
    DECLARE,
    DTYPES,
    LOGIC,
    MODULE,
    NAME,
    NUMBER,
    OPERATOR,
    PATTERN,
    STATEMENT,
)

HEADS = "|".join(w for w in DECLARE if w not in ("axis", "learn", "test"))
END = r"\b(?!')"


class DiagLexer(RegexLexer):  # type: ignore[misc]
    """Diagrams as text: `.diag` files."""

    name = "Diag"
    url = "https://pypi.org/project/diag-lang/"
    aliases: ClassVar[list[str]] = ["diag"]
    filenames: ClassVar[list[str]] = ["*.diag"]
    mimetypes: ClassVar[list[str]] = ["text/x-diag"]
    version_added = ""

    tokens: ClassVar = {
        "root": [
            (r"\s+", Whitespace),
            (r"##.*$", String.Doc),
            (r"#.*$", Comment.Single),
            (r'"""[\s\S]*?"""', String),
            (r'"(\\.|[^"\\\n])*"', String),
            (rf"\b({HEADS})(\s+)({NAME})", bygroups(Keyword.Declaration, Whitespace, Name.Function)),
            (r"\b(get|put|fwd|bwd)\b(?=\s*[(=])", Keyword.Pseudo),
            (r"\b(wire|layout)\b(?=\s+\w)", Keyword.Pseudo),
            (NUMBER, Number),
            (words(DECLARE, r"\b", END), Keyword.Declaration),
            (words(MODULE, r"\b", END), Keyword.Namespace),
            (words(STATEMENT + CHOICE, r"\b", END), Keyword),
            (words(LOGIC, r"\b", END), Operator.Word),
            (words(PATTERN, r"\b", END), Name.Builtin),
            (words(CONSTANT, r"\b", END), Keyword.Constant),
            (words(DTYPES, r"\b", END), Keyword.Type),
            (rf"\?{NAME}", Name.Variable.Magic),
            (rf"{NAME}(?=[\[(])", Name.Function),
            (NAME, Name),
            (OPERATOR, Operator),
            (r"[()\[\]{},:;.?]", Punctuation),
            (r".", Text),
        ],
    }
