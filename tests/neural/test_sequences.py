"""Recurrent networks, state spaces and differential equations of the gallery against torch."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch.func import functional_call

from tests.neural.harness import Case, compare, compare_reverse


def layer(kind, p, path=""):
    """One layer of torch.nn, with our arrays in its layout."""
    w, u = p[f"{path}ih.weight"], p[f"{path}hh.weight"]
    net = kind(w.shape[-1], u.shape[-1], batch_first=True).double()
    arrays = {
        "weight_ih_l0": w.reshape(-1, w.shape[-1]),
        "weight_hh_l0": u.reshape(-1, u.shape[-1]),
        "bias_ih_l0": p[f"{path}ih.bias"].reshape(-1),
        "bias_hh_l0": p[f"{path}hh.bias"].reshape(-1),
    }
    return lambda *given: functional_call(net, arrays, given)


def rnn(p, x, h):
    y, h = layer(torch.nn.RNN, p)(x, h[None])
    return y, h[0]


def gru(p, x, h):
    y, h = layer(torch.nn.GRU, p)(x, h[None])
    return y, h[0]


def lstm(p, x, h, c):
    y, (h, c) = layer(torch.nn.LSTM, p, "cell.")(x, (h[None], c[None]))
    return y, h[0], c[0]


def bidirectional(p, x):
    there, _ = layer(torch.nn.LSTM, p, "there.")(x)
    back, _ = layer(torch.nn.LSTM, p, "back.")(x.flip(1))
    return torch.cat([there, back.flip(1)], -1)


def s4d(p, u):
    """The convolution by Fourier transforms, as in the published code."""
    a = torch.complex(-torch.exp(p["logre"]), p["im"])
    da = a * torch.exp(p["logdt"])[:, None]
    w = torch.complex(p["re_out"], p["im_out"]) * (torch.exp(da) - 1) / a
    t = u.shape[1]
    k = 2 * torch.einsum("cn,cnl->cl", w, torch.exp(da[..., None] * torch.arange(t))).real
    y = torch.fft.irfft(torch.fft.rfft(u.mT, 2 * t) * torch.fft.rfft(k, 2 * t), 2 * t)[..., :t]
    return y.mT + p["skip"] * u


def selective_scan(p, u):
    delta = F.softplus(F.linear(F.linear(u, p["low.weight"]), p["dt.weight"], p["dt.bias"]))
    into, out = F.linear(u, p["B_proj.weight"]), F.linear(u, p["C_proj.weight"])
    decay = torch.exp(torch.einsum("btc,cn->btcn", delta, -torch.exp(p["A_log"])))
    given = torch.einsum("btc,btc,btn->btcn", delta, u, into)
    h, ys = torch.zeros_like(given[:, 0]), []
    for t in range(u.shape[1]):
        h = decay[:, t] * h + given[:, t]
        ys.append(torch.einsum("bcn,bn->bc", h, out[:, t]))
    return torch.stack(ys, 1) + p["D"] * u


def mamba(p, x):
    v, w = F.linear(x, p["value.weight"]), p["conv"]
    u = F.conv1d(F.pad(v.mT, (w.shape[1] - 1, 0)), w[:, None], p["shift"], groups=w.shape[0]).mT
    inner = {n.removeprefix("scan_."): a for n, a in p.items() if n.startswith("scan_.")}
    y = selective_scan(inner, F.silu(u)) * F.silu(F.linear(x, p["gate.weight"]))
    return F.linear(y, p["out.weight"])


def flow(p, x, time):
    h = torch.tanh(F.linear(x, p["flow.up.weight"], p["flow.up.bias"]) + p["flow.when"] * time)
    return F.linear(h, p["flow.down.weight"], p["flow.down.bias"])


def euler(n):
    def reference(p, x):
        for k in range(n):
            x = x + flow(p, x, k / n) / n
        return x

    return reference


def runge_kutta(n):
    def reference(p, x):
        dt = 1 / n
        for k in range(n):
            k1 = flow(p, x, k * dt)
            k2 = flow(p, x + dt / 2 * k1, (k + 0.5) * dt)
            k3 = flow(p, x + dt / 2 * k2, (k + 0.5) * dt)
            k4 = flow(p, x + dt * k3, (k + 1) * dt)
            x = x + dt / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        return x

    return reference


WIDTHS = ({"i": 3, "n": 4}, {"i": 1, "n": 2})
STEPS = ({"b": 2, "t": 5}, {"b": 1, "t": 1}, {"b": 3, "t": 8})
SCAN = ({"c": 3, "n": 4, "r": 2}, {"c": 1, "n": 2, "r": 1})
MAMBA = ({"m": 3, "c": 4, "n": 3, "r": 2}, {"m": 2, "c": 2, "n": 2, "r": 1, "w": 3})
CASES = (
    Case("recurrent", "rnn", rnn, WIDTHS, STEPS),
    Case("recurrent", "lstm", lstm, WIDTHS, STEPS),
    Case("recurrent", "gru", gru, WIDTHS, STEPS),
    Case("recurrent", "bidirectional", bidirectional, WIDTHS, STEPS),
    Case("spaces", "s4d", s4d, ({"c": 3, "n": 4}, {"c": 1, "n": 2}), STEPS, noise=0.1),
    Case("spaces", "s4d_scan", s4d, ({"c": 3, "n": 4}, {"c": 1, "n": 2}), STEPS, noise=0.1),
    Case("spaces", "selective_scan", selective_scan, SCAN, STEPS),
    Case("spaces", "mamba", mamba, MAMBA, STEPS),
    Case("ode", "euler", euler(8), ({"m": 3, "f": 5},), ({"b": 2}, {"b": 1})),
    Case("ode", "euler", euler(3), ({"m": 2, "f": 4, "N": 3},), ({"b": 2},)),
    Case("ode", "runge_kutta", runge_kutta(4), ({"m": 3, "f": 5},), ({"b": 2}, {"b": 1})),
    Case("ode", "runge_kutta", runge_kutta(2), ({"m": 1, "f": 2, "N": 2},), ({"b": 2},)),
)  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=str)
def test_outputs_and_all_gradients_equal_torch(case):
    compare(case)


@pytest.mark.parametrize("case", [c for c in CASES if c.reverse], ids=str)
def test_the_derivative_as_a_diagram_equals_torch(case):
    compare_reverse(case)
