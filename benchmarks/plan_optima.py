"""Optima of small planning problems by CP-SAT, for `tests/planning/optima.json`.

`pip install ortools` into an environment of its own, then `python -m benchmarks.plan_optima FILE`. The model
is free in the order: at each step at most one task runs, what it reads must be held, what is held during a
step is within the budget.
"""

from __future__ import annotations

import json
import random
import sys
from importlib import import_module
from typing import Any

from diagram.planning import Problem, Task, frontier, run

SECONDS = 60.0


def training(rng: random.Random, layers: int, skips: int) -> Problem:
    """A chain with its way back, of random costs and sizes; some layers also read an earlier one."""
    sizes, tasks = [0], []
    state = 0
    reads: list[tuple[int, ...]] = []
    states = [0]
    for k in range(layers):
        extra = (rng.choice(states[:-1]),) if k > 1 and skips > 0 and rng.random() < 0.5 else ()
        skips -= len(extra)
        sizes.append(rng.randint(1, 4))
        reads.append((state, *extra))
        state = len(sizes) - 1
        tasks.append(Task(reads[-1], (state,), rng.randint(1, 5)))
        states.append(state)
    value = state
    slope = -1
    for k in reversed(range(layers)):
        sizes.append(rng.randint(1, 4))
        mine = len(sizes) - 1
        tasks.append(Task((*reads[k], *((slope,) if slope >= 0 else ())), (mine,), rng.randint(1, 8)))
        slope = mine
    return Problem(tuple(tasks), tuple(sizes), (value, slope))


def anything(rng: random.Random, n: int) -> Problem:
    """A random acyclic graph of tasks with one result each; the last few are results."""
    sizes, tasks = [0, 0], []
    for _ in range(n):
        reads = tuple(sorted(rng.sample(range(len(sizes)), min(len(sizes), rng.randint(1, 3)))))
        sizes.append(rng.randint(1, 5))
        tasks.append(Task(reads, (len(sizes) - 1,), rng.randint(1, 6), rng.choice((0, 0, 1))))
    read = {v for t in tasks for v in t.reads}
    results = tuple(v for v in range(2, len(sizes)) if v not in read)
    return Problem(tuple(tasks), tuple(sizes), results)


def optimum(p: Problem, budget: int) -> int | None:
    """The least cost within a budget, proved; None if no order is."""
    cp_model: Any = import_module("ortools.sat.python.cp_model")
    m: Any = cp_model.CpModel()
    n = len(p.tasks)
    steps = range(1, 2 * n + 3)
    made = sorted({v for t in p.tasks for v in t.writes})
    runs = {(s, k): m.new_bool_var(f"r{s}_{k}") for s in steps for k in range(n)}
    held = {(s, v): m.new_bool_var(f"h{s}_{v}") for s in (0, *steps) for v in made}
    busy = {(s, v): m.new_bool_var(f"b{s}_{v}") for s in steps for v in made}
    for v in made:
        m.add(held[0, v] == 0)
    for s in steps:
        m.add_at_most_one(runs[s, k] for k in range(n))
        if s > 1:  # idle steps come last
            m.add(sum(runs[s, k] for k in range(n)) <= sum(runs[s - 1, k] for k in range(n)))
        for v in made:
            makers = [runs[s, k] for k in range(n) if v in p.tasks[k].writes]
            m.add(busy[s, v] <= held[s - 1, v] + sum(makers))
            m.add(held[s, v] <= busy[s, v])
            for k in range(n):
                if v in p.tasks[k].reads:
                    m.add_implication(runs[s, k], held[s - 1, v])
                    m.add_implication(runs[s, k], busy[s, v])
                if v in p.tasks[k].writes:
                    m.add_implication(runs[s, k], busy[s, v])
        room = sum(p.tasks[k].room * runs[s, k] for k in range(n))
        m.add(sum(p.sizes[v] * busy[s, v] for v in made) + room <= budget)
    for v in p.results:
        m.add(held[steps[-1], v] == 1)
    m.minimize(sum(p.tasks[k].cost * runs[s, k] for s in steps for k in range(n)))
    solver: Any = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = SECONDS
    solver.parameters.num_workers = 2
    status = solver.solve(m)
    if status == cp_model.INFEASIBLE:
        return None
    if status != cp_model.OPTIMAL:
        raise TimeoutError
    value: float = solver.objective_value
    return round(value)


def main(path: str) -> None:
    """Write the table."""
    rng = random.Random(5)
    problems = [training(rng, 3 + k % 3, k % 3) for k in range(16)] + [
        anything(rng, 6 + k % 5) for k in range(5)
    ]
    rows = []
    for k, p in enumerate(problems):
        peak = run(p, p.base).peak
        least = min(r.peak for r in frontier(p))
        for budget in sorted({least, (2 * least + peak) // 3, (least + 2 * peak) // 3}):
            try:
                best = optimum(p, budget)
            except TimeoutError:
                print(f"problem {k}, budget {budget}: not proved in {SECONDS:.0f} s, left out")
                continue
            tasks = [[list(t.reads), list(t.writes), t.cost, t.room] for t in p.tasks]
            rows.append({"tasks": tasks, "sizes": list(p.sizes), "results": list(p.results),
                         "budget": budget, "cost": best})  # fmt: skip
            print(k, budget, best, flush=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write("[\n" + ",\n".join(json.dumps(row) for row in rows) + "\n]\n")


if __name__ == "__main__":
    main(sys.argv[1])
