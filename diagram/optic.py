"""Optics: a forward diagram `A -> B @ M` that leaves a residual, and a backward one `M @ B' -> A'` that takes
it up.

`>>` and `@` compose, and what is left composes side by side; two optics are equal up to sliding along M,
which is equality of their closed forms `A @ B' -> B @ A'`. Not here: lenses, which keep nothing but their
input (`diagram.lens`), maps between optics (`diagram.cells`), both as text (`grammar.elab.lenses`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from diagram.builder import Builder
from diagram.errors import Diagnostic, DiagramError
from diagram.hypergraph import identity
from diagram.levels import Category
from diagram.types import Wires, wires_text
from diagram.value import Diagram, Param, make


@dataclass(frozen=True, slots=True, eq=False)
class Optic:
    """`forward : A -> B @ M`, `backward : M @ B' -> A'`; `residual` is the number of wires of M."""

    forward: Diagram
    backward: Diagram
    residual: int

    def render(self, path: str | None = None, **options: Any) -> str:
        """Draw the forward pass above and the backward pass below it; see `Diagram.render`."""
        from diagram import _compilers

        return _compilers.render(self, path, **options)

    @property
    def dom(self) -> Wires:
        """A."""
        return self.forward.dom

    @property
    def back(self) -> Wires:
        """A': what comes back at the left end."""
        return self.backward.cod

    @property
    def cod(self) -> Wires:
        """B."""
        return self.forward.cod[: len(self.forward.cod) - self.residual]

    @property
    def demand(self) -> Wires:
        """B': what the backward pass takes at the right end."""
        return self.backward.dom[self.residual :]

    @property
    def left(self) -> Wires:
        """M, the residual."""
        return self.backward.dom[: self.residual]

    @property
    def category(self) -> Category:
        """Where both passes live."""
        return self.forward.category

    @property
    def type_text(self) -> str:
        """`A | A' -> B | B'`."""
        sides = [wires_text(w) for w in (self.dom, self.back, self.cod, self.demand)]
        return f"{sides[0]} | {sides[1]} -> {sides[2]} | {sides[3]}"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Optic):
            return NotImplemented
        ends = (self.dom, self.back, self.cod, self.demand)
        return ends == (other.dom, other.back, other.cod, other.demand) and self.closed() == other.closed()

    def __hash__(self) -> int:
        return hash((self.dom, self.back, self.cod, self.demand))

    def __repr__(self) -> str:
        return f"optic : {self.type_text}"

    def __rshift__(self, other: Optic) -> Optic:
        """One after the other; the residual is that of `self`, then that of `other`. Raises `DiagramError`
        E0402."""
        fits(self, other)
        n, m, renamed = len(self.cod), len(other.cod), apart(self, other)
        f = Tied(self.category)
        first = f.insert(self.forward, f.inputs(self.forward, self.dom))
        second = f.insert(other.forward, first[:n], renamed)
        forward = f.builder.build((*second[:m], *first[n:], *second[m:]))
        g = Tied(self.category)
        left, right = [g.builder.input(t) for t in self.left], [g.builder.input(t) for t in other.left]
        names = other.forward.output_names
        seeds = [g.builder.input(t, f"d_{k}") for t, k in zip(other.demand, names, strict=False)]
        between = g.insert(other.backward, [*right, *seeds], renamed)
        backward = g.builder.build(g.insert(self.backward, [*left, *between]))
        return Optic(forward, backward, self.residual + other.residual)

    def __matmul__(self, other: Optic) -> Optic:
        """Side by side; the residual is that of `self`, then that of `other`."""
        n, m, renamed = len(self.cod), len(other.cod), apart(self, other)
        f = Tied(self.category)
        ins = [f.builder.input(t) for t in self.dom], [f.builder.input(t) for t in other.dom]
        one, two = f.insert(self.forward, ins[0]), f.insert(other.forward, ins[1], renamed)
        forward = f.builder.build((*one[:n], *two[:m], *one[n:], *two[m:]))
        g = Tied(self.category)
        left, right = [g.builder.input(t) for t in self.left], [g.builder.input(t) for t in other.left]
        mine, yours = ([g.builder.input(t) for t in o.demand] for o in (self, other))
        first = g.insert(self.backward, [*left, *mine])
        backward = g.builder.build((*first, *g.insert(other.backward, [*right, *yours], renamed)))
        return Optic(forward, backward, self.residual + other.residual)

    def closed(self) -> Diagram:
        """`A @ B' -> B @ A'`: both passes, joined along the residual."""
        b = Tied(self.category)
        ins = b.inputs(self.forward, self.dom)
        names = self.backward.input_names[self.residual :]
        seeds = [b.builder.input(t, k) for t, k in zip(self.demand, names, strict=True)]
        outs = b.insert(self.forward, ins)
        n = len(self.cod)
        return b.builder.build((*outs[:n], *b.insert(self.backward, [*outs[n:], *seeds])))

    def get(self) -> Diagram:
        """`A -> B`: the forward pass, its residual discarded."""
        n = len(self.cod)
        return results(self.forward, 0, n)

    def put(self) -> Diagram:
        """`A @ B' -> A'`: what comes back for what went in."""
        whole = self.closed()
        return results(whole, len(self.cod), len(whole.cod))


