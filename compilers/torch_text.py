"""Torch as text."""

from __future__ import annotations

from collections.abc import Sequence

from compilers.dialect import Dialect, Window, brackets, number, shape_text, swap_of
from compilers.text import piece

DTYPES = {
    "f64": "float64", "f32": "float32", "f16": "float16", "bf16": "bfloat16", "c128": "complex128",
    "c64": "complex64", "i8": "int8", "i32": "int32", "i64": "int64", "nat": "int64", "bool": "bool",
}  # fmt: skip
INFINITY = 'float("{}inf")'


class TorchText(Dialect):
    """Text for torch."""

    name, alias = "torch", "torch"
    imports = "import torch\nimport torch.nn.functional as F"

    def dtype(self, name: str) -> str:
        return f"torch.{DTYPES[name]}"

    def cast(self, text: str, dtype: str) -> str:
        return f"{self.atom(text)}.to({dtype})"

    def diagonal_axes(self, i: int, j: int) -> str:
        return f"dim1={i}, dim2={j}"

    def permute(self, text: str, order: Sequence[int]) -> str:
        if list(order) == list(range(len(order))):
            return text
        pair = swap_of(order)
        if pair is not None:
            return (
                f"{self.atom(text)}.mT"
                if pair[1] == len(order) - 1 and pair[0] == pair[1] - 1
                else (f"{self.atom(text)}.transpose({pair[0]}, {pair[1]})")
            )
        return f"{self.atom(text)}.permute({', '.join(map(str, order))})"

    def expand(self, text: str, shape: Sequence[str]) -> str:
        return f"{self.atom(text)}.expand({', '.join(shape)})"

    def flip(self, text: str, axis: int) -> str:
        return f"{self.atom(text)}.flip({axis})"

    def total(self, text: str, axes: Sequence[int], rank: int) -> str:
        axis = str(axes[0]) if len(axes) == 1 else shape_text([str(a) for a in axes])
        return f"{self.atom(text)}.sum()" if len(axes) == rank else f"{self.atom(text)}.sum({axis})"

    def pad(self, text: str, amounts: Sequence[tuple[str, str]], mode: str) -> str:
        if mode in ("edge", "wrap", "reflect"):
            for axis, (lo, hi) in enumerate(amounts):
                if (lo, hi) != ("0", "0"):
                    text = self._pad_by_index(text, axis, lo, hi, mode)
            return text
        used = next(k for k, pair in enumerate(amounts) if pair != ("0", "0"))
        flat = [part for pair in reversed(amounts[used:]) for part in pair]
        value = "" if float(mode) == 0 else f", value={number(mode, INFINITY)}"
        return f"F.pad({text}, ({', '.join(flat)}){value})"

    def _pad_by_index(self, text: str, axis: int, lo: str, hi: str, mode: str) -> str:
        source = self.atom(text)
        size = f"{source}.shape[{axis}]"
        positions = f"torch.arange(-{piece(lo).at(4)}, {size} + {hi}, device={source}.device)"
        return f"{source}.index_select({axis}, {self.inside(positions, size, mode)})"

    def windows(self, text: str, sliding: Sequence[Window]) -> str:
        for axis, length, step, inner in sliding:
            text = f"{self.atom(text)}.unfold({axis}, {length}, {step})"
            text = text if inner == "1" else brackets(text, ["...", f"::{inner}"])
        return text

    def zeros(self, shape: Sequence[str], like: str) -> str:
        return f"{self.atom(like)}.new_zeros({shape_text(shape) if shape else '()'})"

    def full(self, shape: Sequence[str], value: str, dtype: str, like: str | None) -> str:
        device = "" if like is None else f", device={self.atom(like)}.device"
        size = shape_text(shape) if shape else "()"
        return f"torch.full({size}, {value}, dtype=torch.{DTYPES[dtype]}{device})"

    def arange(self, size: str, like: str | None) -> str:
        return (
            f"torch.arange({size})"
            if like is None
            else f"torch.arange({size}, device={self.atom(like)}.device)"
        )

    def position(self, text: str, like: str) -> str:
        return f"torch.as_tensor({text}, device={self.atom(like)}.device)"

    def add_at(self, out: str, index: Sequence[str], value: str) -> str:
        return f"{out}.index_put_({shape_text(index)}, {value}, accumulate=True)"

    def concat(self, parts: Sequence[str], axis: int) -> str:
        return f"torch.cat({shape_text(parts)}, {axis})"

    def einsum(self, pattern: str, operands: Sequence[str]) -> str:
        return f'torch.einsum("{pattern}", {", ".join(operands)})'

    def to_wrap(self, position: str, size: str) -> str:
        return f"{piece(position).at(3)} % {piece(size).at(4)}"

    def clip(self, position: str, low: str, high: str) -> str:
        return f"{self.atom(position)}.clamp({low}, {high})"

    def minimum(self, a: str, b: str) -> str:
        return f"torch.minimum({a}, {b})"

    def where(self, mask: str, value: str, other: str) -> str:
        return f"torch.where({mask}, {value}, {number(other, INFINITY)})"
