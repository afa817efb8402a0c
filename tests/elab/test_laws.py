"""Rules, theorems, strategies: what proves, what does not, and what is said then."""

from __future__ import annotations

from pathlib import Path

import pytest

from diagram.cli import main
from diagram.errors import Diagnostic
from diagram.report import render
from grammar.module import check_text, loads

MONOID = """object A
box m : A @ A -> A
box u : () -> A
rule assoc : m @ A >> m == A @ m >> m
rule unitL : u @ A >> m == A
rule unitR : A @ u >> m == A
"""


def faults(text: str) -> list[Diagnostic]:
    """The errors of a text."""
    return [d for d in check_text(text) if not d.is_warning]


def theorem(sides: str, *steps: str, head: str = MONOID) -> str:
    """A text with one theorem."""
    return f"{head}theorem t : {sides} {{\n" + "".join(f"  == {s}\n" for s in steps) + "}\n"


def test_a_step_may_use_one_rule_anywhere() -> None:
    assert faults(theorem("A @ u @ A >> A @ m >> m == m", "m by unitL")) == []
    assert faults(theorem("A @ u @ A >> m @ A >> m == m", "m by unitR")) == []


def test_a_single_name_is_one_use() -> None:
    text = theorem("u @ u @ A >> A @ m >> m == A", "A by unitL")
    (found,) = faults(text)
    assert found.code == "E0502"
    assert found.help == "two uses would do: write the step between, or `by unitL, unitL`"
    assert faults(text.replace("by unitL", "by unitL, unitL")) == []


def test_several_names_are_any_uses_of_them() -> None:
    sides = "u @ A @ u >> m @ A >> m == A"
    assert faults(theorem(sides, "A by unitL, unitR")) == []
    assert [d.code for d in faults(theorem(sides, "A by unitL, assoc"))] == ["E0502"]


def test_rules_go_backwards_with_a_minus() -> None:
    assert faults(theorem("A == u @ A >> m", "u @ A >> m by -unitL")) == []
    (found,) = faults(theorem("A == u @ A >> m", "u @ A >> m by unitL"))
    assert (found.code, found.help) == ("E0502", "the other direction would do: `by -unitL`")


def test_the_message_shows_what_the_rule_does_give() -> None:
    (found,) = faults(
        theorem("m @ A @ A >> m @ A >> m == A @ A @ m >> A @ m >> m", "A @ A @ m >> A @ m >> m by assoc")
    )
    assert found.message == "this step does not follow by `assoc`"
    assert found.label == "`assoc` matches in 2 places, and neither gives this"
    assert found.notes == (
        "one use of `assoc` gives: m @ A @ A >> A @ m >> m",
        "or: A @ m @ A >> m @ A >> m",
    )
    assert "A @ A @ m >> A @ m >> m by assoc" in render(found)


def test_a_rule_that_matches_nowhere_says_so() -> None:
    (found,) = faults(theorem("m == A @ A >> m", "m by unitL"))
    assert found.label == "`unitL` matches nowhere"


def test_the_last_step_must_be_the_second_side() -> None:
    (found,) = faults(theorem("m @ A >> m == m @ A >> m", "A @ m >> m by assoc"))
    assert (found.code, found.message) == ("E0502", "the steps of `t` do not end in its second side")


def test_a_theorem_is_a_rule_once_it_is_proved_above() -> None:
    text = theorem("u @ u >> m == u", "u by unitL") + "theorem s : A @ u @ u >> A @ m >> m == A {\n"
    good = text + "  == A @ u >> m by t\n  == A by unitR\n}\n"
    assert faults(good) == []
    circular = MONOID + "theorem t : u @ u >> m == u { == u by t }\n"
    (found,) = faults(circular)
    assert (found.code, found.message) == ("E0502", "`t` is not proved before `t`")


def test_steps_keep_their_type() -> None:
    assert [d.code for d in faults(theorem("m == m", "A by unitL"))] == ["E0501"]


def test_unknown_reasons_are_unknown_names() -> None:
    assert [d.code for d in faults(theorem("m == m", "m by unitX"))] == ["E0201"]
    assert [d.code for d in faults(theorem("m == m", "m by m"))] == ["E0201"]


@pytest.mark.parametrize(
    ("rule", "labels"),
    [
        ("u @ A >> m == A @ A", ("A @ A -> A @ A", "A -> A")),
        ("m == u", ("() -> A", "A @ A -> A")),
        ("m => A", ("A -> A", "A @ A -> A")),
    ],
)
def test_sides_of_different_types_are_shown_under_the_sides(rule: str, labels: tuple[str, str]) -> None:
    (found,) = faults(MONOID + f"rule r : {rule}\n")
    assert found.code == "E0501"
    assert tuple(label.text for label in found.labels) == labels


def test_generics_are_variables_of_a_rule() -> None:
    text = """category C : markov
object X, Y
box f : X -> Y with { deterministic }
rule slide[A: type, B: type, g: box A -> B] : g >> copy[B] == copy[A] >> g @ g
rule drop[A: type, B: type, g: box A -> B] : g >> discard[B] == discard[A]
theorem t : f >> discard[Y] == discard[X] { == discard[X] by drop }
"""
    assert faults(text) == []


