"""`choice[f, g]`: a hole with candidates of one type; `clamp[a, b]`: numbers kept between two."""

from __future__ import annotations

from dataclasses import dataclass

from diagram.errors import Span
from diagram.hypergraph import Mark
from diagram.op import generator
from diagram.reals import Real
from diagram.types import Wires, wires_text
from grammar.elab.builtin import aligned
from grammar.elab.emit import array_type, constant
from grammar.elab.env import Env, fault
from grammar.elab.expr import form_of
from grammar.elab.inside import inside
from grammar.elab.static import number
from grammar.elab.values import Form, Value, Wired
from grammar.tree import Node

HOLE = "choice"


@dataclass(frozen=True, slots=True)
class ChoiceForm(Form):
    """One of several diagrams; which is not decided yet."""

    forms: tuple[Form, ...]
    slots: tuple[Node, ...]

    @property
    def name(self) -> str:
        return f"{HOLE}[{', '.join(s.text for s in self.slots)}]"

    def arity(self) -> int | None:
        return next((n for n in (f.arity() for f in self.forms) if n is not None), None)

    def dom(self) -> Wires | None:
        return next((d for d in (f.dom() for f in self.forms) if d is not None), None)

    def apply(self, env: Env, wires: Wired, node: Node, spans: tuple[Span, ...]) -> Wired:
        found = [inside(form, wires.types, env, node).diagram.cod for form in self.forms]
        for cod, slot in zip(found, self.slots, strict=True):
            if cod != found[0]:
                raise fault(
                    "E0301",
                    "the candidates of a choice differ in type",
                    slot,
                    f"gives {wires_text(cod)}",
                    labels=((self.slots[0], f"gives {wires_text(found[0])}"),),
                )
        env.unit.holes[node] = (HOLE, wires.types, found[0])
        op = generator("?" + HOLE, wires.types, found[0])
        ids = env.frame.own(wires)
        return Wired(env.frame, env.frame.builder.box(op, ids, found[0], mark=Mark(self.name, node.span)))


def choice(slots: tuple[Node, ...], node: Node, env: Env) -> Value:
    """`choice[f, g]`. Raises `Fault` E0302 without candidates."""
    if not slots:
        raise fault("E0302", "`choice` takes candidates in square brackets", node, help="choice[f, g]")
    return ChoiceForm(tuple(form_of(s, env) for s in slots), slots)


@dataclass(frozen=True, slots=True)
class ClampForm(Form):
    """Entry by entry the nearest number between two."""

    low: Real
    high: Real

    @property
    def name(self) -> str:
        return "clamp"

    def arity(self) -> int | None:
        return 1

    def apply(self, env: Env, wires: Wired, node: Node, spans: tuple[Span, ...]) -> Wired:
        ids = env.frame.own(wires)
        if len(ids) != 1:
            raise fault("E0302", f"`clamp` takes 1 wire, but {len(ids)} are given", node)
        dtype = array_type(env, ids[0], node).dtype
        above = aligned(env, "maximum", (ids[0], constant(env, self.low, dtype)), node)
        return Wired(env.frame, (aligned(env, "minimum", (above, constant(env, self.high, dtype)), node),))


def clamp(slots: tuple[Node, ...], node: Node, env: Env) -> Value:
    """`clamp[a, b]`. Raises `Fault` E0302."""
    if len(slots) != 2:
        raise fault(
            "E0302", "`clamp` takes two static numbers in square brackets", node, help="clamp[0, 1](X)"
        )
    low, high = (number(s, env) for s in slots)
    return ClampForm(low, high)
