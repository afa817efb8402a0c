"""Experts, graphs, generative models and losses of the gallery against torch."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from tests.neural.harness import Case, compare, compare_reverse


def line(p, path, x):
    return F.linear(x, p[f"{path}.weight"], p.get(f"{path}.bias"))


def soft_experts(p, x):
    gates = torch.softmax(line(p, "gate", x), -1)
    y = 0
    for k in range(gates.shape[-1]):
        hidden = F.gelu(F.linear(x, p["up.weight"][k], p["up.bias"][k]))
        y = y + gates[..., k : k + 1] * (hidden @ p["down"][k])
    return y


def top_experts(p, x, best=2):
    v, chosen = torch.topk(line(p, "gate", x), best, -1)
    gates, rows = torch.softmax(v, -1), []
    for row in range(x.shape[0]):
        rows.append(
            sum(
                g * (F.silu(x[row] @ p["up"][e]) @ p["down"][e])
                for g, e in zip(gates[row], chosen[row], strict=True)
            )
        )
    return torch.stack(rows)


def balance(p, x):
    gates = torch.softmax(line(p, "gate", x), -1)
    e = gates.shape[-1]
    used = F.one_hot(gates.argmax(-1), e).to(x.dtype).mean(0)
    return e * (used * gates.mean(0)).sum()


def gcn(p, x, adj):
    full = adj + torch.eye(len(x))
    root = torch.diag(full.sum(1).pow(-0.5))
    return line(p, "W", root @ full @ root @ x)


def gat(p, x, mask):
    z = line(p, "W", x)
    scores = F.leaky_relu((z @ p["a"])[:, None] + (z @ p["b"])[None, :], 0.2)
    return F.elu(torch.softmax(scores.masked_fill(~mask, -torch.inf), -1) @ z)


def message_passing(p, x, src, dst, e):
    m = F.relu(line(p, "sender", x[src]) + line(p, "receiver", x[dst]) + line(p, "edge", e))
    collected = torch.zeros(len(x), m.shape[1], dtype=m.dtype).index_add(0, dst, m)
    return F.relu(line(p, "keep", x) + collected)


def deep_sets(p, x):
    h = line(p, "deep", F.relu(line(p, "each", x)))
    return line(p, "all_", F.relu(h.sum(0)))


def mlp(p, path, x):
    return line(p, f"{path}.out", F.relu(line(p, f"{path}.up", x)))


def autoencoder(p, x):
    y = mlp(p, "decoder", mlp(p, "encoder", x))
    return y, F.mse_loss(y, x, reduction="none").mean(-1)


def vae(p, x, noise):
    h = F.relu(line(p, "hidden", x))
    code = torch.distributions.Normal(line(p, "mu", h), torch.exp(line(p, "logvar", h) / 2))
    y = mlp(p, "decoder", code.loc + code.scale * noise)
    prior = torch.distributions.Normal(torch.zeros_like(code.loc), torch.ones_like(code.scale))
    divergence = torch.distributions.kl_divergence(code, prior).sum(-1)
    return y, F.mse_loss(y, x, reduction="none").sum(-1) + divergence


def denoiser(p, x, step, path=""):
    half = p[f"{path}up.bias"].numel() // 2
    angle = step[:, None] * torch.exp(
        -torch.log(torch.tensor(1e4, dtype=x.dtype)) * torch.arange(half) / half
    )
    wave = torch.cat([torch.sin(angle), torch.cos(angle)], -1)
    h = F.silu(line(p, f"{path}up", x) + line(p, f"{path}time", wave))
    return line(p, f"{path}down", h)


def diffusion(p, x, noise, level, step):
    mixed = level.sqrt()[:, None] * x + (1 - level).sqrt()[:, None] * noise
    return F.mse_loss(denoiser(p, mixed, step, "model."), noise, reduction="none").mean(-1)


def contrastive(p, a, b):
    left, right = F.normalize(line(p, "left", a), dim=-1), F.normalize(line(p, "right", b), dim=-1)
    logits, right_answer = torch.exp(p["heat"]) * left @ right.T, torch.arange(len(a))
    return (F.cross_entropy(logits, right_answer) + F.cross_entropy(logits.T, right_answer)) / 2


def loss(p, x, target):
    z = line(p, "model.down", F.relu(line(p, "model.up", x)))
    return F.cross_entropy(z, target)


def cross_entropy(p, z, target):
    return F.cross_entropy(z, target)


def smooth(p, z, target):
    return F.cross_entropy(z, target, label_smoothing=0.1)


def neighbours(name, x):
    """Weights of edges are positive; every node is its own neighbour."""
    if name == "M":
        x.fill_diagonal_(True)
    return x.abs() if name == "adj" else x


def levels(name, x):
    return torch.sigmoid(x) if name == "a" else x


EXPERTS = ({"m": 3, "e": 4, "f": 5}, {"m": 2, "e": 2, "f": 1})
NODES = ({"u": 5, "e": 7, "w": 2}, {"u": 2, "e": 1, "w": 2})
ROWS = ({"b": 3}, {"b": 1})
CASES = (
    Case("experts", "soft_experts", soft_experts, EXPERTS, ROWS),
    Case("experts", "top_experts", top_experts, EXPERTS, ROWS),
    Case("experts", "balance", balance, ({"m": 3, "e": 4}, {"m": 1, "e": 2}), ({"t": 6}, {"t": 1})),
    Case("graphs", "gcn", gcn, ({"i": 3, "f": 4}, {"i": 1, "f": 2}), NODES, neighbours),
    Case("graphs", "gat", gat, ({"i": 3, "f": 4}, {"i": 1, "f": 2}), NODES, neighbours),
    Case("graphs", "message_passing", message_passing, ({"i": 3, "f": 4, "w": 2},), NODES),
    Case("graphs", "deep_sets", deep_sets, ({"i": 3, "f": 4, "o": 2},), ({"s": 5}, {"s": 1})),
    Case("generative", "autoencoder", autoencoder, ({"i": 5, "f": 7, "z": 2},), ROWS),
    Case("generative", "vae", vae, ({"i": 5, "f": 7, "z": 2}, {"i": 2, "f": 3, "z": 1}), ROWS),
    Case("generative", "denoiser", denoiser, ({"i": 5, "f": 8}, {"i": 2, "f": 2}), ROWS),
    Case("generative", "diffusion", diffusion, ({"i": 5, "f": 8}, {"i": 2, "f": 2}), ROWS, levels),
    Case("generative", "contrastive", contrastive, ({"i": 5, "f": 3, "z": 4},), ({"n": 4}, {"n": 2})),
    Case("training", "loss", loss, ({"i": 4, "f": 6, "y": 3},), ({"n": 5}, {"n": 1})),
    Case("training", "cross_entropy", cross_entropy, ({"y": 3}, {"y": 7}), ({"n": 5}, {"n": 1})),
    Case("training", "smooth_cross_entropy", smooth, ({"y": 3}, {"y": 7}), ({"n": 5}, {"n": 1})),
)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_outputs_and_all_gradients_equal_torch(case):
    compare(case)


@pytest.mark.parametrize("case", [c for c in CASES if c.reverse], ids=str)
def test_the_derivative_as_a_diagram_equals_torch(case):
    compare_reverse(case)
