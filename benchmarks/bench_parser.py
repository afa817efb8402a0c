"""Lines a second of the lexer, the parser and the formatter: `python benchmarks/bench_parser.py [files]`."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

from diagram.errors import Source
from grammar.format import format_source
from grammar.lexer import lex
from grammar.parser import parse


def speed(run: Callable[[Source], object], text: str, times: int = 5) -> float:
    """The best of several runs, in lines a second of CPU time."""
    best = float("inf")
    for _ in range(times):
        source = Source("bench.diag", text)
        start = time.process_time()
        run(source)
        best = min(best, time.process_time() - start)
    return text.count("\n") / best


def main() -> None:
    """Measure on the samples, or on the files named."""
    here = Path(__file__).parent.parent
    paths = [Path(p) for p in sys.argv[1:]] or sorted((here / "tests" / "samples").glob("*.diag"))
    text = "\n".join(p.read_text("utf-8").replace("edition 1", "") for p in paths)
    print(f"{text.count(chr(10))} lines, {len(text)} characters, {len(lex(Source('', text)).tokens)} words")
    print(f"lex    {speed(lex, text):10,.0f} lines/s")
    print(f"parse  {speed(parse, text):10,.0f} lines/s")
    print(f"format {speed(lambda s: format_source(s.text), text):10,.0f} lines/s")


if __name__ == "__main__":
    main()
