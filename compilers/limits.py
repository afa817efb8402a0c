"""What sizes must satisfy for a diagram to make sense: no axis of negative size, no read or write outside
an array, no largest entry of nothing.

What can be proved for all sizes is left out; the rest is looked at once for each new set of sizes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from compilers.reads import bounds, is_view, tidy
from diagram.bounds import at_least
from diagram.errors import Diagnostic, DiagramError, Span
from diagram.sizes import Size
from diagram.spec import Spec
from diagram.types import Tensor
from diagram.value import Box, Diagram
from diagram.wiring import walk


@dataclass(frozen=True, slots=True)
class Limit:
    """A size that must not be negative, and what it means if it is."""

    size: Size
    code: str
    message: str
    span: Span | None


def limits(d: Diagram, values: Mapping[str, int]) -> tuple[Limit, ...]:
    """The limits of `d` that are not certain, each once. Raises `DiagramError` for one that fails for
    all sizes.
    """
    found: dict[Size, Limit] = {}
    for part in [d, *(body for box in walk(d) for body in box.bodies)]:
        for type_ in part.wires:
            if isinstance(type_, Tensor):
                for axis in type_.axes:
                    _note(
                        found,
                        axis.size,
                        values,
                        "E0306",
                        f"the axis `{axis}` would have a negative size",
                        None,
                    )
        for box in part.boxes:
            if box.spec is not None:
                _nonempty(found, box, box.spec, values)
                _positions(found, part, box, box.spec, values)
    for limit in found.values():
        if limit.size.constant is not None:
            check((limit,), {})
    return tuple(found.values())


def check(all_: tuple[Limit, ...], sizes: Mapping[str, int]) -> None:
    """Raise `DiagramError` for the first limit that these sizes break."""
    for limit in all_:
        if limit.size.symbols <= sizes.keys() and limit.size.evaluate(sizes) < 0:
            given = ", ".join(f"{s} = {sizes[s]}" for s in sorted(limit.size.symbols))
            notes = (f"with {given}",) if given else ()
            raise DiagramError(Diagnostic(limit.code, limit.message, limit.span, notes=notes))


def _note(
    found: dict[Size, Limit],
    size: Size,
    values: Mapping[str, int],
    code: str,
    message: str,
    span: Span | None,
) -> None:
    size = size.subs(dict(values))
    if size not in found and not at_least(size, 0):
        found[size] = Limit(size, code, message, span)


def _nonempty(found: dict[Size, Limit], box: Box, spec: Spec, values: Mapping[str, int]) -> None:
    """The largest entry of nothing is none."""
    if "nonempty" in box.op.facts:
        span = box.mark.span if box.mark is not None else None
        for axis in (spec.indices[index] for index in spec.core):
            message = f"`{box.op.name}` needs an entry, but the axis `{axis}` has none"
            size = (axis.size - 1).subs(dict(values))
            if size.constant is None or size.constant < 0:  # `at_least` takes open sizes for positive
                found.setdefault(size, Limit(size, "E0306", message, span))


def _positions(
    found: dict[Size, Limit], part: Diagram, box: Box, spec: Spec, values: Mapping[str, int]
) -> None:
    """Reads and writes without padding must stay inside."""
    sizes = [axis.size for axis in spec.indices]
    ports = (*zip(box.dom, spec.ins, strict=True), *zip(box.cod, spec.outs, strict=True))
    for number, (wire, slots) in enumerate(ports):
        type_ = part.wires[wire]
        if (
            spec.pad(number) is not None
            or not isinstance(type_, Tensor)
            or not is_view(tuple(map(tidy, slots)))
        ):
            continue
        for slot, axis in zip(slots, type_.axes, strict=True):
            if (index := slot.index) is not None and sizes[index] == axis.size:
                continue
            low, high = bounds(slot, sizes)
            message = f"`{box.label}` reaches outside the axis `{axis}` of size {axis.size}"
            span = box.mark.span if box.mark is not None else None
            if box.op.name != "concat":
                _note(found, low, values, "E0319", message, span)
                _note(found, axis.size - 1 - high, values, "E0319", message, span)
