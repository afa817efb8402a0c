"""Types from text: objects, arrays with named axes, tensor products, functions, aliases."""

from __future__ import annotations

from dataclasses import replace

from diagram.errors import Span
from diagram.sizes import Size
from diagram.types import (
    DTYPES,
    Axis,
    DType,
    Hom,
    Ob,
    R,
    Tensor,
    Type,
    Wires,
    cotangent,
    weight_of,
    wires_text,
)
from grammar.elab.env import (
    QUIET,
    AxisInfo,
    Env,
    Fault,
    Later,
    axis_of,
    evaluate,
    fault,
    kid,
    kids,
    optional,
    word,
    word_span,
)
from grammar.elab.nearest import unknown
from grammar.elab.standins import Broken
from grammar.elab.static import whole
from grammar.elab.type_generics import GenericType
from grammar.elab.values import AxisVal, DTypeVal, Form, Listing, Num, Static, TypeVal, Value, Wired
from grammar.tree import Node, chain

MOST_WIRES = 10_000
"""The most wires that a type stands for, those inside functions counted too."""


def type_of(node: Node, env: Env, introduce: Env | None = None) -> Wires:
    """The wires of a type expression. Axis names that are not declared become axes of `introduce`, if given.

    Raises `Fault` E0201, E0307, E0313.
    """
    wires = _type_of(node, env, introduce)
    weight = weight_of(wires)
    if weight > MOST_WIRES:
        raise too_many(weight, node)
    return wires


def too_many(n: int, node: Node | Span) -> Fault:
    """E0602 for a type of n wires."""
    limit = f"counted, not built: the limit is {MOST_WIRES:,}"
    return fault("E0602", f"{n:,} wires are too many", node, limit)


def _type_of(node: Node, env: Env, introduce: Env | None) -> Wires:
    first, rest = chain(node, frozenset(("tensor",)))
    if rest:
        return sum((type_of(part, env, introduce) for _, part in rest), type_of(first, env, introduce))
    kind = node.kind
    if kind == "unit":
        return ()
    if kind == "array":
        return (Tensor(R, _axes(kid(node, 0), env, introduce)),)
    if kind == "static_apply":
        return _applied(node, env, introduce)
    if kind == "pow":
        base, n = type_of(kid(node, 0), env, introduce), count(kid(node, 1), env)
        weight = weight_of(base) * n
        if weight > MOST_WIRES:
            raise too_many(weight, node)
        return base * n
    if kind == "function_type":
        if not env.category.has("function"):
            raise fault(
                "E0325",
                f"`{env.category.name}` has no function types: `{node.text}`",
                node,
                "needs a closed category",
                labels=((env.unit.category_span(env.category), "declared here"),),
                help=f"declare `category {env.category.name} : {', '.join(env.category.levels)}, closed`",
            )
        return (Hom(type_of(kid(node, 0), env, introduce), type_of(kid(node, 1), env, introduce)),)
    if kind == "attr":
        return _adjoint(node, env, introduce)
    if kind == "tuple":
        return sum((type_of(k, env, introduce) for k in kids(node)), ())
    return as_type(_named(node, env), node)


def one_type(node: Node, env: Env, introduce: Env | None = None) -> Type:
    """The type of a single wire."""
    wires = type_of(node, env, introduce)
    if len(wires) != 1:
        raise fault("E0303", f"`{node.text}` is {len(wires)} wires, and one is needed here", node)
    return wires[0]


def as_type(value: Value, node: Node) -> Wires:
    """A value where a type is needed."""
    if isinstance(value, TypeVal):
        return value.wires
    if isinstance(value, DTypeVal):
        return (Tensor(value.dtype),)
    if isinstance(value, Broken):
        raise QUIET
    if isinstance(value, GenericType):
        return value.at(None, node, value.home, None, type_of, _slot)
    if isinstance(value, Wired):
        raise fault("E0308", f"`{node.text}` is a wire, not a type", node, "square brackets hold types")
    raise fault("E0307", f"`{node.text}` is not a type", node, "a type is needed here")


def count(node: Node, env: Env) -> int:
    """A number of wires. Raises `Fault` E0333, E0602, `Later`."""
    n = whole(node, env).constant
    if n is None and env.unit.checking:
        raise Later(node.text)  # a definition over any number of wires is checked where it is used
    if n is None or n < 0:
        raise fault("E0333", f"`{node.text}` is not a number that is known here", node, "how many wires?")
    if n > MOST_WIRES:
        raise too_many(n, node)
    return n


