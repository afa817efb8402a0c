"""Torch's own kernels are found where the text spells them out, and they compute the same as torch's
layers.
"""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

import diagram

CONVOLUTIONS = """
axis b with { batch }
axis a, y, c, o, t, g
def conv2d[o: axis, w: nat, s: nat = 1, d: nat = 1, p: nat = 0](X: R[b, a, y, c]) -> R[b, a', y', o]
    where a' = (a + 2*p - d*(w - 1) - 1) // s + 1, y' = (y + 2*p - d*(w - 1) - 1) // s + 1 {
  axis i = w, j = w
  learn L : [c, i, j] -> [o], bias
  return L(X[b, s*a' + d*i - p, s*y' + d*j - p, c; pad 0])
}
def grouped[o: axis, w: nat, p: nat = 0](X: R[b, t, g, c]) -> R[b, t', g, o] where t' = t + 2*p - w + 1 {
  axis j = w
  learn K : [g, o, c, j] = normal(1.0)
  Y[b, t', g, o] = X[b, t' + j - p, g, c; pad 0] * K[g, o, c, j]
  return Y
}
def transposed[o: axis, w: nat, s: nat = 1, p: nat = 0](X: R[t, c]) -> R[u, o] where u = (t - 1)*s - 2*p + w {
  axis j = w
  learn L : [c] -> [o, j]
  Z = L(X)
  Y[u = s*t + j - p, o; pad 0] += Z[t, o, j]
  return Y
}
axis u
def cross(X: R[t], K: R[u]) -> R[t'] where t' = t - u + 1 {
  Y[t'] = X[t' + u] * K[u]
  return Y
}
def truly(X: R[t], K: R[u]) -> R[t] {
  Y[t] = X[t - u; pad 0] * K[u]
  return Y
}
"""
CONV = diagram.loads(CONVOLUTIONS)

ATTENTION = """
axis q, x, h, k, v
def attend(Q: R[q, h, k], K: R[x, h, k], V: R[x, h, v]) -> R[q, h, v] {
  S[q, x, h] = Q[q, h, k] * K[x, h, k] * k**-0.5
  A = softmax[x](S)
  O[q, h, v] = A[q, x, h] * V[x, h, v]
  return O
}
def causal(Q: R[x, h, k], K: R[x, h, k], V: R[x, h, v]) -> R[x, h, v] {
  axis i = x, j = x
  S[i, j, h] = Q[i, h, k] * K[j, h, k] * k**-0.5 where j <= i else -inf
  O[x = i, h, v] = softmax[j](S)[i, j, h] * V[j, h, v]
  return O
}
def anticausal(Q: R[x, h, k], K: R[x, h, k], V: R[x, h, v]) -> R[x, h, v] {
  axis i = x, j = x
  S[i, j, h] = Q[i, h, k] * K[j, h, k] * k**-0.5 where i <= j else -inf
  O[x = i, h, v] = softmax[j](S)[i, j, h] * V[j, h, v]
  return O
}
def over_queries(Q: R[q, h, k], K: R[x, h, k], V: R[x, h, v]) -> R[q, h, v] {
  S[q, x, h] = Q[q, h, k] * K[x, h, k] * k**-0.5
  A : R[q, x, h] = softmax[q](S)
  O[q, h, v] = A[q, x, h] * V[x, h, v]
  return O
}
axis g, r
def grouped(Q: R[x, g, r, k], K: R[x, g, k], V: R[x, g, k]) -> R[x, g, r, k] {
  axis i = x, j = x
  S[i, j, g, r] = Q[i, g, r, k] * K[j, g, k] * k**-0.5 where j <= i else -inf
  O[x = i, g, r, k] = softmax[j](S)[i, j, g, r] * V[j, g, k]
  return O
}
axis m
def layer_norm[eps: real = 1e-5](X: R[x, m]) -> R[x, m] {
  learn weight : [m] = normal(1.0)
  learn bias   : [m] = normal(1.0)
  centred = X - mean[m](X)
  return centred / sqrt(mean[m](centred ** 2) + eps) * weight + bias
}
def norm_over_rows(X: R[x, m]) -> R[x, m] {
  centred = X - mean[x](X)
  return centred / sqrt(mean[x](centred ** 2) + 0.001)
}
def rms_norm(X: R[x, m]) -> R[x, m] {
  learn weight : [m] = normal(1.0)
  return X / sqrt(mean[m](X ** 2) + 1e-6) * weight
}
"""
ATT = diagram.loads(ATTENTION)


