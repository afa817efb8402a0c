"""What a compiled diagram takes and gives: names, types, learned arrays; and the checks of what a caller
hands over.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from compilers.binding import Binding, Check, bind, unknown_sizes
from compilers.limits import Limit, limits
from compilers.limits import check as check_limits
from diagram.errors import Diagnostic, DiagramError
from diagram.sizes import Size
from diagram.types import DType, Tensor, map_sizes
from diagram.value import Diagram, Param
from diagram.wiring import walk

Shape = tuple[int, ...]
NATURE = {"f": "real", "c": "complex", "i": "integer", "u": "integer", "b": "bool"}
"""Kinds of element types, by the letter numpy uses."""
_TAKES = {"real": ("real",), "complex": ("real", "complex"), "integer": ("integer",), "bool": ("bool",)}
"""The natures of numbers that a wire takes as they are."""


def nature(dtype: DType) -> str:
    """`real`, `complex`, `integer` or `bool`."""
    return (
        "complex"
        if dtype.is_complex
        else "real"
        if dtype.is_real
        else "bool"
        if dtype.name == "bool"
        else "integer"
    )


@dataclass(frozen=True)
class Signature:
    """The boundary of a diagram for fixed `values` of sizes."""

    name: str
    names: tuple[str, ...]
    types: tuple[Tensor, ...]
    results: tuple[str, ...]
    params: tuple[Param, ...]
    shapes: tuple[Tensor, ...]
    limits: tuple[Limit, ...]
    values: Mapping[str, int]

    @cached_property
    def binding(self) -> Binding:
        """How sizes follow from the inputs."""
        return bind(self.types)

    @property
    def called(self) -> str:
        """The name for messages."""
        return f"`{self.name}`" if self.name else "the diagram"

    def arrange(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> list[Any]:
        """The inputs in order, given by position, by name, or as one dict. Any: arrays of either library.

        Raises `DiagramError` E0302 with what is missing, extra or misnamed.
        """
        if not kwargs and len(args) == len(self.names) and not (len(args) == 1 and isinstance(args[0], dict)):
            return list(args)
        given: dict[str, Any] = {}
        if len(args) == 1 and isinstance(args[0], dict) and not kwargs:
            given = dict(args[0])
        elif len(args) <= len(self.names):
            given = dict(zip(self.names, args, strict=False))
            twice = [name for name in kwargs if name in given]
            if twice:
                raise self._wrong_inputs(f"{self.called} is given `{twice[0]}` twice")
            given.update(kwargs)
        else:
            raise self._wrong_inputs(f"{self.called} takes {_count(len(self.names))}, got {len(args)}")
        missing = [name for name in self.names if name not in given]
        extra = [name for name in given if name not in self.names]
        if missing or extra:
            parts = [f"lacks {_listed(missing)}"] * bool(missing) + [f"has no {_listed(extra)}"] * bool(extra)
            raise self._wrong_inputs(f"{self.called} {' and '.join(parts)}")
        return [given[name] for name in self.names]

    def _wrong_inputs(self, message: str) -> DiagramError:
        wanted = [f"{n}: {t}" for n, t in zip(self.names, self.types, strict=True)]
        return DiagramError(Diagnostic("E0302", message, notes=("inputs: " + (", ".join(wanted) or "none"),)))

    def check(
        self, shapes: Sequence[Shape], natures: Sequence[str], casts: bool = True
    ) -> tuple[dict[str, int], Shape]:
        """The sizes that the shapes give, and the extra batch axes in front. Raises
        `DiagramError` with all that is wrong: E0306 ranks, shapes and element types, E0312 sizes
        that differ, E0313 sizes that do not divide, E0319 sizes for which a read goes outside.
        """
        batch, errors = self._batch(shapes)
        for name, type_, kind in zip(self.names, self.types, natures, strict=True):
            wanted = nature(type_.dtype)
            if kind not in _TAKES[wanted] and not (
                casts and kind == "integer" and wanted in ("real", "complex")
            ):
                errors.append(
                    Diagnostic("E0306", f"the input `{name}` holds {kind} numbers, but its type is {type_}")
                )
        if errors:
            raise DiagramError.of(errors)
        sizes, places = self._solve([shape[len(batch) :] for shape in shapes])
        self._compare([shape[len(batch) :] for shape in shapes], sizes, places)
        check_limits(self.limits, {**self.values, **sizes})
        return sizes, batch

    def _batch(self, shapes: Sequence[Shape]) -> tuple[Shape, list[Diagnostic]]:
        extras = {len(s) - len(t.axes) for s, t in zip(shapes, self.types, strict=True)}
        if extras <= {0}:
            return (), []
        (extra,) = extras if len(extras) == 1 else (-1,)
        fronts = {tuple(s[:extra]) for s in shapes} if extra > 0 else set()
        if len(fronts) == 1:
            return fronts.pop(), []
        errors = [
            self._shape_error(n, s, t)
            for n, s, t in zip(self.names, shapes, self.types, strict=True)
            if len(s) != len(t.axes)
        ]
        if errors and extra <= 0:
            return (), errors
        shown = ", ".join(f"`{n}` {shape_text(s[:extra])}" for n, s in zip(self.names, shapes, strict=True))
        return (), [Diagnostic("E0306", "the batch axes in front differ between the inputs", notes=(shown,))]

    def _shape_error(
        self, name: str, shape: Shape, type_: Tensor, sizes: Mapping[str, int] | None = None
    ) -> Diagnostic:
        found, wanted = shape_text(shape), described(type_, sizes or {})
        return Diagnostic(
            "E0306",
            f"the input `{name}` has shape {found}, but its type is {wanted}",
            help="give axes in the order of the type; extra axes in front must be the same on every input",
        )

    def _solve(self, shapes: Sequence[Shape]) -> tuple[dict[str, int], dict[str, str]]:
        """Sizes by symbol, and where each was found."""
        sizes: dict[str, int] = {}
        places: dict[str, str] = {}
        for f in self.binding.found:
            extent = shapes[f.array][f.axis] - f.rest.evaluate(sizes)
            slope = f.slope.evaluate(sizes)
            if slope == 0 or extent % slope or extent < 0:
                raise self._indivisible(f.array, f.axis, shapes[f.array])
            sizes[f.symbol] = extent // slope
            places[f.symbol] = f"axis {f.axis} of `{self.names[f.array]}`"
        return sizes, places

    def _indivisible(self, array: int, axis: int, shape: Shape) -> DiagramError:
        wanted = self.types[array].axes[axis]
        place = f"axis {axis} of `{self.names[array]}`"
        return DiagramError(
            Diagnostic("E0313", f"{place} has size {shape[axis]}, which is not of the form {wanted.size}")
        )

    def _compare(self, shapes: Sequence[Shape], sizes: Mapping[str, int], places: Mapping[str, str]) -> None:
        errors = [
            self._mismatch(c, shapes[c.array], sizes, places)
            for c in self.binding.checks
            if c.size.symbols <= sizes.keys() and c.size.evaluate(sizes) != shapes[c.array][c.axis]
        ]
        if errors:
            raise DiagramError.of(errors)

    def _mismatch(
        self, c: Check, shape: Shape, sizes: Mapping[str, int], places: Mapping[str, str]
    ) -> Diagnostic:
        name, type_ = self.names[c.array], self.types[c.array]
        if c.size.constant is not None:
            return self._shape_error(name, shape, type_, sizes)
        sources = ", ".join(f"{s} = {sizes[s]} by {places[s]}" for s in sorted(c.size.symbols) if s in places)
        want = c.size.evaluate(sizes)
        return Diagnostic(
            "E0312",
            f"the axis `{type_.axes[c.axis]}` has two sizes: {want} and {shape[c.axis]} in `{name}`",
            notes=(f"`{name}` has shape {shape_text(shape)}, its type is {described(type_, sizes)}", sources),
        )

    def bounds(self) -> list[tuple[int, Size]]:
        """Inputs whose entries must lie below a bound."""
        return [(k, t.dtype.bound) for k, t in enumerate(self.types) if t.dtype.bound is not None]

    def out_of_bound(self, k: int, worst: int, bound: int) -> DiagramError:
        """E0331 for an entry of input k."""
        return DiagramError(
            Diagnostic(
                "E0331",
                f"the input `{self.names[k]}` holds {worst}, but its type is {self.types[k]}",
                notes=(f"entries must lie in 0..{bound}",),
            )
        )

    def parameter_sizes(self, shapes: Sequence[Shape]) -> dict[str, int]:
        """The sizes that learned arrays of these shapes show."""
        sizes = dict(self.values)
        for f in bind(self.shapes).found:
            slope = f.slope.evaluate(sizes)
            sizes[f.symbol] = (shapes[f.array][f.axis] - f.rest.evaluate(sizes)) // slope
        return sizes

    def parameter_shapes(self, sizes: Mapping[str, int]) -> list[Shape]:
        """The shapes of the learned arrays. Raises `DiagramError` E0311 for sizes still open."""
        missing = {s for t in self.shapes for n in t.shape for s in n.symbols} - sizes.keys()
        if missing:
            raise unknown_sizes(sorted(missing), self.name)
        return [tuple(n.evaluate(sizes) for n in t.shape) for t in self.shapes]


def signature(d: Diagram, values: Mapping[str, int]) -> Signature:
    """The boundary of `d`. Raises `DiagramError` E0306 for wires that are no arrays, E0312 for a
    useless size.
    """
    ports = [*zip(d.input_names, d.dom, strict=True), *zip(d.output_names, d.cod, strict=True)]
    odd = [f"`{n}: {t}`" for n, t in ports if not isinstance(t, Tensor)]
    if odd:
        raise DiagramError(
            Diagnostic(
                "E0306", f"{', '.join(odd)} is no array, so this diagram does not run on arrays", d.span
            )
        )
    _check_values(d, values)
    fixed = dict(values)
    types = tuple(map_sizes(t, fixed) for t in d.dom)
    shapes = tuple(map_sizes(d.wires[w], fixed) for w in d.param_wires)
    return Signature(
        d.name,
        d.input_names,
        tuple(t for t in types if isinstance(t, Tensor)),
        d.output_names,
        d.params,
        tuple(t for t in shapes if isinstance(t, Tensor)),
        limits(d, values),
        fixed,
    )


def _check_values(d: Diagram, values: Mapping[str, int]) -> None:
    """Raise `DiagramError` E0312 for a size that contradicts what an axis of that name has already.

    Names that occur nowhere pass: sizes that the elaboration has used up leave no trace.
    """
    if not values:
        return
    tensors = [t for part in [d, *(b for box in walk(d) for b in box.bodies)] for t in part.wires]
    axes = [axis for t in tensors if isinstance(t, Tensor) for axis in t.axes]
    opened = {s for axis in axes for s in axis.size.symbols}
    errors = []
    for name, value in values.items():
        known = {axis.size.constant for axis in axes if axis.name == name} - {None}
        if known and name not in opened and value not in known:
            sizes = " and ".join(map(str, sorted(n for n in known if n is not None)))
            errors.append(
                Diagnostic("E0312", f"the axis `{name}` has the size {sizes}, it cannot be {value}")
            )
    if errors:
        raise DiagramError.of(errors)


def shape_text(shape: Shape) -> str:
    """`[2, 3]`."""
    return f"[{', '.join(map(str, shape))}]"


def described(type_: Tensor, sizes: Mapping[str, int]) -> str:
    """A type with the sizes that are known: `R[b = 2, x = 16, m]`."""
    parts = []
    for axis in type_.axes:
        size = axis.size.subs(dict(sizes))
        parts.append(str(axis) if str(axis) == str(size) else f"{axis} = {size}")
    return f"{type_.dtype}[{', '.join(parts)}]" if parts else str(type_.dtype)


def _count(n: int) -> str:
    return f"{n} input{'s' * (n != 1)}"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"`{n}`" for n in names)
