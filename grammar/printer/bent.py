"""Layout where strands may swap: each wire is one strand from its first end to its last; further ends fork
or join it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from diagram.types import Type
from diagram.value import Diagram
from grammar.printer.strings import Layout, closed_loops, ends_of, head_of, turned
from grammar.printer.words import cannot, type_text

if TYPE_CHECKING:
    from grammar.printer.file import File


class _Bent(Layout):
    def __init__(self, file: File, d: Diagram) -> None:
        super().__init__(file, d)
        self.left: Counter[int] = Counter(d.inputs)
        for box in d.boxes:
            self.left.update((*box.dom, *box.cod))
        self.left.update(d.outputs)
        self.spiders = d.category.has("spider")

    def alive(self, w: int) -> int:
        """The place of the strand of a wire, or -1."""
        return next((k for k, (v, _) in enumerate(self.row) if v == w), -1)

    def release(self, count: int) -> None:
        """The last `count` strands are new: each joins the strand of its wire, or becomes it."""
        first = len(self.row) - count
        new = self.row[first:]
        self.row[first:] = [(-2 - k, type_) for k, (_, type_) in enumerate(new)]
        for k, (w, type_) in enumerate(new):
            self._settle(w, -2 - k, type_)

    def _settle(self, w: int, mark: int, type_: Type) -> None:
        at = next(k for k, (v, _) in enumerate(self.row) if v == mark)
        self.left[w] -= 1
        other = self.alive(w)
        if other < 0:
            self.row[at] = (w, type_)
            if not self.left[w]:
                self.layer(at, 1, self.spider(type_, 1, 0), [])
            return
        self.join(w, other, at)

    def join(self, w: int, other: int, at: int) -> None:
        """Two strands of one wire meet."""
        a, b = self.row[other][1], self.row[at][1]
        if self.left[w] or not (self.bends(a, b) or self.bends(b, a)) or (a == b and self.spiders):
            if not self.spiders or a != b:
                raise cannot(f"a wire of type {type_text(a)} with so many ends")
            self.move(at, other + 1)
            self.layer(
                other, 2, self.spider(a, 2, 1 if self.left[w] else 0), [(w, a)] if self.left[w] else []
            )
            return
        if self.bends(a, b):
            self.move(at, other + 1)
            self.layer(other, 2, self.cup(a, b), [])
        else:
            self.move(at, other)
            self.layer(other, 2, self.cup(b, a), [])

    def acquire(self, w: int, type_: Type, to: int) -> None:
        """A strand of a wire, at place `to` of the row; it is marked as taken."""
        self.left[w] -= 1
        at = self.alive(w)
        if at >= 0 and self.left[w]:
            self.layer(at, 1, self.spider(type_, 1, 2), [(w, type_), (-1, type_)])
            self.move(at + 1, to)
            return
        if at >= 0:
            self.row[at] = (-1, self.row[at][1])
            self.move(at, to - (at < to))
            return
        if not self.left[w]:
            self.layer(to, 0, self.spider(type_, 0, 1), [(-1, type_)])
            return
        first = to - sum(v == -1 for v, _ in self.row)
        back = type_ if self.spiders else turned(type_, 1, self.d, self.dual)
        text = f"cap[{type_text(back)}, {type_text(type_)}]"
        self.layer(first, 0, self.spider(type_, 0, 2) if self.spiders else text, [(w, back), (-1, type_)])
        self.move(first + 1, to + 1)

    def spider(self, type_: Type, n: int, m: int) -> str:
        """`spider[A, n, m]`, or what the category has of it."""
        if self.spiders:
            return f"spider[{type_text(type_)}, {n}, {m}]"
        if self.d.category.has("copy") and n == 1 and m in (0, 2):
            return f"{'copy' if m else 'discard'}[{type_text(type_)}]"
        raise cannot(
            f"a wire of type {type_text(type_)} with so many ends", "declare the category hypergraph"
        )


def bent(file: File, d: Diagram) -> Layout:
    """The layers of a diagram with bent wires. Raises `DiagramError` E0407."""
    layout = _Bent(file, d)
    layout.row = [(w, t) for w, t in zip(d.inputs, d.dom, strict=False)]
    layout.release(len(d.dom))
    for box in d.boxes:
        for w, type_ in zip(box.dom, ends_of(d, box, "dom"), strict=True):
            layout.acquire(w, type_, len(layout.row))
        taken = len(box.dom)
        cod = list(zip(box.cod, ends_of(d, box, "cod"), strict=True))
        layout.layer(len(layout.row) - taken, taken, head_of(file, d, box), cod)
        layout.release(len(cod))
    for w, type_ in zip(d.outputs, d.cod, strict=True):
        layout.acquire(w, type_, len(layout.row))
    _loops(layout)
    return layout


def _loops(layout: _Bent) -> None:
    """Closed loops: wires without any end."""
    d = layout.d
    for w in closed_loops(d):
        type_ = d.wires[w]
        if layout.spiders:
            layout.layer(len(layout.row), 0, layout.spider(type_, 0, 0), [])
            continue
        back = turned(type_, 1, d, layout.dual)
        at = len(layout.row)
        layout.layer(at, 0, f"cap[{type_text(back)}, {type_text(type_)}]", [(-1, back), (-1, type_)])
        layout.move(at + 1, at)
        layout.layer(at, 2, layout.cup(type_, back), [])
