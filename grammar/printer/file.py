"""The file that is printed: its category, objects, axes, boxes and definitions, each body once."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from diagram.builder import Builder
from diagram.levels import TENSOR
from diagram.lifting import lift
from diagram.op import Kind
from diagram.sharing import copy_inputs
from diagram.sizes import symbol
from diagram.types import Tensor, Type
from diagram.value import Box, Diagram
from diagram.wiring import walk
from grammar.printer import strings
from grammar.printer.axes import AxisTable, symbols_of
from grammar.printer.block import Block, Opened, Want
from grammar.printer.declared import Declared
from grammar.printer.indices import Letters
from grammar.printer.learned import learn_lines, parts_of
from grammar.printer.words import SHORT, Words, cannot, plain_name, type_text

Key = tuple[int, tuple[Type, ...], tuple[Want, ...], bool]


@dataclass(frozen=True, slots=True)
class Definition:
    """A printed definition: its name, and the types in the text of what it takes and gives."""

    name: str
    """A placeholder until the whole file is known: `\0 3 \0`."""
    ins: tuple[Type, ...]
    outs: tuple[Type, ...]
    title: str
    text: str


@dataclass(slots=True)
class File:
    """Everything of one file while it is printed."""

    d: Diagram
    docs: bool
    words: Words = field(default_factory=Words)
    axes: AxisTable = field(init=False)
    letters: Letters = field(init=False)
    boxes: Declared = field(init=False)
    made: dict[Key, Definition] = field(default_factory=dict)
    keep: list[Diagram] = field(default_factory=list)

    used: frozenset[str] = frozenset()
    """Built-in names that the text may need."""

    def __post_init__(self) -> None:
        self.used = used_builtins(self.d)
        self.axes = AxisTable(self.words)
        symbols = symbols_of(self.d)
        for name in symbols:
            if not self.axes.claim(name, symbol(name)):
                raise cannot(f"a size called `{name}`")
        for type_ in (*self.d.dom, *self.d.cod):
            self.axes.type(type_)
        self.boxes = Declared(self)
        self.boxes.collect(self.d)
        wanted = _axis_names(self.d)
        self.letters = Letters(self.words, wanted)
        self.words.taken.update(o for o in self.boxes.objects)

    @property
    def avoid(self) -> frozenset[str]:
        """Names that axes will want."""
        return self.letters.avoid

    def definition(
        self, d: Diagram, ins: tuple[Type, ...], want: tuple[Want, ...], learned: bool, name: str = ""
    ) -> Definition:
        """The definition for a body on inputs of these types; printed now, if it is not there yet.

        `learned`: the learned arrays are declared inside, else they are parameters behind the others.
        """
        key = (id(d), ins, want, learned)
        found = self.made.get(key)
        if found is None:
            self.keep.append(d)
            title, mark = name or d.name or "part", f"\0{len(self.keep)}\0"
            while True:
                try:
                    text, outs = self._print(d, ins, want, learned, mark)
                    break
                except Opened as error:
                    d = error.d
            found = self.made[key] = Definition(mark, ins, outs, title, text)
        return found

    def _print(
        self, d: Diagram, ins: tuple[Type, ...], want: tuple[Want, ...], learned: bool, title: str
    ) -> tuple[str, tuple[Type, ...]]:
        if not strings.functional(d):
            if d.params or any(isinstance(t, Tensor) for t in d.wires):
                raise cannot("arrays on wires that bend")
            return strings.definition(self, d, title), d.cod
        words = Words(self.words)
        words.taken |= self.avoid
        block = Block(self, d, words, want)
        head = []
        if learned:
            parts_of(block)
        names = (*d.input_names, *(plain_name(p.path) for p in d.params))
        for w, name, type_ in zip(d.inputs, names, ins, strict=False):
            block.enter(w, words.free(name, "x"), type_)
            head.append(f"{block.text[w]}: {type_text(type_)}")
        learns = learn_lines(block) if learned else []
        block.run()
        results = [block.result(k, w) for k, w in enumerate(_pad(want, len(d.cod)))]
        outs = tuple(t for _, t in results)
        arrow = wires_of(outs, d.results, words)
        body = [*learns, *block.heads, *block.lines]
        given = ", ".join([*(t for t, _ in results), *block.effects])
        docs = [f"## {line}".rstrip() for line in d.doc.splitlines()] if self.docs else []
        lines = [*docs, f"def {title}({', '.join(head)}) -> {arrow} {{", *(f"  {line}" for line in body)]
        lines += ([f"  return {given}"] if given else []) + ["}"]
        return "\n".join(lines), outs

    def text(self, main: Definition) -> str:
        """The whole file, `main` last."""
        boxes = self.boxes.lines()
        texts, boxes = self._named(main, boxes)
        head = []
        if self.d.category != TENSOR:
            head.append(f"category {self.d.category}")
        head += self.boxes.object_lines()
        axes = self.axes.lines({w for text in (*texts, *boxes) for w in re.findall(r"[^\W\d]\w*'*", text)})
        return "\n\n".join(["\n".join(part) for part in (head, axes, boxes) if part] + texts) + "\n"

    def _named(self, main: Definition, boxes: Sequence[str]) -> tuple[list[str], list[str]]:
        """The definitions that are used, under their names, each behind those that it calls; and the boxes
        with these names.
        """
        by_mark = {d.name: d for d in self.made.values()}
        order: dict[str, None] = {}
        todo = [(main.name, False), *((m, False) for m in re.findall("\0\\d+\0", "".join(boxes)))]
        while todo:
            mark, ready = todo.pop()
            if ready:
                order.setdefault(mark)
            elif mark not in order:
                calls = dict.fromkeys(m for m in re.findall("\0\\d+\0", by_mark[mark].text) if m != mark)
                todo += [(mark, True), *((m, False) for m in reversed(calls))]
        self.words.taken |= self.words.given
        names = {main.name: self.words.give(main.title, "main", self.used)}
        names.update(
            (m, self.words.give(by_mark[m].title, "part", self.used)) for m in order if m != main.name
        )
        written = [by_mark[mark].text for mark in order]
        texts, lines = ([_under(names, t) for t in part] for part in (written, boxes))
        return texts, lines


def _under(names: Mapping[str, str], text: str) -> str:
    """The text with the names of definitions in the place of their marks."""
    return re.sub("\0\\d+\0", lambda m: names[m.group()], text)


def _pad(want: Sequence[Want], n: int) -> tuple[Want, ...]:
    return (*want, *(None,) * (n - len(want)))


def wires_of(types: Sequence[Type], names: Sequence[str], words: Words) -> str:
    """The result type of a definition, with names if there are any."""
    if names and len(names) == len(types):
        shown = Words()
        pairs = [
            f"{shown.free(plain_name(n) if n else '', 'y')}: {type_text(t)}"
            for n, t in zip(names, types, strict=True)
        ]
        return f"({', '.join(pairs)})"
    return " @ ".join(map(type_text, types)) or "()"


def _axis_names(d: Diagram) -> frozenset[str]:
    names: set[str] = set()
    types: list[Type] = [*d.dom, *d.cod, *d.wires]
    for box in walk(d):
        names |= {a.name for a in box.spec.indices} if box.spec is not None else set()
        for body in box.bodies:
            types += body.wires
    for type_ in types:
        if isinstance(type_, Tensor):
            names |= set(type_.names) | {f.name for a in type_.axes for f in a.factors}
    return frozenset(n for n in names if n)


def opened(d: Diagram, box: Box) -> Diagram:
    """The diagram with the body of one call in its place."""
    b = Builder(d.category)
    to = dict(zip(d.inputs, copy_inputs(d, b), strict=True))
    for one in d.boxes:
        dom = [to[w] for w in one.dom]
        if one is box:
            body, degree, ports = one.bodies[0], one.arg("degree"), one.arg("ports")
            assert isinstance(degree, tuple) and isinstance(ports, tuple)
            n = len(body.dom)
            made = b.insert(lift(body, degree, ports), dom[:n], dom[n:])
        else:
            made = b.box(one.op, dom, [d.wires[w] for w in one.cod], one.spec, one.args, one.bodies, one.mark)
        for w, mine in zip(one.cod, made, strict=True):
            to[w] = mine
            b.names[mine] = b.names[mine] or d.names[w]
    return b.build([to[w] for w in d.outputs], d.name, d.doc, d.results, d.span, d.dom, d.cod)


def used_builtins(d: Diagram) -> frozenset[str]:
    """The operations of a diagram and its bodies, under all names the text has for them, and the wiring."""
    ops = {box.op.name for box in walk(d) if box.op.kind is not Kind.GENERATOR}
    diagrams = [d, *(body for box in walk(d) for body in box.bodies)]
    dtypes = {t.dtype.name for part in diagrams for t in part.wires if isinstance(t, Tensor)}
    return frozenset(
        {*ops, *dtypes, "R", "nat", *SHORT.values(), "index", "size", "swap", "id", "cup", "cap", "spider"}
    )
