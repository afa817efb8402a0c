"""What a `box` or `def` declares, and its scope once some static arguments are given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from diagram.errors import Span
from diagram.hypergraph import Args, Diagram
from diagram.reals import Real
from diagram.sizes import Size, symbol
from diagram.types import Axis, Ob, Tensor, map_sizes
from grammar.elab.binding import Formal
from grammar.elab.env import (
    AxisInfo,
    Env,
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
from grammar.elab.nearest import suggest
from grammar.elab.static import number, whole
from grammar.elab.typing import type_of
from grammar.elab.values import AxisVal, DTypeVal, Form, Listing, Num, Truth, TypeVal, Value, Wired
from grammar.tree import Node, walk


@dataclass(slots=True, eq=False)
class Signature:
    """What a `box` or `def` declares: generics, ports, results, conditions. Shared by all its mentions."""

    node: Node
    name: str
    env: Env
    generics: tuple[Node, ...]
    ports: tuple[tuple[str, Node | None, Span], ...]
    """Parameter names with their types; for a point-free arrow the whole domain is one entry without a
    name."""
    arrow: bool
    result: Node | None
    where: Node | None
    results: tuple[str, ...] = ()
    options: Args = ()
    bodies: dict[object, Diagram | None] = field(default_factory=dict)
    """Instances by statics and sizes; None for one that is in error."""


def signature(node: Node, env: Env) -> Signature:
    """Read the head of a `box_decl`, `def_pointfree` or `def_pointed`."""
    name, generics = word(node), kids(kid(node, 1)) if node.kids[1] is not None else ()
    head = optional(node, 2)
    if node.kind == "relation_decl":
        assert head is not None
        ports = tuple((word(p), optional(p, 1), word_span(p)) for p in kids(head))
        return Signature(node, name, env, generics, ports, False, None, optional(node, 3))
    if node.kind == "def_pointed":
        assert head is not None
        ports = _ports(head)
        result, where = optional(node, 3), optional(node, 4)
        return Signature(node, name, env, generics, ports, False, result, where, _named(result))
    where = optional(node, 3)
    if head is None:
        return Signature(node, name, env, generics, (), True, None, where)
    head = one_way(head)
    if head.kind == "pointed":
        ports = _ports(kid(head, 0))
        result = kid(head, 1)
        return Signature(node, name, env, generics, ports, False, result, where, _named(result))
    dom = kid(head, 0)
    return Signature(node, name, env, generics, (("", dom, dom.span),), True, kid(head, 1), where)


def _ports(params: Node) -> tuple[tuple[str, Node | None, Span], ...]:
    """Parameters with their types. Raises `Fault` E0202 for a name that occurs twice."""
    first: dict[str, Span] = {}
    for p in kids(params):
        name = word(p)
        if name in first and name != "_":
            raise fault(
                "E0202", f"the parameter `{name}` is named twice", word_span(p), "second parameter",
                labels=((first[name], "first parameter"),), help="rename one of them",
            )  # fmt: skip
        first[name] = word_span(p)
    return tuple((word(p), optional(p, 1), word_span(p)) for p in kids(params))


def one_way(arrow: Node) -> Node:
    """An arrow between bidirectional types `A | A' -> B | B'` as that of the plain diagram `A @ B' -> B @
    A'`."""
    if arrow.kind != "arrow" or all(k.kind != "both_ways" for k in kids(arrow)):
        return arrow
    dom, cod = kids(arrow)
    if dom.kind != "both_ways" or cod.kind != "both_ways":
        plain = cod if dom.kind == "both_ways" else dom
        raise fault("E0402", f"`{plain.text}` has no backward side", plain, "the other end goes both ways",
                    help=f"write `{plain.text} | {plain.text}'`")  # fmt: skip
    sides = (kid(dom, 0), kid(cod, 1)), (kid(cod, 0), kid(dom, 1))
    types = tuple(Node("tensor", pair, pair[0].start, pair[0].end, arrow.source) for pair in sides)
    return Node("arrow", types, arrow.start, arrow.end, arrow.source)


def _named(result: Node | None) -> tuple[str, ...]:
    if result is not None and result.kind == "named_ports":
        return tuple(word(p) for p in kids(result))
    return ()


@dataclass(slots=True)
class Opened:
    """A signature with some statics given: its scope, and the formal types with `?x` for what a call must
    find."""

    env: Env
    formals: list[Formal]
    written: dict[str, Axis]
    sizes: dict[str, Size]
    variables: dict[str, Span]


def generic_kind(generic: Node) -> tuple[bool, str, str, Node | None, Node | None]:
    """Whether it is a list, its name, its kind, its default, the arrow of a box generic."""
    star = generic.kids[0] is not None
    kind = optional(generic, 2)
    default = optional(generic, 3)
    if kind is None:
        return star, word(generic, 1), "axis" if star else "type", default, None
    if kind.kind == "box_kind":
        return star, word(generic, 1), "box", default, optional(kind, 0)
    return star, word(generic, 1), word(kind), default, None


def bind_statics(sig: Signature, given: Node | None, caller: Env) -> dict[str, Value]:
    """Static arguments by position or name. Raises `Fault` E0201, E0302, E0307."""
    values: dict[str, Value] = {}
    if given is None:
        return values
    names = [word(g, 1) for g in sig.generics]
    kinds = {word(g, 1): generic_kind(g) for g in sig.generics}
    position = 0
    for slot in kids(kid(given, 0)):
        if slot.kind == "named":
            name, expr = word(slot), kid(slot, 1)
            if name not in kinds and not _is_domain_axis(name, sig):
                near = suggest(name, names)
                raise fault(
                    "E0201",
                    f"`{sig.name}` has no static argument `{name}`",
                    word_span(slot),
                    labels=((word_span(sig.node), f"it has {', '.join(names) or 'none'}"),),
                    help=f"did you mean `{near}`?" if near else "",
                    edits=((word_span(slot), near),) if near else (),
                )
        else:
            if position >= len(names):
                raise fault(
                    "E0302",
                    f"`{sig.name}` takes {len(names)} static arguments, and more are given",
                    slot,
                    "one too many",
                    labels=((word_span(sig.node), f"it has {', '.join(names) or 'none'}"),),
                )
            name, expr = names[position], slot
            position += 1
        kind = kinds.get(name, (False, name, "axis", None, None))
        values[name] = static_value(kind[2], expr, caller)
    return values


def _is_domain_axis(name: str, sig: Signature) -> bool:
    """Axes of the domain are its interface: `f[c = o](X)` binds them by name."""
    info = sig.env.find_axis(name)
    return info is not None or any(name in (port.text if port else "") for _, port, _ in sig.ports)


def static_value(kind: str, node: Node, env: Env) -> Value:
    """A static argument of the declared kind."""
    if kind == "axis":
        if node.kind == "name":
            info = env.find_axis(word(node))
            if info is not None:
                return AxisVal(axis_of(info, env))
        return Num(Real.of(whole(node, env)))
    if kind in ("nat", "int"):
        return Num(Real.of(whole(node, env)))
    if kind == "real":
        return Num(number(node, env))
    if kind in ("type", "object"):
        if node.kind == "name" and isinstance(env.find(word(node)), DTypeVal):
            return evaluate(node, env)
        return TypeVal(type_of(node, env))
    if kind == "bool":
        from grammar.elab.static import decide

        return Truth(decide(node, env))
    value = evaluate(node, env)
    if kind == "box" and isinstance(value, Wired):
        raise fault(
            "E0308",
            f"`{node.text}` is a wire, and a diagram is needed in square brackets",
            node,
            "square brackets hold what is known while checking",
            help="wires go in round brackets",
        )
    if kind == "box" and not isinstance(value, Form):
        from grammar.elab.expr import as_form

        return as_form(value, node)
    return value


def open_signature(sig: Signature, statics: Mapping[str, Value], top: bool = False) -> Opened:
    """The scope and formal types of a mention. With `top` open generics become their own symbols, else
    `?x`."""
    env = sig.env.child()
    opened = Opened(env, [], {}, {}, {})
    mark = "" if top else "?"
    for generic in sig.generics:
        bind_generic(generic, statics, opened, mark)
    for name, value in statics.items():
        if name not in {word(g, 1) for g in sig.generics}:
            _bind_axis(name, value, opened, mark)
    _open_where(sig, opened)
    ports: list[Formal] = []
    shadow = _Shadow(env, mark)
    for name, type_, span in sig.ports:
        if type_ is None:
            raise fault("E0311", f"the parameter `{name}` of `{sig.name}` needs a type", span)
        wires = type_of(type_, shadow.view, shadow.view)
        any_axes = any(n.kind in ("splat", "ellipsis") for n in walk(type_))
        if sig.arrow:
            ports += [Formal(f"wire {k + 1}", t, span, any_axes) for k, t in enumerate(wires)]
        elif len(wires) == 1:
            ports.append(Formal(name, wires[0], type_.span, any_axes))
        else:
            ports += [Formal(f"{name}.{k}", t, type_.span) for k, t in enumerate(wires)]
    opened.formals = ports
    shadow.finish(opened)
    return opened


class _Shadow:
    """A view of a scope in which unsized axes have sizes `?x`, while the domain of a definition is read."""

    def __init__(self, env: Env, mark: str) -> None:
        self.env = env
        self.mark = mark
        self.view = Env(env.unit, env)
        seen: set[str] = set()
        for scope in env.chain():
            for name, info in scope.axes.items():
                if name not in seen:
                    seen.add(name)
                    if mark and (info.outside or (info.size is None and info.expr is None)):
                        self.view.axes[name] = AxisInfo(
                            name, symbol(mark + name), span=info.span, batch=info.batch
                        )

    def finish(self, opened: Opened) -> None:
        """Axes first named in the domain belong to the definition."""
        new = [n for n, info in self.view.axes.items() if info.generic]
        for name in new:
            info = self.view.axes[name]
            if name not in self.env.axes:
                self.env.axes[name] = AxisInfo(name, span=info.span, generic=True)
        if new and self.mark:
            opened.formals = [
                replace(f, type=map_sizes(f.type, {n: symbol(self.mark + n) for n in new}))
                for f in opened.formals
            ]


def _bind_axis(name: str, value: Value, opened: Opened, mark: str) -> None:
    if isinstance(value, AxisVal):
        opened.written[name] = value.axis
        opened.sizes["?" + name] = value.axis.size
        opened.env.axes[name] = AxisInfo(name, value.axis.size)
    elif isinstance(value, Num) and value.size is not None:
        opened.sizes["?" + name] = value.size
        opened.env.axes[name] = AxisInfo(name, value.size)


def bind_generic(generic: Node, statics: Mapping[str, Value], opened: Opened, mark: str) -> None:
    """Put one generic in scope: its value, its default, or an open one of its own."""
    star, name, kind, default, arrow = generic_kind(generic)
    env = opened.env
    value = statics.get(name)
    if value is None and default is not None:
        value = static_value(kind, default, env)
    env.spans[name] = word_span(generic, 1)
    if star:
        env.names[name] = value if isinstance(value, Listing) else Listing(())
    elif kind == "axis":
        if value is not None:
            _bind_axis(name, value, opened, mark)
        else:
            env.axes[name] = AxisInfo(name, span=word_span(generic, 1))
    elif value is not None:
        env.names[name] = value
        if isinstance(value, Num) and value.size is not None:
            opened.sizes["?" + name] = value.size
    elif kind in ("type", "object"):
        env.names[name] = TypeVal((Ob(mark + name),)) if mark else _representative(name, env)
    elif kind in ("nat", "int", "real"):
        env.names[name] = Num(Real.of(symbol(mark + name)))
        opened.variables[name] = word_span(generic, 1)
    elif kind == "box" and arrow is not None and not mark:
        from grammar.elab.boxes import AbstractBox

        env.names[name] = AbstractBox(
            name, type_of(kid(arrow, 0), env, env), type_of(kid(arrow, 1), env, env)
        )
    elif not mark:
        raise Later(name)


def _representative(name: str, env: Env) -> TypeVal:
    """What stands for an open type while a generic definition is checked: an array in `Tensor`, else an
    object."""
    if env.category.has("natural") and env.unit.is_numeric(env):
        return TypeVal((Tensor(axes=(Axis(name, symbol(name)),)),))
    return TypeVal((Ob(name),))


def _open_where(sig: Signature, opened: Opened) -> None:
    """`where t' = e` declares a derived axis (or a number); conditions are checked once the sizes are
    known."""
    if sig.where is None:
        return
    for part in kids(sig.where):
        if part.kind == "where_size" and opened.env.names.get(word(part)) is None:
            opened.env.axes[word(part)] = AxisInfo(word(part), None, kid(part, 1), span=word_span(part))
