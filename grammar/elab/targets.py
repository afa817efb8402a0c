"""The left side of equations: index targets, and writes `Y[u = s*t + j, o] += e`."""

from __future__ import annotations

from collections.abc import Callable

from diagram.hypergraph import Mark
from diagram.ops import STANDARD
from diagram.sizes import Size
from diagram.spec import Slot, Spec
from diagram.types import Axis, Tensor
from grammar.elab.emit import Operand, array_type, constant, contract, pointwise, scaled
from grammar.elab.env import AxisInfo, Env, axis_of, fault, kid, kids, optional, word
from grammar.elab.factors import check_factors
from grammar.elab.indexed import Indexing, Product, Sum, gathered, index_of, materialise, terms
from grammar.elab.ranges import Affine
from grammar.elab.reads import affine, padding
from grammar.elab.slips import check_slips
from grammar.elab.values import Num, Wired
from grammar.tree import Node, Token

Axes = Callable[[Indexing], tuple[Axis, ...]]


def target_slots(brackets: Node | None, env: Env) -> tuple[tuple[Slot, ...], Axes]:
    """The slots of a target, and its axes once the sizes are found. Raises `Fault` E0316 for a repeated
    axis."""
    parts: list[tuple[str, tuple[int, ...]]] = []
    names: dict[str, Node] = {}
    for slot in kids(kid(brackets, 0)) if brackets is not None else ():
        name, places = _target(slot, env)
        if name in names:
            raise fault("E0316", f"the axis `{name}` occurs twice on the left", slot, "again here")
        if name:
            names[name] = slot
        parts.append((name, places))

    def axes(space: Indexing) -> tuple[Axis, ...]:
        return tuple(_axis(name, places, space) for name, places in parts)

    return tuple(_slot(places, env) for _, places in parts), axes


def _target(slot: Node, env: Env) -> tuple[str, tuple[int, ...]]:
    if slot.kind == "name":
        return word(slot), (index_of(word(slot), slot, env),)
    if slot.kind == "named" and kid(slot, 1).kind == "name":
        inner = kid(slot, 1)
        return word(slot), (index_of(word(inner), inner, env),)
    if slot.kind == "named" and kid(slot, 1).kind == "group":
        mine = [token.text for token in kid(slot, 1).kids if isinstance(token, Token)]
        check_factors(Axis.of(word(slot)), mine, (), kid(slot, 1), env)
        return word(slot), _merged(kid(slot, 1), env)
    if slot.kind == "group":
        return "", _merged(slot, env)
    raise fault(
        "E0333",
        f"`{slot.text}` is no index",
        slot,
        "the left side lists indices",
        help="positions are written with `+=`",
    )


def _merged(group: Node, env: Env) -> tuple[int, ...]:
    """The indices of `(g f)`, the last one varying fastest."""
    places = []
    for token in group.kids:
        assert isinstance(token, Token)
        if token.kind != "NAME":
            raise fault("E0333", f"`{group.text}` merges axes; a number is no axis", group)
        part = Node("name", (token,), token.start, token.end, group.source)
        places.append(index_of(token.text, part, env))
    return tuple(places)


def _axis(name: str, places: tuple[int, ...], space: Indexing) -> Axis:
    if len(places) == 1:
        return Axis(name, space.axes[places[0]].size)
    merged = Axis.merged(tuple(space.axes[i] for i in places))
    return merged.renamed(name) if name else merged


def _slot(places: tuple[int, ...], env: Env) -> Slot:
    space = env.indexing
    assert space is not None
    if len(places) == 1:
        return Slot.at(places[0])
    step = Size.of(1)
    result: list[tuple[int, Size]] = []
    for i in reversed(places):
        result.insert(0, (i, step))
        step = step * space.axes[i].size
    return Slot(tuple(result))


def write(node: Node, env: Env) -> Wired:
    """`Y[u = affine, o; pad 0] += e`: adds into zeros; several writes to one name add up. Raises `Fault`."""
    name, brackets, expr = word(node), kid(node, 1), kid(node, 2)
    inner = env.child()
    inner.indexing = space = Indexing()
    places: list[Affine] = []
    axes: list[Axis] = []
    for slot in kids(kid(brackets, 0)):
        axis, place = _write_slot(slot, inner)
        axes.append(axis)
        places.append(place)
    pad = padding(optional(brackets, 1), inner)
    parts = terms(expr, inner)
    guard = optional(node, 3)
    if guard is not None:
        raise fault("E0333", "a write takes no `where`", guard, help="select before you write")
    _check_places(places, parts, space)
    written = {i for p in places for i in (*p.terms, *(p.at.labels if p.at is not None else ()))}
    check_slips(parts, [i for i in written if isinstance(i, int)], inner)
    scatters = any(p.at is not None for p in places)
    if len(parts) == 1 and parts[0].wires and not scatters:
        w = _write_product(parts[0], places, tuple(axes), pad, node, inner)
        return _add_to_name(w, tuple(axes), node, env)
    if all(not p.wires for p in parts):
        value = Operand(constant(inner, parts[0].scale), ())
    elif len(parts) == 1:
        value = materialise(parts[0], inner, expr, tuple(range(len(space.axes))))
    else:
        value = gathered(parts, expr, inner)
    type_ = array_type(inner, value.wire, expr).with_axes(tuple(axes))
    slots = tuple(Slot.at(k) for k in value.labels if isinstance(k, int))
    if scatters:
        w = _scatter(value, slots, places, type_, space, node, inner, pad)
    else:
        out = tuple(p.slot for p in places)
        pads = (None, pad) if pad is not None else ()
        w = contract(inner, (value.wire,), (slots,), out, space.axes, type_.axes, node, pads, name)
    return _add_to_name(w, type_.axes, node, env)


