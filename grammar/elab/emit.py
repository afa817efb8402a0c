"""Boxes of tensor operations: operands aligned by labels (axis names, or the indices of an equation)."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

from diagram.errors import Span
from diagram.hypergraph import Args, Mark
from diagram.ops import STANDARD, result_dtype
from diagram.ops.dtypes import promote
from diagram.reals import Real
from diagram.sizes import Size
from diagram.spec import Slot, Spec
from diagram.types import Axis, DType, R, Tensor, Type
from grammar.elab.env import QUIET, Env, fault
from grammar.tree import Node


@dataclass(frozen=True, slots=True)
class Operand:
    """An array with one label for each of its axes."""

    wire: int
    labels: tuple[Hashable, ...]


def array_type(env: Env, w: int, node: Node | Span, needs: str = "an array") -> Tensor:
    """The type of wire w, which must be an array. Raises `Fault` E0306, or QUIET for an unknown type."""
    type_ = env.frame.builder.wires[w]
    if isinstance(type_, Tensor):
        return type_
    if str(type_) == "?":
        raise QUIET
    text = node.text
    raise fault("E0306", f"`{text}` is {type_}, and {needs} is needed", node)


def pointwise(
    env: Env,
    name: str,
    operands: Sequence[Operand],
    axes: Mapping[Hashable, Axis],
    node: Node,
    args: Args = (),
    layout: tuple[Hashable, ...] = (),
) -> Operand:
    """One entry out for one entry in; labels that an operand lacks are broadcast. `layout`: the order of
    the result's
    labels, if it has just these."""
    op = STANDARD[name]
    b = env.frame.builder
    order = sorted(range(len(operands)), key=lambda k: -len(operands[k].labels))
    labels = tuple(dict.fromkeys(label for k in order for label in operands[k].labels))
    labels = layout if set(layout) == set(labels) else labels
    place = {label: k for k, label in enumerate(labels)}
    types = [array_type(env, o.wire, node) for o in operands]
    dtype = checked_dtype(name, args, [t.dtype for t in types], node)
    wires = together(env, [o.wire for o in operands], types, node, skip=1 if name == "select" else 0)
    indices = tuple(axes[label] for label in labels)
    ins = tuple(tuple(Slot.at(place[label]) for label in o.labels) for o in operands)
    spec = Spec(indices, ins, (tuple(Slot.at(k) for k in range(len(labels))),))
    (out,) = b.box(op, wires, (Tensor(dtype, indices),), spec, args, mark=Mark("", node.span))
    return Operand(out, labels)


def checked_dtype(
    name: str, args: Args, dtypes: Sequence[DType], node: Node, port: int = 0, size: Size | None = None
) -> DType:
    """The element type of a result. Raises `Fault` E0306."""
    try:
        return result_dtype(STANDARD[name], args, dtypes, port, size)
    except ValueError as error:
        raise fault("E0306", str(error).split(";")[0], node, help=str(error).partition("; ")[2]) from None


def together(env: Env, wires: Sequence[int], types: Sequence[Tensor], node: Node, skip: int = 0) -> list[int]:
    """The operands (after the first `skip`) with one element type: casts are inserted where they differ."""
    kinds = [t.dtype for t in types[skip:]]
    if not kinds or all(k == kinds[0] for k in kinds) or all(k.is_integer for k in kinds):
        return list(wires)
    common = kinds[0]
    for kind in kinds[1:]:
        common = promote(common, kind)
    return [*wires[:skip], *(cast(env, w, common, node) for w in wires[skip:])]


def cast(env: Env, w: int, dtype: DType, node: Node) -> int:
    """The array with another element type."""
    have = env.frame.builder.wires[w]
    assert isinstance(have, Tensor)
    if have.dtype == dtype or ({have.dtype.name, dtype.name} <= {"nat", "i64"} and dtype.name == "i64"):
        return w
    every = tuple(Slot.at(k) for k in range(len(have.axes)))
    spec = Spec(have.axes, (every,), (every,))
    args: Args = (("dtype", dtype),)
    (out,) = env.frame.builder.box(STANDARD["cast"], (w,), (Tensor(dtype, have.axes),), spec, args)
    return out


def unary(env: Env, name: str, w: int, node: Node, args: Args = ()) -> int:
    """A pointwise operation on one array, whose layout stays."""
    have = array_type(env, w, node)
    labels: tuple[Hashable, ...] = tuple(range(len(have.axes)))
    return pointwise(env, name, (Operand(w, labels),), dict(enumerate(have.axes)), node, args).wire


def scaled(env: Env, w: int, by: Real, node: Node) -> int:
    """The array times a static number; the wire itself for 1."""
    return w if by.number == 1 else unary(env, "scale", w, node, (("by", by),))


def constant(env: Env, value: Real, dtype: DType = R) -> int:
    """A scalar wire holding a static number."""
    number = value.number
    if isinstance(number, complex):
        dtype = DType("C")
    args: Args = (("value", value), ("dtype", dtype))
    (w,) = env.frame.builder.box(STANDARD["const"], (), (Tensor(dtype),), Spec((), (), ((),)), args)
    return w


def filled(env: Env, value: Real, type_: Type, node: Node) -> int:
    """An array all of whose entries are `value`."""
    if not isinstance(type_, Tensor):
        raise fault("E0306", f"`{node.text}` is an array, and {type_} is needed", node)
    if not type_.axes:
        return constant(env, value, type_.dtype)
    every = tuple(Slot.at(k) for k in range(len(type_.axes)))
    spec = Spec(type_.axes, (), (every,))
    args: Args = (("value", value), ("dtype", type_.dtype))
    (w,) = env.frame.builder.box(STANDARD["full"], (), (type_,), spec, args, mark=Mark("", node.span))
    return w


def positions(env: Env, axis: Axis) -> int:
    """The array 0, 1, 2, ... along an axis."""
    dtype = DType("nat", axis.size)
    spec = Spec((axis,), (), ((Slot.at(0),),))
    (w,) = env.frame.builder.box(STANDARD["iota"], (), (Tensor(dtype, (axis,)),), spec, (("dtype", dtype),))
    return w


def contract(
    env: Env,
    wires: Sequence[int],
    ins: Sequence[tuple[Slot, ...]],
    out: tuple[Slot, ...],
    indices: Sequence[Axis],
    type_axes: tuple[Axis, ...],
    node: Node,
    pads: tuple[str | None, ...] = (),
    name: str = "",
) -> int:
    """A contraction box over the indices that occur, renumbered; a trivial one is left out."""
    used = sorted({i for m in (*ins, out) for s in m for i, _ in s.terms})
    number = {old: new for new, old in enumerate(used)}

    def renumber(m: tuple[Slot, ...]) -> tuple[Slot, ...]:
        return tuple(Slot(tuple((number[i], c) for i, c in s.terms), s.offset, s.gather) for s in m)

    spec = Spec(
        tuple(indices[i] for i in used), tuple(renumber(m) for m in ins), (renumber(out),), (), trimmed(pads)
    )
    b = env.frame.builder
    types = [array_type(env, w, node) for w in wires]
    pure = len(wires) == 1 and not spec.summed
    dtype = types[0].dtype if pure else checked_dtype("contract", (), [t.dtype for t in types], node)
    if len(wires) == 1 and spec.plain and spec.ins[0] == spec.outs[0] and types[0].axes == type_axes:
        return wires[0]
    operands = together(env, wires, types, node)
    (y,) = b.box(
        STANDARD["contract"], operands, (Tensor(dtype, type_axes),), spec, mark=Mark(name, node.span)
    )
    return y


def whole_labels(
    env: Env,
    wires: Sequence[int],
    slots: Sequence[tuple[Slot, ...]],
    pads: Sequence[str | None],
    keep: Sequence[int],
    indices: Sequence[Axis],
    node: Node,
) -> tuple[int, ...] | None:
    """The labels of an array that is read as it is, each index over a whole axis: there is nothing to
    compute."""
    if len(wires) != 1 or any(pad is not None for pad in pads):
        return None
    labels = tuple(s.index for s in slots[0])
    if set(labels) != set(keep) or len(labels) != len(keep):
        return None
    found = tuple(i for i in labels if i is not None)
    shape = array_type(env, wires[0], node).shape
    return found if tuple(indices[i].size for i in found) == shape else None


def trimmed(pads: tuple[str | None, ...]) -> tuple[str | None, ...]:
    """Without the `None`s at the end."""
    n = len(pads)
    while n and pads[n - 1] is None:
        n -= 1
    return pads[:n]
