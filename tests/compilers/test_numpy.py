"""Compiled numpy functions: readable source, open sizes, batches, parameters, and messages for wrong
inputs.
"""

from __future__ import annotations

import pickle

import numpy as np
import pytest

import diagram
from diagram.errors import DiagramError

TEXT = """
axis x, m, f, v
def mlp(X: R[x, m]) -> R[x, f] {
  learn up : [m] -> [f], bias
  return relu(up(X))
}
def halves(X: R[2*x, m]) -> R[x, m] {
  Y[x, m] = X[(0 x), m]
  return Y
}
def both(X: R[x, m]) -> (S: R[m], P: R[x]) {
  return sum[x](X), sum[m](X)
}
def look(tokens: nat[v][x]) -> R[x, m] {
  learn table : [v, m]
  E[x, m] = table[tokens[x], m]
  return E
}
def scores(Q: R[x, m], K: R[y, m]) -> R[x, y] {
  S[x, y] = Q[x, m] * K[y, m] * m**-0.5
  return S
}
axis y
"""
MODULE = diagram.loads(TEXT)


def numbers(*shape: int) -> np.ndarray:
    return np.random.default_rng(len(shape)).standard_normal(shape)


def error(run) -> str:
    with pytest.raises(DiagramError) as caught:
        run()
    return str(caught.value)


def test_the_source_is_what_a_person_would_write():
    f = MODULE["mlp"].compile("numpy", sizes={"f": 3})
    assert f.source == (
        "import numpy as np\n\n\n"
        "def mlp(X, up_weight, up_bias):\n"
        '    """mlp: (R[x, m]) -> R[x, f]"""\n'
        "    return np.maximum(X @ up_weight.T + up_bias, 0)\n"
    )


def test_one_compiled_function_serves_every_size():
    f = MODULE["mlp"].compile("numpy", sizes={"m": 5, "f": 3})
    w, b = f.params["up.weight"], f.params["up.bias"]
    for x in (1, 4, 9):
        X = numbers(x, 5)
        np.testing.assert_allclose(f(X), np.maximum(X @ w.T + b, 0))


def test_sizes_are_solved_from_expressions_of_axes():
    f = MODULE["halves"].compile("numpy")
    X = numbers(6, 2)
    np.testing.assert_array_equal(f(X), X[:3])
    assert "E0313" in error(lambda: f(numbers(7, 2)))


def test_static_numbers_follow_open_sizes():
    f = MODULE["scores"].compile("numpy")
    Q, K = numbers(3, 16), numbers(4, 16)
    np.testing.assert_allclose(f(Q, K), Q @ K.T / 4)


def test_extra_axes_in_front_are_batch_axes():
    f = MODULE["scores"].compile("numpy")
    Q, K = numbers(2, 7, 3, 4), numbers(2, 7, 5, 4)
    want = np.einsum("abxm,abym->abxy", Q, K) / 2
    np.testing.assert_allclose(f(Q, K), want)
    assert "batch" in error(lambda: f(numbers(2, 3, 4), numbers(3, 5, 4)))


def test_inputs_go_in_by_position_by_name_or_as_a_dict():
    f = MODULE["scores"].compile("numpy")
    Q, K = numbers(3, 4), numbers(5, 4)
    want = f(Q, K)
    np.testing.assert_array_equal(f(K=K, Q=Q), want)
    np.testing.assert_array_equal(f({"K": K, "Q": Q}), want)
    np.testing.assert_array_equal(f(Q, K=K), want)


def test_several_results_are_a_named_tuple():
    X = numbers(3, 4)
    result = MODULE["both"].compile("numpy")(X)
    np.testing.assert_allclose(result.S, X.sum(0))
    np.testing.assert_allclose(result.P, X.sum(1))


def test_parameters_are_drawn_from_seed_and_path_and_may_be_replaced():
    d = MODULE["mlp"]
    f, g = (d.compile("numpy", sizes={"m": 4, "f": 3}, seed=7) for _ in "ab")
    h = d.compile("numpy", sizes={"m": 4, "f": 3}, seed=8)
    np.testing.assert_array_equal(f.params["up.weight"], g.params["up.weight"])
    assert not np.allclose(f.params["up.weight"], h.params["up.weight"])
    assert np.abs(f.params["up.weight"]).max() <= 4**-0.5
    X = numbers(2, 4)
    zero = f(X, params={"up.weight": np.zeros((3, 4)), "up.bias": np.ones(3)})
    np.testing.assert_array_equal(zero, np.ones((2, 3)))
    message = error(lambda: f(X, params={"up.weight": np.zeros((4, 3)), "dwon.bias": np.zeros(3)}))
    assert "`up.weight` has shape [3, 4]" not in message
    assert "`up.weight` has shape [4, 3]" in message and "`dwon.bias`" in message


def test_parameters_wait_for_sizes_that_only_the_inputs_tell():
    f = MODULE["mlp"].compile("numpy", sizes={"f": 3})
    assert "E0311" in error(lambda: f.params)
    assert f(numbers(2, 6)).shape == (2, 3)
    assert f.params["up.weight"].shape == (3, 6)


def test_a_compiled_function_survives_pickling():
    f = MODULE["mlp"].compile("numpy", sizes={"m": 4, "f": 3}, seed=3)
    X = numbers(2, 4)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(f))(X), f(X))


