"""Calls `f(x, y)`: what is put on what, with named arguments matched to the names of parameters."""

from __future__ import annotations

from diagram.errors import Span
from diagram.types import Ob, Tensor
from grammar.elab.builtin import NamedForm
from grammar.elab.env import Env, evaluate, fault, kid, kids, rule, word
from grammar.elab.exchanged import check_places
from grammar.elab.expr import as_form, as_wires, note_uses
from grammar.elab.sums import Linear
from grammar.elab.values import (
    Form,
    Listing,
    Num,
    Text,
    Truth,
    Value,
    Wired,
    kind_of,
)
from grammar.tree import Node


@rule("call")
def call(node: Node, env: Env) -> Value:
    """`f(x, y)`, with named arguments matched to the names of parameters."""
    callee, args = kid(node, 0), kids(kid(node, 1))
    function = evaluate(callee, env)
    if isinstance(function, Num | Text | Truth | Listing):
        raise fault("E0307", f"`{callee.text}` is {kind_of(function)}, not a diagram", callee)
    if isinstance(function, Wired):
        return _eval(function, node, args, env)
    form = as_form(function, callee)
    by_name = any(a.kind == "named" for a in args)
    if by_name:
        args = _ordered(form, args, node)
    entry = _entry_of(form, args, node, env)
    if entry is not None:
        return entry
    given: list[Wired] = []
    spans: list[Span] = []
    for arg in args:
        value = evaluate(arg, env)
        if isinstance(value, Num) and _wants_array(form, len(spans)):
            raise _number_given(callee, arg, node)
        wires = as_wires(value, arg, env)
        mine = env.frame.own(wires)
        given.append(wires)
        spans += [arg.span] * len(mine)
        note_uses(env, mine, arg.span)
    result = form.apply(env, env.frame.joined(given), node, tuple(spans))
    if len(args) > 1 and not by_name:
        check_places(form, args, given, node, env)
    return result


def _wants_array(form: Form, k: int) -> bool:
    """Whether wire k cannot be a number: static arguments given in round brackets."""
    if isinstance(form, NamedForm):
        return form.bare is None
    dom = form.dom()
    if dom is None or k >= len(dom):
        return dom is not None
    type_ = dom[k]
    return isinstance(type_, Ob) or (isinstance(type_, Tensor) and bool(type_.axes))


def _number_given(callee: Node, arg: Node, node: Node) -> Exception:
    brackets = Span(node.source, callee.end, node.end)
    return fault(
        "E0307",
        f"`{arg.text}` is not a wire",
        brackets,
        "round brackets hold wires",
        help="sizes, types, axes and diagrams go in square brackets",
        edits=((brackets, f"[{arg.text}]"),),
    )


def _ordered(form: Form, args: tuple[Node, ...], node: Node) -> tuple[Node, ...]:
    from grammar.elab.boxes import BoxForm
    from grammar.elab.define import DefForm

    if not isinstance(form, DefForm | BoxForm):
        named = next(a for a in args if a.kind == "named")
        raise fault(
            "E0302", f"`{form.name}` has no named parameters", named, "round brackets hold wires",
            help=f"what is known while checking goes into square brackets: `{form.name}[...](...)`",
        )  # fmt: skip
    names = [p for p, _, _ in form.sig.ports]
    by_name = {word(a): kid(a, 1) for a in args if a.kind == "named"}
    plain = [a for a in args if a.kind != "named"]
    for a in args:
        if a.kind == "named" and word(a) not in names:
            raise fault(
                "E0201", f"`{form.name}` has no parameter `{word(a)}`", a, help=f"it has {', '.join(names)}"
            )
    result = []
    for p in names:
        if p in by_name:
            result.append(by_name[p])
        elif plain:
            result.append(plain.pop(0))
        else:
            raise fault("E0302", f"the parameter `{p}` of `{form.name}` is not given", node)
    return tuple(result)


def _eval(function: Wired, node: Node, args: tuple[Node, ...], env: Env) -> Value:
    from grammar.elab.functions import eval_function

    return eval_function(function, node, args, env)


def _entry_of(form: Form, args: tuple[Node, ...], node: Node, env: Env) -> Value | None:
    """`F[f](0, 3)`: an entry of the array that a functor gives; None for any other call."""
    if not isinstance(form, Linear):
        return None
    from grammar.elab.tensor_images import entry_of

    return entry_of(form, [evaluate(a, env) for a in args], node, env)
