"""Computed diagrams in square brackets: `grad[f]`, `vjp[f]`, `jvp[f]`, `jacobian[f]`, `hessian[f]`,
`open[f]`.

The derivative itself is `diagram.derivative`; here the body is elaborated, captured wires are held
constant, and the result is placed as a call that keeps the axes that remain.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from diagram.derivative.jacobians import hessian, jacobian
from diagram.errors import Diagnostic, DiagramError, Span
from diagram.hypergraph import Diagram
from diagram.sharing import select
from diagram.sizes import Size
from diagram.types import Tensor, Wires, cotangent
from diagram.value import make
from grammar.elab.env import Env, fault, kid, kids
from grammar.elab.inside import (
    Around,
    closed,
    formal,
    hidden,
    inside,
    itself,
    matched,
    one_form,
    options_of,
    part_of,
    placed,
    shown,
    told,
)  # fmt: skip
from grammar.elab.learn import Prefix
from grammar.elab.values import Form, Text, Value, Wired
from grammar.tree import Node

Change = Callable[[Diagram], Diagram]


@dataclass(slots=True, eq=False)
class DerivedForm(Around):
    """A form computed from the body of another: `grad[f]`. `more` gives the types it takes besides those
    of f."""

    title: str
    form: Form
    change: Change
    env: Env
    node: Node
    more: Callable[[Diagram], Wires] | None = None
    part: Prefix | None = None

    @property
    def name(self) -> str:
        return f"{self.title}[{self.form.name}]"

    def arity(self) -> int | None:
        if self.more is None:
            return self.form.arity()
        dom = self.dom()
        return None if dom is None else len(dom)

    def dom(self) -> Wires | None:
        dom = self.form.dom()
        if dom is None or self.more is None:
            return dom
        return dom + formal(self.more(itself(self.form, self.env, self.node).diagram), dom)

    def apply(self, env: Env, wires: Wired, node: Node, spans: tuple[Span, ...]) -> Wired:
        dom = self.dom()
        binding = matched(dom, wires, env, node, self.name, spans)
        types = closed(dom, binding) if dom is not None else wires.types
        inner = self.form.dom()
        own = len(types) if inner is None else len(inner)
        body = inside(self.form, types[:own], env, node)
        try:
            new = self.change(hidden(body))
        except (DiagramError, ValueError) as error:
            raise told(error, env, self.node) from None
        new = shown(new, len(body.captured))
        if new.dom[: len(types)] != types:
            binding = matched(new.dom[: len(types)], wires, env, node, self.name, spans)
        part = part_of(self.form, self.part, env, new)
        return placed(env, new, body.captured, binding, wires, node, part, self.name)


def gradient(wrt: Sequence[str] | None) -> Change:
    """The gradient of a scalar, without the value: for all real inputs, or those named, in the order
    named."""

    def change(d: Diagram) -> Diagram:
        from diagram.derivative import grad
        from diagram.derivative.activity import is_smooth

        inputs = [k for k, t in zip(d.input_names, d.dom, strict=True) if is_smooth(t)]
        if wrt is None:
            named = grad(d, inputs)
            return select(named, range(1, 1 + len(inputs)))
        known = [*d.input_names, *(p.path for p in d.params)]
        for name in wrt:
            if name not in known:
                raise DiagramError(
                    Diagnostic(
                        "E0201",
                        f"`{d.name}` has no wire or learned array `{name}`",
                        help=f"it has {', '.join(known)}",
                    )
                )
        named = grad(d, wrt)
        order = [n for n in (*d.input_names, *(p.path for p in d.params)) if n in wrt]
        return select(named, [1 + order.index(n) for n in wrt])

    return change


def backward(d: Diagram) -> Diagram:
    """`vjp[f] : A @ B' -> A'`, learned arrays held fixed."""
    from diagram.derivative import reverse
    from diagram.derivative.activity import is_smooth

    return select(reverse(d), range(sum(map(is_smooth, d.dom))))


def forward(d: Diagram) -> Diagram:
    """`jvp[f] : A @ A~ -> B~`, learned arrays held fixed."""
    from diagram.derivative import jvp

    new = jvp(d)
    return select(new, range(len(d.cod), len(new.cod)))


def demands(d: Diagram) -> Wires:
    """B', what `vjp` takes besides A."""
    return sum((cotangent(t) for t in d.cod), ())


def tangents(d: Diagram) -> Wires:
    """A~, what `jvp` takes besides A."""
    return sum((cotangent(t) for t in d.dom), ())


Kept = tuple[tuple[bool, ...], ...]
"""For each learned array and each of its axes: whether the name says the same as in the types around."""


