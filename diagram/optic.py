"""Optics: a forward diagram `A -> B @ M` that leaves a residual, and a backward one `M @ B' -> A'` that takes
it up.

A lens is the optic whose residual is its input. `>>` and `@` compose; two optics are equal up to sliding
along M, which is equality of their closed forms `A @ B' -> B @ A'`. Not here: lenses as text
(`grammar.elab.lenses`).
"""

from __future__ import annotations

from dataclasses import dataclass

from diagram.builder import Builder
from diagram.errors import Diagnostic, DiagramError
from diagram.hypergraph import identity
from diagram.levels import Category
from diagram.types import Wires, wires_text
from diagram.value import Diagram, make


@dataclass(frozen=True, slots=True, eq=False)
class Optic:
    """`forward : A -> B @ M`, `backward : M @ B' -> A'`; `residual` is the number of wires of M."""

    forward: Diagram
    backward: Diagram
    residual: int

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
        if self.cod != other.dom or self.demand != other.back:
            raise DiagramError(
                Diagnostic(
                    "E0402",
                    "the passes of these optics do not fit",
                    notes=(f"left gives   {wires_text(self.cod)} | {wires_text(self.demand)}",
                           f"right takes  {wires_text(other.dom)} | {wires_text(other.back)}"),
                )
            )  # fmt: skip
        n = len(self.cod)
        f = Builder(self.category)
        first = f.insert(
            self.forward, [f.input(t, k) for t, k in zip(self.dom, self.forward.input_names, strict=True)]
        )
        second = f.insert(other.forward, first[:n])
        m = len(other.cod)
        forward = f.build((*second[:m], *first[n:], *second[m:]))
        g = Builder(self.category)
        left, right = [g.input(t) for t in self.left], [g.input(t) for t in other.left]
        seeds = [g.input(t, f"d_{k}") for t, k in zip(other.demand, other.forward.output_names, strict=False)]
        between = g.insert(other.backward, [*right, *seeds])
        backward = g.build(g.insert(self.backward, [*left, *between]))
        return Optic(forward, backward, self.residual + other.residual)

    def __matmul__(self, other: Optic) -> Optic:
        """Side by side; the residual is that of `self`, then that of `other`."""
        f = Builder(self.category)
        ins = [f.input(t) for t in self.dom], [f.input(t) for t in other.dom]
        one, two = f.insert(self.forward, ins[0]), f.insert(other.forward, ins[1])
        n, m = len(self.cod), len(other.cod)
        forward = f.build((*one[:n], *two[:m], *one[n:], *two[m:]))
        g = Builder(self.category)
        left, right = [g.input(t) for t in self.left], [g.input(t) for t in other.left]
        mine, yours = [g.input(t) for t in self.demand], [g.input(t) for t in other.demand]
        backward = g.build(
            (*g.insert(self.backward, [*left, *mine]), *g.insert(other.backward, [*right, *yours]))
        )
        return Optic(forward, backward, self.residual + other.residual)

    def closed(self) -> Diagram:
        """`A @ B' -> B @ A'`: both passes, joined along the residual."""
        b = Builder(self.category)
        ins = [b.input(t, k) for t, k in zip(self.dom, self.forward.input_names, strict=True)]
        names = self.backward.input_names[self.residual :]
        seeds = [b.input(t, k) for t, k in zip(self.demand, names, strict=True)]
        outs = b.insert(self.forward, ins)
        n = len(self.cod)
        return b.build((*outs[:n], *b.insert(self.backward, [*outs[n:], *seeds])))

    def get(self) -> Diagram:
        """`A -> B`: the forward pass, its residual discarded."""
        return _first(self.forward, len(self.cod))

    def put(self) -> Diagram:
        """`A @ B' -> A'`: what comes back for what went in."""
        whole = self.closed()
        flat = whole.flat._replace(outputs=whole.outputs[len(self.cod) :])
        return make(flat, whole.dom, self.back, whole.category, whole.name)


def _first(d: Diagram, n: int) -> Diagram:
    return make(d.flat._replace(outputs=d.outputs[:n]), d.dom, d.cod[:n], d.category, d.name, d.doc)


def lens(get: Diagram, put: Diagram) -> Optic:
    """The lens of `get : A -> B` and `put : A @ B' -> A'`: an optic whose residual is A, a copy of its
    input."""
    flat = get.flat
    n = len(get.dom)
    legs = flat.inputs[:n]
    forward = make(
        flat._replace(outputs=flat.outputs + legs), get.dom, get.cod + get.dom, get.category, get.name
    )
    return Optic(forward, put, n)


def same(there: Wires, back: Wires, category: Category) -> Optic:
    """The identity on a bidirectional type `A | A'`."""
    return Optic(identity(there, category), identity(back, category), 0)


def rev(d: Diagram) -> Optic:
    """`Rev[d] : A | A' -> B | B'`, the reverse derivative as an optic; learned arrays stay hidden inputs
    of the forward pass. The residual is what the backward pass needs, each wire once. Raises
    `DiagramError` E0406."""
    from diagram.applying import applied
    from diagram.derivative.activity import is_smooth
    from diagram.derivative.bodies import Optics, zeros

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
    return Optic(forward, b.build(results), len(kept))
