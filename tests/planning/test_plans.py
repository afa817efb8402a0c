"""Plans under a budget: optimal on chains and small problems, monotone, and they hold what they say."""

from __future__ import annotations

import json
import random
from functools import cache
from pathlib import Path

import pytest

from diagram.planning import Problem, Run, Task, frontier, plan, run
from diagram.planning.budget import bytes_of, text_of
from diagram.planning.problem import profile

OPTIMA = json.loads((Path(__file__).parent / "optima.json").read_text(encoding="utf-8"))
"""Made by `benchmarks/plan_optima.py`: small problems, the least cost within a budget, proved by CP-SAT."""


def chain(n: int, cost: int = 1, size: int = 1) -> Problem:
    """n layers and their way back; layer k reads state k - 1, its gradient reads that and the one after it.
    The first state and the seed are given, the last state and the last gradient are results."""
    tasks = [Task((k - 1,), (k,), cost) for k in range(1, n + 1)]
    slope = {n: n + 1, **{k: n + 2 + k for k in range(n)}}
    tasks += [Task((k - 1, slope[k]), (slope[k - 1],), cost) for k in range(n, 0, -1)]
    return Problem(tuple(tasks), (0, *[size] * n, 0, *[size] * n), (n, slope[0]))


def extra(p: Problem, budget: int) -> int:
    found = plan(p, budget).chosen
    assert found is not None and found.peak <= budget
    return found.cost - sum(t.cost for t in p.tasks)


@pytest.mark.parametrize(
    ("layers", "budget", "more"),
    [
        (16, 17, 0),
        (16, 16, 1),
        (16, 11, 6),
        (16, 8, 9),
        (8, 9, 0),
        (8, 7, 2),
        (8, 6, 3),
        (8, 5, 4),
        (8, 4, 9),
    ],
)
def test_unit_chains_cost_what_the_optimum_costs(layers: int, budget: int, more: int) -> None:
    """Optima by exhaustive search over all sets of states; within 17 a chain of 16 is as it is."""
    assert extra(chain(layers), budget) == more
    assert extra(chain(layers, cost=3, size=5), 5 * budget + 4) == 3 * more


def binomial(layers: int, slots: int) -> int:
    """Griewank and Walther: the fewest runs of a layer to turn a chain with so many checkpoints."""

    @cache
    def best(n: int, c: int) -> int:
        if n <= 1:
            return 0
        if c == 1:
            return n * (n - 1) // 2
        return min(m + best(n - m, c - 1) + best(m, c) for m in range(1, n))

    return best(layers, slots)


@pytest.mark.parametrize("layers", [24, 48])
def test_longer_chains_cost_no_more_than_binomial_checkpointing(layers: int) -> None:
    """With c checkpoints a chain holds these, the state at hand, two gradients and the value."""
    for slots in (3, 5, 8, 12, 20):
        found = plan(chain(layers), slots + 3).chosen
        assert found is not None
        assert found.cost - 2 * layers <= binomial(layers, slots) - (layers - 1)


def problem(row: dict) -> Problem:
    tasks = tuple(Task(tuple(reads), tuple(writes), cost, room) for reads, writes, cost, room in row["tasks"])
    return Problem(tasks, tuple(row["sizes"]), tuple(row["results"]))


@pytest.mark.parametrize("row", OPTIMA, ids=lambda row: f"{len(row['tasks'])}-tasks-{row['budget']}")
def test_small_problems_cost_within_5_percent_of_the_optimum(row: dict) -> None:
    found = plan(problem(row), row["budget"]).chosen
    assert found is not None and found.peak <= row["budget"]
    assert row["cost"] <= found.cost <= 1.05 * row["cost"]


def replayed(p: Problem, one: Run) -> int:
    """The peak of an order, by running it with a set of live values: an independent count."""
    there: set[int] = set()
    most, order = 0, one.order
    results = set(p.results)
    for at, t in enumerate(order):
        task = p.tasks[t]
        assert all(v in there or v in p.given for v in task.reads)
        there.update(task.writes)
        most = max(most, sum(p.sizes[v] for v in there) + task.room)
        wanted = set(results)
        for later in reversed(order[at + 1 :]):
            fresh = set(p.tasks[later].writes) - results
            wanted = (wanted - fresh) | set(p.tasks[later].reads)
        there &= wanted
    assert results - p.given <= there
    return most


@pytest.mark.parametrize("seed", range(12))
def test_every_run_of_a_frontier_runs_and_holds_what_it_says(seed: int) -> None:
    rng = random.Random(seed)
    p = anything(rng, rng.randint(5, 30))
    runs = frontier(p)
    assert runs[0].cost == min(r.cost for r in runs)
    for one in runs:
        assert replayed(p, one) == one.peak == max(profile(p, one.order))


def anything(rng: random.Random, n: int) -> Problem:
    """A random acyclic problem, some tasks with two values."""
    sizes, tasks = [0, 0], []
    for _ in range(n):
        reads = tuple(sorted(rng.sample(range(len(sizes)), min(len(sizes), rng.randint(1, 3)))))
        made = range(len(sizes), len(sizes) + rng.choice((1, 1, 1, 2)))
        sizes += [rng.randint(0, 5) for _ in made]
        tasks.append(Task(reads, tuple(made), rng.randint(1, 6), rng.choice((0, 0, 1))))
    read = {v for t in tasks for v in t.reads}
    results = tuple(v for v in range(2, len(sizes)) if v not in read)
    return Problem(tuple(tasks), tuple(sizes), results)


@pytest.mark.parametrize("layers", [5, 12])
def test_a_larger_budget_never_costs_more(layers: int) -> None:
    rng = random.Random(layers)
    for p in (chain(layers), anything(rng, layers)):
        costs = []
        for budget in range(2, run(p, p.base).peak + 2):
            found = plan(p, budget).chosen
            if found is not None:
                costs.append(found.cost)
        assert costs and costs == sorted(costs, reverse=True)
        assert costs[-1] == sum(t.cost for t in p.tasks if set(t.writes))


def test_what_does_not_fit_says_the_smallest_that_does() -> None:
    p = chain(16)
    found = plan(p, 2)
    assert found.chosen is None
    assert plan(p, found.smallest).chosen is not None


def test_five_hundred_tasks_are_planned() -> None:
    p = chain(250)
    found = plan(p, 130).chosen
    assert found is not None and found.cost - 500 <= 124


def test_amounts_of_memory() -> None:
    assert bytes_of("200MB") == 2 * 10**8 and bytes_of("1.5 GiB") == 3 * 2**29 and bytes_of(77) == 77
    assert bytes_of(text_of(1_230_000)) == 1_230_000
    for wrong in ("200 apples", "-3MB", "", "MB", "0"):
        with pytest.raises(ValueError, match="memory"):
            bytes_of(wrong)
