"""Semirings in which a diagram can be summed: what adds, what multiplies, and the neutral elements."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True, slots=True)
class Semiring:
    """`add` and `multiply` are numpy ufuncs; `dtype` is that of its arrays (None: that of the given ones)."""

    name: str
    add: Any
    multiply: Any
    zero: Any
    one: Any
    dtype: Any = None
    """Any: numpy's ufuncs and dtypes, and entries of any kind."""

    @property
    def linear(self) -> bool:
        """Ordinary numbers: matrix products apply."""
        return self.add is np.add and self.multiply is np.multiply

    def array(self, value: Any) -> np.ndarray[Any, Any]:
        """An array of this semiring; whole numbers stay exact."""
        found = np.asarray(value)
        if self.name == "count" and found.dtype != object:
            found = found.astype(np.int64)
        return found if self.dtype is None else found.astype(self.dtype)


SEMIRINGS: Mapping[str, Semiring] = {
    s.name: s
    for s in (
        Semiring("real", np.add, np.multiply, 0, 1),
        Semiring("count", np.add, np.multiply, 0, 1),
        Semiring("bool", np.logical_or, np.logical_and, False, True, bool),
        Semiring("tropical", np.minimum, np.add, np.inf, 0.0, np.float64),
        Semiring("maxplus", np.maximum, np.add, -np.inf, 0.0, np.float64),
        Semiring("exact", np.add, np.multiply, 0, 1, object),
        Semiring("laurent", np.add, np.multiply, 0, 1, object),
        Semiring("sympy", np.add, np.multiply, 0, 1, object),
    )
}
"""`tropical` is min-plus; `exact` holds any Python values with `+` and `*`: Fractions, sympy, Laurent
polynomials."""
