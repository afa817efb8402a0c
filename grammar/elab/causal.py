"""Causal queries as surgery: `do[f, x]` cuts a wire, `marginal[c]` keeps results, `condition[...]` is a
kernel;
`max_product[circuit]` with the facts that it needs."""

from __future__ import annotations

from dataclasses import dataclass, replace

from diagram.errors import Span
from diagram.hypergraph import Diagram
from diagram.melt import melt
from diagram.op import Kind, Op
from diagram.types import Type, Wires
from diagram.value import Mark, make
from grammar.elab.closing import itself
from grammar.elab.define import DefForm
from grammar.elab.env import Env, evaluate, fault, kid, kids, word
from grammar.elab.expr import as_form, form_of
from grammar.elab.forms import DiagramForm, fit
from grammar.elab.nearest import suggest
from grammar.elab.tensor_images import Image, dims, exact_contraction, fixed
from grammar.elab.values import Form, Truth, Value, Wired
from grammar.tree import Node


def named(node: Node, env: Env) -> tuple[Diagram, tuple[str, ...]]:
    """A definition unfolded, and the names of its results."""
    form = form_of(node, env)
    d = itself(form, node, env)
    results = form.sig.results if isinstance(form, DefForm) else ()
    flat = melt(d, True)
    names = list(flat.names)
    for w, name in zip(flat.outputs, results, strict=False):
        names[w] = names[w] or name
    opened = make(flat._replace(names=tuple(names)), d.dom, d.cod, d.category, d.name, d.doc, results)
    return opened, results or tuple(names[w] for w in flat.outputs)


@dataclass(frozen=True, slots=True)
class NamedResults(Form):
    """A diagram whose results have names on their wires, for `marginal[c]` behind it."""

    diagram: Diagram
    names: tuple[str, ...]
    text: str
    given: tuple[Form, ...] = ()
    """States on some of its inputs, from the place `at` on."""
    at: int = 0

    @property
    def name(self) -> str:
        return self.text

    def arity(self) -> int | None:
        return len(self.dom() or ())

    def dom(self) -> Wires | None:
        dom = self.diagram.dom
        return dom[: self.at] + dom[self.at + len(self.given) :]

    def apply(self, env: Env, wires: Wired, node: Node, spans: tuple[Span, ...]) -> Wired:
        states = [form.apply(env, Wired(env.frame, ()), node, ()) for form in self.given]
        rest = range(self.at, len(wires.ids))
        wires = env.frame.joined([wires.pick(range(self.at)), *states, wires.pick(rest)])
        spans = (*spans[: self.at], *(node.span for _ in states), *spans[self.at :])
        out = DiagramForm(self.diagram, self.text).apply(env, wires, node, spans)
        b = env.frame.builder
        for w, name in zip(env.frame.own(out), self.names, strict=True):
            b.names[w] = name
        return out


def do(slots: tuple[Node, ...], node: Node, env: Env) -> Value:
    """`do[f, x, ...]`: what reads the wire x reads a new input; what made it is dropped. Raises `Fault`
    E0201."""
    if len(slots) < 2:
        raise fault("E0302", "`do` takes a definition and names of its wires", node, help="do[model, s]")
    d, names = named(slots[0], env)
    flat = d.flat
    types, labels = list(flat.wires), list(flat.names)
    to: dict[int, int] = {}
    inputs: list[int] = []
    given: list[Form] = []
    for slot in slots[1:]:
        w = _wire(d, slot)
        if slot.kind == "named":
            given.append(form_of(kid(slot, 1), env))
        elif given:
            raise fault("E0302", "wires that become inputs stand before those that are given a value", slot)
        to[w] = len(types)
        inputs.append(len(types))
        types.append(flat.wires[w])
        labels.append(flat.names[w])
    boxes = tuple(box._replace(dom=tuple(to.get(w, w) for w in box.dom)) for box in flat.boxes)
    new = flat._replace(
        wires=tuple(types),
        names=tuple(labels),
        boxes=boxes,
        inputs=(*inputs, *flat.inputs),
        outputs=tuple(to.get(w, w) for w in flat.outputs),
    )
    dom = (*(types[w] for w in inputs), *d.dom)
    return NamedResults(
        make(new, dom, d.cod, d.category), names, node.text, tuple(given), len(inputs) - len(given)
    )


def _wire(d: Diagram, slot: Node) -> int:
    """The wire of a name. Raises `Fault` E0201."""
    text = word(slot) if slot.kind == "named" else slot.text
    found = [w for w, name in enumerate(d.names) if name == text]
    if not found:
        near = suggest(text, [n for n in d.names if n])
        raise fault(
            "E0201",
            f"there is no wire `{text}` in this diagram",
            slot,
            help=f"did you mean `{near}`?"
            if near
            else f"its wires are {', '.join(dict.fromkeys(n for n in d.names if n))}",
            edits=((slot, near),) if near and slot.kind != "named" else (),
        )
    return found[0]


@dataclass(frozen=True, slots=True)
class MarginalForm(Form):
    """`marginal[c]`: of the wires that come, those of these names, in this order; the others are
    discarded."""

    names: tuple[str, ...]
    node: Node

    @property
    def name(self) -> str:
        return self.node.text

    def apply(self, env: Env, wires: Wired, node: Node, spans: tuple[Span, ...]) -> Wired:
        have = [env.frame.builder.names[w] for w in env.frame.own(wires)]
        for name in self.names:
            if name not in have:
                near = suggest(name, have)
                raise fault(
                    "E0201",
                    f"no wire `{name}` comes here",
                    self.node,
                    f"the wires are {', '.join(n or '_' for n in have)}",
                    help=f"did you mean `{near}`?" if near else "",
                )
        return wires.pick(have.index(name) for name in self.names)


