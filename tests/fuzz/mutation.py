"""Texts that nobody meant: samples with words changed, bytes changed, cut short, and parts of two joined."""

from __future__ import annotations

import random
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
FILES = [
    path
    for folder in ("tests/samples", "grammar/std", "examples", "tests/bugs/clean")
    for path in sorted((ROOT / folder).rglob("*.diag"))
]
TOKEN = re.compile(r"#[^\n]*|\"[^\"\n]*\"|[^\W\d]\w*'*|\d[\w.]*|>>|->|\*\*|//|==|~=|<=|>=|!=|\.\.|\s+|.")
TEXTS = [(path, TOKEN.findall(path.read_text("utf-8"))) for path in FILES]
WORDS = sorted({t for _, tokens in TEXTS for t in tokens if t.strip() and not t.startswith("#")})
STRANGE = [
    *(
        "x",
        "0",
        "R",
        "[x]",
        "()",
        "zz",
        "-1",
        "1e9",
        "10**9",
        "''",
        "?h",
        "...",
        "_",
        "\u0000",
        "\ufeff",
        "é",
    ),
    *("fn(x: R) -> R { return x }", "Rev[f]", "grad[f]", "(R | R)", "** 999", "[0]", "a'", '"', "{", ")"),
]
CHANGES = ("drop", "double", "swap", "other", "strange")


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


def changed_words(r: random.Random) -> tuple[Path, bytes]:
    """One to four words of a file changed."""
    path, tokens = r.choice(TEXTS)
    changes = [(r.choice(CHANGES), r.randrange(10**6), r.randrange(10**6)) for _ in range(r.randint(1, 4))]
    return path, mutated(tokens, changes).encode()


def changed_bytes(r: random.Random) -> tuple[Path, bytes]:
    """Bytes of a file replaced, dropped or put in."""
    path, tokens = r.choice(TEXTS)
    data = bytearray("".join(tokens).encode())
    for _ in range(r.randint(1, 6)):
        k = r.randrange(len(data))
        data[k : k + r.randint(0, 2)] = r.randbytes(r.randint(0, 2))
    return path, bytes(data)


def prefix(r: random.Random) -> tuple[Path, bytes]:
    """A file that ends too soon."""
    path, tokens = r.choice(TEXTS)
    data = "".join(tokens).encode()
    return path, data[: r.randrange(len(data))]


def joined(r: random.Random) -> tuple[Path, bytes]:
    """The beginning of one file and the end of another."""
    (path, first), (_, second) = r.choice(TEXTS), r.choice(TEXTS)
    return path, "".join(first[: r.randrange(len(first))] + second[r.randrange(len(second)) :]).encode()


def words(r: random.Random) -> tuple[Path, bytes]:
    """Words in any order, in a body or by themselves."""
    text = " ".join(r.choice(WORDS) for _ in range(r.randint(1, 40)))
    heads = ("", "def f(x: R) -> R { ", "axis i, j\ndef f : R[i] -> R[j] = ", 'test "t" { ')
    return FILES[0], (r.choice(heads) + text + r.choice(("", " }"))).encode()


def noise(r: random.Random) -> tuple[Path, bytes]:
    """Bytes without any sense."""
    return FILES[0], r.randbytes(r.randint(0, 200))


KINDS = (changed_words, changed_words, changed_words, changed_bytes, prefix, joined, words, noise)


def anything(r: random.Random) -> tuple[Path, bytes]:
    """The path a text pretends to stand at (for its imports), and its bytes."""
    return r.choice(KINDS)(r)
