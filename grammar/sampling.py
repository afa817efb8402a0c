"""Samples for `forall`: sizes, inputs by their types, and parameters that equal names share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from diagram.hypergraph import Diagram, walk
from diagram.types import DType, Tensor, Type

if TYPE_CHECKING:
    from numpy.typing import NDArray


def symbols(d: Diagram) -> list[str]:
    """Open size symbols of a diagram, sorted."""
    found: set[str] = set()
    for type_ in d.wires:
        if isinstance(type_, Tensor):
            for axis in type_.axes:
                found |= axis.size.symbols
            if type_.dtype.bound is not None:
                found |= type_.dtype.bound.symbols
    for box in walk(d):
        if box.spec is not None:
            for axis in box.spec.indices:
                found |= axis.size.symbols
    return sorted(found)


def sizes(d: Diagram, seed: int) -> dict[str, int]:
    """Small sizes for the open symbols."""
    import numpy as np

    rng = np.random.default_rng(seed)
    return {name: int(rng.integers(2, 6)) for name in symbols(d)}


def inputs(d: Diagram, sizes: dict[str, int], seed: int) -> list[NDArray[Any]]:
    """An array for each wire of the domain."""
    import numpy as np

    rng = np.random.default_rng(seed + 1)
    return [array(t, sizes, rng) for t in d.dom]


def array(
    type_: Type, sizes: dict[str, int], rng: Any
) -> NDArray[Any]:  # Any: numpy's Generator, imported late
    """Normal reals, whole numbers below their bound, fair booleans. Raises `ValueError` for no array."""
    import numpy as np

    if not isinstance(type_, Tensor):
        raise ValueError(f"no samples of {type_}")
    shape = tuple(a.size.evaluate(sizes) for a in type_.axes)
    dtype: DType = type_.dtype
    if dtype.is_complex:
        return np.asarray(rng.normal(size=shape) + 1j * rng.normal(size=shape))
    if dtype.name == "bool":
        return np.asarray(rng.random(shape) < 0.5)
    if dtype.is_integer:
        top = dtype.bound.evaluate(sizes) if dtype.bound is not None else 8
        return np.asarray(rng.integers(0, max(top, 1), shape))
    return np.asarray(rng.normal(size=shape))


def share(
    f: Any, d: Diagram
) -> None:  # Any: the compiled callable of a back end, which grammar does not import
    """Parameters of one name in two definitions get the same values: one set is drawn for a test."""
    first: dict[tuple[str, tuple[int, ...]], str] = {}
    for param in d.params:
        head, _, tail = param.path.partition(".")
        key = (tail or head, tuple(f.params[param.path].shape))
        if key in first:
            f.params[param.path][...] = f.params[first[key]]
        else:
            first[key] = param.path
