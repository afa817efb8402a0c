"""Functions that numpy lacks, on arrays of real numbers, to about 1e-15 (relative, absolute near zeros).

Each stands on its own but for numpy and the other functions of this file: generated modules carry their text.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

Array = Any
"""Any: an array of numpy at any precision; numpy's stubs lose the type on the way."""
Axes = int | tuple[int, ...]


def horner(coefficients: tuple[float, ...], x: Array) -> Array:
    """The polynomial with these coefficients, highest power first."""
    total = np.full_like(x, coefficients[0])
    for c in coefficients[1:]:
        total = total * x + c
    return total


def erf(x: Array) -> Array:
    """Error function (W. J. Cody, Rational Chebyshev approximations for the error function, 1969)."""
    x = np.asarray(x)
    y = np.minimum(np.abs(x), 6.0)
    square = y * y
    near = x * (
        horner((1.85777706184603153e-1, 3.16112374387056560, 1.13864154151050156e2, 3.77485237685302021e2,
                3.20937758913846947e3), square)
        / horner((1.0, 2.36012909523441209e1, 2.44024637934444173e2, 1.28261652607737228e3,
                  2.84423683343917062e3), square)
    )  # fmt: skip
    tail = np.exp(-square) * (
        horner((2.15311535474403846e-8, 5.64188496988670089e-1, 8.88314979438837594, 6.61191906371416295e1,
                2.98635138197400131e2, 8.81952221241769090e2, 1.71204761263407058e3, 2.05107837782607147e3,
                1.23033935479799725e3), y)
        / horner((1.0, 1.57449261107098347e1, 1.17693950891312499e2, 5.37181101862009858e2,
                  1.62138957456669019e3, 3.29079923573345963e3, 4.36261909014324716e3, 3.43936767414372164e3,
                  1.23033935480374942e3), y)
    )  # fmt: skip
    return np.where(y <= 0.46875, near, np.copysign(1 - tail, x))


def gelu_slope(x: Array) -> Array:
    """Derivative of x * (1 + erf(x / sqrt 2)) / 2."""
    return 0.5 * (1 + erf(x * 0.7071067811865476)) + x * np.exp(-0.5 * x * x) * 0.3989422804014327


def sigmoid(x: Array) -> Array:
    """1 / (1 + exp(-x)), without overflow."""
    e = np.exp(-np.abs(x))
    return np.where(x >= 0, 1, e) / (1 + e)


def lgamma(x: Array) -> Array:
    """Logarithm of |gamma(x)|: Lanczos' series (Godfrey's coefficients), and reflection for x < 1/2."""
    x = np.asarray(x, dtype=np.result_type(x, np.float32))
    low = x < 0.5
    z = np.where(low, 1 - x, x) - 1
    coefficients = (57.1562356658629235, -59.5979603554754912, 14.1360979747417471, -0.491913816097620199,
                    0.339946499848118887e-4, 0.465236289270485756e-4, -0.983744753048795646e-4,
                    0.158088703224912494e-3, -0.210264441724104883e-3, 0.217439618115212643e-3,
                    -0.164318106536763890e-3, 0.844182239838527433e-4, -0.261908384015814087e-4,
                    0.368991826595316234e-5)  # fmt: skip
    series = np.full_like(z, 0.999999999999997092)
    for k, c in enumerate(coefficients):
        series = series + c / (z + k + 1)
    t = z + 607 / 128 + 0.5
    value = (z + 0.5) * np.log(t) - t + np.log(2.5066282746310005 * series)
    with np.errstate(divide="ignore", invalid="ignore"):
        turned = math.log(math.pi) - np.log(np.abs(np.sin(math.pi * x))) - value
    whole = low & (x == np.floor(x))
    return np.where(whole, np.inf, np.where(low, turned, value))


def digamma(x: Array) -> Array:
    """Derivative of lgamma: recurrence up to 10, the asymptotic series, reflection for x < 0."""
    x = np.asarray(x, dtype=np.result_type(x, np.float32))
    with np.errstate(divide="ignore", invalid="ignore"):
        low = x < 0
        z = np.where(low, 1 - x, x)
        steps = np.zeros_like(z)
        for _ in range(10):
            small = z < 10
            steps = steps + np.where(small, 1 / z, 0)
            z = np.where(small, z + 1, z)
        u = 1 / (z * z)
        tail = horner((-1 / 12, 691 / 32760, -1 / 132, 1 / 240, -1 / 252, 1 / 120, -1 / 12), u) * u
        value = np.log(z) - 0.5 / z + tail - steps
        turned = value - math.pi / np.tan(math.pi * x)
        return np.where(x == 0, -np.inf, np.where(low, np.where(x == np.floor(x), np.nan, turned), value))


