"""Rows of arithmetic, pointwise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diagram.op import Grad
from diagram.ops.rules import binary, flat, row, unary

if TYPE_CHECKING:
    from diagram.term import Local, Term


def _maximum(sign: int) -> Grad:
    def grad(
        g: Local, xs: tuple[Term, ...], ys: tuple[Term, ...], dys: tuple[Term, ...]
    ) -> tuple[Term, Term]:
        a, b = xs if sign > 0 else xs[::-1]
        wins = (g.mask("ge", a, b) + g.mask("gt", a, b)) * 0.5
        return dys[0] * wins, dys[0] * (1 - wins)

    return grad


def _pow(g: Local, a: Term, b: Term, y: Term, dy: Term) -> tuple[Term, Term]:
    """d a = b a^(b-1), 0 where b = 0; d b = y log a, 0 where y = 0: as torch."""
    slope = g.apply("select", g.apply("eq", b, 0), 0, b * g.apply("pow", a, b - 1))
    rate = g.apply("select", g.apply("eq", y, 0), 0, y * g.apply("log", a))
    return dy * slope, dy * rate


def _div(g: Local, a: Term, b: Term, y: Term, dy: Term) -> tuple[Term, Term]:
    ratio = dy / b
    return ratio, -(ratio * y)


def _power(g: Local, x: Term, y: Term, dy: Term) -> Term:
    by = g.real("by")
    return dy * (x ** (by - 1)) * by


def _scale(g: Local, x: Term, y: Term, dy: Term) -> Term:
    return dy * g.real("by")


ARITHMETIC = (
    row("neg", "-{0}", "Minus.", unary(lambda g, x, y, dy: -dy), dtype="minus", linear=(0,), glyph="−"),
    row(
        "add",
        "{0} + {1}",
        "Sum.",
        binary(lambda g, a, b, y, dy: (dy, dy)),
        arity=2,
        dtype="number",
        linear=(0, 1),
        glyph="+",
    ),
    row(
        "sub",
        "{0} - {1}",
        "Difference.",
        binary(lambda g, a, b, y, dy: (dy, -dy)),
        arity=2,
        dtype="minus",
        linear=(0, 1),
        glyph="−",
    ),
    row(
        "div",
        "{0} / {1}",
        "Quotient.",
        binary(_div),
        arity=2,
        linear=(0,),
        glyph="÷",
        sample=("any", "nonzero"),
    ),
    row(
        "pow",
        "{0} ** {1}",
        "Power with an array as exponent.",
        binary(_pow),
        arity=2,
        sample=("positive", "any"),
        torch="xp.pow({0}, {1})",
        flops=2,
        glyph="pow",
    ),
    row(
        "power",
        "{0} ** {by}",
        "Power with a fixed exponent `by`.",
        unary(_power),
        args=("by",),
        sample=("positive",),
        dtype="scalar",
        glyph="xⁿ",
    ),
    row(
        "scale",
        "{0} * {by}",
        "Times the number `by`.",
        unary(_scale),
        args=("by",),
        dtype="scalar",
        linear=(0,),
        glyph="×",
    ),
    row(
        "shift",
        "{0} + {by}",
        "Plus the number `by`.",
        unary(lambda g, x, y, dy: dy),
        args=("by",),
        dtype="scalar",
        glyph="+",
    ),
    row(
        "rsub",
        "{by} - {0}",
        "The number `by` minus the array.",
        unary(lambda g, x, y, dy: -dy),
        args=("by",),
        dtype="scalar",
        glyph="−",
    ),
    row(
        "reciprocal",
        "1 / {0}",
        "One over x.",
        unary(lambda g, x, y, dy: -(dy * y * y)),
        sample=("nonzero",),
        glyph="1/x",
    ),
    row(
        "floordiv",
        "{0} // {1}",
        "Quotient rounded down.",
        flat,
        arity=2,
        dtype="number",
        glyph="//",
        sample=("any", "nonzero"),
    ),
    row(
        "mod",
        "{0} % {1}",
        "Remainder with the sign of the divisor.",
        binary(lambda g, a, b, y, dy: (dy, -(dy * g.apply("floordiv", a, b)))),
        arity=2,
        dtype="number",
        glyph="mod",
        sample=("any", "nonzero"),
    ),
    row(
        "maximum",
        "xp.maximum({0}, {1})",
        "The larger of two; ties share the derivative.",
        _maximum(1),
        arity=2,
        dtype="order",
        glyph="max",
    ),
    row(
        "minimum",
        "xp.minimum({0}, {1})",
        "The smaller of two; ties share the derivative.",
        _maximum(-1),
        arity=2,
        dtype="order",
        glyph="min",
    ),
)
