"""The circuit style (neural circuit diagrams): a wire is a bundle of lanes, one for each axis; operations
act on the
lanes they touch, the others pass by unbroken; dashed lines part the arrays of a tuple.

Each box is a cell with lanes arriving left and leaving right; here their places inside it are found.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from statistics import median_low

from compilers.figure.cells import Body
from compilers.figure.lanes import Chip, Lane, Tracks, lanes_of
from compilers.figure.net import Cell
from compilers.figure.place import GRID
from compilers.figure.scene import PT
from diagram.types import Type

PITCH, PART = 24 * PT, 36 * PT
"""Between lanes of one array, and between arrays."""
EDGE, HALF = 9 * PT, 9 * PT
ABOVE, BELOW = 20 * PT, 14 * PT
CUP = PITCH // 2
ARROW = 14 * PT
FAN, ROUND, NAMED = 22 * PT, 11 * PT, 18 * PT
"""How long lanes fan out of the point of a hexagon; the radius of a normalisation, and its name below."""


@dataclass(slots=True)
class Inside:
    """Where everything is in one cell: positions across from its middle, and along from its left edge."""

    tracks: Tracks
    ins: dict[Lane, int]
    outs: dict[Lane, int]
    mid: dict[Lane, int] = field(default_factory=dict)
    chips: list[tuple[Chip, int, int, dict[Lane, int]]] = field(default_factory=list)
    cups: list[tuple[Lane, Lane, int]] = field(default_factory=list)
    enter: int = 0
    core: int = 0
    leave: int = 0
    panel: int | None = None

    @property
    def width(self) -> int:
        """Length along the flow."""
        return self.enter + self.core + self.leave


def bundle(kinds: list[Type]) -> tuple[tuple[int, ...], dict[Lane, int]]:
    """Arrays stacked with their lanes: the middle of each, and the place of every lane, from the first
    lane on.
    """
    centres, places, at = [], {}, 0
    for port, kind in enumerate(kinds):
        count = lanes_of(kind)
        for axis in range(count):
            places[port, axis] = at + axis * PITCH
        centres.append(at + (count - 1) * PITCH // 2)
        at += (count - 1) * PITCH + PART
    return tuple(centres), places


def half(kind: Type) -> int:
    """From the middle of an array to half the way to the next one."""
    return (lanes_of(kind) - 1) * PITCH // 2 + PART // 2


def remeasure(
    kinds: tuple[list[Type], list[Type]],
    what: Tracks,
    ins: list[int],
    outs: list[int],
    panel: PanelSize | None = None,
) -> tuple[Body, Inside, int, int]:
    """The places in a cell whose arrays arrive and leave with their middles at `ins` and `outs`; its
    extent.
    """
    inside = Inside(what, _fan(kinds[0], ins), _fan(kinds[1], outs))
    inside.panel = None if panel is None else 0
    _stack(inside, panel)
    low, high = _extent(inside)
    body = Body(None, inside.width, high - low, inside.width // 2, inside.width - inside.width // 2)
    return body, inside, low, high


def aligned(kinds: tuple[list[Type], list[Type]], what: Tracks, ins: list[int], outs: list[int]) -> int:
    """How far arrays that leave at `outs` should move so that lanes run straight through the cell."""
    inside = Inside(what, _fan(kinds[0], ins), _fan(kinds[1], outs))
    lane = min(inside.outs, default=None)
    before = inside.outs[lane] if lane is not None else 0
    _align(inside)
    return inside.outs[lane] - before if lane is not None else 0


def _fan(kinds: list[Type], centres: list[int]) -> dict[Lane, int]:
    return {
        (port, axis): centre + (2 * axis - lanes_of(kind) + 1) * PITCH // 2
        for port, (kind, centre) in enumerate(zip(kinds, centres, strict=True))
        for axis in range(lanes_of(kind))
    }


def measure(
    cell: Cell, kinds: tuple[list[Type], list[Type]], what: Tracks, panel: PanelSize | None = None
) -> tuple[Body, Inside]:
    """Find the places of all lanes in a cell; sets its ports and margins. `kinds` are the types in and
    out.
    """
    centres, ins = bundle(kinds[0])
    leaving, outs = bundle(kinds[1])
    inside = Inside(what, ins, outs)
    inside.panel = None if panel is None else 0
    _align(inside)
    shift = min(inside.outs.values(), default=0) - min(outs.values(), default=0)
    _stack(inside, panel)
    low, high = _extent(inside)
    middle = (low + high) // (2 * GRID) * GRID
    cell.in_at = tuple(c - middle for c in centres)
    cell.out_at = tuple(c + shift - middle for c in leaving)
    _recentre(inside, middle)
    cell.left, cell.right = middle - low + EDGE, high - middle + EDGE
    body = Body(None, inside.width, high - low, inside.width // 2, inside.width - inside.width // 2)
    return body, inside


@dataclass(frozen=True, slots=True)
class PanelSize:
    """An open body: its extent, and where its lanes end at its borders, by lane of the box around."""

    along: int
    across: int
    ins: dict[Lane, int]
    outs: dict[Lane, int]


def _align(inside: Inside) -> None:
    """Shift the lanes that leave so that most of those that pass by run straight."""
    first = min((t[0] for _, t in inside.tracks.passes), default=0)
    steps = [
        inside.ins[s] - inside.outs[t]
        for source, t in inside.tracks.passes
        for s in source[:1]
        if t[0] == first
    ]
    if not steps:
        sums = [max(v.values(), default=0) + min(v.values(), default=0) for v in (inside.ins, inside.outs)]
        steps = [(sums[0] - sums[1]) // 2]
        for chip in inside.tracks.chips:
            if chip.ins and chip.outs and len(chip.ins) == len(chip.outs):
                steps = [inside.ins[chip.ins[0]] - inside.outs[chip.outs[0]]]
    by = median_low(steps) // GRID * GRID
    inside.outs = {lane: y + by for lane, y in inside.outs.items()}


def _stack(inside: Inside, panel: PanelSize | None) -> None:
    """Places in the middle of the cell: lanes that pass in the order in which they leave, chips among
    them.
    """
    what, outs = inside.tracks, inside.outs
    items: list[tuple[int, Lane | Chip]] = [(outs[t], t) for _, t in what.passes]
    items += [(outs[t], t) for t in what.births]
    bottom = 10**9
    for chip in what.chips:
        items.append((min((outs[t] for t in chip.outs), default=bottom), chip))
    items.sort(key=lambda item: item[0])
    free = min([*outs.values()] or [*inside.ins.values()], default=0)
    for wanted, item in items:
        at = max(free, wanted) if wanted < bottom else free
        if isinstance(item, Chip):
            free = _seat(inside, item, at, panel)
        else:
            inside.mid[item] = at
            free = at + PITCH
    for pair in what.cups:
        upper, lower = sorted(pair, key=inside.ins.__getitem__)
        inside.cups.append((upper, lower, free))
        free += 2 * PITCH
    _lengths(inside, panel)


def _seat(inside: Inside, chip: Chip, at: int, panel: PanelSize | None) -> int:
    """Give a chip its place from `at` on; returns where the next lane may be."""
    if chip.shape == "body" and panel is not None:
        top = at - PITCH // 2
        if chip.outs:
            top = max(top, inside.outs[chip.outs[0]] - panel.outs[chip.outs[0]])
        inside.panel = top
        places = {lane: top + panel.ins[lane] for lane in chip.ins}
        inside.chips.append((chip, top, top + panel.across, places))
        for lane in chip.outs:
            inside.mid[lane] = top + panel.outs[lane]
        return top + panel.across + PITCH // 2
    if chip.shape in ("body", "box") and len({lane[0] for lane in chip.ins}) > 1 and not inside.tracks.passes:
        ys = [*map(inside.ins.__getitem__, chip.ins), *map(inside.outs.__getitem__, chip.outs)]
        inside.mid.update({lane: inside.outs[lane] for lane in chip.outs})
        places = {lane: inside.ins[lane] for lane in chip.ins}
        inside.chips.append((chip, min(ys) - HALF, max(ys) + HALF, places))
        return max(ys) + PITCH
    span = max(len(chip.ins), len(chip.outs), 1)
    rows = [at + k * PITCH for k in range(span)]
    for k, lane in enumerate(chip.outs):
        inside.mid[lane] = rows[k]
    places = {lane: rows[k] + (span - len(chip.ins)) * PITCH // 2 for k, lane in enumerate(chip.ins)}
    if chip.shape == "hexagon" and len(chip.outs) == 1:
        inside.mid[chip.outs[0]] = (rows[0] + rows[-1]) // 2
    elif chip.shape != "hexagon" and len(chip.ins) == 1 and span > 1:
        places = {chip.ins[0]: min(rows, key=lambda y: abs(y - inside.ins[chip.ins[0]]))}
    below = NAMED if chip.shape == "norm" else 0
    inside.chips.append((chip, rows[0] - HALF, rows[-1] + HALF + below, places))
    return rows[-1] + PITCH + below


def _lengths(inside: Inside, panel: PanelSize | None) -> None:
    """How long the three parts of a cell are: lanes bend in, the core, lanes bend out."""
    into = [(inside.ins[s], inside.mid[t]) for source, t in inside.tracks.passes for s in source]
    for _, _, _, places in inside.chips:
        into += [(inside.ins[s], y) for s, y in places.items()]
    for upper, lower, at in inside.cups:
        into += [(inside.ins[upper], at), (inside.ins[lower], at + PITCH)]
    away = [(y, inside.outs[t]) for t, y in inside.mid.items()]
    inside.enter, inside.leave = _bend(into), _bend(away)
    if any(len(source) > 1 for source, _ in inside.tracks.passes):
        inside.enter = max(inside.enter, 24 * PT)
    widths = [reach(chip) for chip, *_ in inside.chips if panel is None or chip.shape != "body"]
    widths += [panel.along] if panel is not None else []
    widths += [CUP + ARROW] if inside.cups else []
    widths += [inside.tracks.above.width + 32 * PT] if inside.tracks.above else []
    widths += [inside.tracks.note.width] if inside.tracks.note else []
    inside.core = max(widths, default=8 * PT)


def reach(chip: Chip) -> int:
    """The length of a chip with what fans out of its points."""
    if chip.shape == "norm":
        return max(2 * ROUND, chip.line.width + 8 * PT)
    fans = (len(chip.ins) > 1) + (len(chip.outs) > 1) if chip.shape == "hexagon" else 0
    return chip_width(chip) + fans * FAN


def chip_width(chip: Chip) -> int:
    """The length of a chip along the flow."""
    if chip.shape == "triangle":
        return 20 * PT
    if chip.shape == "bar":
        return 4 * PT
    if chip.shape == "norm":
        return 2 * ROUND
    return max(24 * PT, chip.line.width + (24 if chip.shape == "hexagon" else 12) * PT) // (2 * PT) * 2 * PT


def _bend(steps: list[tuple[int, int]]) -> int:
    most = max((abs(b - a) for a, b in steps), default=0)
    return max(16 * PT, min(most * 3 // 4, 90 * PT)) if most else 0


def _extent(inside: Inside) -> tuple[int, int]:
    """From the uppermost to the lowest thing in the cell."""
    ys = [*inside.ins.values(), *inside.outs.values(), *inside.mid.values()]
    ys += [at + PITCH for _, _, at in inside.cups]
    low, high = min(ys, default=0) - HALF, max(ys, default=0) + HALF
    for _, top, bottom, _ in inside.chips:
        low, high = min(low, top), max(high, bottom)
    if inside.tracks.above is not None:
        low = min(low, min(inside.mid.values(), default=0) - ABOVE - 4 * PT)
    if inside.tracks.note is not None:
        high += BELOW
    return low, high


def _recentre(inside: Inside, middle: int) -> None:
    for places in (inside.ins, inside.outs, inside.mid):
        for lane in places:
            places[lane] -= middle
    inside.chips = [
        (chip, top - middle, bottom - middle, {lane: y - middle for lane, y in places.items()})
        for chip, top, bottom, places in inside.chips
    ]
    inside.cups = [(a, b, at - middle) for a, b, at in inside.cups]
    if inside.panel is not None:
        inside.panel -= middle


def copied(kind: Type, ways: int) -> Tracks:
    """A dot on every lane of an array that is read several times, or an end if it is never read."""
    lanes = range(lanes_of(kind))
    return Tracks(passes=[([(0, a)], (q, a)) for q in range(ways) for a in lanes])
