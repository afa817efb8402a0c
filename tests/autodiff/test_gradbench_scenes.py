"""GradBench's larger problems, whose objectives are written a second time in torch, loop by loop."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from tests.autodiff.test_gradbench import evaluate

torch = pytest.importorskip("torch")
Array = Any
"""Any: arrays of torch."""
jacobian = torch.autograd.functional.jacobian


def tensor(values: Any) -> Array:
    return torch.tensor(np.asarray(values), dtype=torch.float64)


def rotated(r: Array, x: Array) -> Array:
    """x turned about r, by the exponential of the matrix of r."""
    zero = torch.zeros((), dtype=torch.float64)
    rows = [[zero, -r[2], r[1]], [r[2], zero, -r[0]], [-r[1], r[0], zero]]
    return torch.matrix_exp(torch.stack([torch.stack(row) for row in rows])) @ x


def seen(cam: Array, x: Array, w: Array, feat: Array) -> Array:
    y = rotated(cam[:3], x - cam[3:6])
    p = y[:2] / y[2]
    s = (p**2).sum()
    return w * (cam[6] * (1 + cam[9] * s + cam[10] * s**2) * p + cam[7:9] - feat)


def test_bundle_adjustment_has_a_sparse_jacobian() -> None:
    rng = np.random.default_rng(0)
    n, m, p = 2, 3, 14
    cam, x, w, feat = (
        rng.standard_normal(11) * 0.3,
        rng.standard_normal(3) + np.array([0, 0, 4]),
        0.8,
        [0.1, -0.2],
    )
    given = {"n": n, "m": m, "p": p, "cam": cam.tolist(), "x": x.tolist(), "w": w, "feat": feat}
    args = tensor(cam), tensor(x), tensor(w)
    errors = evaluate("ba", "objective", given)
    np.testing.assert_allclose(errors["reproj_error"]["elements"], seen(*args, tensor(feat)), rtol=1e-10)
    assert errors["reproj_error"]["repeated"] == errors["w_err"]["repeated"] == p
    assert errors["w_err"]["element"] == pytest.approx(1 - w**2)
    rows = jacobian(lambda *a: seen(*a, tensor(feat)), args)
    want = torch.cat([a.reshape(2, -1) for a in rows], 1)
    found = evaluate("ba", "jacobian", given)
    np.testing.assert_allclose(found["vals"], [*want.ravel().tolist(), -2 * w], rtol=1e-9)
    row = [*range(11), *(11 * n + k for k in range(3)), 11 * n + 3 * m]
    assert found["cols"] == [*row, *row, 11 * n + 3 * m + p - 1]
    assert found["rows"][:3] == [0, 15, 30] and found["rows"][-1] == 31 * p


def placed(theta: Array, us: Array, data: dict[str, Any], corners: list[list[int]]) -> Array:
    """The residuals of a hand: its bones one after the other, each from its parent."""
    model = data["model"]
    angles = [[tensor(0.0), tensor(0.0)] for _ in model["parents"]]
    left = iter(theta[6:])
    for finger in range(5):
        for bone in (2, 3, 4):
            angles[4 * finger + bone][0] = next(left)
            if bone == 2:
                angles[4 * finger + bone][1] = next(left)
    bones: list[Array] = []
    for k, (up, (x, z)) in enumerate(zip(model["parents"], angles, strict=True)):
        turn = torch.eye(4, dtype=torch.float64)
        for axis, angle in ((2, z), (0, x)):
            about = torch.nn.functional.one_hot(torch.tensor(axis), 3).double() * angle
            whole = torch.eye(4, dtype=torch.float64)
            whole[:3, :3] = rotated(about, torch.eye(3, dtype=torch.float64))
            turn = turn @ whole
        own = tensor(model["base_relatives"][k]) @ turn
        bones.append(own if up < 0 else bones[up] @ own)
    skin, weights = tensor(model["base_positions"]), tensor(model["weights"])
    back = tensor(model["inverse_base_absolutes"])
    moved = sum(weights[:, k, None] * (skin @ (b @ back[k]).T)[:, :3] for k, b in enumerate(bones))
    if model["is_mirrored"]:
        moved = moved * tensor([-1.0, 1.0, 1.0])
    hand = rotated(theta[:3], moved.T).T + theta[3:6]
    shares = torch.cat([us, 1 - us.sum(1, keepdim=True)], 1)
    points = torch.stack([s @ hand[c] for s, c in zip(shares, corners, strict=True)])
    return (tensor(data["points"]) - points).ravel()


@pytest.mark.parametrize("inside", [False, True])
@pytest.mark.parametrize("mirrored", [False, True])
def test_hands_have_the_jacobian_of_torch(inside: bool, mirrored: bool) -> None:
    rng = np.random.default_rng(1)
    bones, v, p = 22, 9, 4
    parents = [-1, *(0 if k % 4 == 1 else k - 1 for k in range(1, bones - 1)), 0]
    rest = np.tile(np.eye(4), (bones, 1, 1)) + 0.1 * rng.standard_normal((bones, 4, 4)) * [1, 1, 1, 0]
    weights = rng.random((v, bones))
    model = {
        "bone_count": bones, "bone_names": [f"b{k}" for k in range(bones)], "parents": parents,
        "base_relatives": rest.tolist(), "inverse_base_absolutes": np.linalg.inv(rest).tolist(),
        "base_positions": rng.standard_normal((v, 4)).tolist(), "weights": weights.tolist(),
        "triangles": rng.integers(0, v, (5, 3)).tolist(), "is_mirrored": mirrored,
    }  # fmt: skip
    at = rng.integers(0, 5, p).tolist()
    us = rng.random((p, 2)) / 2
    data = {"model": model, "correspondences": at, "points": rng.standard_normal((p, 3)).tolist()}
    theta = rng.standard_normal(26) * 0.4
    given = {"theta": theta.tolist(), "data": data, "us": us.tolist() if inside else []}
    corners = [model["triangles"][k] if inside else [k] * 3 for k in at]
    args = tensor(theta), tensor(us)
    want = placed(*args, data, corners)
    np.testing.assert_allclose(evaluate("ht", "objective", given), want, rtol=1e-9, atol=1e-9)
    by_theta, by_us = jacobian(lambda t, u: placed(t, u, data, corners), args)
    own = by_us.reshape(p, 3, p, 2)[range(p), :, range(p)].reshape(3 * p, 2)
    whole = torch.cat([own, by_theta], 1) if inside else by_theta
    found = evaluate("ht", "jacobian", given)
    assert np.shape(found) == (3 * p, 28 if inside else 26)
    np.testing.assert_allclose(found, whole, rtol=1e-8, atol=1e-9)


def test_a_hand_at_rest_has_slopes() -> None:
    """No turn at all: ADBench takes the identity below an angle of 1e-4."""
    bones = 22
    eye = np.tile(np.eye(4), (bones, 1, 1)).tolist()
    model = {
        "bone_count": bones, "bone_names": [""] * bones, "parents": [-1, *range(bones - 1)],
        "base_relatives": eye, "inverse_base_absolutes": eye, "base_positions": [[1.0, 2.0, 3.0, 1.0]],
        "weights": np.full((1, bones), 1 / bones).tolist(), "triangles": [[0, 0, 0]], "is_mirrored": False,
    }  # fmt: skip
    data = {"model": model, "correspondences": [0], "points": [[1.0, 2.0, 3.0]]}
    given = {"theta": [0.0] * 26, "data": data, "us": []}
    np.testing.assert_allclose(evaluate("ht", "objective", given), [0, 0, 0], atol=1e-15)
    assert np.isfinite(evaluate("ht", "jacobian", given)).all()


def stacked(main: Array, extra: Array, state: Array, sequence: Array) -> Array:
    b, total = sequence.shape[1], tensor(0.0)
    hidden, cell = list(state[0::2]), list(state[1::2])
    for now, later in pairwise(sequence):
        x = now * extra[0]
        for layer in range(len(hidden)):
            f, i, o, g = (
                main[2 * layer, k * b : (k + 1) * b] * (x if k in (0, 2) else hidden[layer])
                + main[2 * layer + 1, k * b : (k + 1) * b]
                for k in (0, 1, 2, 3)
            )
            cell[layer] = cell[layer] * torch.sigmoid(f) + torch.sigmoid(i) * torch.tanh(g)
            x = hidden[layer] = torch.sigmoid(o) * torch.tanh(cell[layer])
        y = x * extra[1] + extra[2]
        total = total + (later * (y - torch.log(2 + torch.exp(y).sum()))).sum()
    return -total / ((len(sequence) - 1) * b)


@pytest.mark.parametrize("layers", [1, 2, 3])
def test_layers_of_diagonal_gates_have_the_gradient_of_torch(layers: int) -> None:
    rng = np.random.default_rng(2)
    b = 5
    shapes = {"main_params": (2 * layers, 4 * b), "extra_params": (3, b), "state": (2 * layers, b)}
    given = {name: rng.standard_normal(s) for name, s in shapes.items()}
    given["sequence"] = rng.random((6, b))
    args = tuple(map(tensor, given.values()))
    for a in args[:2]:
        a.requires_grad_()
    value = stacked(*args)
    lists = {name: a.tolist() for name, a in given.items()}
    assert evaluate("lstm", "objective", lists) == pytest.approx(value.item(), rel=1e-12)
    want = torch.cat([a.ravel() for a in torch.autograd.grad(value, args[:2])])
    np.testing.assert_allclose(evaluate("lstm", "jacobian", lists), want, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("modes", ["rr", "rf", "fr", "ff"])
def test_derivatives_inside_derivatives_reach_the_published_points(modes: str) -> None:
    """What GradBench expects of its two inputs; it allows 1e-4."""
    if modes in ("rf", "fr"):  # each takes seconds
        assert evaluate("particle", modes, {"w": 0.0}) == pytest.approx(0.2071918746486116, abs=1e-7)
    np.testing.assert_allclose(evaluate("saddle", modes, {"start": [1.0, 1.0]}), [8.2463e-6] * 4, atol=1e-5)
