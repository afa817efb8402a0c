"""Diagrams as layers of DisCoPy: without crossings, or with swaps, copies, cups and caps as needed."""

from __future__ import annotations

from collections import Counter
from typing import Any

from diagram.planar import Crossing, layers
from diagram.turning import DAGGER
from diagram.types import Ob, Type, Wires
from diagram.value import Box, Diagram, Flat

Foreign = Any
"""A value of DisCoPy: the library has no types."""
Leg = tuple[int, Foreign]
"""A wire with the type, in the library, of its end."""


def ty(library: Foreign, types: Wires) -> Foreign:
    """The type in the library. Raises `ValueError` for what is no object."""
    found = library.Ty()
    for type_ in types:
        if not isinstance(type_, Ob):
            raise ValueError(f"discopy has objects only, not {type_}")
        one = library.Ty(type_.name + "'" * type_.prime)
        for _ in range(abs(type_.adjoint)):
            one = one.r if type_.adjoint > 0 else one.l
        found = found @ one
    return found


def ports(box: Box, wires: tuple[Type, ...]) -> tuple[Wires, Wires]:
    """The types that a box takes and gives: declared, else those of its wires."""
    return box.op.dom or tuple([wires[w] for w in box.dom]), box.op.cod or tuple([wires[w] for w in box.cod])


def turned(library: Foreign, name: str, dom: Foreign, cod: Foreign) -> Foreign:
    """The box of this name: one that ends in `.dagger`, `.r` or `.l` is another one turned."""
    if name.endswith(DAGGER):
        return turned(library, name.removesuffix(DAGGER), cod, dom).dagger()
    if name.endswith(".r") and hasattr(dom, "l"):
        return turned(library, name[:-2], cod.l, dom.l).r
    if name.endswith(".l") and hasattr(dom, "r"):
        return turned(library, name[:-2], cod.r, dom.r).l
    return library.Box(name, dom, cod)


def planar(d: Diagram, library: Foreign) -> Foreign:
    """A diagram without crossings, one layer for each box, cup and cap."""
    made = library.Id(ty(library, d.dom))
    now = d.dom
    try:
        found = layers(d)
    except Crossing:
        raise ValueError("wires of this diagram cross: use category='symmetric' or above") from None
    for box, dom, cod, at in found:
        if box is not None:
            layer = turned(library, box.op.name, ty(library, dom), ty(library, cod))
        elif not hasattr(library, "Cup"):
            raise ValueError("wires of this diagram bend: use category='rigid' or above")
        else:
            kind = library.Cup if dom else library.Cap
            layer = kind(*(ty(library, (t,)) for t in dom or cod))
        end = at + len(dom)
        made = made >> ty(library, now[:at]) @ layer @ ty(library, now[end:])
        now = (*now[:at], *cod, *now[end:])
    return made


class Crossed:
    """A diagram of `markov` or `compact` in the making: `scan` are the wires beside each other so far."""

    def __init__(self, library: Foreign, d: Diagram, flat: Flat) -> None:
        if flat.params:
            raise ValueError("discopy has no learned arrays: open the diagram first")
        self.library = library
        self.flat = flat
        self.made = library.Id(ty(library, d.dom))
        self.inputs = self._legs(flat.inputs, d.dom)
        self.outputs = self._legs(flat.outputs, d.cod)
        self.scan: list[Leg] = []
        self.takes: dict[int, int] | None = None

    def run(self) -> Foreign:
        """Box by box in the stored order; a wire that bends or comes from a later box is a cap and a cup."""
        todo = []
        for box in self.flat.boxes:
            dom, cod = ports(box, self.flat.wires)
            todo.append((self._legs(box.dom, dom), self._legs(box.cod, cod)))
        ends = Counter(w for takes, _ in todo for w, _ in takes) + Counter(w for w, _ in self.outputs)
        if hasattr(self.library, "Copy"):
            self.takes = dict(ends)
        every = ends + Counter(w for _, gives in todo for w, _ in gives) + Counter(w for w, _ in self.inputs)
        if self.takes is None and any(count != 2 for count in every.values()):
            raise ValueError("wires of this diagram meet or end: use category='frobenius'")
        self._enter(self.inputs, 0)
        for box, (takes, gives) in zip(self.flat.boxes, todo, strict=True):
            at = self._gather(takes)
            dom, cod = (ty(self.library, types) for types in ports(box, self.flat.wires))
            self._layer(turned(self.library, box.op.name, dom, cod), at, takes, [])
            self._enter(gives, at)
        self._gather(self.outputs)
        for w, type_ in enumerate(self.flat.wires):
            if not every[w]:
                one = ty(self.library, (type_,))
                self._layer(self._bend("Cap", one, one.l), 0, [], [(w, one), (w, one.l)])
                self._layer(self._bend("Cup", one, one.l), 0, self.scan[:2], [])
        if self.scan != self.outputs:
            raise ValueError("wires of this diagram meet or end: use category='frobenius'")
        return self.made

    def _legs(self, wires: tuple[int, ...], types: Wires) -> list[Leg]:
        return [(w, ty(self.library, (t,))) for w, t in zip(wires, types, strict=False)]

    def _bend(self, name: str, left: Foreign, right: Foreign) -> Foreign:
        if not hasattr(self.library, name):
            raise ValueError(f"wires of this diagram bend: {self.library.__name__} has no {name.lower()}s")
        return getattr(self.library, name)(left, right)

    def _layer(self, layer: Foreign, at: int, takes: list[Leg], gives: list[Leg]) -> None:
        cod, end = self.made.cod, at + len(takes)
        self.made = self.made >> cod[:at] @ layer @ cod[end:]
        self.scan[at:end] = gives

    def _move(self, start: int, to: int) -> None:
        """A wire past its neighbours to another place."""
        low, high = min(start, to), max(start, to)
        if low == high:
            return
        cod, moved = self.made.cod, self.scan.pop(start)
        self.scan.insert(to, moved)
        cut = high if to < start else low + 1
        one, rest = cod[low:cut], cod[cut : high + 1]
        self.made = self.made >> cod[:low] @ type(self.made).swap(one, rest) @ cod[high + 1 :]

    def _gather(self, legs: list[Leg]) -> int:
        """Bring legs side by side in their order; those that are not there yet come with a cap."""
        for w, type_ in legs:
            if (w, type_) not in self.scan:
                self._layer(self._bend("Cap", type_, type_.l), len(self.scan), [], [(w, type_), (w, type_.l)])
        if not legs:
            return len(self.scan)
        first = 0 if legs is self.outputs else self.scan.index(legs[0])
        for k, leg in enumerate(legs):
            at = self.scan.index(leg, first + k) if leg in self.scan[first + k :] else self.scan.index(leg)
            if at < first + k:
                first -= 1
            self._move(at, first + k)
        return first

    def _enter(self, gives: list[Leg], at: int) -> None:
        """New wires: copied as often as they are taken, or bent to the end that waits for them."""
        self.scan[at:at] = gives
        for leg in gives:
            w, type_ = leg
            waiting = [k for k, (v, _) in enumerate(self.scan) if v == w]
            if len(waiting) > 1:
                self._move(waiting[1], waiting[0] + 1)
                pair = self.scan[waiting[0] : waiting[0] + 2]
                self._layer(self._bend("Cup", *(t for _, t in pair)), waiting[0], pair, [])
            elif self.takes is not None and (count := self.takes.get(w, 0)) != 1:
                k = self.scan.index(leg)
                copy = self.library.Copy(type_, count) if count else self.library.Discard(type_)
                self._layer(copy, k, [leg], [leg] * count)