def polygamma(n: float, x: Array) -> Array:
    """Derivative number n >= 1 of digamma for x > 0: (-1)^(n+1) n! zeta(n + 1, x), by Euler and Maclaurin."""
    order = int(n)
    s = order + 1
    x = np.asarray(x, dtype=np.result_type(x, np.float32))
    total = np.zeros_like(x)
    for k in range(12):
        total = total + (x + k) ** -s
    z = x + 12
    total = total + z ** (1 - s) / (s - 1) + 0.5 * z**-s
    bernoulli = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510)
    term = s * z ** (-s - 1)
    for k, b in enumerate(bernoulli):
        total = total + b / math.factorial(2 * k + 2) * term
        term = term * (s + 2 * k + 1) * (s + 2 * k + 2) / (z * z)
    sign: int = (-1) ** s
    return sign * math.factorial(order) * total


def logsumexp(x: Array, axis: Axes) -> Array:
    """log(sum(exp(x))) without overflow; -inf where all entries are."""
    top = np.max(x, axis, keepdims=True, initial=-np.inf)
    top = np.where(np.isfinite(top), top, 0)
    with np.errstate(divide="ignore"):
        return np.log(np.sum(np.exp(x - top), axis)) + np.squeeze(top, axis)


def softmax(x: Array, axis: int) -> Array:
    """exp(x) / sum(exp(x)) without overflow. One maximum does for all, where all entries are near it."""
    high = np.max(x, initial=-np.inf)
    near = high - np.min(x, initial=np.inf) < 20
    e = x - (high if near else np.max(x, axis, keepdims=True, initial=-np.inf))
    np.exp(e, e)
    e /= (e @ np.ones((e.shape[-1], 1), e.dtype)) if axis == e.ndim - 1 else np.sum(e, axis, keepdims=True)
    return e


def largest_along(x: Array, axis: int) -> Array:
    """The largest entry along an axis, which stays. A few columns are compared whole, rows one by one."""
    n = x.shape[axis]
    if not 0 < n <= 8 or axis % x.ndim < x.ndim - 1:
        return np.max(x, axis, keepdims=True, initial=-np.inf)
    largest = x[..., :1]
    for k in range(1, n):
        largest = np.maximum(largest, x[..., k : k + 1])
    return largest


def sum_along(x: Array, axis: int) -> Array:
    """The sum along an axis, which stays. Short rows are summed by a product with ones."""
    n = x.shape[axis]
    if n > 64 or axis % x.ndim < x.ndim - 1:
        return np.sum(x, axis, keepdims=True)
    return x @ np.ones((n, 1), x.dtype)


def log_softmax(x: Array, axis: int) -> Array:
    """log(softmax(x)) without cancellation."""
    if not x.size:
        return x
    shifted = x - largest_along(x, axis)
    return shifted - np.log(sum_along(np.exp(shifted), axis))


def padded(x: Array, widths: tuple[tuple[int, int], ...]) -> Array:
    """Zeros around: (before, after) for each axis. np.pad takes five times as long for small arrays."""
    shape, inside = [], []
    for n, (before, after) in zip(x.shape, widths, strict=True):
        shape.append(n + before + after)
        inside.append(slice(before, before + n))
    out = np.zeros(shape, x.dtype)
    out[tuple(inside)] = x
    return out


