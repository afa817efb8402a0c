"""`relation name(x: V) { wire y: V  E(x, y) }`: names are junctions, atoms an unordered set."""

from __future__ import annotations

from diagram.types import Wires, wires_text
from grammar.elab.binding import Formal, Site
from grammar.elab.env import Env, evaluate, fault, kid, kids, optional, word, word_span
from grammar.elab.expr import as_form, as_wires
from grammar.elab.match import match_call
from grammar.elab.structure import require
from grammar.elab.typing import one_type
from grammar.elab.values import Wired
from grammar.tree import Node, Token


def run_relation(node: Node, env: Env) -> tuple[Wired, Node]:
    """The body of a `relation_decl`: inner wires are made, atoms put on them; no results. Raises `Fault`
    E0327."""
    require(env, "relation", "E0327", "relation", node)
    for statement in kids(kid(node, 5)):
        if statement.kind == "rel_wire":
            for param in kids(statement):
                _wire(param, env)
        else:
            _atom(statement, env)
    return Wired(env.frame, ()), node


def _wire(param: Node, env: Env) -> None:
    type_ = optional(param, 1)
    if type_ is None:
        raise fault("E0311", f"the wire `{word(param)}` needs a type", param)
    w = env.frame.builder.wire(one_type(type_, env, env), word(param))
    env.names[word(param)] = Wired(env.frame, (w,))
    env.spans[word(param)] = word_span(param)


def _atom(node: Node, env: Env) -> None:
    """`E(x, y)`: the ports of a box in order, inputs then outputs, are joined to the names."""
    callee = _callee(node)
    form = as_form(evaluate(callee, env), callee)
    given = [as_wires(evaluate(a, env), a, env) for a in kids(kid(node, 2))]
    wires = env.frame.joined(given)
    arity = form.arity()
    n = len(wires.ids) if arity is None else min(arity, len(wires.ids))
    spans = tuple(a.span for a in kids(kid(node, 2)))
    out = form.apply(env, wires.pick(range(n)), node, spans[:n])
    rest = wires.pick(range(n, len(wires.ids)))
    _same(out.types, rest.types, env, node, callee)
    for v, w in zip(env.frame.own(out), env.frame.own(rest), strict=True):
        env.frame.builder.join(v, w)


def _same(have: Wires, want: Wires, env: Env, node: Node, callee: Node) -> None:
    if len(have) != len(want):
        raise fault(
            "E0302",
            f"`{callee.text}` relates more wires than are given",
            node,
            f"its outputs are {wires_text(have)}",
            help="an atom names every port: the inputs, then the outputs",
        )
    if have != want:
        match_call(
            [Formal(f"wire {k + 1}", t) for k, t in enumerate(have)], want, Site(env, node, callee.text, ())
        )


def _callee(node: Node) -> Node:
    """The path of an atom with its square brackets, as an expression."""
    path, source = kid(node, 0), node.source
    first = path.kids[0]
    assert isinstance(first, Token)
    expr = Node("name", (first,), path.start, first.end, source)
    for token in path.kids[1:]:
        assert isinstance(token, Token)
        expr = Node("attr", (expr, token), path.start, token.end, source)
    static = optional(node, 1)
    return expr if static is None else Node("static_apply", (expr, static), path.start, static.end, source)
