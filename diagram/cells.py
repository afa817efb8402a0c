"""2-cells: maps between the residuals of two optics that denote one map.

A cell from `(f : A -> B @ M, b)` to `(g : A -> B @ N, c)` is `along : M -> N` with `f >> (B @ along) == g`
and `b == (along @ B') >> c`: what is kept changes, the map does not. Cells compose one after the other, and
beside and after each other with the optics (whiskering: with the identity cell of an optic).
"""

from __future__ import annotations

from dataclasses import dataclass

from diagram.hypergraph import identity
from diagram.lens import recompute, store
from diagram.optic import Optic, Tied, apart
from diagram.sharing import prune
from diagram.types import Wires
from diagram.value import Diagram, make


@dataclass(frozen=True, slots=True)
class Cell:
    """`along`, the residual of `source` as that of `target`."""

    source: Optic
    target: Optic
    along: Diagram

    def holds(self) -> bool:
        """Whether both equations do."""
        s, t = self.source, self.target
        if (self.along.dom, self.along.cod) != (s.left, t.left) or s.type_text != t.type_text:
            return False
        n = len(s.cod)
        f = Tied(s.category)
        outs = f.insert(s.forward, f.inputs(s.forward, s.dom))
        there = f.builder.build((*outs[:n], *f.insert(self.along, outs[n:])))
        g = Tied(s.category)
        left = [g.builder.input(w) for w in s.left]
        seeds = [g.builder.input(w) for w in s.demand]
        back = g.builder.build(g.insert(t.backward, [*g.insert(self.along, left), *seeds]))
        return there == t.forward and back == s.backward

    def then(self, other: Cell) -> Cell:
        """One after the other."""
        return Cell(self.source, other.target, _joined(self.along, other.along))

    def __rshift__(self, other: Cell) -> Cell:
        """Along the composition of optics: the maps side by side."""
        both = Optic.__rshift__(self.source, other.source), Optic.__rshift__(self.target, other.target)
        return Cell(*both, self._beside(other))

    def __matmul__(self, other: Cell) -> Cell:
        """Side by side."""
        both = Optic.__matmul__(self.source, other.source), Optic.__matmul__(self.target, other.target)
        return Cell(*both, self._beside(other))

    def _beside(self, other: Cell) -> Diagram:
        """Both maps, the learned arrays called as in the composite optics."""
        b, one, two = Tied(self.source.category), self.along, other.along
        ins = b.inputs(one, one.dom), [b.builder.input(t) for t in two.dom]
        first = b.insert(one, ins[0])
        return b.builder.build((*first, *b.insert(two, ins[1], apart(self.target, other.target))))


def unmoved(optic: Optic) -> Cell:
    """The identity cell."""
    return Cell(optic, optic, identity(optic.left, optic.category))


def recomputed(optic: Optic) -> Cell:
    """From the lens of an optic, which keeps its input, to the optic: along the part of the forward pass that
    makes the residual."""
    return Cell(recompute(optic), optic, _left(optic))


def stored(optic: Optic) -> Cell:
    """From the lens of an optic to the optic that computes everything once."""
    return Cell(recompute(optic), whole := store(optic), _left(whole))


def comparison(first: Optic, second: Optic) -> Cell:
    """From the lens of a composite to the composite of the lenses, `A -> A @ B`: forgetting what is kept in
    the middle is an oplax functor from optics to lenses, and these are its comparison maps."""
    one, two = recompute(first), recompute(second)
    both = Optic.__rshift__(one, two)
    return Cell(recompute(both), both, _left(both))


def moved(forward: Diagram, along: Diagram, backward: Diagram) -> Cell:
    """The two optics of `forward : A -> B @ M`, `along : M -> N`, `backward : N @ B' -> A'`: the map is done
    on the way back, or on the way there."""
    m, n = len(along.dom), len(along.cod)
    demand: Wires = backward.dom[n:]
    f = Tied(forward.category)
    outs = f.insert(forward, f.inputs(forward, forward.dom))
    k = len(outs) - m
    there = f.builder.build((*outs[:k], *f.insert(along, outs[k:])))
    g = Tied(forward.category)
    ins = [g.builder.input(t) for t in (*along.dom, *demand)]
    back = g.builder.build(g.insert(backward, [*g.insert(along, ins[:m]), *ins[m:]]))
    return Cell(Optic(forward, back, m), Optic(there, backward, n), along)


def _left(optic: Optic) -> Diagram:
    """`A -> M`: what the forward pass leaves."""
    d, n = optic.forward, len(optic.cod)
    flat = d.flat._replace(outputs=d.outputs[n:])
    return prune(make(flat, d.dom, d.cod[n:], d.category, f"residual_{d.name}" if d.name else ""))


def _joined(first: Diagram, second: Diagram) -> Diagram:
    b = Tied(first.category)
    return b.builder.build(b.insert(second, b.insert(first, b.inputs(first, first.dom))))


__all__ = ["Cell", "comparison", "moved", "recomputed", "stored", "unmoved"]
