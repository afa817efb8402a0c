"""Learners (Fong, Spivak and Tuyeras): what descends the gradient of a composite is the composite, in Python
and as text; the laws of their category; errors that they refuse; Para, where learned arrays are aside.
"""

from __future__ import annotations

from itertools import permutations
from typing import Any

import numpy as np
import pytest

from diagram import Diagram, DiagramError, check_text, loads
from diagram.derivative import grad
from diagram.inverse import inverse, numbers
from diagram.learner import Learner, learner, unit
from diagram.types import R, Tensor

torch = pytest.importorskip("torch")
ERRORS = {
    "half": "(x - y) ** 2 / 2",
    "square": "(x - y) ** 2",
    "quartic": "(x - y) ** 4",
    "hyperbolic": "cosh(x - y)",
    "weighted": "exp(x) * (x - 2 * y)",
    "entropy": "-(y * log(x) + (1 - y) * log(1 - x))",
    "drift": "x ** 2 / 2 - 3 * x * y + sin(x)",
}
TEXT = """
axis i, h, o
def f(X: R[i]) -> R[h] { learn W : [i] -> [h], bias  return 0.4 * tanh(W(X)) + 0.5 }
def g(X: R[h]) -> R[o] { learn V : [h] -> [o]  return 0.2 * sin(V(X)) + 0.6 }
def k(X: R[o]) -> R { learn w : [o]  return sigmoid(sum[o](w * X)) }
def fg(X: R[i]) -> R[o] { learn first = f  learn second = g  return second(first(X)) }
def fgk(X: R[i]) -> R { learn a = f  learn b = g  learn c = k  return c(b(a(X))) }
"""
SIZES = {"i": 3, "h": 4, "o": 2}


def values(d: Diagram, *arrays: Any) -> list[Any]:
    out = d.compile("numpy")(*arrays)
    return [np.asarray(a) for a in out] if isinstance(out, tuple) else [np.asarray(out)]


def drawn(d: Diagram, seed: int = 0) -> list[Any]:
    """Numbers between 0 and 1 for every input, where all errors are finite."""
    rng = np.random.default_rng(seed)
    return [rng.uniform(0.1, 0.9, [n.evaluate(SIZES) for n in t.shape]) for t in d.dom]


def same(left: Learner, right: Learner) -> None:
    """Both passes on the same numbers."""
    assert (left.space, left.dom, left.cod) == (right.space, right.dom, right.cod)
    one, two = left.optic.closed(), right.optic.closed()
    arrays = drawn(one)
    for a, b in zip(values(one, *arrays), values(two, *arrays), strict=True):
        assert np.all(np.isfinite(a))
        np.testing.assert_allclose(a, b, rtol=0, atol=1e-10)


def module(error: str) -> Any:
    """Definitions and their learners for an error."""
    lines = [f"def e(x: R, y: R) -> R = {error}"]
    lines += [f"def l_{n} = learner[{n}, 0.1, error = e]" for n in ("f", "g", "k", "fg", "fgk")]
    return loads(TEXT + "\n".join(lines) + EXTRA, sizes=SIZES)


EXTRA = """
def joined = l_f >> l_g
def three = l_f >> l_g >> l_k
def beside = l_f @ l_g
def beside_whole = learner[f @ g, 0.1, error = e]
def parts : Params[joined] @ R[i] -> R[o] = implement[joined]
def new = update[joined]
def wanted = request[joined]
def lens_of = open[joined]
"""


@pytest.mark.parametrize("name", ERRORS)
def test_the_learner_of_a_composite_is_the_composite_of_the_learners(name: str) -> None:
    m = module(ERRORS[name])
    for one, other in (("joined", "l_fg"), ("three", "l_fgk"), ("beside", "beside_whole")):
        left, right = m[one], m[other]
        assert left.dom == right.dom
        for seed in range(3):
            arrays = drawn(left, seed)
            for a, b in zip(values(left, *arrays), values(right, *arrays), strict=True):
                assert np.all(np.isfinite(a))
                np.testing.assert_allclose(a, b, rtol=0, atol=1e-10)


@pytest.mark.parametrize("name", ERRORS)
def test_a_learner_descends_the_gradient_and_requests_what_the_error_says(name: str) -> None:
    m = module(ERRORS[name])
    arrays = drawn(m["joined"])
    *given, taught = [torch.tensor(a, requires_grad=True) for a in arrays]
    W, bias, V, X = given
    result = 0.2 * torch.sin((0.4 * torch.tanh(X @ W.T + bias) + 0.5) @ V.T) + 0.6
    error = eval(
        ERRORS[name],
        {k: getattr(torch, k) for k in ("log", "exp", "cosh", "sin")} | {"x": result, "y": taught},
    )
    slopes = torch.autograd.grad(error.sum(), given)
    np.testing.assert_allclose(values(m["parts"], *arrays[:-1])[0], result.detach().numpy(), atol=1e-12)
    for new, p, slope in zip(values(m["new"], *arrays), given, slopes[:-1], strict=False):
        np.testing.assert_allclose(new, (p - 0.1 * slope).detach().numpy(), atol=1e-10)
    (asked,) = values(m["wanted"], *arrays)
    x, y = torch.tensor(arrays[3], requires_grad=True), torch.tensor(asked)
    again = eval(
        ERRORS[name], {k: getattr(torch, k) for k in ("log", "exp", "cosh", "sin")} | {"x": x, "y": y}
    )
    (back,) = torch.autograd.grad(again.sum(), x)
    np.testing.assert_allclose(back.numpy(), slopes[-1].numpy(), atol=1e-10)