def test_crossings_slide_along_boxes_by_naturality() -> None:
    text = """category T : braided
object V, W
box f : V -> W
theorem reidemeister3 : braid[V, V] @ V >> V @ braid[V, V] >> braid[V, V] @ V
  == V @ braid[V, V] >> braid[V, V] @ V >> V @ braid[V, V] {
  == V @ braid[V, V] >> braid[V, V] @ V >> V @ braid[V, V]  by naturality[braid]
}
theorem over : V @ f >> braid[V, W] == braid[V, V] >> f @ V { == braid[V, V] >> f @ V by naturality[braid] }
"""
    assert faults(text) == []
    wrong = text.replace("== braid[V, V] >> f @ V {", "== unbraid[V, V] >> f @ V {")
    wrong = wrong.replace("== braid[V, V] >> f @ V by", "== unbraid[V, V] >> f @ V by")
    assert [d.code for d in faults(wrong)] == ["E0502"]


def test_products_of_arrays_may_be_bracketed_by_bilinearity() -> None:
    text = """from std.laws import bilinear
axis a, b, c, d
def one(X: R[a, b], Y: R[b, c], Z: R[c, d]) -> R[a, d] {
  P[a, c] = X[a, b] * Y[b, c]
  Q[a, d] = P[a, c] * Z[c, d]
  return Q
}
def two(X: R[a, b], Y: R[b, c], Z: R[c, d]) -> R[a, d] {
  P[b, d] = Y[b, c] * Z[c, d]
  Q[a, d] = X[a, b] * P[b, d]
  return Q
}
def other(X: R[a, b], Y: R[b, c], Z: R[c, d]) -> R[a, d] {
  P[b, d] = Y[b, c] * Z[c, d]
  Q[a, d] = X[a, b] * P[b, d] * 2
  return Q
}
theorem brackets : one == two { == two by bilinear }
"""
    assert faults(text) == []
    assert [d.code for d in faults(text.replace("one == two { == two", "one == other { == other"))] == [
        "E0502"
    ]


def test_laws_of_the_library_match_any_boxes() -> None:
    text = """from std.laws import assoc, unit
category C : symmetric
object Nat
box plus : Nat @ Nat -> Nat
box zero : () -> Nat
theorem t : zero @ Nat @ Nat >> plus @ Nat >> plus == plus { == plus by unit[m = plus, u = zero] }
"""
    assert faults(text) == []


def test_strategies_normalise_and_stop() -> None:
    module = loads(
        MONOID
        + """
rule idem[f: box A -> A] : f >> f => f
box g : A -> A
rule square : g >> g => A
def tidy = normalise[unitL, unitR, square]
test "units" {
  assert tidy[u @ A @ u >> m @ A >> m >> g >> g] == A
  assert tidy[g >> g >> g] == g
  expect E0504 { assert tidy[g] == A }
}
"""
    )
    assert [d for d in module.check() if not d.is_warning] == []
    (result,) = module.tests()
    assert ([d.message for d in result.errors], result.assertions) == ([], 4)


def test_a_strategy_that_goes_round_is_refused() -> None:
    module = loads(
        MONOID
        + """
box f : A -> A
box g : A -> A
rule there : f => g
rule back : g => f
def spin = normalise[there, back]
test "spin" { expect E0504 { assert spin[f] == f } }
"""
    )
    (result,) = module.tests()
    assert result.errors == []


def test_the_command_proves_and_says_by_what(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "monoid.diag"
    file.write_text(theorem("u @ A @ u >> m @ A >> m == A", "A @ u >> m by unitL", "A by unitR"))
    assert main(["prove", str(file)]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "t: proved in 2 steps", "  == A @ u >> m   by unitL", "  == A   by unitR",
    ]  # fmt: skip
    file.write_text(theorem("u @ A >> m == A", "A by unitR"))
    assert main(["prove", str(file), "t"]) == 1
    assert "E0502" in capsys.readouterr().err
    assert main(["prove", str(file), "s"]) == 2


def test_type_variables_stand_for_as_many_wires_as_a_box_has() -> None:
    module = loads("""
category M : markov
object X, Y, Z
box n : X -> Y @ Z
box t : Y @ Z -> X
box st : () -> X
rule slide[A: type, B: type, h: box A -> B] : h >> copy[B] == copy[A] >> h @ h
rule lazy[A: type, B: type, h: box A -> B] : h >> discard[B] == discard[A]
rule inverse[A: type, B: type, h: box A -> B, k: box B -> A] : h >> k => A
def tidy = normalise[inverse]
theorem two : n >> copy[Y @ Z] == copy[X] >> n @ n { == copy[X] >> n @ n by slide }
theorem none : st >> copy[X] == st @ st { == st @ st by slide }
theorem dropped : X @ n >> discard[X @ Y @ Z] == discard[X @ X] { == discard[X @ X] by lazy }
theorem inside : Y @ (t >> n) == Y @ Y @ Z { == Y @ Y @ Z by inverse }
def short : X -> Y @ Z = tidy[n >> t >> n]
def one : X -> Y @ Z = n
""")
    assert [len(module.proof(name)) for name in ("two", "none", "dropped", "inside")] == [1] * 4
    assert len(module["short"].boxes) == 1
    assert module["short"] == module["one"]


def test_box_variables_keep_their_shape() -> None:
    text = """category S : symmetric
object X, Y
box n : X -> X @ Y
rule twice[A: type, h: box A -> A] : h >> h => h
"""
    assert not faults(text)
    (found,) = faults(text + "theorem t : n >> n @ Y == n >> n @ Y { == n >> n @ Y by twice }")
    assert found.code == "E0502"
