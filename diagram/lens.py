"""Lenses: optics that keep nothing between the passes but their input.

So `put` of a composite needs the value in the middle, and has `get` computed again. How often is decided by
the brackets: of n in a row `get` runs 2 n - 1 times as `a >> (b >> (c >> ...))`, n + n (n - 1) / 2 times as
`((a >> b) >> c) >> ...`, and n + n/2 log2 n times in halves; as optics n times. All are one map: diagrams are
equal up to `again`, which says that a value is computed anew.
"""

from __future__ import annotations

from dataclasses import dataclass

from diagram.again import again, kept, turn
from diagram.op import Kind
from diagram.optic import Optic, Tied, apart, fits
from diagram.sharing import compact, prune, share
from diagram.value import Diagram, make


@dataclass(frozen=True, slots=True, eq=False)
class Lens(Optic):
    """An optic whose residual is its input: `forward` is `get` beside a copy, `backward` is `put`.

    Lenses compose to lenses; with an optic that is none they compose as optics, and keep their input.
    """

    def __repr__(self) -> str:
        return f"lens : {self.type_text}"

    def __rshift__(self, other: Optic) -> Optic:
        """One after the other; `put` of a composite of lenses computes `get` of the first again. Raises
        `DiagramError` E0402."""
        if not isinstance(other, Lens):
            return Optic.__rshift__(self, other)
        fits(self, other)
        renamed = apart(self, other)
        f = Tied(self.category)
        middle = f.insert(self.get(), f.inputs(self.forward, self.dom))
        get = f.builder.build(f.insert(other.get(), middle, renamed))
        g = Tied(self.category)
        ins = g.inputs(self.forward, self.dom)
        names = other.backward.input_names[other.residual :]
        seeds = [g.builder.input(t, k) for t, k in zip(other.demand, names, strict=True)]
        number = max(map(turn, (self.forward, self.backward, other.backward)))
        middle = g.insert(self.get(), again(g.builder, ins, number))
        between = g.insert(other.backward, [*middle, *seeds], renamed)
        return lens(get, g.builder.build(g.insert(self.backward, [*ins, *between])))

    def __matmul__(self, other: Optic) -> Optic:
        """Side by side."""
        both = Optic.__matmul__(self, other)
        if not isinstance(other, Lens):
            return both
        n, m = len(self.dom), len(other.dom)
        b = Tied(self.category)
        ins = [b.builder.input(t) for t in (*self.dom, *other.dom)]
        seeds = [b.builder.input(t) for t in (*self.demand, *other.demand)]
        return lens(both.get(), b.builder.build(b.insert(both.backward, [*ins[:n], *ins[n : n + m], *seeds])))

    def closed(self) -> Diagram:
        """`A @ B' -> B @ A'`: `get`, and `put` by itself."""
        b = Tied(self.category)
        ins = b.inputs(self.forward, self.dom)
        names = self.backward.input_names[self.residual :]
        seeds = [b.builder.input(t, k) for t, k in zip(self.demand, names, strict=True)]
        outs = b.insert(self.get(), ins)
        anew = again(b.builder, ins, turn(self.backward))
        return b.builder.build((*outs, *b.insert(self.backward, [*anew, *seeds])))

    def put(self) -> Diagram:
        """`A @ B' -> A'`."""
        return self.backward


def lens(get: Diagram, put: Diagram) -> Lens:
    """The lens of `get : A -> B` and `put : A @ B' -> A'`."""
    flat, n = get.flat, len(get.dom)
    legs = flat.inputs[:n]
    both = flat._replace(outputs=flat.outputs + legs)
    return Lens(make(both, get.dom, get.cod + get.dom, get.category, get.name), put, n)


def recompute(optic: Optic) -> Lens:
    """The lens of the same map: what its residual held is computed again from the input."""
    if isinstance(optic, Lens):
        return optic
    return lens(prune(optic.get()), prune(optic.put()))


def store(optic: Optic) -> Optic:
    """The optic of the same map that computes everything once: its residual is what the way back reads of
    the way there, each wire once."""
    d = prune(share(kept(optic.closed())))
    n, seeds = len(optic.cod), d.inputs[len(optic.dom) : len(d.dom)]
    after, sources = set(seeds), set[int]()
    back = []
    for box in d.boxes:
        if not after.isdisjoint(box.dom):
            after.update(box.cod)
            back.append(box)
        elif box.op.kind is Kind.SOURCE:  # made again, not kept
            sources.update(box.cod)
            back.append(box)
    read = [w for box in back for w in box.dom] + list(d.outputs[n:])
    left = tuple(dict.fromkeys(w for w in read if w not in after and w not in sources))
    types = tuple(d.wires[w] for w in left)
    flat = d.flat._replace(
        boxes=tuple(box for box in d.boxes if after.isdisjoint(box.dom)),
        inputs=(*d.inputs[: len(optic.dom)], *d.param_wires),
        outputs=(*d.outputs[:n], *left),
    )
    forward = make(flat, optic.dom, optic.cod + types, d.category, optic.forward.name)
    flat = d.flat._replace(boxes=tuple(back), inputs=(*left, *seeds), outputs=d.outputs[n:], params=())
    backward = make(flat, types + optic.demand, optic.back, d.category, optic.backward.name)
    return Optic(compact(forward), compact(backward), len(left))


__all__ = ["Lens", "lens", "recompute", "store"]
