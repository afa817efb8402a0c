"""Random terms of string diagrams, and what they mean twice: as a `Diagram`, and glued naively by union-find.

A term is a nested tuple; `meaning` composes diagrams, `naive` merges wires one by one without the core.
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from diagram.hypergraph import Box, Builder, Diagram, box, cap, cup, identity, spider, swap, trace
from diagram.levels import FREE, Category
from diagram.op import generator
from diagram.ops import STANDARD
from diagram.types import Ob, Wires

A, B = Ob("A"), Ob("B")
WIRES = st.lists(st.sampled_from([A, B]), max_size=3).map(tuple)
Term = tuple[Any, ...]
LEVELS = {
    "symmetric": ("id", "box", "swap"),
    "traced": ("id", "box", "swap", "trace"),
    "hypergraph": ("id", "box", "swap", "trace", "spider", "cup", "cap"),
}

KINDS = {
    **LEVELS,
    "bodies": (*LEVELS["hypergraph"], "body"),
    "causal bodies": (*LEVELS["symmetric"], "body"),
}
"""With boxes that hold diagrams, for what sees through them."""


@st.composite
def terms(draw: st.DrawFn, dom: Wires | None = None, level: str = "symmetric", depth: int = 4) -> Term:
    """A term with the given domain."""
    ins: Wires = draw(WIRES) if dom is None else dom
    leaf = depth == 0 or draw(st.booleans())
    if not leaf:
        sign = draw(st.sampled_from([">>", "@"]))
        if sign == ">>":
            left = draw(terms(ins, level, depth - 1))
            right = draw(terms(codomain(left), level, depth - 1))
        else:
            cut = draw(st.integers(0, len(ins)))
            left = draw(terms(ins[:cut], level, depth - 1))
            right = draw(terms(ins[cut:], level, depth - 1))
        return (sign, left, right)
    kinds = [k for k in KINDS[level] if _fits(k, ins)]
    kind = draw(st.sampled_from(kinds))
    if kind == "id":
        return ("id", ins)
    if kind == "swap":
        cut = draw(st.integers(0, len(ins)))
        return ("swap", ins[:cut], ins[cut:])
    if kind == "spider":
        return ("spider", ins[0], len(ins), draw(st.integers(0, 2)))
    if kind == "cup":
        return ("cup", ins[0])
    if kind == "cap":
        return ("cap", draw(st.sampled_from([A, B])))
    if kind == "trace":
        ob = draw(st.sampled_from([A, B]))
        inner = draw(terms((ob, *ins), level, max(depth - 1, 0)))
        return ("trace", inner) if codomain(inner)[:1] == (ob,) else ("id", ins)
    if kind == "body":
        return ("body", draw(terms(ins, level, max(depth - 1, 0))))
    return ("box", draw(st.sampled_from("fgh")), ins, draw(WIRES))


def _fits(kind: str, ins: Wires) -> bool:
    same = len(set(ins)) == 1
    return {"spider": same, "cup": same and len(ins) == 2, "cap": not ins}.get(kind, True)


def codomain(term: Term) -> Wires:
    """The type of the outputs."""
    match term:
        case (">>", _, right):
            return codomain(right)
        case ("@", left, right):
            return codomain(left) + codomain(right)
        case ("swap", left, right):
            return (*right, *left)
        case ("spider", ob, _, n):
            return (ob,) * n
        case ("cap", ob):
            return (ob, ob)
        case ("cup", _):
            return ()
        case ("trace", inner):
            return codomain(inner)[1:]
        case ("body", inner):
            return codomain(inner)
        case ("id", wires):
            return tuple(wires)
    cod: Wires = term[3]
    return cod


def meaning(term: Term, category: Category = FREE) -> Diagram:
    """The diagram, by composing."""
    match term:
        case (">>", left, right):
            return meaning(left, category) >> meaning(right, category)
        case ("@", left, right):
            return meaning(left, category) @ meaning(right, category)
        case ("swap", left, right):
            return swap(left, right, category)
        case ("spider", ob, m, n):
            return spider(ob, m, n, category)
        case ("cap", ob):
            return cap(ob, ob, category)
        case ("cup", ob):
            return cup(ob, ob, category)
        case ("trace", inner):
            return trace(meaning(inner, category))
        case ("body", inner):
            return called(meaning(inner, category))
        case ("id", wires):
            return identity(wires, category)
    return box(f"{term[1]}{len(term[2])}{len(term[3])}", term[2], term[3], category)


def called(body: Diagram) -> Diagram:
    """One box that holds a diagram."""
    b = Builder(body.category)
    ins = [b.input(t) for t in body.dom]
    args = (("degree", ()), ("ports", ((),) * len(ins)))
    return b.build(b.box(STANDARD["call"], ins, body.cod, args=args, bodies=(body,)), cod=body.cod)


class Naive:
    """Wires as a union-find forest, boxes as they come."""

    def __init__(self) -> None:
        self.up: list[int] = []
        self.types: list[Ob] = []
        self.boxes: list[tuple[str, list[int], list[int]]] = []

    def wire(self, ob: Ob) -> int:
        self.up.append(len(self.up))
        self.types.append(ob)
        return len(self.up) - 1

    def find(self, w: int) -> int:
        return w if self.up[w] == w else self.find(self.up[w])

    def merge(self, v: int, w: int) -> None:
        self.up[self.find(v)] = self.find(w)

    def run(self, term: Term) -> tuple[list[int], list[int]]:
        """Fresh wires for every leaf; composing merges them."""
        match term:
            case (">>", left, right):
                (a, b), (c, d) = self.run(left), self.run(right)
                for v, w in zip(b, c, strict=True):
                    self.merge(v, w)
                return a, d
            case ("@", left, right):
                (a, b), (c, d) = self.run(left), self.run(right)
                return a + c, b + d
            case ("swap", left, right):
                a, b = [self.wire(t) for t in left], [self.wire(t) for t in right]
                return a + b, b + a
            case ("spider", ob, m, n):
                w = self.wire(ob)
                return [w] * m, [w] * n
            case ("cap", ob):
                return [], [self.wire(ob)] * 2
            case ("cup", ob):
                return [self.wire(ob)] * 2, []
            case ("trace", inner):
                a, b = self.run(inner)
                self.merge(a[0], b[0])
                return a[1:], b[1:]
            case ("body", inner):
                return self.run(inner)
            case ("id", wires):
                a = [self.wire(t) for t in wires]
                return a, a
        a, b = [self.wire(t) for t in term[2]], [self.wire(t) for t in term[3]]
        self.boxes.append((f"{term[1]}{len(a)}{len(b)}", a, b))
        return a, b


def naive(term: Term, backwards: bool = False) -> Diagram:
    """The diagram with the wires merged naively, its boxes in any order."""
    glue = Naive()
    ins, outs = glue.run(term)
    b = Builder(FREE)
    roots = [w for w in range(len(glue.up)) if glue.find(w) == w]
    to = {w: b.wire(glue.types[w]) for w in roots}
    for name, dom, cod in glue.boxes[:: -1 if backwards else 1]:
        op = generator(name, tuple(glue.types[w] for w in dom), tuple(glue.types[w] for w in cod))
        reads, writes = (tuple(to[glue.find(w)] for w in side) for side in (dom, cod))
        b.attach(Box(op, reads, writes))
    return b.build([to[glue.find(w)] for w in outs], inputs=[to[glue.find(w)] for w in ins])
