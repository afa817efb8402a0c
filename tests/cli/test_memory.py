"""`--memory`: run, grad, cost and compile within a budget."""

from __future__ import annotations

import re

import numpy as np
import pytest

TEXT = """
axis x, m = 16
def layer(X: R[x, m]) -> R[x, m] {
  learn W : [m] -> [m], bias
  return tanh(W(X))
}
def net : R[x, m] -> R[x, m] = layer ** 12
def loss(X: R[x, m]) -> R = sum[x, m](net(X) ** 2)
def slope = grad[loss, wrt = [X]]
"""


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "net.diag"
    path.write_text(TEXT)
    return path


def test_a_run_within_a_budget_gives_the_same_bits(diag, file, tmp_path) -> None:
    for name, more in (("a", ()), ("b", ("--memory", "400KB"))):
        out = str(tmp_path / f"{name}.npy")
        assert diag("run", str(file), "slope", "--set", "x=500", "-o", out, *more).code == 0
    assert np.array_equal(np.load(tmp_path / "a.npy"), np.load(tmp_path / "b.npy"))


def test_cost_says_what_the_plan_holds(diag, file) -> None:
    found = diag("cost", str(file), "net", "--set", "x=500", "--memory", "400KB", "--dtype", "f64").out
    held = re.search(r"bytes held as planned +(\d+) +(\d+)", found)
    assert held is not None and int(held[2]) <= 400_000 < int(re.search(r"as it is +\d+ +(\d+)", found)[1])
    assert int(re.search(r"steps again +0 +(\d+)", found)[1]) > 0


def test_grad_writes_a_plan(diag, file, tmp_path) -> None:
    out = str(tmp_path / "g.diag")
    assert diag("grad", str(file), "net", "--memory", "400KB", "-o", out).code == 0
    text = (tmp_path / "g.diag").read_text()
    assert "def net_grad = plan[net_grad_whole, memory = 400000]" in text
    assert diag("check", out).code == 0
    assert diag("run", out, "net_grad", "--set", "x=500").code == 0
    refused = diag("run", out, "net_grad", "--set", "x=5000")
    assert refused.code == 2 and "E0606" in refused.err


def test_compile_writes_code_that_lets_go(diag, file, tmp_path) -> None:
    plain = diag("compile", str(file), "slope", "--set", "x=500").out
    planned = diag("compile", str(file), "slope", "--set", "x=500", "--memory", "400KB").out
    assert "del " in planned and "del " not in plain
    assert planned.count("tanh(") > plain.count("tanh(")


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("cost", "net", "--memory", "much"), 2, "no amount of memory"),
        (("cost", "net", "--memory", "1MB"), 2, "E0311"),
        (("cost", "net", "--set", "x=500", "--memory", "1KB"), 2, "E0606"),
        (("compile", "net", "--memory", "1MB"), 2, "E0311"),
        (
            ("run", "net", "--set", "x=500", "--memory", "1KB"),
            2,
            "the smallest budget",
        ),
    ],
)
def test_what_does_not_fit_is_said(diag, file, words, code, says) -> None:
    command, name, *rest = words
    found = diag(command, str(file), name, *rest)
    assert found.code == code and says in found.err
