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
    )
}
"""`tropical` is min-plus; `exact` holds any Python values with `+` and `*`: Fractions, sympy, Laurent
polynomials."""


class Laurent:
    """A Laurent polynomial in one variable with Gaussian integers as coefficients: exponent to `(re, im)`.

    >>> A = Laurent.variable()
    >>> -A**2 - A**-2
    -A**-2 - A**2
    >>> (A + A**-1) * (A - A**-1)
    -A**-2 + A**2
    """

    __slots__ = ("terms",)

    def __init__(self, terms: Mapping[int, tuple[int, int]]) -> None:
        self.terms = {k: c for k, c in sorted(terms.items()) if c != (0, 0)}

    @staticmethod
    def variable() -> Laurent:
        """The variable itself."""
        return Laurent({1: (1, 0)})

    @staticmethod
    def of(value: object) -> Laurent:
        """A constant: a whole number, or a complex one with whole parts. Raises `TypeError` for others."""
        if isinstance(value, Laurent):
            return value
        if isinstance(value, int | np.integer | np.bool_):
            return Laurent({0: (int(value), 0)})
        if isinstance(value, complex | float) and complex(value) == complex(
            round(value.real), round(value.imag)
        ):
            return Laurent({0: (round(value.real), round(value.imag))})
        raise TypeError(f"{value!r} is not a Gaussian integer")

    def __add__(self, other: object) -> Laurent:
        terms = dict(self.terms)
        for k, (a, b) in Laurent.of(other).terms.items():
            c, d = terms.get(k, (0, 0))
            terms[k] = (a + c, b + d)
        return Laurent(terms)

    def __mul__(self, other: object) -> Laurent:
        terms: dict[int, tuple[int, int]] = {}
        for k, (a, b) in self.terms.items():
            for n, (c, d) in Laurent.of(other).terms.items():
                re, im = terms.get(k + n, (0, 0))
                terms[k + n] = (re + a * c - b * d, im + a * d + b * c)
        return Laurent(terms)

    def __pow__(self, n: int) -> Laurent:
        """Whole powers; negative ones of a single term with a unit. Raises `ValueError` for others."""
        base = self if n >= 0 else self._inverse()
        result = Laurent({0: (1, 0)})
        for _ in range(abs(n)):
            result = result * base
        return result

    def _inverse(self) -> Laurent:
        if len(self.terms) == 1:
            ((k, (a, b)),) = self.terms.items()
            if a * a + b * b == 1:
                return Laurent({-k: (a, -b)})
        raise ValueError(f"{self} has no inverse")

    def __neg__(self) -> Laurent:
        return self * -1

    def __sub__(self, other: object) -> Laurent:
        return self + -Laurent.of(other)

    __radd__ = __add__
    __rmul__ = __mul__

    def __rsub__(self, other: object) -> Laurent:
        return Laurent.of(other) - self

    def __eq__(self, other: object) -> bool:
        try:
            return self.terms == Laurent.of(other).terms
        except TypeError:
            return NotImplemented

    def __hash__(self) -> int:
        return hash(tuple(self.terms.items()))

    def __call__(self, value: complex) -> complex:
        """The value at a point."""
        return sum((complex(a, b) * value**k for k, (a, b) in self.terms.items()), 0j)

    def __repr__(self) -> str:
        text = ""
        for k, (a, b) in self.terms.items():
            coefficient, sign = _coefficient(a, b)
            power = "" if not k else "A" if k == 1 else f"A**{k}"
            body = "*".join(part for part in (coefficient, power) if part) or "1"
            text += f" {sign} {body}" if text else f"{'-' * (sign == '-')}{body}"
        return text or "0"


def _coefficient(a: int, b: int) -> tuple[str, str]:
    """Text without sign (empty for one), and the sign."""
    if a and b:
        return f"({a} {'-' if b < 0 else '+'} {'' if abs(b) == 1 else abs(b)}i)", "+"
    size = abs(a or b)
    unit = "i" if b else ""
    return ("" if size == 1 and not unit else unit if size == 1 else f"{size}{unit}"), "-" if (
        a or b
    ) < 0 else "+"
