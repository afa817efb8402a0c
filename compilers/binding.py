"""Where the sizes of a diagram come from: symbols solved from the axes of its arrays, one after the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from diagram.errors import Diagnostic, DiagramError
from diagram.sizes import Size, linear_in
from diagram.types import Tensor, Type


@dataclass(frozen=True, slots=True)
class Found:
    """A symbol is `(extent of axis `axis` of array `array` - rest) / slope`; rest and slope use
    earlier symbols.
    """

    symbol: str
    array: int
    axis: int
    slope: Size
    rest: Size


@dataclass(frozen=True, slots=True)
class Check:
    """What must hold of an axis once the symbols are known."""

    array: int
    axis: int
    size: Size


@dataclass(frozen=True, slots=True)
class Binding:
    """The order in which symbols are found, and the axes left to compare."""

    found: tuple[Found, ...]
    checks: tuple[Check, ...]

    @property
    def symbols(self) -> frozenset[str]:
        """Symbols that the arrays determine."""
        return frozenset(f.symbol for f in self.found)


def bind(types: Sequence[Type]) -> Binding:
    """Solve for the symbols in the shapes of arrays: bare ones first, then one linear unknown at a time."""
    axes = [
        (k, a, size)
        for k, type_ in enumerate(types)
        if isinstance(type_, Tensor)
        for a, size in enumerate(type_.shape)
    ]
    known: set[str] = set()
    found: list[Found] = []
    used: set[tuple[int, int]] = set()
    for k, a, size in axes:
        name = str(size)
        if size.symbols == {name} and name not in known:
            slope, rest = linear_in(size, name)
            if slope == 1 and rest == 0:
                known.add(name)
                found.append(Found(name, k, a, Size.of(1), Size.of(0)))
                used.add((k, a))
    moved = True
    while moved:
        moved = False
        for k, a, size in axes:
            unknown = size.symbols - known
            if len(unknown) != 1:
                continue
            (name,) = unknown
            slope, rest = linear_in(size, name)
            if slope is not None and slope != 0:
                known.add(name)
                found.append(Found(name, k, a, slope, rest))
                moved = True
    checks = tuple(Check(k, a, size) for k, a, size in axes if (k, a) not in used)
    return Binding(tuple(found), checks)


def unknown_sizes(names: Sequence[str], what: str = "") -> DiagramError:
    """E0311 for sizes that no input determines."""
    listed = ", ".join(sorted(names))
    one = len(names) == 1
    options = " ".join(f"--set {name}=..." for name in sorted(names))
    values = ", ".join(f'"{name}": ...' for name in sorted(names))
    return DiagramError(
        Diagnostic(
            "E0311",
            f"the size{'s' * (not one)} of {listed} {'is' if one else 'are'} not determined by the inputs"
            + (f" of {what}" if what else ""),
            help=f"give {options}, or sizes={{{values}}}",
        )
    )


def text_of(found: Found, array: str, size: Mapping[str, str]) -> str:
    """The symbol as Python, from the shape of its array."""
    text = f"{array}.shape[{found.axis}]"
    if found.rest != 0:
        text = f"({text} - ({found.rest.text(size.__getitem__)}))"
    if found.slope != 1:
        text = f"{text} // ({found.slope.text(size.__getitem__)})"
    return text
