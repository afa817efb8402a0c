"""Lets variables go that nothing reads any more, so that no array is held longer than a plan says."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from compilers.emit import Emitter

BOUND = re.compile(r"( *)(?:for )?([^\W\d]\w*(?:, [^\W\d]\w*)*),? (?:=|in) ")
"""What a line binds: `a, b = ...`, `for x, y in ...`."""


class Spare:
    """The variables of a function, and those bound by lines that were not looked at yet."""

    def __init__(self, emitter: Emitter) -> None:
        self.emitter = emitter
        self.seen = 0

    def start(self) -> None:
        """Lines written so far belong to others."""
        self.seen = len(self.emitter.frame.lines)

    def free(self) -> None:
        """A line that lets go what was bound and is held by no wire."""
        e = self.emitter
        depth = len(e.frame.indented(""))
        bound: dict[str, bool] = {}
        for line in e.frame.lines[self.seen :]:
            found = BOUND.match(line)
            for name in found[2].split(", ") if found is not None else ():
                bound[name] = bound.get(name, True) and found is not None and len(found[1]) == depth
        gone = [n for n in (*bound, *e.released) if not e.uses.get(n) and n not in e.fixed]
        gone = [n for n in dict.fromkeys(gone) if n not in e.frame.needed.values()]
        sure = [n for n in gone if bound.get(n, True)]
        maybe = [n for n in gone if not bound.get(n, True)]
        if sure:
            e.frame.line(f"del {', '.join(sure)}")
        if maybe:  # bound in a block that may not have run
            e.frame.line(f"{' = '.join(maybe)} = None")
        e.released.clear()
        self.start()
