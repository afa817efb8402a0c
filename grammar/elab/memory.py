"""Memory markers: `store[f]`, `recompute[f]`, `checkpoint[f]`, `plan[f, memory = 2G]`, `value[f]`. They
never change a value: the body stands in a call box whose mark carries the policy. Of an optic they are the
optic that keeps everything, and the lens that keeps its input."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from diagram.again import AGAIN
from diagram.errors import Span
from diagram.hypergraph import Args, Diagram, Mark
from diagram.lens import recompute, store
from diagram.reals import Real
from diagram.types import Wires
from diagram.value import Box, make
from diagram.wiring import each
from grammar.elab.env import Env, fault
from grammar.elab.inside import Around, closed, inside, matched, one_form, options_of, part_of, placed
from grammar.elab.learn import Prefix
from grammar.elab.optic_changes import ChangedOptic
from grammar.elab.optics import optic_of
from grammar.elab.static import number, whole
from grammar.elab.values import Form, Value, Wired
from grammar.tree import Node


@dataclass(slots=True, eq=False)
class MarkedForm(Around):
    """A form with a memory policy; without `options` one whose policies are forgotten (`value[f]`)."""

    form: Form
    options: Args
    node: Node
    part: Prefix | None = None

    def dom(self) -> Wires | None:
        return self.form.dom()

    def apply(self, env: Env, wires: Wired, node: Node, spans: tuple[Span, ...]) -> Wired:
        dom = self.form.dom()
        binding = matched(dom, wires, env, node, self.name, spans)
        types = closed(dom, binding) if dom is not None else wires.types
        body = inside(self.form, types, env, node)
        new = body.diagram if self.options else forgotten(body.diagram, {})
        part = part_of(self.form, self.part, env, new)
        return placed(env, new, body.captured, binding, wires, node, part, self.form.name, self.options)


def forgotten(d: Diagram, seen: dict[int, Diagram]) -> Diagram:
    """The diagram without memory policies, at every depth; each body once."""
    if id(d) not in seen:
        boxes = tuple(_plain(box, seen) for box in d.boxes)
        seen[id(d)] = make(
            d.flat._replace(boxes=boxes), d.dom, d.cod, d.category, d.name, d.doc, d.results, d.span
        )
    return seen[id(d)]


def _plain(box: Box, seen: dict[int, Diagram]) -> Box:
    mark = box.mark
    if mark is not None:
        mark = Mark(mark.name, mark.span, tuple(o for o in mark.options if o[0] not in POLICY))
    return box._replace(bodies=tuple(forgotten(b, seen) for b in box.bodies), mark=mark)


POLICY = ("memory", "budget", "every")
"""Options of a mark that only speak of memory."""


def _marker(title: str, policy: str) -> Callable[[tuple[Node, ...], Node, Env], Value]:
    def build(slots: tuple[Node, ...], node: Node, env: Env) -> Value:
        options: Args = (("memory", policy),) if policy else ()
        form = one_form(slots, node, env, title)
        optic = optic_of(form, env) if policy else None
        if optic is not None:
            return ChangedOptic(optic, title, recompute if policy == "recompute" else store)
        return MarkedForm(form, options, node)

    return build


def plan(slots: tuple[Node, ...], node: Node, env: Env) -> Value:
    """`plan[f, memory = 2G]`: the markers are chosen under a budget of bytes."""
    places, options = options_of(slots, ("memory",), "plan")
    form = one_form(places, node, env, "plan")
    if "memory" not in options:
        raise fault("E0302", "`plan` needs a budget", node, help="plan[f, memory = 2G]")
    return MarkedForm(form, (("memory", "plan"), ("budget", number(options["memory"], env))), node)


@dataclass(frozen=True, slots=True)
class AgainForm(Form):
    """`again[k](x)`: what reads it is computed anew."""

    number: Real

    @property
    def name(self) -> str:
        return "again"

    def arity(self) -> int | None:
        return None

    def apply(self, env: Env, wires: Wired, node: Node, spans: tuple[Span, ...]) -> Wired:
        frame = env.frame
        return Wired(frame, tuple(each(frame.builder, AGAIN, frame.own(wires), (("by", self.number),))))


def again(slots: tuple[Node, ...], node: Node, env: Env) -> Value:
    """`again[k]`, k a whole number that tells one computation from another."""
    if len(slots) != 1:
        raise fault("E0302", "`again` takes one number in square brackets", node, help="again[1](x)")
    return AgainForm(Real.of(whole(slots[0], env)))


MARKERS: dict[str, Callable[[tuple[Node, ...], Node, Env], Value]] = {
    "store": _marker("store", "store"),
    "recompute": _marker("recompute", "recompute"),
    "checkpoint": _marker("checkpoint", "recompute"),
    "value": _marker("value", ""),
    "plan": plan,
    "again": again,
}
