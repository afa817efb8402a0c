"""A form as a diagram of its own: its domain where that is known, and the body it has on that domain."""

from __future__ import annotations

from diagram.hypergraph import Diagram
from diagram.levels import Category
from diagram.sizes import symbol
from diagram.types import Ob, Tensor, Type, Wires, map_sizes
from grammar.elab.env import Env, Frame, fault
from grammar.elab.forms import BesideForm, ThenForm
from grammar.elab.values import Form, Wired
from grammar.tree import Node


def domain(form: Form) -> Wires | None:
    """The types a form takes, open ones standing for themselves (`?x` as `x`); None if wires must tell."""
    dom = form.dom()
    return None if dom is None else tuple(_plain(t) for t in dom)


def _plain(type_: Type) -> Type:
    if isinstance(type_, Ob) and type_.name.startswith("?"):
        return Ob(type_.name[1:], type_.adjoint, type_.prime)
    if isinstance(type_, Tensor):
        bound = type_.dtype.bound
        found = {s for a in type_.axes for s in a.size.symbols} | (
            bound.symbols if bound is not None else set()
        )
        return map_sizes(type_, {s: symbol(s[1:]) for s in found if s.startswith("?")})
    return type_


def category_of(form: Form, env: Env) -> Category:
    """Where a diagram lives: with the definitions and objects in it, else where the text stands."""
    from grammar.elab.structure import home

    if isinstance(form, ThenForm | BesideForm):
        found = (category_of(f, env) for f, _ in form.parts)
        return next((c for c in found if c != env.category), env.category)
    sig = getattr(form, "sig", None)
    if sig is not None:
        mine: Category = sig.env.category
        return mine
    return home(env, domain(form) or ())


def closed(form: Form, dom: Wires, node: Node, env: Env) -> Diagram:
    """The form on wires of the types `dom`, in a body of its own."""
    category = category_of(form, env)
    frame = Frame(category)
    inner = env.child(frame)
    inner.category_ = category
    inner.indexing = None
    inputs = tuple(frame.builder.input(t) for t in dom)
    out = form.apply(inner, Wired(frame, inputs, dom), node, tuple(node.span for _ in dom))
    outs, cod = frame.own(out), out.types
    return frame.closed(outs).build(outs, dom=dom, cod=cod)


def itself(form: Form, node: Node, env: Env) -> Diagram:
    """The form on the types that it declares. Raises `Fault` E0311 if they are not known."""
    dom = domain(form)
    if dom is None:
        raise fault(
            "E0311", f"the types that `{node.text}` takes are not known here", node, help="name it with `def`"
        )
    return closed(form, dom, node, env)
