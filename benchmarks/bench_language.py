"""From text to checked diagrams: a GPT-2 of 12 layers, 10 000 lines, and whether time grows as the text."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from benchmarks.measure import Case, Setup, Work, seconds, shown

ROOT = Path(__file__).parents[1]
GPT = "tests/samples/05_gpt2.diag"
ONE = """
def layer{0}(X: R[t, m]) -> R[t, m] {{
  learn up : [m] -> [f], bias
  learn down : [f] -> [m], bias
  H = gelu(up(X))
  S[t] = H[t, f] * H[t, f]
  return X + down(H)
}}
"""
MOST_GROWTH = 1.5


def generated(lines: int) -> str:
    """A file of about so many lines: definitions of one kind, each with learned arrays and an equation."""
    return "axis t, m, f\n" + "".join(ONE.format(k) for k in range(lines // ONE.count("\n")))


def reading(text: str) -> Setup:
    """Lex and parse."""

    def setup() -> Work:
        from diagram.errors import Source
        from grammar.parser import parse

        return lambda: parse(Source("bench.diag", text))

    return setup


def checking(text: str, path: str = "bench.diag") -> Setup:
    """Parse, elaborate and check every definition."""

    def setup() -> Work:
        from grammar.module import check_text

        def work() -> object:
            found = check_text(text, path)
            assert not [d for d in found if not d.is_warning], found[0]
            return found

        return work

    return setup


def elaborating() -> Work:
    """A GPT-2 of 12 layers, every layer of the stack written out in the parameters."""
    from diagram import load

    def work() -> object:
        d = load(ROOT / GPT)["gpt2"]
        assert len(d.params) >= 12 * 12
        return d

    return work


CASES = (
    Case("parse and elaborate a GPT-2 of 12 layers", elaborating, bar=0.3),
    Case("check a GPT-2 of 12 layers", checking((ROOT / GPT).read_text("utf-8"), str(ROOT / GPT)), bar=0.3),
    Case("parse 10 000 lines", reading(generated(10_000))),
    Case("check 10 000 lines", checking(generated(10_000)), bar=3.0),
)


def main(words: list[str]) -> int:
    """Growth: the time for each line at 2 500, 5 000 and 10 000 lines; 1 if it grows by half."""
    if words and not any(word in "growth of checking" for word in words):
        return 0
    times = [seconds(partial(checking(generated(n)))) / n for n in (2_500, 5_000, 10_000)]
    kept = max(times) <= MOST_GROWTH * times[0]
    row = ", ".join(shown(t) for t in times)
    print(f"{'growth of checking, per line':<44} {row}{'' if kept else ': MISSED'}", flush=True)
    return 0 if kept else 1
