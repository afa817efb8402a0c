"""The problems of `examples/autodiff`, written a second time in torch, with data: an outside truth and a
peer.

Each has the arguments of its `loss` in order. `wrt` are the arguments that vary.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F

FOLDER = Path(__file__).parent.parent.parent / "examples" / "autodiff"
Array = Any
"""Any: arrays of numpy or torch."""
Rng = np.random.Generator


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """One problem: the torch function, and its data by scale (1: small, for tests; 2: for measurements)."""

    name: str
    loss: Callable[..., Array]
    data: Callable[[Rng, int], list[Array]]
    wrt: tuple[int, ...]
    sizes: Mapping[str, int] = field(default_factory=dict)
    peer: Callable[..., Array] | None = None
    """The same by the same algorithm, to be measured, where `loss` has another."""

    @property
    def path(self) -> Path:
        """The `.diag` file."""
        return FOLDER / f"{self.name}.diag"

    def arrays(self, scale: int = 1, seed: int = 0) -> list[Array]:
        """The data."""
        return self.data(np.random.default_rng(seed), scale)


def _logsumexp(x: Array) -> Array:
    return torch.logsumexp(x, 0)


def _least_squares(x: Array, t: Array, s: Array) -> Array:
    powers = t[:, None] ** torch.arange(len(x), dtype=t.dtype)
    return ((powers @ x - s) ** 2).sum() / 2


def _least_squares_data(rng: Rng, scale: int) -> list[Array]:
    n, m = (12, 4) if scale == 1 else (500, 32)
    t = np.linspace(-1, 1, n)
    return [rng.standard_normal(m), t, np.sign(t)]


def _kmeans(x: Array, c: Array) -> Array:
    return ((x[:, None] - c) ** 2).sum(-1).amin(1).sum()


def _mlp(x: Array, y: Array, w1: Array, b1: Array, w2: Array, b2: Array, w3: Array, b3: Array) -> Array:
    h = torch.relu(F.linear(x, w1, b1))
    return F.cross_entropy(F.linear(torch.tanh(F.linear(h, w2, b2)), w3, b3), y)


def _mlp_data(rng: Rng, scale: int) -> list[Array]:
    b, i, h, g, o = (3, 784, 100, 100, 10) if scale == 1 else (128, 784, 100, 100, 10)
    x, y = rng.standard_normal((b, i)), rng.integers(0, o, b)
    return [
        x,
        y,
        *(
            a
            for n, m in ((i, h), (h, g), (g, o))
            for a in (rng.standard_normal((m, n)) / n**0.5, np.zeros(m))
        ),
    ]


def _attention(x: Array, wq: Array, wk: Array, wv: Array, wo: Array) -> Array:
    q, k, v = (torch.einsum("bxm,hkm->bhxk", x, w) for w in (wq, wk, wv))
    a = torch.softmax(q @ k.transpose(-1, -2) * q.shape[-1] ** -0.5, -1)
    return (torch.einsum("bhxk,mhk->bxm", a @ v, wo) ** 2).mean()


def _attention_data(rng: Rng, scale: int) -> list[Array]:
    b, x = (2, 5) if scale == 1 else (4, 64)
    shapes = ((b, x, 64), *((4, 16, 64),) * 3, (64, 4, 16))
    return [rng.standard_normal(s) / (1 if k == 0 else 8) for k, s in enumerate(shapes)]


def _conv(x: Array, w: Array, s: Array, v: Array, t: Array) -> Array:
    h = torch.relu(F.conv2d(x, w, s, padding=1))
    return (torch.tanh(F.conv2d(h, v, t, padding=1)).mean((2, 3)) ** 2).sum()


def _conv_data(rng: Rng, scale: int) -> list[Array]:
    b, n, c, o, u = (2, 5, 2, 3, 4) if scale == 1 else (4, 16, 3, 16, 16)
    shapes = ((b, c, n, n), (o, c, 3, 3), (o,), (u, o, 3, 3), (u,))
    return [rng.standard_normal(s) / (1 if k == 0 else 3) for k, s in enumerate(shapes)]


def _gmm(alpha: Array, mu: Array, q: Array, low: Array, x: Array, gamma: Array, p: Array) -> Array:
    e, t = torch.exp(q), torch.tril(low, -1)
    d = x[:, None] - mu
    y = e * d + torch.einsum("kij,nkj->nki", t, d)
    b = alpha + q.sum(1) - 0.5 * (y**2).sum(-1)
    slack = torch.logsumexp(b, 1).sum() - len(x) * torch.logsumexp(alpha, 0)
    return slack - 0.5 * gamma**2 * ((e**2).sum() + (t**2).sum()) + p * q.sum()


def _gmm_data(rng: Rng, scale: int) -> list[Array]:
    n, k, d = (7, 3, 2) if scale == 1 else (500, 10, 8)
    shapes = ((k,), (k, d), (k, d), (k, d, d), (n, d))
    return [*(rng.standard_normal(s) * 0.5 for s in shapes), np.array(0.7), np.array(1.5)]


def _lstm(x: Array, y: Array, w: Array, u: Array, c: Array, v: Array) -> Array:
    n = u.shape[-1]
    h = cell = torch.zeros(x.shape[1], n, dtype=x.dtype)
    outs = []
    w, u, c = w.reshape(4 * n, -1), u.reshape(4 * n, n), c.reshape(4 * n)
    before = F.linear(x, w, c)
    for step in before:
        i, f, g, o = (step + h @ u.T).chunk(4, -1)
        cell = torch.sigmoid(f) * cell + torch.sigmoid(i) * torch.tanh(g)
        h = torch.sigmoid(o) * torch.tanh(cell)
        outs.append(h)
    return ((torch.stack(outs) @ v.T - y) ** 2).mean()


def _lstm_data(rng: Rng, scale: int) -> list[Array]:
    t, b, i, n, o = (4, 2, 3, 5, 2) if scale == 1 else (50, 8, 16, 32, 4)
    shapes = ((t, b, i), (t, b, o), (4, n, i), (4, n, n), (4, n), (o, n))
    return [rng.standard_normal(s) / (1 if k < 2 else 3) for k, s in enumerate(shapes)]


def _ode(x: Array) -> Array:
    def slope(y: Array) -> Array:
        return x * torch.cat([torch.ones_like(y[:1]), y[:-1]])

    y, dt = torch.zeros_like(x), 0.2
    for _ in range(10):
        k1 = slope(y)
        k2 = slope(y + dt / 2 * k1)
        k3 = slope(y + dt / 2 * k2)
        k4 = slope(y + dt * k3)
        y = y + dt / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
    return y[-1]


def _game(x: Array, y: Array, u: Array, v: Array) -> Array:
    return (x - u) ** 2 + x**2 + y**2 + (y - v) ** 2 - 2 * u**2 - 2 * v**2 + u * v * x


def _slopes(f: Callable[..., Array], *at: Array) -> tuple[Array, ...]:
    """Derivatives that can be differentiated, at wires that may be anything."""
    tensors = [torch.as_tensor(a, dtype=torch.float64) for a in at]
    fresh = [a if a.requires_grad else a.requires_grad_() for a in tensors]
    return torch.autograd.grad(f(*fresh), fresh, create_graph=True)


def _worst(x: Array, y: Array) -> Array:
    u = v = torch.ones((), dtype=torch.float64)
    for _ in range(5):
        du, dv = _slopes(lambda u, v: _game(x, y, u, v), u * 1, v * 1)
        u, v = u + 0.1 * du, v + 0.1 * dv
    return _game(x, y, u, v)


def _saddle(x: Array, y: Array) -> Array:
    for _ in range(5):
        dx, dy = _slopes(_worst, x * 1, y * 1)
        x, y = x - 0.1 * dx, y - 0.1 * dy
    return _worst(x, y)


def _particle(w: Array) -> Array:
    def potential(x: Array, y: Array) -> Array:
        return 1 / torch.sqrt((x - 10) ** 2 + (y - 10 + w) ** 2) + 1 / torch.sqrt((x - 10) ** 2 + y**2)

    x, y, vx, vy = 0.0 * w, 8.0 + 0.0 * w, 0.75, 0.0
    for _ in range(20):
        ax, ay = _slopes(potential, x * 1, y * 1)
        vx, vy = vx - 0.1 * ax, vy - 0.1 * ay
        x, y = x + 0.1 * vx, y + 0.1 * vy
    return x**2 + (y + vy) ** 2


def _bundle(
    r: Array, c: Array, f: Array, u: Array, rad: Array, x: Array, w: Array, at: Array, of: Array, feat: Array
) -> Array:
    rot, y = r[at], x[of] - c[at]
    angle = rot.norm(dim=1, keepdim=True)
    axle = rot / angle
    cos, sin = torch.cos(angle), torch.sin(angle)
    q = cos * y + sin * torch.linalg.cross(axle, y) + (1 - cos) * (axle * y).sum(1, keepdim=True) * axle
    p = q[:, :2] / q[:, 2:]
    s = (p**2).sum(1, keepdim=True)
    z = f[at][:, None] * (1 + rad[at][:, :1] * s + rad[at][:, 1:] * s**2) * p + u[at]
    return ((w[:, None] * (z - feat)) ** 2).sum() + ((1 - w**2) ** 2).sum()


def _bundle_data(rng: Rng, scale: int) -> list[Array]:
    cam, pt, o = (2, 5, 6) if scale == 1 else (20, 300, 1000)
    return [
        rng.standard_normal((cam, 3)) * 0.3, rng.standard_normal((cam, 3)) * 0.1 - [0, 0, 5],
        1 + rng.random(cam), rng.standard_normal((cam, 2)) * 0.1, rng.standard_normal((cam, 2)) * 0.05,
        rng.standard_normal((pt, 3)), 1 + 0.1 * rng.standard_normal(o), rng.integers(0, cam, o),
        rng.integers(0, pt, o), rng.standard_normal((o, 2)),
    ]  # fmt: skip


def _euler(x: Array, y: Array, z: Array) -> Array:
    cx, sx, cy, sy, cz, sz = (g(a) for a in (x, y, z) for g in (torch.cos, torch.sin))
    zero, one = torch.zeros_like(cx), torch.ones_like(cx)
    rows = (
        (cy * cz, sx * sy * cz - cx * sz, cx * sy * cz + sx * sz, zero),
        (cy * sz, sx * sy * sz + cx * cz, cx * sy * sz - sx * cz, zero),
        (-sy, sx * cy, cx * cy, zero),
        (zero, zero, zero, one),
    )
    return torch.stack([torch.stack(row, -1) for row in rows], -2)


def _hand(
    rot: Array, at: Array, spread: Array, bend: Array, rest: Array, back: Array, skin: Array, weight: Array,
    of: Array, points: Array,
) -> Array:  # fmt: skip
    side = torch.cat([spread[:, None], torch.zeros(5, 3, dtype=spread.dtype)], 1)
    local = rest @ _euler(bend, side, torch.zeros_like(bend))
    h = _euler(rot[0], rot[1], rot[2]).expand(5, 4, 4)
    bones = []
    for j in range(4):
        h = h @ local[:, j]
        bones.append(h)
    turned = torch.stack(bones, 1) @ back
    moved = torch.einsum("vfj,fjab,vb->va", weight, turned, skin)
    return ((moved[of][:, :3] + at - points) ** 2).sum()


def _hand_data(rng: Rng, scale: int) -> list[Array]:
    v, p = (7, 4) if scale == 1 else (544, 100)
    rest = np.tile(np.eye(4), (5, 4, 1, 1)) + 0.1 * rng.standard_normal((5, 4, 4, 4))
    weight = rng.random((v, 5, 4))
    return [
        rng.standard_normal(3), rng.standard_normal(3), rng.standard_normal(5) * 0.2,
        rng.standard_normal((5, 4)) * 0.5, rest, np.linalg.inv(rest), rng.standard_normal((v, 4)),
        weight / weight.sum((1, 2), keepdims=True),
        rng.integers(0, v, p), rng.standard_normal((p, 3)),
    ]  # fmt: skip


def _minors(a: Array) -> Array:
    """The determinant by minors, each set of columns once."""
    n, known = len(a), {}

    def minor(row: int, used: int) -> Array:
        if row == n:
            return torch.ones((), dtype=a.dtype)
        if used not in known:
            free = [c for c in range(n) if not used >> c & 1]
            known[used] = sum(
                (-1) ** k * a[row, c] * minor(row + 1, used | 1 << c) for k, c in enumerate(free)
            )
        return known[used]

    return minor(0, 0)


PROBLEMS = (
    Problem("logsumexp", _logsumexp, lambda rng, s: [rng.standard_normal(9 if s == 1 else 1000)], (0,)),
    Problem("least_squares", _least_squares, _least_squares_data, (0,)),
    Problem(
        "kmeans",
        _kmeans,
        lambda rng, s: [rng.standard_normal((n, 3)) for n in ((8, 3) if s == 1 else (500, 10))],
        (1,),
    ),
    Problem("mlp", _mlp, _mlp_data, (2, 3, 4, 5, 6, 7)),
    Problem("attention", _attention, _attention_data, (0, 1, 2, 3, 4)),
    Problem("conv", _conv, _conv_data, (1, 2, 3, 4)),
    Problem("gmm", _gmm, _gmm_data, (0, 1, 2, 3)),
    Problem("lstm", _lstm, _lstm_data, (2, 3, 4, 5)),
    Problem("ode", _ode, lambda rng, s: [rng.random(4 if s == 1 else 20) + 0.5], (0,)),
    Problem("saddle", _saddle, lambda rng, s: [np.array(0.5), np.array(-0.7)], (0, 1)),
    Problem("particle", _particle, lambda rng, s: [np.array(0.3)], (0,)),
    Problem(
        "determinant", torch.linalg.det, lambda rng, s: [rng.standard_normal((6, 6))], (0,), {"n": 6}, _minors
    ),
    Problem("bundle", _bundle, _bundle_data, (0, 1, 2, 3, 4, 5, 6)),
    Problem("hand", _hand, _hand_data, (0, 1, 2, 3)),
)  # fmt: skip
