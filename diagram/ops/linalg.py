"""Rows of linear algebra: each acts on the core axes of its arrays, the two of a matrix in its own order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from diagram.op import Grad, Kind, Op, Terms
from diagram.ops.rules import binary, unary
from diagram.sizes import ONE
from diagram.spec import Slot

if TYPE_CHECKING:
    from diagram.local import Local
    from diagram.term import Term


def _inverse(g: Local, x: Term) -> Term:
    r, c = g.core[:2]
    return g.whole("inv", [(x, (r, c))], [(c, r)])[0]


def _inv(g: Local, x: Term, y: Term, dy: Term) -> Term:
    """dA = -Y^T dY Y^T."""
    r, c = g.core
    r2, c2 = g.fresh(r), g.fresh(c)
    left = g.sum(y.rename({c: c2}) * dy.rename({r: r2, c: c2}), (c2,))
    return -(left * y.rename({r: r2}))


def _solve(g: Local, a: Term, b: Term, y: Term, dy: Term) -> tuple[Term, Term]:
    """db = A^-T dy, dA = -db y^T."""
    r, c = g.core[:2]
    rest = g.core[2:]
    name = "solve_columns" if rest else "solve"
    (db,) = g.whole(name, [(a, (c, r)), (dy, (c, *rest))], [(r, *rest)])
    return -(db * y), db


def _cholesky(g: Local, x: Term, y: Term, dy: Term) -> Term:
    """dA is the symmetric part of L^-* P L^-1, P the lower half of L* dL (I. Murray, 2016, eq. 10)."""
    r, c = g.core
    c2, r2 = g.fresh(c), g.fresh(r)
    low = g.conj(y) * dy.rename({c: c2}) * g.step(c, c2, g.real_dtype(y))
    half = g.sum(low, (r,))
    (left,) = g.whole("solve_columns", [(g.conj(y), (c, r)), (half, (c, c2))], [(r, c2)])
    (both,) = g.whole("solve_columns", [(y.rename({r: r2, c: c2}), (c2, r2)), (left, (c2, r))], [(r2, r)])
    turned = both.rename({r2: c})
    return (turned + g.conj(both.rename({r: c, r2: r}))) * 0.5


def _eigh(g: Local, xs: Terms, ys: Terms, dys: Terms) -> Sequence[Term]:
    """dA = V (diag(dw) + F o V* dV) V*, F[i, j] = 1 / (w[j] - w[i]) off the diagonal."""
    r, c, k = g.core
    w, v = ys
    j = g.fresh(k)
    eye = g.eye(k, j, w.dtype)
    gaps = (1 - eye) / (w.rename({k: j}) - w + eye)
    inner = g.sum(g.conj(v) * dys[1].rename({k: j}), (r,)) * gaps + eye * dys[0]
    left = g.sum(v * inner, (k,))
    return (left * g.conj(v.rename({r: c, k: j})),)


def _svd(g: Local, xs: Terms, ys: Terms, dys: Terms) -> Sequence[Term]:
    """J. Townsend, Differentiating the singular value decomposition, 2016. Complex vectors are given up to a
    phase, which the imaginary diagonal of U* dU takes into account.
    """
    (a,) = xs
    r, c = (s.index or 0 for s in a.factors[0].map[-2:])
    k = next(i for i in g.core if i not in (r, c))
    (u, s, v), (du, ds, dv) = ys, dys
    j = g.fresh(k)
    to = {k: j}
    eye = g.eye(k, j, s.dtype)
    square = (s * s).done()
    gaps = (1 - eye) / (square.rename(to) - square + eye)

    def turn(x: Term, dx: Term, over: int) -> Term:
        p = g.sum(x * dx.rename(to), (over,))
        return p - g.conj(p.rename({k: j, j: k}))

    left = turn(g.conj(u), du, r)
    inner = left * gaps * s.rename(to) + turn(v, g.conj(dv), c) * gaps * s + eye * ds
    if a.dtype.is_complex:
        inner = inner + left * eye * 0.5 / s
    result = g.sum(g.sum(u * inner, (k,)) * v.rename(to), (j,))
    return (result + _outside(g, u, du / s, v, r, k) + _outside(g, v, dv / s, u, c, k),)


def _outside(g: Local, x: Term, dx: Term, other: Term, index: int, k: int) -> Term:
    """The part of dx outside the space of x, on the side of `index`."""
    j, i = g.fresh(k), g.fresh(index)
    inside = g.sum(g.conj(x).rename({k: j, index: i}) * dx.rename({index: i}), (i,))
    rest = dx - g.sum(x.rename({k: j}) * inside, (j,))
    return g.sum(rest * other, (k,))


def _expm(g: Local, x: Term, y: Term, dy: Term) -> Term:
    """The upper right block of expm([[A^T, dY], [0, A^T]]) (Al-Mohy and Higham, 2009)."""
    r, c = g.core
    n = g.indices[r].size
    big = g.axis(r, 2 * n), g.axis(c, 2 * n)
    t = x.rename({r: c, c: r})
    block = g.place(t, {r: Slot.at(r), c: Slot.at(c)}, (r, c), big)
    block = block + g.place(t, {r: Slot(((r, ONE),), n), c: Slot(((c, ONE),), n)}, (r, c), big)
    block = block + g.place(dy, {r: Slot.at(r), c: Slot(((c, ONE),), n)}, (r, c), big)
    (whole,) = g.whole("expm", [(block, big)], [big])
    (f,) = whole.factors
    return g.term(f.wire, (*f.map[:-2], Slot.at(r), Slot(((c, ONE),), n)))


def _row(
    name: str,
    value: str,
    doc: str,
    grad: Grad | None,
    torch: str = "",
    dtype: str = "smooth",
    results: int = 1,
    sample: tuple[str, ...] = ("matrix",),
    glyph: str = "",
    linear: tuple[int, ...] = (),
    conjugates: bool = False,
) -> Op:
    """`conjugates`: the rule is that of the complex case, conjugations included."""
    facts = frozenset({"nonholomorphic"} if conjugates else ())
    return Op(
        name, Kind.WHOLE, len(sample), value, torch, dtype, grad, linear, 1, glyph or name, doc, sample,
        facts=facts, results=results,
    )  # fmt: skip


LINALG = (
    _row(
        "solve",
        "xp.linalg.solve({0}, {1}[..., None])[..., 0]",
        "x with A x = b. A: (r, c), b: (r), x: (c); core r, c.",
        binary(_solve),
        sample=("matrix", "any"),
        linear=(1,),
        glyph="A⁻¹b",
    ),
    _row(
        "solve_columns",
        "xp.linalg.solve({0}, {1})",
        "X with A X = B. A: (r, c), B: (r, k), X: (c, k); core r, c, k.",
        binary(_solve),
        sample=("matrix", "any"),
        linear=(1,),
        glyph="A⁻¹B",
    ),
    _row("inv", "xp.linalg.inv({0})", "Inverse. A: (r, c), result (c, r).", unary(_inv), glyph="A⁻¹"),
    _row(
        "det",
        "xp.linalg.det({0})",
        "Determinant.",
        unary(lambda g, x, y, dy: dy * y * _inverse(g, x)),
    ),
    _row(
        "logdet",
        "xp.linalg.slogdet({0}).logabsdet",
        "Logarithm of the absolute value of the determinant.",
        unary(lambda g, x, y, dy: g.like(dy, x) * g.conj(_inverse(g, x))),
        dtype="modulus",
        conjugates=True,
    ),
    _row(
        "cholesky",
        "xp.linalg.cholesky({0})",
        "Lower triangular L with L L* = A.",
        unary(_cholesky),
        sample=("spd",),
        glyph="chol",
        conjugates=True,
    ),
    _row(
        "eigh",
        "xp.linalg.eigh({0})",
        "Eigenvalues (k), rising, and eigenvectors (r, k) of a symmetric or Hermitian matrix (r, c).",
        _eigh,
        dtype="eigh",
        results=2,
        sample=("spd",),
        conjugates=True,
    ),
    _row(
        "svd",
        "xp.linalg.svd({0}, full_matrices=False)",
        "U (r, k), singular values (k), falling, V* (k, c) of a matrix (r, c).",
        _svd,
        dtype="svd",
        results=3,
        conjugates=True,
    ),
    _row(
        "expm",
        "special.expm({0})",
        "Exponential of a square matrix.",
        unary(_expm),
        torch="xp.linalg.matrix_exp({0})",
    ),
)
