"""`diag rewrite`: a strategy is run, its steps are a proof that the command `prove` accepts."""

import pytest

import diagram

TEXT = """
category M : symmetric
object A
box m : A @ A -> A
box u : () -> A
box f : A -> A
rule unit_left : u @ A >> m => A
rule unit_right : A @ u >> m => A
rule twice : f >> f => f
box g : A -> A
rule there : f => g
rule back : g => f
def messy : A -> A = u @ A >> m >> f >> f >> A @ u >> m >> f
def neat : A -> A = f
def tidy = normalise[unit_left, unit_right, twice]
def never = normalise[there, back]
"""


@pytest.fixture
def rules(tmp_path):
    path = tmp_path / "rules.diag"
    path.write_text(TEXT)
    return path


def test_the_steps_are_a_theorem_that_is_proved(diag, rules):
    result = diag("rewrite", rules, "messy", "--with", "tidy")
    assert result.code == 0, result.err
    first, *steps, last = result.out.splitlines()
    assert first.startswith("theorem messy_tidy : ") and last == "}"
    assert [line.split(" by ")[1].strip() for line in steps].count("twice") == 2
    assert len(steps) == 4
    rules.write_text(TEXT + result.out)
    proved = diag("prove", rules, "messy_tidy")
    assert proved.code == 0, proved.err
    assert "messy_tidy: proved in 4 steps" in proved.out


def test_the_result_is_a_file_that_is_the_normal_form(diag, rules, tmp_path):
    out = tmp_path / "new.diag"
    assert diag("rewrite", rules, "messy", "--with", "tidy", "-o", out).code == 0
    new = diagram.load(out)["messy_tidy"]
    assert [box.op.name for box in new.boxes] == ["f"]


def test_a_normal_form_stays(diag, rules):
    result = diag("rewrite", rules, "neat", "--with", "tidy")
    assert result.out == "neat is in normal form: no rule of tidy applies\n"


def test_rules_without_a_normal_form_are_refused(diag, rules):
    result = diag("rewrite", rules, "neat", "--with", "never")
    assert result.code == 1
    assert "error[E0504]" in result.err


@pytest.mark.parametrize("strategy", ["nothing", "messy", "twice"])
def test_what_is_no_strategy_is_wrong_use(diag, rules, strategy):
    result = diag("rewrite", rules, "messy", "--with", strategy)
    assert result.code == 2
    assert f"has no strategy `{strategy}`" in result.err
