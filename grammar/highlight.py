"""Colours for editors: the words by what they do, and the TextMate grammar made of them.

`python -m grammar.highlight` writes `editors/vscode/syntaxes/diag.tmLanguage.json`; a test keeps it true.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

DECLARE = """axis box category def figure functor learn lens object optic relation rule style test theorem
    type""".split()
MODULE = "as edition extern from import include".split()
STATEMENT = """align above assert by emit expect extends fn for forall feedback in next over region return
    reversed scan tied via where with within""".split()
CHOICE = "else if".split()
LOGIC = "and not or".split()
PATTERN = "einsum rearrange reduce repeat".split()
CONSTANT = "false true".split()
PLACED = "bwd fwd get layout put wire".split()
"""Words that mean something at the start of a part and are names elsewhere."""

GROUPS = {
    "keyword.declaration.diag": DECLARE,
    "keyword.control.import.diag": MODULE,
    "keyword.control.diag": STATEMENT + CHOICE,
    "keyword.operator.word.diag": LOGIC,
    "support.function.diag": PATTERN,
    "constant.language.diag": CONSTANT,
}
"""TextMate scope -> words that have it wherever they stand."""

DTYPES = "R C nat bool bf16 f16 f32 f64 c64 c128 i8 i32 i64".split()
UNITS = "bf16 f16 f32 f64 i8 i32 i64 px pt mm cm ms us s Hz kHz KB MB GB KiB MiB GiB K M G".split()
NUMBER = rf"\b[0-9][0-9_]*(\.[0-9]+)?([eE][+-]?[0-9]+)?({'|'.join(UNITS)})?\b"
NAME = r"[^\W\d]\w*'*"
OPERATOR = r">>|->|=>|==|!=|<=|>=|~=|\+=|\*\*|//|\.\.\.?|[-+*/%@|<>=]"


def any_of(words: list[str]) -> str:
    """A pattern for exactly these words; a prime makes another word."""
    return rf"\b({'|'.join(words)})\b(?!')"


def textmate() -> dict[str, Any]:
    """The TextMate grammar, for VS Code and everything else that reads the format."""
    heads = any_of([w for w in DECLARE if w not in ("axis", "learn", "test")]).removesuffix("(?!')")
    rules: list[dict[str, Any]] = [
        {"name": "comment.line.documentation.diag", "match": "##.*$"},
        {"name": "comment.line.number-sign.diag", "match": "#.*$"},
        {"name": "string.quoted.triple.diag", "begin": '"""', "end": '"""'},
        {
            "name": "string.quoted.double.diag",
            "begin": '"',
            "end": '"|$',
            "patterns": [{"name": "constant.character.escape.diag", "match": r"\\."}],
        },
        {
            "match": rf"{heads}\s+({NAME})",
            "captures": {
                "1": {"name": "keyword.declaration.diag"},
                "2": {"name": "entity.name.function.diag"},
            },
        },
        {
            "name": "keyword.other.diag",
            "match": r"\b(get|put|fwd|bwd)\b(?=\s*[(=])|\b(wire|layout)\b(?=\s+\w)",
        },
        {"name": "constant.numeric.diag", "match": NUMBER},
        *({"name": scope, "match": any_of(words)} for scope, words in GROUPS.items()),
        {"name": "storage.type.diag", "match": any_of(DTYPES)},
        {"name": "variable.other.hole.diag", "match": rf"\?{NAME}"},
        {"name": "entity.name.function.call.diag", "match": rf"{NAME}(?=[\[(])"},
        {"name": "keyword.operator.diag", "match": OPERATOR},
        {"name": "variable.other.diag", "match": NAME},
    ]
    return {
        "$schema": "https://raw.githubusercontent.com/martinring/tmlanguage/master/tmlanguage.json",
        "name": "Diag",
        "scopeName": "source.diag",
        "fileTypes": ["diag"],
        "patterns": rules,
    }


def main() -> None:
    """Write the grammar of the VS Code extension."""
    path = Path(__file__).parent.parent / "editors" / "vscode" / "syntaxes" / "diag.tmLanguage.json"
    path.write_text(json.dumps(textmate(), indent=2, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    main()
