"""Boxes made once: in a `Sharing` equal boxes on equal wires are one; `share` and `prune` for diagrams."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from diagram.builder import Builder
from diagram.levels import TENSOR, Category
from diagram.op import Kind, Op
from diagram.spec import Spec
from diagram.types import Tensor, Type
from diagram.value import Args, Box, Diagram, Mark, make


class Sharing:
    """A `Builder` and what it has made so far. Axes are compared by size: their names are decoration here."""

    __slots__ = ("_made", "builder", "generators")

    def __init__(self, category: Category = TENSOR) -> None:
        self.builder = Builder(category)
        self.generators = category.has("natural")
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
        return found

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
    to = dict(zip(d.inputs, copy_inputs(d, work.builder), strict=True))
    wires, names = d.wires, d.names
    for op, dom, cod, spec, args, bodies, mark in d.boxes:
        made = work.box(op, [to[w] for w in dom], [wires[w] for w in cod], spec, args, bodies, mark)
        for w, mine in zip(cod, made, strict=True):
            to[w] = mine
            if not work.builder.names[mine]:
                work.builder.names[mine] = names[w]
    return work.builder.build([to[w] for w in d.outputs], d.name, d.doc, d.results, d.span, d.dom, d.cod)


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
    return _prune(d, {}, {})


_Memo = dict[tuple[int, tuple[bool, ...]], Diagram]


def _prune(d: Diagram, memo: _Memo, keep: dict[int, Diagram]) -> Diagram:
    flat = d.flat
    needed = set(flat.outputs)
    boxes: list[Box] = []
    for box in reversed(flat.boxes):
        if not needed.isdisjoint(box.cod) or not box.cod:
            box = _prune_box(box, needed, memo, keep)
            needed.update(box.dom)
            boxes.append(box)
    if len(boxes) == len(flat.boxes) and all(
        a is b for a, b in zip(boxes, reversed(flat.boxes), strict=True)
    ):
        return d
    boxes.reverse()
    new = flat._replace(boxes=tuple(boxes))
    return compact(make(new, d.dom, d.cod, d.category, d.name, d.doc, d.results, d.span))


def _prune_box(box: Box, needed: set[int], memo: _Memo, keep: dict[int, Diagram]) -> Box:
    if not box.bodies or box.op.name not in ("call", "scan", "repeat"):
        return box
    body = box.bodies[0]
    if box.op.name == "repeat":
        wanted: tuple[bool, ...] = (True,) * len(box.cod)
    else:
        states = box.arg("states") if box.op.name == "scan" else 0
        wanted = tuple(k < states or w in needed for k, w in enumerate(box.cod))  # type: ignore[operator]
    key = (id(body), wanted)
    if key not in memo:
        keep[id(body)] = body
        memo[key] = _prune(_select(body, wanted), memo, keep)
    return _narrow(box, memo[key], wanted)


def _select(body: Diagram, wanted: tuple[bool, ...]) -> Diagram:
    """Only the wanted results of a body."""
    if all(wanted):
        return body
    outs = tuple(w for w, want in zip(body.outputs, wanted, strict=True) if want)
    cod = tuple(t for t, want in zip(body.cod, wanted, strict=True) if want)
    names = tuple(n for n, want in zip(body.output_names, wanted, strict=True) if want)
    flat = body.flat._replace(outputs=outs)
    return make(flat, body.dom, cod, body.category, body.name, body.doc, names, body.span)


def _narrow(box: Box, body: Diagram, wanted: tuple[bool, ...]) -> Box:
    """The box around a smaller body; a call also loses the explicit wires that its body no longer reads."""
    if body is box.bodies[0]:
        return box
    cod = tuple(w for w, want in zip(box.cod, wanted, strict=True) if want)
    if box.op.name != "call":
        return box._replace(cod=cod, bodies=(body,))
    read = {w for inner in body.boxes for w in inner.dom} | set(body.outputs)
    n = len(body.dom)
    used = [w in read for w in body.inputs[:n]]
    if all(used):
        return box._replace(cod=cod, bodies=(body,))
    ports = box.arg("ports")
    assert isinstance(ports, tuple)
    some = tuple(p for p, use in zip(ports, used, strict=True) if use)
    args = tuple((key, some if key == "ports" else value) for key, value in box.args)
    dom = tuple(w for k, w in enumerate(box.dom) if k >= n or used[k])
    return box._replace(dom=dom, cod=cod, args=args, bodies=(_drop_inputs(body, used),))


def _drop_inputs(body: Diagram, used: list[bool]) -> Diagram:
    flat, n = body.flat, len(body.dom)
    ins = tuple(w for w, use in zip(flat.inputs[:n], used, strict=True) if use) + flat.inputs[n:]
    dom = tuple(t for t, use in zip(body.dom, used, strict=True) if use)
    new = flat._replace(inputs=ins)
    return compact(make(new, dom, body.cod, body.category, body.name, body.doc, body.results, body.span))


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
