"""Any text gives diagnostics, never an exception: mutants of the samples, and arbitrary text.

More of it: `python -m pytest tests/grammar/test_fuzz_check.py --hypothesis-profile thorough`.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from diagram.errors import Diagnostic
from grammar.module import check_text

ROOT = Path(__file__).parent.parent.parent
FILES = sorted(ROOT.joinpath("tests", "samples").glob("*.diag")) + sorted(
    ROOT.joinpath("grammar", "std").glob("*.diag")
)
TOKEN = re.compile(r"#[^\n]*|\"[^\"\n]*\"|[^\W\d]\w*'*|\d[\w.]*|>>|->|\*\*|//|==|~=|<=|>=|!=|\.\.|\s+|.")
TEXTS = [(path, TOKEN.findall(path.read_text())) for path in FILES]
WORDS = sorted({t for _, tokens in TEXTS for t in tokens if t.strip() and not t.startswith("#")})
STRANGE = [
    "x",
    "0",
    "R",
    "[x]",
    "()",
    "zz",
    "-1",
    "1e9",
    "fn(x: R) -> R { return x }",
    "Rev[f]",
    "?h",
    "(R | R)",
    "''",
]

change = st.tuples(
    st.sampled_from(["drop", "double", "swap", "other", "strange"]),
    st.integers(0, 10**6),
    st.integers(0, 10**6),
)


def mutated(tokens: list[str], changes: list[tuple[str, int, int]]) -> str:
    """The text after these changes of its words."""
    tokens = list(tokens)
    places = [k for k, t in enumerate(tokens) if t.strip() and not t.startswith("#")]
    for kind, a, b in changes:
        k, j = places[a % len(places)], places[b % len(places)]
        if kind == "drop":
            tokens[k] = ""
        elif kind == "double":
            tokens[k] += " " + tokens[k]
        elif kind == "swap":
            tokens[k], tokens[j] = tokens[j], tokens[k]
        elif kind == "other":
            tokens[k] = WORDS[b % len(WORDS)]
        else:
            tokens[k] = STRANGE[b % len(STRANGE)]
    return "".join(tokens)


def assert_diagnosed(text: str, path: str) -> None:
    found = check_text(text, path)
    assert all(isinstance(d, Diagnostic) and re.fullmatch(r"[EW]\d{4}", d.code) and d.message for d in found)
    assert not any(d.code == "E0001" for d in found)


@settings(max_examples=120, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(TEXTS), st.lists(change, min_size=1, max_size=3))
def test_mutants_of_the_samples_give_diagnostics(
    sample: tuple[Path, list[str]], changes: list[tuple[str, int, int]]
) -> None:
    path, tokens = sample
    assert_diagnosed(mutated(tokens, changes), str(path))


@settings(max_examples=60)
@given(st.lists(st.sampled_from(WORDS), max_size=25))
def test_words_in_any_order_give_diagnostics(words: list[str]) -> None:
    assert_diagnosed("def f(x: R) -> R { " + " ".join(words) + " }", "<text>")


@pytest.mark.parametrize(
    "text",
    [
        "axis n = n",
        "axis a = b, b = a\ndef f(x: R[a]) -> R[b] = x",
        "object V\ndef f : V ** 1000000000 -> V = discard[V]",
        "def f[n: nat](x: R) -> R { return f[n + 1](x) }\ndef g(x: R) -> R = f[0](x)",
        "axis i\ndef f(x: R[i]) -> R[i] { Y[i] = x[i] / 0\n return Y }",
        "axis t\ndef f(X: R[t]) -> R { s = 0.0\n scan t over X { s = tanh  emit Y = () }\n return s }",
        "axis t\ndef f(X: R[t]) -> R { scan t over X { emit Y = (X, X) }\n return 0.0 }",
        "axis t\ndef f(p: R @ R, X: R[t]) -> R { scan t over X { p = X }\n return p }",
        "type P = R[...]\nlens l : P @ Q | P -> P | P' { get(a) = a }",
        "lens l : () | () -> () | () { get() = ()  put() = () }",
        "def f = f",
        "def f = grad[f]",
        "def f = Rev[f] >> Rev[f]",
        "def f : Params[f] -> R = open[f]",
        "def f(x: State[f]) -> R = x",
        "def f(x: R) -> R = trace[R, f](x)",
        "def f(x: R) -> R { feedback s: R = s\n next s = s\n return s }",
        "axis t\ndef f : R[t] -> R[t] = unroll[t, scan[t, f]]",
        "def f(x: R) -> R = jacobian[hessian[grad[f]]](x)",
        "axis s\ndef f(S: R[s]) -> R { C, D = split[s](S)\n return C }",
        "axis i\ndef f(x: nat[3][i]) -> R = index[](x)",
        "def f(x: R) -> R = curry[curry[f]](x)",
        "def f(x: R) -> R = fold[x, f](x)",
    ],
)
def test_these_once_crashed_or_might(text: str) -> None:
    assert_diagnosed(text, "<text>")


HEAD = """axis i, j
def f(x: R) -> R = x * x
def g(s: R, x: R) -> R @ R = s, x
def m(X: R[i]) -> R { learn W : [i] -> []  return W(X) }
lens l : R | R -> R | R { get(p) = p  put(p, d) = d }
"""
BRACKETS = [
    "",
    "i",
    "i, j",
    "3",
    "-1",
    '"s"',
    "f",
    "f, g",
    "i, g",
    "a = 3",
    "m, wrt = [W.weight]",
    "R",
    "R, 2, 3",
    "1e9",
    "l",
    "...",
    "i = j",
    "A",
    "A, A",
    "?h",
    "fn(x: R) -> R { return x }",
    "f, memory = x",
    "i, g, every = 0",
    "[f, g]",
]


def builtins() -> list[str]:
    from grammar.elab.builtin import table
    from grammar.elab.special import SPECIAL

    return sorted({*table(), *SPECIAL, "nat", "R", "size", "index", "split"})


@settings(max_examples=250)
@given(
    st.sampled_from(builtins()),
    st.sampled_from(BRACKETS),
    st.sampled_from(["(x)", "(X)", "", "(x, x)", "()"]),
)
def test_built_ins_take_any_brackets_without_crashing(name: str, given_: str, wires: str) -> None:
    use = f"{name}[{given_}]{wires}"
    assert_diagnosed(HEAD + f"def t(x: R, X: R[i]) -> R = {use}\ndef u = {use}\n", "<text>")
    box = "object A with { dual = A }\nbox b : A -> A\n"
    assert_diagnosed(f"category T : ribbon\n{box}def t : A -> A = {use}\ndef u = {use} >> b\n", "<text>")
