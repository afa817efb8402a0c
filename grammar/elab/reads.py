"""Reads `X[s*t + j - p, c; pad 0]`: affine positions, slices, splits of an axis, gathers by wires of
positions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from diagram.bounds import at_least
from diagram.hypergraph import Mark
from diagram.ops import STANDARD
from diagram.reals import Real
from diagram.sizes import ZERO, Size, product
from diagram.spec import Slot, Spec
from diagram.types import Axis, Tensor
from grammar.elab.emit import Operand, array_type, contract
from grammar.elab.env import Env, fault, kid, kids, optional, word
from grammar.elab.factors import check_factors
from grammar.elab.ranges import Affine, check_plain, check_range, derive
from grammar.elab.static import number, whole
from grammar.elab.values import Num, Wired
from grammar.tree import Node, Token

if TYPE_CHECKING:
    from grammar.elab.indexed import Product


def affine(node: Node, env: Env) -> Affine:
    """The position that a slot says. Raises `Fault` E0333 if it is not affine in the indices."""
    kind = node.kind
    if kind in ("add", "sub"):
        a, b = affine(kid(node, 0), env), affine(kid(node, 1), env)
        sign = 1 if kind == "add" else -1
        merged = dict(a.terms)
        if sign < 0 and len(b.terms) == 1 and env.indexing is not None:
            env.indexing.beside += [(i, j, node) for i in a.terms for j in b.terms]
        for i, c in b.terms.items():
            merged[i] = merged.get(i, ZERO) + c * sign
        if b.at is not None and (a.at is not None or sign < 0):
            raise fault(
                "E0333", f"`{node.text}` is not a position", node, "one array of positions may be added"
            )
        return Affine(merged, a.offset + b.offset * sign, a.at or b.at)
    if kind == "neg":
        a = affine(kid(node, 0), env)
        return Affine({i: -c for i, c in a.terms.items()}, -a.offset, a.at)
    if kind == "mul":
        a, b = affine(kid(node, 0), env), affine(kid(node, 1), env)
        for x, y in ((a, b), (b, a)):
            if not x.terms and x.at is None and y.at is None:
                return Affine({i: c * x.offset for i, c in y.terms.items()}, y.offset * x.offset)
        raise fault("E0333", f"`{node.text}` is not affine in the indices", node, "a product of two indices")
    if kind == "name":
        return _name(node, env)
    if kind == "static_apply" and not (kid(node, 0).kind == "name" and word(kid(node, 0)) == "size"):
        return Affine(at=_positions(node, env))
    if kind in ("call", "attr"):
        return Affine(at=_positions(node, env))
    return Affine(offset=whole(node, env))


def _name(node: Node, env: Env) -> Affine:
    from grammar.elab.indexed import index_of

    name = word(node)
    space = env.indexing
    assert space is not None
    if name in space.numbers or env.find_axis(name) is not None:
        return Affine({index_of(name, node, env): Size.of(1)})
    value = env.find(name)
    if isinstance(value, Num):
        return Affine(offset=whole(node, env))
    if isinstance(value, Wired):
        return Affine(at=_positions(node, env))
    if value is not None:
        raise fault("E0308", f"`{name}` is no index", node, "a position is needed here")
    return Affine({index_of(name, node, env): Size.of(1)})


def _positions(node: Node, env: Env) -> Operand:
    from grammar.elab.indexed import operand_of

    operand = operand_of(node, env)
    type_ = array_type(env, operand.wire, node)
    if not type_.dtype.is_integer:
        raise fault(
            "E0331",
            f"`{node.text}` is {type_}, and positions are needed",
            node,
            help="positions are of type `nat[n]`",
        )
    return operand


def read(value: Wired, base: Node, brackets: Node, env: Env) -> Product:
    """One read as a factor of a product. Raises `Fault` E0302, E0312, E0316, E0319, E0331."""
    from grammar.elab.indexed import Product

    if len(value.ids) != 1:
        raise fault("E0303", f"`{base.text}` is {len(value.ids)} wires, and one is read here", base)
    (w,) = env.frame.own(value)
    type_ = array_type(env, w, base, "an array")
    pad = padding(optional(brackets, 1), env)
    nodes = _spread(kids(kid(brackets, 0)), type_, brackets, base)
    slots: list[Affine] = []
    for node, axis in zip(nodes, type_.axes, strict=True):
        slots.append(_slot(node, axis, type_, nodes, base, env, pad))
    if any(s.at is not None for s in slots):
        return _gather(w, type_, slots, base, brackets, env, pad)
    direct = frozenset(i for s in slots for i in s.terms)
    return Product(Real.of(1), (w,), (tuple(s.slot for s in slots),), (pad,), direct)


def padding(node: Node | None, env: Env) -> str | None:
    """`; pad 0` as text for the index structure."""
    if node is None:
        return None
    if word(node) != "pad":
        raise fault("E0201", f"cannot find `{word(node)}`", node, help="after `;` comes `pad`")
    value = optional(node, 1)
    if value is None:
        return "0"
    if value.kind == "name" and word(value) in ("edge", "wrap", "reflect"):
        return word(value)
    return str(number(value, env))


def _spread(nodes: Sequence[Node], type_: Tensor, brackets: Node, base: Node) -> list[Node | None]:
    """One node for each axis: by position, by name (`t = 0`, the others whole), `...` for the rest."""
    axes = type_.axes
    if nodes and all(n.kind == "named" for n in nodes):
        result: list[Node | None] = [None] * len(axes)
        for n in nodes:
            found = [k for k, a in enumerate(axes) if a.name == word(n)]
            if not found:
                raise fault(
                    "E0314",
                    f"`{base.text}` has no axis `{word(n)}`",
                    n,
                    f"it is {type_}",
                    help=_near(word(n), type_),
                )
            result[found[0]] = kid(n, 1)
        return result
    plain = list(nodes)
    rest = [k for k, n in enumerate(plain) if n.kind == "ellipsis"]
    if rest:
        k = rest[0]
        return [*plain[:k], *[None] * (len(axes) - len(plain) + 1), *plain[k + 1 :]]
    if len(plain) != len(axes):
        has, given = len(axes), len(plain)
        are = "is" if given == 1 else "are"
        raise fault(
            "E0302",
            f"`{base.text}` has {has} ax{'i' if has == 1 else 'e'}s, but {given} {are} read",
            brackets,
            f"it is {type_}",
            help="name one slot for each axis, or `axis = position` for some",
        )
    return list(plain)


def _near(name: str, type_: Tensor) -> str:
    from grammar.elab.nearest import suggest

    near = suggest(name, [a.name for a in type_.axes if a.name])
    return f"did you mean `{near}`?" if near else ""


def _slot(
    node: Node | None,
    axis: Axis,
    type_: Tensor,
    nodes: Sequence[Node | None],
    base: Node,
    env: Env,
    pad: str | None,
) -> Affine:
    from grammar.elab.indexed import index_of

    space = env.indexing
    assert space is not None
    if node is None:
        return Affine({_whole_axis(axis, base, env): Size.of(1)})
    if node.kind == "range":
        return _range(node, axis, env)
    if node.kind == "group":
        return _split(node, axis, type_.names, env)
    place = affine(node, env)
    if place.at is not None:
        return place
    if node.kind == "name" and len(place.terms) == 1:
        i = index_of(word(node), node, env)
        if i in space.open:
            space.fix(i, axis.size)
            space.new[i] = axis
            if env.is_open(word(node)) and word(node) not in axis.size.symbols:
                env.solve(word(node), axis.size)
        else:
            check_plain(node, i, axis, type_, nodes, base, env)
        return place
    derive(node, place, axis, env, pad)
    if pad is None:
        check_range(node, place, axis, env)
    return place


def _whole_axis(axis: Axis, base: Node, env: Env) -> int:
    from grammar.elab.indexed import index_of

    space = env.indexing
    assert space is not None
    if axis.name:
        i = index_of(axis.name, base, env)
        if i in space.open or space.axes[i].size != axis.size:
            space.fix(i, axis.size)
        return i
    space.axes.append(axis)
    return len(space.axes) - 1


def _range(node: Node, axis: Axis, env: Env) -> Affine:
    space = env.indexing
    assert space is not None
    start = whole(kid(node, 0), env)
    end_node = optional(node, 1)
    end = whole(end_node, env) if end_node is not None else axis.size
    if at_least(start - end, 1) or at_least(end - axis.size, 1):
        raise fault("E0319", f"`{node.text}` leaves the axis `{axis}`", node, f"`{axis}` is {axis.size}")
    name = axis.name if start == 0 and end == axis.size else axis.name + "'" if axis.name else ""
    space.axes.append(Axis(name, end - start))
    return Affine({len(space.axes) - 1: Size.of(1)}, start)


def _split(node: Node, axis: Axis, others: Sequence[str], env: Env) -> Affine:
    """`(0 f)`, `(z f)`: a mixed-radix position, the last factor fastest."""
    from grammar.elab.indexed import index_of

    space = env.indexing
    assert space is not None
    names = [token.text for token in node.kids if isinstance(token, Token)]
    check_factors(axis, names, others, node, env)
    sizes: list[Size | None] = []
    places: list[int | None] = []
    offsets: list[int] = []
    for token in node.kids:
        assert isinstance(token, Token)
        if token.kind == "INT":
            sizes.append(None)
            places.append(None)
            offsets.append(int(token.text))
            continue
        part = Node("name", (token,), token.start, token.end, node.source)
        i = index_of(token.text, part, env)
        sizes.append(space.size(i))
        places.append(i)
        offsets.append(0)
    unknown = [k for k, s in enumerate(sizes) if s is None]
    if len(unknown) > 1:
        raise fault("E0311", f"two sizes in `{node.text}` are open", node, f"the axis is {axis.size}")
    if unknown:
        rest = axis.size.divided_by(product(s for s in sizes if s is not None))
        if rest is None:
            known = product(s for s in sizes if s is not None)
            rest = axis.size // known
            if axis.size.constant is not None and known.constant is not None:
                raise fault(
                    "E0313", f"`{node.text}` does not divide the axis", node, f"{axis.size} / {known}"
                )
        sizes[unknown[0]] = rest
        place = places[unknown[0]]
        if place is not None:
            space.fix(place, rest)
    known_sizes = [s for s in sizes if s is not None]
    if product(known_sizes) != axis.size and product(known_sizes).constant and axis.size.constant:
        raise fault(
            "E0312",
            f"`{node.text}` is {product(known_sizes)}, but the axis is {axis.size}",
            node,
            f"`{axis}` is read",
        )
    result = Affine()
    step = Size.of(1)
    for place, size, offset in reversed(list(zip(places, known_sizes, offsets, strict=True))):
        if place is None:
            result.offset = result.offset + step * offset
        else:
            result.terms[place] = step
        step = step * size
    return result


def _gather(
    w: int, type_: Tensor, slots: list[Affine], base: Node, brackets: Node, env: Env, pad: str | None = None
) -> Product:
    """`table[tokens[t], m]`: a gather box over the indices of the read."""
    from grammar.elab.indexed import Product

    space = env.indexing
    assert space is not None
    wires, ins = [w], []
    table: list[Slot] = []
    for place, axis in zip(slots, type_.axes, strict=True):
        if place.at is None:
            table.append(place.slot)
            continue
        bound = array_type(env, place.at.wire, base).dtype.bound
        if bound is not None and bound != axis.size and place.offset == 0 and not place.terms:
            raise fault(
                "E0331",
                f"positions below {bound} cannot index the axis `{axis}` of size {axis.size}",
                brackets,
                f"`{base.text}` is {type_}",
            )
        table.append(Slot(place.slot.terms, place.offset, len(wires)))
        wires.append(place.at.wire)
        ins.append(tuple(Slot.at(k) for k in place.at.labels if isinstance(k, int)))
    used = sorted({i for m in (tuple(table), *ins) for s in m for i, _ in s.terms})
    used.sort(key=lambda i: _first_seen(i, slots))
    number = {old: new for new, old in enumerate(used)}

    def renumber(m: Sequence[Slot]) -> tuple[Slot, ...]:
        return tuple(Slot(tuple((number[i], c) for i, c in s.terms), s.offset, s.gather) for s in m)

    axes = tuple(space.axes[i] for i in used)
    out = tuple(Slot.at(k) for k in range(len(used)))
    pads = (pad,) if pad is not None else ()
    spec = Spec(axes, (renumber(table), *(renumber(m) for m in ins)), (out,), (), pads)
    mark = Mark("", base.span)
    (y,) = env.frame.builder.box(STANDARD["gather"], wires, (Tensor(type_.dtype, axes),), spec, mark=mark)
    direct = frozenset(used)
    return Product(Real.of(1), (y,), (tuple(Slot.at(i) for i in used),), (), direct)


def _first_seen(i: int, slots: Sequence[Affine]) -> tuple[int, int]:
    for k, place in enumerate(slots):
        labels = place.at.labels if place.at is not None else ()
        for j, seen in enumerate((*labels, *place.terms)):
            if seen == i:
                return k, j
    return len(slots), 0


def whole_read(value: Wired, base: Node, brackets: Node, env: Env) -> Wired:
    """A read outside index notation: the array of its free indices, in order of first appearance."""
    from grammar.elab.indexed import Indexing

    inner = env.child()
    inner.indexing = space = Indexing()
    p = read(value, base, brackets, inner)
    axes = tuple(space.axes[i] for i in p.free)
    out = tuple(Slot.at(i) for i in p.free)
    w = contract(inner, p.wires, p.slots, out, space.axes, axes, brackets, p.pads)
    return Wired(env.frame, (w,))
