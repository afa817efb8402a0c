"""Sizes put into a diagram: every type, index space, static argument and body with symbols replaced."""

from __future__ import annotations

from collections.abc import Mapping

from diagram.reals import Real
from diagram.sizes import Size
from diagram.types import Axis, DType, Tensor, map_sizes
from diagram.value import Arg, Box, Diagram, Flat, make

Sizes = Mapping[str, int | Size]


def _resized(d: Diagram, sizes: Sizes, done: dict[int, Diagram]) -> Diagram:
    found = done.get(id(d))
    if found is None:
        flat = d.flat
        new = Flat(
            tuple(map_sizes(t, sizes) for t in flat.wires),
            tuple(box_resized(box, sizes, done) for box in flat.boxes),
            flat.inputs,
            flat.outputs,
            flat.params,
            flat.names,
        )
        dom, cod = (tuple(map_sizes(t, sizes) for t in wires) for wires in (d.dom, d.cod))
        found = make(new, dom, cod, d.category, d.name, d.doc, d.results, d.span).with_layers(d.layers)
        done[id(d)] = found
    return found


def box_resized(box: Box, sizes: Sizes, done: dict[int, Diagram] | None = None) -> Box:
    """One box with size symbols replaced."""
    seen: dict[int, Diagram] = {} if done is None else done
    return box._replace(
        spec=box.spec.subs(sizes) if box.spec is not None else None,
        args=tuple((key, _arg(value, sizes)) for key, value in box.args),
        bodies=tuple(_resized(body, sizes, seen) for body in box.bodies),
    )


def _arg(value: Arg, sizes: Sizes) -> Arg:
    if isinstance(value, Real | Axis | Tensor):
        return value.subs(sizes)
    if isinstance(value, DType) and value.bound is not None:
        return DType(value.name, value.bound.subs(sizes))
    if isinstance(value, tuple):
        return tuple(_arg(v, sizes) for v in value)
    return value
