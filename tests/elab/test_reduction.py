"""Beta and eta as rewrites, and functions on wires equal up to the names inside."""

from __future__ import annotations

import pytest

from diagram.cli import main
from diagram.reduction import beta, eta, reductions
from diagram.wiring import walk
from grammar.module import loads
from tests.derivative.test_higher_order import HIGHER, Growing, text

LAMBDA = """
category Lambda : cartesian, closed
object A, B, C
box f : A -> B
box g : B -> C
box h : A @ A -> B
def compose(p: (A -> B), q: (B -> C)) -> (A -> C) { return fn(a: A) -> C { return q(p(a)) } }
def both(a: A) -> C = compose(fn(x: A) = f(x), fn(y: B) = g(y))(a)
def plain : A -> C = f >> g
def wrapped(p: (A -> B)) -> (A -> B) = fn(a: A) = p(a)
def deep(p: (A -> B)) -> ((A -> B) -> (A -> B)) = fn(q: (A -> B)) -> (A -> B) { return fn(a: A) = p(a) }
def const(p: (A -> B)) -> ((A -> B) -> (A -> B)) = fn(q: (A -> B)) = p
def tidy = normalise[beta, eta]
"""


def names(d):
    return [box.op.name for box in walk(d)]


def test_a_strategy_of_beta_and_eta_reduces_definitions(tmp_path, capsys):
    text = LAMBDA + 'test "t" { assert tidy[both] == plain  assert tidy[wrapped] == id[(A -> B)] }\n'
    m = loads(text)
    assert [error for result in m.tests() for error in result.errors] == []
    (tmp_path / "l.diag").write_text(LAMBDA)
    out = tmp_path / "o.diag"
    assert main(["rewrite", str(tmp_path / "l.diag"), "both", "--with", "tidy", "-o", str(out)]) == 0
    printed = capsys.readouterr().out
    assert printed.count("by beta") == 3 and "both == f >> g" in printed
    assert loads(out.read_text())["both_tidy"] == m["plain"]


def test_each_step_is_an_equality_and_eta_reaches_functions_in_functions():
    m = loads(LAMBDA)
    d = m["deep"]
    reduced = eta(d)
    assert reduced is not None and reduced == m["const"] and names(reduced).count("function") == 1
    assert eta(reduced) is None and beta(d) is None
    from diagram.inlining import inline

    start = inline(m["both"])
    for _, new in reductions(("beta", "eta"), start):
        assert new == start


@pytest.mark.parametrize("seed", range(400, 420))
def test_random_terms_reduce_to_first_order_by_steps_of_beta(seed):
    term = Growing(seed).real({"x": "R"}, 4)
    if "grad" in text(term):
        return
    from diagram.inlining import inline

    d = inline(loads(f"{HIGHER}\ndef f(x: R) -> R = {text(term)}\n")["f"])
    last = d
    for _, new in reductions(("beta",), d):
        last = new
    assert not {"function", "eval"} & set(names(last))
    assert float(last.compile("numpy")(0.3)) == pytest.approx(float(d.compile("numpy")(0.3)), abs=1e-12)


def test_functions_are_equal_up_to_the_names_inside():
    m = loads(
        LAMBDA
        + "def one(x: A) -> (A -> (A -> B)) = fn(a: A) = fn(b: A) = h(a, h2(b, x))\n"
        + "def two(z: A) -> (A -> (A -> B)) {\n"
        + "  return fn(q: A) -> (A -> B) { return fn(r: A) -> B { s = h2(r, z)  return h(q, s) } }\n}\n"
        + "def three(x: A) -> (A -> (A -> B)) = fn(a: A) = fn(b: A) = h(b, h2(a, x))\n"
        + "def four(x: A) -> (A -> (A -> B)) = fn(a: A) = fn(b: A) = h(a, h2(x, b))\n"
        + "box h2 : A @ A -> A\n"
    )
    assert m["one"] == m["two"]
    assert m["one"] != m["three"] and m["one"] != m["four"]
