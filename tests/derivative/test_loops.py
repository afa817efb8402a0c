"""Traces as fixed points with implicit gradients, functions on wires inside loops, stated derivatives, and
scans whose
weights are one product after the loop; against torch and closed forms.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diagram._compilers import to_text
from diagram.derivative import grad
from diagram.errors import DiagramError
from diagram.wiring import walk
from grammar.module import check_text, loads

torch = pytest.importorskip("torch")


def values(d: Any, *arrays: Any, target: str = "numpy") -> list[np.ndarray]:
    given = [torch.tensor(np.asarray(a)) for a in arrays] if target == "torch" else arrays
    out = d.compile(target, dtype="f64")(*given)
    found = out if isinstance(out, tuple) else (out,)
    return [np.asarray(a.detach() if target == "torch" else a) for a in found]


KEPLER = """
def kepler(E: R, M: R, e: R) -> R = M + e * sin(E)
def anomaly(M: R, e: R) -> R = fix[kepler](M, e)
def slopes = grad[anomaly]
def second = grad[grad[anomaly, wrt = [e]], wrt = [e]]
"""


@pytest.mark.parametrize("target", ["numpy", "torch"])
def test_kepler_s_equation_and_its_implicit_derivatives(target: str) -> None:
    m = loads(KEPLER)
    for mean, e in ((0.3, 0.1), (2.0, 0.6), (1.0, 0.9)):
        big = 1.0
        for _ in range(100):
            big -= (big - e * np.sin(big) - mean) / (1 - e * np.cos(big))
        (found,) = values(m["anomaly"], mean, e, target=target)
        assert found == pytest.approx(big, rel=1e-13)
        c, s = np.cos(big), np.sin(big)
        want = [1 / (1 - e * c), s / (1 - e * c)]
        np.testing.assert_allclose(values(m["slopes"], mean, e, target=target), want, rtol=1e-12)
        de = s / (1 - e * c)
        dde = (c * de * (1 - e * c) - s * (-c + e * s * de)) / (1 - e * c) ** 2
        np.testing.assert_allclose(values(m["second"], mean, e, target=target)[0], dde, rtol=1e-11)


LINEAR = """
axis i
def loop(A: R[i, i'], b: R[i]) -> R[i] where i' = i {
  feedback s: R[i]
  y[i] = A[i, i'] * s[i'] + b[i]
  next s = y
  return y
}
def total(A: R[i, i'], b: R[i]) -> R where i' = i { return sum[i](loop(A, b) ** 2) }
def slopes = grad[total]
"""


@given(st.integers(0, 10**6), st.floats(0.1, 3.0))
@settings(max_examples=20, deadline=None)
def test_a_linear_loop_is_solved_even_where_it_grows(seed: int, size: float) -> None:
    rng = np.random.default_rng(seed)
    a, b = rng.standard_normal((4, 4)) * size, rng.standard_normal(4)
    if np.linalg.cond(np.eye(4) - a) > 1e3:
        return
    m = loads(LINEAR)
    np.testing.assert_allclose(
        values(m["loop"], a, b)[0], np.linalg.solve(np.eye(4) - a, b), rtol=1e-8, atol=1e-10
    )
    ta, tb = torch.tensor(a, requires_grad=True), torch.tensor(b, requires_grad=True)
    (torch.linalg.solve(torch.eye(4, dtype=torch.float64) - ta, tb) ** 2).sum().backward()
    for mine, theirs in zip(values(m["slopes"], a, b), (ta.grad, tb.grad), strict=True):
        np.testing.assert_allclose(mine, theirs.numpy(), rtol=1e-7, atol=1e-7 * np.abs(theirs.numpy()).max())


def test_a_loop_without_solution_says_so() -> None:
    m = loads("def f(t: R, a: R) -> R = t + a\ndef g(a: R) -> R = fix[f](a)")
    with pytest.raises(DiagramError, match="does not settle") as caught:
        values(m["g"], 1.0)
    assert caught.value.diagnostics[0].code == "E0604"


@pytest.mark.parametrize("x", [-2.0, -1.5, -0.99, -0.5, 0.0, 0.7, 3.0, 30.0])
def test_what_is_given_back_is_a_fixed_point_or_an_error(x: float) -> None:
    """exp(s) + x = s has solutions for x <= -1 only."""
    d = loads("def f(s: R, x: R) -> R = exp(s) + x\ndef g(x: R) -> R = fix[f](x)")["g"]
    if x <= -1:
        (found,) = values(d, x)
        assert found == pytest.approx(np.exp(found) + x, rel=1e-13)
    else:
        with np.errstate(over="ignore"), pytest.raises(DiagramError, match="does not settle"):
            values(d, x)


def test_a_module_with_a_loop_stands_alone(tmp_path: Path) -> None:
    source = loads(KEPLER)["slopes"].compile("numpy").source
    path = tmp_path / "kepler.py"
    path.write_text(source + "\nimport numpy\nprint(slopes(numpy.float64(0.3), numpy.float64(0.1)))\n")
    done = subprocess.run([sys.executable, str(path)], capture_output=True, text=True, check=True)
    assert "1.1" in done.stdout


CLOSURES: dict[str, str] = {
    "in a scan": "f = fn(y: R) -> R { return y * a }\n scan i over x { s = f(s) + x }",
    "of a function": "h = fn(z: R) -> R { return z * z * a }\n f = fn(y: R) -> R { return y * h(y) }\n"
    " scan i over x { s = f(s) + h(x) }",
    "in a repetition": "f = fn(y: R) -> R { return sin(y * a) }\n for q in 0..3 tied { s = f(s) }\n"
    " s = s + sum[i](x)",
    "in a fixed point": "f = fn(y: R) -> R { return 0.3 * cos(y) + a }\n feedback r: R\n z = f(r)\n"
    " next r = z\n s = z * sum[i](x)",
}  # fmt: skip


def _reference(name: str, x: Any, a: Any) -> Any:
    s = a
    if name == "in a scan":
        for t in x:
            s = s * a + t
    elif name == "of a function":
        for t in x:
            s = s * s * s * a + t * t * a
    elif name == "in a repetition":
        for _ in range(3):
            s = torch.sin(s * a)
        s = s + x.sum()
    else:
        r = torch.zeros((), dtype=torch.float64)
        for _ in range(200):
            r = 0.3 * torch.cos(r) + a
        s = r * x.sum()
    return s


@pytest.mark.parametrize("name", list(CLOSURES))
def test_functions_inside_loops_have_derivatives_and_leave_no_closure(name: str) -> None:
    text = f"axis i\ndef g(x: R[i], a: R) -> R {{\n s = a\n {CLOSURES[name]}\n return s\n}}\n"
    m = loads(text + "def dg = grad[g]\n")
    x = torch.tensor([0.4, -0.3, 0.7], dtype=torch.float64, requires_grad=True)
    a = torch.tensor(0.5, dtype=torch.float64, requires_grad=True)
    want = torch.autograd.grad(_reference(name, x, a), (x, a))
    for mine, theirs in zip(values(m["dg"], x.detach().numpy(), 0.5), want, strict=True):
        np.testing.assert_allclose(mine, theirs.numpy(), rtol=1e-11)
    assert not {box.op.name for box in walk(grad(m["g"]))} & {"function", "eval"}


STATED = """
box sn(x: R) -> R with { grad = dsn }
box cs(x: R) -> R with { grad = dcs }
def dsn(x: R, dy: R) -> R = cs(x) * dy
def dcs(x: R, dy: R) -> R = -sn(x) * dy
def q(x: R) -> R = sn(2 * x)
def third = grad[grad[grad[q]]]
functor F : Tensor -> numpy { box sn(x) = sin(x)  box cs(x) = cos(x) }
def run = F[third]
axis i
def many(X: R[i]) -> R = sum[i](sn(X))
def slope = grad[many]
def each = F[slope]
"""


def test_a_declared_box_may_state_its_derivative() -> None:
    m = loads(STATED)
    np.testing.assert_allclose(values(m["run"], 0.3)[0], -8 * np.cos(0.6), rtol=1e-14)


def test_a_printed_derivative_keeps_what_its_boxes_state() -> None:
    """sn and cs state each other's derivative: printed, read, differentiated again and run."""
    first = grad(loads(STATED)["q"])
    text = to_text(first, "value")
    text += "def slope(x: R) -> R {\n y, d = value(x)\n return d\n}\ndef twice = grad[grad[slope]]\n"
    text += "functor F : Tensor -> numpy { box sn(x) = sin(x)  box cs(x) = cos(x) }\ndef run = F[twice]\n"
    np.testing.assert_allclose(values(loads(text)["run"], 0.3)[0], -8 * np.cos(0.6), rtol=1e-14)


def test_a_stated_derivative_of_another_type_is_refused() -> None:
    text = "box f(x: R) -> R with { grad = g }\ndef g(x: R, dy: R) -> R @ R = (x, dy)\n"
    text += "def h(x: R) -> R = f(x)\ndef s = grad[h]\n"
    assert [d.code for d in check_text(text) if not d.is_warning] == ["E0306"]


RNN = """
axis t, b, i, o
def loss(X: R[t, b, i], W: R[o, i], U: R[o, o'], c: R[o], H: R[b, o]) -> R where o' = o {
  scan t over X {
    Z[b, o] = W[o, i] * X[b, i] + U[o, o'] * H[b, o'] + c[o]
    H = tanh(Z)
    emit Y = H
  }
  return sum[t, b, o](Y ** 2)
}
"""


def test_the_weights_of_a_scan_are_one_product_after_it() -> None:
    d = loads(RNN)["loss"]
    g = grad(d)
    back = [box for box in g.boxes if box.op.name == "scan"][1]
    assert back.arg("states") == 1, "only the state's cotangent goes round"
    body = back.bodies[0]
    assert (
        sum(
            box.op.name == "contract" and box.spec is not None and bool(box.spec.summed) for box in body.boxes
        )
        == 1
    )
    rng = np.random.default_rng(0)
    arrays = [rng.standard_normal(s) for s in ((5, 2, 3), (4, 3), (4, 4), (4,), (2, 4))]
    x, w, u, c, h = (torch.tensor(a, requires_grad=True) for a in arrays)
    state, total = h, torch.zeros((), dtype=torch.float64)
    for k in range(5):
        state = torch.tanh(x[k] @ w.T + state @ u.T + c)
        total = total + (state**2).sum()
    want = torch.autograd.grad(total, (x, w, u, c, h))
    for mine, theirs in zip(values(g, *arrays)[1:], want, strict=True):
        np.testing.assert_allclose(mine, theirs.numpy(), rtol=1e-11, atol=1e-13)
