"""examples/transformer.diag against the same block written by hand in torch, outputs and all gradients."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import diagram

torch = pytest.importorskip("torch")
EXAMPLE = Path(__file__).parents[2] / "examples" / "transformer.diag"


class Attention(torch.nn.Module):
    """Multi-head self-attention with separate projections, by hand."""

    def __init__(self, m: int, h: int, k: int) -> None:
        super().__init__()
        self.h, self.k = h, k
        self.Q, self.K, self.V = (torch.nn.Linear(m, h * k) for _ in range(3))
        self.O = torch.nn.Linear(h * k, m)

    def forward(self, x):
        b, t, _ = x.shape
        q, k, v = (f(x).view(b, t, self.h, self.k).transpose(1, 2) for f in (self.Q, self.K, self.V))
        weights = torch.softmax(q @ k.transpose(-1, -2) / self.k**0.5, -1)
        return self.O((weights @ v).transpose(1, 2).reshape(b, t, self.h * self.k))


class Block(torch.nn.Module):
    """A pre-norm transformer block, by hand."""

    def __init__(self, m: int = 64, h: int = 4, k: int = 16, f: int = 256) -> None:
        super().__init__()
        self.norm1, self.norm2 = torch.nn.LayerNorm(m), torch.nn.LayerNorm(m)
        self.attn = Attention(m, h, k)
        self.mlp = torch.nn.Sequential(torch.nn.Linear(m, f), torch.nn.GELU(), torch.nn.Linear(f, m))

    def forward(self, x):
        x = x + self.attn(self.norm1(x))
        return x + self.mlp(self.norm2(x))


PAIRS = {"mlp.0": "mlp.up", "mlp.2": "mlp.down"}


def ours(path: str) -> str:
    """The path in the source of a parameter of the module by hand."""
    for old, new in PAIRS.items():
        path = path.replace(old, new)
    return path


def hand_written(net: torch.nn.Module, dtype: torch.dtype) -> Block:
    """The block by hand with the same weights (not all zeros and ones: the norms are perturbed in both)."""
    generator = torch.Generator().manual_seed(7)
    with torch.no_grad():
        for p in net.parameters():
            p.add_(0.1 * torch.randn(p.shape, generator=generator, dtype=p.dtype))
    block = Block().to(dtype)
    weights = dict(net.named_parameters())
    block.load_state_dict(
        {n: weights[ours(n)].detach().reshape(p.shape) for n, p in block.named_parameters()}
    )
    return block


@pytest.mark.parametrize(("dtype", "tolerance"), [("f32", 1e-5), ("f64", 1e-10)])
@pytest.mark.parametrize(("b", "t"), [(2, 16), (1, 1), (3, 7)])
def test_the_block_equals_torch_by_hand_in_value_and_all_gradients(dtype, tolerance, b, t):
    kind = {"f32": torch.float32, "f64": torch.float64}[dtype]
    net = diagram.load(EXAMPLE)["block"].compile("torch", dtype=dtype)
    block = hand_written(net, kind)
    x = torch.randn(b, t, 64, dtype=kind, generator=torch.Generator().manual_seed(b * 100 + t))
    x1, x2 = x.clone().requires_grad_(), x.clone().requires_grad_()
    y1, y2 = net(x1), block(x2)
    assert y1.shape == (b, t, 64)
    assert torch.allclose(y1, y2, rtol=0, atol=tolerance * float(y2.detach().abs().max()))
    dy = torch.randn(b, t, 64, dtype=kind, generator=torch.Generator().manual_seed(1))
    y1.backward(dy)
    y2.backward(dy)
    scale = float(x2.grad.abs().max())
    assert torch.allclose(x1.grad, x2.grad, rtol=0, atol=tolerance * scale)
    mine = dict(net.named_parameters())
    for name, p in block.named_parameters():
        got = mine[ours(name)].grad.reshape(p.shape)
        assert torch.allclose(got, p.grad, rtol=0, atol=tolerance * max(1.0, float(p.grad.abs().max()))), name


def test_numpy_torch_and_the_derivative_as_a_diagram_agree():
    d = diagram.load(EXAMPLE)["block"]
    f, net = d.compile("numpy"), d.compile("torch", dtype="f64")
    rng = np.random.default_rng(0)
    x, dy = rng.normal(size=(2, 9, 64)), rng.normal(size=(2, 9, 64))
    given = torch.tensor(x, requires_grad=True)
    y = net(given)
    assert np.abs(f(x) - y.detach().numpy()).max() < 1e-12
    y.backward(torch.tensor(dy))
    cotangents = diagram.reverse(d).compile("numpy")(x, dy)
    assert np.abs(cotangents[0] - given.grad.numpy()).max() < 1e-12
    by_path = dict(net.named_parameters())
    for param, array in zip(d.params, cotangents[1:], strict=True):
        assert np.abs(array - by_path[param.path].grad.numpy()).max() < 1e-11, param.path


def test_second_derivatives_come_from_reversing_twice():
    d = diagram.load(EXAMPLE)["feed_forward"]
    g = diagram.reverse(d)
    h = diagram.reverse(g)
    net = d.compile("torch", dtype="f64")
    rng = np.random.default_rng(1)
    x, dy, v = rng.normal(size=64), rng.normal(size=64), rng.normal(size=64)
    given, seed = torch.tensor(x, requires_grad=True), torch.tensor(dy, requires_grad=True)
    (dx,) = torch.autograd.grad(net(given), given, seed, create_graph=True)
    want_x, want_dy = torch.autograd.grad(dx, (given, seed), torch.tensor(v))
    zeros = [np.zeros(tuple(a.size.constant for a in t.axes)) for t in g.cod[1:]]
    got = h.compile("numpy")(x, dy, v, *zeros)
    assert np.abs(got[0] - want_x.numpy()).max() < 1e-12
    assert np.abs(got[1] - want_dy.numpy()).max() < 1e-12


def test_the_encoder_is_one_loop_with_numbered_parameters():
    d = diagram.load(EXAMPLE)["encoder"]
    assert [box.op.name for box in d.boxes] == ["repeat"]
    paths = [p.path for p in d.params]
    assert len(paths) == 6 * 16
    assert paths[0] == "stack.0.norm1.weight"
    assert paths[-1] == "stack.5.mlp.down.bias"
