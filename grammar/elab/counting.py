"""How many boxes a repetition stands for, counted and never built: the limits of E0602."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diagram.errors import Span
from diagram.size_limits import most_boxes
from grammar.elab.env import Env, Fault, fault
from grammar.tree import Node

if TYPE_CHECKING:
    from diagram.hypergraph import Diagram

MOST_ARRAYS = 100_000
"""The most learned arrays that one repetition makes."""
SHOWN = 6
"""How many counts of a path are shown."""


class Turns:
    """Boxes with repetitions multiplied, each body counted once: also a body that is called twice, as equal
    calls are shared. Repetitions that are `tied` stay loops and count as one turn.
    """

    def __init__(self) -> None:
        self.known: dict[int, int] = {}
        self.tied: set[int] = set()
        self.kept: list[Diagram] = []

    def tie(self, body: Diagram) -> None:
        """The repetitions of this body are loops."""
        self.kept.append(body)
        self.tied.add(id(body))

    def of(self, d: Diagram) -> int:
        """Boxes of a diagram, all turns of its loops counted."""
        path = [d]
        while path:
            now = path[-1]
            bodies = {id(b): (b, self.times(box)) for box in now.boxes for b in box.bodies}
            missing = [b for key, (b, _) in bodies.items() if key not in self.known]
            if missing:
                path += missing
                continue
            path.pop()
            self.kept.append(now)
            inside = sum(times * self.known[key] for key, (_, times) in bodies.items())
            self.known[id(now)] = max(1, len(now.boxes) - len(bodies) + inside)
        return self.known[id(d)]

    def times(self, box: object) -> int:
        """How often a box runs its body."""
        from diagram.hypergraph import Box

        assert isinstance(box, Box)
        count = box.arg("count")
        is_loop = box.op.name == "repeat" and id(box.bodies[0]) not in self.tied
        return count if is_loop and isinstance(count, int) else 1

    def path(self, d: Diagram) -> list[str]:
        """The loops that make it large, from outside in: `1,000 x layer`."""
        found: list[str] = []
        while len(found) < SHOWN:
            inner = [
                (self.times(box) * self.of(b), self.times(box), b) for box in d.boxes for b in box.bodies
            ]
            if not inner:
                break
            _, times, d = max(inner, key=lambda one: one[0])
            if times > 1:
                found.append(f"{times:,} x {d.name or 'a loop'}")
        return found


def limit_turns(env: Env, count: int, body: Diagram, tied: bool, node: Node) -> None:
    """E0602 for a repetition of too many boxes, or with too many learned arrays, before anything is built."""
    turns = env.unit.turns
    if tied:
        turns.tie(body)
    else:
        inside = turns.of(body)
        if inside * count > most_boxes.get():
            raise too_many(
                env, inside * count, node, [f"{count:,} x {body.name or 'this loop'}", *turns.path(body)]
            )
    arrays = len(body.params) * (1 if tied else count)
    if arrays > MOST_ARRAYS:
        raise fault(
            "E0602",
            f"`{env.unit.current}` learns too many arrays: {arrays:,}",
            node,
            f"counted, not built: the limit is {MOST_ARRAYS:,}",
            help="share them among the turns: `tied`",
        )


def limit_boxes(env: Env, count: int, node: Node | Span) -> None:
    """E0602 for a count of boxes that is known before there is a body."""
    if count > most_boxes.get():
        raise too_many(env, count, node, [])


def too_many(env: Env, count: int, node: Node | Span, path: list[str]) -> Fault:
    """E0602 with the path of counts."""
    current = env.unit.current
    return fault(
        "E0602",
        f"`{current}` has too many boxes: {count:,}" if current else f"too many boxes: {count:,}",
        node,
        f"counted, not built: the limit is {most_boxes.get():,}",
        notes=(f"counted as {', each '.join(path)}",) if len(path) > 1 else (),
        help="raise the limit with --max-boxes, or keep the repetition as a loop: `tied[f] ** n`, "
        "`for ... tied`",
    )
