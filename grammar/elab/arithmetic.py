"""Arithmetic: exact on static numbers, pointwise on whole arrays, declared boxes on plain objects."""

from __future__ import annotations

from diagram.hypergraph import Args
from diagram.reals import Real
from diagram.types import Tensor, Wires
from grammar.elab.builtin import aligned
from grammar.elab.emit import constant, contract, scaled, unary
from grammar.elab.env import QUIET, Env, evaluate, fault, kid, rule
from grammar.elab.expr import as_wires, note_uses
from grammar.elab.static import SIGNS
from grammar.elab.sums import combine, negated
from grammar.elab.typing import type_of
from grammar.elab.values import (
    AxisVal,
    DTypeVal,
    Form,
    Listing,
    Num,
    Static,
    Text,
    TypeVal,
    Value,
    Wired,
    kind_of,
)
from grammar.tree import Node, chain


@rule("add", "sub", "mul", "div", "floordiv", "mod")
def arithmetic(node: Node, env: Env) -> Value:
    """Pointwise operators on whole arrays; exact arithmetic on static numbers."""
    first, rest = chain(node, frozenset(SIGNS))
    value = evaluate(first, env)
    for kind, part in rest:
        value = _binary(kind, value, evaluate(part, env), first, part, node, env)
    return value


@rule("pow")
def power(node: Node, env: Env) -> Value:
    """`X ** 2`; `f ** n` repeats a diagram; `A ** 3` is three wires."""
    left = evaluate(kid(node, 0), env)
    if isinstance(left, TypeVal | DTypeVal):
        return TypeVal(type_of(node, env))
    if isinstance(left, Form) and left.arity() != 0:
        from grammar.elab.powers import power_form

        return power_form(left, node, env)
    return _binary("pow", left, evaluate(kid(node, 1), env), kid(node, 0), kid(node, 1), node, env)


@rule("neg")
def negative(node: Node, env: Env) -> Value:
    """`-X`."""
    value = evaluate(kid(node, 0), env)
    if isinstance(value, Num):
        return Num(-value.real)
    if isinstance(value, Form | TypeVal | Static):
        formal = negated(value, node, env)
        if formal is not None:
            return formal
    (w,) = _one(value, kid(node, 0), env)
    return Wired(env.frame, (scaled(env, w, -Real.of(1), node),))


def _one(value: Value, node: Node, env: Env) -> tuple[int]:
    wires = as_wires(value, node, env)
    ids = env.frame.own(wires)
    if len(ids) != 1:
        raise fault("E0303", f"`{node.text}` is {len(ids)} wires, and one is needed here", node)
    note_uses(env, ids, node.span)
    return (ids[0],)


def _binary(kind: str, left: Value, right: Value, a: Node, b: Node, node: Node, env: Env) -> Value:
    if isinstance(left, Num) and isinstance(right, Num):
        try:
            return Num(left.real.apply(SIGNS[kind], right.real))
        except (ZeroDivisionError, OverflowError):
            raise fault(
                "E0313", f"`{node.text}` has no value", node, f"{left.real} {SIGNS[kind]} {right.real}"
            ) from None
    formal = combine(kind, left, right, a, b, node, env)
    if formal is not None:
        return formal
    if isinstance(left, TypeVal) or isinstance(right, TypeVal) or isinstance(left, AxisVal | Text | Listing):
        raise fault("E0307", f"`{node.text}` is arithmetic, and `{a.text}` is {kind_of(left)}", node)
    if isinstance(right, Num) and kind in ("add", "sub", "mul", "div", "pow"):
        (x,) = _one(left, a, env)
        return Wired(env.frame, (_by_number(kind, x, right.real, node, env),))
    if isinstance(left, Num) and kind in ("add", "sub", "mul", "div"):
        (y,) = _one(right, b, env)
        return Wired(env.frame, (_number_by(kind, left.real, y, node, env),))
    x, y = _one(left, a, env)[0], _one(right, b, env)[0]
    return Wired(env.frame, (_arrays(kind, x, y, node, env),))


def _by_number(kind: str, x: int, by: Real, node: Node, env: Env) -> int:
    if _plain(x, env) is not None:
        return _objects(kind, x, constant(env, by), node, env)
    if kind == "mul":
        return scaled(env, x, by, node)
    if kind == "div":
        try:
            return scaled(env, x, Real.of(1) / by, node)
        except ZeroDivisionError:
            raise fault("E0313", f"`{node.text}` divides by zero", node) from None
    name_ = "power" if kind == "pow" else "shift"
    args: Args = (("by", -by if kind == "sub" else by),)
    return unary(env, name_, x, node, args)


def _number_by(kind: str, by: Real, y: int, node: Node, env: Env) -> int:
    if _plain(y, env) is not None:
        return _objects(kind, constant(env, by), y, node, env)
    if kind == "mul":
        return scaled(env, y, by, node)
    if kind == "add":
        return unary(env, "shift", y, node, (("by", by),))
    if kind == "sub":
        return unary(env, "rsub", y, node, (("by", by),))
    return scaled(env, unary(env, "reciprocal", y, node), by, node)


def _plain(w: int, env: Env) -> object:
    type_ = env.frame.builder.wires[w]
    if str(type_) == "?":
        raise QUIET
    return None if isinstance(type_, Tensor) else type_


def _arrays(kind: str, x: int, y: int, node: Node, env: Env) -> int:
    if _plain(x, env) is not None or _plain(y, env) is not None:
        return _objects(kind, x, y, node, env)
    if kind == "mul":
        return product(env, x, y, node)
    return aligned(
        env,
        {"add": "add", "sub": "sub", "div": "div", "pow": "pow", "floordiv": "floordiv", "mod": "mod"}[kind],
        (x, y),
        node,
    )


def product(env: Env, x: int, y: int, node: Node) -> int:
    """The product of whole arrays: a contraction that sums nothing."""
    from diagram.spec import Slot
    from grammar.elab.builtin import align

    operands, axes = align(env, (x, y), node)
    host = tuple(axes[k] for k in range(len(axes)))
    ins = [tuple(Slot.at(k) for k in o.labels if isinstance(k, int)) for o in operands]
    out = tuple(Slot.at(k) for k in range(len(host)))
    return contract(env, (x, y), ins, out, host, host, node)


def _objects(kind: str, x: int, y: int, node: Node, env: Env) -> int:
    """`+` and `*` on wires of plain objects mean the boxes that the object's options name (E0332)."""
    types: Wires = (env.frame.builder.wires[x], env.frame.builder.wires[y])
    form = env.unit.operation(types[0], {"add": "add", "mul": "mul"}.get(kind, ""))
    if form is None:
        raise fault(
            "E0332",
            f"`{SIGNS[kind]}` has no meaning on {types[0]}",
            node,
            f"{types[0]} and {types[1]}",
            help=f"say what it means: `object {types[0]} with {{ {kind} = ... }}`",
        )
    out = form.apply(env, Wired(env.frame, (x, y)), node, (node.span, node.span))
    return env.frame.own(out)[0]
