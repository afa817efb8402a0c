"""Numpy as text."""

from __future__ import annotations

from collections.abc import Sequence

from compilers.dialect import COLON, Dialect, Window, brackets, number, shape_text
from compilers.text import piece

DTYPES = {
    "f64": "float64", "f32": "float32", "f16": "float16", "c128": "complex128", "c64": "complex64",
    "i8": "int8", "i32": "int32", "i64": "int64", "nat": "int64", "bool": "bool_",
}  # fmt: skip
INFINITY = "{}np.inf"


class NumpyText(Dialect):
    """Text for numpy."""

    name, alias, imports = "numpy", "np", "import numpy as np"

    def dtype(self, name: str) -> str:
        return f"np.{DTYPES[name]}"

    def cast(self, text: str, dtype: str) -> str:
        return f"{self.atom(text)}.astype({dtype})"

    def diagonal_axes(self, i: int, j: int) -> str:
        return f"axis1={i}, axis2={j}"

    def permute(self, text: str, order: Sequence[int]) -> str:
        if list(order) == list(range(len(order))):
            return text
        if len(order) == 2:
            return f"{self.atom(text)}.T"
        return f"{self.atom(text)}.transpose({', '.join(map(str, order))})"

    def expand(self, text: str, shape: Sequence[str]) -> str:
        return f"np.broadcast_to({text}, {shape_text(shape)})"

    def flip(self, text: str, axis: int) -> str:
        return brackets(text, [COLON] * axis + ["::-1"])

    def total(self, text: str, axes: Sequence[int], rank: int) -> str:
        axis = str(axes[0]) if len(axes) == 1 else shape_text([str(a) for a in axes])
        if rank > 1 and list(axes) == list(range(rank - 1)):
            return f"special.column_sums({text})"
        return f"{self.atom(text)}.sum()" if len(axes) == rank else f"{self.atom(text)}.sum(axis={axis})"

    def pad(self, text: str, amounts: Sequence[tuple[str, str]], mode: str) -> str:
        widths = shape_text([f"({lo}, {hi})" for lo, hi in amounts])
        if mode in ("edge", "wrap", "reflect"):
            return f'np.pad({text}, {widths}, mode="{mode}")'
        return (
            f"special.padded({text}, {widths})"
            if float(mode) == 0
            else f"np.pad({text}, {widths}, constant_values={number(mode, INFINITY)})"
        )

    def windows(self, text: str, sliding: Sequence[Window]) -> str:
        each = ", ".join(f"({axis}, {', '.join(sizes)})" for axis, *sizes in sliding)
        return f"special.windows({text}, {each})"

    def zeros(self, shape: Sequence[str], like: str) -> str:
        return (
            f"np.zeros({shape_text(shape)}, {self.atom(like)}.dtype)"
            if shape
            else f"np.zeros((), {like}.dtype)"
        )

    def full(self, shape: Sequence[str], value: str, dtype: str, like: str | None) -> str:
        return f"np.full({shape_text(shape) if shape else '()'}, {value}, np.{DTYPES[dtype]})"

    def arange(self, size: str, like: str | None) -> str:
        return f"np.arange({size})"

    def position(self, text: str, like: str) -> str:
        return text

    def add_at(self, out: str, index: Sequence[str], value: str) -> str:
        where = index[0] if len(index) == 1 else f"({', '.join(index)})"
        return f"np.add.at({out}, {where}, {value})"

    def concat(self, parts: Sequence[str], axis: int) -> str:
        return f"np.concatenate({shape_text(parts)}, axis={axis})"

    def einsum(self, pattern: str, operands: Sequence[str]) -> str:
        return f'np.einsum("{pattern}", {", ".join(operands)})'

    def to_wrap(self, position: str, size: str) -> str:
        return f"{piece(position).at(3)} % {piece(size).at(4)}"

    def clip(self, position: str, low: str, high: str) -> str:
        return f"np.clip({position}, {low}, {high})"

    def minimum(self, a: str, b: str) -> str:
        return f"np.minimum({a}, {b})"

    def where(self, mask: str, value: str, other: str) -> str:
        return f"np.where({mask}, {value}, {number(other, INFINITY)})"
