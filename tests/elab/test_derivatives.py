"""grad, vjp, jvp, jacobian, hessian, lenses and training as text, against torch.autograd and torch.optim."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grammar.module import check_text, load, loads

torch = pytest.importorskip("torch")
SAMPLES = Path(__file__).parent.parent / "samples"


def codes(text: str) -> list[str]:
    return [d.code for d in check_text(text) if not d.is_warning]


def values(d: Any, *arrays: Any, **options: Any) -> list[Any]:
    out = d.compile("numpy", dtype="f64", **options)(*arrays)
    return [np.asarray(a) for a in out] if isinstance(out, tuple) else [np.asarray(out)]


LOSS = (
    """
axis b, i, o
def f(X: R[i], W: R[o, i]) -> R = sum[o](tanh(W[o, i] * X[i]) ** 2) + sum[i](X)
""".replace("sum[o](tanh(W[o, i] * X[i]) ** 2)", "sum[o](g(W, X) ** 2)")
    + "def g(W: R[o, i], X: R[i]) -> R[o] {\n  Z[o] = W[o, i] * X[i]\n  return tanh(Z)\n}\n"
)


def torch_f(x: Any, w: Any) -> Any:
    return (torch.tanh(w @ x) ** 2).sum() + x.sum()


def test_grad_is_that_of_torch_for_all_inputs_in_order() -> None:
    m = loads(LOSS + "def df : R[i] @ R[o, i] -> R[i] @ R[o, i] = grad[f]")
    torch.manual_seed(0)
    x, w = torch.randn(3).double().requires_grad_(), torch.randn(4, 3).double().requires_grad_()
    torch_f(x, w).backward()
    dx, dw = values(m["df"], x.detach().numpy(), w.detach().numpy())
    np.testing.assert_allclose(dx, x.grad.numpy(), atol=1e-12)
    np.testing.assert_allclose(dw, w.grad.numpy(), atol=1e-12)


def test_wrt_names_wires_and_parameters_in_the_order_written() -> None:
    text = "axis i\ndef f(X: R[i], Y: R[i]) -> R { learn a : [i] = ones  return sum[i](a * X * X * Y) }\n"
    m = loads(text + "def g = grad[f, wrt = [a, Y]]\ndef h = grad[f, wrt = [X]]")
    x, y = np.array([1.0, 2.0]), np.array([3.0, 5.0])
    da, dy = values(m["g"], x, y)
    np.testing.assert_allclose(da, x * x * y)
    np.testing.assert_allclose(dy, x * x)
    np.testing.assert_allclose(values(m["h"], x, y)[0], 2 * x * y)
    assert codes(text + "def k = grad[f, wrt = [Z]]") == ["E0201"]


def test_a_gradient_lifts_over_the_axes_that_remain() -> None:
    text = "axis b, i\ndef f(X: R[i]) -> R = sum[i](X ** 3)\ndef g(X: R[b, i]) -> R[b, i] = grad[f](X)"
    x = np.random.default_rng(0).standard_normal((2, 3))
    np.testing.assert_allclose(values(loads(text)["g"], x)[0], 3 * x**2)


def test_vjp_and_jvp_are_transposes_of_each_other() -> None:
    text = LOSS + "def up = vjp[g]\ndef along = jvp[g]"
    m = loads(text)
    rng = np.random.default_rng(1)
    w, x, dw, dx, dy = (rng.standard_normal(s) for s in ((4, 3), 3, (4, 3), 3, 4))
    cw, cx = values(m["up"], w, x, dy)
    (t,) = values(m["along"], w, x, dw, dx)
    assert np.isclose((cw * dw).sum() + (cx * dx).sum(), (t * dy).sum())


def test_jacobian_and_hessian_are_those_of_torch() -> None:
    m = loads(
        LOSS + "def h(X: R[i]) -> R = sum[i](X ** 3) * sum[i](X)\ndef J = jacobian[g]\ndef H = hessian[h]"
    )
    torch.manual_seed(3)
    w, x = torch.randn(4, 3).double(), torch.randn(3).double()
    want = torch.autograd.functional.jacobian(lambda w, x: torch.tanh(w @ x), (w, x))
    for mine, yours in zip(values(m["J"], w.numpy(), x.numpy()), want, strict=True):
        np.testing.assert_allclose(mine, yours.numpy(), atol=1e-12)
    second = torch.autograd.functional.hessian(lambda x: (x**3).sum() * x.sum(), x)
    np.testing.assert_allclose(values(m["H"], x.numpy())[0], second.numpy(), atol=1e-12)


@given(st.floats(-2, 2))
def test_derivatives_of_higher_order_functions(x: float) -> None:
    m = load(SAMPLES / "17_higher_order.diag")
    np.testing.assert_allclose(values(m["slope"], x)[0], 3 * x**2, atol=1e-10)
    y = torch.tensor(x, dtype=torch.float64, requires_grad=True)
    z = y
    for _ in range(3):
        z = torch.sin(z) + y
    (first,) = torch.autograd.grad(z, y, create_graph=True)
    (second,) = torch.autograd.grad(first, y)
    np.testing.assert_allclose(values(m["curvature"], x)[0], second.item(), atol=1e-9)


def test_a_derivative_in_a_derivative_does_not_confuse_the_two() -> None:
    text = (
        "def perturb(x: R) -> R { return x * grad[fn(y: R) = x + y](1.0) }\n"
        "def d = grad[perturb]\n"
        "def both(x: R) -> R = grad[fn(y: R) = x * y * y](3.0)\n"
        "def e = grad[both]"
    )
    m = loads(text)
    assert float(values(m["d"], 7.0)[0]) == 1.0
    assert float(values(m["e"], 7.0)[0]) == 6.0


def test_stop_holds_its_argument_constant() -> None:
    m = loads("def f(x: R) -> R = x * stop(x)\ndef g = grad[f]")
    assert float(values(m["g"], 5.0)[0]) == 5.0


def test_scans_have_the_derivative_of_their_unrolling() -> None:
    text = "axis t\ndef cell(s: R, x: R) -> R @ R { y = tanh(s * x + x)  return y, y }\n"
    text += "def f(X: R[t]) -> R { s, Y = scan[t, cell](0.5, X)  return sum[t](Y) + s }\ndef g = grad[f]"
    x = torch.linspace(-1, 1, 6, dtype=torch.float64, requires_grad=True)
    s, total = torch.tensor(0.5, dtype=torch.float64), 0.0
    for k in range(6):
        s = torch.tanh(s * x[k] + x[k])
        total = total + s
    (total + s).backward()
    np.testing.assert_allclose(values(loads(text)["g"], x.detach().numpy())[0], x.grad.numpy(), atol=1e-12)


# Lenses


def test_the_laws_of_the_lens_sample_hold() -> None:
    m = load(SAMPLES / "15_lens.diag")
    results = m.tests()
    assert results and all(not r.errors for r in results)
    assert m["learner"].type_text == "R @ R @ R -> R @ R @ R"


LENS = """
def mul(p: R, x: R) -> R = p * x
lens scale : R @ R | R @ R -> R | R { get(p, x) = p * x  put(p, x, dy) = (dy * x, dy * p) }
optic gate : R @ R | R @ R -> R | R via R @ R { fwd(a, b) = (a * b, a, b)  bwd(a, b, dy) = (dy * b, dy * a) }
optic turned : R @ R | R @ R -> R | R via R @ R { fwd(a, b) = (a * b, b, a)  bwd(b, a, d) = (d * b, d * a) }
lens square : R | R -> R | R { get(x) = x ** 2  put(x, dy) = 2 * dy * x }
def auto = Rev[mul]
def a = scale >> square
def sq(y: R) -> R = y ** 2
def b = Rev[mul >> sq]
def c = put[scale]
def d = get[scale]
def e = (square >> square) >> square
def f = square >> (square >> square)
def g = square @ square
def one = (R | R) >> square
def two = square >> (R | R)
def plain = square @ ()
"""


def test_optics_are_equal_up_to_sliding_along_the_residual() -> None:
    m = loads(LENS + "def s = scale >> (R | R)\ndef t = gate >> (R | R)\ndef u = turned >> (R | R)\n")
    assert m["s"] == m["t"] == m["u"] == m["auto"]


def test_composition_of_lenses_is_associative_and_unital() -> None:
    m = loads(LENS)
    assert m["e"] == m["f"]
    assert m["one"] == m["two"] == m["plain"]


def test_the_chain_rule_is_composition_of_lenses() -> None:
    m = loads(LENS)
    p, x, dy = 1.5, -0.7, 2.0
    want = [(p * x) ** 2, 2 * p * x * x * dy, 2 * p * x * p * dy]
    for name in ("a", "b"):
        np.testing.assert_allclose([float(v) for v in values(m[name], p, x, dy)], want)


def test_get_and_put_take_a_lens_apart() -> None:
    m = loads(LENS)
    assert m["c"].type_text == "R @ R @ R -> R @ R"
    assert m["d"].type_text == "R @ R -> R"
    assert [float(v) for v in values(m["c"], 2.0, 3.0, 10.0)] == [30.0, 20.0]
    assert float(values(m["d"], 2.0, 3.0)[0]) == 6.0


def test_rev_of_a_composite_is_the_composite_of_revs_on_values() -> None:
    text = """
