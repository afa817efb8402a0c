"""The table itself: names, element types, special functions, and the page generated from it."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
import torch

from diagram.op import Kind, Op
from diagram.ops import FAMILIES, STANDARD, result_dtype, special
from diagram.ops.__main__ import PAGE, page
from diagram.ops.dtypes import RULES, promote
from diagram.reals import Real
from diagram.sizes import Size
from diagram.types import BOOL, DTYPES, I64, C, DType, R


def test_the_page_of_operations_is_fresh() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run python -m diagram.ops"


def test_every_row_is_documented_and_has_a_known_dtype_rule() -> None:
    for rows in FAMILIES.values():
        for op in rows:
            assert op.doc.endswith(".") and op.dtype in RULES, op
            assert op.arity < 0 or len(op.sample) in (0, op.arity), op
            if op.kind in (Kind.POINTWISE, Kind.REDUCE, Kind.ALONG, Kind.SOURCE):
                assert op.value, op


def test_extending_the_table_never_replaces_a_row() -> None:
    cube = Op("cube", Kind.POINTWISE, 1, "{0} ** 3")
    bigger = STANDARD.extend(cube)
    assert bigger["cube"] is cube and "cube" not in STANDARD
    with pytest.raises(ValueError, match="exp is already in the table"):
        STANDARD.extend(Op("exp", Kind.POINTWISE))


def every_dtype() -> list[DType]:
    return [DType(name, Size.of(4)) if name == "nat" else DType(name) for name in DTYPES]


def test_promotion_is_commutative_associative_and_idempotent() -> None:
    some = every_dtype()
    for a in some:
        assert promote(a, a) == a
        for b in some:
            assert promote(a, b) == promote(b, a)
            for c in some:
                left, right = promote(promote(a, b), c), promote(a, promote(b, c))
                halves = {"f16", "bf16"} <= {a.name, b.name, c.name}
                assert left == right or halves or left.name == right.name


@pytest.mark.parametrize(
    ("name", "operands", "want"),
    [
        ("add", (R, I64), R),
        ("add", (DType("nat", Size.of(3)), R), R),
        ("sub", (DType("nat", Size.of(3)),) * 2, I64),
        ("exp", (I64,), R),
        ("exp", (C,), C),
        ("abs", (C,), R),
        ("lt", (R, R), BOOL),
        ("select", (BOOL, R, I64), R),
        ("complex", (DType("f32"), DType("f32")), DType("c64")),
        ("re", (DType("c64"),), DType("f32")),
    ],
)
def test_element_types_of_results(name: str, operands: tuple[DType, ...], want: DType) -> None:
    assert result_dtype(STANDARD[name], (), operands) == want


def test_element_types_that_depend_on_arguments() -> None:
    assert result_dtype(STANDARD["scale"], (("by", Real.of(2)),), (I64,)) == I64
    assert result_dtype(STANDARD["scale"], (("by", Real.of(0.5)),), (I64,)) == R
    assert result_dtype(STANDARD["scale"], (("by", Real.of(1j)),), (R,)) == C
    assert result_dtype(STANDARD["argmax"], (), (R,), 0, Size.of(7)) == DType("nat", Size.of(7))
    assert result_dtype(STANDARD["top"], (), (R,), 1, Size.of(7)) == DType("nat", Size.of(7))


@pytest.mark.parametrize(
    ("name", "operands", "message"),
    [
        ("add", (BOOL, R), "add takes numbers, got bool, R; write cast"),
        ("gelu", (C,), "gelu takes real numbers, got C; take re"),
        ("lt", (C, C), "lt takes numbers with an order"),
        ("and", (R, BOOL), "and takes truth values, got R, bool; compare first"),
        ("select", (R, R, R), "select takes a truth value first"),
    ],
)
def test_impossible_element_types_say_what_to_write(
    name: str, operands: tuple[DType, ...], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        result_dtype(STANDARD[name], (), operands)


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [("erf", -7, 7), ("lgamma", 0.05, 60), ("lgamma", -0.91, -0.13), ("digamma", 0.05, 60)],
)
def test_special_functions_are_right_to_a_few_units(name: str, low: float, high: float) -> None:
    x = np.linspace(low, high, 211)
    exact = {
        "erf": mpmath.erf,
        "lgamma": lambda v: mpmath.log(abs(mpmath.gamma(v))),
        "digamma": mpmath.digamma,
    }[name]
    want = np.array([float(exact(mpmath.mpf(float(v)))) for v in x])
    assert np.max(np.abs(getattr(special, name)(x) - want) / np.maximum(1, np.abs(want))) < 3e-15


def test_polygamma_is_right_to_a_few_units() -> None:
    x = np.linspace(0.05, 40, 97)
    for n in (1, 2, 5):
        want = np.array([float(mpmath.polygamma(n, mpmath.mpf(float(v)))) for v in x])
        np.testing.assert_allclose(special.polygamma(n, x), want, rtol=4e-15)


def test_expm_is_that_of_torch_for_small_and_large_matrices() -> None:
    rng = np.random.default_rng(0)
    for scale in (0.0, 1e-3, 1.0, 30.0):
        a = scale * rng.standard_normal((2, 4, 4))
        want = torch.matrix_exp(torch.tensor(a)).numpy()
        np.testing.assert_allclose(special.expm(a), want, rtol=1e-10, atol=1e-13 * np.abs(want).max())


def test_saturated_arguments_do_not_overflow() -> None:
    x = np.array([-1e4, -50.0, 0.0, 50.0, 1e4])
    assert np.array_equal(special.sigmoid(x)[[0, 2, 4]], [0, 0.5, 1])
    assert np.isfinite(special.logsumexp(x, 0)) and np.isfinite(special.log_softmax(x, 0)).all()
    assert special.logsumexp(np.full(3, -np.inf), 0) == -np.inf
