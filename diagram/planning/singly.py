"""Runs that give up keeping one value after the other, where that brings the peak down at least cost."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from diagram.planning.problem import Problem, Run, profile, run

WORK = 100_000
"""So many steps of orders are looked at in all."""
MOVES = 12
"""So many values are tried out at a time: those that are large and lie idle for long."""


def singly(p: Problem, start: Run) -> Iterator[Run]:
    """From an order on: each run makes one value more anew before it is read next."""
    now, work = start, 0
    maker = {v: t for t, task in enumerate(p.tasks) for v in task.writes}
    while work < WORK:
        best: tuple[float, Run] | None = None
        held = profile(p, now.order)
        top = max(range(len(held)), key=held.__getitem__)
        for order in _moves(p, now.order, top, maker):
            work += len(order)
            one = run(p, order)
            gain = _excess(p, now) - _excess(p, one)
            if gain <= 0:
                continue
            price = (one.cost - now.cost) / gain
            if best is None or price < best[0]:
                best = price, one
        if best is None:
            return
        now = best[1]
        yield now


def _excess(p: Problem, one: Run) -> float:
    """The peak, and how much of the time it is reached."""
    held = profile(p, one.order)
    return one.peak + sum(h == one.peak for h in held) / (len(held) + 1)


def _moves(p: Problem, order: Sequence[int], top: int, maker: dict[int, int]) -> Iterator[list[int]]:
    """Orders in which a value held at `top` is made anew before it is read after it."""
    task = p.tasks[order[top]]
    busy = {*task.reads, *task.writes, *p.results}
    before = {v for t in order[:top] for v in p.tasks[t].writes} - busy
    after: dict[int, int] = {}
    for at in range(top + 1, len(order)):
        for v in p.tasks[order[at]].reads:
            if v in before:
                after.setdefault(v, at)
        before.difference_update(w for w in p.tasks[order[at]].writes if w not in after)
    idle = sorted(after, key=lambda v: -p.sizes[v] * (after[v] - top))[: max(MOVES, 600 // len(order))]
    for v in idle:
        at = after[v]
        alive = _alive(p, order, at)
        again: list[int] = []
        _make(p, maker, maker[v], alive - {v}, again, set())
        yield [*order[:at], *again, *order[at:]]


def _alive(p: Problem, order: Sequence[int], at: int) -> set[int]:
    """What is there before a place because it is read from there on."""
    made = {v for t in order[:at] for v in p.tasks[t].writes}
    wanted = set(p.results)
    for t in reversed(order[at:]):
        wanted.difference_update(p.tasks[t].writes)
        wanted.update(p.tasks[t].reads)
    return made & (wanted | set(p.results))


def _make(
    p: Problem, maker: dict[int, int], task: int, alive: set[int], order: list[int], seen: set[int]
) -> None:
    """The tasks that make a value from what is there."""
    stack = [(task, False)]
    while stack:
        t, ready = stack.pop()
        if ready:
            order.append(t)
            continue
        if t in seen:
            continue
        seen.add(t)
        stack.append((t, True))
        stack += [(maker[v], False) for v in p.tasks[t].reads if v in maker and v not in alive]
