"""Objects and declared boxes: one `box` line for each name, generic where its uses differ in type."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from diagram.derivative.declared import Stated
from diagram.op import Kind, Op
from diagram.types import Axis, Hom, Ob, Tensor, Type, Wires
from diagram.value import Args, Box, Diagram, Mark
from diagram.wiring import walk
from grammar.printer.words import cannot, type_text, wires_text

if TYPE_CHECKING:
    from grammar.printer.file import File

_DRAWING = ("shape", "color", "fill", "label")


@dataclass(slots=True)
class Family:
    """The uses of one name: operations with different types."""

    name: str
    ops: list[Op] = field(default_factory=list)
    args: Args = ()
    mark: Mark | None = None
    statics: dict[Op, dict[str, Type]] = field(default_factory=dict)
    dom: Wires = ()
    cod: Wires = ()
    generics: list[str] = field(default_factory=list)


class Declared:
    """What a file declares besides axes and definitions."""

    def __init__(self, file: File) -> None:
        self.file = file
        self.families: dict[str, Family] = {}
        self.objects: dict[str, None] = {}
        self.dual: set[str] = set()

    def collect(self, d: Diagram) -> None:
        """Find the objects and boxes of a diagram, its bodies, and the derivatives that boxes state."""
        self._find(d)
        for name in self.objects:
            self.file.words.taken.add(name)
        for family in self.families.values():
            self._unify(family)

    def _find(self, d: Diagram) -> None:
        for part in self._diagrams(d):
            for type_ in (*part.dom, *part.cod, *part.wires):
                self._objects(type_)
            self._find_dual(part)
        for box in walk(d):
            for type_ in (*box.op.dom, *box.op.cod):
                self._objects(type_)
            if box.op.kind is Kind.GENERATOR:
                self._box(box)

    def _find_dual(self, d: Diagram) -> None:
        """Objects that bend into themselves: a wire both of whose ends give, or take, the same type."""
        if not d.category.has("cup") or d.category.has("spider"):
            return
        from grammar.printer.strings import ends_of

        sources = [*zip(d.inputs, d.dom, strict=False)]
        sinks = [*zip(d.outputs, d.cod, strict=True)]
        for box in d.boxes:
            sources += zip(box.cod, ends_of(d, box, "cod"), strict=True)
            sinks += zip(box.dom, ends_of(d, box, "dom"), strict=True)
        for ends in (sources, sinks):
            seen: set[tuple[int, Type]] = set()
            for w, type_ in ends:
                if isinstance(type_, Ob) and (w, type_) in seen:
                    self.dual.add(type_.name)
                seen.add((w, type_))

    def _diagrams(self, d: Diagram) -> list[Diagram]:
        return [d, *(body for box in walk(d) for body in box.bodies)]

    def _objects(self, type_: Type) -> None:
        if isinstance(type_, Ob):
            self.objects.setdefault(type_.name)
        if isinstance(type_, Hom):
            for t in (*type_.dom, *type_.cod):
                self._objects(t)

    def _box(self, box: Box) -> None:
        if box.op.name.startswith("?"):
            return
        family = self.families.setdefault(box.op.name, Family(""))
        if not family.name:
            family.name = self.file.words.give(box.op.name, "f", self.file.used)
            family.args, family.mark = box.args, box.mark
        if box.op not in family.ops:
            family.ops.append(box.op)
            if isinstance(box.op.grad, Stated) and box.op.grad.diagram is not None:
                self._find(box.op.grad.diagram)

    def _unify(self, family: Family) -> None:
        """One declaration for all uses: where they differ stands a static argument."""
        first = family.ops[0]
        if any(
            (len(o.dom), len(o.cod), o.facts) != (len(first.dom), len(first.cod), first.facts)
            for o in family.ops
        ):
            raise cannot(f"`{first.name}` with different numbers of wires", "give the boxes different names")
        columns: dict[tuple[Type, ...], str] = {}
        wires: list[Type] = []
        for k in range(len(first.dom) + len(first.cod)):
            column = tuple((*o.dom, *o.cod)[k] for o in family.ops)
            wires.append(self._column(family, column, columns))
        family.dom, family.cod = tuple(wires[: len(first.dom)]), tuple(wires[len(first.dom) :])

    def _column(self, family: Family, column: tuple[Type, ...], columns: dict[tuple[Type, ...], str]) -> Type:
        first = column[0]
        if all(t == first for t in column):
            if self.file.axes.type(first) == first:
                return first
            return self._generic_axes(family, first)
        if all(isinstance(t, Tensor) and _same_but_sizes(t, first) for t in column):
            return self._generic_axes(family, first)
        if column not in columns:
            name = columns[column] = self.file.words.free("X" if not columns else f"X{len(columns)}", "X")
            family.generics.append(f"{name}: type")
            for op, type_ in zip(family.ops, column, strict=True):
                family.statics.setdefault(op, {})[name] = type_
        return Ob(columns[column])

    def _generic_axes(self, family: Family, type_: Type) -> Type:
        """Axes of the box's own, whatever their names mean in the file."""
        if not isinstance(type_, Tensor):
            return type_
        axes = []
        for axis in type_.axes:
            if axis.name and f"{axis.name}: axis" not in family.generics:
                family.generics.append(f"{axis.name}: axis")
            axes.append(Axis.of(axis.name) if axis.name else axis)
        return type_.with_axes(tuple(axes))

    def mention(self, box: Box) -> tuple[str, Wires]:
        """How a box is called here, with its static arguments, and the types it takes."""
        if box.op.name.startswith("?"):
            return box.op.name, box.op.dom
        family = self.families[box.op.name]
        given = [f"{k} = {type_text(t)}" for k, t in family.statics.get(box.op, {}).items()]
        given += [f"{k} = {v}" for k, v in box.args]
        name = family.name + (f"[{', '.join(given)}]" if given else "")
        return name, box.op.dom

    def object_lines(self) -> list[str]:
        """`object A, B`."""
        own = [n for n in self.objects if n not in self.dual]
        lines = [f"object {', '.join(own)}"] if own else []
        return lines + [f"object {n} with {{ dual = {n} }}" for n in self.objects if n in self.dual]

    def lines(self) -> list[str]:
        """`box f[X: type] : X @ X -> X with { deterministic }`."""
        return [self._line(family) for family in self.families.values()]

    def _stated(self, family: Family) -> list[str]:
        """`grad = g`, with g among the definitions of the file; not for boxes of several types."""
        stated = family.ops[0].grad
        if family.generics or not isinstance(stated, Stated) or stated.diagram is None:
            return []
        d = stated.diagram
        made = self.file.definition(d, tuple(map(self.file.axes.type, d.dom)), (), False)
        return [f"grad = {made.name}"]

    def _line(self, family: Family) -> str:
        generics = [*family.generics, *(f"{k}: {'real' if '.' in str(v) else 'nat'}" for k, v in family.args)]
        head = f"box {family.name}" + (f"[{', '.join(generics)}]" if generics else "")
        options = sorted(family.ops[0].facts) + self._stated(family) + _drawing(family.mark)
        tail = f" with {{ {', '.join(options)} }}" if options else ""
        return f"{head} : {wires_text(family.dom)} -> {wires_text(family.cod)}{tail}"


def _same_but_sizes(a: Type, b: Type) -> bool:
    return (
        isinstance(a, Tensor)
        and isinstance(b, Tensor)
        and a.names == b.names
        and a.dtype == b.dtype
        and all(a.names)
    )


def _drawing(mark: Mark | None) -> list[str]:
    options: Sequence[tuple[str, object]] = mark.options if mark is not None else ()
    return [
        f"{k} = {v if str(v).isidentifier() else chr(34) + str(v) + chr(34)}"
        for k, v in options
        if k in _DRAWING
    ]
