"""Layout without crossings, for categories that cannot swap: a search for an order and places of the
boxes."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from diagram.types import Type
from diagram.value import Diagram
from grammar.printer.strings import Layout, Row, ends_of, head_of, turned
from grammar.printer.words import cannot, type_text

if TYPE_CHECKING:
    from grammar.printer.file import File

STEPS = 20_000
"""How many placements are tried."""


class _Step(NamedTuple):
    """One layer: a box (its number) or a bend, from place `at` on `used` strands."""

    at: int
    used: int
    text: str
    box: int
    made: tuple[tuple[int, Type], ...]


class _Search:
    def __init__(self, file: File, d: Diagram, layout: Layout) -> None:
        self.file, self.d, self.layout = file, d, layout
        self.steps: list[_Step] = []
        self.tried = 0
        self.seen: set[tuple[tuple[int, ...], frozenset[int]]] = set()

    def run(self, row: Row, rest: frozenset[int]) -> bool:
        """Whether the boxes left can be laid out on this row; the steps are kept."""
        mark = len(self.steps)
        row = self.cups(row)
        if not rest:
            if self.finish(row):
                return True
            del self.steps[mark:]
            return False
        key = tuple(w for w, _ in row), rest
        self.tried += 1
        if key in self.seen or self.tried > STEPS:
            del self.steps[mark:]
            return False
        self.seen.add(key)
        for k in sorted(rest):
            for at, lead, trail in self.places(row, k):
                if self.place(row, k, at, lead, trail, rest):
                    return True
        del self.steps[mark:]
        return False

    def cups(self, row: Row) -> Row:
        """Neighbours that are the two ends of one wire meet."""
        k = 0
        while k + 1 < len(row):
            (v, a), (w, b) = row[k], row[k + 1]
            if v == w and self.layout.bends(a, b):
                self.steps.append(_Step(k, 2, self.layout.cup(a, b), -1, ()))
                row = [*row[:k], *row[k + 2 :]]
                k = max(k - 1, 0)
            else:
                k += 1
        return row

    def places(self, row: Row, k: int) -> list[tuple[int, int, int]]:
        """Where a box can stand: the place, and how many of its first and last wires first need a cap."""
        dom = self.d.boxes[k].dom
        wires = [w for w, _ in row]
        if not dom:
            return [(at, 0, 0) for at in range(len(row), -1, -1)]
        missing = [w not in wires for w in dom]
        leads = next((n for n, gone in enumerate(missing) if not gone), len(dom))
        trails = next((n for n, gone in enumerate(reversed(missing)) if not gone), len(dom))
        found = []
        for lead in range(leads + 1):
            for trail in range(min(trails, len(dom) - lead) + 1):
                inner = dom[lead : len(dom) - trail]
                found += [
                    (at, lead, trail)
                    for at in range(len(row) - len(inner), -1, -1)
                    if tuple(wires[at : at + len(inner)]) == inner
                ]
        return found

    def place(self, row: Row, k: int, at: int, lead: int, trail: int, rest: frozenset[int]) -> bool:
        """Try one place."""
        mark = len(self.steps)
        box, n = self.d.boxes[k], len(self.d.boxes[k].dom)
        types = ends_of(self.d, box, "dom")
        for i in reversed(range(lead)):
            row, at = self.cap(row, at, box.dom[i], types[i], True), at + 1
        for i in range(n - trail, n):
            row = self.cap(row, at + i, box.dom[i], types[i], False)
        made = tuple(zip(box.cod, ends_of(self.d, box, "cod"), strict=True))
        self.steps.append(_Step(at, n, "", k, made))
        if self.run([*row[:at], *made, *row[at + n :]], rest - {k}):
            return True
        del self.steps[mark:]
        return False

    def cap(self, row: Row, at: int, w: int, type_: Type, lead: bool) -> Row:
        """A new wire, one end of which a box takes."""
        other = turned(type_, 1 if lead else -1, self.d, self.layout.dual)
        pair = ((w, other), (w, type_)) if lead else ((w, type_), (w, other))
        text = f"cap[{type_text(pair[0][1])}, {type_text(pair[1][1])}]"
        self.steps.append(_Step(at, 0, text, -1, pair))
        return [*row[:at], *pair, *row[at:]]

    def finish(self, row: Row) -> bool:
        """Whether the row is the codomain, but for caps."""
        goal = list(zip(self.d.outputs, self.d.cod, strict=True))
        caps: list[_Step] = []
        k = 0
        while k + 1 < len(goal):
            (v, a), (w, b) = goal[k], goal[k + 1]
            if v == w and v not in {x for x, _ in row}:
                caps.append(_Step(k, 0, f"cap[{type_text(a)}, {type_text(b)}]", -1, ((v, a), (w, b))))
                del goal[k : k + 2]
                k = max(k - 1, 0)
            else:
                k += 1
        if [w for w, _ in goal] != [w for w, _ in row]:
            return False
        self.steps += reversed(caps)
        return True


def planar(file: File, d: Diagram) -> Layout:
    """The layers of a diagram without crossings. Raises `DiagramError` E0407 if none is found."""
    layout = Layout(file, d)
    row = list(zip(d.inputs, d.dom, strict=False))
    search = _Search(file, d, layout)
    if not search.run(row, frozenset(range(len(d.boxes)))):
        raise cannot("this diagram without crossing wires", "declare the category symmetric")
    layout.row = row
    for step in search.steps:
        text = step.text or head_of(file, d, d.boxes[step.box])
        layout.layer(step.at, step.used, text, list(step.made))
    return layout
