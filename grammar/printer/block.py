"""One block of statements: a definition's body, or that of a loop. Wires get names and types as the text
will have them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from diagram.types import Axis, Tensor, Type
from diagram.value import Box, Diagram
from grammar.printer.indices import Read
from grammar.printer.words import Words, type_text

if TYPE_CHECKING:
    from grammar.printer.file import Definition, File

Want = tuple[Axis, ...] | None
NESTED = 70
"""Expressions up to so many characters stand inside others."""
WRITERS: dict[str, Callable[[Block, Box], None]] = {}
"""How boxes are written: by the name of the operation, else by its kind."""


def writer(*names: str) -> Callable[[Callable[[Block, Box], None]], Callable[[Block, Box], None]]:
    """Register a writer."""

    def register(function: Callable[[Block, Box], None]) -> Callable[[Block, Box], None]:
        WRITERS.update(dict.fromkeys(names, function))
        return function

    return register


class Opened(Exception):
    """A call that the text cannot make as it is: its body is written in its place."""

    def __init__(self, d: Diagram, box: Box) -> None:
        super().__init__()
        self.d, self.box = d, box


class Texts(dict[int, str]):
    """The name of each wire; an expression that is asked for by name becomes a statement."""

    def __init__(self, block: Block) -> None:
        super().__init__()
        self.block = block

    def __missing__(self, w: int) -> str:
        text, _ = self.block.nested.pop(w)
        name = self.block.bind(w, self.block.types[w])
        self.block.say(f"{name} = {text}")
        return name


class Block:
    """Statements for the boxes of `d`. `text` and `types`: each wire's expression, and its type in the text.

    `renamed` takes axis names of `d` to those of the text; `want` are the axes that results should have.
    """

    def __init__(self, file: File, d: Diagram, words: Words, want: Sequence[Want] = ()) -> None:
        self.file, self.d, self.words = file, d, words
        self.lines: list[str] = []
        self.effects: list[str] = []
        self.text = Texts(self)
        self.nested: dict[int, tuple[str, int]] = {}
        """Results that are read once and have no name: their expression, which stands where they are read."""
        self.uses = Counter(d.outputs)
        for box in d.boxes:
            self.uses.update(box.dom)
        self.types: dict[int, Type] = {}
        self.renamed: dict[str, str] = {}
        self.parts: dict[int, str] = {}
        """Calls whose learned arrays are a part of this block: box -> name of the part."""
        self.loops: dict[int, tuple[str, ...]] = {}
        """Loops whose learned arrays are declared inside them: box -> their paths there."""
        self.hidden: set[int] = set()
        """Learned arrays that belong to a part or a loop."""
        self.learned: dict[str, Definition] = {}
        self.heads: list[str] = []
        self.want: dict[int, Want] = {}
        self.titles = dict(zip(d.outputs, d.results, strict=False))
        """Names of results, for wires without one of their own."""
        for w, name in enumerate(d.names):
            if name.startswith("?"):
                self.text[w], self.types[w] = name, d.wires[w]
        for w, axes in zip(d.outputs, want, strict=False):
            if axes is not None:
                self.want.setdefault(w, axes)

    def enter(self, w: int, text: str, type_: Type) -> None:
        """An input: its name and type in the text."""
        self.text[w], self.types[w] = text, type_
        old = self.d.wires[w]
        if isinstance(old, Tensor) and isinstance(type_, Tensor):
            for a, b in zip(old.axes, type_.axes, strict=True):
                if a.name and b.name:
                    self.renamed.setdefault(a.name, b.name)

    def run(self) -> None:
        """Write every box; wires on loops are `feedback`s."""
        from grammar.printer.strings import closed_loops, read_early

        loops = []
        for w in (*read_early(self.d), *closed_loops(self.d)):
            type_ = self.file.axes.type(self.d.wires[w])
            name = self.bind(w, type_, "s")
            self.say(f"feedback {name}: {type_text(type_)}")
            loops.append((w, name))
        for box in self.d.boxes:
            write = WRITERS.get(box.op.name) or WRITERS[box.op.kind.value]
            write(self, box)
        for w, name in loops:
            self.say(f"next {name} = {self.text[w]}")

    # Wires

    def bind(self, w: int, type_: Type, fallback: str = "t") -> str:
        """A name for a result, which has this type in the text."""
        self.types[w] = type_
        self.text[w] = self.words.free(self.d.names[w] or self.titles.get(w, ""), fallback)
        return self.text[w]

    def define(self, w: int, type_: Type, text: str, level: int) -> None:
        """`w = text`: a statement, or an expression to stand in the one place where `w` is read. `level`:
        how tightly
        its last operator binds, 9 for none.
        """
        if self.d.names[w] or self.uses[w] != 1 or w in self.text or len(text) > NESTED:
            self.say(f"{self.bind(w, type_)} = {text}")
            return
        self.types[w] = type_
        self.nested[w] = text, level

    def expression(self, w: int, level: int = 0) -> str:
        """A wire as an operand of something that binds at `level`."""
        if w not in self.nested:
            return self.text[w]
        text, own = self.nested.pop(w)
        return f"({text})" if own < level else text

    def alias(self, w: int, other: int) -> None:
        """A result that is another wire."""
        self.text[w], self.types[w] = self.text[other], self.types[other]

    def array(self, w: int) -> Tensor:
        """The type in the text of an array."""
        type_ = self.types[w]
        assert isinstance(type_, Tensor)
        return type_

    def axes(self, w: int, avoid: Iterable[str] = ()) -> tuple[Axis, ...]:
        """The axes that a result gets: those wanted, else its own under names of the text."""
        wanted = self.want.get(w)
        if wanted is not None and all(a.name or a.factors for a in wanted):
            return wanted
        if wanted is not None:
            return self.named(wanted, avoid)
        type_ = self.d.wires[w]
        assert isinstance(type_, Tensor)
        if not all(type_.names):  # a result that only renames this one must not find its names taken
            avoid = {*avoid, *(a.name for axes in self.want.values() if axes for a in axes)}
        return self.named(type_.axes, avoid)

    def typed(self, w: int, axes: tuple[Axis, ...]) -> tuple[str, tuple[Axis, ...]]:
        """Behind a target with these axes: the type, if the result should have anonymous ones."""
        wanted, type_ = self.want.get(w), self.d.wires[w]
        if wanted is None or wanted == axes or not isinstance(type_, Tensor):
            return "", axes
        if any(a.name and a.name != b.name for a, b in zip(wanted, axes, strict=True)):
            return "", axes
        return f" : {type_text(type_.with_axes(wanted))}", wanted

    def named(self, axes: Iterable[Axis], avoid: Iterable[str] = ()) -> tuple[Axis, ...]:
        """Names for all axes of an inner array."""
        taken = set(avoid)
        result = []
        for axis in axes:
            name = self.renamed.get(axis.name, axis.name)
            if self.file.axes.sizes.get(name, axis.size) != axis.size:
                name = axis.name
            new = Axis(self.file.axes.name(name, axis.size, taken), axis.size)
            self.renamed.setdefault(axis.name, new.name)
            taken.add(new.name)
            result.append(new)
        return tuple(result)

    def reads(self, box: Box) -> list[Read]:
        """The arrays that a tensor box reads, with their maps."""
        assert box.spec is not None
        return [(self.array(w), m) for w, m in zip(box.dom, box.spec.ins, strict=True)]

    # Statements

    def say(self, line: str) -> None:
        """One statement."""
        self.lines.append(line)

    def result(self, k: int, want: Want) -> tuple[str, Type]:
        """Result number k, brought to the axes it should have if they are others."""
        w = self.d.outputs[k]
        type_ = self.types[w]
        if want is None or not isinstance(type_, Tensor) or type_.axes == want:
            return self.expression(w), type_
        new = type_.with_axes(want)
        name = self.words.free(self.d.names[w], "t")
        if all(a.name for a in (*want, *type_.axes)):
            pairs = [f"{a.name} = {b.name}" for a, b in zip(want, type_.axes, strict=True)]
            self.say(f"{name}[{', '.join(pairs)}] = {self.text[w]}[{', '.join(type_.names)}]")
        else:
            self.say(f"{name} : {type_text(new)} = {self.text[w]}")
        return name, new