def kept_names(d: Diagram) -> Kept:
    """As ports, learned arrays of parts must not clash: a name that stands for two sizes is kept for none
    of them, or for that of the domain."""
    sizes: dict[str, set[Size]] = {}
    types = [d.wires[w] for w in d.param_wires]
    for type_ in types:
        for axis in type_.axes if isinstance(type_, Tensor) else ():
            sizes.setdefault(axis.name, set()).add(axis.size)
    for axis in [a for t in d.dom if isinstance(t, Tensor) for a in t.axes]:
        sizes[axis.name] = {axis.size}
    return tuple(
        tuple(sizes[a.name] == {a.size} for a in t.axes) if isinstance(t, Tensor) else () for t in types
    )


def port_types(d: Diagram, kept: Kept) -> Wires:
    """The types of the learned arrays as ports."""
    result = []
    for w, names in zip(d.param_wires, kept, strict=True):
        type_ = d.wires[w]
        if isinstance(type_, Tensor):
            axes = zip(type_.axes, names, strict=True)
            type_ = type_.with_axes(tuple(a if keep else a.renamed("") for a, keep in axes))
        result.append(type_)
    return tuple(result)


def opened(d: Diagram, kept: Kept) -> Diagram:
    """`open[f] : P @ A -> B`: the learned arrays as ports in front."""
    flat, n = d.flat, len(d.dom)
    names = list(flat.names)
    for w, p in zip(d.param_wires, d.params, strict=True):
        names[w] = p.path
    ins = flat.inputs[n:] + flat.inputs[:n]
    types = port_types(d, kept)
    new = flat._replace(inputs=ins, params=(), names=tuple(names))
    return make(new, types + d.dom, d.cod, d.category, d.name, d.doc, d.results, d.span)


@dataclass(slots=True, eq=False)
class OpenForm(Around):
    """`open[f] : P @ A -> B`."""

    form: Form
    env: Env
    node: Node
    part: Prefix | None = None

    def arity(self) -> int | None:
        dom = self.dom()
        return None if dom is None else len(dom)

    def dom(self) -> Wires | None:
        dom = self.form.dom()
        if dom is None:
            return None
        d = itself(self.form, self.env, self.node).diagram
        return formal(port_types(d, kept_names(d)), dom) + dom

    def ahead(self) -> tuple[str, ...]:
        return tuple(p.path for p in itself(self.form, self.env, self.node).diagram.params)

    def apply(self, env: Env, wires: Wired, node: Node, spans: tuple[Span, ...]) -> Wired:
        dom = self.dom()
        if dom is None:
            raise fault("E0311", f"the types that `{self.form.name}` takes are not known here", self.node)
        binding = matched(dom, wires, env, node, self.name, spans)
        types = closed(dom, binding)
        inner = self.form.dom() or ()
        body = inside(self.form, types[len(types) - len(inner) :], env, node)
        if body.captured:
            raise fault("E0307", "`open` needs a diagram that captures no wires", self.node)
        kept = kept_names(itself(self.form, self.env, self.node).diagram)
        return placed(
            env, opened(body.diagram, kept), (), binding, wires, node, None, f"open[{self.form.name}]"
        )


# Square brackets


def _derived(
    title: str, change: Change, more: Callable[[Diagram], Wires] | None = None
) -> Callable[[tuple[Node, ...], Node, Env], Value]:
    def build(slots: tuple[Node, ...], node: Node, env: Env) -> Value:
        return DerivedForm(title, one_form(slots, node, env, title), change, env, node, more)

    return build


def grad_of(slots: tuple[Node, ...], node: Node, env: Env) -> Value:
    """`grad[f]`, `grad[f, wrt = [x, up.weight]]`."""
    places, options = options_of(slots, ("wrt",), "grad")
    form = one_form(places, node, env, "grad")
    wrt = _names(options["wrt"], env) if "wrt" in options else None
    return DerivedForm("grad", form, gradient(wrt), env, node)


def _names(node: Node, env: Env) -> list[str]:
    from grammar.elab.env import evaluate

    items = kids(kid(kid(node, 0), 0)) if node.kind == "array" else (node,)
    found = []
    for item in items:
        if item.kind == "string":
            value = evaluate(item, env)
            assert isinstance(value, Text)
            found.append(value.value)
        elif item.kind in ("name", "attr"):
            found.append(item.text.replace(" ", ""))
        else:
            raise fault(
                "E0307", f"`{item.text}` names no wire or parameter", item, help="wrt = [x, up.weight]"
            )
    return found


def open_of(slots: tuple[Node, ...], node: Node, env: Env) -> Value:
    """`open[f]`; of a learner the lens."""
    from grammar.elab.learners import opened_learner

    form = one_form(slots, node, env, "open")
    return opened_learner(form, env) or OpenForm(form, env, node)


DERIVED: dict[str, Callable[[tuple[Node, ...], Node, Env], Value]] = {
    "grad": grad_of,
    "vjp": _derived("vjp", backward, demands),
    "jvp": _derived("jvp", forward, tangents),
    "jacobian": _derived("jacobian", jacobian),
    "hessian": _derived("hessian", hessian),
    "open": open_of,
}
