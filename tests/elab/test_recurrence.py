"""Scans, feedback, traces and folds, against torch's recurrent layers and plain loops."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from diagram.errors import DiagramError
from diagram.hypergraph import walk
from grammar.module import check_text, load, loads

torch = pytest.importorskip("torch")
SAMPLES = Path(__file__).parent.parent / "samples"


def run(d: Any, *arrays: Any, state: dict[str, Any] | None = None, **options: Any) -> list[Any]:
    """The results on float64 arrays; `state` gives the learned arrays by path."""
    module = d.compile("torch", dtype="f64", **options)
    if state is not None:
        module.load_state_dict({k: torch.as_tensor(v) for k, v in state.items()})
    out = module(*[torch.as_tensor(a) for a in arrays])
    return list(out) if isinstance(out, tuple) else [out]


def codes(text: str) -> list[str]:
    return [d.code for d in check_text(text) if not d.is_warning]


def test_the_lstm_of_the_samples_is_torch_nn_lstm() -> None:
    torch.manual_seed(0)
    t, i, n = 5, 3, 4
    theirs = torch.nn.LSTM(i, n, dtype=torch.float64)
    d = load(SAMPLES / "11_recurrent.diag")["lstm"]
    x, h, c = torch.randn(t, i).double(), torch.randn(n).double(), torch.randn(n).double()
    state = {
        "ih.weight": theirs.weight_ih_l0.detach().reshape(4, n, i),
        "hh.weight": theirs.weight_hh_l0.detach().reshape(4, n, n),
        "ih.bias": theirs.bias_ih_l0.detach().reshape(4, n),
        "hh.bias": theirs.bias_hh_l0.detach().reshape(4, n),
    }
    y, h1, c1 = run(d, x, h, c, state=state, sizes={"i": i, "n": n})
    want, (wh, wc) = theirs(x, (h[None], c[None]))
    for mine, yours in ((y, want), (h1, wh[0]), (c1, wc[0])):
        assert torch.allclose(mine, yours, atol=1e-12)


def test_scan_of_a_gru_cell_is_torch_nn_gru() -> None:
    torch.manual_seed(1)
    t, i, n = 6, 3, 4
    theirs = torch.nn.GRU(i, n, dtype=torch.float64)
    d = load(SAMPLES / "11_recurrent.diag").diagram("gru", {})
    assert [p.path for p in d.params][:2] == ["ir.weight", "ir.bias"]
    rows = {}
    for side, w, b in (
        ("i", theirs.weight_ih_l0, theirs.bias_ih_l0),
        ("h", theirs.weight_hh_l0, theirs.bias_hh_l0),
    ):
        for gate, weight, bias in zip("rzc", w.detach().chunk(3), b.detach().chunk(3), strict=True):
            rows[f"{side}{gate}.weight"], rows[f"{side}{gate}.bias"] = weight, bias
    x, h = torch.randn(t, i).double(), torch.randn(n).double()
    last, y = run(d, h, x, state=rows, sizes={"i": i, "n": n})
    want, wh = theirs(x, h[None])
    assert torch.allclose(y, want, atol=1e-12) and torch.allclose(last, wh[0], atol=1e-12)


def test_feedback_with_an_initial_value_is_a_loop_with_a_delay() -> None:
    d = load(SAMPLES / "11_recurrent.diag")["smoothed"]
    x = np.random.default_rng(0).standard_normal(7)
    s, want = 0.0, []
    for value in x:
        s = 0.9 * s + 0.1 * value
        want.append(s)
    np.testing.assert_allclose(np.asarray(d.compile("numpy")(x)), want, atol=1e-15)


def test_a_stream_function_keeps_its_delay_in_one_box() -> None:
    d = load(SAMPLES / "11_recurrent.diag")["smooth"]
    assert [box.op.name for box in d.boxes].count("feedback") == 1
    assert all(w in {*d.inputs, *(v for box in d.boxes[:k] for v in box.cod)}
               for k, box in enumerate(d.boxes) for w in box.dom)  # fmt: skip


def test_delays_inside_called_definitions_and_two_of_them_unroll() -> None:
    text = """
