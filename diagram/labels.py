"""What makes two boxes, wires or index structures the same: texts that agree exactly when they do.

Names of indices and of inner axes do not count, sizes do; commutative operations give their ports one key
where an exchange changes nothing. Not here: comparing diagrams (`diagram.equality`).
"""

from __future__ import annotations

from itertools import permutations
from typing import NamedTuple

from diagram.op import Kind, Op
from diagram.reals import Real
from diagram.sizes import Size
from diagram.spec import Slot, Spec
from diagram.types import Axis, DType, Hom, Ob, Tensor, Type
from diagram.value import Arg, Args, Param

COMMUTATIVE = frozenset(("add", "maximum", "minimum", "eq", "ne", "and", "or", "xor"))
"""Built-in operations of two arguments that may be exchanged; a contraction may exchange all of its
operands.
"""
MANY = 6
"""Up to so many operands, sharing tries all orders of those that are equal."""
UNORDERED = frozenset(("softmax", "log_softmax", "fft", "ifft"))
"""Operations along axes that do not depend on the order of the axes; no reduction but `arg...` does."""


def commutes(op: Op) -> bool:
    """Whether the inputs of a box may be exchanged."""
    return op.kind is Kind.CONTRACT or op.name in COMMUTATIVE or "commutative" in op.facts


def wire_text(type_: Type) -> str:
    """An inner wire: objects without adjoints (the ports know them), arrays without names of axes."""
    if isinstance(type_, Ob):
        return type_.name + "'" * type_.prime
    if isinstance(type_, Tensor):
        return f"{dtype_text(type_.dtype)}[{','.join(map(str, type_.shape))}]"
    if isinstance(type_, Hom):
        return f"({'@'.join(map(wire_text, type_.dom))}->{'@'.join(map(wire_text, type_.cod))})"
    return "?"


def port_text(type_: Type) -> str:
    """A port of the boundary: as written, adjoints and names of axes included."""
    if isinstance(type_, Tensor):
        return f"{dtype_text(type_.dtype)}[{','.join(map(_axis_text, type_.axes))}]"
    if isinstance(type_, Hom):
        return f"({'@'.join(map(port_text, type_.dom))}->{'@'.join(map(port_text, type_.cod))})"
    return str(type_)


def dtype_text(dtype: DType) -> str:
    """The element type, with the bound of `nat`."""
    return str(dtype)


def _axis_text(axis: Axis) -> str:
    inner = f"({' '.join(map(_axis_text, axis.factors))})" if axis.factors else ""
    return f"{axis.name}{inner}={axis.size}"


def arg_text(value: Arg) -> str:
    """Static data of a box. Whole floats are written as ints: `2.0 * x` is `2 * x`."""
    if isinstance(value, tuple):
        return f"({','.join(map(arg_text, value))})"
    if isinstance(value, Axis):
        return f"axis {value.size}"
    if isinstance(value, Tensor):
        return wire_text(value)
    if isinstance(value, DType):
        return dtype_text(value)
    if isinstance(value, Real | int | float | complex | Size) and not isinstance(value, bool):
        return number_text(Real.of(value))
    return repr(value)


def number_text(value: Real) -> str:
    """A static number; whole floats as ints."""
    number = value.number
    if isinstance(number, float) and number.is_integer():
        return str(int(number))
    return str(value)


def args_text(args: Args) -> str:
    """All static data of a box."""
    return ";".join(f"{name}={arg_text(value)}" for name, value in sorted(args, key=lambda item: item[0]))


def param_text(param: Param, type_: Type) -> str:
    """A learned array: type and initialiser; its path is a name and does not count."""
    fan = "" if param.fan is None else number_text(param.fan)
    return f"learn {wire_text(type_)} {param.init}({arg_text(param.args)}) {fan} {'frozen' * param.frozen}"


def op_text(op: Op, args: Args) -> str:
    """The operation and its static data; a declared box with the types of its ports."""
    text = op.name
    if op.kind is Kind.SOURCE:  # the element type is that of the wire
        args = tuple(arg for arg in args if arg[0] != "dtype")
    if op.dom or op.cod:
        text += f":{'@'.join(map(port_text, op.dom))}->{'@'.join(map(port_text, op.cod))}"
    if op.facts:
        text += f"!{','.join(sorted(op.facts))}"
    return f"{text}|{args_text(args)}" if args else text