def _named(node: Node, env: Env) -> Value:
    if node.kind != "name":
        return evaluate(node, env)
    name = word(node)
    value = env.find(name)
    if value is None and name in DTYPES:
        return DTypeVal(DType(name))
    if value is None and name.endswith("'"):
        base = env.find(name[:-1])
        if isinstance(base, TypeVal):
            return TypeVal(sum((cotangent(t) for t in base.wires), ()))
        if base is None and name[:-1] in DTYPES:
            return TypeVal(cotangent(Tensor(DType(name[:-1]))))
    if value is None:
        value = env.unit.builtin(name)
    if value is None:
        raise unknown(name, node, env, "the type ")
    return value


def _adjoint(node: Node, env: Env, introduce: Env | None) -> Wires:
    turn = word(node, 1)
    if turn not in ("l", "r"):
        return as_type(evaluate(node, env), node)
    wires = type_of(kid(node, 0), env, introduce)
    from grammar.elab.structure import home

    if not env.category.has("adjoint") and not home(env, wires).has("adjoint"):
        raise fault(
            "E0324",
            f"`{env.category.name}` has no adjoints: `{node.text}`",
            node,
            help=f"declare `category {env.category.name} : rigid` (or `compact`)",
        )
    step = 1 if turn == "r" else -1
    return tuple(turned(t, step, env) for t in reversed(wires))


def turned(type_: Type, step: int, env: Env) -> Type:
    """The right (1) or left (-1) adjoint of a basic type, as the category and the object's options have
    it."""
    if not isinstance(type_, Ob):
        return type_
    if env.unit.dual(type_.name):
        return type_
    from grammar.elab.structure import home

    if home(env, (type_,)).has("dual"):
        return replace(type_, adjoint=1 - type_.adjoint)
    return replace(type_, adjoint=type_.adjoint + step)


def _applied(node: Node, env: Env, introduce: Env | None) -> Wires:
    base, brackets = kid(node, 0), kid(node, 1)
    head = _dtype_head(base, env)
    if (
        head is None
        and base.kind == "name"
        and env.find(word(base)) is None
        and env.unit.is_special(word(base))
    ):
        found = env.unit.special(base, brackets, node, env)
        return as_type(found, node) if found is not None else ()
    if head is None:
        value = _named(base, env) if base.kind == "name" else evaluate(base, env)
        if isinstance(value, GenericType):
            return value.at(brackets, node, env, introduce, type_of, _slot)
        if isinstance(value, Form | Listing | Num | AxisVal | Static):
            return as_type(evaluate(node, env), node)
        head_type = as_type(value, base)
        if len(head_type) == 1 and isinstance(head_type[0], Tensor):
            return (head_type[0].with_axes(_axes(brackets, env, introduce) + head_type[0].axes),)
        raise fault("E0307", f"`{base.text}` takes no axes", base)
    if head.name == "nat" and head.bound is None:
        slots = kids(kid(brackets, 0))
        if len(slots) != 1:
            raise fault("E0311", "`nat[...]` takes one bound", brackets, help="an array of them: `nat[v][t]`")
        return (Tensor(DType("nat", _bound(slots[0], env, introduce))),)
    return (Tensor(head, _axes(brackets, env, introduce)),)


def _bound(slot: Node, env: Env, introduce: Env | None) -> Size:
    new = slot.kind == "name" and env.find_axis(word(slot)) is None and env.find(word(slot)) is None
    if new and introduce is not None:
        introduce.axes[word(slot)] = AxisInfo(word(slot), span=slot.span, generic=True)
    return whole(slot, env)


def _dtype_head(base: Node, env: Env) -> DType | None:
    """The element type if `base` is one: `R`, a generic dtype, `nat[v]` (as the head of `nat[v][t]`)."""
    if base.kind == "name":
        value = env.find(word(base))
        if value is None and word(base) in DTYPES:
            return DType(word(base))
        if isinstance(value, DTypeVal):
            return value.dtype
        if isinstance(value, TypeVal) and len(value.wires) == 1:
            (only,) = value.wires
            return only.dtype if isinstance(only, Tensor) and not only.axes else None
        return None
    if base.kind == "static_apply" and kid(base, 0).kind == "name" and word(kid(base, 0)) == "nat":
        (only,) = _applied(base, env, env)
        assert isinstance(only, Tensor)
        return only.dtype
    return None