axis t
def fib(x: R) -> R {
  feedback a: R = 0.0
  feedback b: R = 1.0
  next a = b
  next b = a + b
  return a * x
}
def twice(x: R) -> R { return fib(x) + fib(2 * x) }
def run : R[t] -> R[t] = unroll[t, twice]
"""
    d = loads(text)["run"]
    got = np.asarray(d.compile("numpy")(np.ones(8)))
    np.testing.assert_allclose(got, 3 * np.array([0, 1, 1, 2, 3, 5, 8, 13]))


def test_a_delay_lifts_over_further_axes() -> None:
    text = "axis t, b\ndef acc(x: R) -> R { feedback s: R = 0.0  next s = s + x  return s + x }\n"
    text += "def run : R[b, t] -> R[b, t] = unroll[t, acc]\n"
    x = np.random.default_rng(3).standard_normal((2, 5))
    np.testing.assert_allclose(
        np.asarray(loads(text)["run"].compile("numpy")(x)), np.cumsum(x, 1), atol=1e-14
    )


def test_an_initial_value_may_not_depend_on_the_stream() -> None:
    text = (
        "axis t\n"
        "def f(x: R) -> R { feedback s: R = x  next s = s + 1.0  return s }\n"
        "def g : R[t] -> R[t] = unroll[t, f]"
    )
    assert codes(text) == ["E0333"]


def test_scan_forward_and_reversed_are_each_others_mirror() -> None:
    text = """
axis t
def cell(s: R, x: R) -> R @ R { y = 0.5 * s + x  return y, y }
def a : R @ R[t] -> R @ R[t] = scan[t, cell]
def b : R @ R[t] -> R @ R[t] = scan[t, cell, reversed = true]
"""
    m = loads(text)
    x = np.random.default_rng(1).standard_normal(6)
    s1, y1 = m["a"].compile("numpy")(0.3, x)
    s2, y2 = m["b"].compile("numpy")(0.3, x[::-1].copy())
    np.testing.assert_allclose(y1, y2[::-1])
    np.testing.assert_allclose(s1, s2)


def test_every_marks_the_scan_and_changes_no_value() -> None:
    text = "axis t\ndef cell(s: R, x: R) -> R @ R { y = s * x  return y, y }\n"
    m = loads(
        text
        + "def a : R @ R[t] -> R @ R[t] = scan[t, cell, every = 3]\n"
        + "def b : R @ R[t] -> R @ R[t] = scan[t, cell]"
    )
    marks = [box.mark.options for box in walk(m["a"]) if box.op.name == "scan" and box.mark]
    assert marks == [(("every", 3),)]
    assert m["a"] == m["b"]


def test_a_state_that_lacks_a_lifted_axis_is_repeated() -> None:
    text = (
        "axis t, b\n"
        "def cell(s: R, x: R) -> R @ R { y = s + x  return y, y }\n"
        "def f(s: R, X: R[b, t]) -> R[b] @ R[b, t] = scan[t, cell](s, X)"
    )
    x = np.random.default_rng(2).standard_normal((3, 4))
    s, y = loads(text)["f"].compile("numpy")(1.0, x)
    np.testing.assert_allclose(np.asarray(y), 1 + np.cumsum(x, 1), atol=1e-14)
    np.testing.assert_allclose(np.asarray(s), 1 + x.sum(1), atol=1e-14)


@pytest.mark.parametrize(
    "use", ["fold[u, add](X)", "fold[u, add, tree = true](X)", "fold[u, step](zeros[f], X)"]
)
def test_folding_a_sum_is_the_sum(use: str) -> None:
    text = (
        f"axis u, f\n"
        f"def add(a: R[f], b: R[f]) -> R[f] = a + b\n"
        f"def step(s: R[f], x: R[f]) -> R[f] = s + x\n"
        f"def g(X: R[u, f]) -> R[f] = {use}"
    )
    x = np.random.default_rng(4).standard_normal((5, 3))
    np.testing.assert_allclose(np.asarray(loads(text)["g"].compile("numpy")(x)), x.sum(0), atol=1e-14)


def test_learned_arrays_of_a_scanned_part_are_shared_by_its_uses() -> None:
    text = """
axis t, i
def cell(H: R[i], X: R[i]) -> R[i] @ R[i] { learn W : [i] -> [i]  Y = tanh(W(H) + X)  return Y, Y }
def two(H: R[i], X: R[t, i]) -> R[i] @ R[t, i] {
  learn rnn = scan[t, cell]
  K, Y = rnn(H, X)
  return rnn(K, Y)
}
def apart(H: R[i], X: R[t, i]) -> R[i] @ R[t, i] { K, Y = scan[t, cell](H, X)  return scan[t, cell](K, Y) }
"""
    m = loads(text)
    assert [p.path for p in m["two"].params] == ["rnn.W.weight"]
    assert [p.path for p in m["apart"].params] == ["cell.W.weight", "cell_1.W.weight"]


def test_trace_in_words_and_in_a_body_are_equal() -> None:
    text = """