def results(d: Diagram, start: int, stop: int) -> Diagram:
    """The diagram with some of its results."""
    flat = d.flat._replace(outputs=d.outputs[start:stop])
    return make(flat, d.dom, d.cod[start:stop], d.category, d.name, d.doc)


class Tied:
    """A builder in which learned arrays of one path are one: both passes of an optic read the same."""

    __slots__ = ("builder", "learned")

    def __init__(self, category: Category) -> None:
        self.builder = Builder(category)
        self.learned: dict[str, int] = {}

    def inputs(self, d: Diagram, types: Wires) -> list[int]:
        """Inputs of these types, called as in `d`."""
        return [self.builder.input(t, k) for t, k in zip(types, d.input_names, strict=False)]

    def insert(
        self, d: Diagram, wires: Sequence[int], renamed: Mapping[str, Param] | None = None
    ) -> tuple[int, ...]:
        """The boxes of `d` on these wires; its learned arrays under their new paths."""
        learned = []
        for param, w in zip(d.params, d.param_wires, strict=True):
            mine = (renamed or {}).get(param.path, param)
            if mine.path not in self.learned:
                self.learned[mine.path] = self.builder.param(d.wires[w], mine)
            learned.append(self.learned[mine.path])
        return self.builder.insert(d, wires, learned)


def apart(left: Optic, right: Optic) -> dict[str, Param]:
    """What the learned arrays of `right` are called beside those of `left`."""
    taken = {p.path for p in (*left.forward.params, *left.backward.params)}
    found: dict[str, Param] = {}
    for p in (*right.forward.params, *right.backward.params):
        path, k = p.path, 0
        while p.path not in found and path in taken:
            k += 1
            path = f"{p.path}_{k}"
        taken.add(path)
        found.setdefault(p.path, replace(p, path=path))
    return found


def fits(left: Optic, right: Optic) -> None:
    """Raises `DiagramError` E0402 unless `left >> right` has a meaning."""
    if left.cod != right.dom or left.demand != right.back:
        raise DiagramError(
            Diagnostic(
                "E0402",
                "the passes of these optics do not fit",
                notes=(f"left gives   {wires_text(left.cod)} | {wires_text(left.demand)}",
                       f"right takes  {wires_text(right.dom)} | {wires_text(right.back)}"),
            )
        )  # fmt: skip


def same(there: Wires, back: Wires, category: Category) -> Optic:
    """The identity on a bidirectional type `A | A'`."""
    return Optic(identity(there, category), identity(back, category), 0)


def rev(d: Diagram) -> Optic:
    """`Rev[d] : A | A' -> B | B'`, the reverse derivative as an optic; learned arrays stay hidden inputs
    of the forward pass. The residual is what the backward pass needs, each wire once. Raises
    `DiagramError` E0406."""
    from diagram.applying import applied
    from diagram.derivative.activity import is_smooth
    from diagram.derivative.bodies import Optics, distinct, zeros

    d = applied(d)
    smooth = [is_smooth(t) for t in d.dom]
    wanted = tuple(smooth + [False] * len(d.params))
    made = Optics().of(d, wanted, tuple(is_smooth(t) for t in d.cod))
    fwd, n = made.fwd, len(d.cod)
    wires = fwd.flat
    kept = tuple(wires.inputs[k] if kind == "in" else wires.outputs[k] for kind, k in made.reads)
    left = tuple(wires.wires[w] for w in kept)
    forward = make(
        wires._replace(outputs=wires.outputs[:n] + kept), d.dom, d.cod + left, d.category, d.name, d.doc
    )
    b = Builder(d.category)
    ins = [b.input(t, k) for t, k in zip(made.bwd.dom, made.bwd.input_names, strict=True)]
    found = dict(zip(made.present, b.insert(made.bwd, ins), strict=True))
    results = [found[k] if k in found else zeros(b, t) for k, t in enumerate(d.dom) if smooth[k]]
    names = distinct([f"d_{k}" for k, yes in zip(d.input_names, smooth, strict=True) if yes])
    return Optic(forward, b.build(results, results=names), len(kept))
