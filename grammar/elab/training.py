"""`train[f, opt]`, a plain diagram `State @ Data -> State @ R`; `Params[f]` and `State[f]`, the types it
goes round."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from diagram.builder import Builder
from diagram.errors import DiagramError, Span
from diagram.hypergraph import Diagram
from diagram.optic import Optic
from diagram.types import Tensor, Type, Wires, map_sizes, wires_text
from grammar.elab.derive import kept_names, port_types
from grammar.elab.env import Env, fault, size_of
from grammar.elab.inside import (
    closed,
    formal,
    inside,
    itself,
    matched,
    one_form,
    options_of,
    placed,
    plain,
    static_form,
    symbols,
    told,
)  # fmt: skip
from grammar.elab.lenses import DeclaredOptic
from grammar.elab.optics import optic_of
from grammar.elab.values import Form, TypeVal, Value, Wired
from grammar.tree import Node


@dataclass(slots=True, eq=False)
class TrainForm(Form):
    """`train[f, opt]` is `opt >> Rev[open[f]] >> demand`: the optimiser over every learned array of f."""

    form: Form
    opt: DeclaredOptic
    env: Env
    node: Node

    @property
    def name(self) -> str:
        return f"train[{self.form.name}, {self.opt.name}]"

    def arity(self) -> int | None:
        return len(self.dom() or ())

    def dom(self) -> Wires | None:
        data = self._data()
        d = itself(self.form, self.env, self.node).diagram
        return formal(sum(self._states(d, port_types(d, kept_names(d))), ()), data) + data

    def _data(self) -> Wires:
        data = self.form.dom()
        if data is None:
            raise fault("E0311", f"the types that `{self.form.name}` takes are not known here", self.node)
        return data

    def _states(self, d: Diagram, types: Wires) -> list[Wires]:
        """The state of the optimiser for each learned array; a frozen one is itself."""
        return [(t,) if p.frozen else self.opt.states(t) for p, t in zip(d.params, types, strict=True)]

    def apply(self, env: Env, wires: Wired, node: Node, spans: tuple[Span, ...]) -> Wired:
        dom = self.dom() or ()
        binding = matched(dom, wires, env, node, self.name, spans)
        types = closed(dom, binding)
        n = len(self._data())
        body = inside(self.form, types[len(types) - n :], self.env, self.node)
        if body.captured:
            raise fault("E0307", "`train` needs a diagram that captures no wires", self.node)
        d = body.diagram
        if not d.params:
            raise fault("E0406", f"`{self.form.name}` has no learned arrays to train", self.node)
        ports = port_types(d, kept_names(itself(self.form, self.env, self.node).diagram))
        optics = [
            None if p.frozen else self._optic(s, t, p.path)
            for p, t, s in zip(d.params, ports, self._states(d, ports), strict=True)
        ]
        try:
            new = _step(d, ports, optics)
        except (DiagramError, ValueError) as error:
            raise told(error, env, self.node) from None
        if new.dom != types:
            binding = matched(new.dom, wires, env, node, self.name, spans)
        outs = placed(env, new, (), binding, wires, node, None, self.name)
        names = env.frame.builder.names
        named = (*new.input_names, *new.output_names)
        for w, name in zip((*wires.ids, *outs.ids), named, strict=True):
            names[w] = names[w] or name
        return outs

    def _optic(self, states: Wires, type_: Type, path: str) -> Optic:
        optic = self.opt.made(states, self.env, self.node)
        if optic.cod != (type_,) or optic.demand != (type_,) or optic.back != optic.dom:
            raise fault(
                "E0402",
                f"`{self.opt.name}` is no optimiser for the learned array `{path}`",
                self.node,
                f"`{path}` is {type_}; an optimiser is S | S -> P | P'",
                notes=(f"it is {optic.type_text}",),
                help="write its types over `type P = R[...]`, which is any array",
            )
        return optic


def _step(d: Diagram, ports: Wires, optics: Sequence[Optic | None]) -> Diagram:
    """States and data in; the forward passes of the optimisers give the arrays, the gradient their
    changes."""
    from diagram.derivative import grad

    b = Builder(d.category)
    states: list[list[int]] = []
    for optic, param, type_ in zip(optics, d.params, ports, strict=True):
        types = (type_,) if optic is None else optic.dom
        names = [""] if optic is None else optic.forward.input_names
        states.append(
            [b.input(t, f"{param.path}.{n}" if n else param.path) for t, n in zip(types, names, strict=True)]
        )
    data = [b.input(t, n) for t, n in zip(d.dom, d.input_names, strict=True)]
    made = [
        tuple(s) if optic is None else b.insert(optic.forward, s)
        for optic, s in zip(optics, states, strict=True)
    ]
    paths = [p.path for p, optic in zip(d.params, optics, strict=True) if optic is not None]
    loss, *slopes = b.insert(grad(d, paths), data, [m[0] for m in made])
    rest = iter(slopes)
    outs: list[int] = []
    for optic, s, m in zip(optics, states, made, strict=True):
        outs += s if optic is None else b.insert(optic.backward, [*m[1:], next(rest)])
    results = (*(b.names[w] for s in states for w in s), "loss")
    return b.build((*outs, loss), f"train_{d.name}" if d.name else "train", results=results)


def train(slots: tuple[Node, ...], node: Node, env: Env) -> Value:
    """`train[f, opt]`."""
    places, _ = options_of(slots, (), "train")
    if len(places) != 2:
        raise fault(
            "E0302",
            "`train` takes a diagram with one real result and an optimiser",
            node,
            help="train[f, sgd[0.1]]",
        )
    opt = optic_of(static_form(places[1], env), env)
    if not isinstance(opt, DeclaredOptic):
        raise fault(
            "E0307",
            f"`{places[1].text}` is no declared lens",
            places[1],
            "an optimiser is a lens S | S -> P | P'",
        )
    return TrainForm(static_form(places[0], env), opt, env, node)


def params_type(slots: tuple[Node, ...], node: Node, env: Env) -> Value:
    """`Params[f]`: the types of the learned arrays."""
    from grammar.elab.learners import space_of

    form = one_form(slots, node, env, "Params")
    space = space_of(form, env)
    if space is not None:
        return TypeVal(_here(space, env))
    d = itself(form, env, node).diagram
    return TypeVal(_here(port_types(d, kept_names(d)), env))


def state_type(slots: tuple[Node, ...], node: Node, env: Env) -> Value:
    """`State[f]` of a training step `f : S @ A -> S @ R`: the wires S that go round."""
    form = one_form(slots, node, env, "State")
    d = itself(form, env, node).diagram
    n = len(d.cod) - 1
    if n < 0 or plain(d.dom[:n]) != plain(d.cod[:n]):
        raise fault(
            "E0306",
            f"`{form.name}` is no training step",
            node,
            f"it is {wires_text(d.dom)} -> {wires_text(d.cod)}, and should be S @ A -> S @ R",
        )
    return TypeVal(_here(d.cod[:n], env))


def _here(types: Wires, env: Env) -> Wires:
    """Types of another definition with the sizes that the axes have in this scope."""
    values = {}
    for name in symbols(types):
        info = env.find_axis(name)
        if info is not None:
            values[name] = size_of(info, env)
    return tuple(map_sizes(t, values) if isinstance(t, Tensor) else t for t in types)
