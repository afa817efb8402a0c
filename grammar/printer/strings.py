"""Point-free text, for wiring that names cannot say: cups, caps, spiders, and categories in which wires
keep their
order.

A diagram is laid out as layers `A @ f @ B` on a row of strands. Where the category can swap, strands are
brought
together as they are needed; where it cannot, `planar` looks for a layout without crossings.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from diagram.melt import melt
from diagram.op import Kind
from diagram.types import Ob, Type
from diagram.value import Box, Diagram, make
from grammar.printer.words import cannot, type_text, wires_text

if TYPE_CHECKING:
    from grammar.printer.file import File

Strand = tuple[int, Type]
Row = list[Strand]


def functional(d: Diagram) -> bool:
    """Whether names can say the wiring: every wire comes from one place; it is read as often as the
    category lets."""
    category = d.category
    made = list(d.inputs) + [w for box in d.boxes for w in box.cod]
    if len(set(made)) < len(made):
        return False
    known = set(made) | {w for w, name in enumerate(d.names) if name.startswith("?")}
    reads = [w for box in d.boxes for w in box.dom] + list(d.outputs)
    if not known.issuperset(reads) or (_cyclic(d) and not category.has("trace")):
        return False
    if not category.has("swap"):
        return False
    return category.has("copy") or (len(set(reads)) == len(reads) and set(reads) == set(made))


def _cyclic(d: Diagram) -> bool:
    return bool(read_early(d))


def read_early(d: Diagram) -> list[int]:
    """The wires that are read before they are written: those on loops."""
    known, early = set(d.inputs), []
    written = {w for box in d.boxes for w in box.cod}
    for box in d.boxes:
        early += [w for w in box.dom if w not in known and w in written and w not in early]
        known.update(box.cod)
    return early


def closed_loops(d: Diagram) -> list[int]:
    """Wires without any end, where they count."""
    if not d.category.has("trace") or d.category.has("natural"):
        return []
    seen = {*d.inputs, *d.outputs, *(w for box in d.boxes for w in (*box.dom, *box.cod))}
    return [w for w in range(len(d.wires)) if w not in seen and not d.names[w].startswith("?")]


def head_of(file: File, d: Diagram, box: Box) -> str:
    """A box as a diagram in the text."""
    if box.op.kind is Kind.GENERATOR:
        return file.boxes.mention(box)[0]
    if box.op.kind is Kind.STRUCTURE and box.op.dom == () and box.op.name != "eval":
        types = ", ".join(map(type_text, ends_of(d, box, "dom")))
        return f"{box.op.name}[{types}]"
    if box.op.name == "call" and not box.arg("degree") and not box.bodies[0].params:
        (body,) = box.bodies
        return file.definition(body, tuple(map(file.axes.type, body.dom)), (), False).name
    raise cannot(f"`{box.label}` among wires that bend", "")


def ends_of(d: Diagram, box: Box, side: str) -> tuple[Type, ...]:
    """The types of a box's ports, adjoints included."""
    wires, known = (box.dom, box.op.dom) if side == "dom" else (box.cod, box.op.cod)
    if not known and box.bodies:
        known = box.bodies[0].dom if side == "dom" else box.bodies[0].cod
    return known if len(known) == len(wires) else tuple(d.wires[w] for w in wires)


def turned(type_: Type, step: int, d: Diagram, dual: set[str]) -> Type:
    """The adjoint of a type as the category has it."""
    if not isinstance(type_, Ob) or type_.name in dual:
        return type_
    if d.category.has("dual"):
        return replace(type_, adjoint=1 - type_.adjoint)
    return replace(type_, adjoint=type_.adjoint + step)


class Layout:
    """The row of strands and the layers so far."""

    def __init__(self, file: File, d: Diagram) -> None:
        self.file, self.d = file, d
        self.layers: list[str] = []
        self.row: Row = []
        self.dual = file.boxes.dual

    def layer(self, at: int, used: int, text: str, made: Row) -> None:
        """Put a diagram on `used` strands from position `at`."""
        before, after = self.row[:at], self.row[at + used :]
        parts = [type_text(t) for _, t in before] + [text] + [type_text(t) for _, t in after]
        self.layers.append(" @ ".join(parts))
        self.row = [*before, *made, *after]

    def move(self, source: int, to: int) -> None:
        """Bring one strand to another place, over those between."""
        if source == to:
            return
        low, high = min(source, to), max(source, to)
        between = self.row[low : high + 1]
        one = between.pop(0 if source == low else -1)
        types = " @ ".join(type_text(t) for _, t in between)
        first, second = (type_text(one[1]), types) if source == low else (types, type_text(one[1]))
        made = [*between, one] if source == low else [one, *between]
        self.layer(low, high - low + 1, f"swap[{first}, {second}]", made)

    def cup(self, a: Type, b: Type) -> str:
        """`cup[a, b]`."""
        return f"cup[{type_text(a)}, {type_text(b)}]"

    def bends(self, a: Type, b: Type) -> bool:
        """Whether `cup[a, b]` exists."""
        return turned(a, 1, self.d, self.dual) == b

    def text(self) -> str:
        """The layers in sequence; without any, the identity."""
        return "\n    >> ".join(self.layers) if self.layers else wires_text(self.d.dom)


def definition(file: File, d: Diagram, title: str) -> str:
    """`def f : A -> B = ...`."""
    if any(box.op.name in ("repeat", "trace") for box in d.boxes):
        d = make(melt(d, True), d.dom, d.cod, d.category, d.name, d.doc)
    if d.category.has("swap"):
        from grammar.printer.bent import bent

        layout = bent(file, d)
    else:
        from grammar.printer.planar import planar

        layout = planar(file, d)
    docs = [f"## {line}".rstrip() for line in d.doc.splitlines()] if file.docs else []
    arrow = f"{wires_text(d.dom)} -> {wires_text(d.cod)}"
    return "\n".join([*docs, f"def {title} : {arrow} =", f"  {layout.text()}"])
