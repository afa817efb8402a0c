"""Axes of the printed file: one name, one size, in the whole file; so a name means the same in all its
definitions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from diagram.quotient import Quotient
from diagram.reals import Real
from diagram.sizes import Size, symbol
from diagram.types import Axis, DType, Hom, Tensor, Type, Wires
from diagram.value import Arg, Box, Diagram
from grammar.printer.words import KEYWORDS, NAME, RESERVED, Words, plain_name, real_text, size_text


class AxisTable:
    """Names of axes with their sizes. Symbols of sizes are axes whose size is open."""

    __slots__ = ("sizes", "words")

    def __init__(self, words: Words) -> None:
        self.sizes: dict[str, Size] = {}
        self.words = words

    def claim(self, name: str, size: Size) -> bool:
        """Fix a name; False if it is no name or means another size."""
        if not NAME.match(name or " "):
            return False
        if name not in self.sizes:
            function = name in RESERVED - KEYWORDS  # axes may be called like functions
            if name in self.words.given or (name in self.words and not function):
                return False
            self.words.taken.add(name)
            self.sizes[name] = size
        return self.sizes[name] == size

    def name(self, wanted: str, size: Size, taken: Iterable[str] = ()) -> str:
        """A name for an axis of this size: the wanted one, else with primes or a number."""
        base = wanted if NAME.match(wanted or " ") else plain_name(wanted)
        if not base:
            base = next((n for n, s in self.sizes.items() if s == size and n not in taken), "n")
        for name in _like(base):
            if name not in taken and self.claim(name, size):
                return name
        raise AssertionError("no end of names")

    def axes(self, axes: Iterable[Axis], wanted: Iterable[str] | None = None) -> tuple[Axis, ...]:
        """The axes under names of the table; anonymous ones and products stay."""
        taken: set[str] = set()
        result = []
        for axis, want in zip(axes, (a.name for a in axes) if wanted is None else wanted, strict=True):
            new = axis if not axis.name else Axis(self.name(want, axis.size, taken), axis.size)
            if axis.factors:
                factors = tuple(self._factor(f) for f in axis.factors)
                good = all(
                    self.claim(f.name, f.size) if f.name else f.size.constant is not None for f in factors
                )
                new = Axis.merged(factors) if good else Axis(self.name("n", axis.size, taken), axis.size)
            taken.add(new.name)
            result.append(new)
        return tuple(result)

    def _factor(self, axis: Axis) -> Axis:
        """A factor of a product; one without a name whose size is a symbol gets the symbol's."""
        (only,) = axis.size.symbols if len(axis.size.symbols) == 1 else ("",)
        return Axis(only, axis.size) if only and not axis.name and axis.size == symbol(only) else axis

    def number(self, value: Real, tight: bool = False) -> str:
        """A static number: with `i` for the imaginary unit, unless an axis is called so."""
        z = value.number
        if isinstance(z, complex):
            if "i" in self.sizes:
                return f"complex({z.real!r}, {z.imag!r})"
            self.words.given.add("i")
        return real_text(self.real(value), tight)

    def type(self, type_: Type) -> Type:
        """A type under names of the table."""
        if isinstance(type_, Tensor):
            return type_.with_axes(self.axes(type_.axes))
        if isinstance(type_, Hom):
            return Hom(tuple(map(self.type, type_.dom)), tuple(map(self.type, type_.cod)))
        return type_

    def real(self, value: Real) -> Real:
        """A static number as the text can say it outside brackets, where `/` divides reals: a size that is a
        whole quotient stands under the name of an axis."""
        if value.sign:
            return Real(value.sign, tuple(self.real(a) if isinstance(a, Real) else a for a in value.args))
        (size,) = value.args
        if not isinstance(size, Size) or not any(
            isinstance(atom, Quotient) and atom.sign == "/" for mono, _ in size.terms for atom, _ in mono
        ):
            return value
        return Real.of(symbol(self.name("", size)))

    def lines(self, words: set[str]) -> list[str]:
        """The declarations of those among the words: open ones, numbers, derived ones."""
        used = {n: s for n, s in self.sizes.items() if n in words}
        used |= {n: symbol(n) for s in used.values() for n in sorted(s.symbols)}
        open_ = [n for n, s in used.items() if s == symbol(n)]
        known = [f"{n} = {s}" for n, s in used.items() if s.constant is not None]
        derived = [
            f"axis {n} = {size_text(s)}" for n, s in used.items() if s.constant is None and s != symbol(n)
        ]
        lines = ["axis " + ", ".join(open_)] if open_ else []
        return lines + (["axis " + ", ".join(known)] if known else []) + derived


def _like(base: str) -> Iterator[str]:
    stem = base.rstrip("'")
    yield base
    yield from (base + "'" * k for k in (1, 2))
    k = 1
    while True:
        yield f"{stem}{'_' if stem[-1].isdigit() else ''}{k}"
        k += 1


def symbols_of(d: Diagram) -> list[str]:
    """Every symbol in the sizes of a diagram and of the bodies inside, in order of appearance."""
    found: dict[str, None] = {}

    def size(s: Size) -> None:
        found.update(dict.fromkeys(sorted(s.symbols)))

    seen: set[int] = set()
    todo = [d]
    while todo:
        part = todo.pop(0)
        if id(part) in seen:
            continue
        seen.add(id(part))
        for type_ in (*part.dom, *part.cod, *part.wires):
            for s in _type_sizes(type_):
                size(s)
        for box in part.boxes:
            for s in _box_sizes(box):
                size(s)
            todo += box.bodies
    return list(found)


def _type_sizes(type_: Type) -> Iterator[Size]:
    if isinstance(type_, Hom):
        for t in (*type_.dom, *type_.cod):
            yield from _type_sizes(t)
    if isinstance(type_, Tensor):
        for axis in type_.axes:
            yield axis.size
            yield from (f.size for f in axis.factors)
        if type_.dtype.bound is not None:
            yield type_.dtype.bound


def _box_sizes(box: Box) -> Iterator[Size]:
    wires: Wires = box.op.dom + box.op.cod
    for type_ in wires:
        yield from _type_sizes(type_)
    if box.spec is not None:
        yield from (a.size for a in box.spec.indices)
        for port in (*box.spec.ins, *box.spec.outs):
            for slot in port:
                yield from (slot.offset, *(c for _, c in slot.terms))
    for _, value in box.args:
        yield from arg_sizes(value)


def arg_sizes(value: Arg) -> Iterator[Size]:
    """The sizes in static data."""
    if isinstance(value, tuple):
        for part in value:
            yield from arg_sizes(part)
    elif isinstance(value, Axis):
        yield value.size
    elif isinstance(value, Real):
        yield from (symbol(s) for s in sorted(value.symbols))
    elif isinstance(value, DType) and value.bound is not None:
        yield value.bound
    elif isinstance(value, Tensor):
        yield from _type_sizes(value)
