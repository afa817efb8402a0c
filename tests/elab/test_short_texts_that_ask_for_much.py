"""A text of a kilobyte that asks for more than a memory holds is refused in a moment, with a code."""

from __future__ import annotations

from resource import RUSAGE_SELF, getrusage

import pytest

from diagram import check_text


def doubling(first: str, step: str, n: int = 40) -> str:
    """A chain of definitions, each mentioning the one before it twice."""
    return first + "".join(step.format(k, k - 1) for k in range(1, n))


EXP = "def f(X: R) -> R = exp(sin(X * X))\n"
TYPES = doubling("object A\ntype T0 = A\n", "type T{0} = T{1} @ T{1}\n")
SIZES = doubling("axis a0\n", "axis a{0} = a{1}*(1 + a{1})\n", 30)
LEARNED = doubling(
    "axis m\ndef a0(X: R[m]) -> R[m] {\n  learn W : [m] -> [m]\n  return W(X)\n}\n",
    "def a{0}(x: R[m])->R[m]=a{1}(a{1}(x))\n",
    26,
)
TEXTS = {
    "a power of a diagram": ("object A\nbox f : A -> A\ndef g = f ** 10**9\n", "E0602"),
    "a power of a power of a number": ("axis a = 9**9**9**9\n", "E0008"),
    "products of large numbers": ("axis a = 2**4000, b = a*a*a*a\n", "E0008"),
    "a power of a power of a type": (
        "object A\ntype B = A ** 1000\ntype C = B ** 1000\ntype D = C ** 1000\nbox f : D -> D\n",
        "E0602",
    ),
    "types side by side": (TYPES + "box f : T39 -> A\n", "E0602"),
    "boxes side by side": (doubling("object A\nbox a0 : A -> A\n", "def a{0} = a{1} @ a{1}\n"), "E0602"),
    "learned arrays": (LEARNED, "E0602"),
    "terms of a size": (SIZES + "def f(X: R[a29]) -> R[a29] = X\n", "E0008"),
    "a recursion that goes two ways": (
        "def up[l: nat, k: nat](X: R) -> R = up[l - 1, 2*k](X) + up[l - 1, 2*k + 1](X) if l > 0 else exp(X)\n"
        "def f(X: R) -> R = up[40, 0](X)\n",
        "E0602",
    ),
    "a loop that must be unrolled": (
        "def f(X: R[4]) -> R[4] {\n  for l in 1..10**6 { X = X + zeros[4] * l }\n  return X\n}\n",
        "E0602",
    ),
    "derivatives of derivatives": (EXP + "def g = " + "grad[" * 40 + "f" + "]" * 40 + "\n", "E0602"),
    "reverse of reverse": (EXP + "def g = " + "Rev[" * 40 + "f" + "]" * 40 + "\n", "E0602"),
    "legs of a spider": ("category H : hypergraph\nobject A\ndef f = spider[A, 10**9, 10**9]\n", "E0602"),
    "brackets": ("object A\nbox f : A -> A\ndef g : A -> A = " + "(" * 450 + "f" + ")" * 450 + "\n", "E0006"),
}  # fmt: skip


def cpu() -> float:
    used = getrusage(RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


@pytest.mark.parametrize("name", TEXTS)
def test_it_is_refused_in_two_seconds(name):
    text, code = TEXTS[name]
    assert len(text) <= 1100
    start = cpu()
    assert {d.code for d in check_text(text)} == {code}
    assert cpu() - start < 2


def test_what_is_counted_and_not_built_is_allowed():
    chain = doubling("object A\nbox a0 : A -> A\n", "def a{0} : A -> A = a{1} >> a{1}\n")
    assert check_text(chain) == []
    twice = "object A\nbox f : A -> A\ndef twice[g: box A -> A] : A -> A = g >> g\n"
    assert check_text(twice + "def h : A -> A = " + "twice[" * 60 + "f" + "]" * 60 + "\n") == []


def test_sizes_that_mention_each_other_often_are_computed_once():
    text = doubling("axis a0\n", "axis a{0} = a{1} + a{1}\n") + "def f(X: R[a39]) -> R[a39] = X\n"
    start = cpu()
    assert check_text(text) == []
    assert cpu() - start < 1


def test_one_text_that_asks_for_too_much_gives_one_message():
    text = EXP + "def g = " + "grad[" * 40 + "f" + "]" * 40 + "\ndef h(X: R) -> R = g(X) + g(g(X))\n"
    assert len(check_text(text)) == 1


def test_a_spider_of_open_size_is_no_crash():
    found = check_text("category H : hypergraph\nobject A\ndef f[n: nat] = spider[A, n, 2]\n")
    assert "E0001" not in {d.code for d in found}
