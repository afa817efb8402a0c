"""Learners as forms: `learner[f, rate]` of a definition with learned arrays, `para[l, n]` of a lens by hand,
`>>` and `@` with the parameters aside, `implement[l]`, `update[l]`, `request[l]`; `open[l]` is the lens."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from diagram.errors import DiagramError, Span
from diagram.hypergraph import Diagram
from diagram.learner import Learner, learner
from diagram.optic import Optic
from diagram.reals import Real
from diagram.types import Wires
from grammar.elab.binding import Formal, Site
from grammar.elab.derive import opened
from grammar.elab.env import Env, fault
from grammar.elab.inside import (
    closed,
    formal,
    inside,
    itself,
    one_form,
    options_of,
    plain,
    static_form,
    told,
)
from grammar.elab.match import match_call
from grammar.elab.optics import OpticForm, one_optic, optic_of, put_on
from grammar.elab.static import number, whole
from grammar.elab.values import Form, Value, Wired
from grammar.tree import Node


class LearnerForm(OpticForm):
    """A lens `P @ A | P @ A -> B | B` that composes with P aside. Abstract."""

    __slots__ = ()

    def given(self) -> Wires:
        """A, with open sizes."""
        raise TypeError(f"{type(self).__name__} has no domain")

    def learned(self, types: Wires, env: Env, node: Node) -> Learner:
        """The learner on wires A of these types. Raises `Fault`."""
        raise TypeError(f"{type(self).__name__} learns nothing")

    def one(self) -> Learner:
        """The learner on the types it declares."""
        env, node = self.scope()
        return self.learned(plain(self.given()), env, node)

    def into(self) -> Wires:
        given = self.given()
        return formal(self.one().space, given) + given

    def made(self, types: Wires, env: Env, node: Node) -> Optic:
        return self.learned(types[len(types) - len(self.given()) :], env, node).optic

    def apply(self, env: Env, wires: Wired, node: Node, spans: tuple[Span, ...]) -> Wired:
        return put_on(self, Optic.closed, self.dom() or (), env, wires, node, spans, named=True)


@dataclass(slots=True, eq=False)
class MadeLearner(LearnerForm):
    """`learner[f, rate, error = e, inverse = h]`."""

    form: Form
    rate: Real
    error: Diagram | None
    solved: Diagram | None
    env: Env
    node: Node

    @property
    def name(self) -> str:
        return f"learner[{self.form.name}]"

    def scope(self) -> tuple[Env, Node]:
        return self.env, self.node

    def given(self) -> Wires:
        dom = self.form.dom()
        if dom is None:
            raise fault("E0311", f"the types that `{self.form.name}` takes are not known here", self.node)
        return dom

    def learned(self, types: Wires, env: Env, node: Node) -> Learner:
        body = inside(self.form, types, self.env, self.node)
        if body.captured:
            raise fault("E0307", "`learner` needs a diagram that captures no wires", self.node)
        d = body.diagram
        kept = tuple(tuple(True for _ in getattr(d.wires[w], "axes", ())) for w in d.param_wires)
        try:
            return learner(opened(d, kept), len(d.params), self.rate, self.error, self.solved)
        except DiagramError as error:
            raise told(error, self.env, self.node) from None


@dataclass(slots=True, eq=False)
class ParaLearner(LearnerForm):
    """`para[l, n]`: a lens whose first n wires are parameters."""

    optic: OpticForm
    count: int
    env: Env
    node: Node

    @property
    def name(self) -> str:
        return self.optic.name

    def scope(self) -> tuple[Env, Node]:
        return self.env, self.node

    def given(self) -> Wires:
        return self.optic.into()[self.count :]

    def learned(self, types: Wires, env: Env, node: Node) -> Learner:
        into = self.optic.into()
        formals = [Formal(f"wire {k + 1}", t) for k, t in enumerate(into[self.count :])]
        binding = match_call(formals, types, Site(env, node, self.name, tuple(node.span for _ in types)))
        optic = self.optic.made(plain(closed(into[: self.count], binding)) + types, env, self.node)
        try:
            return Learner(optic, self.count)
        except DiagramError as error:
            raise told(error, self.env, self.node) from None


@dataclass(slots=True, eq=False)
class JoinedLearner(LearnerForm):
    """`l >> k`, or `l @ k` if `beside`."""

    parts: tuple[LearnerForm, ...]
    nodes: tuple[Node, ...]
    beside: bool
    env: Env

    @property
    def name(self) -> str:
        return (" @ " if self.beside else " >> ").join(p.name for p in self.parts)

    def scope(self) -> tuple[Env, Node]:
        return self.env, self.nodes[0]

    def given(self) -> Wires:
        return sum((p.given() for p in self.parts), ()) if self.beside else self.parts[0].given()

    def learned(self, types: Wires, env: Env, node: Node) -> Learner:
        result: Learner | None = None
        at = 0
        for part, where in zip(self.parts, self.nodes, strict=True):
            n = len(part.given())
            mine = types[at : at + n] if self.beside or result is None else result.cod
            at += n
            if len(mine) != n:
                raise fault("E0402", f"`{part.name}` takes {n} wires, and {len(mine)} come", where)
            one = part.learned(mine, env, where)
            try:
                result = one if result is None else result @ one if self.beside else result >> one
            except DiagramError as error:
                raise told(error, env, where) from None
        assert result is not None
        return result


@dataclass(slots=True, eq=False)
class OpenedLearner(OpticForm):
    """`open[l]`: the lens, with the parameters as wires like others."""

    learner: LearnerForm

    @property
    def name(self) -> str:
        return f"open[{self.learner.name}]"

    def scope(self) -> tuple[Env, Node]:
        return self.learner.scope()

    def into(self) -> Wires:
        return self.learner.into()

    def made(self, types: Wires, env: Env, node: Node) -> Optic:
        return self.learner.made(types, env, node)


PARTS: dict[str, Callable[[Learner], Diagram]] = {
    "implement": lambda one: one.implement,
    "update": lambda one: one.update,
    "request": lambda one: one.request,
}


@dataclass(slots=True, eq=False)
class PartForm(Form):
    """`implement[l] : P @ A -> B`, `update[l] : P @ A @ B -> P`, `request[l] : P @ A @ B -> A`."""

    learner: LearnerForm
    title: str

    @property
    def name(self) -> str:
        return f"{self.title}[{self.learner.name}]"

    def arity(self) -> int | None:
        return len(self.dom() or ())

    def dom(self) -> Wires | None:
        return self.learner.into() if self.title == "implement" else self.learner.dom()

    def apply(self, env: Env, wires: Wired, node: Node, spans: tuple[Span, ...]) -> Wired:
        count = self.learner.one().parameters

        def part(optic: Optic) -> Diagram:
            return PARTS[self.title](Learner(optic, count))

        return put_on(self.learner, part, self.dom() or (), env, wires, node, spans, named=True)


def joined(
    parts: Sequence[OpticForm], nodes: tuple[Node, ...], beside: bool, env: Env
) -> JoinedLearner | None:
    """Learners beside or after each other, if there is one among these; other lenses learn nothing."""
    if not any(isinstance(p, LearnerForm) for p in parts):
        return None
    learners = tuple(
        p if isinstance(p, LearnerForm) else ParaLearner(p, 0, env, n)
        for p, n in zip(parts, nodes, strict=True)
    )
    return JoinedLearner(learners, nodes, beside, env)


def one_learner(slots: Sequence[Node], node: Node, env: Env, title: str) -> LearnerForm:
    """The only learner in square brackets. Raises `Fault` E0307."""
    found = optic_of(one_form(slots, node, env, title), env)
    if isinstance(found, LearnerForm):
        return found
    text = slots[0].text
    help = f"`learner[{text}, 0.1]` descends the gradient of a diagram"
    if found is not None:
        help = f"say how many of its wires are parameters: `{title}[para[{text}, 1]]`"
    raise fault("E0307", f"`{text}` is no learner", slots[0], f"`{title}` takes one apart", help=help)


def learner_of(slots: tuple[Node, ...], node: Node, env: Env) -> Value:
    """`learner[f, rate]`."""
    places, options = options_of(slots, ("rate", "error", "inverse"), "learner")
    if len(places) == 2 and "rate" not in options:
        options["rate"] = places.pop()
    if len(places) != 1 or "rate" not in options:
        raise fault("E0302", "`learner` takes a diagram and a rate", node, help="learner[f, 0.1]")
    given = {k: itself(static_form(v, env), env, v).diagram for k, v in options.items() if k != "rate"}
    form = static_form(places[0], env)
    return MadeLearner(
        form, number(options["rate"], env), given.get("error"), given.get("inverse"), env, node
    )


def para_of(slots: tuple[Node, ...], node: Node, env: Env) -> Value:
    """`para[l, n]`; n is 1 if it is not said."""
    count = whole(slots[1], env).constant if len(slots) == 2 else 1
    if not 1 <= len(slots) <= 2 or count is None or count < 0:
        raise fault("E0302", "`para` takes a lens and the number of its parameters", node, help="para[l, 1]")
    return ParaLearner(one_optic(slots[:1], node, env, "para"), count, env, node)


def implement(slots: tuple[Node, ...], node: Node, env: Env) -> Value:
    """`implement[l]`."""
    return PartForm(one_learner(slots, node, env, "implement"), "implement")


def update(slots: tuple[Node, ...], node: Node, env: Env) -> Value:
    """`update[l]`."""
    return PartForm(one_learner(slots, node, env, "update"), "update")


def request(slots: tuple[Node, ...], node: Node, env: Env) -> Value:
    """`request[l]`."""
    return PartForm(one_learner(slots, node, env, "request"), "request")


def opened_learner(form: Form, env: Env) -> OpticForm | None:
    """The lens of a form that is a learner."""
    found = optic_of(form, env)
    return OpenedLearner(found) if isinstance(found, LearnerForm) else None


def space_of(form: Form, env: Env) -> Wires | None:
    """P of a form that is a learner."""
    found = optic_of(form, env)
    return found.one().space if isinstance(found, LearnerForm) else None
