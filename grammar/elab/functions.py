"""Diagrams on wires: `fn` makes a box with a body, a call on a wire is `eval`; `curry` and `uncurry` are
static."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from diagram.errors import Span
from diagram.hypergraph import Diagram, Mark
from diagram.ops import STANDARD
from diagram.types import Hom, Tensor, Type, Unknown, Wires, wires_text
from grammar.elab.env import QUIET, Env, Frame, evaluate, fault, kid, kids, optional, rule, word, word_span
from grammar.elab.expr import as_wires, note_uses
from grammar.elab.forms import fit
from grammar.elab.inside import Around, Inside, inside, one_form, options_of, part_of, plain
from grammar.elab.learn import Prefix, instance_params
from grammar.elab.results import fit_result
from grammar.elab.structure import require
from grammar.elab.typing import one_type, type_of
from grammar.elab.values import Form, Value, Wired
from grammar.tree import Node


@rule("lambda")
def function(node: Node, env: Env) -> Value:
    """`fn(x: A) -> B { ... }`: captured wires become inputs of the box. Raises `Fault` E0325."""
    require(env, "function", "E0325", "fn", node)
    frame = Frame(env.category, env.frame)
    inner = env.child(frame)
    inner.indexing = None
    dom = tuple(parameter(p, env, inner) for p in kids(kid(node, 0)))
    inputs = [frame.builder.input(t, word(p)) for p, t in zip(kids(kid(node, 0)), dom, strict=True)]
    for param, w in zip(kids(kid(node, 0)), inputs, strict=True):
        inner.names[word(param)] = Wired(frame, (w,))
        inner.spans[word(param)] = word_span(param)
    outs = _body(node, env, inner)
    captured = list(frame.captured.values())
    body = frame.closed(outs).build(outs, name="fn", inputs=[*captured, *inputs])
    return Wired(
        env.frame, (function_box(env, body, tuple(frame.captured), Hom(dom, body.cod), "fn", node, None),)
    )


def parameter(param: Node, env: Env, inner: Env) -> Type:
    """The type of a parameter of a lambda. Raises `Fault` E0311."""
    type_ = optional(param, 1)
    if type_ is None:
        raise fault("E0311", f"the parameter `{word(param)}` needs a type", param)
    return one_type(type_, env, inner)


def _body(node: Node, env: Env, inner: Env) -> tuple[int, ...]:
    """The results of a lambda, as its declared types if there are any."""
    from grammar.elab.body import run_block

    body = kid(node, 2)
    if body.kind == "block":
        result, at = run_block(body, inner)
    else:
        result, at = as_wires(evaluate(body, inner), body, inner), body
    outs = inner.frame.own(result)
    declared = optional(node, 1)
    if declared is None:
        return outs
    wanted = type_of(declared, env, inner)
    if len(wanted) != len(outs):
        raise fault(
            "E0301",
            f"this function must give {len(wanted)} wires, and gives {len(outs)}",
            at,
            wires_text(result.types),
            labels=((declared, "declared here"),),
        )
    return tuple(
        fit_result(inner, w, t, declared.span, at, "this function") for w, t in zip(outs, wanted, strict=True)
    )


def function_box(
    env: Env, body: Diagram, captured: tuple[int, ...], hom: Hom, title: str, node: Node, part: Prefix | None
) -> int:
    """A `function` box: the body `captured @ A -> B` as a value on a wire."""
    frame = env.frame
    params = instance_params(frame, body, part or Prefix("", frame, bare=True), title, node)
    mark = Mark(title, node.span)
    (w,) = frame.builder.box(STANDARD["function"], (*captured, *params), (hom,), None, (), (body,), mark)
    return w


@dataclass(slots=True, eq=False)
class LambdaForm(Form):
    """`fn(x: A) = e` in square brackets: a diagram, no value on a wire; it sees the names around it."""

    node: Node
    env: Env

    @property
    def name(self) -> str:
        return "fn"

    def arity(self) -> int | None:
        return len(kids(kid(self.node, 0)))

    def dom(self) -> Wires | None:
        scope = self.env.child()
        return tuple(parameter(p, scope, scope) for p in kids(kid(self.node, 0)))

    def apply(self, env: Env, wires: Wired, node: Node, spans: tuple[Span, ...]) -> Wired:
        inner = self.env.child(env.frame)
        inner.indexing = None
        params = kids(kid(self.node, 0))
        wanted = tuple(parameter(p, inner, inner) for p in params)
        given = fit(env, wires, wanted, node, "fn", spans)
        for param, w in zip(params, env.frame.own(given), strict=True):
            inner.names[word(param)] = Wired(env.frame, (w,))
            inner.spans[word(param)] = word_span(param)
        return Wired(env.frame, _body(self.node, inner, inner))


@dataclass(frozen=True, slots=True)
class WireForm(Form):
    """A wire of type `(A -> B)` where a diagram is needed: it is applied."""

    wire: Wired
    text: str

    @property
    def name(self) -> str:
        return self.text

    @property
    def hom(self) -> Hom:
        """Its type."""
        (type_,) = self.wire.types
        assert isinstance(type_, Hom)
        return type_

    def arity(self) -> int | None:
        return len(self.hom.dom)

    def dom(self) -> Wires | None:
        return self.hom.dom

    def apply(self, env: Env, wires: Wired, node: Node, spans: tuple[Span, ...]) -> Wired:
        return eval_on(env, self.wire, wires, node, self.text, spans)


def eval_function(value: Wired, node: Node, args: Sequence[Node], env: Env) -> Value:
    """`g(x)` with g a wire of type `(A -> B)`. Raises `Fault` E0302, E0307."""
    given: list[Wired] = []
    spans: list[Span] = []
    for arg in args:
        if arg.kind == "named":
            raise fault("E0302", "a function on a wire has no named parameters", arg)
        wires = as_wires(evaluate(arg, env), arg, env)
        note_uses(env, env.frame.own(wires), arg.span)
        given.append(wires)
        spans += [arg.span] * len(wires.ids)
    return eval_on(env, value, env.frame.joined(given), node, kid(node, 0).text, tuple(spans))


def eval_on(env: Env, function: Wired, wires: Wired, node: Node, text: str, spans: tuple[Span, ...]) -> Wired:
    """An `eval` box."""
    ids = env.frame.own(function)
    type_ = env.frame.builder.wires[ids[0]] if len(ids) == 1 else None
    if isinstance(type_, Unknown):
        raise QUIET
    if not isinstance(type_, Hom):
        kind = "a wire" if type_ is None else f"a wire of type {type_}"
        raise fault(
            "E0307", f"`{text}` is {kind}, not a diagram", node, help="a read is written with square brackets"
        )
    if len(wires.ids) != len(type_.dom):
        raise fault(
            "E0302",
            f"`{text}` takes {len(type_.dom)} wires, but {len(wires.ids)} are given",
            node,
            f"it is {type_}",
        )
    given = fit(env, wires, type_.dom, node, text, spans)
    outs = env.frame.builder.box(
        STANDARD["eval"], (*ids, *env.frame.own(given)), type_.cod, mark=Mark("eval", node.span)
    )
    return Wired(env.frame, outs)


@dataclass(frozen=True, slots=True)
class EvalForm(Form):
    """`eval(f, x)`."""

    @property
    def name(self) -> str:
        return "eval"

    def apply(self, env: Env, wires: Wired, node: Node, spans: tuple[Span, ...]) -> Wired:
        if not wires.ids:
            raise fault("E0302", "`eval` takes a function and its arguments", node)
        return eval_on(env, wires.pick((0,)), wires.pick(range(1, len(wires.ids))), node, "eval", spans[1:])


@dataclass(frozen=True, slots=True)
class CurryForm(Around):
    """`curry[f] : A -> (B -> C)` of `f : A @ B -> C`; `curry[f, n]` keeps n wires outside."""

    form: Form
    keep: int
    node: Node
    part: Prefix | None = None

    def arity(self) -> int | None:
        return self.keep

    def dom(self) -> Wires | None:
        dom = self.form.dom()
        return None if dom is None else dom[: self.keep]

    def apply(self, env: Env, wires: Wired, node: Node, spans: tuple[Span, ...]) -> Wired:
        dom = self.form.dom()
        if dom is None or len(dom) < self.keep:
            raise fault("E0311", f"`{self.form.name}` cannot be curried: its wires are not known", self.node)
        given = fit(env, wires, plain(dom[: self.keep]), node, self.name, spans)
        rest = plain(dom[self.keep :])
        if any(isinstance(t, Tensor) and "?" in str(t) for t in rest):
            raise fault("E0311", f"the types that `{self.form.name}` takes are open", self.node)
        body = inside(self.form, (*given.types, *rest), env, node)
        diagram = _first_captured(body)
        hom = Hom(rest, body.diagram.cod)
        part = part_of(self.form, self.part, env, diagram)
        ids = (*body.captured, *env.frame.own(given))
        return Wired(env.frame, (function_box(env, diagram, ids, hom, self.name, node, part),))


def _first_captured(body: Inside) -> Diagram:
    """Captured wires before the given ones, as a `function` box has them."""
    from diagram.value import make

    d, n = body.diagram, body.given
    if not body.captured:
        return d
    ins = d.inputs[n : len(d.dom)] + d.inputs[:n] + d.inputs[len(d.dom) :]
    return make(
        d.flat._replace(inputs=ins),
        d.dom[n:] + d.dom[:n],
        d.cod,
        d.category,
        d.name,
        d.doc,
        d.results,
        d.span,
    )


@dataclass(frozen=True, slots=True)
class UncurryForm(Around):
    """`uncurry[g] : A @ B -> C` of `g : A -> (B -> C)`."""

    form: Form
    env: Env
    node: Node
    part: Prefix | None = None

    def _hom(self) -> Hom:
        from grammar.elab.inside import itself

        cod = itself(self.form, self.env, self.node).diagram.cod
        if len(cod) != 1 or not isinstance(cod[0], Hom):
            raise fault(
                "E0306",
                f"`{self.form.name}` gives {wires_text(cod)}, no function",
                self.node,
                "`uncurry` needs `A -> (B -> C)`",
            )
        return cod[0]

    def arity(self) -> int | None:
        dom = self.dom()
        return None if dom is None else len(dom)

    def dom(self) -> Wires | None:
        from grammar.elab.inside import formal

        dom = self.form.dom()
        return None if dom is None else dom + formal(self._hom().dom, dom)

    def apply(self, env: Env, wires: Wired, node: Node, spans: tuple[Span, ...]) -> Wired:
        n = len(wires.ids) - len(self._hom().dom)
        form = replace_part(self.form, self.part)
        value = form.apply(env, wires.pick(range(max(n, 0))), node, spans[: max(n, 0)])
        rest = wires.pick(range(max(n, 0), len(wires.ids)))
        return eval_on(env, value, rest, node, self.name, spans[max(n, 0) :])


def replace_part(form: Form, part: Prefix | None) -> Form:
    """The form inside, as the part that the form around is."""
    from grammar.elab.define import DefForm

    return DefForm(form.sig, form.statics, part) if part is not None and isinstance(form, DefForm) else form


def curry(slots: tuple[Node, ...], node: Node, env: Env) -> Value:
    """`curry[f]`."""
    from grammar.elab.static import whole

    require(env, "function", "E0325", "curry", node)
    places, _ = options_of(slots, (), "curry")
    keep = whole(places[1], env).constant if len(places) == 2 else 1
    if keep is None or keep < 0:
        raise fault("E0333", "`curry[f, n]` keeps a number of wires outside", node)
    return CurryForm(one_form(places[:1], node, env, "curry"), keep, node)


def uncurry(slots: tuple[Node, ...], node: Node, env: Env) -> Value:
    """`uncurry[g]`."""
    require(env, "function", "E0325", "uncurry", node)
    return UncurryForm(one_form(slots, node, env, "uncurry"), env, node)
