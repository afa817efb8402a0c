"""Transformers of the gallery against torch.nn and independent functional code."""

from __future__ import annotations

import math

import pytest
import torch
import torch.nn.functional as F
from torch.func import functional_call

from tests.neural.harness import Case, compare, compare_reverse
from tests.neural.test_attention import rotate


def flat(p, path):
    """A map as the matrix that torch.nn.Linear keeps: out axes together, in axes together."""
    w, b = p[f"{path}.weight"], p.get(f"{path}.bias")
    rows = b.numel() if b is not None else w.shape[0]
    return w.reshape(rows, -1), None if b is None else b.reshape(-1)


def line(p, path, x):
    return F.linear(x, *flat(p, path))


def norm(p, path, x, eps=1e-5):
    return F.layer_norm(x, x.shape[-1:], p[f"{path}.weight"], p[f"{path}.bias"], eps)


def packed(p, path):
    """The four arrays of torch.nn.MultiheadAttention."""
    three = [flat(p, f"{path}.{n}") for n in ("query", "key", "value")]
    weight, bias = flat(p, f"{path}.out")
    m = three[0][0].shape[1]
    return {
        "in_proj_weight": torch.cat([w for w, _ in three]),
        "in_proj_bias": torch.cat([c for _, c in three]),
        "out_proj.weight": weight.reshape(m, -1),
        "out_proj.bias": bias,
    }


def layer_names(p, path, parts):
    """Arrays of a layer of torch.nn: `parts` pairs its names with ours."""
    found = {}
    for theirs, ours in parts.items():
        if theirs.endswith("attn"):
            found |= {f"{theirs}.{n}": t for n, t in packed(p, path + ours).items()}
        else:
            weight, bias = p[f"{path}{ours}.weight"], p[f"{path}{ours}.bias"]
            found |= {f"{theirs}.weight": weight, f"{theirs}.bias": bias}
    return found


ENCODER = {
    "self_attn": "attn",
    "norm1": "norm1",
    "linear1": "mlp.up",
    "linear2": "mlp.down",
    "norm2": "norm2",
}
DECODER = ENCODER | {"multihead_attn": "cross", "norm3": "norm3"}


def encoder(pre):
    def reference(p, x):
        h, _, m = p["attn.query.weight"].shape
        net = torch.nn.TransformerEncoderLayer(
            m, h, p["mlp.up.bias"].numel(), 0.0, "gelu" if pre else "relu", batch_first=True, norm_first=pre
        ).double()
        return functional_call(net, layer_names(p, "", ENCODER), (x,))

    return reference


def decoder(p, y, memory, path=""):
    h, _, m = p[f"{path}attn.query.weight"].shape
    net = torch.nn.TransformerDecoderLayer(m, h, p[f"{path}mlp.up.bias"].numel(), 0.0, batch_first=True)
    mask = torch.nn.Transformer.generate_square_subsequent_mask(y.shape[1], dtype=y.dtype)
    return functional_call(
        net.double(), layer_names(p, path, DECODER), (y, memory, mask), {"tgt_is_causal": True}
    )


def waves(t, m):
    place = torch.arange(t, dtype=torch.float64)[:, None]
    rate = torch.exp(torch.arange(0, m, 2, dtype=torch.float64) * (-math.log(10000.0) / m))
    table = torch.zeros(t, m, dtype=torch.float64)
    table[:, 0::2], table[:, 1::2] = torch.sin(place * rate), torch.cos(place * rate)
    return table


def transformer(p, source, target):
    m = p["read"].shape[1]
    x = p["read"][source] + waves(source.shape[1], m)
    y = p["write"][target] + waves(target.shape[1], m)
    depth = len({n.split(".")[1] for n in p if n.startswith("encoder.")})
    for k in range(depth):
        x = encoder(False)({n.removeprefix(f"encoder.{k}."): t for n, t in p.items()}, x)
    for k in range(depth):
        y = decoder(p, y, x, f"decoder.{k}.")
    return line(p, "head", y)


