"""Where a style wants one wire above another: cells change places in their rows after all else is decided."""

from __future__ import annotations

from compilers.figure.net import CAP, CUP, IN, OUT, Cell
from compilers.figure.plan import Plan

_FIXED = (IN, OUT, CUP, CAP)


def keep_above(plan: Plan) -> None:
    """`above A, B`: wherever both wires are in a row, what bears A stands before what bears B.

    The ends of a figure stay in the order of its type, cups and caps stay together.
    """
    for upper, lower in plan.options.sheet.ordered:
        for row in plan.net.rows:
            ups, lows = (_bearing(plan, row, name) for name in (upper, lower))
            first = min((cell.at for cell in lows if cell not in ups), default=None)
            late = [cell for cell in ups if first is not None and cell.at > first and cell not in lows]
            if first is None or not late or any(cell.kind in _FIXED for cell in late + lows):
                continue
            rest = [cell for cell in row if cell not in late]
            place = next(k for k, cell in enumerate(rest) if cell.at == first)
            row[:] = [*rest[:place], *late, *rest[place:]]
            for k, cell in enumerate(row):
                cell.at = k


def _bearing(plan: Plan, row: list[Cell], name: str) -> list[Cell]:
    """The cells of a row that a wire of this name runs through, leaves or enters."""
    wires = {w for w, own in enumerate(plan.d.names) if own == name}
    return [cell for cell in row if any(arc.wire in wires for arc in (*cell.outs, *cell.ins))]
