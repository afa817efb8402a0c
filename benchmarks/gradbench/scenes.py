"""Bundle adjustment and hand tracking: many residuals of few numbers each, and their Jacobians."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from benchmarks.gradbench.work import Array, Sizes, Work, primal, pullback, pushed, real

CAMERA = 11
"""Numbers of a camera: how it is turned, its centre, focal length, image centre, two of distortion."""
SHOWN = 30
"""Entries of a Jacobian that are told, besides the last: those of the first observation."""


def _seen(given: Mapping[str, Any]) -> tuple[list[Array], Array, Array]:
    """What each observation sees, all of one camera and one point; and the numbers of both."""
    n, m, p = given["n"], given["m"], given["p"]
    cam, x, feat = (np.tile(real(given[k]), (p, 1)) for k in ("cam", "x", "feat"))
    w = np.full(p, float(given["w"]))
    parts = [cam[:, 0:3], cam[:, 3:6], cam[:, 6], cam[:, 7:9], cam[:, 9:11], x, w, feat]
    return parts, np.arange(p) % n, np.arange(p) % m


def errors_seen(given: Mapping[str, Any]) -> Work:
    """The residuals of observations and weights."""
    residual, slack = primal("bundle", "residual"), primal("bundle", "slack")
    parts, _, _ = _seen(given)

    def output(both: tuple[Array, Array]) -> dict[str, Any]:
        seen, rest = both
        return {
            "reproj_error": {"elements": seen[0].tolist(), "repeated": len(seen)},
            "w_err": {"element": float(rest[0]), "repeated": len(rest)},
        }

    return Work(lambda: (residual(*parts), slack(parts[6])), output)


def errors_seen_slopes(given: Mapping[str, Any]) -> Work:
    """The Jacobian by rows: an observation's row has the numbers of its camera, its point and its weight."""
    back, back_slack = pullback("bundle", "residual"), pullback("bundle", "slack")
    parts, cams, points = _seen(given)
    n, m, p = given["n"], given["m"], given["p"]
    units = [np.tile(row, (p, 1)) for row in np.eye(2)]
    places = [
        CAMERA * cams[:, None] + np.arange(CAMERA),
        CAMERA * n + 3 * points[:, None] + np.arange(3),
        CAMERA * n + 3 * m + np.arange(p)[:, None],
    ]
    columns = np.repeat(np.concatenate(places, 1)[:, None], 2, 1).ravel()
    columns = np.concatenate([columns, CAMERA * n + 3 * m + np.arange(p)])
    width = CAMERA + 3 + 1
    rows = np.concatenate([np.arange(2 * p + 1) * width, 2 * p * width + 1 + np.arange(p)])

    def run() -> Array:
        by_row = []
        for unit in units:
            slopes = back(*parts, unit)[:7]
            by_row.append(np.concatenate([a.reshape(p, -1) for a in slopes], 1))
        return np.concatenate([np.stack(by_row, 1).ravel(), back_slack(parts[6], np.ones(p))])

    def output(values: Array) -> dict[str, Any]:
        return {
            name: [*entries[:SHOWN].tolist(), entries[-1].item()]
            for name, entries in (("rows", rows), ("cols", columns), ("vals", values))
        }

    return Work(run, output)


def _hand(given: Mapping[str, Any]) -> tuple[list[Array], Sizes]:
    """The arrays of `errors`, and how many rounds reach the deepest bone. Bone 0 is the ground."""
    model, theta, us = given["data"]["model"], real(given["theta"]), real(given["us"])
    up = np.array([0, *(k + 1 for k in model["parents"])])
    n, deep, reach = len(up), 0, up.copy()
    while reach.any():
        reach, deep = up[reach], deep + 1
    bend, side = np.zeros((2, n, len(theta) - 6))
    for finger in range(5):
        first = 4 * finger
        bend[first + 3, first] = side[first + 3, first + 1] = 1
        bend[first + 4, first + 2] = bend[first + 5, first + 3] = 1
    eye = np.eye(4)[None]
    rest, back = (np.concatenate([eye, real(model[k])]) for k in ("base_relatives", "inverse_base_absolutes"))
    skin = real(model["base_positions"])
    weight = np.concatenate([np.zeros((len(skin), 1)), real(model["weights"])], 1)
    flip = np.array([-1.0 if model["is_mirrored"] else 1.0, 1.0, 1.0])
    at = np.array(given["data"]["correspondences"], int)
    corner = np.array(model["triangles"], int)[at] if len(us) else np.stack([at] * 3, 1)
    where = us if len(us) else np.zeros((len(at), 2))
    points = real(given["data"]["points"])
    arrays = [theta[:3], theta[3:6], theta[6:], where, bend, side, up, rest, back, skin, weight, flip, corner]
    return [*arrays, points], (("s", max(deep, 1).bit_length()),)


def hand_errors(given: Mapping[str, Any]) -> Work:
    """What is between the measured points and the skin."""
    arrays, sizes = _hand(given)
    f = primal("hand", "errors", sizes)
    return Work(lambda: f(*arrays), lambda a: a.ravel().tolist())


def hand_slopes(given: Mapping[str, Any]) -> Work:
    """The Jacobian, forward: a column for each number of theta; before them, where points lie in triangles,
    two for the place there, which is another one for each point.
    """
    arrays, sizes = _hand(given)
    inside = 2 if len(given["us"]) else 0
    n = inside + len(given["theta"])
    eye = np.eye(n)
    place = np.zeros((n, *arrays[3].shape))
    for k in range(inside):
        place[k, :, k] = 1
    tangents = [eye[:, inside : inside + 3], eye[:, inside + 3 : inside + 6], eye[:, inside + 6 :], place]
    f = pushed("hand", "errors", ("rot", "at", "theta", "us"), sizes)
    return Work(lambda: f(*arrays, *tangents), lambda a: a.reshape(n, -1).T.tolist())
