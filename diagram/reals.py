"""Static numbers: expressions over sizes and literals, known while elaborating up to the values of symbolic
sizes.

`k**-0.5` in an equation, `eps`, `1 / t`: each is a `Real`. Whole sizes are exact (`diagram.sizes`); a Real
is what a back end evaluates once a size is given.
"""

from __future__ import annotations

import cmath
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from diagram.size_limits import MOST_BITS
from diagram.sizes import Size

Number = int | float | complex


def _power(a: Number, b: Number) -> Number:
    """Raises `OverflowError` for a whole number of more than `MOST_BITS` bits, before it is computed."""
    if isinstance(a, int) and isinstance(b, int) and a.bit_length() * abs(b) > MOST_BITS:
        raise OverflowError(f"a power of about {a.bit_length() * abs(b)} bits")
    return a**b


_BINARY: dict[str, Callable[[Number, Number], Number]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "//": lambda a, b: a // b,  # type: ignore[operator]
    "%": lambda a, b: a % b,  # type: ignore[operator]
    "**": lambda a, b: _power(a, b),
}
FUNCTIONS = ("sqrt", "exp", "log", "sin", "cos", "tanh")
"""Functions that are folded on static numbers; all exist in `math`."""
_LEVEL = {"+": 1, "-": 1, "*": 2, "/": 2, "//": 2, "%": 2, "neg": 3, "**": 4}


@dataclass(frozen=True, slots=True)
class Real:
    """`sign` is an operator, a function name, or `""` for a leaf; `args` are Reals, or the leaf's value."""

    sign: str
    args: tuple[Real | Number | Size, ...]

    @staticmethod
    def of(value: Number | Size | Real) -> Real:
        """A leaf; whole constant sizes become ints."""
        if isinstance(value, Real):
            return value
        if isinstance(value, Size) and value.constant is not None:
            value = value.constant
        return Real("", (value,))

    @property
    def leaf(self) -> Number | Size | None:
        """The value of a leaf, None for an operation."""
        return self.args[0] if not self.sign else None  # type: ignore[return-value]

    @property
    def number(self) -> Number | None:
        """The value, if no symbol occurs."""
        leaf = self.leaf
        return None if leaf is None or isinstance(leaf, Size) else leaf

    def apply(self, sign: str, other: Number | Size | Real | None = None) -> Real:
        """`self sign other`, or the function `sign` of self; folded when both are numbers.

        Raises `ZeroDivisionError`, `OverflowError`, `ValueError` as Python's arithmetic does.
        """
        args = (self,) if other is None else (self, Real.of(other))
        numbers = [a.number for a in args]
        if None not in numbers:
            return Real.of(_fold(sign, numbers))  # type: ignore[arg-type]
        exact = _exact(sign, args)
        return exact if exact is not None else Real(sign, args)

    def __add__(self, other: Number | Size | Real) -> Real:
        return self.apply("+", other)

    def __sub__(self, other: Number | Size | Real) -> Real:
        return self.apply("-", other)

    def __mul__(self, other: Number | Size | Real) -> Real:
        return self.apply("*", other)

    def __truediv__(self, other: Number | Size | Real) -> Real:
        return self.apply("/", other)

    def __pow__(self, other: Number | Size | Real) -> Real:
        return self.apply("**", other)

    def __neg__(self) -> Real:
        return self.apply("neg")

    @property
    def symbols(self) -> frozenset[str]:
        """Axis symbols it depends on."""
        if not self.sign:
            return self.args[0].symbols if isinstance(self.args[0], Size) else frozenset()
        return frozenset().union(*(a.symbols for a in self.args if isinstance(a, Real)))

    def subs(self, values: Mapping[str, int | Size]) -> Real:
        """Replace symbols by sizes."""
        if not self.sign:
            return Real.of(self.args[0].subs(values)) if isinstance(self.args[0], Size) else self
        parts = [a.subs(values) for a in self.args if isinstance(a, Real)]
        return parts[0].apply(self.sign, *parts[1:])

    def evaluate(self, values: Mapping[str, int]) -> Number:
        """The number for given symbols. Raises `KeyError` for a missing one."""
        if not self.sign:
            leaf = self.args[0]
            return leaf.evaluate(values) if isinstance(leaf, Size) else leaf  # type: ignore[return-value]
        return _fold(self.sign, [a.evaluate(values) for a in self.args if isinstance(a, Real)])

    def text(self, name: Callable[[str], str] = str, function: str = "{}") -> str:
        """As `.diag` text; as Python with `function="math.{}"`."""
        return self._text(name, function, 0)

    def __str__(self) -> str:
        return self.text()

    def _text(self, name: Callable[[str], str], function: str, level: int) -> str:
        if not self.sign:
            text, own = _leaf_text(self.args[0], name), 9  # type: ignore[arg-type]
            if text.startswith("-"):
                own = 3
            elif isinstance(self.args[0], Size) and not text.isidentifier():
                own = 1
        elif self.sign in _BINARY:
            own, (left, right) = _LEVEL[self.sign], self.args
            assert isinstance(left, Real) and isinstance(right, Real)
            tight = self.sign == "**"
            gap = "" if tight else " "
            text = (
                left._text(name, function, own + tight)
                + gap
                + self.sign
                + gap
                + right._text(name, function, own if tight else own + 1)
            )
        else:
            (arg,) = self.args
            assert isinstance(arg, Real)
            if self.sign == "neg":
                own, text = 3, "-" + arg._text(name, function, 3)
            else:
                own, text = 9, f"{function.format(self.sign)}({arg._text(name, function, 0)})"
        return f"({text})" if own < level else text


def _leaf_text(value: Number | Size, name: Callable[[str], str]) -> str:
    if isinstance(value, Size):
        return value.text(name)
    if isinstance(value, complex):
        return f"({value.real!r} + {value.imag!r}*i)"
    return repr(value)


def _fold(sign: str, args: list[Number]) -> Number:
    if sign in _BINARY:
        return _BINARY[sign](*args)
    if sign == "neg":
        return -args[0]
    module = cmath if isinstance(args[0], complex) else math
    return getattr(module, sign)(*args)  # type: ignore[no-any-return]


def _exact(sign: str, args: tuple[Real, ...]) -> Real | None:
    """Sums, differences and products of whole sizes stay sizes; neutral elements vanish."""
    left, right = args[0].leaf, args[1].leaf if len(args) == 2 else None
    if sign == "neg" and isinstance(left, Size):
        return Real.of(-left)
    if isinstance(left, int | Size) and isinstance(right, int | Size):
        a, b = Size.of(left), Size.of(right)
        if sign in ("+", "-", "*"):
            return Real.of(a + b if sign == "+" else a - b if sign == "-" else a * b)
        if sign == "**" and isinstance(right, int) and 0 <= right <= 8:
            return Real.of(a**right)
        if sign == "/":
            exact = a.divided_by(b)
            return None if exact is None else Real.of(exact)
        if sign in ("//", "%") and b != 0:
            return Real.of(a // b if sign == "//" else a % b)
    if right == 1 and sign in ("*", "/", "**"):
        return args[0]
    if left == 1 and sign == "*":
        return args[1]
    return None
