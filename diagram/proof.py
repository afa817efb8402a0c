"""Theorems: chains of diagrams in which each follows from the one before by named rules, checked by search.

A step is looked for from both sides, so that rules which create boxes are met as rules which remove them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from diagram.difference import difference
from diagram.equality import digest
from diagram.errors import Diagnostic, DiagramError, Span
from diagram.rewrite import Rule, rewrites
from diagram.value import Diagram

LIMIT = 600
"""How many diagrams a step may visit, on both sides together."""


@dataclass(frozen=True, slots=True)
class Step:
    """`== diagram by rules`: one or more uses of the rules, each in its direction."""

    diagram: Diagram
    by: tuple[Rule, ...]
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Theorem:
    """`left == right`, proved by steps, the last of which ends in `right`."""

    name: str
    left: Diagram
    right: Diagram
    steps: tuple[Step, ...]

    @property
    def rule(self) -> Rule:
        """What it proves, as a rule."""
        return Rule(self.name, self.left, self.right)


@dataclass(frozen=True, slots=True)
class Search:
    """The outcome: names of the rules used in order, or None; and the diagrams that came nearest to each
    other."""

    path: tuple[str, ...] | None
    nearest: tuple[Diagram, Diagram]
    visited: int


class Unproved(DiagramError):
    """A step that does not follow: the diagram before it, the nearest that is reached, the one it says."""

    def __init__(self, diagnostic: Diagnostic, before: Diagram, nearest: Diagram, wanted: Diagram) -> None:
        super().__init__(diagnostic)
        self.before = before
        self.nearest = nearest
        self.wanted = wanted


def prove(theorem: Theorem, limit: int = LIMIT) -> list[tuple[str, ...]]:
    """Check every step; the rules used in each. Raises `Unproved` E0502 at the first step that fails."""
    now, found = theorem.left, []
    for number, step in enumerate(theorem.steps, 1):
        search = reach(now, step.diagram, step.by, limit)
        if search.path is None:
            fault = _failed(theorem, number, step, search, limit)
            raise Unproved(fault, now, search.nearest[0], step.diagram)
        found.append(search.path)
        now = step.diagram
    if now != theorem.right:
        message = f"the steps of {theorem.name} do not end in its second side"
        fault = Diagnostic("E0502", message, notes=(difference(now, theorem.right),))
        raise Unproved(fault, now, now, theorem.right)
    return found


def _failed(theorem: Theorem, number: int, step: Step, search: Search, limit: int) -> Diagnostic:
    names = ", ".join(rule.name for rule in step.by) or "nothing"
    one, two = search.nearest
    notes = [f"nearest: {difference(one, two) or 'the same boxes, wired differently'}"]
    if search.visited >= limit:
        notes.append(f"the search stopped after {search.visited} diagrams")
    return Diagnostic(
        "E0502",
        f"step {number} of {theorem.name} does not follow by {names}",
        step.span,
        notes=tuple(notes),
        help="insert the diagram in between, or name the rules that lead here",
    )


class _Side:
    """The diagrams reached from one end, by digest, with the rules that led there."""

    def __init__(self, start: Diagram, rules: Sequence[Rule]) -> None:
        self.rules = rules
        self.seen: dict[str, tuple[Diagram, tuple[str, ...]]] = {digest(start): (start, ())}
        self.frontier: list[str] = list(self.seen)

    def expand(self, growing: bool, room: int) -> list[str]:
        """One use of a rule on every diagram of the frontier, up to `room` diagrams in all; `growing` rules
        only if asked for."""
        fresh: list[str] = []
        for key in self.frontier:
            d, path = self.seen[key]
            for rule in self.rules:
                if rule.growth > 0 and not growing:
                    continue
                for new in rewrites(rule, d):
                    if len(self.seen) >= room:
                        return fresh
                    found = digest(new)
                    if found not in self.seen:
                        self.seen[found] = new, (*path, rule.name)
                        fresh.append(found)
        return fresh


def reach(start: Diagram, goal: Diagram, rules: Sequence[Rule], limit: int = LIMIT) -> Search:
    """Look for a way from `start` to `goal` by the rules, each used from left to right any number of times.

    First only uses that do not add boxes, from both ends; then all.
    """
    left, right = _Side(start, rules), _Side(goal, [rule.reverse for rule in rules])
    for growing in (False, True):
        for side in (left, right):
            side.frontier = list(side.seen)
        while left.frontier or right.frontier:
            met = left.seen.keys() & right.seen.keys()
            if met or len(left.seen) + len(right.seen) >= limit:
                break
            one, two = (left, right) if _first(left, right) else (right, left)
            one.frontier = one.expand(growing, limit)
            if not one.frontier and not two.frontier:
                break
        met = left.seen.keys() & right.seen.keys()
        if met:
            return _found(left, right, met)
    visited = len(left.seen) + len(right.seen)
    return Search(None, _nearest(left, right), visited)


def _first(left: _Side, right: _Side) -> bool:
    """The side with less to do, if it has something to do."""
    return bool(left.frontier) and (not right.frontier or len(left.frontier) <= len(right.frontier))


def _found(left: _Side, right: _Side, met: set[str]) -> Search:
    key = min(met, key=lambda k: (len(left.seen[k][1]) + len(right.seen[k][1]), k))
    there, back = left.seen[key], right.seen[key]
    names = [name.removeprefix("-") if name.startswith("-") else f"-{name}" for name in reversed(back[1])]
    return Search((*there[1], *names), (there[0], back[0]), len(left.seen) + len(right.seen))


def _nearest(left: _Side, right: _Side) -> tuple[Diagram, Diagram]:
    """Of the diagrams reached from both ends, the pair whose boxes agree best."""
    ends = [[d for d, _ in side.seen.values()][:SHOWN] for side in (left, right)]
    counts = [[Counter(box.op.name for box in d.boxes) for d in found] for found in ends]
    pairs = ((i, j) for i in range(len(ends[0])) for j in range(len(ends[1])))
    i, j = min(pairs, key=lambda p: _apart(counts[0][p[0]], counts[1][p[1]]))
    return ends[0][i], ends[1][j]


SHOWN = 100
"""How many diagrams of each side are compared to find the nearest."""


def _apart(a: Counter[str], b: Counter[str]) -> int:
    return ((a - b) + (b - a)).total()
