"""Reading text: the lexer, the parser and the formatter on the samples, some 1 300 lines."""

from __future__ import annotations

from pathlib import Path

from benchmarks.measure import Case, Setup, Work

SAMPLES = Path(__file__).parents[1] / "tests" / "samples"


def reading(what: str) -> Setup:
    """`lex`, `parse` or `format` all samples as one text."""

    def setup() -> Work:
        from diagram.errors import Source
        from grammar.format import format_source
        from grammar.lexer import lex
        from grammar.parser import parse

        texts = [
            p.read_text(encoding="utf-8").replace("edition 1", "") for p in sorted(SAMPLES.glob("*.diag"))
        ]
        text = "\n".join(texts)
        works: dict[str, Work] = {
            "lex": lambda: lex(Source("bench.diag", text)),
            "parse": lambda: parse(Source("bench.diag", text)),
            "format": lambda: format_source(text),
        }
        return works[what]

    return setup


CASES = (
    Case("lex the samples", reading("lex")),
    Case("parse the samples", reading("parse"), bar=0.1),
    Case("format the samples", reading("format")),
)