def test_single_precision_stays_single():
    f = MODULE["scores"].compile("numpy", dtype="f32")
    assert f(numbers(3, 4), numbers(5, 4)).dtype == np.float32


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((numbers(3, 4),), ("E0302", "lacks `K`")),
        ((numbers(3, 4), numbers(5, 4), numbers(1)), ("E0302", "takes 2 inputs, got 3")),
        ((numbers(3, 4), numbers(5, 6)), ("E0312", "the axis `m` has two sizes: 4 and 6 in `K`")),
        ((numbers(3), numbers(5, 4)), ("E0306", "`Q` has shape [3]", "R[x, m]")),
        ((numbers(3, 4) + 1j, numbers(5, 4)), ("E0306", "`Q` holds complex numbers")),
    ],
)
def test_wrong_inputs_are_refused_with_both_sides(arguments, words):
    f = MODULE["scores"].compile("numpy")
    message = error(lambda: f(*arguments))
    for word in words:
        assert word in message


def test_unknown_names_are_refused():
    f = MODULE["scores"].compile("numpy")
    message = error(lambda: f(Q=numbers(3, 4), k=numbers(5, 4)))
    assert "lacks `K`" in message and "has no `k`" in message


def test_positions_beyond_their_bound_are_refused():
    f = MODULE["look"].compile("numpy", sizes={"v": 10, "m": 4})
    assert f(np.array([0, 9])).shape == (2, 4)
    assert "E0331" in error(lambda: f(np.array([0, 10])))
    assert "E0331" in error(lambda: f(np.array([0, -1])))
    assert "real" in error(lambda: f(np.array([0.5])))


def test_equal_expressions_are_computed_once_and_numbers_stay_numbers():
    text = """
    axis x
    def f(X: R[x]) -> R[x] = select(X > 0, exp(X), 0.5) + exp(X) * exp(X)
    """
    f = diagram.loads(text)["f"].compile("numpy")
    assert f.source.count("np.exp") == 1 and "np.where(X > 0, exp, 0.5)" in f.source
    X = numbers(4)
    np.testing.assert_allclose(f(X), np.where(X > 0, np.exp(X), 0.5) + np.exp(X) ** 2)


def test_variables_never_hide_the_helpers():
    text = """
    axis x
    def f(sigmoid: R[x], softmax: R[x]) -> R[x] = silu(sigmoid) + gelu(softmax) + gelu(silu(gelu(softmax)))
    """
    f = diagram.loads(text)["f"].compile("numpy")
    net = diagram.loads(text)["f"].compile("torch", dtype="f64")
    import torch

    X, Y = numbers(4), numbers(4) + 1
    np.testing.assert_allclose(f(X, Y), net(torch.as_tensor(X), torch.as_tensor(Y)).numpy(), atol=1e-12)


def test_sizes_that_no_window_fits_are_refused():
    text = """
    axis t, j
    def slide(X: R[t], K: R[j]) -> R[t'] where t' = t - j + 1 {
      Y[t'] = X[t' + j] * K[j]
      return Y
    }
    """
    f = diagram.loads(text)["slide"].compile("numpy")
    np.testing.assert_allclose(f(np.arange(4.0), np.ones(2)), [1, 3, 5])
    assert "negative size" in error(lambda: f(np.arange(2.0), np.ones(5)))


def test_a_size_cannot_be_changed_once_it_is_fixed():
    d = diagram.loads("axis m = 4\naxis x\ndef f(X: R[x, m]) -> R[x] = sum[m](X)")["f"]
    assert d.compile("numpy", sizes={"m": 4, "x": 2})(numbers(2, 4)).shape == (2,)
    assert "`m` has the size 4, it cannot be 5" in error(lambda: d.compile("numpy", sizes={"m": 5}))


def test_an_unknown_dtype_or_device_is_refused():
    assert "E0407" in error(lambda: MODULE["scores"].compile("numpy", dtype="f8"))
    assert "E0407" in error(lambda: MODULE["scores"].compile("numpy", device="cuda"))
    assert "E0407" in error(lambda: MODULE["scores"].compile("fortran"))


@pytest.mark.parametrize("backend", ["numpy", "torch"])
def test_an_axis_may_be_empty_but_has_no_largest_entry_then(backend):
    torch = pytest.importorskip("torch")
    text = "axis n, m\n" + "\n".join(
        f"def f_{op}(X: R[m, n]) -> R[m{end}] = {op}[n](X)"
        for op, end in (
            ("softmax", ", n"),
            ("log_softmax", ", n"),
            ("logsumexp", ""),
            ("sum", ""),
            ("max", ""),
        )
    )
    module, empty = diagram.loads(text), np.zeros((2, 0))

    def value(op):
        f = module[f"f_{op}"].compile(backend)
        return np.asarray(f(torch.as_tensor(empty) if backend == "torch" else empty))

    assert value("softmax").shape == value("log_softmax").shape == (2, 0)
    assert value("sum").tolist() == [0, 0] and value("logsumexp").tolist() == [-np.inf, -np.inf]
    assert "`max` needs an entry, but the axis `n` has none" in error(lambda: value("max"))
