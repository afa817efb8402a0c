"""How large each cell of a net is, and where its ports are. Sizes are across and along the flow.

Not here: where cells stand (`place`), what they look like in ink (`draw`).
"""

from __future__ import annotations

from dataclasses import dataclass

from compilers.figure.face import SMALL, Face
from compilers.figure.net import CAP, CUP, DOT, Cell
from compilers.figure.place import GRID
from compilers.figure.scene import PT
from compilers.figure.text import Line

PITCH, BOX_SIDE, GAP = 24 * PT, 24 * PT, 9 * PT
DOT_R, LEG = 3 * PT + PT // 2, 12 * PT
ROUND_R, BEAD_R = 8 * PT, 5 * PT
BRAID = 36 * PT
SLACK = 3 * PT
"""Between a wire and its label."""


@dataclass(slots=True)
class Body:
    """The extent of a cell: real width and height of its shape, how far it reaches along the flow;
    `anchor` is where, from its left edge, a panel has its middle, `margin` what it needs
    before and behind for words that hang over, `drop` how far it stands below the middle of its row.
    """

    face: Face | None = None
    w: int = 0
    h: int = 0
    rise: int = 0
    fall: int = 0
    anchor: int = 0
    margin: int = 0
    drop: int = 0


def spread(widths: list[int], upright: bool, pitch: int = PITCH) -> tuple[int, ...]:
    """Ports with labels of these widths to their right: offsets from their middle, on the grid.

    >>> [v // PT for v in spread([0, 0], True)]
    [-12, 12]
    """
    at, places = 0, []
    for k, width in enumerate(widths):
        places.append(at)
        if k + 1 < len(widths):
            need = max(pitch, width + SLACK + 12 * PT) if upright and width else pitch
            at += -(-need // (2 * GRID)) * 2 * GRID
    return tuple([p - at // 2 for p in places])


def overhang(offsets: tuple[int, ...], widths: list[int], upright: bool) -> tuple[int, int]:
    """How far wires and their labels reach to the left and to the right of the middle."""
    left = max([-o for o in offsets], default=0)
    right = max(
        [o + (SLACK + w if upright and w else 0) for o, w in zip(offsets, widths, strict=True)], default=0
    )
    if not upright and any(widths):
        left += SLACK + SMALL
    return left, right


def measure_box(cell: Cell, face: Face, labels: list[int], upright: bool, pitch: int = PITCH) -> Body:
    """The extent of a box with this face; sets its ports and margins. `labels` are the widths beside its
    outputs.
    """
    body = Body(face)
    cell.in_at = spread([0] * len(cell.ins), upright, pitch)
    cell.out_at = spread(labels, upright, pitch)
    span = max(_width(cell.in_at), _width(cell.out_at))
    inner = face.line
    across = span + 16 * PT if span else 0
    if face.shape == "round" or face.shape == "spider":
        r = ROUND_R if face.shape == "round" else BEAD_R
        body.w = body.h = 2 * r
        body.rise = max(r, LEG + r // 2) if len(cell.ins) > 1 else r
        body.fall = max(r, LEG + r // 2) if len(cell.outs) > 1 else r
    elif face.shape in ("braid", "unbraid"):
        body.w = body.h = BRAID
        body.rise = body.fall = BRAID // 2
    elif face.shape in ("cup", "cap"):
        body.w, body.h = (span, span // 2) if upright else (span // 2, span)
        body.rise, body.fall = (0, span // 2) if face.shape == "cup" else (span // 2, 0)
    else:
        _rectangle(body, face, inner, across, upright)
    half = (body.w if upright else body.h) // 2
    left, right = overhang(cell.out_at, labels, upright)
    wires = _width(cell.in_at) // 2
    cell.left = max(half, left, wires) + GAP
    cell.right = max(half, right, wires) + GAP
    if face.shape in ("braid", "unbraid"):
        cell.left = cell.right = PITCH
    if face.beside:
        if upright:
            cell.right = max(cell.right, half + SLACK + face.beside.width + GAP)
        else:
            cell.right = max(cell.right, half + SLACK + SMALL + GAP)
            body.margin = max(0, face.beside.width // 2 + 4 * PT - body.fall)
    return body


def _rectangle(body: Body, face: Face, inner: Line, across: int, upright: bool) -> None:
    pad, side = 12 * PT, BOX_SIDE
    if face.shape in ("small", "slip"):
        pad, side = 8 * PT, 16 * PT
    elif face.shape == "hexagon":
        pad, side = 20 * PT, 20 * PT
    elif face.shape in ("state", "effect"):
        pad, side = inner.width + 24 * PT, 28 * PT
    elif face.shape == "triangle":
        pad, side = 28 * PT, 20 * PT
    under = face.under
    w, h = max(inner.width + pad, side), max(side, inner.ascent + inner.descent + 8 * PT)
    if under is not None and under.runs:
        w, h = max(w, under.width + pad), h + under.ascent + under.descent + 2 * PT
    if face.shape == "triangle":
        w, h = (max(30 * PT, across), 20 * PT) if upright else (20 * PT, max(30 * PT, across))
    elif upright:
        w = max(w, across)
    else:
        h = max(h, across)
    w, h = max(w, face.least[0]), max(h, face.least[1])
    body.w, body.h = -(-w // (2 * PT)) * 2 * PT, -(-h // (2 * PT)) * 2 * PT
    along = body.h if upright else body.w
    body.rise = body.fall = along // 2


def _width(offsets: tuple[int, ...]) -> int:
    return offsets[-1] - offsets[0] if offsets else 0


def measure_point(cell: Cell, label: int, upright: bool) -> Body:
    """The extent of a dot, of the foot of a bend, of a port of the boundary, or of a place of a long wire."""
    body = Body()
    if cell.kind == DOT:
        cell.in_at = spread([0] * len(cell.ins), upright)
        cell.out_at = spread([0] * len(cell.outs), upright)
        half = max(_width(cell.in_at), _width(cell.out_at)) // 2
        body.rise = LEG if len(cell.ins) > 1 else DOT_R
        body.fall = LEG if len(cell.outs) > 1 else DOT_R
        cell.left = cell.right = half + PITCH // 2
    else:
        cell.left = cell.right = PITCH // 2
        if cell.kind in (CUP, CAP):
            cell.in_at = cell.out_at = (0,)
    if label:
        if upright:
            cell.right = max(cell.right, SLACK + label + 6 * PT)
        else:
            cell.left = max(cell.left, SLACK + SMALL + 6 * PT)
    return body