def marginal(slots: tuple[Node, ...], node: Node, env: Env) -> Value:
    """How `marginal[c, ...]` is read."""
    if not slots:
        raise fault("E0302", "`marginal` takes names of results", node, help="marginal[c]")
    return MarginalForm(tuple(s.text for s in slots), node)


# ---------------------------------------------------------------------------------------------- conditionals


@dataclass(frozen=True, slots=True)
class ConditionForm(Form):
    """`condition[f, c, given = [s, t]]`: the kernel from s, t to c that f determines, a box around the joint
    state."""

    joint: Diagram
    given: tuple[Type, ...]
    out: Wires
    text: str

    @property
    def name(self) -> str:
        return self.text

    def arity(self) -> int | None:
        return len(self.given)

    def dom(self) -> Wires | None:
        return self.given

    def apply(self, env: Env, wires: Wired, node: Node, spans: tuple[Span, ...]) -> Wired:
        ids = env.frame.own(fit(env, wires, self.given, node, self.text, spans))
        op = Op(CONDITION, Kind.STRUCTURE, len(ids), dom=self.given, cod=self.out)
        mark = Mark(CONDITION, node.span)
        return Wired(env.frame, env.frame.builder.box(op, ids, self.out, bodies=(self.joint,), mark=mark))


CONDITION = "condition"


def condition(slots: tuple[Node, ...], node: Node, env: Env) -> Value:
    """How `condition[f, c, given = [s, t]]` is read. Raises `Fault` E0201, E0302."""
    plain = [s for s in slots if s.kind != "named"]
    options = {word(s): kid(s, 1) for s in slots if s.kind == "named"}
    if len(plain) < 2 or set(options) != {"given"} or options["given"].kind != "array":
        raise fault(
            "E0302",
            "`condition` takes a definition, names of results and what is given",
            node,
            help="condition[model, c, given = [s, t]]",
        )
    d, _ = named(plain[0], env)
    if d.dom:
        raise fault("E0302", f"`{plain[0].text}` has inputs, and a state is conditioned", plain[0])
    given = [_wire(d, s) for s in kids(kid(kid(options["given"], 0), 0))]
    out = [_wire(d, s) for s in plain[1:]]
    flat = d.flat._replace(outputs=(*given, *out))
    types = tuple(d.wires[w] for w in given), tuple(d.wires[w] for w in out)
    return ConditionForm(make(flat, (), types[0] + types[1], d.category), types[0], types[1], node.text)


# ---------------------------------------------------------------------------------------------- circuits


def max_product(slots: tuple[Node, ...], node: Node, env: Env) -> Value:
    """`max_product[f]`: the circuit with its sums as maxima, exact if every sum is deterministic (E0507)."""
    if len(slots) != 1:
        raise fault("E0302", "`max_product` takes one circuit", node, help="max_product[circuit]")
    d, names = named(slots[0], env)
    bad = [box for box in d.boxes if "smooth" in box.op.facts and "deterministic" not in box.op.facts]
    if bad:
        listed = ", ".join(f"`{n}`" for n in dict.fromkeys(box.op.name for box in bad))
        first = env.unit.declaration(bad[0].op.name)
        raise fault(
            "E0507",
            f"the most likely state of `{slots[0].text}` is no maximum of products: "
            f"{listed} is not deterministic",
            node,
            "sums may become maxima in deterministic circuits only",
            labels=((first, "declared here"),) if first is not env.unit.tree else (),
            help="if at most one input of the sum is ever positive, declare it `with { deterministic }`",
        )
    boxes = tuple(
        box._replace(op=replace(box.op, name=f"max {box.op.name}")) if "smooth" in box.op.facts else box
        for box in d.boxes
    )
    return NamedResults(make(d.flat._replace(boxes=boxes), d.dom, d.cod, d.category), names, node.text)


def deterministic(slots: tuple[Node, ...], node: Node, env: Env) -> Value:
    """`deterministic[f]`: whether every row of a stochastic matrix is one sure outcome; of a diagram,
    whether all
    its boxes are declared so."""
    if len(slots) != 1:
        raise fault("E0302", "`deterministic` takes one diagram", node, help="deterministic[f]")
    value = evaluate(slots[0], env)
    if isinstance(value, Image) and value.how.kind == "array":
        return Truth(all(_sure(value, d) for _, d in value.terms))
    d = itself(as_form(value, slots[0]), slots[0], env)
    flat = melt(d, True)
    natural = d.category.has("natural")
    return Truth(natural or all("deterministic" in box.op.facts for box in flat.boxes))


def _sure(image: Image, d: Diagram) -> bool:
    """One entry 1 for each position of the inputs, and no others."""
    entries = exact_contraction(image.how, d)
    inputs = dims(image.how, image.into)
    rows = {place[: len(inputs)] for place in entries}
    count = 1
    for size in inputs:
        count *= fixed(size, image.node)
    return len(rows) == len(entries) == count and all(value == 1 for value in entries.values())
