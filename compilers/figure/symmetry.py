"""A net that is its own mirror image gets positions that are their own mirror image."""

from __future__ import annotations

from compilers.figure.net import Arc, Cell, Net


def symmetrise(net: Net, grid: int) -> None:
    """Move the cells of a symmetric net, each with its twin, as little as makes the picture symmetric."""
    twins = _twins(net)
    if twins is None:
        return
    for row in net.rows:
        middles = [(cell.x - twins[id(cell)].x) // 2 for cell in row]
        for cell, x in zip(row, middles, strict=True):
            steps = (abs(x) + grid // 2) // grid  # halves go outwards, so that distances stay
            cell.x = steps * grid if x > 0 else -steps * grid


def _twins(net: Net) -> dict[int, Cell] | None:
    """For every cell the one in its place in the mirror; None if the net is another there."""
    twins: dict[int, Cell] = {}
    for row in net.rows:
        for cell, other in zip(row, reversed(row), strict=True):
            if not _fits(cell, other):
                return None
            twins[id(cell)] = other
    ends = {_key(arc, twins, mirror=False) for arc in net.arcs}
    return twins if all(_key(arc, twins, mirror=True) in ends for arc in net.arcs) else None


def _fits(cell: Cell, other: Cell) -> bool:
    """Whether two cells have the same shape, seen in the mirror."""
    return (
        cell.kind == other.kind
        and not cell.side
        and (cell.left, cell.right) == (other.right, other.left)
        and cell.in_at == tuple(-at for at in reversed(other.in_at))
        and cell.out_at == tuple(-at for at in reversed(other.out_at))
    )


def _key(arc: Arc, twins: dict[int, Cell], mirror: bool) -> tuple[int, int, int, int]:
    """The ends of an arc, or of its mirror image."""
    tail, head, p, q = arc.tail, arc.head, arc.tail_port, arc.head_port
    if not mirror:
        return id(tail), p, id(head), q
    return id(twins[id(tail)]), len(tail.outs) - 1 - p, id(twins[id(head)]), len(head.ins) - 1 - q
