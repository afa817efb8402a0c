"""Scans are loops, repetitions functions that are called; both compute what the text says, forward and
backward.
"""

from __future__ import annotations

import numpy as np
import pytest
import torch

import diagram

TEXT = """
axis t with { bar }
axis i, n, x, m, f
def lstm[n: axis](X: R[t, i], H: R[n], C: R[n]) -> (Y: R[t, n], H: R[n], C: R[n]) {
  axis g = 4
  learn ih : [i] -> [g, n], bias
  learn hh : [n] -> [g, n], bias
  scan t over X {
    Z = ih(X) + hh(H)
    C = sigmoid(Z[1, n]) * C + sigmoid(Z[0, n]) * tanh(Z[2, n])
    H = sigmoid(Z[3, n]) * tanh(C)
    emit Y = H
  }
  return Y, H, C
}
def backwards(X: R[t, n], H: R[n]) -> R[t, n] {
  scan t over X reversed {
    H = 0.5 * H + X
    emit Y = H
  }
  return Y
}
def exchanged(X: R[t, n], A: R[n], B: R[n]) -> R[n] {
  scan t over X {
    C = A
    A = B + X
    B = C * 2.0
  }
  return A - B
}
def step(X: R[x, m]) -> R[x, m] {
  learn up : [m] -> [f], bias
  learn down : [f] -> [m], bias
  return X + down(tanh(up(X)))
}
def tower(X: R[x, m]) -> R[x, m] {
  learn stack = step ** 4
  return stack(X)
}
"""
MODULE = diagram.loads(TEXT)


def numbers(*shape: int) -> torch.Tensor:
    return torch.from_numpy(np.random.default_rng(sum(shape)).standard_normal(shape))


def both(name: str, sizes: dict[str, int], *inputs: torch.Tensor):
    d = MODULE.diagram(name, sizes)
    f, net = d.compile("numpy", sizes=sizes, seed=2), d.compile("torch", sizes=sizes, seed=2, dtype="f64")
    ours, theirs = f(*(x.numpy() for x in inputs)), net(*inputs)
    pairs = zip(ours, theirs, strict=True) if isinstance(ours, tuple) else [(ours, theirs)]
    for a, b in pairs:
        np.testing.assert_allclose(a, b.detach().numpy(), atol=1e-12)
    return net, theirs


@pytest.mark.parametrize("t", [1, 7])
def test_a_scan_of_the_cell_is_torchs_lstm(t):
    sizes = {"i": 3, "n": 4}
    X, H, C = numbers(t, 3), numbers(4), numbers(4) + 1
    net, (Y, last, cell) = both("lstm", sizes, X, H, C)
    lstm = torch.nn.LSTM(3, 4, dtype=torch.float64)
    with torch.no_grad():
        lstm.weight_ih_l0.copy_(net.ih.weight.reshape(16, 3))
        lstm.weight_hh_l0.copy_(net.hh.weight.reshape(16, 4))
        lstm.bias_ih_l0.copy_(net.ih.bias.reshape(16))
        lstm.bias_hh_l0.copy_(net.hh.bias.reshape(16))
    want, (want_last, want_cell) = lstm(X, (H[None], C[None]))
    for ours, theirs in ((Y, want), (last, want_last[0]), (cell, want_cell[0])):
        torch.testing.assert_close(ours, theirs, atol=1e-10, rtol=0)
    Y.sin().sum().backward()
    want.sin().sum().backward()
    torch.testing.assert_close(net.hh.weight.grad.reshape(16, 4), lstm.weight_hh_l0.grad, atol=1e-10, rtol=0)
    torch.testing.assert_close(net.ih.weight.grad.reshape(16, 3), lstm.weight_ih_l0.grad, atol=1e-10, rtol=0)


def test_what_does_not_depend_on_the_state_is_computed_before_the_loop():
    source = MODULE.diagram("lstm", {"n": 4}).compile("torch", sizes={"i": 3, "n": 4}).source
    before, loop = source.split("    for ")
    assert "F.linear(X," in before and "ih_weight" not in loop


def test_a_scan_may_serve_a_batch():
    sizes = {"i": 3, "n": 4}
    net = MODULE.diagram("lstm", sizes).compile("torch", sizes=sizes, dtype="f64")
    X, H, C = numbers(2, 5, 3), numbers(2, 4), numbers(2, 4)
    for k in range(2):
        torch.testing.assert_close(net(X, H, C).Y[k], net(X[k], H[k], C[k]).Y)


def test_a_reversed_scan_begins_at_the_end_and_emits_in_place():
    X, H = numbers(5, 3), numbers(3)
    _, Y = both("backwards", {}, X, H)
    state, rows = H, []
    for k in reversed(range(5)):
        state = 0.5 * state + X[k]
        rows.insert(0, state)
    torch.testing.assert_close(Y, torch.stack(rows))


def test_states_that_read_each_other_change_at_once():
    X, A, B = numbers(4, 3), numbers(3), numbers(3) - 1
    _, Y = both("exchanged", {}, X, A, B)
    for x in X:
        A, B = B + x, A * 2
    torch.testing.assert_close(Y, A - B)


@pytest.mark.parametrize("target", ["numpy", "torch"])
def test_a_repetition_is_one_function_called_with_the_weights_of_each_turn(target):
    source = MODULE["tower"].compile(target, sizes={"m": 3, "f": 5}).source
    assert source.count("def ") == 2
    assert source.count("np.tanh" if target == "numpy" else "torch.tanh") == 1
    assert all(f"stack_{k}_up_weight" in source for k in range(4))


def test_a_tower_applies_its_layers_in_order():
    X = numbers(2, 3)
    net, Y = both("tower", {"m": 3, "f": 5}, X)
    for layer in (net.stack[k] for k in range(4)):
        up, down = layer.up, layer.down
        X = X + torch.tanh(X @ up.weight.T + up.bias) @ down.weight.T + down.bias
    torch.testing.assert_close(Y, X)
