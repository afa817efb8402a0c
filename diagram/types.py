"""Types of wires: objects with adjoints, arrays with named axes, functions; and `Wires`, tuples of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from diagram.sizes import ONE, Size, product


@dataclass(frozen=True, slots=True)
class Ob:
    """A basic object. `adjoint` counts `.r` (positive) and `.l` (negative); `prime` marks the cotangent
    `A'`."""

    name: str
    adjoint: int = 0
    prime: bool = False

    def __str__(self) -> str:
        turn = ".r" if self.adjoint > 0 else ".l"
        return self.name + "'" * self.prime + turn * abs(self.adjoint)


@dataclass(frozen=True, slots=True)
class DType:
    """An element type: `R C bf16 f16 f32 f64 c64 c128 i8 i32 i64 bool`, or `nat` with the bound `v` of
    `nat[v]`."""

    name: str
    bound: Size | None = None

    def __str__(self) -> str:
        return self.name if self.bound is None else f"{self.name}[{self.bound}]"

    @property
    def is_real(self) -> bool:
        """Real floating point."""
        return self.name in REALS

    @property
    def is_complex(self) -> bool:
        """Complex floating point."""
        return self.name in COMPLEXES

    @property
    def is_smooth(self) -> bool:
        """Has a tangent space: real or complex."""
        return self.name in REALS or self.name in COMPLEXES

    @property
    def is_integer(self) -> bool:
        """Whole numbers, bounded or not."""
        return self.name in INTEGERS


REALS = ("R", "f64", "f32", "f16", "bf16")
COMPLEXES = ("C", "c128", "c64")
INTEGERS = ("nat", "i64", "i32", "i8")
DTYPES = (*REALS, *COMPLEXES, *INTEGERS, "bool")
R, C, BOOL, I64 = DType("R"), DType("C"), DType("bool"), DType("i64")


@dataclass(frozen=True, slots=True)
class Axis:
    """One axis of an array: a name (empty: anonymous), a size, and the factors if it is a product axis `(H
    p)`."""

    name: str
    size: Size
    factors: tuple[Axis, ...] = ()

    @staticmethod
    def of(name: str, size: int | str | Size | None = None) -> Axis:
        """An axis; without a size, of the size named like it."""
        return Axis(name, Size.of(name if size is None else size))

    @staticmethod
    def merged(factors: tuple[Axis, ...]) -> Axis:
        """The product axis of `factors`, the last one varying fastest."""
        return Axis("", product(f.size for f in factors), factors)

    @property
    def stem(self) -> str:
        """The name without its primes."""
        return self.name.rstrip("'")

    def subs(self, values: Mapping[str, int | Size]) -> Axis:
        """Replace size symbols."""
        return Axis(self.name, self.size.subs(values), tuple(f.subs(values) for f in self.factors))

    def renamed(self, name: str) -> Axis:
        """The same size under another name."""
        return Axis(name, self.size)

    def __str__(self) -> str:
        if self.factors:
            return f"({' '.join(map(str, self.factors))})"
        return self.name or str(self.size)


@dataclass(frozen=True, slots=True)
class Tensor:
    """An array on one wire: element type and axes in layout order. A name occurs at most once."""

    dtype: DType = R
    axes: tuple[Axis, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the axes, empty for anonymous ones."""
        return tuple(a.name for a in self.axes)

    @property
    def shape(self) -> tuple[Size, ...]:
        """Sizes of the axes."""
        return tuple(a.size for a in self.axes)

    @property
    def entries(self) -> Size:
        """How many numbers it holds."""
        return product(self.shape) if self.axes else ONE

    def subs(self, values: Mapping[str, int | Size]) -> Tensor:
        """Replace size symbols."""
        dtype = (
            self.dtype if self.dtype.bound is None else DType(self.dtype.name, self.dtype.bound.subs(values))
        )
        return Tensor(dtype, tuple(a.subs(values) for a in self.axes))

    def with_axes(self, axes: tuple[Axis, ...]) -> Tensor:
        """The same elements over other axes."""
        return replace(self, axes=axes)

    def __str__(self) -> str:
        if not self.axes:
            return str(self.dtype)
        return f"{self.dtype}[{', '.join(map(str, self.axes))}]"


@dataclass(frozen=True, slots=True, eq=False)
class Hom:
    """The exponential `(A -> B)`: diagrams as values on a wire.

    Its hash and its wires are found once: types in types grow like 2**n, and share their parts.
    """

    dom: Wires
    cod: Wires
    weight: int = field(init=False, repr=False)
    """Wires in it, at every depth."""
    _hash: int = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "weight", 1 + weight_of(self.dom) + weight_of(self.cod))
        object.__setattr__(self, "_hash", hash((self.dom, self.cod)))

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if not isinstance(other, Hom) or self._hash != other._hash or self.weight != other.weight:
            return False
        return self.dom == other.dom and self.cod == other.cod

    def __str__(self) -> str:
        return f"({wires_text(self.dom)} -> {wires_text(self.cod)})"


@dataclass(frozen=True, slots=True)
class Unknown:
    """The type of what is already in error; it fits everything, so that one cause gives one message."""

    def __str__(self) -> str:
        return "?"


Type = Ob | Tensor | Hom | Unknown
Wires = tuple[Type, ...]
UNKNOWN = Unknown()


def weight_of(wires: Wires) -> int:
    """How many wires they are, those inside functions counted too."""
    return sum([t.weight if isinstance(t, Hom) else 1 for t in wires])


def wires_text(wires: Wires) -> str:
    """`A @ B`, or `()` for none."""
    return " @ ".join(map(str, wires)) or "()"


def map_sizes(type_: Type, values: Mapping[str, int | Size]) -> Type:
    """Replace size symbols anywhere in a type."""
    if isinstance(type_, Tensor):
        return type_.subs(values)
    if isinstance(type_, Hom):
        return Hom(
            tuple(map_sizes(t, values) for t in type_.dom), tuple(map_sizes(t, values) for t in type_.cod)
        )
    return type_


def cotangent(type_: Type) -> Wires:
    """The cotangent type `T'`: the array type itself for real and complex arrays, nothing for `nat` and
    `bool`."""
    if isinstance(type_, Tensor):
        return (type_,) if type_.dtype.is_smooth else ()
    if isinstance(type_, Ob):
        return (replace(type_, prime=not type_.prime),)
    return (type_,)


def describe(wires: Wires, show: Callable[[Type], str] = str) -> str:
    """How messages count wires: `2 wires: White @ Yolk`."""
    count = len(wires)
    if not count:
        return "no wires"
    return f"{count} wire{'s' * (count > 1)}: {' @ '.join(map(show, wires))}"