def windows(x: Array, *sliding: tuple[int, int, int, int]) -> Array:
    """A view of windows: for each (axis, length, step, inner) the axis becomes the places, one each `step`,
    and a new last axis has every `inner`-th entry of `length` ones. np's own takes thirty times as long.
    """
    shape, strides = list(x.shape), list(x.strides)
    for axis, length, step, inner in sliding:
        shape[axis] = (shape[axis] - length) // step + 1
        shape.append((length - 1) // inner + 1)
        strides.append(strides[axis] * inner)
        strides[axis] *= step
    if x.flags.c_contiguous:
        return np.ndarray(shape, x.dtype, x, 0, strides)
    return np.lib.stride_tricks.as_strided(x, shape, strides, writeable=False)


def column_sums(x: Array) -> Array:
    """Summed over all axes but the last, by a product with ones: several times as fast as np.sum there."""
    rows = x.reshape(-1, x.shape[-1])
    return np.ones(len(rows), x.dtype) @ rows


def norm(x: Array, axis: Axes) -> Array:
    """Square root of the sum of squared absolute values."""
    return np.sqrt(np.sum((x * np.conj(x)).real, axis))


def top(x: Array, size: int, axis: int) -> tuple[Array, Array]:
    """The `size` largest entries in falling order, and their positions; equal entries keep their order."""
    order = np.take(np.argsort(-x, axis, kind="stable"), np.arange(size), axis)
    return np.take_along_axis(x, order, axis), order


def expm(a: Array) -> Array:
    """Exponential of square matrices on the last two axes: Pade [13/13], scaling and squaring
    (Higham, The scaling and squaring method for the matrix exponential revisited, 2005).
    """
    norms = np.max(np.sum(np.abs(a), -2), initial=0.0)
    squarings = max(0, math.ceil(math.log2(max(float(norms), 1e-300) / 5.371920351148152)))
    a = a / 2**squarings
    b = (64764752532480000.0, 32382376266240000.0, 7771770303897600.0, 1187353796428800.0, 129060195264000.0,
         10559470521600.0, 670442572800.0, 33522128640.0, 1323241920.0, 40840800.0, 960960.0, 16380.0, 182.0,
         1.0)  # fmt: skip
    one = np.eye(a.shape[-1], dtype=a.dtype)
    a2 = a @ a
    a4 = a2 @ a2
    a6 = a2 @ a4
    odd = a6 @ (b[13] * a6 + b[11] * a4 + b[9] * a2) + b[7] * a6 + b[5] * a4 + b[3] * a2 + b[1] * one
    even = a6 @ (b[12] * a6 + b[10] * a4 + b[8] * a2) + b[6] * a6 + b[4] * a4 + b[2] * a2 + b[0] * one
    odd = a @ odd
    result = np.linalg.solve(even - odd, even + odd)
    for _ in range(squarings):
        result = result @ result
    return result


def dot(us: Array, vs: Array) -> float:
    """The real scalar product of two tuples of arrays of any library."""
    return sum(float((u * v.conj()).real.sum()) for u, v in zip(us, vs, strict=True))


def mixed(points: list[tuple[Array, ...]], slopes: list[tuple[Array, ...]]) -> tuple[Array, ...]:
    """Anderson's next point: the mixture of `points` whose `slopes` (residuals) mix to the least, by normal
    equations.

    Arrays of any library; the newest point is the last.
    """
    n = len(points) - 1
    last, r = points[-1], slopes[-1]
    diffs = [[a - b for a, b in zip(r, slopes[j], strict=True)] for j in range(n)]

    m = [[dot(diffs[i], diffs[j]) for j in range(n)] + [dot(diffs[i], r)] for i in range(n)]
    scale = max([m[i][i] for i in range(n)], default=0.0) * 1e-15
    weights = [0.0] * n
    for i in range(n):  # no exchanges: the matrix is positive, and rows that add nothing are left out
        if m[i][i] <= scale:
            continue
        for k in range(n):
            if k != i:
                f = m[k][i] / m[i][i]
                m[k] = [a - f * b for a, b in zip(m[k], m[i], strict=True)]
    for i in range(n):
        weights[i] = m[i][n] / m[i][i] if m[i][i] > scale else 0.0
    steps = list(zip(weights, points[:-1], strict=True))
    return tuple([x - sum(w * (x - p[k]) for w, p in steps) for k, x in enumerate(last)])


def largest(arrays: tuple[Array, ...]) -> float:
    """The largest absolute value in arrays of any library."""
    return max([float(abs(a).max()) if a.shape != () else abs(complex(a)) for a in arrays])


def fixed_point(step: Array, start: tuple[Array, ...], limit: int = 2000) -> tuple[Array, ...]:
    """x with x = step(x), from `start`, else from ones: Anderson's iteration (D. G. Anderson, 1965), window
    8.

    Arrays of any library. Stops where nothing is won by going on; raises `ArithmeticError` if that is no
    solution.
    """
    eps = 2.0**-52 if start[0].real.dtype.itemsize >= 8 else 2.0**-23
    for x in (start, tuple([s + 1 for s in start])):
        points: list[tuple[Array, ...]] = []
        slopes: list[tuple[Array, ...]] = []
        best, least, reach, idle = x, float("inf"), 0.0, 0
        for _ in range(limit):
            y = step(*x)
            r = tuple([b - a for a, b in zip(x, y, strict=True)])
            far, size = largest(r), largest(y)
            if not far < 1e300:
                break
            if far < least * 0.9:
                best, least, reach, idle = y, far, size, 0
            else:
                idle += 1
            if far <= 2 * eps * size or (idle > 8 and least <= 1e4 * eps * reach):
                return best
            points, slopes = [*points[-7:], y], [*slopes[-7:], r]
            x = mixed(points, slopes)
    raise ArithmeticError("a loop does not settle: no solution of x = f(x) was found by iteration")
