"""Equations in index notation: `S[q, x, h] = Q[q, h, k] * K[x, h, k] * k**-0.5 where x <= q else -inf`.

An expression becomes a sum of products of reads. Each additive term is contracted to the target's indices
by one box; what is not linear (functions, powers, quotients) is made into an array over its own indices
first.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field

from diagram.errors import Span
from diagram.hypergraph import Args
from diagram.reals import Real
from diagram.sizes import Size, symbol
from diagram.spec import Slot
from diagram.types import Axis, R
from grammar.elab.emit import (
    Operand,
    array_type,
    cast,
    constant,
    contract,
    pointwise,
    positions,
    scaled,
    unary,
    whole_labels,
)
from grammar.elab.env import Env, axis_of, evaluate, fault, kid, kids, word
from grammar.elab.reads import read
from grammar.elab.static import number
from grammar.elab.values import Form, Num, Value, Wired
from grammar.tree import Node, chain


@dataclass(slots=True)
class Indexing:
    """The index space of one equation."""

    axes: list[Axis] = field(default_factory=list)
    numbers: dict[str, int] = field(default_factory=dict)
    spans: dict[int, Span] = field(default_factory=dict)
    open: set[int] = field(default_factory=set)
    """Indices whose size is still to be found by a read."""
    new: dict[int, Axis] = field(default_factory=dict)
    """Indices that no declaration names, with the axis that fixed their size."""
    wanted: tuple[int, ...] = ()
    """The indices of the target, in its order."""
    boxes: int = 0
    """How many boxes the body had before this equation."""
    beside: list[tuple[int, int, Node]] = field(default_factory=list)
    """Pairs of indices whose positions are subtracted or compared, and where."""
    positions: bool = False
    """A bare axis name is its position (in conditions), not its size."""

    def size(self, i: int) -> Size | None:
        """The size of index i, None while it is open."""
        return None if i in self.open else self.axes[i].size

    def fix(self, i: int, size: Size) -> None:
        """Give an open index its size."""
        self.axes[i] = Axis(self.axes[i].name, size)
        self.open.discard(i)

    @property
    def by_label(self) -> dict[Hashable, Axis]:
        """Axes by index number, for alignment."""
        return dict(enumerate(self.axes))


@dataclass(slots=True)
class Product:
    """`scale` times a product of reads: wires with one slot for each axis."""

    scale: Real
    wires: tuple[int, ...] = ()
    slots: tuple[tuple[Slot, ...], ...] = ()
    pads: tuple[str | None, ...] = ()
    direct: frozenset[int] = frozenset()
    """Indices that a plain factor has: only these may be summed."""

    @property
    def free(self) -> tuple[int, ...]:
        """Indices in order of first appearance."""
        return tuple(dict.fromkeys(i for m in self.slots for s in m for i, _ in s.terms))


Sum = list[Product]


def index_of(name: str, node: Node, env: Env) -> int:
    """The number of the index called `name`: a declared axis, or a new index of this equation."""
    space = env.indexing
    assert space is not None
    if name not in space.numbers:
        info = env.find_axis(name)
        i = len(space.axes)
        if info is not None and not (info.found and info.size is None):
            space.axes.append(axis_of(info, env))
        else:
            space.axes.append(Axis(name, symbol("?" + name)))
            space.open.add(i)
        space.numbers[name] = i
        space.spans[i] = node.span
    return space.numbers[name]


def terms(node: Node, env: Env) -> Sum:
    """The sum of products that an expression of an equation is. Raises `Fault`."""
    kind = node.kind
    if kind in ("add", "sub"):
        return _sum(node, env)
    if kind == "mul":
        return _times(terms(kid(node, 0), env), terms(kid(node, 1), env), node, env)
    if kind == "neg":
        return [_scaled(p, -Real.of(1)) for p in terms(kid(node, 0), env)]
    if kind == "div":
        return _quotient(node, env)
    if kind in ("pow", "floordiv", "mod"):
        return _power(node, env)
    if kind in ("compare", "and_", "or_", "not_"):
        return _condition(node, env)
    if kind == "call":
        return _call(node, env)
    if kind == "static_apply":
        return _bracket(node, env)
    if kind in ("int", "real", "quantity"):
        return [Product(number(node, env))]
    return _value(evaluate_plain(node, env), node, env)


def evaluate_plain(node: Node, env: Env) -> Value:
    """A name or any other expression; in conditions a bare axis is its position."""
    space = env.indexing
    if node.kind == "name" and space is not None:
        name = word(node)
        wired = env.find(name)
        is_index = name in space.numbers or env.find_axis(name) is not None
        if space.positions and is_index and not isinstance(wired, Wired):
            i = index_of(name, node, env)
            return Wired(env.frame, (positions(env, space.axes[i]),))
    return evaluate(node, env)


def _sum(node: Node, env: Env) -> Sum:
    first, rest = chain(node, frozenset(("add", "sub")))
    result = terms(first, env)
    for sign, part in rest:
        more = terms(part, env)
        result += [_scaled(p, -Real.of(1)) for p in more] if sign == "sub" else more
    numbers = [p for p in result if not p.wires]
    arrays = [p for p in result if p.wires]
    if len(numbers) > 1:
        total = numbers[0].scale
        for p in numbers[1:]:
            total = total + p.scale
        return [*arrays, Product(total)]
    return result


def _scaled(p: Product, by: Real) -> Product:
    return Product(p.scale * by, p.wires, p.slots, p.pads, p.direct)


def _times(left: Sum, right: Sum, node: Node, env: Env) -> Sum:
    a, b = one_product(left, node, env), one_product(right, node, env)
    pads = (*a.pads, *(None,) * (len(a.wires) - len(a.pads)), *b.pads)
    return [Product(a.scale * b.scale, a.wires + b.wires, a.slots + b.slots, pads, a.direct | b.direct)]


def one_product(parts: Sum, node: Node, env: Env) -> Product:
    """A sum inside a product becomes one array over the indices of its terms."""
    if len(parts) == 1:
        return parts[0]
    operand = gathered(parts, node, env)
    direct = frozenset().union(*(p.direct for p in parts))
    return Product(Real.of(1), (operand.wire,), (slots_of(operand),), (), direct)


def slots_of(operand: Operand) -> tuple[Slot, ...]:
    """Where the axes of an operand stand in the space of indices."""
    return tuple(Slot.at(label) for label in operand.labels if isinstance(label, int))


def materialise(
    p: Product, env: Env, node: Node, order: tuple[int, ...] | None = None, name: str = ""
) -> Operand:
    """The product as an array over the indices `order` (by default all it has), summed over the others."""
    space = env.indexing
    assert space is not None
    keep = p.free if order is None else tuple(i for i in order if i in p.free)
    if not p.wires:
        return Operand(constant(env, p.scale), ())
    as_it_is = whole_labels(env, p.wires, p.slots, p.pads, keep, space.axes, node)
    if as_it_is is not None:
        return Operand(scaled(env, p.wires[0], p.scale, node), as_it_is)
    axes = tuple(space.axes[i] for i in keep)
    out = tuple(Slot.at(i) for i in keep)
    w = contract(env, p.wires, p.slots, out, space.axes, axes, node, p.pads, name)
    return Operand(scaled(env, w, p.scale, node), keep)


def gathered(
    parts: Sum, node: Node, env: Env, order: tuple[int, ...] | None = None, name: str = ""
) -> Operand:
    """The sum as one array: each term on its own, then added; a number is a shift."""
    space = env.indexing
    assert space is not None
    arrays = [p for p in parts if p.wires]
    if not arrays:
        return materialise(parts[0], env, node)
    minus = len(arrays) > 1 and arrays[1].scale.number == -1 and len(arrays) == 2
    done = [
        materialise(_scaled(p, -Real.of(1)) if minus and k == 1 else p, env, node, order, name)
        for k, p in enumerate(arrays)
    ]
    total = done[0]
    for k, operand in enumerate(done[1:], 1):
        sign = "sub" if minus and k == 1 else "add"
        total = pointwise(env, sign, (total, operand), space.by_label, node, (), order or ())
    for p in parts:
        if not p.wires:
            total = Operand(unary(env, "shift", total.wire, node, (("by", p.scale),)), total.labels)
    return total


def factor(operand: Operand, direct: frozenset[int] = frozenset()) -> Sum:
    """An array over indices as a sum of one product."""
    return [Product(Real.of(1), (operand.wire,), (slots_of(operand),), (), direct)]


def _folded(node: Node, compute: Callable[[], Real]) -> Real:
    """Arithmetic of static numbers. Raises `Fault` E0313 where it has no value."""
    try:
        return compute()
    except (ZeroDivisionError, OverflowError, ValueError) as error:
        raise fault("E0313", f"`{node.text}` has no value: {error}", node) from None


def _quotient(node: Node, env: Env) -> Sum:
    top, below = one_product(terms(kid(node, 0), env), node, env), terms(kid(node, 1), env)
    bottom = one_product(below, node, env)
    if not bottom.wires:
        return [_scaled(top, _folded(node, lambda: Real.of(1) / bottom.scale))]
    space = env.indexing
    assert space is not None
    under = materialise(bottom, env, kid(node, 1))
    if not top.wires:
        inverse = Operand(unary(env, "reciprocal", under.wire, node), under.labels)
        return [_scaled(p, top.scale) for p in factor(inverse)]
    over = materialise(top, env, kid(node, 0))
    return factor(pointwise(env, "div", (over, under), space.by_label, node, (), space.wanted), top.direct)


def _power(node: Node, env: Env) -> Sum:
    space = env.indexing
    assert space is not None
    left, right = gathered_of(kid(node, 0), env), terms(kid(node, 1), env)
    exponent = one_product(right, node, env)
    if isinstance(left, Product) and not left.wires and not exponent.wires:
        sign = {"pow": "**", "floordiv": "//", "mod": "%"}[node.kind]
        return [Product(_folded(node, lambda: left.scale.apply(sign, exponent.scale)))]
    base = materialise(left, env, kid(node, 0)) if isinstance(left, Product) else left
    if node.kind == "pow" and not exponent.wires:
        args: Args = (("by", exponent.scale),)
        return factor(Operand(unary(env, "power", base.wire, node, args), base.labels))
    name = {"pow": "pow", "floordiv": "floordiv", "mod": "mod"}[node.kind]
    other = materialise(exponent, env, kid(node, 1))
    if not exponent.wires and name != "pow":
        other = Operand(cast(env, other.wire, array_type(env, base.wire, node).dtype, node), ())
    return factor(pointwise(env, name, (base, other), space.by_label, node, (), space.wanted))


def gathered_of(node: Node, env: Env) -> Product:
    """An operand of a non-linear operator as one product."""
    return one_product(terms(node, env), node, env)


_COMPARE = {"==": "eq", "!=": "ne", "<": "lt", "<=": "le", ">": "gt", ">=": "ge"}


def _condition(node: Node, env: Env) -> Sum:
    from grammar.tree import Token

    space = env.indexing
    assert space is not None
    if node.kind == "not_":
        inner = operand_of(kid(node, 0), env)
        return factor(Operand(unary(env, "not", inner.wire, node), inner.labels))
    if node.kind in ("and_", "or_"):
        a, b = operand_of(kid(node, 0), env), operand_of(kid(node, 1), env)
        name = node.kind.rstrip("_")
        return factor(pointwise(env, name, (a, b), space.by_label, node, (), space.wanted))
    parts = [operand_of(p, env) for p in kids(node)]
    signs = [p.text for p in node.kids if isinstance(p, Token)]
    result = None
    for k, sign in enumerate(signs):
        pair = parts[k], parts[k + 1]
        sides = kid(node, 2 * k), kid(node, 2 * k + 2)
        if all(side.kind == "name" and word(side) in space.numbers for side in sides):
            space.beside.append((space.numbers[word(sides[0])], space.numbers[word(sides[1])], node))
        one = pointwise(env, _COMPARE[sign], pair, space.by_label, node, (), space.wanted)
        result = one if result is None else pointwise(env, "and", (result, one), space.by_label, node)
    assert result is not None
    return factor(result)


def operand_of(node: Node, env: Env) -> Operand:
    """An expression as one array over its indices; whole numbers stay whole."""
    parts = terms(node, env)
    if len(parts) == 1 and not parts[0].wires:
        value = parts[0].scale
        whole = Num(value).size is not None
        from diagram.types import I64

        return Operand(constant(env, value, I64 if whole else R), ())
    return gathered(parts, node, env)


def _call(node: Node, env: Env) -> Sum:
    """A pointwise function goes inside its arguments; anything else is called as outside an equation and
    read."""
    from grammar.elab.builtin import NamedForm, PointwiseForm

    space = env.indexing
    assert space is not None
    callee = kid(node, 0)
    function = evaluate(callee, env) if callee.kind in ("name", "static_apply", "attr") else None
    if isinstance(function, NamedForm):  # `max(a, b)`, which with an axis would be `max[x](a)`
        function = function.bare
    if isinstance(function, PointwiseForm):
        args = [operand_of(a, env) for a in kids(kid(node, 1))]
        if len(args) == function.op.arity:
            name, order = function.op.name, space.wanted
            return factor(pointwise(env, name, args, space.by_label, node, function.args, order))
    return _value(evaluate(node, env), node, env)


def _bracket(node: Node, env: Env) -> Sum:
    """A read `A[i, j]`, or a form with static arguments."""
    from grammar.elab.expr import read_base

    base = kid(node, 0)
    if base.kind == "name" and word(base) in ("index", "size") and env.find(word(base)) is None:
        return _index_or_size(node, env)
    value = read_base(base, env)
    if isinstance(value, Wired):
        return [read(value, base, kid(node, 1), env)]
    return _value(evaluate(node, env), node, env)


def _index_or_size(node: Node, env: Env) -> Sum:
    slots = kids(kid(kid(node, 1), 0))
    space = env.indexing
    assert space is not None
    if len(slots) != 1:
        raise fault("E0302", f"`{word(kid(node, 0))}` takes one axis", node)
    (slot,) = slots
    if word(kid(node, 0)) == "size":
        return [Product(number(node, env))]
    i = index_of(word(slot), slot, env)
    return [Product(Real.of(1), (positions(env, space.axes[i]),), ((Slot.at(i),),))]


def _value(value: Value, node: Node, env: Env) -> Sum:
    """A number, or an array without brackets: scalar, or with axes that are all indices of the equation."""
    if isinstance(value, Num):
        return [Product(value.real)]
    if isinstance(value, Form):
        from grammar.elab.expr import as_wires

        value = as_wires(value, node, env)
    if not isinstance(value, Wired):
        raise fault("E0307", f"`{node.text}` is not a wire", node)
    if len(value.ids) != 1:
        raise fault("E0303", f"`{node.text}` is {len(value.ids)} wires, and one is needed", node)
    (w,) = env.frame.own(value)
    type_ = array_type(env, w, node)
    space = env.indexing
    assert space is not None
    slots = []
    for axis in type_.axes:
        if axis.name not in space.numbers and env.find_axis(axis.name) is None:
            raise fault(
                "E0317",
                f"`{node.text}` has the axis `{axis}`, which is no index of this equation",
                node,
                f"this is {type_}",
                help="give it brackets that name its axes",
            )
        slots.append(Slot.at(index_of(axis.name, node, env)))
    return [Product(Real.of(1), (w,), (tuple(slots),), (), frozenset(i for s in slots for i, _ in s.terms))]


# ------------------------------------------------------------------------------------------------ equations
