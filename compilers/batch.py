"""The same diagram with extra axes in front of every input: how one compiled diagram serves batches."""

from __future__ import annotations

from diagram.inlining import inline
from diagram.lifting import lift
from diagram.types import Axis
from diagram.value import Diagram


def batched(d: Diagram, count: int) -> Diagram:
    """`d` for every position of `count` new axes, in front on every input and result; learned arrays
    are shared.
    """
    if not count:
        return d
    taken = {name for t in d.wires for name in getattr(t, "names", ())} | {"batch"}
    names = ["batch" if count == 1 else f"batch{k}" for k in range(count)]
    names = [name if name not in taken - {"batch"} else f"{name}_" for name in names]
    degree = tuple(Axis.of(name) for name in names)
    lifted = lift(inline(d, lambda box: False), degree, (tuple(range(count)),) * len(d.dom))
    return lifted.with_name(d.name)


def batch_sizes(d: Diagram, batch: tuple[int, ...]) -> dict[str, int]:
    """The sizes of the axes in front that `batched` made."""
    axes = getattr(d.dom[0], "axes", ()) if d.dom else ()
    return {str(axis.size): n for axis, n in zip(axes, batch, strict=False)}
