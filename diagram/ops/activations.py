"""Rows of activations, absolute value and rounding, pointwise."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from diagram.ops.rules import binary, flat, row, unary

if TYPE_CHECKING:
    from diagram.term import Local, Term

_ROOT_2_PI = math.sqrt(2 / math.pi)


def _abs(g: Local, x: Term, y: Term, dy: Term) -> Term:
    return g.like(dy, x) * g.apply("sign", x)


def _sign(g: Local, x: Term, y: Term, dy: Term) -> Term:
    """For complex numbers the part of dy along the circle, over |x|."""
    if not x.dtype.is_complex:
        return g.const(0)
    along = g.widen(g.apply("re", g.conj(y) * dy))
    return (dy - y * along) / g.widen(g.apply("abs", x))


def _gelu_tanh(g: Local, x: Term, y: Term, dy: Term) -> Term:
    square = x * x
    t = g.apply("tanh", x * (1 + square * 0.044715) * _ROOT_2_PI)
    inner = (1 - t * t) * (1 + square * (3 * 0.044715)) * x * _ROOT_2_PI
    return dy * ((1 + t) + inner) * 0.5


def _gelu_slope(g: Local, x: Term, y: Term, dy: Term) -> Term:
    square = (x * x).done()
    return dy * (2 - square) * g.apply("exp", square * -0.5) * (1 / math.sqrt(2 * math.pi))


def _silu(g: Local, x: Term, y: Term, dy: Term) -> Term:
    s = g.apply("sigmoid", x)
    return dy * (s + y * (1 - s))


def _elu(g: Local, x: Term, y: Term, dy: Term) -> Term:
    by = g.real("by")
    return dy * g.apply("select", g.apply("gt", x, 0), 1, y + by)


ACTIVATIONS = (
    row(
        "sigmoid",
        "special.sigmoid({0})",
        "1 / (1 + exp(-x)).",
        unary(lambda g, x, y, dy: dy * y * (1 - y)),
        torch="xp.sigmoid({0})",
        dtype="real",
        flops=3,
        glyph="σ",
    ),
    row(
        "relu",
        "xp.maximum({0}, 0)",
        "max(x, 0).",
        unary(lambda g, x, y, dy: g.apply("gate", dy, y, by=0)),
        torch="xp.relu({0})",
        dtype="real",
        glyph="relu",
    ),
    row(
        "leaky_relu",
        "xp.where({0} > 0, {0}, {by} * {0})",
        "x where positive, else `by` times x.",
        unary(lambda g, x, y, dy: g.apply("gate", dy, x, by=g.real("by"))),
        dtype="real",
        args=("by",),
    ),
    row(
        "gate",
        "xp.where({1} > 0, {0}, {by} * {0})",
        "The first where the second is positive, else `by` times it.",
        binary(lambda g, a, b, y, dy: (g.apply("gate", dy, b, by=g.real("by")), None)),
        arity=2,
        linear=(0,),
        dtype="real",
        args=("by",),
    ),
    row(
        "elu",
        "xp.where({0} > 0, {0}, {by} * xp.expm1(xp.minimum({0}, 0)))",
        "x where positive, else `by` times exp(x) - 1.",
        unary(_elu),
        torch="xp.where({0} > 0, {0}, {by} * xp.expm1({0}.clamp(max=0)))",
        dtype="real",
        args=("by",),
        flops=3,
    ),
    row(
        "softplus",
        "xp.logaddexp({0}, 0)",
        "log(1 + exp(x)).",
        unary(lambda g, x, y, dy: dy * g.apply("sigmoid", x)),
        torch="xp.nn.functional.softplus({0}, threshold=40.0)",
        dtype="real",
        flops=3,
    ),
    row(
        "silu",
        "{0} * special.sigmoid({0})",
        "x times sigmoid(x).",
        unary(_silu),
        torch="xp.nn.functional.silu({0})",
        dtype="real",
        flops=4,
    ),
    row(
        "gelu",
        "0.5 * {0} * (1 + special.erf({0} * 0.7071067811865476))",
        "x times the normal distribution function.",
        unary(lambda g, x, y, dy: dy * g.apply("gelu_slope", x)),
        torch="xp.nn.functional.gelu({0})",
        dtype="real",
        flops=5,
    ),
    row(
        "gelu_slope",
        "special.gelu_slope({0})",
        "Derivative of gelu.",
        unary(_gelu_slope),
        torch="0.5 * (1 + xp.erf({0} * 0.7071067811865476))"
        " + {0} * xp.exp(-0.5 * {0} * {0}) * 0.3989422804014327",
        dtype="real",
        flops=9,
        glyph="gelu′",
    ),
    row(
        "gelu_tanh",
        "0.5 * {0} * (1 + xp.tanh(0.7978845608028654 * {0} * (1 + 0.044715 * {0} * {0})))",
        "gelu by the hyperbolic tangent, as in GPT-2.",
        unary(_gelu_tanh),
        torch="xp.nn.functional.gelu({0}, approximate='tanh')",
        dtype="real",
        flops=9,
    ),
    row(
        "abs",
        "xp.abs({0})",
        "Absolute value; 0 has derivative 0.",
        unary(_abs),
        dtype="modulus",
        glyph="| |",
        facts=("nonholomorphic",),
    ),
    row(
        "sign",
        "xp.sign({0})",
        "-1, 0 or 1; for complex numbers x / |x|.",
        unary(_sign),
        torch="xp.sgn({0})",
        dtype="number",
        facts=("nonholomorphic",),
    ),
    row("floor", "xp.floor({0})", "Rounded down.", flat, dtype="real", glyph="⌊ ⌋"),
    row("ceil", "xp.ceil({0})", "Rounded up.", flat, dtype="real", glyph="⌈ ⌉"),
    row("round", "xp.round({0})", "Rounded to the nearest, ties to even.", flat, dtype="real"),
    row(
        "stop",
        "{0}",
        "The identity with derivative 0.",
        flat,
        torch="{0}.detach()",
        dtype="same",
        flops=0,
        linear=(0,),
    ),
    row(
        "again",
        "{0}",
        "The identity; what is computed from it is computed anew, not shared with what is there already.",
        unary(lambda g, x, y, dy: dy),
        dtype="same",
        flops=0,
        linear=(0,),
        args=("by",),
    ),
)
