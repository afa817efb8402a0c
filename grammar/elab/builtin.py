"""Built-in names: operations of the table as forms, wiring of the category, sources of arrays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from diagram.errors import Span
from diagram.hypergraph import Args, Mark
from diagram.op import Kind, Op
from diagram.ops import STANDARD
from diagram.reals import Real
from diagram.sizes import Size, symbol
from diagram.spec import Slot, Spec
from diagram.types import Axis, R, Tensor, Type, Wires
from grammar.elab.emit import (
    Operand,
    array_type,
    checked_dtype,
    constant,
    contract,
    filled,
    pointwise,
    positions,
)
from grammar.elab.env import Env, axis_of, fault, kid
from grammar.elab.factors import apart
from grammar.elab.linear import PORTS, linear
from grammar.elab.static import axis_named, number
from grammar.elab.structure import spider_of, wiring_of
from grammar.elab.typing import one_type
from grammar.elab.values import Form, Value, Wired
from grammar.tree import Node

_DEFAULTS = {"leaky_relu": 0.01, "elu": 1.0}
_HIDDEN = {
    "eq",
    "ne",
    "lt",
    "le",
    "gt",
    "ge",
    "and",
    "or",
    "not",
    "add",
    "sub",
    "div",
    "pow",
    "cast",
    "const",
}
POINTWISE_ALIASES = {"max": "maximum", "min": "minimum"}


@dataclass(frozen=True, slots=True)
class PointwiseForm(Form):
    """`gelu`, `max(a, b)`, `leaky_relu[0.2]`: entry by entry; arrays are aligned by name."""

    op: Op
    args: Args = ()

    @property
    def name(self) -> str:
        return self.op.name

    def arity(self) -> int | None:
        return self.op.arity

    def apply(self, env: Env, wires: Wired, node: Node, spans: tuple[Span, ...]) -> Wired:
        ids = env.frame.own(wires)
        if len(ids) != self.op.arity:
            wants = f"{self.op.arity} wire{'s' * (self.op.arity != 1)}"
            raise fault(
                "E0302", f"`{self.name}` takes {wants}, but {len(ids)} are given", node,
                help=f"the diagram itself is written `{self.name}`, without brackets" if not ids else "",
            )  # fmt: skip
        return Wired(env.frame, (aligned(env, self.op.name, ids, node, self.args),))


def aligned(env: Env, name: str, ids: Sequence[int], node: Node, args: Args = ()) -> int:
    """A pointwise operation on whole arrays: the axes of one operand must contain those of the others
    (E0317)."""
    operands, axes = align(env, ids, node)
    return pointwise(env, name, operands, axes, node, args).wire


def align(env: Env, ids: Sequence[int], node: Node) -> tuple[list[Operand], dict[object, Axis]]:
    """Label the axes of whole arrays so that equal names (or derived axes of one stem and size) are one."""
    from grammar.elab.match import same_axis

    settle(env, ids, node)
    types = [array_type(env, w, node) for w in ids]
    big = max(range(len(ids)), key=lambda k: (len(types[k].axes), -k))
    host = types[big]
    axes: dict[object, Axis] = dict(enumerate(host.axes))
    operands = []
    for k, (w, type_) in enumerate(zip(ids, types, strict=True)):
        if k == big or type_.axes == host.axes:
            operands.append(Operand(w, tuple(range(len(host.axes)))))
            continue
        labels: list[int] = []
        for n, axis in enumerate(type_.axes):
            found = [j for j, a in enumerate(host.axes) if j not in labels and same_axis(a, axis)]
            exact = [j for j in found if host.axes[j].name == axis.name]
            if not found and not axis.name and len(type_.axes) == len(host.axes) and not host.axes[n].name:
                other = apart(host.axes[n], axis, (), env)
                found = [n] if host.axes[n].size == axis.size and not other else []
            if not found:
                raise not_contained(axis, type_, host, node)
            labels.append((exact or found)[0])
        operands.append(Operand(w, tuple(labels)))
    return operands, axes


def settle(env: Env, ids: Sequence[int], node: Node) -> None:
    """An axis found only in the body, whose size is still its own symbol, takes the size that it meets
    here."""
    sizes: dict[str, Size] = {}
    for w in ids:
        for axis in array_type(env, w, node).axes:
            before = sizes.setdefault(axis.name, axis.size)
            if not axis.name or before == axis.size:
                continue
            own = symbol(axis.name)
            known = axis.size if before == own else before
            if own in (before, axis.size) and axis.name not in known.symbols and env.is_open(axis.name):
                sizes[axis.name] = known
                env.solve(axis.name, known)


def not_contained(axis: Axis, small: Tensor, big: Tensor, node: Node) -> Exception:
    """E0317 for whole arrays, or E0312 if the sizes differ."""
    same = [a for a in big.axes if a.name and a.name == axis.name]
    if same:
        return fault(
            "E0312",
            f"the axis `{axis}` has two sizes: {axis.size} and {same[0].size}",
            node,
            f"{small} against {big}",
        )
    names = ", ".join(dict.fromkeys(a.name or "i" for a in (*big.axes, *small.axes)))
    return fault(
        "E0317",
        f"the axis `{axis}` of {small} is not an axis of {big}",
        node,
        f"{big} and {small}",
        notes=("whole arrays are aligned by name: the axes of one must contain those of the other",),
        help=f"name the axes if an outer product is meant: `Y[{names}] = ...`",
    )


@dataclass(frozen=True, slots=True)
class AxisForm(Form):
    """`softmax[x]`, `mean[a, b]`, `sum[k]`, `argmax[v]`: an operation that names axes of its argument."""

    op: Op | None
    title: str
    axes: tuple[Axis, ...]
    nodes: tuple[Node, ...]

    @property
    def name(self) -> str:
        return self.title

    def arity(self) -> int | None:
        return 1

    def apply(self, env: Env, wires: Wired, node: Node, spans: tuple[Span, ...]) -> Wired:
        if len(wires.ids) != 1:
            raise fault("E0302", f"`{self.title}` takes 1 wire, but {len(wires.ids)} are given", node)
        (w,) = env.frame.own(wires)
        have = array_type(env, w, node)
        core = [
            self._place(axis, at, have, spans, node) for axis, at in zip(self.axes, self.nodes, strict=True)
        ]
        every = tuple(Slot.at(k) for k in range(len(have.axes)))
        rest = tuple(k for k in range(len(have.axes)) if k not in core)
        left = tuple(have.axes[k] for k in rest)
        if self.op is None:  # a sum is a contraction
            out = tuple(Slot.at(k) for k in rest)
            return Wired(env.frame, (contract(env, (w,), (every,), out, have.axes, left, node, (), "sum"),))
        keeps = self.op.kind == Kind.ALONG
        outs = every if keeps else tuple(Slot.at(k) for k in rest)
        axes = have.axes if keeps else left
        size = have.axes[core[0]].size if core else None
        dtype = checked_dtype(self.op.name, (), (have.dtype,), node, 0, size)
        spec = Spec(have.axes, (every,), (outs,), tuple(core))
        (y,) = env.frame.builder.box(self.op, (w,), (Tensor(dtype, axes),), spec, mark=Mark("", node.span))
        return Wired(env.frame, (y,))

    def _place(self, axis: Axis, at: Node, have: Tensor, spans: tuple[Span, ...], node: Node) -> int:
        from grammar.elab.match import same_axis

        exact = [k for k, a in enumerate(have.axes) if a.name and a.name == axis.name]
        close = [k for k, a in enumerate(have.axes) if same_axis(a, axis)]
        close = close or [k for k, a in enumerate(have.axes) if a.name != a.stem == axis.name]
        if exact or len(close) == 1:
            return (exact or close)[0]
        names = ", ".join(map(str, have.axes)) or "none"
        last = have.axes[-1].name if have.axes else ""
        what = f"there is no axis `{axis}` to take the {self.title} over"
        return self._missing(what, at, names, last, spans)

    def _missing(self, what: str, at: Node, names: str, last: str, spans: tuple[Span, ...]) -> int:
        text = spans[0].text if spans else "this"
        raise fault(
            "E0314",
            what,
            at,
            f"`{text}` has the axes {names}",
            help="did you mean the last one?" if last else "",
            edits=((at, last),) if last else (),
        )


@dataclass(frozen=True, slots=True)
class WholeForm(Form):
    """`norm(X)` without brackets: over all axes."""

    op: Op

    @property
    def name(self) -> str:
        return self.op.name

    def arity(self) -> int | None:
        return 1

    def apply(self, env: Env, wires: Wired, node: Node, spans: tuple[Span, ...]) -> Wired:
        if len(wires.ids) != 1:
            raise fault("E0302", f"`{self.name}` takes 1 wire, but {len(wires.ids)} are given", node)
        (w,) = env.frame.own(wires)
        have = array_type(env, w, node)
        if not have.axes:
            return Wired(env.frame, (aligned(env, "abs", (w,), node),))
        every = tuple(Slot.at(k) for k in range(len(have.axes)))
        dtype = checked_dtype(self.name, (), (have.dtype,), node)
        spec = Spec(have.axes, (every,), ((),), tuple(range(len(have.axes))))
        (y,) = env.frame.builder.box(self.op, (w,), (Tensor(dtype),), spec, mark=Mark("", node.span))
        return Wired(env.frame, (y,))


@dataclass(frozen=True, slots=True)
class SourceForm(Form):
    """`zeros[x]`, `eye[i, j]`, `index[t]`: an array from nothing. Without axes it takes the type its place
    has."""

    title: str
    type: Type | None
    value: Real

    @property
    def name(self) -> str:
        return self.title

    def arity(self) -> int | None:
        return 0

    def dom(self) -> Wires | None:
        return ()

    def apply(self, env: Env, wires: Wired, node: Node, spans: tuple[Span, ...]) -> Wired:
        if self.type is None:
            return Wired(env.frame, (constant(env, self.value),))
        if self.title == "eye" and isinstance(self.type, Tensor):
            every = tuple(Slot.at(k) for k in range(len(self.type.axes)))
            spec = Spec(self.type.axes, (), (every,), tuple(range(len(self.type.axes))))
            args: Args = (("dtype", self.type.dtype),)
            (w,) = env.frame.builder.box(STANDARD["eye"], (), (self.type,), spec, args)
            return Wired(env.frame, (w,))
        return Wired(env.frame, (filled(env, self.value, self.type, node),))


@dataclass(frozen=True, slots=True)
class NamedForm(Form):
    """A built-in that still wants its square brackets."""

    title: str
    build: Callable[[tuple[Node, ...], Node, Env], Value]
    bare: Form | None = None

    @property
    def name(self) -> str:
        return self.title

    def arity(self) -> int | None:
        return self.bare.arity() if self.bare is not None else 1

    def dom(self) -> Wires | None:
        return self.bare.dom() if self.bare is not None else None

    def apply(self, env: Env, wires: Wired, node: Node, spans: tuple[Span, ...]) -> Wired:
        if self.bare is not None:
            return self.bare.apply(env, wires, node, spans)
        raise fault(
            "E0314",
            f"`{self.title}` needs its axes in square brackets",
            node,
            help=f"write `{self.title}[x]`",
        )


def _axis_form(title: str, op: Op | None) -> Callable[[tuple[Node, ...], Node, Env], Value]:
    def build(slots: tuple[Node, ...], node: Node, env: Env) -> Value:
        if not slots:
            raise fault("E0314", f"`{title}` needs an axis", node, help=f"write `{title}[x]`")
        axes = tuple(axis_of(axis_named(s, env), env) for s in slots)
        return AxisForm(op, title, axes, slots)

    return build


def _static_pointwise(op: Op) -> Callable[[tuple[Node, ...], Node, Env], Value]:
    def build(slots: tuple[Node, ...], node: Node, env: Env) -> Value:
        if len(slots) != 1:
            what = "element type" if op.name == "cast" else "static number"
            raise fault("E0302", f"`{op.name}` takes one {what} in square brackets", node)
        if op.name == "cast":
            type_ = one_type(slots[0], env)
            dtype = type_.dtype if isinstance(type_, Tensor) else R
            return PointwiseForm(op, (("dtype", dtype),))
        return PointwiseForm(op, (("by", number(slots[0], env)),))

    return build


def _source(title: str, value: float) -> Callable[[tuple[Node, ...], Node, Env], Value]:
    def build(slots: tuple[Node, ...], node: Node, env: Env) -> Value:
        array = Node("array", (kid(node, 1),), kid(node, 1).start, node.end, node.source)
        return SourceForm(title, one_type(array, env), Real.of(int(value)))

    return build


def _index(slots: tuple[Node, ...], node: Node, env: Env) -> Value:
    if len(slots) != 1:
        raise fault("E0302", "`index` takes one axis", node, help="index[i]")
    (slot,) = slots
    return Wired(env.frame, (positions(env, axis_of(axis_named(slot, env), env)),))


def table() -> dict[str, Value]:
    """Every built-in name."""
    names: dict[str, Value] = {}
    for name, op in STANDARD.items():
        if op.kind == Kind.POINTWISE and op.args:
            bare = PointwiseForm(op, (("by", Real.of(_DEFAULTS[name])),)) if name in _DEFAULTS else None
            names[name] = NamedForm(name, _static_pointwise(op), bare)
        elif op.kind == Kind.POINTWISE and name not in _HIDDEN:
            names[name] = PointwiseForm(op)
        elif op.kind in (Kind.REDUCE, Kind.ALONG) and name != "top":
            plain: Form | None = WholeForm(op) if name == "norm" else None
            if name in POINTWISE_ALIASES:
                plain = PointwiseForm(STANDARD[POINTWISE_ALIASES[name]])
            names[name] = NamedForm(name, _axis_form(name, op), plain)
    names.update((name, NamedForm(name, partial(linear, name))) for name in PORTS)
    names["sum"] = NamedForm("sum", _axis_form("sum", None))
    for name, value in (("zeros", 0.0), ("ones", 1.0), ("eye", 1.0)):
        names[name] = NamedForm(name, _source(name, value), SourceForm(name, None, Real.of(int(value))))
    names["index"] = NamedForm("index", _index)
    for name, needs, code in (
        ("swap", "swap", "E0321"), ("copy", "copy", "E0304"), ("discard", "discard", "E0305"),
        ("id", "identity", "E0321"),
    ):  # fmt: skip
        names[name] = NamedForm(name, wiring_of(name, needs, code))
    names["spider"] = NamedForm("spider", spider_of)
    from grammar.elab.functions import EvalForm

    names["eval"] = EvalForm()
    return names
