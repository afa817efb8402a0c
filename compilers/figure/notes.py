"""What a figure may tell about each box besides its name: how many operations it needs, how many bytes it
writes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from diagram.cost import BYTES, rows
from diagram.errors import DiagramError
from diagram.hypergraph import Diagram
from diagram.sizes import Size
from diagram.types import Tensor, Type

NOTES = ("types", "flops", "memory")
"""What `annotate` knows; `types` stand on the wires."""
_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_UNITS = ((10**12, "T"), (10**9, "G"), (10**6, "M"), (10**3, "k"))


def notes(d: Diagram, which: Iterable[str]) -> dict[int, str]:
    """A line for each box that costs something; a diagram of boxes without meaning has none."""
    wanted = frozenset(which)
    if not wanted & {"flops", "memory"}:
        return {}
    try:
        costs = rows(d)
    except DiagramError:
        return {}
    found = {}
    for k, (box, row) in enumerate(zip(d.boxes, costs, strict=True)):
        parts = []
        if "flops" in wanted and row.cost.flops.terms:
            parts.append(f"{amount(row.cost.flops)} flops")
        if "memory" in wanted:
            held = sum((_bytes(d.wires[w]) for w in box.cod), Size.of(0))
            parts.append(f"{amount(held)} B")
        if parts:
            found[k] = ", ".join(parts)
    return found


def _bytes(type_: Type) -> Size:
    return type_.entries * BYTES.get(type_.dtype.name, 4) if isinstance(type_, Tensor) else Size.of(0)


def amount(size: Size) -> str:
    """A number of operations or bytes: `2·k·q`, `1.57 M`.

    >>> amount(Size.of(1572864)), amount(Size.of("q") * Size.of("q") * 2)
    ('1.57 M', '2·q²')
    """
    value = size.constant
    if value is None:
        return re.sub(r"\*\*(\d+)", lambda power: power[1].translate(_RAISED), str(size)).replace("*", "·")
    number = int(value)
    for unit, letter in _UNITS:
        if number >= unit:
            return f"{number / unit:.3g} {letter}"
    return str(number)
