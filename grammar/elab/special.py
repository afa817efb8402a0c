"""Built-ins that take diagrams or axes in square brackets: `tied[f]`, `concat[s](A, B)`, `top[e, j]`, ..."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from diagram.errors import Span
from diagram.hypergraph import Diagram, Mark
from diagram.ops import STANDARD
from diagram.reals import Real
from diagram.sizes import ONE, ZERO, Size
from diagram.spec import Slot, Spec
from diagram.types import Axis, Tensor
from grammar.elab.define import DefForm
from grammar.elab.emit import array_type, checked_dtype, together
from grammar.elab.env import Env, axis_of, evaluate, fault, kid, word
from grammar.elab.expr import form_of
from grammar.elab.match import same_axis
from grammar.elab.powers import TiedForm
from grammar.elab.static import axis_named
from grammar.elab.values import Form, Listing, Num, Text, Value, Wired
from grammar.tree import Node


def _tied(slots: tuple[Node, ...], node: Node, env: Env) -> Value:
    if len(slots) != 1:
        raise fault("E0302", "`tied` takes one diagram", node, help="tied[f]")
    return TiedForm(form_of(slots[0], env))


@dataclass(frozen=True, slots=True)
class ConcatForm(Form):
    """`concat[s](A, B)`: the arrays one after the other along an axis; `[k = n]` joins equal axes n into
    k."""

    target: str
    source: str
    size: Size | None

    @property
    def name(self) -> str:
        return "concat"

    def arity(self) -> int | None:
        return None

    def apply(self, env: Env, wires: Wired, node: Node, spans: tuple[Span, ...]) -> Wired:
        ids = env.frame.own(wires)
        if not ids:
            raise fault("E0302", "`concat` takes arrays, and none is given", node)
        types = [array_type(env, w, node) for w in ids]
        places = [self._place(k, types, node) for k in range(len(types))]
        host = max(range(len(types)), key=lambda k: (len(types[k].axes), -k))
        common = [a for j, a in enumerate(types[host].axes) if j != places[host]]
        types = [_like(t, common, place) for t, place in zip(types, places, strict=True)]
        offsets: list[Size] = []
        total = ZERO
        for type_, place in zip(types, places, strict=True):
            offsets.append(total)
            total = total + (ONE if place is None else type_.axes[place].size)
        at = places[host]
        position = 0 if at is None else at
        joined = Axis(self.target, total)
        axes = (*common[:position], joined, *common[position:])
        number = {a.name: k for k, a in enumerate(axes)}
        ins = tuple(
            tuple(
                Slot(((position, ONE),), -offsets[k])
                if j == places[k]
                else Slot.at(_common(a, number, types, node))
                for j, a in enumerate(type_.axes)
            )
            for k, type_ in enumerate(types)
        )
        spec = Spec(axes, ins, (tuple(Slot.at(k) for k in range(len(axes))),), (position,))
        dtype = checked_dtype("concat", (), [t.dtype for t in types], node)
        operands = together(env, ids, types, node)
        args = (("offsets", tuple(Real.of(o) for o in offsets)),)
        (y,) = env.frame.builder.box(
            STANDARD["concat"], operands, (Tensor(dtype, axes),), spec, args, mark=Mark("", node.span)
        )
        return Wired(env.frame, (y,))

    def _place(self, k: int, types: Sequence[Tensor], node: Node) -> int | None:
        """The axis of operand k that is joined: named, else the only one not common to all, else none."""
        names = types[k].names
        for wanted in (self.source, self.target):
            if wanted in names:
                return names.index(wanted)
        others = [t for j, t in enumerate(types) if j != k]
        alone = [j for j, a in enumerate(types[k].axes) if not all(_has(t, a) for t in others)]
        smallest = min(len(t.axes) for t in types)
        if len(types[k].axes) == smallest and len(alone) != 1:
            return None
        if len(alone) == 1:
            return alone[0]
        if not alone and len(types[k].axes) == smallest:
            return None
        raise fault(
            "E0317",
            f"which axis of {types[k]} is joined by `concat[{self.target}]`?",
            node,
            help=f"name it: `concat[{self.target} = ...]`",
        )


def _has(type_: Tensor, axis: Axis) -> bool:
    """Whether another operand has this axis too."""
    return any(a.name == axis.name or same_axis(a, axis) for a in type_.axes)


def _like(type_: Tensor, common: Sequence[Axis], place: int | None) -> Tensor:
    """The operand with derived axes of one stem and size under the name that the first operand has."""
    axes = []
    for j, axis in enumerate(type_.axes):
        twin = [a for a in common if j != place and a.name != axis.name and same_axis(a, axis)]
        axes.append(twin[0] if len(twin) == 1 and axis.name not in {a.name for a in common} else axis)
    return type_.with_axes(tuple(axes))


def _common(axis: Axis, number: dict[str, int], types: Sequence[Tensor], node: Node) -> int:
    if axis.name not in number:
        raise fault(
            "E0317",
            f"the axis `{axis}` is not common to all operands of `concat`",
            node,
            " and ".join(map(str, types)),
        )
    return number[axis.name]


def _concat(slots: tuple[Node, ...], node: Node, env: Env) -> Value:
    if len(slots) != 1:
        raise fault("E0302", "`concat` takes one axis in square brackets", node, help="concat[s](A, B)")
    slot = slots[0]
    if slot.kind == "named":
        return ConcatForm(word(slot), word(kid(slot, 1)), None)
    name = word(slot)
    info = env.find_axis(name)
    return ConcatForm(
        name, name, axis_of(info, env).size if info is not None and info.size is not None else None
    )


@dataclass(frozen=True, slots=True)
class TopForm(Form):
    """`top[e, j](A)`: the j greatest along e, and where they are."""

    along: Axis
    count: Axis
    node: Node

    @property
    def name(self) -> str:
        return "top"

    def arity(self) -> int | None:
        return 1

    def apply(self, env: Env, wires: Wired, node: Node, spans: tuple[Span, ...]) -> Wired:
        if len(wires.ids) != 1:
            raise fault("E0302", f"`top` takes 1 wire, but {len(wires.ids)} are given", node)
        (w,) = env.frame.own(wires)
        have = array_type(env, w, node)
        if self.along.name not in have.names:
            raise fault(
                "E0314", f"there is no axis `{self.along}` to take the top of", self.node, f"it is {have}"
            )
        k = have.names.index(self.along.name)
        n = len(have.axes)
        axes = (*have.axes[:k], self.count, *have.axes[k + 1 :])
        ins = tuple(Slot.at(j) for j in range(n))
        out = tuple(Slot.at(n if j == k else j) for j in range(n))
        spec = Spec((*have.axes, self.count), (ins,), (out, out), (k, n))
        kinds = [checked_dtype("top", (), (have.dtype,), node, port, self.along.size) for port in (0, 1)]
        outs = env.frame.builder.box(
            STANDARD["top"], (w,), [Tensor(d, axes) for d in kinds], spec, mark=Mark("", node.span)
        )
        return Wired(env.frame, outs)


def _top(slots: tuple[Node, ...], node: Node, env: Env) -> Value:
    if len(slots) != 2:
        raise fault("E0302", "`top` takes two axes", node, help="top[e, j]: along e, the greatest j")
    along, count = (axis_of(axis_named(s, env), env) for s in slots)
    return TopForm(along, count, slots[0])


def instance_of(node: Node, env: Env) -> Diagram:
    """A definition as a diagram of its own. Raises `Fault` E0307."""
    form = form_of(node, env)
    if not isinstance(form, DefForm):
        raise fault("E0307", f"`{node.text}` is not a definition", node, "a definition is counted")
    return env.unit.diagram(form.sig, form.statics)


def _count(slots: tuple[Node, ...], node: Node, env: Env) -> Value:
    """`count[params, f]`: how many learned numbers a definition has, exactly; `count[list]`: its length."""
    if len(slots) == 1:
        from grammar.elab.static_defs import unfolded

        listed = unfolded(evaluate(slots[0], env), env)
        if isinstance(listed, Listing):
            return Num(Real.of(len(listed.items)))
    if len(slots) != 2 or slots[0].text != "params":
        raise fault("E0302", "`count` takes `params` and a definition", node, help="count[params, f]")
    d = instance_of(slots[1], env)
    types = [d.wires[w] for w in d.param_wires]
    return Num(Real.of(sum((t.entries for t in types if isinstance(t, Tensor)), ZERO)))


def _names(slots: tuple[Node, ...], node: Node, env: Env) -> Value:
    """`names[f]`: the paths of the learned arrays."""
    if len(slots) != 1:
        raise fault("E0302", "`names` takes one definition", node, help="names[f]")
    return Listing(tuple(Text(p.path) for p in instance_of(slots[0], env).params))


SPECIAL: dict[str, Callable[[tuple[Node, ...], Node, Env], Value]] = {
    "tied": _tied, "concat": _concat, "top": _top, "count": _count, "names": _names,
}  # fmt: skip
"""The built-ins by name."""