category Loop : traced
object S, A, B
box f : S @ A -> S @ B
def body(a: A) -> B { feedback s: S  t, b = f(s, a)  next s = t  return b }
def words : A -> B = trace[S, f]
"""
    m = loads(text)
    assert m["body"] == m["words"]
    assert all(box.op.name == "trace" for box in m["body"].boxes)


def test_sliding_along_a_trace_is_an_equality() -> None:
    text = """
category Loop : traced
object S, T, A, B
box f : S @ A -> T @ B
box g : T -> S
def left(a: A) -> B { feedback s: S  t, b = f(s, a)  next s = g(t)  return b }
def right(a: A) -> B { feedback t: T  u, b = f(g(t), a)  next t = u  return b }
"""
    m = loads(text)
    assert m["left"] == m["right"]


@pytest.mark.parametrize(
    ("body", "want"),
    [
        ("feedback s: S  t, b = f(s, a)  next s = t  return b", []),
        ("feedback s: S  t, b = f(s, a)  return b", ["E0401"]),
        ("feedback s: S  t, b = f(s, a)  next s = t  next s = t  return b", ["E0401"]),
        ("next s = a  return a", ["E0401"]),
        ("feedback s: S  t, b = f(s, a)  next s = b  return b", ["E0301"]),
        ("feedback s: S  t, b = f(s, s)  next s = t  return b", ["E0304", "E0305"]),
    ],
)
def test_each_loop_is_closed_once_by_a_wire_of_its_type(body: str, want: list[str]) -> None:
    text = "category L : traced\nobject S, A, B\nbox f : S @ A -> S @ B\n"
    if "f(s, s)" in body:
        text = text.replace("S @ A -> S @ B", "S @ S -> S @ B")
    got = codes(text + f"def d(a: A) -> {'A' if 'return a' in body else 'B'} {{ {body} }}")
    assert sorted(got)[: len(want)] == want and bool(got) == bool(want)


def test_the_offered_next_stands_before_the_return() -> None:
    text = (
        "category Signal : cartesian, traced\nobject S with { add = plus }\n"
        "box decay : S -> S\nbox plus : S @ S -> S\n"
        "def filter(x: S) -> S {\n  feedback s: S = 0.0\n  y = decay(s) + x\n  return y\n}\n"
    )
    (d,) = check_text(text)
    assert d.code == "E0401"
    (edit,) = d.edits
    fixed = text[: edit.span.start] + edit.text + text[edit.span.end :]
    assert "  next s = y\n  return y" in fixed
    assert check_text(fixed) == []


def test_no_loops_without_a_traced_category() -> None:
    text = (
        "category C : cartesian\n"
        "object S\n"
        "box f : S @ S -> S @ S\n"
        "def d(a: S) -> S { feedback s: S  t, b = f(s, a)  next s = t  return b }\n"
        "def e : S -> S = trace[S, f]"
    )
    assert codes(text) == ["E0405", "E0405"]


def test_a_scan_says_which_axis_is_missing() -> None:
    text = (
        "axis t, i\n"
        "def cell(s: R, x: R) -> R @ R { return s, x }\n"
        "def f(s: R, x: R[i]) -> R @ R[i] = scan[t, cell](s, x)"
    )
    assert codes(text) == ["E0314"]
    with pytest.raises(DiagramError, match="E0314"):
        loads(text)["f"]


def test_both_directions_of_the_samples_agree_with_torch() -> None:
    torch.manual_seed(2)
    t, i, n = 4, 3, 2
    theirs = torch.nn.GRU(i, n, bidirectional=True, dtype=torch.float64)
    d = load(SAMPLES / "11_recurrent.diag")["bidirectional"]
    state = {}
    for part, end in (("there", "l0"), ("back", "l0_reverse")):
        for side in "ih":
            w, b = (getattr(theirs, f"{kind}_{side}h_{end}").detach() for kind in ("weight", "bias"))
            for gate, weight, bias in zip("rzc", w.chunk(3), b.chunk(3), strict=True):
                state[f"{part}.{side}{gate}.weight"], state[f"{part}.{side}{gate}.bias"] = weight, bias
    x = torch.randn(t, i).double()
    (y,) = run(d, x, state=state, sizes={"i": i, "n": n})
    assert torch.allclose(y, theirs(x)[0], atol=1e-12)
