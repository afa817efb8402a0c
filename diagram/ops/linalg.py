"""Rows of linear algebra: each acts on the core axes of its arrays, the two of a matrix in its own order."""

from __future__ import annotations

from diagram.op import Kind, Op


def _row(
    name: str,
    arity: int,
    value: str,
    doc: str,
    torch: str = "",
    dtype: str = "smooth",
    results: int = 1,
    sample: tuple[str, ...] = ("matrix",),
    flops: int = 1,
    glyph: str = "",
    linear: tuple[int, ...] = (),
) -> Op:
    return Op(
        name,
        Kind.WHOLE,
        arity,
        value,
        torch,
        dtype,
        None,
        linear,
        flops,
        glyph or name,
        doc,
        sample,
        results=results,
    )


LINALG = (
    _row(
        "solve",
        2,
        "xp.linalg.solve({0}, {1}[..., None])[..., 0]",
        "x with A x = b. A: (r, c), b: (r), x: (c); core r, c.",
        sample=("matrix", "any"),
        linear=(1,),
        glyph="A⁻¹b",
    ),
    _row(
        "solve_columns",
        2,
        "xp.linalg.solve({0}, {1})",
        "X with A X = B. A: (r, c), B: (r, k), X: (c, k); core r, c, k.",
        sample=("matrix", "any"),
        linear=(1,),
        glyph="A⁻¹B",
    ),
    _row("inv", 1, "xp.linalg.inv({0})", "Inverse. A: (r, c), result (c, r).", glyph="A⁻¹"),
    _row("det", 1, "xp.linalg.det({0})", "Determinant."),
    _row(
        "logdet",
        1,
        "xp.linalg.slogdet({0}).logabsdet",
        "Logarithm of the absolute value of the determinant.",
        dtype="modulus",
    ),
    _row(
        "cholesky",
        1,
        "xp.linalg.cholesky({0})",
        "Lower triangular L with L L* = A.",
        sample=("spd",),
        glyph="chol",
    ),
    _row(
        "eigh",
        1,
        "xp.linalg.eigh({0})",
        "Eigenvalues (k), rising, and eigenvectors (r, k) of a symmetric or Hermitian matrix (r, c).",
        dtype="eigh",
        results=2,
        sample=("spd",),
    ),
    _row(
        "svd",
        1,
        "xp.linalg.svd({0}, full_matrices=False)",
        "U (r, k), singular values (k), falling, V* (k, c) of a matrix (r, c).",
        dtype="svd",
        results=3,
    ),
    _row(
        "expm", 1, "special.expm({0})", "Exponential of a square matrix.", torch="xp.linalg.matrix_exp({0})"
    ),
)
