"""Definitions: generics, domains, `where`; each call elaborates a body for its sizes, once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from diagram.errors import Span
from diagram.hypergraph import Args, Diagram, Mark
from diagram.ops import STANDARD
from diagram.reals import Real
from diagram.sizes import Size, symbol
from diagram.types import Axis, Hom, Ob, Tensor, Type, Wires, map_sizes
from grammar.elab.env import (
    QUIET,
    AxisInfo,
    Env,
    axis_of,
    evaluate,
    fault,
    kid,
    kids,
    optional,
    word,
    word_span,
)  # fmt: skip
from grammar.elab.forms import transposed
from grammar.elab.learn import Prefix, instance_params
from grammar.elab.match import Binding, Formal, Site, match_call
from grammar.elab.static import compare_sizes, number, suggest, undecided, whole, whole_quotients
from grammar.elab.typing import type_of
from grammar.elab.values import AxisVal, DTypeVal, Form, Listing, Num, Truth, TypeVal, Value, Wired
from grammar.tree import Node, Token, walk


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
    if node.kind == "def_pointed":
        assert head is not None
        ports = tuple((word(p), optional(p, 1), word_span(p)) for p in kids(head))
        result, where = optional(node, 3), optional(node, 4)
        return Signature(node, name, env, generics, ports, False, result, where, _named(result))
    where = optional(node, 3)
    if head is None:
        return Signature(node, name, env, generics, (), True, None, where)
    if head.kind == "pointed":
        ports = tuple((word(p), optional(p, 1), word_span(p)) for p in kids(kid(head, 0)))
        result = kid(head, 1)
        return Signature(node, name, env, generics, ports, False, result, where, _named(result))
    dom = kid(head, 0)
    return Signature(node, name, env, generics, (("", dom, dom.span),), True, kid(head, 1), where)


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
    open_axes: list[str]


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
    if kind == "box" and not isinstance(value, Form):
        from grammar.elab.expr import as_form

        return as_form(value, node)
    return value


def open_signature(sig: Signature, statics: Mapping[str, Value], top: bool = False) -> Opened:
    """The scope and formal types of a mention. With `top` open generics become their own symbols, else
    `?x`."""
    env = sig.env.child()
    opened = Opened(env, [], {}, {}, {}, [])
    mark = "" if top else "?"
    for generic in sig.generics:
        _bind_generic(generic, statics, opened, mark)
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
        if sig.arrow:
            ports += [Formal(f"wire {k + 1}", t, span) for k, t in enumerate(wires)]
        elif len(wires) == 1:
            ports.append(Formal(name, wires[0], type_.span))
        else:
            ports += [Formal(f"{name}.{k}", t, type_.span) for k, t in enumerate(wires)]
    opened.formals = ports
    opened.open_axes = shadow.finish(opened)
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
                    if info.size is None and info.expr is None and mark:
                        self.view.axes[name] = AxisInfo(
                            name, symbol(mark + name), span=info.span, batch=info.batch
                        )

    def finish(self, opened: Opened) -> list[str]:
        """Axes first named in the domain belong to the definition."""
        new = [n for n, info in self.view.axes.items() if info.generic]
        for name in new:
            info = self.view.axes[name]
            if name not in self.env.axes:
                self.env.axes[name] = AxisInfo(name, span=info.span, generic=True)
        if new and self.mark:
            opened.formals = [
                Formal(f.name, map_sizes(f.type, {n: symbol(self.mark + n) for n in new}), f.span)
                for f in opened.formals
            ]
        return new


def _bind_axis(name: str, value: Value, opened: Opened, mark: str) -> None:
    if isinstance(value, AxisVal):
        opened.written[name] = value.axis
        opened.sizes["?" + name] = value.axis.size
        opened.env.axes[name] = AxisInfo(name, value.axis.size)
    elif isinstance(value, Num) and value.size is not None:
        opened.sizes["?" + name] = value.size
        opened.env.axes[name] = AxisInfo(name, value.size)


def _bind_generic(generic: Node, statics: Mapping[str, Value], opened: Opened, mark: str) -> None:
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


class Later(Exception):
    """A definition that can be checked only where it is used: a static argument has no default."""


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


def close(opened: Opened, binding: Binding) -> Env:
    """The scope of one instance: every formal axis has the size that the call found."""
    env = opened.env.child()
    for key, size in binding.sizes.items():
        name = key[1:]
        if isinstance(opened.env.find(name), Num) and name not in opened.env.axes:
            env.names[name] = Num(Real.of(size))
        else:
            old = opened.env.find_axis(name)
            env.axes[name] = AxisInfo(name, size, span=old.span if old else None)
    for key, type_ in binding.types.items():
        env.names[key[1:]] = TypeVal((type_,))
    return env


def check_where(sig: Signature, env: Env, site: Site | None) -> None:
    """E0315 for a condition that is false for the sizes of this call; open ones become facts."""
    if sig.where is None:
        return
    for part in kids(sig.where):
        verdict, text = _holds(part, env)
        if verdict is None:
            _remember(part, env)
        if verdict is False:
            raise fault(
                "E0315",
                f"`{sig.name}` needs `{text}`, which does not hold here",
                site.node if site is not None else part,
                _values(part, env),
                labels=((part.span, "required here"),),
            )


def _remember(part: Node, env: Env) -> None:
    """A condition that is open for these sizes is a fact inside the body."""
    todo = [part]
    while todo:
        node = todo.pop()
        if node.kind == "and_":
            todo += kids(node)
        if node.kind not in ("compare", "where_cond"):
            continue
        operands = kids(node)
        signs = [p.text for p in node.kids if isinstance(p, Token)]
        for k, sign in enumerate(signs):
            _fact(operands[k], sign, operands[k + 1], env)


def _fact(left: Node, sign: str, right: Node, env: Env) -> None:
    if sign == "==" and left.kind == "mod":
        pair = whole(kid(left, 0), env), whole(kid(left, 1), env)
        if whole(right, env) == 0:
            env.divisible |= {pair}
        return
    a, b = whole(left, env), whole(right, env)
    if sign in ("<=", "<"):
        env.facts += (b - a - (sign == "<"),)
    elif sign in (">=", ">"):
        env.facts += (a - b - (sign == ">"),)


def _holds(part: Node, env: Env) -> tuple[bool | None, str]:
    if part.kind == "where_cond":
        return undecided(part, env), part.text
    name = word(part)
    info = env.find_axis(name)
    if info is not None and info.size is not None:
        return compare_sizes("==", info.size, whole(kid(part, 1), env)), part.text
    return True, part.text


def _values(part: Node, env: Env) -> str:
    found = []
    for name in dict.fromkeys(t for t in _names_in(part)):
        info = env.find_axis(name)
        value = env.find(name)
        if info is not None and info.size is not None:
            found.append(f"{name} = {info.size}")
        elif isinstance(value, Num):
            found.append(f"{name} = {value.real}")
    return ", ".join(found)


def _names_in(node: Node) -> list[str]:
    own = [word(node)] if node.kind == "where_size" else []
    return own + [word(n) for n in walk(node) if n.kind == "name"]


# ------------------------------------------------------------------------------------------------ applying


@dataclass(slots=True, eq=False)
class DefForm(Form):
    """A definition with static arguments, as mentioned once. `part` names its parameters once it is
    `learn`ed."""

    sig: Signature
    statics: dict[str, Value]
    part: Prefix | None = None

    @property
    def name(self) -> str:
        return self.sig.name

    def arity(self) -> int | None:
        if self.sig.arrow:
            wires = self.dom()
            return None if wires is None else len(wires)
        return len(self.sig.ports)

    def dom(self) -> Wires | None:
        if not self.sig.ports and self.sig.arrow:
            return self._inferred()
        return tuple(f.type for f in open_signature(self.sig, self.statics).formals)

    def _inferred(self) -> Wires | None:
        from grammar.elab.expr import form_of

        env = open_signature(self.sig, self.statics, top=True).env
        return form_of(kid(self.sig.node, 5), env).dom()

    def apply(self, env: Env, wires: Wired, node: Node, spans: tuple[Span, ...]) -> Wired:
        opened = open_signature(self.sig, self.statics)
        if self.sig.arrow and not self.sig.ports:
            opened.formals = [Formal(f"wire {k + 1}", t) for k, t in enumerate(self._inferred() or ())]
        site = Site(env, node, self.name, spans)
        binding = match_call(opened.formals, wires.types, site, opened.written, opened.sizes)
        inner = close(opened, binding)
        _give_rest(opened, inner, self.sig)
        check_where(self.sig, inner, site)
        body = instance(self.sig, inner, opened, binding, self.statics, site)
        return call(env, body, binding, wires, node, self)

    def mentions(self) -> Form:
        return DefForm(self.sig, self.statics, None) if self.part is not None else self


def _give_rest(opened: Opened, env: Env, sig: Signature) -> None:
    """Generics that the domain does not determine keep their own symbol."""
    for name in opened.variables:
        value = env.find(name)
        if isinstance(value, Num) and any(s.startswith("?") for s in value.real.symbols):
            env.names[name] = Num(Real.of(symbol(name)))


def instance(
    sig: Signature,
    env: Env,
    opened: Opened,
    binding: Binding,
    statics: Mapping[str, Value],
    site: Site | None,
) -> Diagram:
    """The body of a definition for given statics and sizes, elaborated once. Raises `Fault` E0602."""
    key = _key(binding, statics)
    if key in sig.bodies:
        found = sig.bodies[key]
        if found is None and (id(sig), key) in env.unit.active:
            raise fault(
                "E0602",
                f"`{sig.name}` calls itself without end",
                site.node if site is not None else word_span(sig.node),
                "the same call again",
                help="a recursion must change a static argument and stop: `f[n - 1](x) if n > 0 else x`",
            )
        if found is None:
            raise QUIET
        return found
    from grammar.elab.body import build_body

    unit = env.unit
    unit.depth += 1
    if unit.depth > unit.max_depth:
        unit.depth = 0
        raise fault(
            "E0602", f"`{sig.name}` calls itself more than {unit.max_depth} deep", word_span(sig.node)
        )
    try:
        formals = [Formal(f.name, closed_type(f.type, binding), f.span) for f in opened.formals]
        sig.bodies[key] = None
        unit.active.add((id(sig), key))
        body = build_body(sig, env, formals)
    finally:
        unit.active.discard((id(sig), key))
        unit.depth = max(0, unit.depth - 1)
    sig.bodies[key] = body
    return body


def closed_type(type_: Type, binding: Binding) -> Type:
    """A formal type with the sizes and types that a call found."""
    if isinstance(type_, Ob) and type_.name in binding.types:
        return binding.types[type_.name]
    if isinstance(type_, Hom):
        return Hom(
            tuple(closed_type(t, binding) for t in type_.dom),
            tuple(closed_type(t, binding) for t in type_.cod),
        )
    return map_sizes(type_, binding.sizes)


def named_generics(sig: Signature, statics: Mapping[str, Value]) -> Args:
    """Static arguments of a declared box, as part of its identity: `whisk[White]`."""
    result: list[tuple[str, str]] = []
    for generic in sig.generics:
        _, name, kind, _, _ = generic_kind(generic)
        if name in statics and kind in ("nat", "int", "real", "bool"):
            value = statics[name]
            result.append((name, str(value.real) if isinstance(value, Num) else _static_key(value)))
    return tuple(result)


def _key(binding: Binding, statics: Mapping[str, Value]) -> object:
    return (
        tuple(sorted(binding.sizes.items())),
        tuple(sorted((k, str(v)) for k, v in binding.types.items())),
        tuple(sorted((k, _static_key(v)) for k, v in statics.items())),
    )


def _static_key(value: Value) -> str:
    return f"form {id(value)}" if isinstance(value, Form) else repr(value)


def call(env: Env, body: Diagram, binding: Binding, wires: Wired, node: Node, form: DefForm) -> Wired:
    """A `call` box: arguments laid out as degree then formal axes, results renamed to the caller's axes."""
    frame = env.frame
    b = frame.builder
    ids = frame.own(wires)
    degree = tuple(binding.degree)
    args: list[int] = []
    for w, order, has, type_ in zip(ids, binding.orders, binding.ports, body.dom, strict=True):
        if isinstance(type_, Tensor):
            w = _laid_out(env, w, order, [degree[d] for d in has], type_)
        args.append(w)
    params = instance_params(frame, body, form.part, form.sig.name, node)
    cod = tuple(t.with_axes(degree + t.axes) if isinstance(t, Tensor) else t for t in body.cod)
    cod = tuple(_fresh_against(t, len(degree)) for t in cod)
    ports = tuple(binding.ports)
    mark = Mark(form.part.name if form.part is not None and form.part.name else form.sig.name, node.span)
    outs = b.box(
        STANDARD["call"], (*args, *params), cod, None, (("degree", degree), ("ports", ports)), (body,), mark
    )
    return Wired(frame, renamed(env, outs, body.cod, binding))