axis x, y
def f(X: R[x]) -> R[y] { learn W : [x] -> [y], bias  return tanh(W(X)) }
def g(Y: R[y]) -> R = sum[y](Y ** 3)
def l = Rev[f >> g]
def r = Rev[f] >> Rev[g]
"""
    m = loads(text)
    x = np.random.default_rng(5).standard_normal(3)
    left, right = (m[n] for n in "lr")
    one, two = (d.compile("numpy", seed=1, sizes={"y": 2}) for d in (left, right))
    for a, b in zip(one(x, 1.0), two(x, 1.0), strict=True):
        np.testing.assert_allclose(np.asarray(a), np.asarray(b), atol=1e-12)


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("lens l : R @ R | R @ R -> R | R { get(p, x) = p * x  put(p, x, dy) = dy * x }", ["E0402"]),
        ("lens l : R | R -> R | R { get(p) = p }", ["E0402"]),
        ("lens l : R | R -> R | R { get(p) = p  put(p) = p }", ["E0402"]),
        ("lens l : R -> R | R { get(p) = p  put(p, d) = d }", ["E0402"]),
        ("lens l : R | R -> R @ R | R { get(p) = p  put(p, d) = d }", ["E0402"]),
        ("lens l : R | R -> R @ R | R { get(p) = (p, p)  put(p, d) = d }\ndef a = l >> l", ["E0402"]),
        (
            "lens l : R | R -> R | R { get(p) = p  put(p, d) = d }\ndef f(x: R) -> R = x\ndef a = l >> f",
            ["E0301"],
        ),
        ("def f(x: R) -> R = x\ndef a = get[f]", ["E0307"]),
        ("box k : R -> R\ndef a = Rev[k]", ["E0406"]),
        ("box k : R -> R\ndef f(x: R) -> R = k(x)\ndef a = grad[f]", ["E0406"]),
        ("axis i\ndef f(X: R[i]) -> R[i] = X\ndef a = grad[f]", ["E0406"]),
        (
            "category M : symmetric\nobject A\nlens l : A | A -> A | A { get(p) = p  put(p, d) = d }",
            ["E0304"],
        ),
    ],
)
def test_passes_that_do_not_fit_are_refused(text: str, want: list[str]) -> None:
    assert codes(text) == want


def test_the_missing_change_is_offered() -> None:
    text = "lens scale : R @ R | R @ R -> R | R {\n  get(p, x) = p * x\n  put(p, x, dy) = dy * x\n}\n"
    (d,) = check_text(text)
    assert d.code == "E0402" and d.label == "1 wire: a change for `p`"
    (edit,) = d.edits
    fixed = text[: edit.span.start] + edit.text + text[edit.span.end :]
    assert "put(p, x, dy) = (dy * x, dy * p)" in fixed and check_text(fixed) == []


# Training


OPTIMISERS = """
type P = R[...]
lens sgd[rate: real] : P | P -> P | P' { get(p) = p  put(p, g) = p - rate * g }
lens adam[rate: real = 1e-3, b1: real = 0.9, b2: real = 0.999, eps: real = 1e-8]
    : P @ P @ R @ P | P @ P @ R @ P -> P | P' {
  get(m, v, n, p) = p
  put(m, v, n, p, g) {
    n = n + 1
    m = b1 * m + (1 - b1) * g
    v = b2 * v + (1 - b2) * g ** 2
    M = m / (1 - b1 ** n)
    V = v / (1 - b2 ** n)
    return m, v, n, p - rate * M / (sqrt(V) + eps)
  }
}
import std.nn
axis b, i, o, k
def model(X: R[i]) -> R[o] = X >> nn.linear[7] >> tanh >> nn.linear[o]
def cost(X: R[b, i], T: R[b, o]) -> R = mean[b, o]((model(X) - T) ** 2)
def step : Params[cost] @ R[b, i] @ R[b, o] -> Params[cost] @ R = train[cost, sgd[0.1]]
def step_adam = train[cost, adam[rate = 0.01]]
def ten : State[step_adam] @ R[k, b, i] @ R[k, b, o] -> State[step_adam] @ R[k] = scan[k, step_adam]
"""


def _torch_model() -> tuple[Any, Any, Any]:
    torch.manual_seed(0)
    net = torch.nn.Sequential(torch.nn.Linear(3, 7), torch.nn.Tanh(), torch.nn.Linear(7, 2)).double()
    return net, torch.randn(4, 5, 3).double(), torch.randn(4, 5, 2).double()


def test_a_training_step_is_one_of_torch_sgd() -> None:
    net, xs, ts = _torch_model()
    before = [p.detach().numpy().copy() for p in net.parameters()]
    loss = ((net(xs[0]) - ts[0]) ** 2).mean()
    loss.backward()
    torch.optim.SGD(net.parameters(), lr=0.1).step()
    *after, value = values(loads(OPTIMISERS)["step"], *before, xs[0].numpy(), ts[0].numpy())
    assert np.isclose(value, loss.item())
    for mine, p in zip(after, net.parameters(), strict=True):
        np.testing.assert_allclose(mine, p.detach().numpy(), atol=1e-12)


def test_a_scan_of_adam_steps_is_torch_adam() -> None:
    net, xs, ts = _torch_model()
    state: list[Any] = []
    for p in net.parameters():
        a = p.detach().numpy().copy()
        state += [np.zeros_like(a), np.zeros_like(a), np.array(0.0), a]
    optimiser = torch.optim.Adam(net.parameters(), lr=0.01)
    losses = []
    for x, t in zip(xs, ts, strict=True):
        optimiser.zero_grad()
        loss = ((net(x) - t) ** 2).mean()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    d = loads(OPTIMISERS)["ten"]
    assert [box.op.name for box in d.boxes].count("scan") == 1
    *after, mine = values(d, *state, xs.numpy(), ts.numpy())
    np.testing.assert_allclose(mine, losses, atol=1e-10)
    for k, p in enumerate(net.parameters()):
        np.testing.assert_allclose(after[4 * k + 3], p.detach().numpy(), atol=1e-9)


def test_open_makes_learned_arrays_ports_in_front() -> None:
    text = (
        "axis i, o\n"
        "def f(X: R[i]) -> R[o] { learn W : [i] -> [o]  return W(X) }\n"
        "def g : Params[f] @ R[i] -> R[o] = open[f]"
    )
    d = loads(text)["g"]
    assert d.params == () and d.type_text == "R[o, i] @ R[i] -> R[o]"
    w, x = np.arange(6.0).reshape(2, 3), np.array([1.0, 2, 3])
    np.testing.assert_allclose(values(d, w, x)[0], w @ x)


def test_memory_markers_change_no_value_and_stay_in_the_picture() -> None:
    text = "axis i\ndef f(X: R[i]) -> R[i] { learn W : [i] -> [i]  return tanh(W(X)) }\n"
    text += "".join(
        f"def a_{n} : R[i] -> R[i] = {n}[f]\n" for n in ("store", "recompute", "checkpoint", "value")
    )
    text += "def planned : R[i] -> R[i] = plan[f, memory = 2G]\ndef six : R[i] -> R[i] = recompute[f] ** 6\n"
    m = loads(text)
    for name, policy in (
        ("a_store", "store"),
        ("a_recompute", "recompute"),
        ("a_checkpoint", "recompute"),
        ("planned", "plan"),
    ):
        d = m[name]
        marks = [dict(box.mark.options).get("memory") for box in d.boxes if box.mark is not None]
        assert policy in marks and d == m["f"]
        assert [p.path for p in d.params] == ["W.weight"]
    assert m["a_value"] == m["f"]
    assert [p.path for p in m["six"].params][:2] == ["f.0.W.weight", "f.1.W.weight"]
