"""Budgets of memory that a diagram bears: `plan[f, memory = 200MB]` is a call whose mark says so."""

from __future__ import annotations

from diagram.errors import Diagnostic, DiagramError
from diagram.planning.budget import bytes_of
from diagram.reals import Real
from diagram.value import Diagram
from diagram.wiring import walk


def budget_of(d: Diagram, asked: str | float | None = None) -> int | None:
    """The smallest budget in bytes that is asked for or stated, at any depth; None if there is none. Raises
    `DiagramError` E0308 for what is no amount of memory."""
    found = [] if asked is None else [_bytes(asked)]
    for box in walk(d):
        options = dict(box.mark.options) if box.mark is not None else {}
        budget = options.get("budget")
        if options.get("memory") == "plan" and isinstance(budget, Real):
            number = budget.number
            found.append(_bytes(number if isinstance(number, int | float) else 0))
    return min(found, default=None)


def _bytes(amount: str | float) -> int:
    try:
        return bytes_of(amount)
    except ValueError as error:
        raise DiagramError(Diagnostic("E0308", str(error))) from None
