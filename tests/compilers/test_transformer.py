"""The main job: the example's transformer block equals a hand-written torch module with the same weights."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F

import diagram

BLOCK = diagram.load(Path(__file__).parents[2] / "examples" / "transformer.diag")["block"]


class Block(torch.nn.Module):
    """Pre-norm attention and perceptron with residuals, written by hand."""

    def __init__(self, state: dict[str, torch.Tensor]) -> None:
        super().__init__()
        self.state = torch.nn.ParameterDict(
            {k.replace(".", "_"): v.detach().clone() for k, v in state.items()}
        )

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        p = self.state
        m = X.shape[-1]
        N = F.layer_norm(X, (m,), p["norm1_weight"], p["norm1_bias"])
        heads = [
            torch.einsum("bxm,hkm->bhxk", N, p[f"attn_{n}_weight"]) + p[f"attn_{n}_bias"][None, :, None]
            for n in "QKV"
        ]
        S = heads[0] @ heads[1].mT * heads[0].shape[-1] ** -0.5
        A = torch.einsum("bhqx,bhxk->bqhk", torch.softmax(S, -1), heads[2])
        Y = X + torch.einsum("bqhk,mhk->bqm", A, p["attn_O_weight"]) + p["attn_O_bias"]
        N = F.layer_norm(Y, (m,), p["norm2_weight"], p["norm2_bias"])
        U = F.gelu(N @ p["mlp_up_weight"].T + p["mlp_up_bias"])
        return Y + U @ p["mlp_down_weight"].T + p["mlp_down_bias"]


@pytest.mark.parametrize(("dtype", "tolerance"), [("f64", 1e-10), ("f32", 1e-5)])
def test_the_block_and_its_gradients_equal_the_module_by_hand(dtype, tolerance):
    net = BLOCK.compile("torch", dtype=dtype, seed=1)
    hand = Block(net.state_dict())
    element = torch.float64 if dtype == "f64" else torch.float32
    X = torch.randn(2, 16, 64, dtype=element, generator=torch.Generator().manual_seed(0))
    Z = X.clone().requires_grad_()
    X.requires_grad_()
    ours, theirs = net(X), hand(Z)
    torch.testing.assert_close(ours, theirs, atol=tolerance, rtol=0)
    ours.sin().mean().backward()
    theirs.sin().mean().backward()
    torch.testing.assert_close(X.grad, Z.grad, atol=tolerance, rtol=0)
    for path, value in net.named_parameters():
        torch.testing.assert_close(
            value.grad, hand.state[path.replace(".", "_")].grad, atol=tolerance, rtol=0, msg=path
        )


def test_the_reverse_derivative_runs_on_numpy_and_equals_autograd():
    g = diagram.reverse(BLOCK).compile("numpy", seed=1)
    net = BLOCK.compile("torch", dtype="f64", seed=1)
    X = torch.randn(
        2, 5, 64, dtype=torch.float64, generator=torch.Generator().manual_seed(0)
    ).requires_grad_()
    dY = torch.randn(2, 5, 64, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    net(X).backward(dY)
    result = g(X.detach().numpy(), dY.numpy())
    np.testing.assert_allclose(result[0], X.grad, atol=1e-10)
    for value, (_, param) in zip(result[1:], net.named_parameters(), strict=True):
        np.testing.assert_allclose(value, param.grad, atol=1e-10)