def _write_product(
    p: Product, places: list[Affine], axes: tuple[Axis, ...], pad: str | None, node: Node, env: Env
) -> int:
    """A product of reads, written by one contraction."""
    space = env.indexing
    assert space is not None
    pads = (*p.pads, *(None,) * (len(p.wires) - len(p.pads)), pad)
    out = tuple(place.slot for place in places)
    w = contract(env, p.wires, p.slots, out, space.axes, axes, node, pads, word(node))
    return scaled(env, w, p.scale, node)


def _add_to_name(w: int, axes: tuple[Axis, ...], node: Node, env: Env) -> Wired:
    """One more write to a name: they add up."""
    name = word(node)
    env.frame.builder.names[w] = name
    before = env.names.get(name)
    if isinstance(before, Wired) and name in env.unit.written:
        labels: tuple[int, ...] = tuple(range(len(axes)))
        (old,) = env.frame.own(before)
        both = (Operand(old, labels), Operand(w, labels))
        w = pointwise(env, "add", both, dict(enumerate(axes)), node).wire
        env.frame.builder.names[w] = name
    env.unit.written.add(name)
    return Wired(env.frame, (w,))


def _check_places(places: list[Affine], parts: Sum, space: Indexing) -> None:
    """A new index that only says where to write, once, is a slip: everything would be written everywhere."""
    for i, axis in space.new.items():
        left = sum(i in p.terms or (p.at is not None and i in p.at.labels) for p in places)
        right = any(i in p.free for p in parts)
        if left == 1 and not right and axis.name and axis.name != space.axes[i].name:
            index = space.axes[i].name
            raise fault(
                "E0318",
                f"the index `{index}` is new and stands only on the left",
                space.spans[i],
                f"this place is the axis `{axis.name}`",
                help=f"did you mean `{axis.name}`?",
                edits=((space.spans[i], axis.name),),
            )


def _write_slot(slot: Node, env: Env) -> tuple[Axis, Affine]:
    space = env.indexing
    assert space is not None
    if slot.kind == "named":
        name = word(slot)
        info = env.find_axis(name)
        value = env.find(name)
        if info is None and isinstance(value, Num) and value.size is not None:
            info = AxisInfo(name, value.size)
        if info is None:
            raise fault(
                "E0311",
                f"the axis `{name}` needs a size to be written",
                slot,
                help=f"declare it: `axis {name} = ...`",
            )
        return axis_of(info, env), affine(kid(slot, 1), env)
    if slot.kind != "name":
        raise fault("E0333", f"`{slot.text}` names no axis", slot, help="write `axis = position`")
    i = index_of(word(slot), slot, env)
    return Axis(word(slot), space.axes[i].size), Affine({i: Size.of(1)})


def _scatter(
    value: Operand,
    slots: tuple[Slot, ...],
    places: list[Affine],
    type_: Tensor,
    space: Indexing,
    node: Node,
    env: Env,
    pad: str | None = None,
) -> int:
    """Write at positions that come on wires."""
    wires, ins, out = [value.wire], [slots], []
    for place, axis in zip(places, type_.axes, strict=True):
        if place.at is None:
            out.append(place.slot)
            continue
        bound = array_type(env, place.at.wire, node).dtype.bound
        if bound is not None and bound != axis.size:
            raise fault(
                "E0331",
                f"positions below {bound} cannot write into the axis `{axis}` of size {axis.size}",
                node,
            )
        out.append(Slot(place.slot.terms, place.offset, len(wires)))
        wires.append(place.at.wire)
        ins.append(tuple(Slot.at(k) for k in place.at.labels if isinstance(k, int)))
    used = sorted({i for m in (*ins, tuple(out)) for s in m for i, _ in s.terms})
    number = {old: new for new, old in enumerate(used)}

    def renumber(m: tuple[Slot, ...]) -> tuple[Slot, ...]:
        return tuple(Slot(tuple((number[i], c) for i, c in s.terms), s.offset, s.gather) for s in m)

    pads = (*(None,) * len(ins), pad) if pad is not None else ()
    maps = tuple(renumber(m) for m in ins)
    spec = Spec(tuple(space.axes[i] for i in used), maps, (renumber(tuple(out)),), (), pads)
    (w,) = env.frame.builder.box(STANDARD["scatter"], wires, (type_,), spec, mark=Mark(word(node), node.span))
    return w
