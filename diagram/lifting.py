"""Lifting: the same diagram for every position of some axes. Each box is lifted by its `Spec`; what does not
depend on an axis stays as it is, and only the results are repeated along it.
"""

from __future__ import annotations

from collections.abc import Sequence

from diagram.builder import Builder
from diagram.op import Kind, Op
from diagram.ops import STANDARD
from diagram.spec import Slot, Spec
from diagram.types import Axis, Tensor, Type
from diagram.value import Args, Box, Diagram, make

Has = tuple[int, ...]
"""Numbers of the degree axes that an array has, in front of its own axes."""


def opened(d: Diagram) -> Diagram:
    """The learned arrays as ordinary inputs, after the others."""
    if not d.params:
        return d
    flat = d.flat
    names = list(flat.names)
    for w, p in zip(d.param_wires, d.params, strict=True):
        names[w] = p.path.replace(".", "_")
    new = flat._replace(params=(), names=tuple(names))
    dom = d.dom + tuple(flat.wires[w] for w in d.param_wires)
    return make(new, dom, d.cod, d.category, d.name, d.doc, d.results, d.span)


def lift(d: Diagram, degree: tuple[Axis, ...], ports: tuple[Has, ...]) -> Diagram:
    """`d` for every position of `degree`. `ports`: the degree axes that each input has, in front.

    Learned arrays have none, every result has all. O(boxes).
    """
    if not degree:
        return d
    return Lifting(d, fresh(d, degree)).run(ports)


def repeated(builder: Builder, wire: int, lead: Sequence[Axis], have: Has, want: Has) -> int:
    """The wire with the axes `want` of `lead` in front instead of `have`: a contract box, or nothing."""
    if have == want:
        return wire
    type_ = _tensor(builder.wires[wire])
    own = type_.axes[len(have) :]
    number = {p: k for k, p in enumerate(want)}
    rest = tuple(Slot.at(len(want) + k) for k in range(len(own)))
    axes = tuple(lead[p] for p in want) + own
    spec = Spec(
        axes,
        (tuple(Slot.at(number[p]) for p in have) + rest,),
        (tuple(map(Slot.at, range(len(axes)))),),
    )
    return builder.box(STANDARD["contract"], (wire,), (type_.with_axes(axes),), spec)[0]


def transposed(builder: Builder, wire: int, order: Sequence[int]) -> int:
    """The wire with its axes in another order."""
    if list(order) == sorted(order):
        return wire
    type_ = _tensor(builder.wires[wire])
    spec = Spec(type_.axes, (tuple(map(Slot.at, range(len(type_.axes)))),), (tuple(map(Slot.at, order)),))
    cod = type_.with_axes(tuple(type_.axes[k] for k in order))
    return builder.box(STANDARD["contract"], (wire,), (cod,), spec)[0]


def _tensor(type_: Type) -> Tensor:
    if not isinstance(type_, Tensor):
        raise ValueError(f"a wire of type {type_} has no axes to lift over")
    return type_


def fresh(d: Diagram, degree: tuple[Axis, ...]) -> tuple[Axis, ...]:
    """The degree axes, primed where a type of the diagram uses the name."""
    taken = {a.name for t in d.wires if isinstance(t, Tensor) for a in t.axes}
    taken |= {a.name for box in d.boxes if box.spec is not None for a in box.spec.indices}
    result = []
    for axis in degree:
        name = axis.name
        while name and name in taken:
            name += "'"
        taken.add(name)
        result.append(axis if name == axis.name else axis.renamed(name))
    return tuple(result)