def spec_text(op: Op, spec: Spec, order: tuple[int, ...]) -> str:
    """An index structure with its input ports in the given order, free of the names and numbers of its
    indices.

    An index is known by where it occurs; two that occur alike may be exchanged, so sorting these profiles
    gives one text for each structure.
    """
    profiles: list[list[str]] = [[] for _ in spec.indices]
    ports: list[str] = []
    maps = [spec.ins[p] for p in order] + list(spec.outs)
    pads = [spec.pad(p) for p in order] + [spec.pad(len(spec.ins) + p) for p in range(len(spec.outs))]
    for at, (slots, pad) in enumerate(zip(maps, pads, strict=True)):
        for k, slot in enumerate(slots):
            for index, by in slot.terms:
                profiles[index].append(f"{at}.{k}*{by}")
        ports.append(" ".join(f"+{slot.offset}@{slot.gather}" for slot in slots) + f"#{pad}")
    unordered = (op.kind is Kind.REDUCE and not op.name.startswith("arg")) or op.name in UNORDERED
    for place, index in enumerate(spec.core):
        profiles[index].append("core" if unordered else f"core{place}")
    texts = sorted(f"{a.size}:{','.join(p)}" for a, p in zip(spec.indices, profiles, strict=True))
    return f"[{'; '.join(texts)}]({' | '.join(ports)})"


class Label(NamedTuple):
    """The text of a box and, port by port, the keys by which its wires are told apart.

    Ports with one key may be exchanged. `text` is empty for a box that needs a gadget (`gadget`).
    """

    text: str
    dom: tuple[int, ...]
    cod: tuple[int, ...]


def label(op: Op, spec: Spec | None, args: Args, n_in: int, n_out: int) -> Label:
    """The label of a box without bodies."""
    cod = tuple(range(1, 2 * n_out, 2))
    straight = tuple(range(0, 2 * n_in, 2))
    if n_in < 2 or not commutes(op):
        inner = "" if spec is None else spec_text(op, spec, tuple(range(n_in)))
        return Label(op_text(op, args) + inner, straight, cod)
    if spec is None:
        keys = symmetric_keys(op.dom) if op.dom else (0,) * n_in
        return Label(op_text(op, args), keys, cod)
    if n_in > 2:
        return Label("", straight, cod)
    one, two = spec_text(op, spec, (0, 1)), spec_text(op, spec, (1, 0))
    keys = (0, 0) if one == two else (0, 2) if one < two else (2, 0)
    return Label(op_text(op, args) + min(one, two), keys, cod)


def symmetric_keys(types: tuple[Type, ...]) -> tuple[int, ...]:
    """Keys of exchangeable ports: one for each type."""
    first: dict[Type, int] = {}
    return tuple(first.setdefault(t, 2 * p) for p, t in enumerate(types))


Ports = list[tuple[int, int]]
"""The incidences of a box: key of the port, wire."""


def gadget(
    op: Op, spec: Spec, args: Args, dom: tuple[int, ...], cod: tuple[int, ...], fresh: int
) -> tuple[list[str], list[tuple[str, Ports]]]:
    """A contraction of many operands as a small graph, so that its symmetries are the graph's.

    Its indices become wires, numbered from `fresh`, after one wire that holds all together; each port
    becomes a box that reads its array and its indices. Returns the texts of the new wires and the boxes.
    """
    wires = [f"hub {op_text(op, args)}", *(f"index {a.size}" for a in spec.indices)]
    boxes: list[tuple[str, Ports]] = []
    maps = [*((w, s, "in") for w, s in zip(dom, spec.ins, strict=True))]
    maps += [(w, s, f"out {k}") for k, (w, s) in enumerate(zip(cod, spec.outs, strict=True))]
    for port, (w, slots, side) in enumerate(maps):
        places = sorted({_place(k, by) for k, slot in enumerate(slots) for _, by in slot.terms})
        keys = {place: 4 + 2 * at for at, place in enumerate(places)}
        around: Ports = [(0, fresh), (2, w)]
        around += [
            (keys[_place(k, by)], fresh + 1 + i) for k, slot in enumerate(slots) for i, by in slot.terms
        ]
        boxes.append((f"{side} {places} {list(map(_offset, slots))} {spec.pad(port)}", around))
    return wires, boxes


def _place(slot: int, by: Size) -> str:
    return f"{slot}*{by}"


def _offset(slot: Slot) -> str:
    return str(slot.offset)


def shared_key(
    op: Op, spec: Spec | None, args: Args, dom: tuple[int, ...], known: Label
) -> tuple[str, tuple[int, ...]]:
    """What decides, where copying is natural, whether two boxes compute the same: label and operands,
    sorted.
    """
    if known.text:
        pairs = sorted(zip(known.dom, dom, strict=True))
        return known.text, tuple([w for _, w in pairs])
    assert spec is not None
    order = sorted(range(len(dom)), key=lambda p: dom[p])
    orders = (o for o in permutations(order) if all(dom[a] == dom[b] for a, b in zip(o, order, strict=True)))
    tied = len(set(dom)) < len(dom) <= MANY
    text = min(spec_text(op, spec, o) for o in orders) if tied else spec_text(op, spec, tuple(order))
    return op_text(op, args) + text, tuple([dom[p] for p in order])
