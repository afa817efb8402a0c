"""Diagrams on wires: `fn` makes a box with a body, a call on a wire is `eval`."""

from __future__ import annotations

from diagram.hypergraph import Mark
from diagram.ops import STANDARD
from diagram.types import Hom
from grammar.elab.env import Env, Frame, evaluate, fault, kid, kids, known, optional, rule, word, word_span
from grammar.elab.expr import as_wires
from grammar.elab.structure import require
from grammar.elab.values import Value, Wired
from grammar.tree import Node


@rule("lambda")
def function(node: Node, env: Env) -> Value:
    """`fn(x: A) -> B { ... }`: captured wires become inputs of the box. Raises `Fault` E0325."""
    from grammar.elab.body import run_block
    from grammar.elab.results import fit_result
    from grammar.elab.typing import one_type, type_of

    require(env, "function", "E0325", "fn", node)
    frame = Frame(env.category, env.frame)
    inner = env.child(frame)
    for param in kids(kid(node, 0)):
        type_ = optional(param, 1)
        if type_ is None:
            raise fault("E0311", f"the parameter `{word(param)}` needs a type", param)
        w = frame.builder.input(one_type(type_, env, inner), word(param))
        inner.names[word(param)] = Wired(frame, (w,))
        inner.spans[word(param)] = word_span(param)
    dom = tuple(frame.builder.wires[w] for w in range(len(kids(kid(node, 0)))))
    body = kid(node, 2)
    if body.kind == "block":
        result, at = run_block(body, inner)
    else:
        result, at = as_wires(evaluate(body, inner), body, inner), body
    outs = list(frame.own(result))
    declared = optional(node, 1)
    if declared is not None:
        wanted = type_of(declared, env, inner)
        outs = [
            fit_result(inner, w, t, declared.span, at, "this function")
            for w, t in zip(outs, wanted, strict=False)
        ]
    diagram = frame.builder.build(outs, name="fn")
    captured = tuple(frame.captured)
    params = tuple(
        env.frame.builder.param(diagram.wires[w], p)
        for p, w in zip(diagram.params, diagram.param_wires, strict=True)
    )
    hom = Hom(dom, diagram.cod)
    (w,) = env.frame.builder.box(
        STANDARD["function"],
        (*captured, *params),
        (hom,),
        None,
        (("arguments", len(dom)),),
        (diagram,),
        Mark("fn", node.span),
    )
    return Wired(env.frame, (w,))


def eval_function(value: Wired, node: Node, args: tuple[Node, ...], env: Env) -> Value:
    """`g(x)` with g a wire of type `(A -> B)`. Raises `Fault` E0302, E0307."""
    from grammar.elab.forms import fit

    (w,) = env.frame.own(value)
    type_ = env.frame.builder.wires[w]
    known((type_,))
    if not isinstance(type_, Hom):
        raise fault(
            "E0307",
            f"`{kid(node, 0).text}` is a wire of type {type_}, not a diagram",
            node,
            help="a read is written with square brackets",
        )
    ids: tuple[int, ...] = ()
    for arg in args:
        ids += env.frame.own(as_wires(evaluate(arg, env), arg, env))
    given = fit(env, Wired(env.frame, ids), type_.dom, node, kid(node, 0).text, tuple(a.span for a in args))
    outs = env.frame.builder.box(
        STANDARD["eval"], (w, *env.frame.own(given)), type_.cod, mark=Mark("eval", node.span)
    )
    return Wired(env.frame, outs)
