"""Declared boxes `box f : A -> B`, and the boxes that stand for open `box` generics."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from diagram.errors import Span
from diagram.hypergraph import Diagram, Mark, single
from diagram.op import generator
from diagram.ops import STANDARD
from diagram.types import Tensor, Wires, wires_text
from grammar.elab.binding import Binding, Formal, Site
from grammar.elab.calls import renamed
from grammar.elab.define import check_where, close, closed_type, named_generics
from grammar.elab.env import Env, fault, kids, word
from grammar.elab.forms import fit, transposed
from grammar.elab.inside import inside, static_form
from grammar.elab.match import match_call
from grammar.elab.signature import Opened, Signature, open_signature
from grammar.elab.typing import type_of
from grammar.elab.values import Form, Value, Wired
from grammar.tree import Node

if TYPE_CHECKING:
    from diagram.derivative.declared import Stated


@dataclass(slots=True, eq=False)
class BoxForm(Form):
    """A declared box with its static arguments."""

    sig: Signature
    statics: dict[str, Value]

    @property
    def name(self) -> str:
        return self.sig.name

    def arity(self) -> int | None:
        wires = self.dom()
        return None if wires is None else len(wires)

    def dom(self) -> Wires | None:
        return tuple(f.type for f in open_signature(self.sig, self.statics).formals)

    def apply(self, env: Env, wires: Wired, node: Node, spans: tuple[Span, ...]) -> Wired:
        opened = open_signature(self.sig, self.statics)
        site = Site(env, node, self.name, spans)
        binding = match_call(opened.formals, wires.types, site, opened.written, opened.sizes)
        inner = close(opened, binding)
        check_where(self.sig, inner, site)
        dom, cod = self._types(opened, inner, binding)
        op = generator(self.name, dom, cod, facts(self.sig.node))
        stated = stated_gradient(self.sig.node, dom, cod, env.unit.env, env)
        box = single(
            replace(op, grad=stated) if stated is not None else op,
            args=named_generics(self.sig, self.statics),
            category=env.category,
        )
        return place(env, box, binding, wires, node, self.name)

    def _types(self, opened: Opened, inner: Env, binding: Binding) -> tuple[Wires, Wires]:
        dom = tuple(closed_type(f.type, binding) for f in opened.formals)
        result = self.sig.result
        assert result is not None
        if result.kind == "named_ports":
            cod: Wires = sum((type_of(p.kids[1], inner, inner) for p in kids(result)), ())  # type: ignore[arg-type]
        else:
            cod = type_of(result, inner, inner)
        return dom, cod


def stated_gradient(node: Node, dom: Wires, cod: Wires, scope: Env, env: Env) -> Stated | None:
    """`with { grad = g }`: g : A @ B' -> A', elaborated once for each type. Raises `Fault` E0306."""
    from diagram.derivative.activity import is_smooth
    from diagram.derivative.declared import Stated

    options = node.kids[4] if node.kind == "box_decl" else None
    found = [o for o in kids(options) if word(o) == "grad"] if isinstance(options, Node) else []
    if not found:
        return None
    part = found[0].kids[1]
    if not isinstance(part, Node):
        raise fault("E0302", "`grad` needs a diagram", found[0], help="with { grad = g }")
    known: dict[tuple[str, Wires, Wires], Stated] = env.unit.stated
    key = (part.text, dom, cod)
    if key not in known:
        known[key] = Stated()  # before its body is made: the derivative may use the box
        back = tuple(t for t in cod if is_smooth(t))
        body = inside(static_form(part, scope), dom + back, scope, part).diagram
        want = tuple(t for t in dom if is_smooth(t))
        if body.cod != want:
            del known[key]
            raise fault(
                "E0306", f"the derivative of `{word(node)}` gives {wires_text(body.cod)}", part,
                f"it must give {wires_text(want)}: one cotangent for each input",
            )  # fmt: skip
        known[key].diagram = body
    return known[key]


def facts(node: Node) -> frozenset[str]:
    """The options of a box that state something about it: `deterministic`, `commutative`, `linear = [1]`."""
    options = node.kids[4] if node.kind == "box_decl" else None
    if not isinstance(options, Node):
        return frozenset()
    plain = {"shape", "color", "fill", "label", "grad", "doc", "scope"}
    return frozenset(
        word(o) if o.kids[1] is None else f"{word(o)} = {_text(o)}"
        for o in kids(options)
        if word(o) not in plain
    )


def _text(option: Node) -> str:
    part = option.kids[1]
    return part.text if part is not None else ""


def drawing(node: Node) -> tuple[tuple[str, str], ...]:
    """The options of a box about its picture."""
    options = node.kids[4] if node.kind == "box_decl" else None
    if not isinstance(options, Node):
        return ()
    shown = {"shape", "color", "fill", "label"}
    return tuple((word(o), _text(o).strip('"')) for o in kids(options) if word(o) in shown)


def place(env: Env, box: Diagram, binding: Binding, wires: Wired, node: Node, name: str) -> Wired:
    """One box on wires; arrays with further axes get it inside a call that is lifted over them."""
    frame = env.frame
    b = frame.builder
    ids = frame.own(wires)
    args = []
    degree = tuple(binding.degree)
    for w, order, type_, has in zip(ids, binding.orders, box.dom, binding.ports, strict=True):
        if isinstance(type_, Tensor) and order != tuple(range(len(order))):
            have = b.wires[w]
            assert isinstance(have, Tensor)
            w = transposed(env, w, order, tuple(have.axes[a] for a in order))
        args.append(w)
        assert len(has) <= len(degree)
    (inner,) = box.boxes
    options = drawing(env.unit.declaration(name))
    mark = Mark(name, node.span, options)
    if not degree:
        outs = b.box(inner.op, args, box.cod, inner.spec, inner.args, inner.bodies, mark)
        return Wired(frame, renamed(env, outs, box.cod, binding))
    cod = tuple(t.with_axes(degree + t.axes) if isinstance(t, Tensor) else t for t in box.cod)
    ports = tuple(binding.ports)
    outs = b.box(STANDARD["call"], args, cod, None, (("degree", degree), ("ports", ports)), (box,), mark)
    return Wired(frame, renamed(env, outs, box.cod, binding))


@dataclass(frozen=True, slots=True)
class AbstractBox(Form):
    """What stands for an open generic `f: box A -> B` while a definition is checked by itself."""

    title: str
    into: Wires
    out: Wires

    @property
    def name(self) -> str:
        return self.title

    def arity(self) -> int | None:
        return len(self.into)

    def dom(self) -> Wires | None:
        return self.into

    def apply(self, env: Env, wires: Wired, node: Node, spans: tuple[Span, ...]) -> Wired:
        if wires.types != self.into and all(isinstance(t, Tensor) for t in wires.types):
            formals = [Formal(f"wire {k + 1}", t) for k, t in enumerate(self.into)]
            binding = match_call(formals, wires.types, Site(env, node, self.name, spans))
            if binding.degree:
                box = single(generator(self.title, self.into, self.out), category=env.category)
                return place(env, box, binding, wires, node, self.title)
        fitted = fit(env, wires, self.into, node, self.name, spans)
        b = env.frame.builder
        mark = Mark(self.title, node.span)
        outs = b.box(generator(self.title, self.into, self.out), env.frame.own(fitted), self.out, mark=mark)
        return Wired(env.frame, outs)
