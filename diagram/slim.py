"""A smaller residual for the same map: arrays that cheap boxes make from others are made again on the way
back, where that keeps fewer bytes.

Cheap are boxes that work entry by entry, move entries, or make constants; sums, products of matrices, loops
and calls are never run again.
"""

from __future__ import annotations

from collections.abc import Iterable

from diagram.cost import BYTES
from diagram.inlining import anew, inline
from diagram.op import Kind
from diagram.optic import Optic, Tied
from diagram.sharing import prune
from diagram.sizes import ZERO, Size
from diagram.types import Tensor, Type
from diagram.value import Box, Diagram, make

GUESS = 64
"""What a size counts that is not known."""


def slim(optic: Optic) -> Optic:
    """The optic of the same map with a residual that takes no more bytes."""
    whole = prune(inline(optic.forward, anew, shared=True))
    chosen = _Choice(whole, len(optic.cod)).run()
    left = tuple(whole.wires[w] for w in chosen)
    flat = whole.flat._replace(outputs=whole.outputs[: len(optic.cod)] + chosen)
    d = optic.forward
    forward = make(flat, d.dom, optic.cod + left, d.category, d.name, d.doc)
    return Optic(prune(forward), _backward(optic, whole, chosen), len(chosen))


def own_wires(optic: Optic) -> list[int]:
    """The wires of the residual that the forward pass makes: inputs and learned arrays are there anyway."""
    d = optic.forward
    return [w for w in dict.fromkeys(d.outputs[len(optic.cod) :]) if w not in set(d.inputs)]


def bytes_kept(optic: Optic) -> Size:
    """The bytes of these, R of eight."""
    return sum((_bytes(optic.forward.wires[w]) for w in own_wires(optic)), ZERO)


def _bytes(type_: Type) -> Size:
    if not isinstance(type_, Tensor):
        return ZERO
    item = {"R": 8, "C": 16, "nat": 8}.get(type_.dtype.name) or BYTES[type_.dtype.name]
    return type_.entries * item


def size_of(type_: Type) -> int:
    """About how many bytes an array takes."""
    found = _bytes(type_)
    return found.evaluate(dict.fromkeys(found.symbols, GUESS))


def is_cheap(box: Box) -> bool:
    """Whether a box may run again."""
    if box.op.kind is Kind.CONTRACT:
        return box.spec is not None and len(box.dom) == 1 and not box.spec.summed
    return box.op.kind in (Kind.POINTWISE, Kind.SOURCE)


class _Choice:
    """Which wires are kept: those that the way back reads, then fewer."""

    def __init__(self, d: Diagram, results: int) -> None:
        self.d = d
        self.given = set(d.inputs)
        self.maker = {w: box for box in d.boxes for w in box.cod if is_cheap(box)}
        self.wanted = tuple(dict.fromkeys(d.outputs[results:]))

    def run(self) -> tuple[int, ...]:
        kept = {w for w in self.wanted if w not in self.given}
        better = True
        while better:
            better = False
            for w in sorted(kept, key=lambda w: (-size_of(self.d.wires[w]), w)):
                for more in self._instead(w, kept):
                    gone = self._made(kept | more, more)
                    if self._bytes(gone) > self._bytes(more - gone):
                        kept = (kept | more) - gone
                        better = True
                        break
                if better:
                    break
        return (*sorted(self._read(kept)), *sorted(kept))

    def _instead(self, w: int, kept: set[int]) -> Iterable[set[int]]:
        """What could be kept in the place of a wire: what makes it, and what makes that."""
        front, more = {w}, set[int]()
        while front and all(v in self.maker for v in front):
            more = {v for f in front for v in self.maker[f].dom} - self.given - kept
            yield more
            front = more

    def _made(self, kept: set[int], new: set[int]) -> set[int]:
        """The wires that cheap boxes make from the other ones, later ones first."""
        gone: set[int] = set()
        for w in sorted(kept - new, reverse=True):
            if self._follows(w, kept - gone - {w}):
                gone.add(w)
        return gone

    def _follows(self, w: int, kept: set[int]) -> bool:
        todo = [w]
        seen: set[int] = set()
        while todo:
            v = todo.pop()
            if v in kept or v in self.given or v in seen:
                continue
            if v not in self.maker:
                return False
            seen.add(v)
            todo += self.maker[v].dom
        return True

    def _bytes(self, wires: Iterable[int]) -> int:
        return sum(size_of(self.d.wires[w]) for w in wires)

    def _read(self, kept: set[int]) -> set[int]:
        """The inputs that the way back reads, itself or to make wires again."""
        found: set[int] = set()
        todo, seen = list(self.wanted), set[int]()
        while todo:
            w = todo.pop()
            if w in self.given:
                found.add(w)
            elif w not in kept and w not in seen:
                seen.add(w)
                todo += self.maker[w].dom
        return found


def _backward(optic: Optic, whole: Diagram, chosen: tuple[int, ...]) -> Diagram:
    """The way back, which first makes what is not kept."""
    b = Tied(optic.category)
    to = {w: b.builder.input(whole.wires[w], whole.names[w].replace(".", "_")) for w in chosen}
    names = optic.backward.input_names[optic.residual :]
    seeds = [b.builder.input(t, k) for t, k in zip(optic.demand, names, strict=True)]
    need = set(whole.outputs[len(optic.cod) :]) - to.keys()
    again = []
    for box in reversed(whole.boxes):
        if not need.isdisjoint(box.cod):
            again.append(box)
            need.update(w for w in box.dom if w not in to)
    for box in reversed(again):
        types = [whole.wires[w] for w in box.cod]
        made = b.builder.box(
            box.op, [to[w] for w in box.dom], types, box.spec, box.args, box.bodies, box.mark
        )
        to.update(zip(box.cod, made, strict=True))
    left = [to[w] for w in whole.outputs[len(optic.cod) :]]
    return b.builder.build(b.insert(optic.backward, [*left, *seeds]), optic.backward.name)
