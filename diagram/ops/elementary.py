"""Rows of the elementary and special functions, pointwise."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from diagram.ops.rules import binary, row, unary

if TYPE_CHECKING:
    from diagram.term import Local, Term


def _atan2(g: Local, a: Term, b: Term, y: Term, dy: Term) -> tuple[Term, Term]:
    radius = (dy / (a * a + b * b)).done()
    return radius * b, -(radius * a)


ELEMENTARY = (
    row("exp", "xp.exp({0})", "Exponential.", unary(lambda g, x, y, dy: dy * y)),
    row(
        "expm1", "xp.expm1({0})", "exp(x) - 1 without cancellation.", unary(lambda g, x, y, dy: dy * (y + 1))
    ),
    row("log", "xp.log({0})", "Natural logarithm.", unary(lambda g, x, y, dy: dy / x), sample=("positive",)),
    row(
        "log1p",
        "xp.log1p({0})",
        "log(1 + x) without cancellation.",
        unary(lambda g, x, y, dy: dy / (x + 1)),
        sample=("positive",),
    ),
    row(
        "sqrt",
        "xp.sqrt({0})",
        "Square root.",
        unary(lambda g, x, y, dy: dy / y * 0.5),
        sample=("positive",),
        glyph="√",
    ),
    row(
        "rsqrt",
        "1 / xp.sqrt({0})",
        "One over the square root.",
        unary(lambda g, x, y, dy: dy * y * y * y * -0.5),
        torch="xp.rsqrt({0})",
        sample=("positive",),
        glyph="1/√",
    ),
    row("sin", "xp.sin({0})", "Sine.", unary(lambda g, x, y, dy: dy * g.apply("cos", x))),
    row("cos", "xp.cos({0})", "Cosine.", unary(lambda g, x, y, dy: -(dy * g.apply("sin", x)))),
    row("tan", "xp.tan({0})", "Tangent.", unary(lambda g, x, y, dy: dy * (1 + y * y))),
    row("sinh", "xp.sinh({0})", "Hyperbolic sine.", unary(lambda g, x, y, dy: dy * g.apply("cosh", x))),
    row("cosh", "xp.cosh({0})", "Hyperbolic cosine.", unary(lambda g, x, y, dy: dy * g.apply("sinh", x))),
    row("tanh", "xp.tanh({0})", "Hyperbolic tangent.", unary(lambda g, x, y, dy: dy * (1 - y * y))),
    row(
        "asin",
        "xp.arcsin({0})",
        "Inverse sine.",
        unary(lambda g, x, y, dy: dy * g.apply("rsqrt", 1 - x * x)),
        sample=("unit",),
    ),
    row(
        "acos",
        "xp.arccos({0})",
        "Inverse cosine.",
        unary(lambda g, x, y, dy: -(dy * g.apply("rsqrt", 1 - x * x))),
        sample=("unit",),
    ),
    row("atan", "xp.arctan({0})", "Inverse tangent.", unary(lambda g, x, y, dy: dy / (1 + x * x))),
    row(
        "asinh",
        "xp.arcsinh({0})",
        "Inverse hyperbolic sine.",
        unary(lambda g, x, y, dy: dy * g.apply("rsqrt", 1 + x * x)),
    ),
    row(
        "acosh",
        "xp.arccosh({0})",
        "Inverse hyperbolic cosine.",
        unary(lambda g, x, y, dy: dy * g.apply("rsqrt", x * x - 1)),
        sample=("above",),
    ),
    row(
        "atanh",
        "xp.arctanh({0})",
        "Inverse hyperbolic tangent.",
        unary(lambda g, x, y, dy: dy / (1 - x * x)),
        sample=("unit",),
    ),
    row(
        "atan2",
        "xp.arctan2({0}, {1})",
        "The angle of the point (b, a).",
        binary(_atan2),
        arity=2,
        dtype="real",
        sample=("nonzero", "nonzero"),
    ),
    row(
        "erf",
        "special.erf({0})",
        "Error function.",
        unary(lambda g, x, y, dy: dy * g.apply("exp", -(x * x)) * (2 / math.sqrt(math.pi))),
        torch="xp.erf({0})",
        dtype="real",
    ),
    row(
        "lgamma",
        "special.lgamma({0})",
        "Logarithm of the absolute value of the gamma function.",
        unary(lambda g, x, y, dy: dy * g.apply("digamma", x)),
        torch="xp.lgamma({0})",
        dtype="real",
        sample=("positive",),
        glyph="ln Γ",
    ),
    row(
        "digamma",
        "special.digamma({0})",
        "Derivative of lgamma.",
        unary(lambda g, x, y, dy: dy * g.apply("polygamma", x, by=1)),
        torch="xp.digamma({0})",
        dtype="real",
        sample=("positive",),
        glyph="ψ",
    ),
    row(
        "polygamma",
        "special.polygamma({by}, {0})",
        "Derivative number `by` (at least 1) of digamma, for x > 0.",
        unary(lambda g, x, y, dy: dy * g.apply("polygamma", x, by=g.real("by") + 1)),
        torch="xp.special.polygamma({by}, {0})",
        dtype="real",
        args=("by",),
        sample=("positive",),
        glyph="ψ⁽ⁿ⁾",
    ),
)
