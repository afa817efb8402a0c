"""Optics as forms: `Rev[f]`, `A | A'`, `>>` and `@` of optics, `get[o]`, `put[o]`, `residual[o]`. A
definition whose type has `|`, or whose text is an optic, is one too. Where a plain diagram is needed,
an optic is `A @ B' -> B @ A'`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from diagram.errors import DiagramError, Span
from diagram.hypergraph import Diagram
from diagram.optic import Optic, rev, same
from diagram.types import Wires, wires_text
from grammar.elab.env import Env, Fault, evaluate, fault, kid, rule, word_span
from grammar.elab.inside import (
    closed,
    formal,
    inside,
    matched,
    one_form,
    part_of,
    placed,
    plain,
    static_form,
    told,
)
from grammar.elab.typing import type_of
from grammar.elab.values import Form, TypeVal, Value, Wired
from grammar.tree import Node


class OpticForm(Form):
    """Something with a forward and a backward pass. Abstract."""

    __slots__ = ()

    def into(self) -> Wires:
        """A, with open sizes."""
        raise TypeError(f"{type(self).__name__} has no domain")

    def made(self, types: Wires, env: Env, node: Node) -> Optic:
        """The optic on wires A of these types. Raises `Fault`."""
        raise TypeError(f"{type(self).__name__} has no passes")

    def scope(self) -> tuple[Env, Node]:
        """Where it is written."""
        raise TypeError(f"{type(self).__name__} stands nowhere")

    def itself(self) -> Optic:
        """The optic on the types it declares, whatever is open standing for itself."""
        env, node = self.scope()
        return self.made(plain(self.into()), env, node)

    def arity(self) -> int | None:
        return len(self.dom() or ())

    def dom(self) -> Wires | None:
        into = self.into()
        return into + formal(self.itself().demand, into)

    def apply(self, env: Env, wires: Wired, node: Node, spans: tuple[Span, ...]) -> Wired:
        return put_on(self, lambda optic: optic.closed(), self.dom() or (), env, wires, node, spans)


def put_on(
    form: OpticForm, passes: object, dom: Wires, env: Env, wires: Wired, node: Node, spans: Sequence[Span],
    named: bool = False,
) -> Wired:  # fmt: skip
    """A diagram made from the optic, on wires; if `named` those without a name take its names."""
    assert callable(passes)
    binding = matched(dom, wires, env, node, form.name, spans)
    types = closed(dom, binding)
    optic = form.made(types[: len(form.into())], env, node)
    new = passes(optic)
    assert isinstance(new, Diagram)
    if new.dom != types:
        binding = matched(new.dom, wires, env, node, form.name, spans)
    if named:
        names = env.frame.builder.names
        for w, v in zip(env.frame.own(wires), new.inputs, strict=False):
            names[w] = names[w] or new.names[v]
    return placed(env, new, (), binding, wires, node, part_of(form, None, env, new), form.name)


@dataclass(slots=True, eq=False)
class IdOptic(OpticForm):
    """`A | A'`: the identity on a bidirectional type."""

    there: Wires
    back: Wires
    env: Env
    node: Node

    @property
    def name(self) -> str:
        return self.node.text

    def into(self) -> Wires:
        return self.there

    def scope(self) -> tuple[Env, Node]:
        return self.env, self.node

    def made(self, types: Wires, env: Env, node: Node) -> Optic:
        return same(types, self.back, env.category)


@rule("both_ways")
def both_ways(node: Node, env: Env) -> Value:
    """`A | A'`."""
    return IdOptic(type_of(kid(node, 0), env), type_of(kid(node, 1), env), env, node)


@dataclass(slots=True, eq=False)
class RevForm(OpticForm):
    """`Rev[f] : A | A' -> B | B'`. Raises `Fault` E0406."""

    form: Form
    env: Env
    node: Node

    @property
    def name(self) -> str:
        return f"Rev[{self.form.name}]"

    def into(self) -> Wires:
        dom = self.form.dom()
        if dom is None:
            raise fault("E0311", f"the types that `{self.form.name}` takes are not known here", self.node)
        return dom

    def scope(self) -> tuple[Env, Node]:
        return self.env, self.node

    def made(self, types: Wires, env: Env, node: Node) -> Optic:
        body = inside(self.form, types, self.env, self.node, mention=True)
        if body.captured:
            raise fault("E0307", "`Rev` needs a diagram that captures no wires", self.node)
        try:
            return rev(body.diagram)
        except DiagramError as error:
            raise told(error, self.env, self.node) from None


@dataclass(slots=True, eq=False)
class ThenOptic(OpticForm):
    """`o >> p`."""

    parts: tuple[OpticForm, ...]
    nodes: tuple[Node, ...]
    env: Env

    @property
    def name(self) -> str:
        return " >> ".join(p.name for p in self.parts)

    def into(self) -> Wires:
        return self.parts[0].into()

    def scope(self) -> tuple[Env, Node]:
        return self.env, self.nodes[0]

    def made(self, types: Wires, env: Env, node: Node) -> Optic:
        result = self.parts[0].made(types, env, self.nodes[0])
        for before, at, part in zip(self.nodes, self.nodes[1:], self.parts[1:], strict=False):
            wanted = part.into()
            if len(wanted) != len(result.cod):
                raise no_fit(before, at, (result.cod, result.demand), (wanted, None))
            following = part.made(result.cod, env, at)
            if following.dom != result.cod or following.back != result.demand:
                raise no_fit(before, at, (result.cod, result.demand), (following.dom, following.back))
            result = result >> following
        return result


def no_fit(before: Node, at: Node, left: tuple[Wires, Wires], right: tuple[Wires, Wires | None]) -> Fault:
    """E0402 with both sides."""

    def text(sides: tuple[Wires, Wires | None]) -> str:
        return " | ".join(wires_text(s) for s in sides if s is not None)

    return fault(
        "E0402",
        "the passes of these optics do not fit",
        at,
        f"takes    {text(right)}",
        labels=((before, f"gives    {text(left)}"),),
        notes=("forward wires are on the left of `|`, what comes back on the right",),
    )


@dataclass(slots=True, eq=False)
class BesideOptic(OpticForm):
    """`o @ p`."""

    parts: tuple[OpticForm, ...]
    nodes: tuple[Node, ...]
    env: Env

    @property
    def name(self) -> str:
        return " @ ".join(p.name for p in self.parts)

    def into(self) -> Wires:
        return sum((p.into() for p in self.parts), ())

    def scope(self) -> tuple[Env, Node]:
        return self.env, self.nodes[0]

    def made(self, types: Wires, env: Env, node: Node) -> Optic:
        result: Optic | None = None
        at = 0
        for part, where in zip(self.parts, self.nodes, strict=True):
            n = len(part.into())
            one = part.made(types[at : at + n], env, where)
            at += n
            result = one if result is None else result @ one
        assert result is not None
        return result


def optic_of(value: Value, env: Env) -> OpticForm | None:
    """The optic that a value is: itself, or what a definition that is one says. None for anything else."""
    from grammar.elab.define import DefForm, static_key
    from grammar.elab.signature import open_signature

    if isinstance(value, OpticForm):
        return value
    if not isinstance(value, DefForm) or value.sig.node.kind != "def_pointfree":
        return None
    arrow = value.sig.node.kids[2]
    declared = isinstance(arrow, Node) and any(
        isinstance(k, Node) and k.kind == "both_ways" for k in arrow.kids
    )
    if not declared and arrow is not None:
        return None
    key = (value.sig, *sorted((k, static_key(v)) for k, v in value.statics.items()))
    if key in env.unit.looking or value.sig in env.unit.one_way:
        return None
    env.unit.looking.append(key)
    try:
        scope = open_signature(value.sig, value.statics, top=True).env
        found = optic_of(evaluate(kid(value.sig.node, 5), scope), env)
    except RecursionError:
        raise fault("E0602", f"`{value.name}` is nested too deep", word_span(value.sig.node)) from None
    finally:
        env.unit.looking.pop()
    if found is None and not value.statics:
        env.unit.one_way.add(value.sig)
    return found


def optic_named(name: str, env: Env) -> Optic | None:
    """What a lens, an optic, or a definition that is one of this name is on the types it declares."""
    value = env.find(name)
    found = None if value is None else optic_of(value, env)
    return None if found is None else found.itself()


def optics(values: Sequence[Value], nodes: Sequence[Node], env: Env) -> tuple[OpticForm, ...] | None:
    """All of them as optics, if one is; types are identities only with `|`. Raises `Fault` E0301 for a
    mixture."""
    found = [optic_of(v, env) for v in values]
    if all(f is None for f in found):
        return None
    result: list[OpticForm] = []
    for one, value, node in zip(found, values, nodes, strict=True):
        if one is None and isinstance(value, TypeVal) and not value.wires:
            one = IdOptic((), (), env, node)
        if one is None:
            raise fault(
                "E0301",
                f"`{node.text}` is no optic, and its neighbours are",
                node,
                "both ends need forward and backward wires",
                help=f"write `Rev[{node.text}]`, or `({node.text} | {node.text}')` for an identity",
            )
        result.append(one)
    return tuple(result)


def then_optic(parts: tuple[OpticForm, ...], nodes: tuple[Node, ...], env: Env) -> OpticForm:
    """`o >> p`, of learners with their parameters aside."""
    from grammar.elab.learners import joined

    return joined(parts, nodes, False, env) or ThenOptic(parts, nodes, env)


def beside_optic(parts: tuple[OpticForm, ...], nodes: tuple[Node, ...], env: Env) -> OpticForm:
    """`o @ p`, of learners with their parameters aside."""
    from grammar.elab.learners import joined

    return joined(parts, nodes, True, env) or BesideOptic(parts, nodes, env)


@dataclass(slots=True, eq=False)
class PassForm(Form):
    """`get[o] : A -> B`, `put[o] : A @ B' -> A'`."""

    optic: OpticForm
    title: str

    @property
    def name(self) -> str:
        return f"{self.title}[{self.optic.name}]"

    def arity(self) -> int | None:
        return len(self.dom() or ())

    def dom(self) -> Wires | None:
        return self.optic.into() if self.title == "get" else self.optic.dom()

    def apply(self, env: Env, wires: Wired, node: Node, spans: tuple[Span, ...]) -> Wired:
        passes = Optic.get if self.title == "get" else Optic.put
        if not isinstance(self.optic, OpticForm):
            raise TypeError("get and put take optics")
        return put_on(self.optic, passes, self.dom() or (), env, wires, node, spans)


def one_optic(slots: Sequence[Node], node: Node, env: Env, title: str) -> OpticForm:
    """The only optic in square brackets. Raises `Fault` E0307."""
    form = one_form(slots, node, env, title)
    optic = optic_of(form, env)
    if optic is None:
        raise fault("E0307", f"`{slots[0].text}` is no lens or optic", slots[0], f"`{title}` takes one apart",
                    help=f"write `{title}[Rev[{slots[0].text}]]` for its reverse derivative")  # fmt: skip
    return optic


def get_of(slots: tuple[Node, ...], node: Node, env: Env) -> Value:
    """`get[o]`."""
    return PassForm(one_optic(slots, node, env, "get"), "get")


def put_of(slots: tuple[Node, ...], node: Node, env: Env) -> Value:
    """`put[o]`."""
    return PassForm(one_optic(slots, node, env, "put"), "put")


def residual_of(slots: tuple[Node, ...], node: Node, env: Env) -> Value:
    """`residual[o]`: the type M that the forward pass leaves."""
    return TypeVal(one_optic(slots, node, env, "residual").itself().left)


def rev_of(slots: tuple[Node, ...], node: Node, env: Env) -> Value:
    """`Rev[f]`; of a type the identity both ways."""
    from grammar.elab.inside import options_of

    places, _ = options_of(slots, (), "Rev")
    if len(places) != 1:
        raise fault("E0302", "`Rev` takes one diagram", node, help="write `Rev[f]`")
    return RevForm(static_form(places[0], env), env, node)
