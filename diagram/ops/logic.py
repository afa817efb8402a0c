"""Rows of comparisons, logic, choice, casts and complex parts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from diagram.op import Grad, Kind, Op
from diagram.ops.rules import binary, flat, unary

if TYPE_CHECKING:
    from diagram.term import Local, Term


def _compare(name: str, sign: str, doc: str, dtype: str) -> Op:
    return Op(
        name,
        Kind.POINTWISE,
        2,
        f"{{0}} {sign} {{1}}",
        dtype=dtype,
        grad=flat,
        glyph=sign,
        doc=doc,
        sample=("any", "any"),
    )


def _logic(name: str, function: str, arity: int, glyph: str, doc: str) -> Op:
    operands = ", ".join(f"{{{k}}}" for k in range(arity))
    return Op(
        name,
        Kind.POINTWISE,
        arity,
        f"xp.{function}({operands})",
        dtype="logic",
        grad=flat,
        glyph=glyph,
        doc=doc,
        sample=("bool",) * arity,
    )


def _select(
    g: Local, xs: tuple[Term, ...], ys: tuple[Term, ...], dys: tuple[Term, ...]
) -> Sequence[Term | None]:
    c, dy = xs[0], dys[0]
    return None, g.apply("select", c, dy, 0), g.apply("select", c, 0, dy)


def _part(turn: Grad | None, name: str, value: str, doc: str, glyph: str, torch: str = "", **more: str) -> Op:
    return Op(
        name,
        Kind.POINTWISE,
        1,
        value,
        torch,
        more.get("dtype", "part"),
        turn,
        (0,),
        0,
        glyph,
        doc,
        (more.get("sample", "complex"),),
        facts=frozenset(("nonholomorphic",)),
    )


COMPARISONS = (
    _compare("eq", "==", "Equal.", "equality"),
    _compare("ne", "!=", "Different.", "equality"),
    _compare("lt", "<", "Less.", "comparison"),
    _compare("le", "<=", "Less or equal.", "comparison"),
    _compare("gt", ">", "Greater.", "comparison"),
    _compare("ge", ">=", "Greater or equal.", "comparison"),
    Op(
        "isfinite",
        Kind.POINTWISE,
        1,
        "xp.isfinite({0})",
        dtype="comparison",
        grad=flat,
        doc="Neither infinite nor nan.",
        glyph="finite",
        sample=("any",),
    ),
)

LOGIC = (
    _logic("and", "logical_and", 2, "∧", "Both."),
    _logic("or", "logical_or", 2, "∨", "At least one."),
    _logic("xor", "logical_xor", 2, "⊕", "Exactly one."),
    _logic("not", "logical_not", 1, "¬", "Not."),
)

CHOICE = (
    Op(
        "select",
        Kind.POINTWISE,
        3,
        "xp.where({0}, {1}, {2})",
        dtype="select",
        grad=_select,
        linear=(1, 2),
        glyph="?",
        doc="The second where the first holds, else the third.",
        sample=("bool", "any", "any"),
    ),
    Op(
        "cast",
        Kind.POINTWISE,
        1,
        "{0}.astype({dtype})",
        "{0}.to({dtype})",
        "cast",
        unary(lambda g, x, y, dy: g.cast(dy, x.dtype)),
        (0,),
        0,
        "cast",
        "The same numbers in another dtype.",
        ("any",),
        ("dtype",),
    ),
)

COMPLEX = (
    _part(unary(lambda g, x, y, dy: g.widen(dy)), "re", "xp.real({0})", "Real part.", "Re"),
    _part(unary(lambda g, x, y, dy: g.widen(dy) * 1j), "im", "xp.imag({0})", "Imaginary part.", "Im"),
    _part(
        unary(lambda g, x, y, dy: g.apply("conj", dy)),
        "conj",
        "xp.conj({0})",
        "Complex conjugate.",
        "x̄",
        torch="xp.conj_physical({0})",
        dtype="same",
    ),
    Op(
        "complex",
        Kind.POINTWISE,
        2,
        "{0} + 1j * {1}",
        "xp.complex({0}, {1})",
        "complex",
        binary(lambda g, a, b, y, dy: (g.apply("re", dy), g.apply("im", dy))),
        (0, 1),
        0,
        "a+bi",
        "From real and imaginary part.",
        ("any", "any"),
        facts=frozenset(("nonholomorphic",)),
    ),
)
