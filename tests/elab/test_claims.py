"""`diag check --laws` refutes false claims with a counterexample, and `--lint` remarks on convenience."""

from __future__ import annotations

import pytest

from grammar.module import loads

LAWS = """
category T : cartesian
object X
box f : X -> X with {{ linear }}
box m : X @ X -> X with {{ {claims} }}
box e : () -> X
functor F : T -> numpy {{
  object X = {object}
  box f(x) = 3 * x
  box m(x, y) = {image}
  box e = {unit}
}}
"""
ARRAY = "R[3]"


def refuted(text: str) -> list:
    module = loads(text)
    assert [d for d in module.check() if not d.is_warning] == []
    return module.refuted()


@pytest.mark.parametrize(
    ("claims", "image", "unit", "false"),
    [
        ("commutative, monoid, unit = e, linear", "x + y", "0.0", []),
        ("commutative, monoid, unit = e", "x * y", "1.0", []),
        ("commutative, monoid", "log(exp(x) + exp(y))", "0.0", []),
        ("monoid", "x", "0.0", []),
        ("linear = [1, 2]", "x * y", "0.0", []),
        ("linear = [1]", "x * exp(y)", "0.0", []),
        ("deterministic", "x * y", "0.0", []),
        ("commutative", "x - y", "0.0", ["not commutative"]),
        ("monoid", "x - y", "0.0", ["not associative"]),
        ("commutative, monoid", "(x + y) / 2", "0.0", ["not associative"]),
        ("unit = e", "x + y", "1.0", ["a monoid with this unit", "a monoid with this unit"]),
        ("unit = e", "x - y", "0.0", ["a monoid with this unit"]),
        ("linear", "x * y", "0.0", ["not linear"]),
        ("linear", "x + y + 1", "0.0", ["not linear"]),
        ("linear = [1, 2]", "x * exp(y)", "0.0", ["not linear"]),
    ],
)
def test_claims_about_functions_are_tried(claims, image, unit, false):
    found = refuted(LAWS.format(claims=claims, object="R", image=image, unit=unit))
    assert [d.code for d in found] == ["E0505"] * len(false)
    for d, words in zip(found, false, strict=True):
        assert words in d.message
        assert d.notes[1].startswith("but for ")


def test_a_counterexample_of_arrays_has_the_numbers_in_it():
    text = LAWS.replace("  box e = {unit}\n", "  box e = ?e\n").format(
        claims="commutative", object=ARRAY, image="x - 2 * y"
    )
    (found,) = refuted(text)
    numbers = found.notes[1].partition(" it is ")[2]
    left, right = numbers.split(" against ")
    assert left.strip("[]") != right.strip("[]")


def test_claims_about_matrices_and_kernels_are_tried_exactly():
    text = """
category M : markov
object X
box coin : X -> X with { deterministic }
functor P : M -> stoch { object X = 2  box coin = [[%s], [0, 1]] }
functor G : M -> gauss { object X = 1  box coin(x) = %s }
"""
    assert refuted(text % ("1, 0", "2 * x")) == []
    found = refuted(text % ("0.5, 0.5", "2 * x + noise[1]"))
    assert ["under `P`" in d.message or "under `G`" in d.message for d in found] == [True, True]
    monoid = """
category M : symmetric
object X
box m : X @ X -> X with { monoid, commutative, unit = u }
box u : () -> X
functor C : M -> count { object X = 2  box m = %s  box u = [1, 0] }
"""
    assert refuted(monoid % "[[[1, 0], [0, 1]], [[0, 1], [1, 0]]]") == []
    assert [d.code for d in refuted(monoid % "[[[1, 0], [0, 1]], [[1, 0], [1, 0]]]")] == ["E0505"] * 3


def test_boxes_of_arrays_have_claims_too():
    text = """
axis f
box join : R[f] @ R[f] -> R[f] with { monoid, commutative, unit = zeros }
functor Sum : Tensor -> numpy { box join(x, y) = %s }
"""
    assert refuted(text % "x + y") == []
    assert {d.code for d in refuted(text % "max(x, y)")} == {"E0505"}


def test_what_cannot_be_computed_is_not_refuted():
    text = """
category T : cartesian
object X
box f : X -> X with { linear }
functor F : T -> numpy { object X = R  box f = extern "nowhere:f" }
functor H : T -> numpy { object X = R  box f = ?later }
"""
    assert refuted(text) == []


def test_axes_matched_by_rules_3_to_5_are_named_once_for_each_call():
    found = loads("""
axis q, k, a, b
def score(Q: R[q, k], K: R[k]) -> R[q] { S[q] = Q[q, k] * K[k]  return S }
def one(X: R[a, k], Y: R[k]) -> R[a] = score(X, Y)
def two(X: R[q', k], Y: R[k]) -> R[q'] = score(X, Y)
def named(X: R[a, k], Y: R[k]) -> R[a] = score[q = a](X, Y)
def same(X: R[q, k], Y: R[k]) -> R[q] = score(X, Y)
""").lint()
    assert [(d.code, d.help) for d in found] == [
        ("W0215", "write `score[q = a]`"),
        ("W0215", "write `score[q = q']`"),
    ]
    assert "as the only ones left" in found[0].message
    assert "by their stem" in found[1].message


def test_the_edit_of_a_remark_takes_the_remark_away():
    text = "axis q, a\ndef f(X: R[q]) -> R[q] = softmax[q](X)\ndef g(X: R[a]) -> R[a] = f(X)\n"
    (found,) = loads(text).lint()
    (edit,) = found.edits
    changed = text[: edit.span.start] + edit.text + text[edit.span.end :]
    module = loads(changed)
    assert [d for d in module.check() if not d.is_warning] == []
    assert module.lint() == []


def test_only_a_read_one_off_a_sized_axis_is_remarked_on():
    found = loads("""
axis L = 4, t, i = L
def last(W: R[L]) -> R = W[size[L] - 1]
def meant(W: R[L]) -> R[L] { Y[L] = W[L - 1; pad 0]  return Y }
def clear(W: R[L]) -> R[i] { Y[i] = W[i - 1; pad 0]  return Y }
def delay(X: R[t]) -> R[t] { Y[t] = X[t - 1; pad 0]  return Y }
""").lint()
    assert [d.code for d in found] == ["W0216"]
    assert found[0].span.source.text[found[0].span.start : found[0].span.end] == "L - 1"


STATED = """
axis n
box f(x: R[n], k: nat[3], y: R) -> R[n] @ R with {{ grad = df }}
def df(x: R[n], k: nat[3], y: R, da: R[n], db: R) -> R[n] @ R = ({dx}, {dy})
functor F : Tensor -> {target} {{ box f(x, k, y) = (y * x ** 3 + cast[R](k), sin(y)) }}
"""


@pytest.mark.parametrize("target", ["numpy", "torch"])
@pytest.mark.parametrize(
    ("dx", "dy", "right"),
    [
        ("3 * y * x ** 2 * da", "sum[n](x ** 3 * da) + cos(y) * db", True),
        ("2 * y * x ** 2 * da", "sum[n](x ** 3 * da) + cos(y) * db", False),
        ("3 * y * x ** 2 * da", "sum[n](x ** 3 * da) - cos(y) * db", False),
        ("3 * y * x ** 2 * da", "cos(y) * db", False),
    ],
)
def test_a_stated_derivative_is_compared_with_finite_differences(
    dx: str, dy: str, right: bool, target: str
) -> None:
    found = refuted(STATED.format(dx=dx, dy=dy, target=target))
    assert [d.code for d in found] == ([] if right else ["E0505"])
    if not right:
        assert "finite differences give" in str(found[0].notes)
