"""Equations `T[i, j] = expr where cond else e`: terms contracted to the target and added up."""

from __future__ import annotations

from diagram.reals import Real
from diagram.spec import Slot
from diagram.types import Axis, Tensor
from grammar.elab.emit import Operand, array_type, cast, constant, contract, pointwise, scaled
from grammar.elab.env import AxisInfo, Env, fault, kid, optional, word
from grammar.elab.indexed import Indexing, Product, Sum, gathered, materialise, operand_of, slots_of, terms
from grammar.elab.slips import check_pairs, check_slips, check_zero
from grammar.elab.values import Wired
from grammar.tree import Node


def equation(target: Node, expr: Node, guard: Node | None, env: Env) -> Wired:
    """The array that `T[...] = expr where cond else e` defines. Raises `Fault` E0311, E0316, E0318."""
    from grammar.elab.targets import target_slots

    inner = env.child()
    inner.indexing = space = Indexing()
    slots, axes = target_slots(optional(target, 1), inner)
    name = word(target)
    wanted = space.wanted = tuple(dict.fromkeys(i for s in slots for i, _ in s.terms))
    space.boxes = len(env.frame.builder.boxes)
    parts = terms(expr, inner)
    if guard is not None:
        return Wired(env.frame, (_guarded(parts, wanted, guard, expr, inner, axes, slots, name),))
    w = finish(parts, wanted, expr, inner, axes(space), slots, name)
    for i, read in space.new.items():
        if i in wanted:
            index = space.axes[i]
            env.met[index.name] = AxisInfo(index.name, index.size, base=read.name, span=space.spans.get(i))
    return Wired(env.frame, (w,))


def finish(
    parts: Sum,
    wanted: tuple[int, ...],
    expr: Node,
    env: Env,
    axes: tuple[Axis, ...],
    slots: tuple[Slot, ...],
    name: str,
) -> int:
    """Contract every term to the target and add them up."""
    _check_sums(parts, wanted, expr, env)
    plain = all(s.index is not None for s in slots)
    one = len(parts) == 1 and bool(parts[0].wires)
    space = env.indexing
    assert space is not None
    if one:
        p = parts[0]
        _take_names(p, slots, axes, env, expr)
        w = contract(env, p.wires, p.slots, slots, space.axes, axes, expr, p.pads, name)
        return _named(env, scaled(env, w, p.scale, expr), axes, name)
    total = gathered(parts, expr, env, wanted, name)
    if plain:
        _take_names(Product(Real.of(1), (total.wire,), (slots_of(total),)), slots, axes, env, expr)
    w = (
        contract(env, (total.wire,), (slots_of(total),), slots, space.axes, axes, expr, (), name)
        if (not plain or total.labels != wanted or array_type(env, total.wire, expr).axes != axes)
        else total.wire
    )
    return _named(env, w, axes, name)


def _take_names(p: Product, slots: tuple[Slot, ...], axes: tuple[Axis, ...], env: Env, node: Node) -> None:
    """What this equation just made, in the layout of the target, gets the target's names."""
    b, space = env.frame.builder, env.indexing
    assert space is not None
    if len(p.wires) != 1 or len(b.boxes) <= space.boxes or p.wires[0] not in b.boxes[-1].cod:
        return
    have = array_type(env, p.wires[0], node)
    if p.slots[0] == slots and have.shape == tuple(a.size for a in axes) and not any(p.pads):
        b.wires[p.wires[0]] = have.with_axes(axes)


def _named(env: Env, w: int, axes: tuple[Axis, ...], name: str) -> int:
    b = env.frame.builder
    have = b.wires[w]
    assert isinstance(have, Tensor)
    if b.names[w] and b.names[w] != name:
        return w
    b.names[w] = name
    return w


def _check_sums(parts: Sum, wanted: tuple[int, ...], expr: Node, env: Env) -> None:
    space = env.indexing
    assert space is not None
    for p in parts:
        for i in p.free:
            if i not in wanted and i not in p.direct:
                index = space.axes[i].name
                raise fault(
                    "E0318",
                    f"the index `{index}` would be summed inside a function",
                    space.spans.get(i, expr.span),
                    f"`{index}` is not on the left",
                    labels=((expr, "sums never go through a function"),),
                    help=f"name the sum on its own line, or write `sum[{index}](...)`",
                )
    check_slips(parts, wanted, env)
    check_pairs(env)
    for i in sorted(space.open):
        raise fault(
            "E0311",
            f"the size of `{space.axes[i].name}` is not determined",
            space.spans.get(i, expr.span),
            "no read fixes its size",
            help=f"declare it: `axis {space.axes[i].name} = ...`",
        )


def _guarded(
    parts: Sum,
    wanted: tuple[int, ...],
    guard: Node,
    expr: Node,
    env: Env,
    axes: object,
    slots: tuple[Slot, ...],
    name: str,
) -> int:
    """`where cond else e`: select per element; a condition on a summed index selects inside the sum."""
    space = env.indexing
    assert space is not None and callable(axes)
    other = optional(guard, 1)
    condition = env.child()
    space.positions = True
    cond = operand_of(kid(guard, 0), condition)
    space.positions = False
    inside = [i for i in cond.labels if isinstance(i, int) and i not in wanted]
    _check_sums(parts, (*wanted, *inside), expr, env)
    if inside:
        if other is not None:
            check_zero(other, inside[0], guard, env)
        summed = [_masked(p, cond, env, expr) for p in parts]
        return finish(summed, wanted, expr, env, axes(space), slots, name)
    value = gathered(parts, expr, env, wanted)
    otherwise = operand_of(other, env) if other is not None else Operand(constant(env, Real.of(0)), ())
    dtype = array_type(env, value.wire, expr).dtype
    if not otherwise.labels:
        otherwise = Operand(cast(env, otherwise.wire, dtype, expr), ())
    chosen = pointwise(env, "select", (cond, value, otherwise), space.by_label, expr)
    w = contract(env, (chosen.wire,), (slots_of(chosen),), slots, space.axes, axes(space), expr, (), name)
    return _named(env, w, axes(space), name)


def _masked(p: Product, cond: Operand, env: Env, node: Node) -> Product:
    space = env.indexing
    assert space is not None
    value = materialise(p, env, node)
    zero = Operand(cast(env, constant(env, Real.of(0)), array_type(env, value.wire, node).dtype, node), ())
    chosen = pointwise(env, "select", (cond, value, zero), space.by_label, node)
    return Product(Real.of(1), (chosen.wire,), (slots_of(chosen),), (), frozenset(p.free))
