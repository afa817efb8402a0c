"""Small diagrams as point-free text, one box a layer: `m @ A >> m`; for messages."""

from __future__ import annotations

from diagram.melt import melt
from diagram.types import wires_text
from diagram.value import Diagram


def planar_text(d: Diagram) -> str | None:
    """The diagram as a chain of layers; None if wires cross, bend, are shared or dropped.

    >>> from diagram.hypergraph import box, identity
    >>> from diagram.types import Ob
    >>> A = Ob("A")
    >>> m = box("m", (A, A), (A,))
    >>> planar_text(m @ identity(A) >> m)
    'm @ A >> m'
    """
    flat = melt(d, True)
    now = list(flat.inputs)
    layers: list[str] = []
    for box in flat.boxes:
        at = _place(now, box.dom)
        if at is None:
            return None
        n = len(box.dom)
        around = [wires_text(tuple(flat.wires[w] for w in part)) for part in (now[:at], now[at + n :])]
        layers.append(" @ ".join(part for part in (around[0], box.label, around[1]) if part != "()"))
        now[at : at + n] = box.cod
    if tuple(now) != flat.outputs or len(set(now)) != len(now):
        return None
    return " >> ".join(layers) or wires_text(d.dom)


def _place(now: list[int], wires: tuple[int, ...]) -> int | None:
    """Where the wires lie side by side in order; the end for none."""
    if not wires:
        return len(now)
    if wires[0] not in now:
        return None
    at = now.index(wires[0])
    return at if tuple(now[at : at + len(wires)]) == wires else None
