"""How wires bend in the gap between two rows: all at once where that is clear, else one after the other.

Wires that bend over one height with one curve keep their order, so they cross where they must and touch
nowhere; but two that run far the same way cross flatly. Then the gap is cut into bands: a wire bends in its
band and is upright in the others, so it crosses upright wires. One wire may bend before another if it ends on
the right side of where the other still is. Where wires wait for one another in a circle, one of them goes a
part of its way first. Not here: where wires begin and end.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import asin, inf, radians, sin, sqrt, tan

from compilers.figure.scene import PT

Step = tuple[int, int]
"""Where a wire is at the top and at the bottom of the gap."""
Bend = tuple[int, int, int]
"""From where to where along the flow a wire bends, and where it is then."""
Window = tuple[float, float]
"""The heights at which two wires are clear; empty if the first is more than the second."""
NEAR, PART = 17 * PT // 2, 12 * PT
"""How near wires may come; how far from another a wire waits that goes only a part of its way."""
FLAT, LOW, STEEP, HIGH = 12 * PT, 14 * PT, 64 * PT, 96 * PT
"""Heights of bends: the least, the usual, the most without need, and that from which bands are lower."""


def channel(steps: Sequence[Step], angle: float) -> tuple[int, list[list[Bend]]]:
    """The height of a gap and where in it each wire bends, so that wires cross at `angle` degrees or more."""
    gap = _Gap(steps, tan(radians(angle)))
    if not gap.moving:
        return 0, [[] for _ in steps]
    low, high = gap.together()
    once = max(low, min(high, max(LOW, min(gap.most * 3 // 10, STEEP))))
    if low <= high and once <= HIGH:
        return _at_once(steps, once)
    bands = _all_bands(gap)
    if bands is None or (low <= high and once <= sum(band.height for band in bands)):
        return _at_once(steps, once if low <= high else min(max(low, gap.most), 240 * PT))
    bends: list[list[Bend]] = [[] for _ in steps]
    at = 0
    for band in bands:
        stop = at + _whole(band.height)
        for k, there in band.wires.items():
            bends[k].append((at, stop, there))
        at = stop
    return at, bends


def _at_once(steps: Sequence[Step], height: float) -> tuple[int, list[list[Bend]]]:
    stop = _whole(height)
    return stop, [[(0, stop, b)] if a != b else [] for a, b in steps]


def _whole(height: float) -> int:
    return round(height / PT) * PT


def _lean(s: float) -> float:
    """How far a curve goes sideways for its height where it has made the part `s` of its step.

    >>> round(_lean(0.5), 3), round(_lean(0.0), 3)
    (2.0, 0.0)
    """
    t = 0.5 - sin(asin(1 - 2 * s) / 3)
    return 6 * t * (1 - t) / (1.5 - 3 * t * (1 - t))


SAMPLES = [(s, _lean(s)) for s in (0.06, 0.15, 0.28, 0.5, 0.72, 0.85, 0.94)]


@dataclass(slots=True)
class _Pair:
    """What two wires ask for: the heights at which they may bend together, and which may bend first."""

    together: Window
    first: list[int] = field(default_factory=list)


@dataclass(slots=True)
class _Band:
    """Wires that bend over the same height, and where they go."""

    wires: dict[int, int] = field(default_factory=dict)
    low: float = FLAT
    high: float = inf

    @property
    def height(self) -> float:
        """As low as its wires allow."""
        return max(self.low, min(self.high, LOW))


class _Gap:
    """The wires of a gap, which of them meet, and up to which height each crosses upright wires clearly."""

    def __init__(self, steps: Sequence[Step], slope: float) -> None:
        self.steps, self.slope = steps, slope
        self.moving = [k for k, (a, b) in enumerate(steps) if a != b]
        self.most = max((abs(b - a) for a, b in steps), default=0)
        still = sorted(a for a, b in steps if a == b)
        self.limit = {k: self._limit(k, still) for k in self.moving}
        self.alone = dict(self.limit)
        self.pairs: dict[int, dict[int, _Pair]] = {k: {} for k in self.moving}
        live: list[int] = []
        for k in sorted(self.moving, key=lambda k: (min(steps[k]), k)):
            start = min(steps[k]) - NEAR
            live = [j for j in live if max(steps[j]) > start]
            for j in live:
                left, right = (j, k) if steps[j] < steps[k] else (k, j)
                self.pairs[k][j] = self.pairs[j][k] = self._pair(left, right)
            live.append(k)

    def _limit(self, k: int, still: list[int]) -> float:
        low, high = sorted(self.steps[k])
        first, last = bisect_right(still, low), bisect_left(still, high) - 1
        return min([self._crossed(k, still[j]) for j in {first, last}] if first <= last else [inf])

    def _crossed(self, k: int, at: int) -> float:
        """The height up to which wire k crosses an upright wire at this place clearly."""
        a, b = self.steps[k]
        return abs(b - a) * _lean((at - a) / (b - a)) / self.slope

    def _pair(self, left: int, right: int) -> _Pair:
        (a, b), (c, d) = self.steps[left], self.steps[right]
        if b < d:
            pair = _Pair((_beside(b - a, d - c, c - a, d - b), inf))
            pair.first += [left] * (b + NEAR <= c) + [right] * (a + NEAR <= d)
            return pair
        pair = _Pair(self._crossing(b - a, d - c, (c - a) / (c - a + b - d)))
        for first, there, second, here in ((left, b, right, c), (right, d, left, a)):
            if abs(there - here) >= NEAR:
                past = (there > here) == (first == left)
                mover, at = (first, here) if past else (second, there)
                pair.first.append(first)
                self.alone[mover] = min(self.alone[mover], self._crossed(mover, at))
        return pair

    def _crossing(self, p: int, q: int, s: float) -> Window:
        """The heights at which wires cross clearly that make steps p and q and meet at the part s of them."""
        lean = _lean(s)
        apart, product = abs(p - q) * lean / self.slope, p * q * lean * lean
        square = apart * apart - 4 * product
        if square < 0:
            return inf, -inf
        root = sqrt(square)
        return abs(apart - root) / 2, (apart + root) / 2

    def together(self) -> Window:
        """The heights at which all wires are clear that bend at once."""
        low, high = 0.0, min(self.limit.values())
        for k, others in self.pairs.items():
            for j, pair in others.items():
                if j < k:
                    low, high = max(low, pair.together[0]), min(high, pair.together[1])
        return low, high

    def bands(self) -> tuple[list[_Band], list[int]]:
        """Bands from the top down, until all wires have bent or those left wait for one another."""
        left = sorted(self.moving, key=lambda k: (-abs(self.steps[k][1] - self.steps[k][0]), self.steps[k]))
        bands: list[_Band] = []
        done: set[int] = set()
        while left:
            band = _Band()
            while True:
                fits = [k for k in left if k not in band.wires and self._put(band, k, done)]
                if not fits:
                    break
            if not band.wires:
                break
            bands.append(band)
            done.update(band.wires)
            left = [k for k in left if k not in done]
        return bands, left

    def _put(self, band: _Band, k: int, done: set[int]) -> bool:
        """Let wire k bend in this band, with those that can only bend with it, if that is clear, and lower
        than a band of its own.
        """
        low, high, new = band.low, band.high, [k]
        for one in new:
            high = min(high, self.alone[one])
            for j, pair in self.pairs[one].items():
                if j in done:
                    continue
                if j in band.wires or j in new:
                    low, high = max(low, pair.together[0]), min(high, pair.together[1])
                elif one not in pair.first and not pair.first:
                    new.append(j)
                elif one not in pair.first:
                    return False
        if low > high or (band.wires and low > band.low + LOW):
            return False
        band.low, band.high = low, high
        band.wires.update((one, self.steps[one][1]) for one in new)
        return True

    def part(self, left: list[int], now: list[int]) -> tuple[int, int] | None:
        """A wire of those left, and how far it can go towards its end now."""
        best: tuple[int, int, int] | None = None
        for k in left:
            a, b = self.steps[k]
            way = 1 if b > a else -1
            for at in [now[j] + side for j in range(len(now)) for side in (-PART, PART)]:
                far, rest = (at - a) * way, (b - at) * way
                if min(far, rest) >= PART // 2 and (best is None or far > best[0]) and self._free(k, at, now):
                    best = far, k, at
        return best and best[1:]

    def _free(self, k: int, at: int, now: list[int]) -> bool:
        """Whether wire k may go there: near to no wire, and past those only that it crosses anyway."""
        a, b = self.steps[k]
        for j, here in enumerate(now):
            if j != k and (
                abs(here - at) < NEAR
                or ((here - a) * (here - at) < 0 and (here - a) * (self.steps[j][1] - b) > 0)
            ):
                return False
        return True


def _beside(p: int, q: int, above: int, below: int) -> float:
    """The height from which wires keep their distance that make steps p and q beside each other."""
    if p * q <= 0:
        return 0.0
    step, least = abs(p + q) / 2, 0.0
    for s, lean in SAMPLES:
        far = (above + (below - above) * s) / NEAR
        least = max(least, step * lean / sqrt(far * far - 1) if far > 1 else inf)
    return least


def _all_bands(gap: _Gap) -> list[_Band] | None:
    """Every moving wire in a band, or in several; None if they are too dense for that."""
    found: list[_Band] = []
    while True:
        bands, left = gap.bands()
        found += bands
        if not left:
            return found
        waiting = set(left)
        now = [a if k in waiting else b for k, (a, b) in enumerate(gap.steps)]
        part = gap.part(left, now)
        if part is None:
            return None
        k, at = part
        ahead = _Gap([(x, at if j == k else x) for j, x in enumerate(now)], gap.slope)
        found.append(_Band({k: at}, high=ahead.limit[k]))
        now[k] = at
        gap = _Gap([(x, b) for x, (_, b) in zip(now, gap.steps, strict=True)], gap.slope)
