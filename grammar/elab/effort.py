"""How much work a text may ask for: expressions are counted as they are elaborated, and a short text that
asks for millions is refused before time and memory are gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diagram.size_limits import most_boxes

if TYPE_CHECKING:
    from diagram.hypergraph import Diagram
    from grammar.elab.unit import Unit

FREE = 39_000
"""Expressions that any file may elaborate: about two seconds."""
PER_CHARACTER = 5
"""And those that each of its characters adds; an ordinary file asks for a tenth of an expression each."""
BOXES = 1_000_000
"""The limit of boxes that the two numbers above belong to; they grow with `most_boxes`."""


class Effort:
    """The count of expressions since `start`, and the most that there may be."""

    __slots__ = ("most", "over", "spent", "unit")

    def __init__(self, unit: Unit, characters: int) -> None:
        self.unit = unit
        self.most = (FREE + PER_CHARACTER * characters) * max(most_boxes.get(), BOXES) // BOXES
        self.start()

    def start(self) -> None:
        """Begin to count anew: a check, a test, a definition asked for from outside."""
        self.spent, self.over = 0, False

    def spend(self, n: int, node: object) -> None:
        """Count n more. Raises `Exhausted` E0602 the first time that it is too much, later a quiet one."""
        self.spent += n
        if self.spent > self.most:
            self._refuse(node)

    def _refuse(self, node: object) -> None:
        from grammar.elab.env import Exhausted, fault
        from grammar.tree import Node

        if self.over:
            raise Exhausted(None)
        self.over = True
        assert isinstance(node, Node)
        who = f"`{self.unit.current}`" if self.unit.current else "this"
        error = fault(
            "E0602",
            f"{who} asks for too much: more than {self.most:,} expressions",
            node,
            "here the count ran out",
            help="definitions that call each other twice grow like 2**n; --max-boxes raises the limit",
        )
        raise Exhausted(error.diagnostic)


def weight(d: Diagram) -> int:
    """Boxes of a diagram and of the bodies in it, equal bodies once."""
    seen: dict[int, Diagram] = {id(d): d}
    left, total = [d], 0
    while left:
        boxes = left.pop().boxes
        total += len(boxes)
        for body in (body for box in boxes for body in box.bodies):
            if id(body) not in seen:
                seen[id(body)] = body
                left.append(body)
    return total