def _axes(brackets: Node, env: Env, introduce: Env | None) -> tuple[Axis, ...]:
    axes: list[Axis] = []
    seen: dict[str, Node] = {}
    for slot in kids(kid(brackets, 0)):
        for axis in _slot(slot, env, introduce):
            if axis.name and axis.name in seen:
                raise fault(
                    "E0316",
                    f"the axis `{axis.name}` occurs twice in one array",
                    slot,
                    "again here",
                    labels=((seen[axis.name], "first here"),),
                    help=f"give the second one a name of its own: `{axis.name}'`",
                    edits=((slot, axis.name + "'"),) if slot.kind == "name" else (),
                )
            if axis.name:
                seen[axis.name] = slot
            axes.append(axis)
    return tuple(axes)


def _slot(slot: Node, env: Env, introduce: Env | None) -> tuple[Axis, ...]:
    if slot.kind == "name":
        return (_axis(slot, env, introduce),)
    if slot.kind == "group":
        factors = []
        for token in slot.kids:
            assert token is not None
            part = Node(
                "name" if token.kind == "NAME" else "int", (token,), token.start, token.end, slot.source
            )
            factors.append(
                _axis(part, env, introduce) if token.kind == "NAME" else Axis("", whole(part, env))
            )
        return (Axis.merged(tuple(factors)),)
    if slot.kind == "splat":
        inner = kid(slot, 0)
        value = env.find(word(inner)) if inner.kind == "name" else None
        if isinstance(value, Listing):
            return tuple(item.axis for item in value.items if isinstance(item, AxisVal))
        if introduce is not None and inner.kind == "name":
            return ()
        raise unknown(inner.text, inner, env, "the list of axes ")
    if slot.kind == "ellipsis":
        return env.unit.rest
    if slot.kind in ("range", "named"):
        raise fault("E0307", f"`{slot.text}` is not an axis", slot, "a type lists axes and sizes")
    size = whole(slot, env)
    return (Axis("", size),)


def _axis(slot: Node, env: Env, introduce: Env | None) -> Axis:
    name = word(slot)
    info = env.find_axis(name)
    if info is not None:
        return axis_of(info, env)
    value = env.find(name)
    if isinstance(value, Num):
        return Axis("", whole(slot, env))
    if isinstance(value, AxisVal):
        return value.axis
    if value is None and introduce is not None:
        introduce.axes[name] = AxisInfo(name, span=slot.span, generic=True)
        return Axis.of(name)
    if isinstance(value, Wired):
        raise fault("E0308", f"`{name}` is a wire, not an axis", slot, "square brackets hold axes and sizes")
    raise unknown(name, slot, env, "the axis ")


def declare_axes(items: Node, env: Env, options: Node | None = None) -> None:
    """`axis x, k = 64, i = x`: put the axes in scope. Raises `Fault` E0202."""
    batch = options is not None and any(word(o) == "batch" for o in kids(options))
    look = tuple((word(o), _plain(optional(o, 1))) for o in kids(options)) if options is not None else ()
    for item in kids(items):
        name, expr = word(item), optional(item, 1)
        old = env.axes.get(name)
        if old is not None and old.span is not None and not old.generic:
            raise twice(name, item, old.span)
        info = AxisInfo(name, None, expr, "", batch, word_span(item), item.span, look=look)
        if expr is not None and expr.kind == "name":
            info.base = word(expr)
        if expr is not None and env.frame_ is not None:
            info.size = whole(expr, env)
        env.axes[name] = info


def _plain(value: Node | None) -> str | bool:
    """An option as its text; without a value it is on."""
    return True if value is None else value.text.strip('"')


def twice(name: str, node: Node, first: object) -> Exception:
    """E0202 with both places."""
    return fault(
        "E0202",
        f"`{name}` is defined twice",
        word_span(node),
        "second definition",
        labels=((first if isinstance(first, Span) else None, "first definition"),),
        help="rename one of them",
    )


def wires_of(value: Wires) -> str:
    """For messages."""
    return wires_text(value)
