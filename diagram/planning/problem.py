"""What a schedule is: tasks that read and write values, run in some order, some of them again.

The model. Values that are given (inputs, learned arrays) belong to the caller and count nothing; every other
value is held from the task that writes it to the last one that reads it, results to the end. While a task
runs it holds what it reads, what it writes, and `room` besides. A value that is only a view of others holds
them. The peak of an order is the most held at one time; its cost is the sum over the tasks that run, each
time. A chain of 8 layers of unit size and cost, with its way back, so has peak 9: eight states, and one
gradient, for the input and the seed are the caller's; within 7 it costs 2 tasks more, within 6 it costs 3.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Task:
    """`reads` are the values it takes, also those that they are views of."""

    reads: tuple[int, ...]
    writes: tuple[int, ...]
    cost: int = 1
    room: int = 0


@dataclass(frozen=True, slots=True)
class Problem:
    """Tasks in an order that runs, the size of each value (0 for what is given), and the results."""

    tasks: tuple[Task, ...]
    sizes: tuple[int, ...]
    results: tuple[int, ...]

    @property
    def given(self) -> frozenset[int]:
        """The values that no task writes."""
        return frozenset(range(len(self.sizes))) - {v for t in self.tasks for v in t.writes}

    @property
    def base(self) -> tuple[int, ...]:
        """Every task once."""
        return tuple(range(len(self.tasks)))


@dataclass(frozen=True, slots=True)
class Run:
    """An order of tasks, with its peak and cost."""

    order: tuple[int, ...]
    peak: int
    cost: int


def run(p: Problem, order: Sequence[int]) -> Run:
    """The order without what nobody reads, measured."""
    order = _needed(p, order)
    return Run(order, max(profile(p, order), default=0), sum(p.tasks[t].cost for t in order))


def _needed(p: Problem, order: Sequence[int]) -> tuple[int, ...]:
    """Without tasks whose values are not read; a result is held once it is there, and not made twice."""
    results = set(p.results)
    first: dict[int, int] = {}
    for at, t in enumerate(order):
        for v in p.tasks[t].writes:
            if v in results:
                first.setdefault(v, at)
    wanted: set[int] = set()
    found = []
    for at in range(len(order) - 1, -1, -1):
        task = p.tasks[order[at]]
        useful = [v for v in task.writes if (first[v] == at if v in results else v in wanted)]
        if useful:
            found.append(order[at])
            wanted.difference_update(task.writes)
            wanted.update(task.reads)
    return tuple(reversed(found))


def profile(p: Problem, order: Sequence[int]) -> list[int]:
    """What is held while each task of an order runs."""
    n = len(order)
    change = [0] * (n + 1)
    born: dict[int, int] = {}
    last: dict[int, int] = {}
    results, sizes = set(p.results), p.sizes
    for at, t in enumerate(order):
        task = p.tasks[t]
        for v in task.reads:
            if v in born:
                last[v] = at
        for v in task.writes:
            if v in born:
                if v in results:
                    continue
                change[born[v]] += sizes[v]
                change[last[v] + 1] -= sizes[v]
            born[v] = last[v] = at
    for v, at in born.items():
        change[at] += sizes[v]
        if v not in results:
            change[last[v] + 1] -= sizes[v]
    held, found = 0, []
    for at, t in enumerate(order):
        held += change[at]
        found.append(held + p.tasks[t].room)
    return found
