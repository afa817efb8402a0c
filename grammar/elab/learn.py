"""Learned parameters: maps `[m] -> [h, k]`, arrays, parts; their paths are state_dict names."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from diagram.errors import Span
from diagram.hypergraph import Arg, Args, Diagram, Mark, Param
from diagram.initialisers import INITIALISERS
from diagram.ops import STANDARD
from diagram.reals import Real
from diagram.sizes import product
from diagram.spec import Slot, Spec
from diagram.types import Axis, R, Tensor, Type, Wires
from grammar.elab.binding import Formal, Site
from grammar.elab.emit import cast
from grammar.elab.env import Env, Frame, evaluate, fault, kid, kids, optional, word, word_span
from grammar.elab.match import match_call
from grammar.elab.nearest import suggest
from grammar.elab.shared import shared_wire
from grammar.elab.static import number
from grammar.elab.typing import one_type, type_of
from grammar.elab.values import Form, Listing, Num, Text, Value, Wired
from grammar.tree import Node


@dataclass(slots=True, eq=False)
class Prefix:
    """A part: the segment its parameters have in their paths, and the parameters made so far, shared by its
    uses."""

    name: str
    frame: Frame
    wires: dict[str, int] = field(default_factory=dict)
    bare: bool = False
    """The definition is only this mention: no segment."""


def instance_params(
    frame: Frame, body: Diagram, part: Prefix | None, name: str, node: Node
) -> tuple[int, ...]:
    """Wires for the learned arrays of one use of `body`. Raises `Fault` E0412 if a shared one changes its
    type."""
    if not body.params:
        return ()
    if part is None:
        k = frame.learned.get(name, 0)
        frame.learned[name] = k + 1
        part = Prefix(name if not k else f"{name}_{k}", frame)
    result = []
    home = part.frame.builder
    for param, w in zip(body.params, body.param_wires, strict=True):
        type_ = body.wires[w]
        common = shared_wire(frame, param, type_)
        if common is not None:
            result.append(common)
            continue
        path = param.path if part.bare or not part.name else f"{part.name}.{param.path}"
        if param.path not in part.wires:
            part.wires[param.path] = home.param(type_, replace(param, path=path))
        mine = part.wires[param.path]
        if home.wires[mine] != type_:
            raise fault(
                "E0412",
                f"the parameter `{path}` is used with two types",
                node,
                f"here it is {type_}",
                labels=((param.span, f"before, it was {home.wires[mine]}"),),
            )
        result.append(frame.own(Wired(part.frame, (mine,)))[0])
    return tuple(result)


@dataclass(frozen=True, slots=True)
class LearnMap(Form):
    """`learn W : [in] -> [out], bias`: contraction with a learned array, matched by name only."""

    title: str
    into: tuple[Axis, ...]
    out: tuple[Axis, ...]
    weight: Wired
    bias: Wired | None
    span: Span

    @property
    def name(self) -> str:
        return self.title

    def arity(self) -> int | None:
        return 1

    def dom(self) -> Wires | None:
        return (Tensor(R, self.into),)

    def apply(self, env: Env, wires: Wired, node: Node, spans: tuple[Span, ...]) -> Wired:
        frame = env.frame
        (given,) = wires.types if len(wires.ids) == 1 else (None,)
        real = given.dtype if isinstance(given, Tensor) and given.dtype.is_real else R
        formal = Formal("its input", Tensor(real, self.into), self.span)
        site = Site(env, node, self.title, spans)
        sizes = match_call((formal,), wires.types, site, by_name_only=True)
        (x,) = frame.own(wires)
        have = frame.builder.wires[x]
        assert isinstance(have, Tensor)
        degree = tuple(sizes.degree)
        used = {a.name for a in degree}
        declared, into = self._sized(env)
        out = tuple(_fresh(a, used) for a in declared)
        plan = sizes.arrange([a.name for a in out])
        axes = tuple(degree[k] if in_degree else out[k] for in_degree, k in plan)
        y = self._contract(env, x, have, degree, out, into, axes, sizes.orders[0], node)
        if self.bias is None:
            return Wired(frame, (y,))
        bias = cast(env, frame.own(self.bias)[0], have.dtype, node)
        place = {a.name: k for k, a in enumerate(axes)}
        every = tuple(Slot.at(k) for k in range(len(axes)))
        spec = Spec(axes, (every, tuple(Slot.at(place[a.name]) for a in out)), (every,))
        (z,) = frame.builder.box(
            STANDARD["add"],
            (y, bias),
            (have.with_axes(axes),),
            spec,
            mark=Mark(self.title + ".bias", node.span),
        )
        return Wired(frame, (z,))

    def _sized(self, env: Env) -> tuple[tuple[Axis, ...], tuple[Axis, ...]]:
        """The axes out and in, with the sizes that the weight has by now: calls may have found open ones."""
        weight = env.frame.builder.wires[env.frame.own(self.weight)[0]]
        assert isinstance(weight, Tensor)
        n = len(self.out)
        pairs = zip((*self.out, *self.into), weight.axes, strict=True)
        now = tuple(Axis(a.name, have.size, a.factors) for a, have in pairs)
        return now[:n], now[n:]

    def _contract(
        self,
        env: Env,
        x: int,
        have: Tensor,
        degree: tuple[Axis, ...],
        out: tuple[Axis, ...],
        into: tuple[Axis, ...],
        axes: tuple[Axis, ...],
        order: tuple[int, ...],
        node: Node,
    ) -> int:
        """One box: W[out, in] * X[degree, in] -> Y[axes]."""
        frame = env.frame
        indices = (*axes, *into)
        place = {a.name: k for k, a in enumerate(axes)}
        inner = {a.name: len(axes) + k for k, a in enumerate(into)}
        plan = [place[a.name] for a in degree] + [inner[a.name] for a in into]
        slots = {a: plan[k] for k, a in enumerate(order)}
        reads = tuple(Slot.at(slots[a]) for a in range(len(order)))
        weights = tuple(Slot.at(place[a.name]) for a in out) + tuple(Slot.at(inner[a.name]) for a in into)
        spec = Spec(indices, (weights, reads), (tuple(Slot.at(k) for k in range(len(axes))),))
        w = cast(env, frame.own(self.weight)[0], have.dtype, node)
        (y,) = frame.builder.box(
            STANDARD["contract"], (w, x), (have.with_axes(axes),), spec, mark=Mark(self.title, node.span)
        )
        return y


def _fresh(axis: Axis, used: set[str]) -> Axis:
    name = axis.name
    while name in used:
        name += "'"
    used.add(name)
    return axis if name == axis.name else Axis(name, axis.size)


def declare(node: Node, env: Env) -> None:
    """A `learn` statement: bind its names. Raises `Fault`."""
    if node.kind == "learn_part":
        env.names[word(node)] = _part(node, env)
        env.spans[word(node)] = word_span(node)
        return
    names = node.kids[0]
    assert isinstance(names, Node)
    type_ = kid(node, 1)
    for k, token in enumerate(names.kids):
        assert token is not None
        name, span = word(names, k), Span(node.source, token.start, token.end)
        env.names[name] = weight(name, span, type_, node, env)
        env.spans[name] = span


def weight(name: str, span: Span, type_: Node, node: Node, env: Env) -> Value:
    """A learned array as a wire, a learned map as a form."""
    mods = {word(m): optional(m, 1) for m in kids(kid(node, 3))}
    init = optional(node, 2)
    segment = name
    if mods.get("path") is not None:
        value = evaluate(mods["path"], env)  # type: ignore[arg-type]
        segment = value.value if isinstance(value, Text) else name
    if type_.kind != "arrow":
        array = one_type(type_, env, env)
        return Wired(env.frame, (_param(env, segment, array, init, None, mods, span),))
    into, out = _map_axes(kid(type_, 0), env), _map_axes(kid(type_, 1), env)
    fan = Real.of(product(a.size for a in into))
    used = {a.name for a in out}
    weight_axes = (*out, *(_fresh(_named(a, "in"), used) for a in into))
    weight = Wired(
        env.frame, (_param(env, _dot(segment, "weight"), Tensor(R, weight_axes), init, fan, mods, span),)
    )
    bias = None
    if "bias" in mods:
        made = _param(env, _dot(segment, "bias"), Tensor(R, out), mods["bias"], fan, mods, span)
        bias = Wired(env.frame, (made,))
    return LearnMap(name, into, out, weight, bias, span)


def _named(axis: Axis, name: str) -> Axis:
    return axis if axis.name else Axis(name, axis.size)


def _dot(segment: str, leaf: str) -> str:
    return f"{segment}.{leaf}" if segment else leaf


def _map_axes(node: Node, env: Env) -> tuple[Axis, ...]:
    (array,) = type_of(node, env, env)
    if not isinstance(array, Tensor) or array.dtype != R:
        raise fault(
            "E0306", f"`{node.text}` is not a list of real axes", node, "a learned map goes from axes to axes"
        )
    return array.axes


def _param(
    env: Env,
    path: str,
    type_: Type,
    init: Node | None,
    fan: Real | None,
    mods: dict[str, Node | None],
    span: Span,
) -> int:
    frame = env.frame
    taken = [p for p, _ in frame.builder.params if p.path == path]
    if taken:
        raise fault(
            "E0412",
            f"the parameter path `{path}` is used twice",
            span,
            "again here",
            labels=((taken[0].span, "first here"),) if taken[0].span else (),
            help="give the second one a name of its own",
        )
    name, args = ("default", ()) if init is None else initialiser(init, env)
    if mods.get("fan") is not None:
        fan_node = mods["fan"]
        assert fan_node is not None
        fan = Real.of(product(a.size for a in _map_axes(fan_node, env)))
    if fan is None and isinstance(type_, Tensor) and init is None:
        name, args = "normal", (Real.of(0.02),)
    options: Args = tuple(
        (key, number(value, env))
        for key, value in mods.items()
        if key in ("lr", "decay") and value is not None
    )
    return frame.builder.param(type_, Param(path, name, args, fan, "frozen" in mods, options, span))


def initialiser(node: Node, env: Env) -> tuple[str, tuple[Arg, ...]]:
    """`normal(0.02)` as a name and arguments."""
    if node.kind == "call" and kid(node, 0).kind == "name":
        args = kids(kid(node, 1))
        _check_initialiser(kid(node, 0), len(args), node)
        return word(kid(node, 0)), tuple(_init_arg(a, env) for a in args)
    if node.kind == "name":
        _check_initialiser(node, 0, node)
        return word(node), ()
    value = evaluate(node, env)
    if isinstance(value, Num):
        return "constant", (value.real,)
    raise fault(
        "E0201", f"`{node.text}` is not an initialiser", node, help="such as `zeros` or `normal(0.02)`"
    )


def _check_initialiser(name: Node, count: int, node: Node) -> None:
    """E0201 for an unknown name, E0302 for a wrong number of arguments."""
    numbers = INITIALISERS.get(word(name))
    if numbers is None:
        near = suggest(word(name), INITIALISERS)
        raise fault(
            "E0201",
            f"`{word(name)}` is not an initialiser",
            name,
            "how the learned array begins",
            help=f"did you mean `{near}`?" if near else f"there are {', '.join(INITIALISERS)}",
            edits=((name, near),) if near else (),
        )
    if count not in numbers:
        takes = " or ".join(map(str, numbers))
        s, are = "" if numbers == (1,) else "s", "is" if count == 1 else "are"
        raise fault("E0302", f"`{word(name)}` takes {takes} argument{s}, but {count} {are} given", node)


def _init_arg(node: Node, env: Env) -> Arg:
    value = evaluate(node, env)
    return _plain(value, node)


def _plain(value: Value, node: Node) -> Arg:
    if isinstance(value, Num):
        return value.real
    if isinstance(value, Text):
        return value.value
    if isinstance(value, Listing):
        return tuple(_plain(item, node) for item in value.items)
    raise fault("E0308", f"`{node.text}` is not a number", node)


def _part(node: Node, env: Env) -> Value:
    from grammar.elab.expr import as_form

    expr = kid(node, 1)
    value = evaluate(expr, env)
    form = as_form(value, expr)
    return named_part(form, word(node), env)


def named_part(form: Form, name: str, env: Env, bare: bool = False) -> Form:
    """The form as one part: every definition in it gets its parameters under `name`, shared by all uses."""
    from grammar.elab.define import DefForm
    from grammar.elab.forms import BesideForm, ThenForm
    from grammar.elab.inside import Around
    from grammar.elab.powers import PowerForm

    if isinstance(form, DefForm):
        return DefForm(form.sig, form.statics, Prefix(name, env.frame, bare=bare))
    if isinstance(form, PowerForm):
        return replace(form, part=Prefix(name, env.frame, bare=bare))
    if isinstance(form, ThenForm | BesideForm):
        parts = tuple((_inner_part(f, k, name, env), n) for k, (f, n) in enumerate(form.parts))
        return type(form)(parts)
    if isinstance(form, Around):
        return replace(form, part=Prefix(name, env.frame, bare=bare))  # type: ignore[type-var]
    return form


def _inner_part(form: Form, k: int, name: str, env: Env) -> Form:
    return named_part(form, f"{name}.{k}", env)
