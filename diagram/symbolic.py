"""Diagrams of single numbers as expressions of sympy, exactly: loops give `(1 - L)**-1`.

Expressions are built node by node, never from text. sympy is loaded when asked for. Not here: arrays with
symbolic entries, which are networks over a ring (`diagram.semirings`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import sympy
from sympy.solvers.solveset import NonlinearError

from diagram.op import Kind
from diagram.reals import Number, Real
from diagram.scalars import diverges, evaluate, meaningless
from diagram.sizes import Size
from diagram.types import DType
from diagram.value import Box, Diagram

Expr = Any
"""An expression of sympy. Any: sympy has no types."""

_FUNCTIONS: dict[str, Callable[..., Expr]] = {
    "neg": lambda x: -x,
    "add": lambda x, y: x + y,
    "sub": lambda x, y: x - y,
    "div": lambda x, y: x / y,
    "pow": lambda x, y: x**y,
    "exp": sympy.exp,
    "expm1": lambda x: sympy.exp(x) - 1,
    "log": sympy.log,
    "log1p": lambda x: sympy.log(1 + x),
    "sqrt": sympy.sqrt,
    "rsqrt": lambda x: 1 / sympy.sqrt(x),
    "sin": sympy.sin,
    "cos": sympy.cos,
    "tan": sympy.tan,
    "sinh": sympy.sinh,
    "cosh": sympy.cosh,
    "tanh": sympy.tanh,
    "asin": sympy.asin,
    "acos": sympy.acos,
    "atan": sympy.atan,
    "atan2": sympy.atan2,
    "erf": sympy.erf,
    "abs": sympy.Abs,
    "maximum": sympy.Max,
    "minimum": sympy.Min,
    "sigmoid": lambda x: 1 / (1 + sympy.exp(-x)),
    "softplus": lambda x: sympy.log(1 + sympy.exp(x)),
    "relu": lambda x: sympy.Max(x, 0),
    "reciprocal": lambda x: 1 / x,
    "asinh": sympy.asinh,
    "acosh": sympy.acosh,
    "atanh": sympy.atanh,
    "lgamma": sympy.loggamma,
    "digamma": sympy.digamma,
    "sign": sympy.sign,
    "floor": sympy.floor,
    "ceil": sympy.ceiling,
    "re": sympy.re,
    "im": sympy.im,
    "conj": sympy.conjugate,
    "silu": lambda x: x / (1 + sympy.exp(-x)),
    "gelu": lambda x: x * (1 + sympy.erf(x / sympy.sqrt(2))) / 2,
}
_BY: dict[str, Callable[[Expr, Expr], Expr]] = {
    "scale": lambda x, by: x * by,
    "shift": lambda x, by: x + by,
    "rsub": lambda x, by: by - x,
    "power": lambda x, by: x**by,
}


def expressions(d: Diagram, given: Sequence[Expr] | None = None) -> tuple[Expr, ...]:
    """The outputs of a diagram of numbers as expressions in its inputs, or in what is given for them.

    Inputs are symbols of their own names; learned numbers are symbols of their paths, declared ones of the
    names they were declared by. Raises `DiagramError` E0403, E0604.

    >>> from diagram import loads
    >>> d = loads("def f(x: R, y: R) -> R = x / y + 2")["f"]
    >>> expressions(d)[0] - sympy.Symbol("x") / sympy.Symbol("y")
    2
    """
    if given is None:
        given = [sympy.Symbol(name) for name in d.input_names]
    learned = [sympy.Symbol(str(dict(p.options).get("symbol", p.path))) for p in d.params]
    return evaluate(d, [*given, *learned], _Symbolic())


def same(a: Expr, b: Expr) -> bool:
    """Whether two expressions are equal: decided for rational functions, else as far as sympy simplifies."""
    gap = a - b
    return bool(sympy.cancel(gap) == 0 or sympy.simplify(gap) == 0)


def never_zero(d: Diagram) -> bool:
    """Whether the number that a diagram gives is seen to be 0 for no real value of its first input."""
    x, *rest = (sympy.Symbol(name, real=True) for name in d.input_names)
    above, _ = sympy.fraction(sympy.together(expressions(d, [x, *rest])[0]))
    return bool(sympy.solveset(above, x, sympy.S.Reals) == sympy.S.EmptySet)


def symbol(name: str) -> Expr:
    """The symbol of a name."""
    return sympy.Symbol(name)


class _Symbolic:
    """The algebra of expressions."""

    def apply(self, box: Box, args: tuple[Expr, ...]) -> tuple[Expr, ...]:
        """What a box writes. Raises `DiagramError` E0403."""
        name = box.op.name
        if name in _FUNCTIONS:
            return (_FUNCTIONS[name](*args),)
        if name in _BY:
            by = box.arg("by")
            assert isinstance(by, Real)
            return (_BY[name](args[0], number(by)),)
        if name == "cast" and isinstance(dtype := box.arg("dtype"), DType) and dtype.is_smooth:
            return args
        if name == "const":
            value = box.arg("value")
            assert isinstance(value, Real)
            return (number(value),)
        if box.op.kind == Kind.CONTRACT and box.spec is not None and not box.spec.indices:
            return (sympy.Mul(*args),)
        raise meaningless(box, "as an expression of sympy")

    def unknown(self) -> Expr:
        """A symbol unlike all others."""
        return sympy.Dummy("loop")

    def solved(
        self, unknowns: Sequence[Expr], values: Sequence[Expr], results: Sequence[Expr]
    ) -> tuple[Expr, ...]:
        """The results at the one solution of the linear loops. Raises `DiagramError` E0604."""
        try:
            pairs = zip(unknowns, values, strict=True)
            matrix, right = sympy.linear_eq_to_matrix([u - sympy.expand(v) for u, v in pairs], *unknowns)
        except NonlinearError:
            raise diverges("it is not linear, and sympy solves linear loops only") from None
        if same(matrix.det(), sympy.Integer(0)):
            raise diverges("1 - L has no inverse")
        solution = dict(zip(unknowns, matrix.LUsolve(right), strict=True))
        return tuple(e.xreplace(solution) for e in results)


def number(value: Real) -> Expr:
    """A static number, exactly: `0.1` is one tenth, an open size is a symbol."""
    if value.sign:
        args = [number(a) for a in value.args if isinstance(a, Real)]
        return _STATIC[value.sign](*args)
    leaf = value.leaf
    if isinstance(leaf, Size):
        return _size(leaf)
    assert leaf is not None
    return _exact(leaf)


_STATIC: dict[str, Callable[..., Expr]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "//": lambda a, b: sympy.floor(a / b),
    "%": lambda a, b: sympy.Mod(a, b),
    "**": lambda a, b: a**b,
    "neg": lambda a: -a,
    **{name: getattr(sympy, name) for name in ("sqrt", "exp", "log", "sin", "cos", "tanh")},
}


def _exact(value: Number) -> Expr:
    if isinstance(value, int):
        return sympy.Integer(value)
    if isinstance(value, complex):
        return _exact(value.real) + sympy.I * _exact(value.imag)
    if value != value or value in (float("inf"), float("-inf")):
        return sympy.nan if value != value else sympy.oo if value > 0 else -sympy.oo
    near = Fraction(value).limit_denominator(10**9)
    simple = near if float(near) == value else Fraction(value)
    return sympy.Rational(simple.numerator, simple.denominator)


def _size(size: Size) -> Expr:
    """A size without quotients, as a polynomial."""
    total = sympy.Integer(0)
    for mono, c in size.terms:
        factors = [sympy.Symbol(str(atom), integer=True) ** power for atom, power in mono]
        total += sympy.Mul(sympy.Integer(c), *factors)
    return total