def one(text: str, parameters: int, rate: float = 0.1) -> Learner:
    return learner(loads(f"def f({text}")["f"], parameters, rate)


A = one("p: R, q: R, a: R) -> R @ R { return tanh(p * a + q), a * q }", 2)
B = one("w: R, a: R, b: R) -> R = sin(w * a) + b", 1)
C = one("u: R, a: R) -> R @ R { return u * a, exp(a) }", 1)
NUMBER = Tensor(R, ())


def test_composition_is_associative_and_identities_are_units() -> None:
    same((A >> B) >> C, A >> (B >> C))
    like = A.optic.forward
    same(unit(A.dom, like) >> A, A)
    same(A >> unit(A.cod, like), A)
    same((A @ B) @ C, A @ (B @ C))
    assert unit(A.cod, like) >> unit(A.cod, like) == unit(A.cod, like)


def test_interchange_holds_up_to_the_order_of_the_parameters() -> None:
    left = (A @ C) >> (B @ unit(C.cod, C.optic.forward))
    right = (A >> B) @ C  # parameters p q w u against p q u w
    same(left.reparametrised((0, 1, 3, 2)), right)
    for order in permutations(range(3)):
        back = [order.index(k) for k in range(3)]
        same((A >> B).reparametrised(order).reparametrised(back), A >> B)
    with pytest.raises(ValueError, match="no order"):
        A.reparametrised((0, 0))


def test_identities_are_units_in_text_and_ports_have_names() -> None:
    m = loads(
        TEXT + "def l = learner[f, 0.1]\ndef after = l >> (R[h] | R[h])\ndef before = (R[i] | R[i]) >> l\n"
        'def u = update[l >> learner[g, 0.1]]\ntest "units" { assert after ~= l  assert before ~= l }\n',
    )
    assert [error for result in m.tests() for error in result.errors] == []
    assert m["u"].input_names[:4] == ("W.weight", "W.bias", "V.weight", "X")


def test_learning_a_line_finds_it() -> None:
    line = one("m: R, c: R, x: R) -> R = m * x + c", 2, rate=0.2)
    step = line.update.compile("numpy")
    m, c = 0.0, 0.0
    for k in range(500):
        x = (k * 0.37) % 2 - 1
        m, c = step(m, c, x, 3 * x - 1)
    assert (float(m), float(c)) == pytest.approx((3, -1), abs=1e-6)


REFUSED = {
    "abs(x - y)": "`sign`",
    "log(cosh(x - y))": "bijection",
    "exp(x - y)": "`exp`",
    "x": "does not depend",
    "x ** 2 * y": "may be 0",
    "x * sin(y)": "`sin`",
    "x * y ** 2": "bijection",
    "x * (y + sinh(y))": "two ways",
    "min((x - y) ** 2, abs(x - y))": "bijection",
    "(x - y) ** 4 + (x - y) ** 2": "two ways",
}


@pytest.mark.parametrize("error", REFUSED)
def test_an_error_whose_derivative_has_no_inverse_is_refused(error: str) -> None:
    text = f"{TEXT}def e(x: R, y: R) -> R = {error}\ndef l = learner[f, 0.1, error = e]\n"
    (found,) = [d for d in check_text(text) if not d.is_warning]
    assert found.code == "E0408" and REFUSED[error] in found.notes[0]


def test_an_inverse_that_is_given_is_tried() -> None:
    text = f"{TEXT}def e(x: R, y: R) -> R = x * (y + sinh(y) - y)\ndef good(x: R, v: R) -> R = asinh(v)\n"
    text += "def bad(x: R, v: R) -> R = v\ndef l = learner[f, 0.1, error = e, inverse = "
    assert [d.code for d in check_text(text + "good]")] == []
    (found,) = check_text(text + "bad]")
    assert found.code == "E0408" and "takes" in found.notes[0]