class Lifting:
    """A diagram while it is lifted: old wires `to` new ones, and the degree axes that each `has`."""

    def __init__(self, d: Diagram, degree: tuple[Axis, ...]) -> None:
        self.d, self.degree = d, degree
        self.builder = Builder(d.category)
        self.to: dict[int, int] = {}
        self.has: dict[int, Has] = {}

    def enter(self, ports: Sequence[Has]) -> None:
        """The inputs, with the degree axes that each has."""
        d, builder = self.d, self.builder
        for w, has in zip(d.inputs[: len(d.dom)], ports, strict=True):
            self.to[w], self.has[w] = builder.input(self.type(d.wires[w], has), d.names[w]), has
        for w, p in zip(d.param_wires, d.params, strict=True):
            self.to[w], self.has[w] = builder.param(d.wires[w], p), ()

    def run(self, ports: Sequence[Has]) -> Diagram:
        """The lifted diagram."""
        d, builder = self.d, self.builder
        self.enter(ports)
        for box in d.boxes:
            self.box(box)
        for w, type_ in enumerate(d.wires):  # closed wires depend on nothing
            if w not in self.to:
                builder.wire(type_, d.names[w])
        every = tuple(range(len(self.degree)))
        outs = [repeated(builder, self.to[w], self.degree, self.has[w], every) for w in d.outputs]
        return builder.build(outs, d.name, d.doc, d.results, d.span)

    def type(self, type_: Type, has: Has) -> Type:
        """A type with the degree axes that it has in front."""
        if not has:
            return type_
        tensor = _tensor(type_)
        return tensor.with_axes(tuple(self.degree[p] for p in has) + tensor.axes)

    def box(self, box: Box) -> None:
        """One box over all degree axes of its arrays."""
        union = tuple(sorted({p for w in box.dom for p in self.has[w]}))
        dom = [self.to[w] for w in box.dom]
        if not union:
            self.write(box, box.op, dom, (), box.spec, box.args, box.bodies)
        elif box.spec is not None:
            at = {p: k for k, p in enumerate(union)}
            ports = tuple(tuple(at[p] for p in self.has[w]) for w in box.dom)
            spec = box.spec.lift(tuple(self.degree[p] for p in union), ports)
            self.write(box, box.op, dom, union, spec, box.args, box.bodies)
        elif box.op.name == "call":
            self.call(box, dom, union)
        elif box.op.name in ("repeat", "scan", "trace", "feedback"):
            self.loop(box, dom, union)
        elif box.op.kind is Kind.GENERATOR:
            self.generator(box, dom, union)
        else:
            raise ValueError(f"{box.label} cannot be lifted over {', '.join(map(str, self.degree))}")

    def write(
        self, box: Box, op: Op, dom: Sequence[int], union: Has, spec: Spec | None, args: Args,
        bodies: tuple[Diagram, ...],
    ) -> None:  # fmt: skip
        """The box on its new wires; its results have the degree axes `union`."""
        cod = [self.type(self.d.wires[w], union) for w in box.cod]
        made = self.builder.box(op, dom, cod, spec, args, bodies, box.mark)
        self.bind(box.cod, made, union)

    def bind(self, cod: Sequence[int], made: Sequence[int], union: Has) -> None:
        """The old results `cod` have become `made`, with the degree axes `union`."""
        for w, mine in zip(cod, made, strict=True):
            self.to[w], self.has[w] = mine, union
            self.builder.names[mine] = self.builder.names[mine] or self.d.names[w]

    def call(self, box: Box, dom: list[int], union: Has) -> None:
        """A lifted call has a larger degree."""
        (body,) = box.bodies
        degree, ports = box.arg("degree"), box.arg("ports")
        assert isinstance(degree, tuple) and isinstance(ports, tuple)
        if any(self.has[w] for w in box.dom[len(body.dom) :]):
            body, ports = opened(body), ports + ((),) * len(body.params)
        new = tuple(self.degree[p] for p in union) + degree
        at = {p: k for k, p in enumerate(union)}
        shifted = tuple(
            tuple(at[p] for p in self.has[w]) + tuple(len(union) + q for q in port)
            for w, port in zip(box.dom, ports, strict=False)
        )
        self.write(box, box.op, dom, union, None, (("degree", new), ("ports", shifted)), (body,))

    def generator(self, box: Box, dom: list[int], union: Has) -> None:
        """A declared box is called for each position."""
        inner = Builder(self.d.category)
        ins = [inner.input(self.d.wires[w]) for w in box.dom]
        outs = inner.box(
            box.op, ins, [self.d.wires[w] for w in box.cod], None, box.args, box.bodies, box.mark
        )
        at = {p: k for k, p in enumerate(union)}
        ports = tuple(tuple(at[p] for p in self.has[w]) for w in box.dom)
        args: Args = (("degree", tuple(self.degree[p] for p in union)), ("ports", ports))
        body = inner.build(outs, box.op.name)
        self.write(box, STANDARD["call"], dom, union, None, args, (body,))

    def loop(self, box: Box, dom: list[int], union: Has) -> None:
        """repeat, scan, trace: the body is lifted; what goes round has the whole degree."""
        (body,) = box.bodies
        states = {"repeat": "carried", "scan": "states", "trace": "wires", "feedback": "wires"}[box.op.name]
        n, front = box.arg(states), box.arg("scanned") if box.op.name == "scan" else 0
        assert isinstance(n, int) and isinstance(front, int)
        if box.op.name == "trace":
            n, outer = 0, n
        else:
            outer = 0
        explicit = len(body.dom) - outer
        if any(self.has[w] for w in box.dom[explicit:]):
            raise ValueError(f"{box.label}: learned arrays of a loop cannot depend on the lifted axes")
        at = {p: k for k, p in enumerate(union)}
        every = tuple(range(len(union)))
        have = [tuple(at[p] for p in self.has[w]) for w in box.dom[:explicit]]
        lead = tuple(self.degree[p] for p in union)
        for k in range(n):
            dom[k], have[k] = repeated(self.builder, dom[k], lead, have[k], every), every
        for k in range(n, n + front):  # the scanned axis stays in front
            rank = len(_tensor(self.builder.wires[dom[k]]).axes)
            m = len(have[k])
            dom[k] = transposed(self.builder, dom[k], (m, *range(m), *range(m + 1, rank)))
        lifted = lift(body, lead, (every,) * outer + tuple(have))
        self.loop_results(box, dom, union, lifted, n)

    def loop_results(self, box: Box, dom: list[int], union: Has, body: Diagram, states: int) -> None:
        """Emitted arrays come with the scanned axis in front; the degree goes before it."""
        m = len(union)
        cod = [self.type(self.d.wires[w], union) for w in box.cod]
        for k in range(states if box.op.name == "scan" else len(cod), len(cod)):
            tensor = _tensor(cod[k])
            cod[k] = tensor.with_axes((tensor.axes[m], *tensor.axes[:m], *tensor.axes[m + 1 :]))
        made = list(self.builder.box(box.op, dom, cod, None, box.args, (body,), box.mark))
        for k in range(states if box.op.name == "scan" else len(cod), len(cod)):
            rank = len(_tensor(cod[k]).axes)
            made[k] = transposed(self.builder, made[k], (*range(1, m + 1), 0, *range(m + 1, rank)))
        self.bind(box.cod, made, union)
