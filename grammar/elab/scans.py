"""Along an axis: `scan[t, cell]`, `unroll[t, f]`, `fold[x, op]`: one `scan` box with a body."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from diagram.errors import Span
from diagram.hypergraph import Arg, Args, Mark
from diagram.ops import STANDARD
from diagram.sizes import ONE, Size
from diagram.spec import Slot
from diagram.stream import stepped
from diagram.types import Axis, Tensor, Type, Wires, wires_text
from grammar.elab.emit import contract
from grammar.elab.env import Env, axis_of, fault
from grammar.elab.forms import fit, transposed
from grammar.elab.inside import Around, Inside, inside, options_of, part_of, static_form, told
from grammar.elab.learn import Prefix, instance_params
from grammar.elab.powers import same_names
from grammar.elab.recur import boxed
from grammar.elab.static import axis_named, whole
from grammar.elab.values import Form, Value, Wired
from grammar.tree import Node


def front(env: Env, w: int, name: str, node: Node, needed: bool = True) -> tuple[int, Axis | None, Type]:
    """An array with the axis `name` moved to the front, that axis, and the type of a slice. Raises E0314."""
    type_ = env.frame.builder.wires[w]
    places = [k for k, a in enumerate(type_.axes) if a.name == name] if isinstance(type_, Tensor) else []
    if not places or not isinstance(type_, Tensor):
        if needed:
            raise fault("E0314", f"there is no axis `{name}` to go along", node, f"this is {type_}")
        return w, None, type_
    k = places[0]
    rest = (*type_.axes[:k], *type_.axes[k + 1 :])
    order = (k, *(j for j in range(len(type_.axes)) if j != k))
    return transposed(env, w, order, (type_.axes[k], *rest)), type_.axes[k], type_.with_axes(rest)


def one_axis(axes: Sequence[Axis], node: Node) -> Axis:
    """All scanned arrays are equally long."""
    for other in axes[1:]:
        if other.size != axes[0].size:
            raise fault("E0312", f"the axis `{other}` has two sizes: {axes[0].size} and {other.size}", node)
    return axes[0]


def stacked(axis: Axis, type_: Type, node: Node) -> Type:
    """The type of emitted arrays, the scanned axis in front."""
    if not isinstance(type_, Tensor):
        raise fault("E0306", f"a scan cannot stack wires of type {type_}", node, "only arrays have axes")
    name = axis.name
    while name in type_.names:
        name += "'"
    return type_.with_axes((axis if name == axis.name else axis.renamed(name), *type_.axes))


def widened(env: Env, w: int, want: Type, node: Node) -> int:
    """The array on wire w repeated along the axes that it lacks."""
    have = env.frame.builder.wires[w]
    if have == want or not isinstance(have, Tensor) or not isinstance(want, Tensor):
        return w
    place = {a.name: k for k, a in enumerate(want.axes)}
    if any(a.name not in place for a in have.axes):
        return w
    reads = tuple(Slot.at(place[a.name]) for a in have.axes)
    out = tuple(Slot.at(k) for k in range(len(want.axes)))
    return contract(env, (w,), (reads,), out, want.axes, want.axes, node)


@dataclass(frozen=True, slots=True)
class ScanForm(Around):
    """`scan[t, cell] : S @ X[t] -> S @ Y[t]` of `cell : S @ X -> S @ Y`. Leading wires without the axis
    are states."""

    form: Form
    axis: Axis
    node: Node
    turned: bool = False
    options: Args = ()
    part: Prefix | None = None
    last: bool = False
    """Whether only the last state is given (`fold`)."""

    def dom(self) -> Wires | None:
        dom = self.form.dom()
        if dom is None:
            return None
        n = self._states(dom)
        return (
            *dom[:n],
            *(stacked(self.axis, t, self.node) if isinstance(t, Tensor) else t for t in dom[n:]),
        )

    def _states(self, dom: Wires) -> int:
        """How many wires of the cell are states, seen without arrays: the first is; more as long as types
        go on to agree with what a cell of one emitted array would give back."""
        from grammar.elab.inside import itself, plain

        if len(dom) <= 1 or self.last:
            return min(len(dom), 1)
        cod = itself(self.form, self.node_env, self.node).diagram.cod if self.node_env is not None else ()
        same = 0
        for a, b in zip(plain(dom[:-1]), cod, strict=False):
            if a != b:
                break
            same += 1
        return max(same, 1) if cod else 1

    node_env: Env | None = None

    def apply(self, env: Env, wires: Wired, node: Node, spans: tuple[Span, ...]) -> Wired:
        frame = env.frame
        ids = frame.own(wires)
        moved = [front(env, w, self.axis.name, node, needed=False) for w in ids]
        n = next((k for k, (_, axis, _) in enumerate(moved) if axis is not None), len(ids))
        if n == len(ids):
            raise fault(
                "E0314", f"no wire has the axis `{self.axis}` to scan over", node, wires_text(wires.types)
            )
        for k in range(n, len(ids)):
            moved[k] = front(env, ids[k], self.axis.name, node)
        axis = one_axis([a for _, a, _ in moved if a is not None], node)
        slices = tuple(t for _, _, t in moved[n:])
        states, body = self._body(env, list(ids[:n]), slices, node)
        emits = tuple(stacked(axis, t, node) for t in body.diagram.cod[n:])
        if self.last and emits:
            raise fault(
                "E0303",
                f"`{self.form.name}` gives {len(body.diagram.cod)} wires, and a fold needs one",
                self.node,
            )
        cod = (*body.diagram.cod[:n], *emits)
        args: Args = (("axis", axis), ("states", n), ("scanned", len(slices)), ("reversed", self.turned))
        part = part_of(self.form, self.part, env, body.diagram)
        scanned = Wired(frame, tuple(w for w, _, _ in moved[n:]))
        return boxed(env, "scan", body, scanned, states, cod, args, node, part, self.options)

    def _body(self, env: Env, states: list[int], slices: Wires, node: Node) -> tuple[list[int], Inside]:
        """The body of one step; a state that lacks an axis which it has after the step is repeated along
        it."""
        b = env.frame.builder
        names = [b.names[w] for w in states]
        for turn in range(2):
            types = tuple(b.wires[w] for w in states)

            def back(inner: Env, outs: tuple[int, ...], types: Wires = types) -> tuple[int, ...]:
                n = len(types)
                have = Wired(inner.frame, outs).types
                return (*same_names(inner, outs[:n], types, have[:n]), *outs[n:])

            body = inside(self.form, (*types, *slices), env, node, names, back)
            ends = body.diagram.cod[: len(types)]
            if ends == types:
                return states, body
            wider = [widened(env, w, t, node) for w, t in zip(states, ends, strict=False)]
            if turn or len(ends) < len(types) or tuple(b.wires[w] for w in wider) != ends:
                raise fault(
                    "E0411",
                    f"the state of `{self.form.name}` changes its type from step to step",
                    self.node,
                    f"{wires_text(ends)} after one step",
                    notes=(f"{wires_text(types)} before",),
                )
            states = wider
        raise AssertionError("a second turn returns or raises")


@dataclass(frozen=True, slots=True)
class UnrollForm(Around):
    """`unroll[t, f] : A[t] -> B[t]`: a stream function along an axis; its delays are the states of one
    scan."""

    form: Form
    axis: Axis
    node: Node
    part: Prefix | None = None

    def dom(self) -> Wires | None:
        dom = self.form.dom()
        return None if dom is None else tuple(stacked(self.axis, t, self.node) for t in dom)

    def apply(self, env: Env, wires: Wired, node: Node, spans: tuple[Span, ...]) -> Wired:
        frame = env.frame
        moved = [front(env, w, self.axis.name, node) for w in frame.own(wires)]
        if not moved:
            raise fault("E0314", f"`{self.form.name}` takes no wire to unroll along `{self.axis}`", self.node)
        axis = one_axis([a for _, a, _ in moved if a is not None], node)
        body = inside(self.form, tuple(t for _, _, t in moved), env, node)
        try:
            start, step = stepped(body.diagram, len(moved))
        except ValueError as error:
            raise told(error, env, self.node, "E0333") from None
        part = part_of(self.form, self.part, env, body.diagram)
        params = instance_params(frame, body.diagram, part, body.diagram.name, node)
        nothing = [frame.builder.wire(t) for t in body.diagram.dom[: len(moved)]]
        states = frame.builder.insert(start, [*nothing, *body.captured], params)
        n = len(states)
        cod = (*step.cod[:n], *(stacked(axis, t, node) for t in step.cod[n:]))
        args: Args = (("axis", axis), ("states", n), ("scanned", len(moved)), ("reversed", False))
        dom = (*states, *(w for w, _, _ in moved), *body.captured, *params)
        mark = Mark(step.name or "unroll", node.span)
        outs = frame.builder.box(STANDARD["scan"], dom, cod, None, args, (step,), mark)
        return Wired(frame, outs[n:])


@dataclass(frozen=True, slots=True)
class FoldForm(Around):
    """`fold[x, op](X)`: op between the entries along x, beginning with its unit or the first entry;
    `fold[x, op](init, X)` begins with a value given."""

    form: Form
    axis: Axis
    node: Node
    options: Args = ()
    part: Prefix | None = None

    def arity(self) -> int | None:
        return None

    def dom(self) -> Wires | None:
        dom = self.form.dom()
        return None if not dom else (stacked(self.axis, dom[-1], self.node),)

    def apply(self, env: Env, wires: Wired, node: Node, spans: tuple[Span, ...]) -> Wired:
        scan = ScanForm(
            self.form, self.axis, self.node, False, (("fold", True), *self.options), self.part, True
        )
        if len(wires.ids) != 1:
            return scan.apply(env, wires, node, spans)
        frame = env.frame
        w, axis, slice_ = front(env, frame.own(wires)[0], self.axis.name, node)
        assert axis is not None and isinstance(slice_, Tensor)
        unit = self._unit(env, slice_)
        if unit is None:
            unit = cut(env, w, axis, None, slice_.axes, node)
            w = cut(env, w, axis, ONE, (Axis(axis.name, axis.size - 1), *slice_.axes), node)
        return scan.apply(env, Wired(frame, (unit, w)), node, (*spans, *spans))

    def _unit(self, env: Env, type_: Tensor) -> int | None:
        """The unit that a declared box states: `with { unit = zeros }`."""
        from grammar.elab.boxes import BoxForm
        from grammar.elab.builtin import NamedForm, SourceForm
        from grammar.elab.emit import filled
        from grammar.elab.env import evaluate, kid, kids, optional, word
        from grammar.elab.expr import as_wires

        options = optional(self.form.sig.node, 4) if isinstance(self.form, BoxForm) else None
        for option in kids(options) if options is not None else ():
            if word(option) == "unit" and option.kids[1] is not None:
                expr = kid(option, 1)
                value = evaluate(expr, env)
                source = value.bare if isinstance(value, NamedForm) else value
                if isinstance(source, SourceForm) and source.type is None:
                    return filled(env, source.value, type_, expr)
                given = fit(env, as_wires(value, expr, env), (type_,), expr, "unit", (expr.span,))
                return env.frame.own(given)[0]
        return None


def cut(env: Env, w: int, axis: Axis, offset: Size | None, axes: tuple[Axis, ...], node: Node) -> int:
    """The first entry along the front axis (`offset` None), or those from `offset` on."""
    rest = len(axes) if offset is None else len(axes) - 1
    if offset is None:
        reads = (Slot(), *(Slot.at(k) for k in range(rest)))
    else:
        reads = (Slot(((0, ONE),), offset), *(Slot.at(k + 1) for k in range(rest)))
    out = tuple(Slot.at(k) for k in range(len(axes)))
    return contract(env, (w,), (reads,), out, axes, axes, node)


def _axis_and_form(
    slots: Sequence[Node], node: Node, env: Env, title: str, names: Sequence[str]
) -> tuple[Axis, Form, dict[str, Node]]:
    places, options = options_of(slots, names, title)
    if len(places) != 2:
        raise fault("E0302", f"`{title}` takes an axis and a diagram", node, help=f"write `{title}[t, f]`")
    return axis_of(axis_named(places[0], env), env), static_form(places[1], env), options


def _flag(node: Node | None, env: Env) -> bool:
    from grammar.elab.static import decide

    return node is not None and decide(node, env)


def scan(slots: tuple[Node, ...], node: Node, env: Env) -> Value:
    """`scan[t, cell, every = 32, reversed = true]`."""
    axis, form, options = _axis_and_form(slots, node, env, "scan", ("every", "reversed"))
    kept: tuple[tuple[str, Arg], ...] = ()
    if "every" in options:
        every = whole(options["every"], env).constant
        if every is None or every < 1:
            raise fault("E0333", f"`{options['every'].text}` is not a number of steps", options["every"])
        kept = (("every", every),)
    return ScanForm(form, axis, node, _flag(options.get("reversed"), env), kept, node_env=env)


def fold(slots: tuple[Node, ...], node: Node, env: Env) -> Value:
    """`fold[x, op, tree = true]`."""
    axis, form, options = _axis_and_form(slots, node, env, "fold", ("tree",))
    return FoldForm(form, axis, node, (("tree", True),) if _flag(options.get("tree"), env) else ())


def unroll(slots: tuple[Node, ...], node: Node, env: Env) -> Value:
    """`unroll[t, f]`."""
    axis, form, _ = _axis_and_form(slots, node, env, "unroll", ())
    return UnrollForm(form, axis, node)
