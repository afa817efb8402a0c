"""What a hypergraph looks like: ends of its wires, loops, components."""

from __future__ import annotations

from dataclasses import dataclass
from heapq import heappop, heappush

from diagram.value import Diagram


@dataclass(frozen=True, slots=True)
class Shape:
    """Counts and predicates of the wiring, independent of the category.

    `left_monogamous`: every wire is written once; `monogamous`: and read once; `bijective`: every wire has
    two
    ends; `acyclic`: there is an order of execution; `scalar_wires` have no end at all.
    """

    boxes: int
    wires: int
    left_monogamous: bool
    monogamous: bool
    bijective: bool
    acyclic: bool
    components: int
    boundary_connected: bool
    scalar_wires: int


def ends(d: Diagram) -> tuple[list[int], list[int]]:
    """How often each wire is written (an input counts) and read (an output counts)."""
    writes, reads = [0] * len(d.wires), [0] * len(d.wires)
    for w in d.inputs:
        writes[w] += 1
    for w in d.outputs:
        reads[w] += 1
    for box in d.boxes:
        for w in box.dom:
            reads[w] += 1
        for w in box.cod:
            writes[w] += 1
    return writes, reads


def execution(d: Diagram) -> tuple[list[int], list[int]]:
    """The boxes in an order of execution, as near to the stored one as there is; and those on or behind a
    loop."""
    made = set(d.inputs)
    for box in d.boxes:
        if not made.issuperset(box.dom):
            break
        made.update(box.cod)
    else:
        return list(range(len(d.boxes))), []
    writers: dict[int, list[int]] = {}
    for k, box in enumerate(d.boxes):
        for w in box.cod:
            writers.setdefault(w, []).append(k)
    readers: dict[int, list[int]] = {}
    waits: list[int] = []
    for k, box in enumerate(d.boxes):
        before = {j for w in box.dom for j in writers.get(w, ())}
        waits.append(len(before))
        for j in before:
            readers.setdefault(j, []).append(k)
    heap = [k for k, n in enumerate(waits) if not n]
    order: list[int] = []
    while heap:
        k = heappop(heap)
        order.append(k)
        for reader in readers.get(k, ()):
            waits[reader] -= 1
            if not waits[reader]:
                heappush(heap, reader)
    return order, sorted(set(range(len(waits))) - set(order))


def cycle(d: Diagram) -> list[int]:
    """The boxes on or behind a loop of reading what is written; empty if there is an order of execution."""
    return execution(d)[1]


def components(d: Diagram) -> list[int]:
    """The component of every wire, then of every box, numbered by first appearance."""
    n = len(d.wires)
    up = list(range(n + len(d.boxes)))

    def find(v: int) -> int:
        while up[v] != v:
            up[v] = up[up[v]]
            v = up[v]
        return v

    for k, box in enumerate(d.boxes, n):
        for w in (*box.dom, *box.cod):
            up[find(w)] = find(k)
    number: dict[int, int] = {}
    return [number.setdefault(find(v), len(number)) for v in range(len(up))]


def shape(d: Diagram) -> Shape:
    """Look at the wiring once. Linear.

    >>> from diagram.hypergraph import spider
    >>> from diagram.types import Ob
    >>> shape(spider(Ob("A"), 2, 1)).monogamous
    False
    """
    writes, reads = ends(d)
    total = [a + b for a, b in zip(writes, reads, strict=True)]
    home = components(d)
    touched = {home[w] for w in (*d.inputs, *d.outputs)}
    used = {c for c, n in zip(home, total, strict=False) if n} | set(home[len(d.wires) :])
    left = all(n == 1 for n, t in zip(writes, total, strict=True) if t)
    return Shape(
        boxes=len(d.boxes),
        wires=len(d.wires),
        left_monogamous=left,
        monogamous=left and all(n == 1 for n, t in zip(reads, total, strict=True) if t),
        bijective=all(n == 2 for n in total if n),
        acyclic=not cycle(d),
        components=len(used),
        boundary_connected=used <= touched,
        scalar_wires=total.count(0),
    )
