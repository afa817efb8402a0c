"""Rows that fold axes (reduce) or work along one (along)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from diagram.op import Grad, Kind, Op
from diagram.ops.rules import flat, unary
from diagram.sizes import ONE
from diagram.spec import Slot

if TYPE_CHECKING:
    from diagram.term import Local, Term


def _extreme(g: Local, x: Term, y: Term, dy: Term) -> Term:
    """Ties share alike, as torch's amax."""
    hit = g.mask("eq", x, y)
    return hit * (dy / g.sum(hit)).done()


def _variance(g: Local, x: Term, y: Term, dy: Term) -> Term:
    return dy * (x - g.fold("mean", x)) * 2 / g.count


def _norm(g: Local, x: Term, y: Term, dy: Term) -> Term:
    """0 at the origin, as torch."""
    slope = g.apply("select", g.apply("eq", y, 0), 0, dy / y)
    return g.like(slope, x) * x


def _product(g: Local, x: Term, y: Term, dy: Term) -> Term:
    """dy times the product of the others, right at zeros too."""
    return g.others(x) * dy


def _softmax(g: Local, x: Term, y: Term, dy: Term) -> Term:
    return y * (dy - g.sum(y * dy))


def _log_softmax(g: Local, x: Term, y: Term, dy: Term) -> Term:
    return dy - g.apply("exp", y) * g.sum(dy)


def _sort(g: Local, x: Term, y: Term, dy: Term) -> Term:
    return g.put(dy, g.along("argsort", x), like=x)


def _transform(g: Local, x: Term, dy: Term, name: str) -> Term:
    """The transpose, which is the transform itself; of real numbers, not conjugated, the adjoint."""
    if x.dtype.is_complex:
        return g.along(name, dy)
    return g.along("ifft", dy) * g.count if name == "fft" else g.along("fft", dy) / g.count


def _cumprod(g: Local, x: Term, y: Term, dy: Term) -> Term:
    """dx[k] = y[k-1] S[k] with S[k] = dy[k] + x[k+1] S[k+1]: linear in length, right at zeros."""
    core = g.core[0]
    before = y.read(core, Slot(((core, ONE),), -ONE), "1")
    return before * g.recurrence(x.read(core, Slot(((core, ONE),), ONE), "0"), dy)


def _top(g: Local, xs: tuple[Term, ...], ys: tuple[Term, ...], dys: tuple[Term, ...]) -> Sequence[Term]:
    return (g.put(dys[0], ys[1], like=xs[0]),)


def _reduce(
    name: str,
    value: str,
    doc: str,
    grad: Grad | None,
    torch: str = "",
    dtype: str = "smooth",
    sample: str = "any",
    glyph: str = "",
    facts: tuple[str, ...] = (),
    linear: tuple[int, ...] = (),
    flops: int = 1,
) -> Op:
    return Op(
        name,
        Kind.REDUCE,
        1,
        value,
        torch,
        dtype,
        grad,
        linear,
        flops,
        glyph or name,
        doc,
        (sample,),
        facts=frozenset(facts),
    )


def _along(
    name: str,
    value: str,
    doc: str,
    grad: Grad | None,
    torch: str = "",
    dtype: str = "smooth",
    sample: str = "any",
    linear: tuple[int, ...] = (),
    flops: int = 1,
    facts: tuple[str, ...] = (),
) -> Op:
    return Op(
        name, Kind.ALONG, 1, value, torch, dtype, grad, linear, flops, name, doc, (sample,),
        facts=frozenset(facts),
    )  # fmt: skip