def renamed(env: Env, outs: tuple[int, ...], cod: Wires, binding: Binding) -> tuple[int, ...]:
    """The results of a lifted box under the caller's names."""
    return tuple(
        _renamed(env, w, type_, binding) if isinstance(type_, Tensor) else w
        for w, type_ in zip(outs, cod, strict=True)
    )


def _laid_out(env: Env, w: int, order: tuple[int, ...], degree: list[Axis], type_: Tensor) -> int:
    """Permute only if the layout differs: names are matched by the call itself."""
    have = env.frame.builder.wires[w]
    assert isinstance(have, Tensor)
    if order == tuple(range(len(order))):
        return w
    return transposed(env, w, order, tuple(have.axes[a] for a in order))


def _fresh_against(type_: Type, n: int) -> Type:
    """Names of new axes that clash with those of the degree get primes."""
    if not isinstance(type_, Tensor):
        return type_
    used = {a.name for a in type_.axes[:n]}
    axes = list(type_.axes[:n])
    for axis in type_.axes[n:]:
        name = axis.name
        while name and name in used:
            name += "'"
        used.add(name)
        axes.append(axis if name == axis.name else Axis(name, axis.size, axis.factors))
    return type_.with_axes(tuple(axes))


def result_axis(axis: Axis, binding: Binding) -> Axis:
    """A result axis under the caller's names: its formal's binding; a derived one follows its stem,
    primed."""
    if axis.name in binding.axes:
        actual = binding.axes[axis.name]
        return Axis(actual.name, axis.size, actual.factors if actual.size == axis.size else ())
    if axis.name != axis.stem and axis.stem in binding.axes:
        actual = binding.axes[axis.stem]
        if actual.size == axis.size:
            return actual
        primes = axis.name[len(axis.stem) :]
        return Axis(actual.name + primes if actual.name else "", axis.size)
    return axis


def _renamed(env: Env, w: int, formal: Tensor, binding: Binding) -> int:
    """A result of a lifted box under the caller's names, its axes in the order that section 9 says."""
    degree = binding.degree
    n = len(degree)
    axes: list[Axis] = []
    used = {a.name for a in degree}
    for axis in formal.axes:
        new = result_axis(axis, binding)
        name = new.name
        while name and name in used:
            name += "'"
        used.add(name)
        axes.append(Axis(name, whole_quotients(new.size, env), new.factors))
    plan = binding.arrange([a.name for a in axes])
    order = tuple(k if in_degree else n + k for in_degree, k in plan)
    named = tuple(degree[k] if in_degree else axes[k] for in_degree, k in plan)
    b = env.frame.builder
    if order == tuple(range(len(order))):
        have = b.wires[w]
        assert isinstance(have, Tensor)
        b.wires[w] = have.with_axes(named)
        return w
    return transposed(env, w, order, named)
