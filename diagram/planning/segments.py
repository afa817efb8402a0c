"""Runs that keep less: the way there is cut into stages, and stages are run again for the way back.

For a chain of stages the best nesting is found by dynamic programming over segments and bytes (Griewank and
Walther's checkpointing, for stages of any cost and size): a segment runs its first stage and keeps all that
the way back reads of it, or runs some stages keeping nothing but the last cut, and runs them again later.
Orders for all budgets are made at once; what each one holds is then measured, not taken from the program.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from diagram.planning.problem import Problem, Run, profile, run

SLOTS = 256
"""Sizes are counted in so many parts of all that can be held, unless they have a common measure."""
NEVER = 1 << 60
Slots = NDArray[np.int64]
"""A cost for each number of slots."""


def nested(p: Problem, stages: int) -> Iterator[Run]:
    """Runs with the way there in at most so many stages, for many budgets."""
    cut = Stages(p, stages)
    if cut.count:
        yield from cut.runs()


class Stages:
    """The way there in stages, the way back in blocks, and what each of them holds."""

    def __init__(self, p: Problem, most: int) -> None:
        self.p = p
        self.made = {v for t in p.tasks for v in t.writes} - set(p.results)
        turn = self._turn()
        bounds = self._bounds(turn, most)
        self.count = len(bounds)
        if not self.count:
            return
        starts = [0, *[b + 1 for b in bounds[:-1]]]
        self.stages = [list(range(a, b + 1)) for a, b in zip(starts, bounds, strict=True)]
        self._cuts(turn)
        self._blocks(turn)
        self._sizes()

    def _turn(self) -> int:
        """The last task of the way there: after it most is held."""
        p = self.p
        held = profile(p, p.base)
        last = self._last_reads()
        after = []
        for at, task in enumerate(p.tasks):
            gone = {v for v in (*task.reads, *task.writes) if v in self.made and last.get(v, at) == at}
            after.append(held[at] - task.room - sum(p.sizes[v] for v in gone))
        return max(range(len(after)), key=after.__getitem__) if after else -1

    def _last_reads(self) -> dict[int, int]:
        return {v: at for at, t in enumerate(self.p.tasks) for v in t.reads}

    def _bounds(self, turn: int, most: int) -> list[int]:
        """Where the way there is cut: where little goes on, evenly spread; the last one is its end."""
        p = self.p
        last = {v: at for at in range(turn + 1) for v in p.tasks[at].reads}
        alive: set[int] = set()
        sizes = []
        for at in range(turn + 1):
            alive.update(v for v in p.tasks[at].writes if v in self.made)
            alive = {v for v in alive if last.get(v, -1) > at}
            sizes.append(sum(p.sizes[v] for v in alive))
        if turn < most:
            return list(range(turn + 1))
        edges = [turn * k // most for k in range(most + 1)]
        inner = {min(range(a, b), key=sizes.__getitem__) for a, b in pairwise(edges)}
        return [*sorted(inner), turn]

    def _cuts(self, turn: int) -> None:
        """For each stage the values that go on to later ones."""
        p = self.p
        stage = {t: k for k, tasks in enumerate(self.stages) for t in tasks}
        self.born = {v: stage[t] for t in stage for v in p.tasks[t].writes if v in self.made}
        self.until = dict(self.born)
        for t, k in stage.items():
            for v in p.tasks[t].reads:
                if v in self.until:
                    self.until[v] = max(self.until[v], k)
        self.cuts: list[set[int]] = [
            {v for v, k in self.born.items() if k <= s < self.until[v]} for s in range(self.count)
        ]

    def _blocks(self, turn: int) -> None:
        """Each task of the way back as soon as the stages that it reads of are there."""
        p = self.p
        block: dict[int, int] = {}
        maker: dict[int, int] = {}
        self.blocks: list[list[int]] = [[] for _ in range(self.count)]
        for t in range(turn + 1, len(p.tasks)):
            reads = p.tasks[t].reads
            at = min([self.until[v] for v in reads if v in self.until], default=self.count - 1)
            at = min([at, *(block[maker[v]] for v in reads if v in maker)])
            block[t] = at
            self.blocks[at].append(t)
            maker.update(dict.fromkeys(p.tasks[t].writes, t))
        back = {v: b for t, b in block.items() for v in p.tasks[t].writes}
        readers: dict[int, int] = {}
        for t, b in block.items():
            for v in p.tasks[t].reads:
                readers[v] = min(readers.get(v, b), b)
        self.left: list[set[int]] = [set() for _ in range(self.count)]
        for v, k in self.born.items():
            if readers.get(v, self.count) <= k:
                self.left[k].add(v)
        self.slopes: list[set[int]] = [
            {v for v, b in back.items() if v in self.made and b > k >= readers.get(v, self.count)}
            for k in range(self.count)
        ]

    # Measures

    def _bytes(self, values: set[int]) -> int:
        return sum(self.p.sizes[v] for v in values)

    def _price(self, tasks: Sequence[int]) -> int:
        return sum(self.p.tasks[t].cost for t in tasks)

    def _slice(self, tasks: Sequence[int], wanted: set[int]) -> list[int]:
        """The tasks of a stage that make these values."""
        need, found = set(wanted), []
        for t in reversed(tasks):
            if not need.isdisjoint(self.p.tasks[t].writes):
                found.append(t)
                need.update(self.p.tasks[t].reads)
        return found[::-1]

    def _peak(self, tasks: Sequence[int], start: set[int], stay: set[int], free: set[int]) -> int:
        """The most held while these tasks run, those in `free` not counted."""
        p = self.p
        last = {v: k for k, t in enumerate(tasks) for v in p.tasks[t].reads}
        alive, most = set(start), self._bytes(start - free)
        for k, t in enumerate(tasks):
            task = p.tasks[t]
            alive.update(v for v in task.writes if v in self.made)
            most = max(most, self._bytes(alive - free) + task.room)
            alive = {v for v in alive if v in stay or last.get(v, k if v in task.writes else -1) > k}
        return most

    def _sizes(self) -> None:
        n = self.count
        before: list[set[int]] = [set(), *self.cuts[:-1]]
        self.go, self.peak_go, self.keep, self.peak_keep, self.end, self.peak_end, self.peak_back = (
            [0] * n for _ in range(7)
        )
        for k, tasks in enumerate(self.stages):
            there = self._slice(tasks, self.cuts[k])
            whole = self._slice(tasks, self.cuts[k] | self.left[k])
            leaf = self._slice(tasks, self.left[k])
            self.go[k], self.keep[k], self.end[k] = map(self._price, (there, whole, leaf))
            self.peak_go[k] = self._peak(there, before[k], self.cuts[k], set())
            self.peak_keep[k] = self._peak(whole, set(), self.cuts[k] | self.left[k], before[k])
            self.peak_end[k] = self._peak(leaf, set(), self.left[k], before[k])
            start = self.left[k] | self.slopes[k]
            stay = self.slopes[k - 1] if k else set()
            self.peak_back[k] = self._peak(self.blocks[k], start, stay, before[k])
        self.slope = [self._bytes(s) for s in self.slopes]
        self.before = before

    # The best nesting

    def runs(self) -> Iterator[Run]:
        """One run for each cost that the dynamic program finds."""
        n, unit = self.count, self._unit()

        def up(size: int) -> int:
            return -(-size // unit)

        top = max(1, up(self._everything()))
        common = [[self._bytes(a & b) for b in self.before] for a in self.before]
        cost = [[np.full(top + 1, NEVER)] * n for _ in range(n)]
        choice = [[np.full(top + 1, -1)] * n for _ in range(n)]
        slots = np.arange(top + 1)
        for e in range(n):
            for s in range(e, -1, -1):
                if s == e:
                    need = max(self.peak_end[s] + self.slope[s], self.peak_back[s])
                    cost[s][e] = np.where(slots >= up(need), self.end[s], NEVER)
                    continue
                need = max(self.peak_keep[s] + self.slope[e], self.peak_back[s])
                more = self._bytes((self.cuts[s] | self.left[s]) - self.before[s])
                best = _later(cost[s + 1][e], up(more)) + self.keep[s]
                best = np.where(slots >= up(need), best, NEVER)
                which = np.full(top + 1, s)
                need, price = 0, 0
                for j in range(s + 1, e + 1):
                    need = max(need, self.peak_go[j - 1] - common[j - 1][s] + self.slope[e])
                    price += self.go[j - 1]
                    more = self._bytes(self.before[j]) - common[j][s]
                    this = _later(cost[j][e], up(more)) + cost[s][j - 1] + price
                    this = np.where(slots >= up(need), this, NEVER)
                    better = this < best
                    best, which = np.where(better, this, best), np.where(better, j, which)
                cost[s][e], choice[s][e] = np.minimum(best, NEVER), which
        self.choice, self.unit = choice, unit
        last = NEVER
        for m in range(top + 1):
            if cost[0][n - 1][m] < last:
                last = cost[0][n - 1][m]
                yield run(self.p, self._order(m, up))

    def _everything(self) -> int:
        """What the first choice may need at most: all that is kept, with the largest peak."""
        kept = sum(self._bytes(c | r) for c, r in zip(self.cuts, self.left, strict=True))
        return kept + max(*self.peak_keep, *self.peak_back, *self.peak_go, 0) + max(self.slope)

    def _unit(self) -> int:
        sizes = [self.p.sizes[v] for v in self.made if self.p.sizes[v]]
        common = int(np.gcd.reduce(sizes)) if sizes else 1
        return max(common, self._everything() // SLOTS, 1)

    def _order(self, m: int, up: Callable[[int], int]) -> list[int]:
        order: list[int] = []
        stack: list[tuple[int, int, int] | list[int]] = [(0, self.count - 1, m)]
        while stack:
            item = stack.pop()
            if isinstance(item, list):
                order += item
                continue
            s, e, m = item
            if s == e:
                order += [*self.stages[s], *self.blocks[s]]
                continue
            j = int(self.choice[s][e][m])
            if j == s:
                more = up(self._bytes((self.cuts[s] | self.left[s]) - self.before[s]))
                order += self.stages[s]
                stack += [self.blocks[s], (s + 1, e, m - more)]
            else:
                more = up(self._bytes(self.before[j] - self.before[s]))
                for k in range(s, j):
                    order += self.stages[k]
                stack += [(s, j - 1, m), (j, e, m - more)]
        return order


def _later(cost: Slots, by: int) -> Slots:
    """What it costs with so many slots less."""
    if not by:
        return cost
    found = np.full_like(cost, NEVER)
    if by < len(cost):
        found[by:] = cost[: len(cost) - by]
    return found
