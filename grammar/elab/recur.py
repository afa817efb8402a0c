"""Loops point-free: `trace[T, f]` and `fix[f]`, boxes with a body; and how any such box is placed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from diagram.errors import Span
from diagram.hypergraph import Args, Mark
from diagram.ops import STANDARD
from diagram.types import Type, Wires, wires_text
from grammar.elab.env import Env, fault
from grammar.elab.inside import Around, Inside, inside, part_of, static_form
from grammar.elab.learn import Prefix, instance_params
from grammar.elab.powers import same_names
from grammar.elab.structure import require
from grammar.elab.typing import type_of
from grammar.elab.values import Form, Value, Wired
from grammar.tree import Node


@dataclass(frozen=True, slots=True)
class TraceForm(Around):
    """`trace[T, f] : A -> B` of `f : T @ A -> T @ B`: its first wires closed."""

    form: Form
    loop: Wires
    node: Node
    part: Prefix | None = None

    def arity(self) -> int | None:
        n = self.form.arity()
        return None if n is None else n - len(self.loop)

    def dom(self) -> Wires | None:
        dom = self.form.dom()
        return None if dom is None else dom[len(self.loop) :]

    def apply(self, env: Env, wires: Wired, node: Node, spans: tuple[Span, ...]) -> Wired:
        n = len(self.loop)

        def back(inner: Env, outs: tuple[int, ...]) -> tuple[int, ...]:
            have = tuple(inner.frame.builder.wires[w] for w in outs)
            done = (*same_names(inner, outs[:n], self.loop, have[:n]), *outs[n:])
            ends = Wired(inner.frame, done[:n]).types
            if ends != self.loop:
                raise fault(
                    "E0301",
                    f"`{self.form.name}` does not close over {wires_text(self.loop)}",
                    self.node,
                    f"its first wires come out as {wires_text(ends)}",
                )
            return done

        body = inside(self.form, (*self.loop, *wires.types), env, node, fit=back)
        args: Args = (("wires", n),)
        cod = body.diagram.cod[n:]
        return boxed(
            env,
            "trace",
            body,
            wires,
            (),
            cod,
            args,
            node,
            part_of(self.form, self.part, env, body.diagram),
            (),
        )


def boxed(
    env: Env,
    op: str,
    body: Inside,
    wires: Wired,
    states: Sequence[int],
    cod: Sequence[Type],
    args: Args,
    node: Node,
    part: Prefix | None,
    options: Args,
) -> Wired:
    """A box with a body: its wires, then what the body captured, then its learned arrays."""
    frame = env.frame
    params = instance_params(frame, body.diagram, part, body.diagram.name, node)
    dom = (*states, *frame.own(wires), *body.captured, *params)
    mark = Mark(body.diagram.name, node.span, options)
    return Wired(frame, frame.builder.box(STANDARD[op], dom, cod, None, args, (body.diagram,), mark))


@dataclass(frozen=True, slots=True)
class FixForm(Around):
    """`fix[f] : A -> T` of `f : T @ A -> T`: a fixed point in T, found by iteration."""

    form: Form
    node: Node
    part: Prefix | None = None

    def arity(self) -> int | None:
        n = self.form.arity()
        return None if n is None else n - 1

    def dom(self) -> Wires | None:
        dom = self.form.dom()
        return None if dom is None else dom[1:]

    def apply(self, env: Env, wires: Wired, node: Node, spans: tuple[Span, ...]) -> Wired:
        dom = self.form.dom()
        if not dom or any("?" in str(t) for t in dom[:1]):
            raise fault("E0311", f"the type that `{self.form.name}` iterates on is open", self.node)

        def twice(inner: Env, outs: tuple[int, ...]) -> tuple[int, ...]:
            if len(outs) != 1:
                raise fault(
                    "E0303", f"`{self.form.name}` gives {len(outs)} wires, and `fix` needs one", self.node
                )
            (w,) = same_names(inner, outs, dom[:1], Wired(inner.frame, outs).types)
            if inner.frame.builder.wires[w] != dom[0]:
                raise fault("E0301", f"`{self.form.name}` gives another type than it iterates on", self.node,
                            f"{inner.frame.builder.wires[w]} against {dom[0]}")  # fmt: skip
            return w, w

        body = inside(self.form, (dom[0], *wires.types), env, node, fit=twice)
        part = part_of(self.form, self.part, env, body.diagram)
        return boxed(env, "trace", body, wires, (), dom[:1], (("wires", 1),), node, part, (("fix", True),))


def trace(slots: tuple[Node, ...], node: Node, env: Env) -> Value:
    """`trace[T, f]`. Raises `Fault` E0405."""
    require(env, "trace", "E0405", "trace", node)
    if len(slots) != 2:
        raise fault(
            "E0302", "`trace` takes the types to close and a diagram", node, help="write `trace[T, f]`"
        )
    return TraceForm(static_form(slots[1], env), type_of(slots[0], env), node)


def fix(slots: tuple[Node, ...], node: Node, env: Env) -> Value:
    """`fix[f]`. Raises `Fault` E0405."""
    require(env, "trace", "E0405", "fix", node)
    if len(slots) != 1:
        raise fault("E0302", "`fix` takes one diagram", node, help="write `fix[f]`")
    return FixForm(static_form(slots[0], env), node)