def test_inverses_are_inverses() -> None:
    for error in ERRORS.values():
        gradient = grad(loads(f"def e(x: R, y: R) -> R = {error}")["e"])
        slope = numbers(
            "xy",
            lambda x, y, g=gradient: x.local.at(x.local.work.insert(g, [x.wire(()), y.wire(())], [])[1], ()),
        )  # type: ignore[misc]
        there, back = slope.compile("numpy"), inverse(slope).compile("numpy")
        for x, y in np.random.default_rng(0).uniform(0.1, 0.9, (20, 2)):
            assert float(back(x, there(x, y))) == pytest.approx(y, abs=1e-10)
            assert float(there(x, back(x, y))) == pytest.approx(y, abs=1e-10)


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("def l = learner[f]", "E0302"),
        ("def l = update[f]", "E0307"),
        ("def l = request[Rev[g]]", "E0307"),
        ("def l = learner[f, 0.1] >> learner[f @ k, 0.1]", "E0402"),
        ("def c(T: nat[3]) -> R = sum[i](ones[i])\ndef l = learner[c, 0.1]", "E0306"),
        (
            "lens w : R @ R | R -> R | R { get(p, x) = p * x  put(p, x, y) = y }\ndef l = update[para[w]]",
            "E0402",
        ),
    ],
)
def test_what_is_no_learner_is_said(line: str, code: str) -> None:
    assert [d.code for d in check_text(TEXT + line) if not d.is_warning][:1] == [code]


def test_a_lens_by_hand_is_a_learner_once_its_parameters_are_said() -> None:
    m = loads("""
lens dense : R @ R | R @ R -> R | R {
  get(p, x) = p * x
  put(p, x, y) = (p - 0.1 * (p * x - y) * x, x - (p * x - y) * p)
}
def model(x: R) -> R { learn p : []  return p * x }
def twice = para[dense] >> para[dense, 1]
def of_it = learner[model, 0.1] >> learner[model, 0.1]
def plain = (R | R) @ dense >> dense
""")
    arrays = [0.3, 0.7, 1.1, 0.4]
    for a, b in zip(values(m["twice"], *arrays), values(m["of_it"], *arrays), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-12)
    q, p, x, y = 0.7, 0.3, 1.1, 0.4  # the plain lens takes the second parameter first
    got, want = values(m["plain"], q, p, x, y), values(m["twice"], p, q, x, y)
    np.testing.assert_allclose([got[0], got[2], got[1], got[3]], want, atol=1e-12)


# Para: learned arrays are aside, until `open` shows them


def test_composites_in_para_take_their_parameters_together() -> None:
    m = loads(
        TEXT + "def o_f = open[f]\ndef o_g = open[g]\ndef o_fg = open[fg]\ndef aside = open[f @ g]\n",
        sizes=SIZES,
    )
    W, bias, V, X = drawn(m["o_fg"])
    through = values(m["o_g"], V, values(m["o_f"], W, bias, X)[0])
    np.testing.assert_allclose(values(m["o_fg"], W, bias, V, X)[0], through[0], atol=1e-12)
    Z = np.linspace(0, 1, 4)
    left, right = values(m["aside"], W, bias, V, X, Z)
    np.testing.assert_allclose(left, values(m["o_f"], W, bias, X)[0], atol=1e-12)
    np.testing.assert_allclose(right, values(m["o_g"], V, Z)[0], atol=1e-12)


def test_composition_in_para_is_associative_with_units_up_to_reparametrisation() -> None:
    m = loads(
        TEXT + "def one = open[(f >> g) >> k]\ndef two = open[f >> (g >> k)]\ndef three = open[f]\n"
        "def four = open[id[R[i]] >> f]\ndef five = open[f >> id[R[h]]]\n",
        sizes=SIZES,
    )
    assert m["one"] == m["two"] and m["three"] == m["four"] == m["five"]


def test_tied_weights_are_a_copy_and_their_gradients_add() -> None:
    m = loads("""
axis i
def f(X: R[i]) -> R[i] { learn w : [i]  return tanh(w * X) }
def tied(X: R[i]) -> R { learn part = f  return sum[i](part(part(X)) ** 2) }
def loose(X: R[i]) -> R { learn one = f  learn two = f  return sum[i](two(one(X)) ** 2) }
def tied_open = open[tied]
def loose_open = open[loose]
def copied(w: R[i], X: R[i]) -> R = loose_open(w, w, X)
def step = learner[tied, 0.1]
""")
    assert [p.path for p in m["tied"].params] == ["part.w"] and len(m["loose"].params) == 2
    assert m["tied_open"] == m["copied"]
    w, x = np.array([0.3, -0.8]), np.array([1.2, 0.5])
    _, once = values(grad(m["tied_open"], [m["tied_open"].input_names[0]]), w, x)
    _, first, second = values(grad(m["loose_open"], list(m["loose_open"].input_names[:2])), w, w, x)
    np.testing.assert_allclose(once, first + second, atol=1e-12)


def test_learners_refuse_what_does_not_fit_in_python() -> None:
    with pytest.raises(DiagramError, match="E0402"):
        A >> A
    with pytest.raises(DiagramError, match="E0402"):
        Learner(A.optic, 5)
