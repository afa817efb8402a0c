"""Linear maps, attention, norms and gates of the gallery against torch."""

from __future__ import annotations

import math

import pytest
import torch
import torch.nn.functional as F

from tests.neural.harness import Case, compare, compare_reverse


def linear(p, x):
    return F.linear(x, p["weight"], p["bias"])


def mlp(p, x):
    h = torch.relu(F.linear(x, p["up.weight"], p["up.bias"]))
    return F.linear(h, p["down.weight"], p["down.bias"])


def deep(p, x):
    h = torch.tanh(F.linear(x, p["first.weight"], p["first.bias"]))
    for k in range(sum(n.startswith("hidden") for n in p) // 2):
        h = torch.tanh(F.linear(h, p[f"hidden.{k}.weight"], p[f"hidden.{k}.bias"]))
    return F.linear(h, p["last.weight"], p["last.bias"])


def sdpa(p, q, k, v):
    return F.scaled_dot_product_attention(q, k, v)


def masked(p, q, k, v, mask):
    return F.scaled_dot_product_attention(q, k, v, attn_mask=mask)


def causal(p, q, k, v):
    return F.scaled_dot_product_attention(q, k, v, is_causal=True)


def window(w):
    def reference(p, q, k, v):
        t = q.shape[-2]
        back = torch.arange(t)[:, None] - torch.arange(t)[None, :]
        return F.scaled_dot_product_attention(q, k, v, attn_mask=(back >= 0) & (back < w))

    return reference


def alibi(p, q, k, v):
    h, t, _ = q.shape
    slopes = torch.tensor([2 ** (-8 * (n + 1) / h) for n in range(h)], dtype=q.dtype)
    place = torch.arange(t)
    bias = slopes[:, None, None] * (place[None, :] - place[:, None])
    bias = bias.masked_fill(place[None, :] > place[:, None], -math.inf)
    return F.scaled_dot_product_attention(q, k, v, attn_mask=bias)


def rotate(x, base=10000.0):
    """As complex numbers: the first half of the features real, the second imaginary."""
    t, k = x.shape[-2:]
    angle = torch.outer(torch.arange(t, dtype=x.dtype), base ** (-torch.arange(0, k, 2, dtype=x.dtype) / k))
    z = torch.complex(x[..., : k // 2], x[..., k // 2 :]) * torch.polar(torch.ones_like(angle), angle)
    return torch.cat([z.real, z.imag], -1)


def linear_attention(p, q, k, v):
    weights = (F.elu(q) + 1) @ (F.elu(k) + 1).transpose(-1, -2)
    return weights @ v / weights.sum(-1, keepdim=True)


def torch_attention(p, q, x, mask=None):
    """torch's own function of multi-head attention."""
    h, k, m = p["query.weight"].shape
    return F.multi_head_attention_forward(
        q.transpose(0, 1), x.transpose(0, 1), x.transpose(0, 1), m, h, None,
        torch.cat([p[f"{n}.bias"].reshape(-1) for n in ("query", "key", "value")]),
        None, None, False, 0.0, p["out.weight"].reshape(m, h * k), p["out.bias"],
        training=False, need_weights=False, attn_mask=mask, use_separate_proj_weight=True,
        q_proj_weight=p["query.weight"].reshape(h * k, m),
        k_proj_weight=p["key.weight"].reshape(h * k, m),
        v_proj_weight=p["value.weight"].reshape(h * k, m),
    )[0].transpose(0, 1)  # fmt: skip


def multi_head(p, x):
    return torch_attention(p, x, x)


def causal_multi_head(p, x):
    return torch_attention(p, x, x, torch.ones(x.shape[1], x.shape[1], dtype=torch.bool).triu(1))


def grouped(p, x):
    q = torch.einsum("btm,grkm->bgrtk", x, p["query.weight"])
    k, v = (torch.einsum("btm,gkm->bgtk", x, p[f"{n}.weight"]) for n in ("key", "value"))
    b, g, r, t, d = q.shape
    y = F.scaled_dot_product_attention(q.reshape(b, g * r, t, d), k, v, is_causal=True, enable_gqa=True)
    return torch.einsum("bgrtk,mgrk->btm", y.reshape(b, g, r, t, d), p["out.weight"])


def multi_query(p, x):
    inner = {
        "query.weight": p["query.weight"][None],
        "key.weight": p["key.weight"][None],
        "value.weight": p["value.weight"][None],
        "out.weight": p["out.weight"][:, None],
    }
    return grouped(inner, x)


def layer_norm(p, x):
    return F.layer_norm(x, x.shape[-1:], p["weight"], p["bias"])


def rms_norm(p, x):
    return F.rms_norm(x, x.shape[-1:], p["weight"], 1e-6)


def instance_norm(p, x):
    return F.instance_norm(x, weight=p["weight"], bias=p["bias"])


def group_norm(groups):
    return lambda p, x: F.group_norm(x, groups, p["weight"], p["bias"])


def batch_norm(p, x, mu, var):
    n = x.numel() // x.shape[1]
    y = F.batch_norm(x, None, None, p["weight"], p["bias"], training=True)
    return (
        y,
        0.9 * mu + 0.1 * x.mean((0, 2, 3)),
        0.9 * var + 0.1 * x.var((0, 2, 3), unbiased=n > 1),
    )


def batch_norm_fixed(p, x, mu, var):
    y = (x - mu[:, None, None]) * torch.rsqrt(var + 1e-5)[:, None, None]
    return y * p["weight"][:, None, None] + p["bias"][:, None, None]


def gate(activation):
    def reference(p, x):
        hidden = activation(F.linear(x, p["gate.weight"])) * F.linear(x, p["up.weight"])
        return F.linear(hidden, p["down.weight"])

    return reference


def first_visible(name, x):
    """Every position sees at least one."""
    if name == "M":
        x[:, 0] = True
    return x


def positive(name, x):
    return x.abs() + 0.1 if name == "var" else x


HEADS = ({"h": 2, "q": 3, "x": 5, "k": 4, "v": 6}, {"h": 1, "q": 1, "x": 1, "k": 8, "v": 2})
SELF = ({"h": 2, "x": 6, "k": 4, "v": 3}, {"h": 4, "x": 1, "k": 2, "v": 2}, {"h": 3, "x": 9, "k": 6, "v": 6})
MODEL = ({"h": 2, "k": 3, "m": 6}, {"h": 1, "k": 8, "m": 8})
GROUPS = ({"g": 2, "r": 3, "k": 4, "m": 6}, {"g": 1, "r": 1, "k": 2, "m": 3})
TEXT = ({"b": 2, "x": 5, "q": 3}, {"b": 1, "x": 1, "q": 4})
PICTURE = ({"b": 2, "y": 4, "x": 5}, {"b": 1, "y": 3, "x": 2})
BATCHED = ({"n": 3, "y": 4, "x": 5}, {"n": 2, "y": 1, "x": 2})
WIDE = ({"m": 6, "f": 9}, {"m": 2, "f": 1})
CASES = (
    Case("linear", "linear", linear, ({"i": 3, "o": 4}, {"i": 1, "o": 1}), ({},)),
    Case("linear", "mlp", mlp, ({"i": 3, "f": 7, "o": 4}, {"i": 5, "f": 2, "o": 1})),
    Case("linear", "deep", deep, ({"i": 3, "f": 5, "o": 2, "N": 3}, {"i": 1, "f": 2, "o": 1, "N": 1})),
    Case("attention", "attend", sdpa, runs=HEADS),
    Case("attention", "masked", masked, runs=HEADS, draw=first_visible),
    Case("attention", "causal", causal, runs=SELF),
    Case("attention", "window", window(2), ({"w": 2},), SELF),
    Case("attention", "window", window(4), ({"w": 4},), SELF),
    Case("attention", "alibi", alibi, runs=SELF),
    Case("attention", "rotary", lambda p, x: rotate(x), runs=SELF),
    Case("attention", "linear_attention", linear_attention, runs=HEADS),
    Case("attention", "cross", torch_attention, MODEL, TEXT),
    Case("attention", "multi_head", multi_head, MODEL, TEXT),
    Case("attention", "causal_multi_head", causal_multi_head, MODEL, TEXT),
    Case("attention", "multi_query", multi_query, MODEL, TEXT),
    Case(
        "attention",
        "grouped_query",
        grouped,
        ({"g": 2, "r": 3, "k": 4, "m": 6}, {"g": 1, "r": 1, "k": 2, "m": 3}),
        TEXT,
    ),
    Case("norms", "layer_norm", layer_norm, ({"m": 7}, {"m": 2})),
    Case("norms", "rms_norm", rms_norm, ({"m": 7}, {"m": 1})),
    Case("norms", "instance_norm", instance_norm, ({"c": 3}, {"c": 1}), PICTURE),
    Case("norms", "group_norm", group_norm(2), ({"c": 6, "g": 2}, {"c": 2, "g": 2}), PICTURE),
    Case("norms", "batch_norm", batch_norm, ({"c": 3}, {"c": 1}), BATCHED, positive),
    Case("norms", "batch_norm_fixed", batch_norm_fixed, ({"c": 3}, {"c": 1}), BATCHED, positive),
    Case("gated", "glu", gate(torch.sigmoid), WIDE),
    Case("gated", "reglu", gate(torch.relu), WIDE),
    Case("gated", "geglu", gate(F.gelu), WIDE),
    Case("gated", "swiglu", gate(F.silu), WIDE),
    Case("gated", "bilinear", gate(lambda x: x), WIDE),
)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_outputs_and_all_gradients_equal_torch(case):
    compare(case)


@pytest.mark.parametrize("case", [c for c in CASES if c.reverse], ids=str)
def test_the_derivative_as_a_diagram_equals_torch(case):
    compare_reverse(case)
