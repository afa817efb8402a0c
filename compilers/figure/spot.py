"""A list of everything from left to right, in which new things are put beside old ones in constant time."""

from __future__ import annotations


class Spot:
    """A place in the list of everything from left to right."""

    __slots__ = ("after", "before", "number")

    def __init__(self) -> None:
        self.after: Spot | None = None
        self.before: Spot | None = None
        self.number = 0

    def follow(self) -> Spot:
        """A new place right after this one."""
        spot = Spot()
        spot.after, spot.before, self.after = self.after, self, spot
        if spot.after is not None:
            spot.after.before = spot
        return spot


def numbered(start: Spot) -> None:
    """Number the places from the first one on."""
    spot: Spot | None = start
    number = 0
    while spot is not None:
        spot.number = number
        spot, number = spot.after, number + 1
