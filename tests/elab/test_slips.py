"""Slips that types alone would let pass, and what shows that the same text is meant."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from diagram import check_text, loads

ROOT = Path(__file__).parents[2]
AXES = "axis n, k, d, q, x, s, t, h, w\n"


def codes(text: str) -> list[str]:
    return [d.code for d in check_text(AXES + text)]


SHARED_OUT = """
def pool(S: R[n, k], X: R[n, d]) -> R[k, d] {
  W %s= softmax[k](S)
  Y[k, d] = W[n, k] * X[n, d]%s
  return Y
}"""


def test_weights_that_are_summed_along_another_axis_are_refused():
    assert codes(SHARED_OUT % ("", "")) == ["E0320"]


@pytest.mark.parametrize(
    "meant", [(": R[n, k] ", ""), ("", " / sum[n](W)[k]")], ids=["bound with a type", "divided by their sum"]
)
def test_weights_that_are_shared_out_on_purpose_are_an_array(meant):
    assert codes(SHARED_OUT % meant) == []


def test_weights_are_followed_through_arguments_and_results():
    weights = "def weights(S: R[q, x]) -> R[q, x] = softmax[%s](S)\n"
    average = (
        "def average(A: R[q, x], V: R[x, d]) -> R[q, d] {\n  O[q, d] = A[q, x] * V[x, d]\n  return O\n}\n"
    )
    use = "def use(S: R[h, q, x], V: R[x, d]) -> R[h, q, d] = average(weights(S), V)\n"
    assert codes(weights % "x" + average + use) == []
    assert codes(weights % "q" + average + use) == ["E0320"]


def test_the_sum_of_squared_weights_is_no_slip():
    text = "def f(S: R[n, k]) -> R[n] {\n  W = softmax[k](S)\n  Y[n] = W[n, k] * W[n, k]\n  return Y\n}"
    assert codes(text) == []


def test_weights_under_a_mask_do_not_add_up_to_one():
    text = "def f(S: R[t, k]) -> R[t] {\n  W = softmax[k](S)\n  Y[t] = W[t, k] where k <= t\n  return Y\n}"
    assert codes(text) == []


PRODUCTS = "box g : [s, (h w)] -> [s]\naxis m = h * w\n"


@pytest.mark.parametrize(
    "text",
    [
        "def f(Y: R[s, (w h)]) -> R[s, (h w)] = Y",
        "def f(Y: R[s, (w h)]) -> R[s] = g(Y)",
        "def f(Y: R[s, (w h)], Z: R[s, (h w)]) -> R[s, (h w)] = Z + Y",
        "def f(Y: R[s, (w h)]) -> R[s, h, w] = rearrange{s (h w) -> s h w}(Y)",
        "def f(Y: R[s, m]) -> R[s, w, h] = rearrange{s (w h) -> s w h}(Y)",
        "def f(Y: R[s, w, h]) -> R[s, m] {\n  Z[s, m = (w h)] = Y[s, w, h]\n  return Z\n}",
    ],
)
def test_a_product_is_not_taken_for_that_of_its_factors_in_another_order(text):
    assert set(codes(PRODUCTS + text)) <= {"E0301", "E0316", "E0317"}
    assert codes(PRODUCTS + text)


def test_a_product_that_is_given_says_what_its_factors_are():
    text = "def f(Y: R[s, h, w]) -> R[s] {\n  Z[s, (h w)] = Y[s, h, w]\n  return g(Z)\n}"
    assert codes(PRODUCTS + text) == []


CUT = "axis r = 56, c = 56, p = 7, u = r / p, v = c / p\n"


def test_factors_that_are_cut_from_one_axis_are_not_put_into_another():
    paste = "def f(T: R[u, v, p, p'], o: R) -> R[r, c] where p' = p {\n"
    paste += "  axis p' = p\n  X[(%s), (%s)] = T[u, v, p, p']\n"
    paste += "  Z[r, c] = X\n  return Z\n}"
    assert codes(CUT + paste % ("u p", "v p'")) == []
    assert codes(CUT + paste % ("v p'", "u p")) == ["E0316"]


KL = "def kl(mu: R[n], logvar: R[n]) -> R = sum[n](exp(logvar) - mu)\n"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("def f(mu: R[n], logvar: R[n]) -> R = 1 + kl(logvar, mu)", ["E0322"]),
        ("def f(a: R[n]) -> R {\n  learn mu, logvar : [n] -> [k]\n  return 1 + kl(logvar(a), mu(a))\n}",
         ["E0322"]),
        ("def f(mu: R[n], logvar: R[n]) -> R = 1 + kl(mu = logvar, logvar = mu)", []),
        ("def f(mu: R[n], logvar: R[n]) -> R = kl(mu, logvar) - kl(logvar, mu)", []),
        ("def flipped(mu: R[n], logvar: R[n]) -> R = kl(logvar, mu)", []),
        ("def flipped(mu: R[n], logvar: R[n]) -> R {\n  return kl(logvar, mu)\n}", []),
    ],
)  # fmt: skip
def test_arguments_that_name_each_others_parameters_are_exchanged(text, found):
    assert codes(KL + text) == found


def test_axes_are_renamed_crosswise_where_it_is_written():
    text = "def f(S: R[q, x]) -> R[q, x] = softmax[x](S)\ndef g(S: R[x, q]) -> R[x, q] = f[q = x, x = q](S)\n"
    module = loads(AXES + text)
    value = np.random.default_rng(0).normal(size=(3, 4))
    assert np.allclose(module["g"].compile("numpy")(value).sum(1), 1)


def test_inside_a_sum_there_is_no_other_value_than_0():
    text = "def f(Q: R[q, k], K: R[x, k]) -> R[q, x] {\n  S[q, x] = Q[q, k] * K[x, k] where x <= k%s\n"
    text += "  return S\n}"
    assert codes(text % " else -inf") == ["E0318"]
    assert codes(text % " else 0.0") == codes(text % "") == []


def test_a_misspelt_index_is_not_summed_under_a_write():
    text = "def f(X: R[k]) -> R[w] {\n  axis w = 9\n  Y[w = k] += X[%s]\n  return Y\n}"
    assert "E0318" in codes(text % "kk")


def test_the_derivative_of_a_definition_in_error_is_quiet():
    saddle = (ROOT / "examples" / "autodiff" / "saddle.diag").read_text()
    assert [d.code for d in check_text(saddle)] == []
    assert [d.code for d in check_text(saddle.replace("v]](x, y, u, v)", "v]](x, y, u)"))] == ["E0302"]


def test_an_initialiser_takes_its_numbers_of_arguments():
    text = "def f(X: R[n]) -> R[n] {\n  learn W : [n] = uniform(%s)\n  return X + W\n}"
    assert codes(text % "1") == ["E0302"]
    assert codes(text % "-1, 1") == []


def test_a_mask_varies_along_the_axis_of_its_softmax():
    text = "def f(S: R[h, q, x], M: bool[q], L: bool[x]) -> R[h, q, x] {\n"
    text += "  T[h, x, q] = S[h, q, x] where %s else -inf\n"
    text += "  return softmax[x](T)\n}"
    assert codes(text % "M[q]") == ["E0320"]
    assert codes(text % "L[x]") == codes(text % "L[x] and M[q]") == []


def test_an_index_on_the_left_only_repeats_the_value_unless_its_partner_is_read_twice():
    text = (
        "def f(P: R[n, d], Q: R[n, d]) -> R[n, k] where k = n {\n  axis k = n\n  S[n, k] = %s\n  return S\n}"
    )
    assert codes(text % "P[n, d] * Q[n, d]") == ["E0318"]
    assert codes(text % "P[n, d] * Q[k, d]") == codes(text % "P[n, d]") == []
    assert codes(text % "P[n, d] * Q[n, d] * ones[k]") == []
