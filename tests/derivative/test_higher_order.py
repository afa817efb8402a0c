"""Derivatives of random closed terms with functions on wires: nested functions, functions that give
functions, twice,
church numerals, derivatives inside derivatives; against torch, and first order after beta.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest

from diagram.applying import applied
from diagram.derivative import grad
from diagram.wiring import walk
from grammar.module import loads

torch = pytest.importorskip("torch")

Number = Any
"""Any: a torch scalar, or a Python function of them."""
Tree = tuple[Any, ...]
HIGHER = """
def twice(f: (R -> R)) -> (R -> R) { return fn(a: R) -> R { return f(f(a)) } }
def church3(f: (R -> R)) -> (R -> R) { return fn(a: R) -> R { return f(f(f(a))) } }
def compose(f: (R -> R), g: (R -> R)) -> (R -> R) { return fn(a: R) -> R { return g(f(a)) } }
def mix(f: (R -> R), c: R) -> (R -> R) { return fn(a: R) -> R { return f(a) * c + a } }
"""


def slope(f: Callable[[Number], Number]) -> Callable[[Number], Number]:
    """The derivative of a torch function, differentiable again."""

    def at(x: Number) -> Number:
        y = x * 1.0
        if not y.requires_grad:
            y.requires_grad_()
        value = f(y)
        if not value.requires_grad:
            return torch.zeros_like(y)
        found = torch.autograd.grad(value, y, create_graph=True, allow_unused=True)[0]
        return torch.zeros_like(y) if found is None else found

    return at


PYTHON: dict[str, Any] = {
    "sin": torch.sin, "cos": torch.cos, "tanh": torch.tanh, "slope": slope,
    "twice": lambda f: lambda a: f(f(a)), "church3": lambda f: lambda a: f(f(f(a))),
    "compose": lambda f, g: lambda a: g(f(a)), "mix": lambda f, c: lambda a: f(a) * c + a,
}  # fmt: skip


class Growing:
    """Random terms as trees: `("num", 0.5)`, `("var", x)`, `("+", a, b)`, `("sin", a)`, `("app", f, a)`,
    `("grad", x, body, a)`; functions `("var", f)`, `("fn", x, body)`, `("twice", f)`, ...
    """

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.count = 0

    def name(self) -> str:
        self.count += 1
        return f"v{self.count}"

    def real(self, scope: Mapping[str, str], depth: int) -> Tree:
        """A term of type R."""
        r = self.random
        if depth <= 0:
            if r.random() < 0.2:
                return ("num", round(r.uniform(-1.5, 1.5), 2))
            return ("var", r.choice([k for k, t in scope.items() if t == "R"]))
        kind = r.choice(["binary", "unary", "unary", "app", "app", "app", "grad", "let"])
        if kind == "binary":
            return (r.choice("+-*"), self.real(scope, depth - 1), self.real(scope, depth - 1))
        if kind == "unary":
            return (r.choice(["sin", "cos", "tanh"]), self.real(scope, depth - 1))
        if kind == "grad":
            x = self.name()
            return ("grad", x, self.real({**scope, x: "R"}, depth - 1), self.real(scope, depth - 2))
        return ("app", self.function(scope, depth - 1), self.real(scope, depth - 2))

    def function(self, scope: Mapping[str, str], depth: int) -> Tree:
        """A term of type R -> R; its values stay small, so that it may be iterated."""
        r = self.random
        kind = r.choice(["fn", "fn", "twice", "church3", "compose", "mix"]) if depth > 0 else "fn"
        if kind == "fn":
            x = self.name()
            return ("fn", x, (r.choice(["sin", "tanh"]), self.real({**scope, x: "R"}, depth - 1)))
        if kind == "compose":
            return (kind, self.function(scope, depth - 1), self.function(scope, depth - 1))
        if kind == "mix":
            return (kind, self.function(scope, depth - 1), ("sin", self.real(scope, 0)))
        return (kind, self.function(scope, depth - 1))


def text(t: Tree) -> str:
    """As text of the language."""
    match t:
        case ("num", value):
            return f"({value})"
        case ("var", name):
            return str(name)
        case ("fn", x, body):
            return f"(fn({x}: R) -> R {{ return {text(body)} }})"
        case ("app", f, a):
            return f"{text(f)}({text(a)})"
        case ("grad", x, body, a):
            return f"grad[fn({x}: R) = {text(body)} + 0.0 * {x}]({text(a)})"
        case (op, a, b) if op in "+-*":
            return f"({text(a)} {op} {text(b)})"
    return f"{t[0]}({', '.join(map(text, t[1:]))})"


def python(t: Tree) -> str:
    """As Python over torch."""
    match t:
        case ("num", value):
            return f"({value} + 0.0 * x)"
        case ("var", name):
            return str(name)
        case ("fn", x, body):
            return f"(lambda {x}: {python(body)})"
        case ("app", f, a):
            return f"{python(f)}({python(a)})"
        case ("grad", x, body, a):
            return f"slope(lambda {x}: {python(body)} + 0.0 * {x})({python(a)})"
        case (op, a, b) if op in "+-*":
            return f"({python(a)} {op} {python(b)})"
    return f"{t[0]}({', '.join(map(python, t[1:]))})"


def derivatives(t: Tree, at: float, order: int) -> list[float]:
    """The value and its derivatives, by torch."""
    x = torch.tensor(at, dtype=torch.float64, requires_grad=True)
    value = eval(python(t), {**PYTHON, "x": x}) + 0.0 * x
    found = [value]
    for _ in range(order):
        (value,) = torch.autograd.grad(value, x, create_graph=True)
        value = value + 0.0 * x
        found.append(value)
    return [v.item() for v in found]


@pytest.mark.parametrize("block", range(10))
def test_random_closed_terms_have_the_derivatives_that_torch_finds(block: int) -> None:
    for seed in range(block * 22, block * 22 + 22):
        t = Growing(seed).real({"x": "R"}, 5)
        m = loads(f"{HIGHER}\ndef f(x: R) -> R = {text(t)}\ndef d = grad[f]\ndef dd = grad[grad[f]]\n")
        at = 0.3 + 0.02 * (seed % 20)
        want = derivatives(t, at, 2)
        for name, value in zip(("f", "d", "dd"), want, strict=True):
            found = float(np.asarray(m[name].compile("numpy")(at)))
            assert found == pytest.approx(value, rel=1e-10, abs=1e-10 * max(1.0, *map(abs, want))), (
                name,
                text(t),
            )


@pytest.mark.parametrize("seed", range(300, 320))
def test_derivatives_before_and_after_beta_agree_and_hold_no_closure(seed: int) -> None:
    t = Growing(seed).real({"x": "R"}, 5)
    d = loads(f"{HIGHER}\ndef f(x: R) -> R = {text(t)}\n")["f"]
    normal = applied(d)
    for g in (normal, grad(d), grad(normal)):
        assert not {box.op.name for box in walk(g)} & {"function", "eval", "derived"}
    one, two = (float(grad(e).compile("numpy")(0.4)[1]) for e in (d, normal))
    assert one == pytest.approx(two, rel=1e-12, abs=1e-13)


def test_a_derivative_of_a_function_that_is_not_known_yet_waits_for_it() -> None:
    m = loads(
        "def slope_of(f: (R -> R), x: R) -> R { return grad[fn(z: R) = f(z) * x](x) }\n"
        "def g(x: R) -> R { return slope_of(fn(y: R) = sin(y * x), x) }\ndef d = grad[g]\n"
    )
    x = 0.5
    want = 2 * x * np.cos(x * x) - 2 * x**3 * np.sin(x * x)
    assert float(m["d"].compile("numpy")(x)) == pytest.approx(want, rel=1e-12)


def test_code_grows_in_proportion_to_the_term() -> None:
    sizes = []
    for n in (5, 10, 20):
        body = "x"
        for k in range(n):
            body = f"(fn(y{k}: R) -> R {{ return sin(y{k} * x) }})({body})"
        sizes.append(len(grad(loads(f"def f(x: R) -> R = {body}\n")["f"]).boxes))
    assert sizes[2] - sizes[1] == 2 * (sizes[1] - sizes[0])


def doubled(n: int, body: str = "sin(y) * x + 0.1 * y") -> str:
    """A function applied 2**n times, by a text of n words."""
    term = f"fn(y: R) = {body}"
    for _ in range(n):
        term = f"twice({term})"
    return f"{HIGHER}\ndef f(x: R) -> R = ({term})(x)\ndef g = grad[f]\ndef h = grad[grad[f]]\n"


@pytest.mark.parametrize("n", [1, 3, 5, 7])
def test_iterated_functions_have_the_derivatives_that_torch_finds(n: int) -> None:
    m = loads(doubled(n))
    x = torch.tensor(0.9, dtype=torch.float64, requires_grad=True)
    y = x
    for _ in range(2**n):
        y = torch.sin(y) * x + 0.1 * y
    (first,) = torch.autograd.grad(y, x, create_graph=True)
    (second,) = torch.autograd.grad(first, x)
    for name, value in (("f", y), ("g", first), ("h", second)):
        found = m[name].compile("numpy")(0.9)
        assert float(np.asarray(found)) == pytest.approx(value.item(), rel=1e-10)
        again = loads(m[name].to_text("again"))["again"]
        assert float(np.asarray(again.compile("numpy")(0.9))) == pytest.approx(value.item(), rel=1e-10)


def test_derivatives_of_iterated_functions_stay_in_proportion_to_the_text() -> None:
    for name, bound in (("g", 1.5), ("h", 2.5)):
        texts, codes = [], []
        for n in (6, 12, 18):
            d = loads(doubled(n))[name]
            texts.append(len(d.to_text()))
            codes.append(len(d.compile("numpy").source))
        for sizes in (texts, codes):
            assert sizes[2] - sizes[1] < bound * (sizes[1] - sizes[0]), (name, sizes)


def test_captured_learned_arrays_in_iterated_functions_get_all_their_cotangents() -> None:
    text_ = (
        "axis i\ndef twice(f: (R[i] -> R[i])) -> (R[i] -> R[i]) = fn(a: R[i]) = f(f(a))\n"
        "def f(X: R[i]) -> R {\n  learn w : [i]\n  f = fn(y: R[i]) -> R[i] { return tanh(w * y + X) }\n"
        "  g = twice(twice(twice(twice(f))))\n  return sum[i](g(X) * w)\n}\n"
    )
    d = loads(text_)["f"]
    run = grad(d).compile("numpy")
    w = np.array([0.7, -1.2, 0.4])
    X = np.array([0.2, 0.5, -0.3])
    run.params = {"w": w}
    value, dx, dw = run(X)
    tw, tx = (torch.tensor(a, requires_grad=True) for a in (w, X))
    y = tx
    for _ in range(16):
        y = torch.tanh(tw * y + tx)
    wanted = (y * tw).sum()
    slopes = torch.autograd.grad(wanted, [tx, tw])
    assert float(value) == pytest.approx(wanted.item(), rel=1e-12)
    np.testing.assert_allclose(dx, slopes[0].numpy(), rtol=1e-10)
    np.testing.assert_allclose(dw, slopes[1].numpy(), rtol=1e-10)
    assert not {box.op.name for box in walk(grad(d))} & {"function", "eval", "derived"}
