"""Semirings over dense arrays of numpy or torch: which operations of the library add, multiply and fold.

What a semiring is, and which there are, is in `diagram.semirings`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from diagram.semirings import EXACT, SEMIRINGS, Semiring

Array = Any
"""An array of numpy or torch: the two share no type."""
NAMED = {**SEMIRINGS, "exact": EXACT, "sympy": EXACT}
"""The semirings that a tensor functor may name."""


@dataclass(frozen=True, slots=True)
class Ring:
    """A semiring on arrays: `fold(x, axes)` adds up along axes, `full(shape, value, dtype)` repeats a value,
    `product` sums matrices, or rows of them, `strided(x, shape, strides)` is a view with strides counted in
    entries. `linear`: numbers that add and multiply as usual.
    """

    linear: bool
    zero: Any
    one: Any
    add: Callable[[Array, Array], Array]
    multiply: Callable[[Array, Array], Array]
    product: Callable[[Array, Array], Array]
    fold: Callable[[Array, tuple[int, ...]], Array]
    array: Callable[[Any], Array]
    full: Callable[[tuple[int, ...], Any, Any], Array]
    strided: Callable[[Array, Sequence[int], Sequence[int]], Array]
    strides: Callable[[Array], tuple[int, ...]]
    turned: Callable[[Array, tuple[int, ...]], Array]
    """Any: entries and dtypes of the library."""

    def common(self, arrays: Sequence[Array]) -> Any:
        """A dtype that holds the entries of all; None for no arrays. Any: the library's."""
        dtypes = {x.dtype for x in arrays}
        if len(dtypes) < 2 or not all(isinstance(dtype, np.dtype) for dtype in dtypes):
            return next(iter(dtypes), None)
        return np.result_type(*dtypes)


def ring(semiring: str | Semiring, library: str) -> Ring:
    """The semiring on arrays of `numpy` or `torch`. Raises `ValueError` for a name there is not."""
    if isinstance(semiring, str) and semiring not in NAMED:
        raise ValueError(f"there is no semiring {semiring!r}: {', '.join(NAMED)}")
    known = NAMED[semiring] if isinstance(semiring, str) else semiring
    if library not in _LIBRARIES:
        raise ValueError(f"library is {' or '.join(_LIBRARIES)}, not {library!r}")
    return _LIBRARIES[library](known)


def _numpy(semiring: Semiring) -> Ring:
    add = getattr(np, semiring.sums) if semiring.sums else np.frompyfunc(semiring.add, 2, 1)
    multiply = getattr(np, semiring.products) if semiring.products else np.frompyfunc(semiring.mul, 2, 1)

    def fold(x: Array, axes: tuple[int, ...]) -> Array:
        for axis in sorted(axes, reverse=True):  # a ufunc made of a function folds one axis at a time
            x = add.reduce(x, axis=axis)
        return x if isinstance(x, np.ndarray) else np.array(x, dtype=object)

    def numbers(x: Array, axes: tuple[int, ...]) -> Array:
        return np.asarray(add.reduce(x, axis=axes))

    def array(value: Any) -> Array:
        found = np.asarray(value)
        if not semiring.dtype and found.dtype.kind in "biu":  # 64 bits, or exact
            return found.astype(object if found.dtype == np.uint64 else np.int64)
        if semiring.dtype == "object":
            return np.asarray(np.frompyfunc(semiring.of, 1, 1)(found.astype(object)), dtype=object)
        if semiring.dtype and (found.dtype != object or semiring.dtype == "bool"):
            return found.astype(semiring.dtype)
        return found

    def full(shape: tuple[int, ...], value: Any, dtype: Any) -> Array:
        kind = dtype if dtype is not None else semiring.dtype or np.int64
        return np.full(shape, value, dtype=kind)

    def strided(x: Array, shape: Sequence[int], strides: Sequence[int]) -> Array:
        return np.lib.stride_tricks.as_strided(x, shape, [s * x.itemsize for s in strides])

    def strides(x: Array) -> tuple[int, ...]:
        return tuple(s // x.itemsize for s in x.strides)

    linear = semiring.sums == "add" and semiring.products == "multiply"
    product = _dot if linear else _either if semiring.dtype == "bool" else None
    folds = numbers if semiring.dtype != "object" else fold
    return Ring(
        linear, semiring.zero, semiring.one, add, multiply,
        product or (lambda x, y: _spread(x, y, multiply, add, folds)),
        folds, array, full, strided, strides, np.ndarray.transpose,
    )  # fmt: skip


def _dot(x: Array, y: Array) -> Array:
    return x.dot(y) if x.ndim == 2 else x @ y


def _either(x: Array, y: Array) -> Array:
    """Truth values: a sum of products is true where the product of 0 and 1 is not 0."""
    return (x.astype(np.float32) @ y.astype(np.float32)) > 0


BLOCK = 1 << 16
"""Entries of a block of products that are made before they are added up."""


def _spread(
    x: Array,
    y: Array,
    multiply: Callable[[Array, Array], Array],
    add: Callable[[Array, Array], Array],
    fold: Callable[[Array, tuple[int, ...]], Array],
) -> Array:
    """[batch, left, sum] and [batch, sum, right] multiplied entry by entry and added up, block by block."""
    wide = max(1, BLOCK // max(1, prod(x.shape[:-1]) * y.shape[-1]))
    total = None
    for k in range(0, x.shape[-1], wide):
        part = multiply(x[..., :, k : k + wide, None], y[..., None, k : k + wide, :])
        part = fold(part, (part.ndim - 2,))
        total = part if total is None else add(total, part)
    return total


_FOLDS = {"add": "sum", "minimum": "amin", "maximum": "amax", "logical_or": "any"}


def _torch(semiring: Semiring) -> Ring:
    import torch

    if semiring.dtype == "object":
        raise ValueError(f"torch has no entries of the semiring {semiring.name}: use library='numpy'")
    add, multiply = getattr(torch, semiring.sums), getattr(torch, semiring.products)
    reduce = getattr(torch, _FOLDS[semiring.sums])
    kind = getattr(torch, semiring.dtype) if semiring.dtype else None

    def fold(x: Array, axes: tuple[int, ...]) -> Array:
        for axis in sorted(axes, reverse=True):
            x = reduce(x, axis)
        return x

    def array(value: Any) -> Array:
        found = torch.as_tensor(value)
        return found if kind is None else found.to(kind)

    def full(shape: tuple[int, ...], value: Any, dtype: Any) -> Array:
        return torch.full(shape, value, dtype=dtype or kind or torch.float64)

    linear = semiring.sums == "add" and semiring.products == "multiply"
    return Ring(
        linear, semiring.zero, semiring.one, add, multiply,
        torch.matmul if linear else lambda x, y: _spread(x, y, multiply, add, fold),
        fold, array, full, torch.as_strided, lambda x: tuple(x.stride()), torch.permute,
    )  # fmt: skip


_LIBRARIES: dict[str, Callable[[Semiring], Ring]] = {"numpy": _numpy, "torch": _torch}