def net(module, name: str, **sizes: int) -> torch.nn.Module:
    return module.diagram(name, sizes).compile("torch", sizes=sizes, dtype="f64")


def numbers(*shape: int) -> torch.Tensor:
    return torch.from_numpy(np.random.default_rng(sum(shape)).standard_normal(shape))


def same_on_numpy(module, name: str, run: torch.nn.Module, inputs, **sizes: int) -> None:
    f = module.diagram(name, sizes).compile("numpy", sizes=sizes)
    params = {k: v.numpy() for k, v in run.state_dict().items()}
    want = run(*inputs).detach().numpy()
    np.testing.assert_allclose(f(*(x.numpy() for x in inputs), params=params or None), want, atol=1e-10)


@given(
    w=st.integers(1, 3), s=st.integers(1, 3), d=st.integers(1, 2), p=st.integers(0, 2), size=st.integers(5, 9)
)
@settings(max_examples=25)
def test_an_affine_read_and_a_learned_map_are_conv2d(w, s, d, p, size):
    sizes = {"o": 4, "w": w, "s": s, "d": d, "p": p, "c": 3}
    run = net(CONV, "conv2d", **sizes)
    X = numbers(2, size, size + 1, 3)
    want = F.conv2d(X.permute(0, 3, 1, 2), run.L.weight, run.L.bias, stride=s, padding=p, dilation=d).permute(
        0, 2, 3, 1
    )
    torch.testing.assert_close(run(X), want, atol=1e-10, rtol=0)
    same_on_numpy(CONV, "conv2d", run, (X,), **sizes)
    if w > 1:
        assert "F.conv2d(" in run.source


def test_gradients_of_a_convolution_are_torchs():
    run = net(CONV, "conv2d", o=4, w=3, s=2, p=1, c=3)
    X = numbers(2, 8, 8, 3).requires_grad_()
    run(X).sin().sum().backward()
    weight, bias, Z = (t.detach().clone().requires_grad_() for t in (run.L.weight, run.L.bias, X))
    F.conv2d(Z.permute(0, 3, 1, 2), weight, bias, stride=2, padding=1).sin().sum().backward()
    for ours, theirs in ((X, Z), (run.L.weight, weight), (run.L.bias, bias)):
        torch.testing.assert_close(ours.grad, theirs.grad, atol=1e-10, rtol=0)


@pytest.mark.parametrize("p", [0, 1, 2])
def test_an_axis_of_groups_makes_a_grouped_convolution(p):
    run = net(CONV, "grouped", o=3, w=3, p=p, g=2, c=4)
    X = numbers(2, 9, 2, 4)
    image = X.permute(0, 2, 3, 1).reshape(2, 8, 9)
    want = F.conv1d(image, run.K.reshape(6, 4, 3), padding=p, groups=2)
    want = want.reshape(2, 2, 3, -1).permute(0, 3, 1, 2)
    torch.testing.assert_close(run(X), want, atol=1e-10, rtol=0)
    assert "groups=2" in run.source
    same_on_numpy(CONV, "grouped", run, (X,), o=3, w=3, p=p, g=2, c=4)


@given(w=st.integers(1, 4), s=st.integers(1, 3), p=st.integers(0, 2))
@settings(max_examples=20)
def test_an_affine_write_is_a_transposed_convolution(w, s, p):
    sizes = {"o": 4, "w": w, "s": s, "p": p, "c": 3}
    if 6 * s - 2 * p + w <= 0:
        return
    run = net(CONV, "transposed", **sizes)
    X = numbers(7, 3)
    want = F.conv_transpose1d(X.T, run.L.weight.permute(2, 0, 1), stride=s, padding=p).T
    torch.testing.assert_close(run(X), want, atol=1e-10, rtol=0)
    assert w * s == 1 or "F.conv_transpose1d(" in run.source
    same_on_numpy(CONV, "transposed", run, (X,), **sizes)


