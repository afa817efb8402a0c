"""Commutative semirings whose elements are exact Python values: what a tensor functor may take its entries
from.

Not here: arrays (`diagram.network` contracts sparse ones, `compilers.rings` knows dense ones). Laurent
polynomials have coefficients in the Gaussian integers.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from operator import add, mul
from typing import Any

Element = Any
"""An element of a semiring. Any: each has a Python type of its own (bool, int, float, `Laurent`, ...)."""


@dataclass(frozen=True, slots=True)
class Semiring:
    """Sums over inner wires are `add`, boxes side by side are `mul`; `of` reads a number as an element.

    Arrays of elements use the operations of these names, `sums` and `products`, where a library has them, and
    are of `dtype`: `object` for Python values of any kind, empty for that of what is given.
    """

    name: str
    zero: Element
    one: Element
    add: Callable[[Element, Element], Element]
    mul: Callable[[Element, Element], Element]
    of: Callable[[Any], Element]
    sums: str = ""
    products: str = ""
    dtype: str = "object"

    def total(self, count: int) -> Element:
        """`1 + 1 + ...`, count times."""
        result = self.zero
        for _ in range(count):
            result = self.add(result, self.one)
        return result


Monomial = tuple[tuple[str, int], ...]
Gauss = tuple[int, int]


class Laurent:
    """A Laurent polynomial in any variables, with coefficients `a + b*i`. Frozen.

    >>> a = Laurent.variable("A")
    >>> -a**2 - a**-2
    -A**2 - A**-2
    >>> (a + 1) * (a - 1) == a**2 - 1
    True
    """

    __slots__ = ("terms",)
    terms: Mapping[Monomial, Gauss]

    def __init__(self, terms: Mapping[Monomial, Gauss]) -> None:
        self.terms = {mono: c for mono, c in terms.items() if c != (0, 0)}

    @staticmethod
    def of(value: Laurent | complex) -> Laurent:
        """A Gaussian integer, or a polynomial itself. Raises `ValueError` for other numbers."""
        if isinstance(value, Laurent):
            return value
        number = complex(value)
        if not (number.real.is_integer() and number.imag.is_integer()):
            raise ValueError(f"{value} is not a Gaussian integer")
        return Laurent({(): (int(number.real), int(number.imag))})

    @staticmethod
    def variable(name: str) -> Laurent:
        """The polynomial that is one variable."""
        return Laurent({((name, 1),): (1, 0)})

    def __add__(self, other: Laurent | complex) -> Laurent:
        sums = dict(self.terms)
        for mono, (a, b) in Laurent.of(other).terms.items():
            c, d = sums.get(mono, (0, 0))
            sums[mono] = (a + c, b + d)
        return Laurent(sums)

    def __mul__(self, other: Laurent | complex) -> Laurent:
        sums: dict[Monomial, Gauss] = {}
        right = Laurent.of(other)
        for left, (a, b) in self.terms.items():
            for mono, (c, d) in right.terms.items():
                both = _joined(left, mono)
                e, f = sums.get(both, (0, 0))
                sums[both] = (e + a * c - b * d, f + a * d + b * c)
        return Laurent(sums)

    def __pow__(self, power: int) -> Laurent:
        """Negative powers exist for a unit: one term with coefficient 1, -1, i or -i. Raises `ValueError`."""
        base = self if power >= 0 else self._inverse()
        result = Laurent.of(1)
        for _ in range(abs(power)):
            result = result * base
        return result

    def _inverse(self) -> Laurent:
        if len(self.terms) == 1:
            ((mono, (a, b)),) = self.terms.items()
            if a * a + b * b == 1:
                return Laurent({tuple((name, -k) for name, k in mono): (a, -b)})
        raise ValueError(f"{self} has no inverse")

    def __neg__(self) -> Laurent:
        return self * -1

    def __sub__(self, other: Laurent | complex) -> Laurent:
        return self + -Laurent.of(other)

    __radd__ = __add__
    __rmul__ = __mul__

    def __rsub__(self, other: complex) -> Laurent:
        return -self + other

    def __eq__(self, other: object) -> bool:
        if isinstance(other, int | float | complex):
            other = Laurent.of(other)
        return isinstance(other, Laurent) and self.terms == other.terms

    def __hash__(self) -> int:
        return hash(frozenset(self.terms.items()))

    def at(self, values: Mapping[str, complex]) -> complex:
        """The value for given variables."""
        return sum(
            (
                complex(a, b) * math.prod((values[name] ** k for name, k in mono), start=1 + 0j)
                for mono, (a, b) in self.terms.items()
            ),
            0j,
        )

    def __repr__(self) -> str:
        order = sorted(self.terms, key=lambda mono: (-sum(k for _, k in mono), mono))
        text = ""
        for mono in order:
            part = _term(mono, self.terms[mono])
            text += part if not text else f" - {part[1:]}" if part.startswith("-") else f" + {part}"
        return text or "0"


def _joined(left: Monomial, right: Monomial) -> Monomial:
    powers = dict(left)
    for name, k in right:
        powers[name] = powers.get(name, 0) + k
    return tuple(sorted((name, k) for name, k in powers.items() if k))


def _term(mono: Monomial, c: Gauss) -> str:
    factors = "*".join(name if k == 1 else f"{name}**{k}" for name, k in mono)
    a, b = c
    if a and b:
        number = f"({a} {'-' if b < 0 else '+'} {abs(b)}*i)"
    elif b:
        number = {1: "i", -1: "-i"}.get(b, f"{b}*i")
    else:
        number = str(a)
    if not factors:
        return number
    return {"1": factors, "-1": f"-{factors}"}.get(number, f"{number}*{factors}")


def _real(value: complex) -> Element:
    return value.real if isinstance(value, complex) and not value.imag else value


def _itself(value: Element) -> Element:
    return value


_LINEAR = ("add", "multiply")
BOOL = Semiring(
    "bool", False, True, lambda a, b: a or b, lambda a, b: a and b, bool, "logical_or", "logical_and", "bool"
)
COUNT = Semiring("count", 0, 1, add, mul, lambda a: int(a.real), *_LINEAR, "int64")
REAL = Semiring("real", 0, 1, add, mul, _real, *_LINEAR, "")
TROPICAL = Semiring("tropical", math.inf, 0, min, add, _real, "minimum", "add", "float64")
MAXPLUS = Semiring("maxplus", -math.inf, 0, max, add, _real, "maximum", "add", "float64")
LAURENT = Semiring("laurent", Laurent({}), Laurent.of(1), add, mul, Laurent.of, *_LINEAR)
EXACT = Semiring("exact", 0, 1, add, mul, _itself, *_LINEAR)
"""Python values of any kind with `+` and `*`: Fractions, expressions of sympy, polynomials."""
SEMIRINGS = {s.name: s for s in (BOOL, COUNT, REAL, TROPICAL, MAXPLUS, LAURENT)}
"""The semirings by name."""


def symbolic() -> Semiring:
    """Expressions of sympy, simplified by expanding; sympy is loaded when asked for."""
    import sympy

    return Semiring(
        "sympy",
        sympy.Integer(0),
        sympy.Integer(1),
        lambda a, b: sympy.expand(a + b),
        lambda a, b: sympy.expand(a * b),
        sympy.nsimplify,
    )
