"""Array literals whose entries are wires: `X : R[r, c] = [[cos(a), -sin(a)], [sin(a), cos(a)]]`."""

from __future__ import annotations

from collections.abc import Iterator

from diagram.reals import Real
from diagram.sizes import Size
from diagram.spec import Slot
from diagram.types import Tensor, Type
from grammar.elab.builtin import aligned
from grammar.elab.emit import constant, contract, filled
from grammar.elab.env import Env, evaluate, fault, kid, kids, word
from grammar.elab.expr import as_wires
from grammar.elab.results import fit_result
from grammar.elab.values import Num, Wired
from grammar.tree import Node


def is_rows(node: Node, env: Env) -> bool:
    """Whether an expression lists entries: rows, or something that is computed; a list of axes is a type."""
    if node.kind != "array":
        return False
    slots = kids(kid(kid(node, 0), 0))
    wires = (s for s in slots if s.kind == "name" and env.find_axis(word(s)) is None)
    return bool(slots) and (
        any(s.kind in ("array", "call", "neg", "real") for s in slots)
        or any(isinstance(env.find(word(s)), Wired) for s in wires)
    )


def of_rows(node: Node, type_: Type, env: Env) -> Wired:
    """The array of these entries. Raises `Fault` E0306, E0308, E0312."""
    if not isinstance(type_, Tensor) or not type_.axes:
        raise fault("E0306", f"`{node.text}` is an array, and {type_} is needed", node)
    parts = []
    for at, entry in _entries(node, type_, 0, ()):
        w = _entry(entry, type_, env)
        if w is not None:
            place = tuple(Slot((), Size.of(k)) for k in at)
            parts.append(contract(env, (w,), ((),), place, (), type_.axes, entry))
    if not parts:
        return Wired(env.frame, (filled(env, Real.of(0), type_, node),))
    total = parts[0]
    for part in parts[1:]:
        total = aligned(env, "add", (total, part), node)
    return Wired(env.frame, (total,))


def _entries(
    node: Node, type_: Tensor, level: int, at: tuple[int, ...]
) -> Iterator[tuple[tuple[int, ...], Node]]:
    """Every entry with its place; rows must be as long as their axis."""
    if level == len(type_.axes):
        if node.kind == "array":
            raise fault(
                "E0306", f"`{node.text}` is a row, and an entry is needed", node, f"{type_} is declared"
            )
        yield at, node
        return
    axis = type_.axes[level]
    if node.kind != "array":
        raise fault("E0306", f"`{node.text}` is an entry, and a row is needed", node, f"{type_} is declared")
    slots = kids(kid(kid(node, 0), 0))
    if axis.size != len(slots):
        what = f"the axis `{axis}` of size {axis.size}" if axis.name else f"the size {axis.size}"
        raise fault("E0312", f"{len(slots)} entries do not fit {what}", node)
    for k, slot in enumerate(slots):
        yield from _entries(slot, type_, level + 1, (*at, k))


def _entry(node: Node, type_: Tensor, env: Env) -> int | None:
    """The wire of one entry; None for zero."""
    value = evaluate(node, env)
    if isinstance(value, Num):
        return None if value.real.number == 0 else constant(env, value.real, type_.dtype)
    wires = as_wires(value, node, env)
    if len(wires.ids) != 1:
        raise fault("E0303", f"`{node.text}` is {len(wires.ids)} wires, and one is needed here", node)
    return fit_result(env, env.frame.own(wires)[0], Tensor(type_.dtype), node.span, node)
