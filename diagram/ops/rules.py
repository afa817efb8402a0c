"""Small makers of rows and derivative rules, so that a row can state its derivative in one line."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from diagram.op import Grad, Kind, Op

if TYPE_CHECKING:
    from diagram.term import Local, Term


def unary(rule: Callable[[Local, Term, Term, Term], Term]) -> Grad:
    """From `(local, x, y, dy) -> dx`, for one input and one output."""

    def grad(g: Local, xs: tuple[Term, ...], ys: tuple[Term, ...], dys: tuple[Term, ...]) -> Sequence[Term]:
        return (rule(g, xs[0], ys[0], dys[0]),)

    return grad


def binary(rule: Callable[[Local, Term, Term, Term, Term], tuple[Term | None, Term | None]]) -> Grad:
    """From `(local, a, b, y, dy) -> (da, db)`."""

    def grad(
        g: Local, xs: tuple[Term, ...], ys: tuple[Term, ...], dys: tuple[Term, ...]
    ) -> Sequence[Term | None]:
        return rule(g, xs[0], xs[1], ys[0], dys[0])

    return grad


def flat(
    g: Local, xs: tuple[Term, ...], ys: tuple[Term, ...], dys: tuple[Term, ...]
) -> Sequence[Term | None]:
    """Derivative zero: floor, sign, masks, `stop`."""
    return (None,) * len(xs)


def row(
    name: str,
    value: str,
    doc: str,
    grad: Grad | None = None,
    *,
    torch: str = "",
    arity: int = 1,
    dtype: str = "smooth",
    linear: tuple[int, ...] = (),
    flops: int = 1,
    glyph: str = "",
    sample: tuple[str, ...] | None = None,
    args: tuple[str, ...] = (),
    facts: tuple[str, ...] = (),
) -> Op:
    """A pointwise row; the glyph is its name unless given, the operands are any numbers."""
    domain = ("any",) * arity if sample is None else sample
    return Op(
        name,
        Kind.POINTWISE,
        arity,
        value,
        torch,
        dtype,
        grad,
        linear,
        flops,
        glyph or name,
        doc,
        domain,
        args,
        facts=frozenset(facts),
    )
