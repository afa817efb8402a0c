"""Random terms for property tests of figures, with the number of swaps that each was made with."""

from __future__ import annotations

from hypothesis import strategies as st

from diagram.hypergraph import Diagram, box, cap, copy, cup, discard, identity, swap
from diagram.types import Ob

OBS = (Ob("A"), Ob("Blue"))
ob = st.sampled_from(OBS)


@st.composite
def terms(draw: st.DrawFn, kinds: str = "box swap copy discard state cup cap", most: int = 14) -> Diagram:
    """A term built layer by layer: `kinds` are the parts it may have."""
    return draw(counted(kinds, most))[0]


@st.composite
def counted(draw: st.DrawFn, kinds: str, most: int) -> tuple[Diagram, int]:
    """A term, and how many of its layers are swaps."""
    swaps = 0
    row = draw(st.lists(ob, min_size=1, max_size=4))
    d = identity(tuple(row))
    allowed = kinds.split()
    for n in range(draw(st.integers(1, most))):
        kind = draw(st.sampled_from(allowed))
        at = draw(st.integers(0, max(0, len(row) - 1)))
        part = _part(draw, kind, row, at, n)
        if part is None:
            continue
        swaps += kind == "swap"
        used = len(part.dom)
        d = d >> (identity(tuple(row[:at])) @ part @ identity(tuple(row[at + used :])))
        row[at : at + used] = part.cod
    return d, swaps


def _part(draw: st.DrawFn, kind: str, row: list[Ob], at: int, n: int) -> Diagram | None:
    if kind == "state":
        return box(f"s{n}", (), tuple(draw(st.lists(ob, min_size=1, max_size=2))))
    if kind == "cap":
        return cap(A := draw(ob), A)
    if not row:
        return None
    if kind == "box":
        used = draw(st.integers(1, min(3, len(row) - at)))
        return box(f"f{n}", tuple(row[at : at + used]), tuple(draw(st.lists(ob, min_size=1, max_size=3))))
    if kind == "effect":
        used = draw(st.integers(1, min(2, len(row) - at)))
        return box(f"e{n}", tuple(row[at : at + used]), ()) if used < len(row) else None
    if kind == "copy":
        return copy(row[at], draw(st.integers(2, 3)))
    if kind == "discard":
        return discard(row[at]) if len(row) > 1 else None
    if at + 1 >= len(row):
        return None
    if kind == "swap":
        return swap(row[at], row[at + 1])
    return cup(row[at], row[at]) if row[at] == row[at + 1] else None
