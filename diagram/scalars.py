"""Diagrams of single numbers, computed in an algebra of one's own: expressions, affine maps, anything with an
answer to each operation. Loops are equations, which the algebra solves.

Not here: arrays (back ends compute them), the algebras (`diagram.symbolic`, `diagram.gaussian`).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Protocol, TypeVar

from diagram.errors import Diagnostic, DiagramError
from diagram.melt import melt
from diagram.value import Box, Diagram, Flat

E = TypeVar("E")


class Algebra(Protocol[E]):
    """What numbers are, and what the operations do to them."""

    def apply(self, box: Box, args: tuple[E, ...]) -> tuple[E, ...]:
        """What a box writes. Raises `DiagramError` for one without meaning here."""

    def unknown(self) -> E:
        """A new unknown."""

    def solved(self, unknowns: Sequence[E], values: Sequence[E], results: Sequence[E]) -> tuple[E, ...]:
        """`results` where each unknown is equal to its value. Raises `DiagramError` E0604."""


def evaluate(d: Diagram, given: Sequence[E], algebra: Algebra[E]) -> tuple[E, ...]:
    """The outputs for given inputs, one for each wire of the domain and then one for each learned number.

    Boxes run once each, as their inputs come in; where only loops are left, one wire becomes an unknown.
    Raises `DiagramError` E0403, E0604.
    """
    flat = melt(d, True)
    values = dict(zip(flat.inputs, given, strict=True))
    unknowns, equations = _run(flat, values, algebra)
    loose = [w for w in flat.outputs if w not in values]
    if loose:
        raise diverges("a wire goes round without meeting any box")
    results = tuple(values[w] for w in flat.outputs)
    return algebra.solved(unknowns, equations, results) if unknowns else results


def _run(flat: Flat, values: dict[int, E], algebra: Algebra[E]) -> tuple[list[E], list[E]]:
    readers: dict[int, list[int]] = {}
    missing: list[set[int]] = []
    for k, box in enumerate(flat.boxes):
        missing.append({w for w in box.dom if w not in values})
        for w in missing[k]:
            readers.setdefault(w, []).append(k)
    ready = deque(k for k, left in enumerate(missing) if not left)
    waiting = {k for k, left in enumerate(missing) if left}
    assumed: dict[int, E] = {}
    unknowns: list[E] = []
    equations: list[E] = []

    def known(w: int) -> None:
        for k in readers.get(w, ()):
            missing[k].discard(w)
            if not missing[k] and k in waiting:
                waiting.remove(k)
                ready.append(k)

    while ready or waiting:
        if not ready:
            w = min(missing[min(waiting)])
            values[w] = assumed[w] = algebra.unknown()
            known(w)
            continue
        box = flat.boxes[ready.popleft()]
        for w, value in zip(box.cod, algebra.apply(box, tuple(values[w] for w in box.dom)), strict=True):
            if w in assumed:
                unknowns.append(assumed[w])
                equations.append(value)
            else:
                values[w] = value
                known(w)
    if len(unknowns) < len(assumed):
        raise diverges("a wire goes round without meeting any box")
    return unknowns, equations


def diverges(why: str) -> DiagramError:
    """E0604: a loop without a value."""
    return DiagramError(
        Diagnostic(
            "E0604",
            "a loop does not settle",
            None,
            notes=(why,),
            help="a loop has a value if it is linear and 1 - L can be inverted",
        )
    )


def meaningless(box: Box, where: str) -> DiagramError:
    """E0403 for a box that an algebra does not know."""
    span = box.mark.span if box.mark is not None else None
    return DiagramError(
        Diagnostic("E0403", f"`{box.label}` has no meaning {where}", span, help="map it by the functor")
    )
