"""Element types of results: the rules that `Op.dtype` names, and how dtypes are promoted.

bool < nat[v] < i8 < i32 < i64 < reals < complexes. `R` and `C` are the functor's default precision: beside
f64 (c128) the result is that, beside a narrower one `R` (`C`) stays.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from diagram.op import Op
from diagram.reals import Real
from diagram.sizes import Size
from diagram.types import BOOL, I64, C, DType, R

if TYPE_CHECKING:
    from diagram.value import Args

_INTS = ("i8", "i32", "i64")
_REALS = {"f16": 1, "bf16": 1, "f32": 2, "R": 3, "f64": 4}
_COMPLEX = {"f16": "c64", "bf16": "c64", "f32": "c64", "R": "C", "f64": "c128"}
_REAL = {"c64": "f32", "C": "R", "c128": "f64"}


def promote(a: DType, b: DType) -> DType:
    """The element type that holds both.

    >>> promote(DType("f32"), R), promote(I64, DType("f32")), promote(DType("f64"), DType("c64"))
    (DType(name='R', bound=None), DType(name='f32', bound=None), DType(name='c128', bound=None))
    """
    if a == b:
        return a
    if a.is_complex or b.is_complex:
        return complex_of(promote(_real_part(a), _real_part(b)))
    if a.is_real or b.is_real:
        if not a.is_real or not b.is_real:
            return a if a.is_real else b
        if {a.name, b.name} == {"f16", "bf16"}:
            return DType("f32")
        return max(a, b, key=lambda d: _REALS[d.name])
    if a == BOOL or b == BOOL:
        return b if a == BOOL else a
    if a.name == "nat" or b.name == "nat":
        return I64 if a.name == b.name else b if a.name == "nat" else a
    return max(a, b, key=lambda d: _INTS.index(d.name))


def complex_of(dtype: DType) -> DType:
    """The complex numbers over a real dtype."""
    if dtype.is_complex:
        return dtype
    return DType(_COMPLEX[dtype.name]) if dtype.is_real else C


def real_of(dtype: DType) -> DType:
    """The dtype of the real part."""
    return DType(_REAL[dtype.name]) if dtype.is_complex else dtype


def _real_part(dtype: DType) -> DType:
    return real_of(dtype) if dtype.is_smooth else dtype


def result_dtype(
    op: Op, args: Args, dtypes: Sequence[DType], port: int = 0, size: Size | None = None
) -> DType:
    """The element type of result `port` for operands of `dtypes`.

    `size` is that of the core axis, for results that are positions on it (`argmax`, `top`). Raises
    `ValueError` with the operation, the dtypes and the way out.
    """
    rule = RULES.get(op.dtype)
    if rule is None:
        raise ValueError(f"{op.name} has the unknown dtype rule {op.dtype!r}")
    return rule(_Case(op, dict(args), tuple(dtypes), port, size))


class _Case:
    """One question to a rule."""

    __slots__ = ("args", "dtypes", "op", "port", "size")

    def __init__(
        self, op: Op, args: dict[str, object], dtypes: tuple[DType, ...], port: int, size: Size | None
    ) -> None:
        self.op, self.args, self.dtypes, self.port, self.size = op, args, dtypes, port, size

    @property
    def common(self) -> DType:
        """All operands promoted."""
        if not self.dtypes:
            return R
        result = self.dtypes[0]
        for dtype in self.dtypes[1:]:
            result = promote(result, dtype)
        return result

    def refuse(self, wants: str, help_: str) -> ValueError:
        """What to raise."""
        got = ", ".join(map(str, self.dtypes))
        return ValueError(f"{self.op.name} takes {wants}, got {got}; {help_}")


def _number(case: _Case) -> DType:
    if BOOL in case.dtypes and (len(case.dtypes) > 1 or case.op.name != "contract"):
        raise case.refuse("numbers", "write cast[R](...) or select(...)")
    return case.common


def _minus(case: _Case) -> DType:
    dtype = _number(case)
    return I64 if dtype.name == "nat" else dtype


def _smooth(case: _Case) -> DType:
    dtype = _number(case)
    return dtype if dtype.is_smooth else R


def _real(case: _Case) -> DType:
    dtype = _smooth(case)
    if dtype.is_complex:
        raise case.refuse("real numbers", "take re(...), im(...) or abs(...) first")
    return dtype


def _order(case: _Case) -> DType:
    dtype = _number(case)
    if dtype.is_complex:
        raise case.refuse("numbers with an order", "take re(...) or abs(...) first")
    return dtype


def _scalar(case: _Case) -> DType:
    """An array and the static number `by`."""
    dtype = _number(case)
    by = case.args.get("by")
    leaf = by.number if isinstance(by, Real) else by
    if isinstance(leaf, complex):
        return complex_of(dtype) if dtype.is_smooth else C
    if dtype.is_smooth:
        return dtype
    whole = isinstance(leaf, int) or (isinstance(by, Real) and isinstance(by.leaf, Size))
    if whole and (case.op.name != "power" or (isinstance(leaf, int) and leaf >= 0)):
        return I64 if dtype.name == "nat" else dtype
    return R


def _modulus(case: _Case) -> DType:
    return real_of(_number(case))


def _comparison(case: _Case) -> DType:
    _order(case)
    return BOOL


def _equality(case: _Case) -> DType:
    if BOOL in case.dtypes and set(case.dtypes) != {BOOL}:
        raise case.refuse("two numbers or two truth values", "write cast[R](...)")
    return BOOL


def _logic(case: _Case) -> DType:
    if set(case.dtypes) - {BOOL}:
        raise case.refuse("truth values", "compare first, as in X != 0")
    return BOOL


def _select(case: _Case) -> DType:
    if case.dtypes[0] != BOOL:
        raise case.refuse("a truth value first", "compare first, as in X != 0")
    a, b = case.dtypes[1:]
    if (a == BOOL) != (b == BOOL):
        raise case.refuse("two numbers or two truth values after the condition", "write cast[R](...)")
    return promote(a, b)


def _cast(case: _Case) -> DType:
    to = case.args.get("dtype")
    if not isinstance(to, DType):
        raise ValueError("cast needs the static argument dtype")
    if case.dtypes[0].is_complex and not to.is_complex:
        raise case.refuse(f"real numbers to give {to}", "take re(...), im(...) or abs(...) first")
    return to


def _complex(case: _Case) -> DType:
    dtype = _number(case)
    return complex_of(dtype if dtype.is_smooth else R)


def _position(case: _Case) -> DType:
    _order(case)
    return DType("nat", case.size)


def _top(case: _Case) -> DType:
    return _position(case) if case.port else _order(case)


def _eigh(case: _Case) -> DType:
    dtype = _smooth(case)
    return dtype if case.port else real_of(dtype)


def _svd(case: _Case) -> DType:
    dtype = _smooth(case)
    return real_of(dtype) if case.port == 1 else dtype


def _given(case: _Case) -> DType:
    dtype = case.args.get("dtype")
    return dtype if isinstance(dtype, DType) else R


RULES: dict[str, Callable[[_Case], DType]] = {
    "same": lambda case: case.common,
    "first": lambda case: case.dtypes[0],
    "number": _number,
    "minus": _minus,
    "smooth": _smooth,
    "real": _real,
    "order": _order,
    "scalar": _scalar,
    "modulus": _modulus,
    "part": _modulus,
    "comparison": _comparison,
    "equality": _equality,
    "logic": _logic,
    "select": _select,
    "cast": _cast,
    "complex": _complex,
    "position": _position,
    "top": _top,
    "eigh": _eigh,
    "svd": _svd,
    "given": _given,
}
"""The rules by name: `same` promotes anything; `number` refuses bool; `minus` makes nat i64; `smooth` makes
whole numbers real; `real` refuses complex, `order` too but keeps whole numbers; `scalar` looks at the number
`by`; `modulus` and `part` give the real dtype; `comparison`, `equality`, `logic` give bool; `position` gives
nat of the core's size."""
