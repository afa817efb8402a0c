"""Derivatives of random closed terms of the simply typed lambda calculus over the reals: functions of
functions, functions that give functions, derivatives inside; against torch, before and after beta.
"""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest

from diagram.applying import applied
from diagram.derivative import grad
from diagram.inlining import inline
from diagram.reduction import reductions
from diagram.wiring import walk
from grammar.module import loads
from tests.derivative.test_higher_order import PYTHON

torch = pytest.importorskip("torch")
Type = Any
"""`"R"`, or a pair of types: an arrow."""
R, RR = "R", ("R", "R")
TYPES: list[Type] = [RR, ("R", RR), (RR, RR), (RR, "R"), ((RR, RR), RR)]


def shown(t: Type) -> str:
    """`(R -> (R -> R))`."""
    return t if isinstance(t, str) else f"({shown(t[0])} -> {shown(t[1])})"


class Terms:
    """Random terms: text of the language, and Python over torch."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.count = 0

    def term(self, want: Type, scope: dict[str, Type], depth: int) -> tuple[str, str]:
        """A term of a type."""
        r = self.random
        known = [name for name, t in scope.items() if t == want]
        if known and (depth <= 0 or r.random() < 0.25):
            name = r.choice(known)
            return name, name
        if want != R:
            return self.function(want, scope, depth)
        if depth <= 0:
            number = round(r.uniform(-1.5, 1.5), 2)
            return f"({number})", f"({number} + 0.0 * x)"
        kind = r.choice(["apply", "apply", "apply", "unary", "binary", "grad"])
        if kind == "unary":
            name = r.choice(["sin", "cos", "tanh"])
            a, p = self.term(R, scope, depth - 1)
            return f"{name}({a})", f"{name}({p})"
        if kind == "binary":
            (a, p), (b, q) = self.term(R, scope, depth - 1), self.term(R, scope, depth - 1)
            sign = r.choice("+-*")
            return f"({a} {sign} {b})", f"({p} {sign} {q})"
        if kind == "grad":
            v = self.name()
            (a, p), (b, q) = self.term(R, {**scope, v: R}, depth - 2), self.term(R, scope, depth - 2)
            return (
                f"grad[fn({v}: R) = sin({a}) + 0.0 * {v}]({b})",
                f"slope(lambda {v}: sin({p}) + 0.0 * {v})({q})",
            )
        return self.applied(R, scope, depth)

    def applied(self, want: Type, scope: dict[str, Type], depth: int) -> tuple[str, str]:
        """A function applied."""
        takes = self.random.choice([t[0] for t in TYPES if t[1] == want] or [R])
        f, p = self.term((takes, want), scope, depth - 1)
        a, q = self.term(takes, scope, depth - 2)
        return f"{f}({a})", f"{p}({q})"

    def function(self, want: Type, scope: dict[str, Type], depth: int) -> tuple[str, str]:
        """A lambda, or what a function gives."""
        if depth > 2 and any(t[1] == want for t in TYPES) and self.random.random() < 0.3:
            return self.applied(want, scope, depth - 1)
        v = self.name()
        body, p = self.term(want[1], {**scope, v: want[0]}, depth - 1)
        if want[1] == R:
            body, p = f"tanh({body})", f"tanh({p})"
        return f"(fn({v}: {shown(want[0])}) -> {shown(want[1])} {{ return {body} }})", f"(lambda {v}: {p})"

    def name(self) -> str:
        """A new one."""
        self.count += 1
        return f"v{self.count}"


def case(seed: int) -> tuple[str, list[float], float]:
    """Text, the value and two derivatives by torch, and where."""
    text, python = Terms(seed).term(R, {"x": R}, 8)
    at = 0.3 + 0.02 * (seed % 25)
    x = torch.tensor(at, dtype=torch.float64, requires_grad=True)
    value = eval(python, {**PYTHON, "x": x}) + 0.0 * x
    wanted = [value]
    for _ in range(2):
        (value,) = torch.autograd.grad(value, x, create_graph=True)
        value = value + 0.0 * x
        wanted.append(value)
    return text, [w.item() for w in wanted], at


@pytest.mark.parametrize("block", range(10))
def test_random_simply_typed_terms_have_the_derivatives_that_torch_finds(block: int) -> None:
    higher = 0
    for seed in range(block * 25, block * 25 + 25):
        text, wanted, at = case(seed)
        m = loads(f"def f(x: R) -> R = {text} + 0.0 * x\ndef d = grad[f]\ndef dd = grad[grad[f]]\n")
        higher += "fn(" in text
        scale = max(1.0, *map(abs, wanted))
        for name, value in zip(("f", "d", "dd"), wanted, strict=True):
            found = float(np.asarray(m[name].compile("numpy")(at)))
            assert found == pytest.approx(value, rel=1e-10, abs=1e-10 * scale), (name, text)
        for name in ("d", "dd"):
            assert not {box.op.name for box in walk(m[name])} & {"function", "eval", "derived"}
    assert higher > 10


@pytest.mark.parametrize("seed", range(1000, 1025))
def test_the_derivative_before_beta_is_that_after_it(seed: int) -> None:
    text, _, at = case(seed)
    d = loads(f"def f(x: R) -> R = {text} + 0.0 * x\n")["f"]
    normal = applied(d)
    found = [float(grad(e).compile("numpy")(at)[1]) for e in (d, normal)]
    if "grad" not in text:
        last = [inline(d), *(new for _, new in reductions(("beta",), inline(d)))][-1]
        assert not {box.op.name for box in walk(last)} & {"function", "eval"}
        found.append(float(grad(last).compile("numpy")(at)[1]))
    assert found == pytest.approx([found[0]] * len(found), rel=1e-10, abs=1e-10)
