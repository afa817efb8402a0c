"""Exact sizes: polynomials with integer coefficients over axis symbols, floors `a // b`, remainders `a % b`
and quotients `a / b` that are known to be whole.

Sizes are kept in one normal form, so structural equality decides equality of polynomials. What is static
but not a whole number (`k**-0.5`, `1e-5`) is a `Real`, in `diagram.reals`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from math import gcd

from diagram.quotient import Quotient
from diagram.size_limits import MOST_TERMS, times
from diagram.size_text import terms_text

Atom = str | Quotient
Monomial = tuple[tuple[Atom, int], ...]
"""A product of powers of atoms, sorted by their text."""
Terms = tuple[tuple[Monomial, int], ...]


class Size:
    """An integer polynomial in axis sizes. Frozen; build it with `Size.of`, `symbol` and the operators.

    >>> d, h = symbol("d"), symbol("h")
    >>> (d + 2 * h) * 2 - d
    d + 4*h
    >>> (6 * d + 3) // 3
    2*d + 1
    """

    __slots__ = ("_hash", "constant", "terms")
    terms: Terms
    constant: int | None
    """The value, if it is a number."""

    def __init__(self, terms: Terms) -> None:
        self.terms = terms
        self._hash = hash(terms)
        self.constant = 0 if not terms else terms[0][1] if len(terms) == 1 and not terms[0][0] else None

    @staticmethod
    def of(value: int | str | Size) -> Size:
        """A number, the name of a symbol, or a size itself."""
        if isinstance(value, Size):
            return value
        return symbol(value) if isinstance(value, str) else _number(value)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, int):
            return self.constant == other
        return isinstance(other, Size) and self._hash == other._hash and self.terms == other.terms

    def __hash__(self) -> int:
        return self._hash

    def __add__(self, other: int | Size) -> Size:
        return _combine(self.terms, Size.of(other).terms, 1)

    def __sub__(self, other: int | Size) -> Size:
        return _combine(self.terms, Size.of(other).terms, -1)

    def __mul__(self, other: int | Size) -> Size:
        """Raises `OverflowError` beyond `MOST_TERMS` terms or `MOST_BITS` bits."""
        other = Size.of(other)
        if self.constant is not None and other.constant is not None:
            return _number(times(self.constant, other.constant))
        if len(self.terms) * len(other.terms) > MOST_TERMS * 64:
            raise OverflowError(f"a product of {len(self.terms)} and {len(other.terms)} terms")
        sums: dict[Monomial, int] = {}
        for left, a in self.terms:
            for right, b in other.terms:
                mono = _join(left, right)
                sums[mono] = sums.get(mono, 0) + times(a, b)
        if len(sums) > MOST_TERMS:
            raise OverflowError(f"a size of {len(sums)} terms")
        return _normal(sums)

    __radd__ = __add__

    def __rsub__(self, other: int) -> Size:
        return Size.of(other) - self

    __rmul__ = __mul__

    def __neg__(self) -> Size:
        return Size(tuple((mono, -c) for mono, c in self.terms))

    def __pow__(self, power: int) -> Size:
        return product([self] * power)

    def __floordiv__(self, other: int | Size) -> Size:
        """Rounds down, as Python does. Raises `ZeroDivisionError` for a zero divisor."""
        return _floor(self, Size.of(other))

    def __mod__(self, other: int | Size) -> Size:
        """`a - (a // b) * b`, kept as one atom when it does not simplify."""
        other = Size.of(other)
        if self.constant is not None and other.constant is not None:
            return _number(self.constant % other.constant)
        if self.divided_by(other) is not None:
            return _number(0)
        if other.constant is not None:
            n = other.constant
            rest = _normal({mono: c % n for mono, c in self.terms})
            if rest.constant is not None:
                return rest % other
            return _atom(Quotient("%", rest, other))
        return _atom(Quotient("%", self, other))

    def divided_by(self, other: int | Size) -> Size | None:
        """The exact quotient, if the division of polynomials leaves no remainder, else None."""
        other = Size.of(other)
        if other == 0:
            return None
        if not self.terms:
            return self
        if len(other.terms) == 1:
            parts = [_divide_term(term, other.terms[0]) for term in self.terms]
            return None if None in parts else _normal(dict(p for p in parts if p is not None))
        return _long_division(self, other)

    @property
    def symbols(self) -> frozenset[str]:
        """Names of the axis sizes it depends on."""
        return _symbols(self)

    def subs(self, values: Mapping[str, int | Size]) -> Size:
        """Replace symbols by sizes."""
        if self.constant is not None or not (self.symbols & values.keys()):
            return self
        total = _number(0)
        for mono, c in self.terms:
            product = _number(c)
            for atom, power in mono:
                product = product * _atom_subs(atom, values) ** power
            total = total + product
        return total

    def evaluate(self, values: Mapping[str, int]) -> int:
        """The value for given symbols. Raises `KeyError` with the first missing name."""
        total = 0
        for mono, c in self.terms:
            for atom, power in mono:
                if isinstance(atom, str):
                    c *= values[atom] ** power
                else:
                    top, bottom = atom.top.evaluate(values), atom.bottom.evaluate(values)
                    c *= (top % bottom if atom.sign == "%" else top // bottom) ** power
            total += c
        return total

    def solve(self, name: str, value: Size) -> Size | None:
        """The size of symbol `name` for which this equals `value`, if it occurs linearly and divides
        exactly."""
        slope, rest = linear_in(self, name)
        if slope is None or slope == 0:
            return None
        return (value - rest).divided_by(slope)

    def with_exact(self, pairs: Iterable[tuple[Size, Size]]) -> Size:
        """Floors `a // b` for the given pairs, of which b is known to divide a, as exact quotients."""
        known: dict[Atom, Size] = {}
        for top, bottom in pairs:
            floor = (top // bottom).terms
            if len(floor) == 1 and floor[0][1] == 1 and len(floor[0][0]) == 1:
                known[floor[0][0][0][0]] = exact(top, bottom)
        total = _number(0)
        for mono, c in self.terms:
            term = _number(c)
            for atom, power in mono:
                term = term * (known.get(atom) or _atom(atom)) ** power
            total = total + term
        return total

    def __str__(self) -> str:
        return self.text(str)

    __repr__ = __str__

    def text(self, name: Callable[[str], str]) -> str:
        """As `.diag` (and Python) text, with symbols written by `name`."""
        return terms_text(self.terms, name)


def exact(top: Size, bottom: Size) -> Size:
    """The quotient of sizes of which it is known that it is whole: `h * exact(d, h)` is `d`.

    One of a quotient is one quotient: `(d / h) / k` is `d / (h*k)`.
    """
    simple = top.divided_by(bottom)
    if simple is not None:
        return simple
    if len(top.terms) == 1 and top.terms[0][1] == 1 and len(top.terms[0][0]) == 1:
        atom, power = top.terms[0][0][0]
        if isinstance(atom, Quotient) and atom.sign == "/" and power == 1:
            return exact(atom.top, atom.bottom * bottom)
    return _atom(Quotient("/", top, bottom))


def symbol(name: str) -> Size:
    """The size of the axis called `name`."""
    return _atom(name)


@lru_cache(maxsize=4096)
def _atom(atom: Atom) -> Size:
    return Size(((((atom, 1),), 1),))


@lru_cache(maxsize=4096)
def _number(value: int) -> Size:
    return Size((((), value),) if value else ())


ZERO = _number(0)
ONE = _number(1)


def product(sizes: Iterable[Size]) -> Size:
    """The product of sizes, 1 for none."""
    result = ONE
    for size in sizes:
        result = result * size
    return result


def linear_in(size: Size, name: str) -> tuple[Size | None, Size]:
    """`slope, rest` with `size == slope * name + rest`; slope is None if `name` occurs otherwise."""
    slope, rest = ZERO, ZERO
    for mono, c in size.terms:
        if (name, 1) in mono:
            slope += _normal({tuple(p for p in mono if p[0] != name): c})
        else:
            rest += Size(((mono, c),))
    if name in rest.symbols or name in slope.symbols:
        return None, rest
    return slope, rest


def _combine(left: Terms, right: Terms, sign: int) -> Size:
    sums = dict(left)
    for mono, c in right:
        sums[mono] = sums.get(mono, 0) + sign * c
    return _normal(sums)


def _term_key(term: tuple[Monomial, int]) -> tuple[int, str]:
    """Higher degree first, then by text; the constant last."""
    mono = term[0]
    return -sum(power for _, power in mono), str(mono)


def _normal(sums: Mapping[Monomial, int]) -> Size:
    terms = [(mono, c) for mono, c in sums.items() if c]
    for mono, c in terms:
        for atom, power in mono:
            if isinstance(atom, Quotient) and atom.sign == "/":
                reduced = _cancelled(mono, c, atom, power)
                if reduced is not None:
                    return Size(tuple(t for t in terms if t[0] != mono)) + reduced
    if len(terms) > 1:
        terms.sort(key=_term_key)
    return Size(tuple(terms))


def _cancelled(mono: Monomial, c: int, atom: Quotient, power: int) -> Size | None:
    """`c * rest * (top / bottom)` with what `c * rest` and `bottom` have in common cancelled, if anything."""
    powers = dict(mono)
    if power == 1:
        del powers[atom]
    else:
        powers[atom] = power - 1
    rest = Size(((tuple(powers.items()), c),))
    n = atom.bottom.constant
    if n is not None:
        g = gcd(c, n)
        return Size(((tuple(powers.items()), c // g),)) * exact(atom.top, _number(n // g)) if g > 1 else None
    whole = rest.divided_by(atom.bottom)
    return None if whole is None else whole * atom.top


def _join(left: Monomial, right: Monomial) -> Monomial:
    if not left or not right:
        return left or right
    powers = dict(left)
    for atom, power in right:
        powers[atom] = powers.get(atom, 0) + power
    return tuple(sorted(powers.items(), key=lambda item: str(item[0])))


def _divide_term(term: tuple[Monomial, int], by: tuple[Monomial, int]) -> tuple[Monomial, int] | None:
    if term[1] % by[1]:
        return None
    powers = dict(term[0])
    for atom, power in by[0]:
        if powers.get(atom, 0) < power:
            return None
        powers[atom] -= power
    return tuple((atom, power) for atom, power in powers.items() if power), term[1] // by[1]


def _long_division(top: Size, bottom: Size) -> Size | None:
    lead, quotient, rest = bottom.terms[0], ZERO, top
    for _ in range(len(top.terms) * 4 + 8):
        if not rest.terms:
            return quotient
        part = _divide_term(rest.terms[0], lead)
        if part is None:
            return None
        factor = Size((part,))
        quotient, rest = quotient + factor, rest - factor * bottom
    return None


def _floor(top: Size, bottom: Size) -> Size:
    if bottom == 0:
        raise ZeroDivisionError(f"{top} // 0")
    if top.constant is not None and bottom.constant is not None:
        return _number(top.constant // bottom.constant)
    exact = top.divided_by(bottom)
    if exact is not None:
        return exact
    if bottom.constant is not None and bottom.constant > 0:
        return _floor_number(top, bottom.constant)
    return _atom(Quotient("//", top, bottom))


def _floor_number(top: Size, n: int) -> Size:
    """`(n*a + r) // n = a + r // n`; `(x // m + r) // n = (x + m*r) // (m*n)`, also for a quotient
    that is known to be whole; common factors are cancelled."""
    whole = _normal({mono: c // n for mono, c in top.terms if c % n == 0 or not mono})
    rest = top - whole * n
    if rest.constant is not None:
        return whole + rest.constant // n
    shared = gcd(n, *(c for mono, c in rest.terms if mono))
    if shared > 1:
        rest = _normal({mono: c // shared for mono, c in rest.terms})
        n //= shared
        if n == 1:
            return whole + rest
    inner = [(mono, c) for mono, c in rest.terms if mono]
    if len(inner) == 1 and inner[0][1] == 1 and len(inner[0][0]) == 1:
        atom, power = inner[0][0][0]
        if (
            isinstance(atom, Quotient)
            and power == 1
            and atom.sign in ("//", "/")
            and (atom.bottom.constant or 0) > 0
        ):
            shift = rest - _atom(atom)
            return whole + _floor(atom.top + atom.bottom * shift, atom.bottom * n)
    return whole + _atom(Quotient("//", rest, _number(n)))


@lru_cache(maxsize=4096)
def _symbols(size: Size) -> frozenset[str]:
    names: set[str] = set()
    for mono, _ in size.terms:
        for atom, _ in mono:
            names |= {atom} if isinstance(atom, str) else atom.top.symbols | atom.bottom.symbols
    return frozenset(names)


def _atom_subs(atom: Atom, values: Mapping[str, int | Size]) -> Size:
    if isinstance(atom, str):
        return Size.of(values[atom]) if atom in values else _atom(atom)
    top, bottom = atom.top.subs(values), atom.bottom.subs(values)
    if atom.sign == "%":
        return top % bottom
    return top // bottom if atom.sign == "//" or top.constant is not None else exact(top, bottom)