REDUCTIONS = (
    _reduce(
        "mean",
        "xp.mean({0}, {axis})",
        "Arithmetic mean.",
        unary(lambda g, x, y, dy: dy / g.count),
        linear=(0,),
    ),
    _reduce(
        "prod",
        "xp.prod({0}, {axis})",
        "Product.",
        unary(_product),
        dtype="number",
        glyph="∏",
        facts=("one axis",),
    ),
    _reduce(
        "max",
        "xp.max({0}, {axis})",
        "Largest entry; ties share the derivative.",
        unary(_extreme),
        torch="xp.amax({0}, {axis})",
        dtype="order",
        sample="distinct",
        facts=("nonempty",),
    ),
    _reduce(
        "min",
        "xp.min({0}, {axis})",
        "Smallest entry; ties share the derivative.",
        unary(_extreme),
        torch="xp.amin({0}, {axis})",
        dtype="order",
        sample="distinct",
        facts=("nonempty",),
    ),
    _reduce(
        "any", "xp.any({0}, {axis})", "Whether one holds.", flat, dtype="logic", sample="bool", glyph="∃"
    ),
    _reduce("all", "xp.all({0}, {axis})", "Whether all hold.", flat, dtype="logic", sample="bool", glyph="∀"),
    _reduce(
        "logsumexp",
        "special.logsumexp({0}, {axis})",
        "log of the sum of exp.",
        unary(lambda g, x, y, dy: dy * g.apply("exp", x - y)),
        torch="xp.logsumexp({0}, {axis})",
        dtype="real",
        glyph="lse",
        flops=3,
    ),
    _reduce(
        "var",
        "xp.var({0}, {axis})",
        "Variance of the entries as they are (divided by their number).",
        unary(_variance),
        torch="xp.var({0}, {axis}, correction=0)",
        dtype="real",
        flops=3,
    ),
    _reduce(
        "norm",
        "special.norm({0}, {axis})",
        "Euclidean norm; the origin has derivative 0.",
        unary(_norm),
        torch="xp.linalg.vector_norm({0}, 2, {axis})",
        dtype="modulus",
        glyph="‖ ‖",
        flops=2,
        facts=("nonholomorphic",),
    ),
    _reduce(
        "argmax",
        "xp.argmax({0}, {axis})",
        "Position of the first largest entry along one axis.",
        flat,
        dtype="position",
        sample="distinct",
        facts=("one axis", "nonempty"),
    ),
    _reduce(
        "argmin",
        "xp.argmin({0}, {axis})",
        "Position of the first smallest entry along one axis.",
        flat,
        dtype="position",
        sample="distinct",
        facts=("one axis", "nonempty"),
    ),
)

ALONG = (
    _along(
        "softmax",
        "special.softmax({0}, {axis})",
        "exp, divided by its sum.",
        unary(_softmax),
        torch="xp.softmax({0}, {axis})",
        dtype="real",
        flops=5,
        facts=("weights",),
    ),
    _along(
        "log_softmax",
        "special.log_softmax({0}, {axis})",
        "Logarithm of softmax.",
        unary(_log_softmax),
        torch="xp.log_softmax({0}, {axis})",
        dtype="real",
        flops=5,
        facts=("weights",),
    ),
    _along(
        "cumsum",
        "xp.cumsum({0}, {axis})",
        "Sums of the entries up to each.",
        unary(lambda g, x, y, dy: g.flip(g.along("cumsum", g.flip(dy)))),
        dtype="number",
        linear=(0,),
    ),
    _along(
        "cumprod",
        "xp.cumprod({0}, {axis})",
        "Products of the entries up to each.",
        unary(_cumprod),
        dtype="number",
    ),
    _along(
        "sort",
        "xp.sort({0}, {axis})",
        "In rising order.",
        unary(_sort),
        torch="xp.sort({0}, {axis}).values",
        dtype="order",
        sample="distinct",
        flops=8,
    ),
    _along(
        "argsort",
        "xp.argsort({0}, {axis}, kind='stable')",
        "The positions that sort; equal entries keep their order.",
        flat,
        torch="xp.argsort({0}, dim={axis}, stable=True)",
        dtype="position",
        sample="distinct",
        flops=8,
    ),
    Op(
        "top",
        Kind.ALONG,
        1,
        "special.top({0}, {size}, {axis})",
        "xp.topk({0}, {size}, {axis})",
        "top",
        _top,
        flops=8,
        glyph="top",
        doc="The largest entries in falling order, and their positions. Core: the axis read, "
        "then the axis written.",
        sample=("distinct",),
        results=2,
    ),
    _along(
        "fft",
        "xp.fft.fft({0}, axis={axis})",
        "Discrete Fourier transform.",
        unary(lambda g, x, y, dy: _transform(g, x, dy, "fft")),
        torch="xp.fft.fft({0}, dim={axis})",
        dtype="complex",
        linear=(0,),
        flops=10,
    ),
    _along(
        "ifft",
        "xp.fft.ifft({0}, axis={axis})",
        "Inverse of fft.",
        unary(lambda g, x, y, dy: _transform(g, x, dy, "ifft")),
        torch="xp.fft.ifft({0}, dim={axis})",
        dtype="complex",
        linear=(0,),
        flops=10,
    ),
)
