"""The cheapest order under a budget, found by searching all states: for small problems."""

from __future__ import annotations

from collections.abc import Mapping
from heapq import heappop, heappush

from diagram.planning.problem import Problem, Run, run

WORK = 60_000
"""So many sets of values are looked at."""


def cheapest(p: Problem, budget: int, work: int = WORK) -> Run | None:
    """The cheapest run whose peak is within the budget; None if there is none, or none was found in time."""
    return _Search(p, budget, work).run()


class _Search:
    """The shortest way through states, each the set of values that are there, as the bits of a number."""

    def __init__(self, p: Problem, budget: int, work: int) -> None:
        self.p, self.budget, self.work = p, budget, work
        made = sorted({v for t in p.tasks for v in t.writes})
        bit = {v: 1 << k for k, v in enumerate(made)}
        self.sizes = [(bit[v], p.sizes[v]) for v in made if p.sizes[v]]
        self.reads = [sum(bit[v] for v in set(t.reads) if v in bit) for t in p.tasks]
        self.writes = [sum(bit[v] for v in t.writes) for t in p.tasks]
        self.maker = {bit[v]: k for k, t in enumerate(p.tasks) for v in t.writes}
        self.goal = sum(bit[v] for v in set(p.results) if v in bit)
        self.bounds: dict[int, int] = {}

    def run(self) -> Run | None:
        """Best first: what a state cost, and what must still run at least."""
        best = {0: 0}
        before: dict[int, tuple[int, int]] = {}
        queue = [(self._bound(0), 0, 0)]
        while queue and self.work > 0:
            _, _, live = heappop(queue)
            if self.goal & ~live == 0:
                return run(self.p, _path(before, live))
            for k, task in enumerate(self.p.tasks):
                if self.reads[k] & ~live or not self.writes[k] & ~live:
                    continue
                price = best[live] + task.cost
                for kept in self._fits(live, k):
                    new = kept | self.writes[k]
                    if best.get(new, 1 << 62) > price:
                        best[new] = price
                        before[new] = (live, k)
                        heappush(queue, (price + self._bound(new), -new.bit_count(), new))
        return None

    def _held(self, live: int) -> int:
        return sum(size for b, size in self.sizes if live & b)

    def _bound(self, live: int) -> int:
        """What must still run if there were no budget."""
        if live not in self.bounds:
            seen, total, todo = live, 0, self.goal & ~live
            while todo:
                k = self.maker[todo & -todo]
                total += self.p.tasks[k].cost
                seen |= self.writes[k]
                todo = (todo | self.reads[k]) & ~seen
            self.bounds[live] = total
        return self.bounds[live]

    def _fits(self, live: int, task: int) -> list[int]:
        """The largest sets that may stay while a task runs."""
        room = self.budget - self.p.tasks[task].room
        busy = self.reads[task]
        found: list[int] = []
        layer = [live]
        while layer and self.work > 0:  # one value less in each layer
            below: dict[int, None] = {}
            for kept in layer:
                self.work -= 1
                if self._held(kept | self.writes[task]) <= room:
                    found.append(kept)
                    continue
                below.update((kept & ~b, None) for b, _ in self.sizes if kept & b and not busy & b)
            layer = [k for k in below if not any(k & ~o == 0 for o in found)]
        return found


def _path(before: Mapping[int, tuple[int, int]], live: int) -> list[int]:
    order = []
    while live in before:
        live, k = before[live]
        order.append(k)
    return order[::-1]
