"""A text of a kilobyte that asks for more than a memory holds is refused in a moment, with a code."""

from __future__ import annotations

from resource import RUSAGE_SELF, getrusage

import pytest

from diagram import check_text
from diagram.cli import main


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
LOOPS = "".join(f"for a{k} in 0..10**6 {{ " for k in range(3))
ARROWS = doubling("type T0 = R\n", "type T{0} = (T{1} -> T{1})\n", 30)
HALVES = "axis a\naxis b0 = a\n" + "".join(f"axis b{k} = b{k - 1}//2 + b{k - 1}%3\n" for k in range(1, 30))
CALLS = doubling("def a0(X: R) -> R = sin(X)\n", "def a{0}(x: R)->R=a{1}(a{1}(x))\n", 28)
STEPS = doubling("object A\nbox a0 : A -> A\n", "def a{0} : A->A=a{1}>>a{1}\n", 24)
TEXTS = {
    "loops in loops": (f"def g(X: R) -> R {{ {LOOPS} X = sin(X) }}}}}} return X }}\n", "E0602"),
    "learned arrays in loops in loops": (
        "axis m\ndef g(X: R[m]) -> R[m] { for a in 0..1000 { for b in 0..1000 { "
        "learn W : [m] -> [m]  X = W(X) } }  return X }\n",
        "E0602",
    ),
    "functions of functions": (ARROWS + "def g(f: T29) -> R = 1\n", "E0602"),
    "quotients of quotients": (HALVES + "def g(X: R[b29]) -> R[b29] = X\n", "E0008"),
    "a derivative with a residual for each of many calls": (CALLS + "def g = grad[a27]\n", "E0602"),
    "a functor on many calls": (
        STEPS + "category D\nobject B\nbox h : B -> B\n"
        "functor F : Tensor -> D { object A = B  box a0 = h >> h }\ndef g = F[a23]\n",
        "E0602",
    ),
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


def test_a_tied_loop_stays_a_loop_however_long():
    text = "def g(X: R) -> R {\n  for l in 0..10**9 tied { X = sin(X) }\n  return X\n}\n"
    assert check_text(text) == []


def test_the_message_has_the_path_of_counts():
    text = TEXTS["loops in loops"][0].replace("10**6", "1000")
    (found,) = check_text(text)
    assert found.message == "`g` has too many boxes: 1,000,000,000"
    assert found.notes == ("counted as 1,000 x this loop, each 1,000 x a loop, each 1,000 x a loop",)


@pytest.mark.parametrize("command", ["check", "show", "cost", "compile", "run", "grad"])
def test_recursion_of_a_thousand_levels_goes_through_every_command(command, tmp_path):
    text = "def a[n: nat](X: R) -> R = sin(a[n - 1](X)) if n > 0 else X\ndef g(X: R) -> R = a[%d](X)\n"
    file = tmp_path / "deep.diag"
    name = [] if command == "check" else ["g"]
    file.write_text(text % 990)
    assert main([command, str(file), *name]) == 0
    file.write_text(text % 1010)
    assert main([command, str(file), *name]) == 1


def test_a_size_that_grows_too_large_after_checking_is_no_crash(tmp_path):
    axes = ", ".join(f"i{k}" for k in range(60))
    file = tmp_path / "wide.diag"
    file.write_text(f"axis {axes}\ndef g(X: R[{axes}]) -> R[{axes}] = sin(X)\n")
    assert main(["cost", str(file), "g"]) in (0, 2)


def test_arrays_larger_than_the_memory_are_refused_before_they_are_made(tmp_path, capsys):
    file = tmp_path / "huge.diag"
    file.write_text(
        "axis a = 10**6, b = 10**7\ndef g(x: R) -> R { Y : R[a, b] = 1.0  return x + sum[a, b](Y) }\n"
    )
    assert main(["run", str(file), "g"]) == 2
    assert "`Y` needs 80 TB" in capsys.readouterr().err


def test_the_limit_of_boxes_can_be_raised(tmp_path):
    file = tmp_path / "long.diag"
    file.write_text("object A\nbox f : A -> A\ndef g = f ** 2000000\n")
    assert main(["check", str(file)]) == 1
    assert main(["check", str(file), "--max-boxes", "3000000"]) == 0
    assert main(["check", str(file)]) == 1, "the limit of one command is not that of the next"


def test_one_text_that_asks_for_too_much_gives_one_message():
    text = EXP + "def g = " + "grad[" * 40 + "f" + "]" * 40 + "\ndef h(X: R) -> R = g(X) + g(g(X))\n"
    assert len(check_text(text)) == 1


def test_a_spider_of_open_size_is_no_crash():
    found = check_text("category H : hypergraph\nobject A\ndef f[n: nat] = spider[A, n, 2]\n")
    assert "E0001" not in {d.code for d in found}
