"""Boxes made once: in a `Sharing` equal boxes on equal wires are one; `share` and `prune` for diagrams."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from diagram.builder import Builder
from diagram.levels import TENSOR, Category
from diagram.op import Kind, Op
from diagram.spec import Spec
from diagram.types import Tensor, Type
from diagram.value import Args, Box, Diagram, Mark, make


class Sharing:
    """A `Builder` and what it has made so far. Axes are compared by size: their names are decoration here."""

    __slots__ = ("_made", "builder", "generators", "scattered")

    def __init__(self, category: Category = TENSOR) -> None:
        self.builder = Builder(category)
        self.generators = category.has("natural")
        self.scattered: dict[int, Box] = {}
        """The boxes that wrote at positions, by their wire: sums over these positions are sums of the
        values.
        """
        self._made: dict[Any, tuple[int, ...]] = {}  # Any: a nested tuple of hashable parts

    def box(
        self,
        op: Op,
        dom: Iterable[int],
        cod: Iterable[Type],
        spec: Spec | None = None,
        args: Args = (),
        bodies: tuple[Diagram, ...] = (),
        mark: Mark | None = None,
    ) -> tuple[int, ...]:
        """The wires of this box, made now or found. Generators are merged only where copying is natural."""
        ins, outs = tuple(dom), tuple(cod)
        if op.kind is Kind.GENERATOR and not self.generators:
            return self.builder.box(op, ins, outs, spec, args, bodies, mark)
        key = (op, ins, args, tuple(map(_type_key, outs)), _spec_key(spec), tuple(map(id, bodies)))
        found = self._made.get(key)
        if found is None:
            found = self._made[key] = self.builder.box(op, ins, outs, spec, args, bodies, mark)
            if op.kind is Kind.SCATTER:
                self.scattered[found[0]] = self.builder.boxes[-1]
        return found

    def insert(self, d: Diagram, wires: Sequence[int], params: Sequence[int]) -> tuple[int, ...]:
        """The boxes of `d`, made or found, its domain on `wires`; returns the wires of its codomain."""
        flat = d.flat
        to = dict(zip(flat.inputs, (*wires, *params), strict=True))
        types, names, mine = flat.wires, flat.names, self.builder.names
        for op, dom, cod, spec, args, bodies, mark in flat.boxes:
            made = self.box(op, [to[w] for w in dom], [types[w] for w in cod], spec, args, bodies, mark)
            for w, new in zip(cod, made, strict=True):
                to[w] = new
                if not mine[new]:
                    mine[new] = names[w]
        return tuple([to[w] for w in flat.outputs])

    def type(self, wire: int) -> Tensor:
        """The array type of a wire."""
        type_ = self.builder.wires[wire]
        assert isinstance(type_, Tensor)
        return type_


def _type_key(type_: Type) -> Any:
    return (type_.dtype, type_.shape) if isinstance(type_, Tensor) else type_


def _spec_key(spec: Spec | None) -> Any:
    if spec is None:
        return None
    return tuple([a.size for a in spec.indices]), spec.ins, spec.outs, spec.core, spec.pads


def copy_inputs(d: Diagram, builder: Builder) -> list[int]:
    """The inputs and learned arrays of `d` as those of `builder`; returns the wire for each."""
    flat, n = d.flat, len(d.dom)
    wires = [builder.input(flat.wires[w], flat.names[w]) for w in flat.inputs[:n]]
    wires += [builder.param(flat.wires[w], p) for w, p in zip(flat.inputs[n:], flat.params, strict=True)]
    return wires


def share(d: Diagram) -> Diagram:
    """Equal boxes on equal wires become one box: hash-consing. O(boxes). For cartesian categories.

    Loops through wires (feedback) and joined inputs are left as they are.
    """
    if len(set(d.inputs)) != len(d.inputs) or not is_causal(d):
        return d
    work = Sharing(d.category)
    outs = work.insert(d, copy_inputs(d, work.builder), ())
    return work.builder.build(outs, d.name, d.doc, d.results, d.span, d.dom, d.cod)


def is_causal(d: Diagram) -> bool:
    """Whether every wire is written once, before it is read."""
    known = set(d.inputs)
    for box in d.boxes:
        if not known.issuperset(box.dom) or not known.isdisjoint(box.cod):
            return False
        known.update(box.cod)
    return known.issuperset(d.outputs)


def prune(d: Diagram) -> Diagram:
    """Without the boxes whose results nobody reads, inside bodies too. O(boxes). For cartesian categories.

    A call whose results are only partly read gets a body without the others; inputs stay as they are.
    """
    return _Prune().run(d)


class _Prune:
    """One pruning: each body once for each choice of wanted results."""

    def __init__(self) -> None:
        self.done: dict[tuple[int, tuple[bool, ...]], tuple[Diagram, list[bool]]] = {}
        self.keep: list[Diagram] = []

    def run(self, d: Diagram) -> Diagram:
        flat = d.flat
        needed = set(flat.outputs)
        boxes: list[Box] = []
        changed = False
        for box in reversed(flat.boxes):
            if box.cod and needed.isdisjoint(box.cod):
                changed = True
                continue
            new = self.box(box, needed) if box.op.name in ("call", "scan", "repeat") else box
            changed = changed or new is not box
            needed.update(new.dom)
            boxes.append(new)
        if not changed:
            return d
        boxes.reverse()
        smaller = flat._replace(boxes=tuple(boxes))
        return compact(make(smaller, d.dom, d.cod, d.category, d.name, d.doc, d.results, d.span))

    def box(self, box: Box, needed: set[int]) -> Box:
        """The box around a smaller body; a call also loses the wires that its body no longer reads."""
        (body,) = box.bodies
        states = len(box.cod) if box.op.name == "repeat" else box.arg("states") or 0
        assert isinstance(states, int)
        wanted = tuple([k < states or w in needed for k, w in enumerate(box.cod)])
        key = (id(body), wanted)
        if key not in self.done:
            self.keep.append(body)
            small = self.run(_select(body, wanted))
            self.done[key] = (
                _read_inputs(small) if small is not body and box.op.name == "call" else (small, [])
            )
        small, used = self.done[key]
        if small is body:
            return box
        cod = tuple([w for w, want in zip(box.cod, wanted, strict=True) if want])
        if all(used):
            return box._replace(cod=cod, bodies=(small,))
        ports = box.arg("ports")
        assert isinstance(ports, tuple)
        some = tuple([p for p, use in zip(ports, used, strict=True) if use])
        args = tuple([(name, some if name == "ports" else value) for name, value in box.args])
        dom = tuple([w for k, w in enumerate(box.dom) if k >= len(used) or used[k]])
        return box._replace(dom=dom, cod=cod, args=args, bodies=(small,))


def _select(body: Diagram, wanted: tuple[bool, ...]) -> Diagram:
    """Only the wanted results of a body."""
    if all(wanted):
        return body
    outs = tuple(w for w, want in zip(body.outputs, wanted, strict=True) if want)
    cod = tuple(t for t, want in zip(body.cod, wanted, strict=True) if want)
    names = tuple(n for n, want in zip(body.output_names, wanted, strict=True) if want)
    flat = body.flat._replace(outputs=outs)
    return make(flat, body.dom, cod, body.category, body.name, body.doc, names, body.span)


def _read_inputs(body: Diagram) -> tuple[Diagram, list[bool]]:
    """The body without the inputs that it does not read, and which it reads."""
    flat, n = body.flat, len(body.dom)
    read = {w for inner in body.boxes for w in inner.dom} | set(body.outputs)
    used = [w in read for w in flat.inputs[:n]]
    if all(used):
        return body, []
    ins = tuple(w for w, use in zip(flat.inputs[:n], used, strict=True) if use) + flat.inputs[n:]
    dom = tuple(t for t, use in zip(body.dom, used, strict=True) if use)
    new = flat._replace(inputs=ins)
    small = make(new, dom, body.cod, body.category, body.name, body.doc, body.results, body.span)
    return compact(small), used


def compact(d: Diagram) -> Diagram:
    """The same diagram without the wires that nothing mentions; the order of wires stays."""
    flat = d.flat
    used = set(flat.inputs) | set(flat.outputs)
    for box in flat.boxes:
        used.update(box.dom)
        used.update(box.cod)
    if len(used) == len(flat.wires):
        return d
    to = {w: k for k, w in enumerate(sorted(used))}
    new = flat._replace(
        wires=tuple(flat.wires[w] for w in to),
        names=tuple(flat.names[w] for w in to),
        boxes=tuple(
            b._replace(dom=tuple([to[w] for w in b.dom]), cod=tuple([to[w] for w in b.cod]))
            for b in flat.boxes
        ),
        inputs=tuple(to[w] for w in flat.inputs),
        outputs=tuple(to[w] for w in flat.outputs),
    )
    return make(new, d.dom, d.cod, d.category, d.name, d.doc, d.results, d.span)


def select(d: Diagram, places: Sequence[int]) -> Diagram:
    """Some of the results; what only the others needed goes."""
    new = make(
        d.flat._replace(outputs=tuple(d.outputs[k] for k in places)),
        d.dom,
        tuple(d.cod[k] for k in places),
        d.category,
        d.name,
        d.doc,
        tuple(d.output_names[k] for k in places),
    )
    return prune(new)
