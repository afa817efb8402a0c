"""Whether the arrays of a definition fit into this machine, asked before any of them is made."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

from diagram.errors import Diagnostic, DiagramError
from diagram.types import Tensor

if TYPE_CHECKING:
    from diagram.value import Diagram

MOST_AXES = 64
"""Axes that an array of numpy and of torch may have."""
BYTES = 8


def fits(d: Diagram, sizes: Mapping[str, int]) -> None:
    """Raise E0008 for the first array that is larger than the memory, or has too many axes."""
    from diagram.wiring import walk

    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    parts = {id(d): d} | {id(body): body for box in walk(d) for body in box.bodies}
    for part in parts.values():
        for w, type_ in enumerate(part.wires):
            if isinstance(type_, Tensor):
                _fits(part, w, type_, sizes, memory)


def _fits(part: Diagram, w: int, type_: Tensor, sizes: Mapping[str, int], memory: int) -> None:
    what = f"`{part.names[w]}`" if part.names[w] else f"an array of `{part.name}`"
    if len(type_.axes) > MOST_AXES:
        message = f"{what} has {len(type_.axes)} axes; arrays have at most {MOST_AXES}"
        raise DiagramError(Diagnostic("E0008", message, part.span))
    bound = type_.dtype.bound
    if bound is not None and bound.symbols <= sizes.keys() and bound.evaluate(sizes) > 1 << 63:
        raise DiagramError(Diagnostic("E0008", f"{what} counts beyond 64 bits", part.span))
    total = BYTES
    for size in type_.shape:
        if not size.symbols <= sizes.keys():
            return
        total *= max(1, size.evaluate(sizes))
    if total > memory:
        message = f"{what} needs {_shown(total)}, and this machine has {_shown(memory)}"
        help = "give smaller sizes, with --set or in the file"
        raise DiagramError(
            Diagnostic("E0008", message, part.span, notes=(f"its type is {type_}",), help=help)
        )


def _shown(count: int) -> str:
    """`16 GB`; beyond all names as a power of ten."""
    for name in ("bytes", "kB", "MB", "GB", "TB", "PB"):
        if count < 1000:
            return f"{count} {name}"
        count //= 1000
    return f"10**{len(str(count)) + 14} bytes"
