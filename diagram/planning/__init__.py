"""Plans under a budget: which tasks run again, so that what they write need not be kept.

Small problems are solved exactly. For others the plan is chosen from runs that do not depend on the budget,
so that a larger budget never costs more: the base order, nestings of the way there in stages (optimal among
nestings for chains), and runs that give up keeping one value after the other.
"""

from __future__ import annotations

from dataclasses import dataclass

from diagram.planning.exact import cheapest
from diagram.planning.problem import Problem, Run, Task, run
from diagram.planning.segments import nested
from diagram.planning.singly import singly

STAGES = (64, 24, 12)
"""In how many stages the way there is cut."""
SMALL = 32
"""Problems with at most so many tasks are also searched for the exact optimum."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The cheapest run found within the budget, or None; the base order; the smallest peak found."""

    chosen: Run | None
    base: Run
    smallest: int


def plan(p: Problem, budget: int) -> Plan:
    """A plan for a budget in bytes."""
    base = run(p, p.base)
    if base.peak <= budget:
        return Plan(base, base, base.peak)
    found = _runs(p, base)
    smallest = min(r.peak for r in found)
    best = min((r for r in found if r.peak <= budget), key=lambda r: (r.cost, r.peak), default=None)
    if len(p.tasks) <= SMALL:
        exact = cheapest(p, budget)
        if exact is not None and (best is None or exact.cost < best.cost):
            best = exact
            smallest = min(smallest, exact.peak)
    return Plan(best, base, smallest)


def frontier(p: Problem) -> list[Run]:
    """The runs that no other one beats both in peak and in cost, from the cheapest on."""
    found: list[Run] = []
    for one in sorted(_runs(p, run(p, p.base)), key=lambda r: (r.cost, r.peak)):
        if not found or one.peak < found[-1].peak:
            found.append(one)
    return found


def _runs(p: Problem, base: Run) -> list[Run]:
    found = [base, *(one for stages in STAGES for one in nested(p, stages))]
    least = min(found, key=lambda r: (r.peak, r.cost))
    return [*found, *singly(p, base), *(singly(p, least) if least is not base else ())]


__all__ = ["Plan", "Problem", "Run", "Task", "frontier", "plan", "run"]