def heads(x, h):
    b, t, m = x.shape
    return x.view(b, t, h, m // h).transpose(1, 2)


def together(x):
    return x.transpose(1, 2).flatten(2)


def gpt2(p, tokens):
    x = p["wte"][tokens] + p["wpe"][: tokens.shape[1]]
    for n in range(len({n.split(".")[1] for n in p if n.startswith("blocks.")})):
        a = f"blocks.{n}."
        h = p[f"{a}attn.qkv.weight"].shape[1]
        q, k, v = line(p, f"{a}attn.qkv", norm(p, f"{a}norm1", x)).chunk(3, -1)
        y = F.scaled_dot_product_attention(heads(q, h), heads(k, h), heads(v, h), is_causal=True)
        x = x + line(p, f"{a}attn.out", together(y))
        hidden = F.gelu(line(p, f"{a}mlp.up", norm(p, f"{a}norm2", x)), approximate="tanh")
        x = x + line(p, f"{a}mlp.down", hidden)
    return norm(p, "norm", x) @ p["wte"].T


def rms(p, path, x):
    return F.rms_norm(x, x.shape[-1:], p[f"{path}.weight"], 1e-6)


def llama(p, tokens):
    x = p["table"][tokens]
    for n in range(len({n.split(".")[1] for n in p if n.startswith("blocks.")})):
        a = f"blocks.{n}."
        g, r, _, _ = p[f"{a}attn.query.weight"].shape
        z = rms(p, f"{a}norm1", x)
        q, key, v = (z @ p[f"{a}attn.{w}.weight"].flatten(0, -2).T for w in ("query", "key", "value"))
        q, key = rotate(heads(q, g * r)), rotate(heads(key, g))
        y = F.scaled_dot_product_attention(q, key, heads(v, g), is_causal=True, enable_gqa=True)
        x = x + F.linear(together(y), p[f"{a}attn.out.weight"].flatten(1))
        z = rms(p, f"{a}norm2", x)
        up = F.silu(F.linear(z, p[f"{a}mlp.gate.weight"])) * F.linear(z, p[f"{a}mlp.up.weight"])
        x = x + F.linear(up, p[f"{a}mlp.down.weight"])
    return F.linear(rms(p, "norm", x), p["head.weight"])


def bert(p, tokens, segments, mask):
    x = p["words"][tokens] + p["places"][: tokens.shape[1]] + p["kinds"][segments]
    x = norm(p, "norm", x, 1e-12)
    for n in range(len({n.split(".")[1] for n in p if n.startswith("layer.")})):
        a = f"layer.{n}."
        h = p[f"{a}attn.query.weight"].shape[0]
        q, k, v = (heads(line(p, f"{a}attn.{w}", x), h) for w in ("query", "key", "value"))
        y = F.scaled_dot_product_attention(q, k, v, attn_mask=mask[:, None, None, :])
        x = norm(p, f"{a}norm1", x + line(p, f"{a}attn.out", together(y)), 1e-12)
        x = norm(p, f"{a}norm2", x + line(p, f"{a}down", F.gelu(line(p, f"{a}up", x))), 1e-12)
    return x, torch.tanh(line(p, "pooler", x[:, 0]))


def patches(p, x):
    y = F.conv2d(x, p["patch.weight"], p["patch.bias"], stride=p["patch.weight"].shape[-1])
    return y.flatten(2).transpose(1, 2)


def vit(p, x):
    x = patches(p, x)
    x = torch.cat([p["token"].expand(len(x), 1, -1), x], 1) + p["place"]
    for n in range(len({n.split(".")[1] for n in p if n.startswith("blocks.")})):
        a = f"blocks.{n}."
        h = p[f"{a}attn.query.weight"].shape[0]
        z = norm(p, f"{a}norm1", x, 1e-12)
        q, k, v = (heads(line(p, f"{a}attn.{w}", z), h) for w in ("query", "key", "value"))
        x = x + line(p, f"{a}attn.out", together(F.scaled_dot_product_attention(q, k, v)))
        x = x + line(p, f"{a}mlp.down", F.gelu(line(p, f"{a}mlp.up", norm(p, f"{a}norm2", x, 1e-12))))
    return line(p, "head", norm(p, "norm", x, 1e-12)[:, 0])


def mixer(p, x):
    x = patches(p, x)
    for n in range(len({n.split(".")[1] for n in p if n.startswith("blocks.")})):
        a = f"blocks.{n}."
        z = norm(p, f"{a}norm1", x).transpose(1, 2)
        z = line(p, f"{a}tokens_down", F.gelu(line(p, f"{a}tokens_up", z)))
        x = x + z.transpose(1, 2)
        z = norm(p, f"{a}norm2", x)
        x = x + line(p, f"{a}channels.down", F.gelu(line(p, f"{a}channels.up", z)))
    return line(p, "head", norm(p, "norm", x).mean(1))


def some_word(name, x):
    """Every text has at least one word."""
    if name == "M":
        x[..., 0] = True
    return x


BLOCK = ({"h": 2, "k": 3, "m": 6, "f": 11}, {"h": 1, "k": 2, "m": 2, "f": 3})
TEXT = ({"b": 2, "x": 5, "q": 3}, {"b": 1, "x": 1, "q": 4})
LANGUAGE = {"N": 2, "h": 2, "k": 3, "m": 6, "f": 8, "v": 11, "n": 7}
GROUPS = ({**LANGUAGE, "g": 2, "r": 2, "k": 4}, {**LANGUAGE, "g": 1, "r": 1, "k": 2})
TOKENS = ({"b": 2, "t": 5, "x": 4}, {"b": 1, "t": 1, "x": 7}, {"b": 3, "t": 7, "x": 1})
EYES = {"p": 2, "N": 2, "h": 2, "k": 3, "m": 6, "f": 8, "y": 5, "c": 3, "d": 7, "H": 2, "W": 3}
CASES = (
    Case("transformer", "encoder_block", encoder(False), BLOCK, TEXT),
    Case("transformer", "pre_norm_block", encoder(True), BLOCK, TEXT),
    Case("transformer", "decoder_block", decoder, BLOCK, TEXT),
    Case(
        "transformer",
        "transformer",
        transformer,
        ({"N": 2, "h": 2, "k": 2, "m": 4, "f": 6, "u": 9, "w": 8},),
        ({"b": 2, "s": 5, "t": 3}, {"b": 1, "s": 1, "t": 6}),
    ),
    Case("gpt2", "gpt2", gpt2, (LANGUAGE, {**LANGUAGE, "N": 1, "h": 3, "k": 2}), TOKENS),
    Case(
        "llama",
        "llama",
        llama,
        ({**LANGUAGE, "g": 2, "r": 2, "k": 4}, {**LANGUAGE, "g": 1, "r": 1, "k": 2}),
        TOKENS,
    ),
    Case("bert", "bert", bert, ({**LANGUAGE, "y": 2}, {**LANGUAGE, "N": 1, "y": 3}), TOKENS, some_word),
    Case("vision", "vit", vit, (EYES, {**EYES, "p": 3, "N": 1, "H": 1, "W": 2}), ({"b": 2}, {"b": 1})),
    Case("vision", "mixer", mixer, (EYES, {**EYES, "p": 3, "N": 1, "H": 1, "W": 2}), ({"b": 2}, {"b": 1})),
)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_outputs_and_all_gradients_equal_torch(case):
    compare(case)


@pytest.mark.parametrize("case", [c for c in CASES if c.reverse], ids=str)
def test_the_derivative_as_a_diagram_equals_torch(case):
    compare_reverse(case)