def test_convolution_of_two_inputs_follows_their_signs():
    X, K = numbers(9), numbers(4)
    cross, truly = net(CONV, "cross"), net(CONV, "truly")
    np.testing.assert_allclose(cross(X, K).numpy(), np.correlate(X.numpy(), K.numpy(), "valid"), atol=1e-12)
    np.testing.assert_allclose(truly(X, K).numpy(), np.convolve(X.numpy(), K.numpy())[:9], atol=1e-12)
    same_on_numpy(CONV, "cross", cross, (X, K))
    same_on_numpy(CONV, "truly", truly, (X, K))


def heads(x: torch.Tensor) -> torch.Tensor:
    return x.transpose(0, 1)


@pytest.mark.parametrize(
    ("name", "mask"),
    [
        ("attend", None),
        ("causal", torch.ones(5, 5).tril().bool()),
        ("anticausal", torch.ones(5, 5).triu().bool()),
    ],
)
def test_attention_equals_torchs(name, mask):
    Q, K, V = numbers(5, 2, 4), numbers(5, 2, 4) + 1, numbers(5, 2, 3)
    run = net(ATT, name)
    want = heads(F.scaled_dot_product_attention(heads(Q), heads(K), heads(V), attn_mask=mask))
    torch.testing.assert_close(run(Q, K, V), want, atol=1e-10, rtol=0)
    assert ("scaled_dot_product_attention" in run.source) == (name != "anticausal")
    assert ("is_causal" in run.source) == (name == "causal")
    same_on_numpy(ATT, name, run, (Q, K, V))
    batch = tuple(torch.stack([x, x + 1]) for x in (Q, K, V))
    torch.testing.assert_close(run(*batch)[0], run(Q, K, V))


def test_queries_in_groups_share_keys_and_values():
    Q, K, V = numbers(5, 2, 3, 4), numbers(5, 2, 4), numbers(5, 2, 4) + 1
    run = net(ATT, "grouped")
    S = torch.einsum("igrk,jgk->grij", Q, K) / 2
    S = S.masked_fill(~torch.ones(5, 5).tril().bool(), float("-inf"))
    want = torch.einsum("grij,jgk->igrk", torch.softmax(S, -1), V)
    torch.testing.assert_close(run(Q, K, V), want, atol=1e-10, rtol=0)
    assert "scaled_dot_product_attention" in run.source and "is_causal" in run.source
    same_on_numpy(ATT, "grouped", run, (Q, K, V))


def test_a_softmax_over_the_queries_is_not_taken_for_attention():
    Q, K, V = numbers(5, 2, 4), numbers(6, 2, 4), numbers(6, 2, 3)
    run = net(ATT, "over_queries")
    A = torch.softmax(torch.einsum("qhk,xhk->qxh", Q, K) / 2, 0)
    torch.testing.assert_close(run(Q, K, V), torch.einsum("qxh,xhv->qhv", A, V))
    assert "scaled_dot_product" not in run.source


def test_layer_norm_is_found_with_its_scale_and_shift():
    run, X = net(ATT, "layer_norm", m=6), numbers(3, 6)
    torch.testing.assert_close(run(X), F.layer_norm(X, (6,), run.weight, run.bias, 1e-5), atol=1e-10, rtol=0)
    assert "F.layer_norm(X, (6,), weight, bias, 1e-05)" in run.source
    same_on_numpy(ATT, "layer_norm", run, (X,), m=6)


def test_a_norm_over_another_axis_keeps_its_axis():
    run, X = net(ATT, "norm_over_rows"), numbers(3, 6)
    want = F.layer_norm(X.T, (3,), eps=0.001).T
    torch.testing.assert_close(run(X), want, atol=1e-10, rtol=0)


def test_rms_norm_is_found_with_its_scale():
    run, X = net(ATT, "rms_norm", m=6), numbers(3, 6)
    torch.testing.assert_close(run(X), F.rms_norm(X, (6,), run.weight, 1e-6), atol=1e-10, rtol=0)
    assert "F.rms_norm" in run.source
