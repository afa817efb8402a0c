"""Optics made from optics: `o ** n`, `recompute[o]`, `store[o]`, and the comparison `oplax[o, p]`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from diagram.cells import comparison
from diagram.errors import DiagramError, Span
from diagram.hypergraph import Diagram
from diagram.optic import Optic, same
from diagram.slim import slim
from diagram.types import Wires
from grammar.elab.env import Env, fault
from grammar.elab.inside import told
from grammar.elab.optics import OpticForm, no_fit, one_optic, put_on
from grammar.elab.values import Form, Value, Wired
from grammar.tree import Node


@dataclass(slots=True, eq=False)
class PowerOptic(OpticForm):
    """`o ** n`, the brackets on the right: of a lens, what is computed least often."""

    form: OpticForm
    count: int
    node: Node

    @property
    def name(self) -> str:
        return f"{self.form.name} ** {self.count}"

    def into(self) -> Wires:
        return self.form.into()

    def scope(self) -> tuple[Env, Node]:
        return self.form.scope()

    def made(self, types: Wires, env: Env, node: Node) -> Optic:
        one = self.form.made(types, env, self.node)
        if (one.cod, one.demand) != (one.dom, one.back):
            raise no_fit(self.node, self.node, (one.cod, one.demand), (one.dom, one.back))
        result = one if self.count else same(one.dom, one.back, env.category)
        for _ in range(self.count - 1):
            result = one >> result
        return result


@dataclass(slots=True, eq=False)
class ChangedOptic(OpticForm):
    """`recompute[o]`, `store[o]`: the same map with another residual."""

    form: OpticForm
    title: str
    change: Callable[[Optic], Optic]

    @property
    def name(self) -> str:
        return f"{self.title}[{self.form.name}]"

    def into(self) -> Wires:
        return self.form.into()

    def scope(self) -> tuple[Env, Node]:
        return self.form.scope()

    def made(self, types: Wires, env: Env, node: Node) -> Optic:
        return self.change(self.form.made(types, env, node))


@dataclass(slots=True, eq=False)
class OplaxForm(Form):
    """`oplax[o, p] : A -> A @ B`: from the residual of the lens of `o >> p` to that of the lenses."""

    first: OpticForm
    second: OpticForm
    env: Env
    node: Node

    @property
    def name(self) -> str:
        return f"oplax[{self.first.name}, {self.second.name}]"

    def arity(self) -> int | None:
        return len(self.first.into())

    def dom(self) -> Wires | None:
        return self.first.into()

    def apply(self, env: Env, wires: Wired, node: Node, spans: tuple[Span, ...]) -> Wired:
        def along(one: Optic) -> Diagram:
            try:
                return comparison(one, self.second.made(one.cod, self.env, self.node)).along
            except DiagramError as error:
                raise told(error, env, node) from None

        return put_on(self.first, along, self.first.into(), env, wires, node, spans)


def slim_of(slots: tuple[Node, ...], node: Node, env: Env) -> Value:
    """`slim[o]`: the same map, its residual without what cheap boxes make from the rest."""
    return ChangedOptic(one_optic(slots, node, env, "slim"), "slim", slim)


def oplax_of(slots: tuple[Node, ...], node: Node, env: Env) -> Value:
    """`oplax[o, p]`."""
    if len(slots) != 2:
        raise fault("E0302", "`oplax` takes two optics", node, help="write `oplax[o, p]`")
    first, second = (one_optic((slot,), slot, env, "oplax") for slot in slots)
    return OplaxForm(first, second, env, node)
