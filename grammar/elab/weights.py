"""E0320: weights that add up to one over one axis and are used along another: the softmax over the queries.

`softmax[x]` and `log_softmax[x]` give more than an array: weights over x, to be summed or picked along x. A
binding with a type, `W : R[q, x] = softmax[q](S)`, makes them an array like any other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from diagram.errors import Diagnostic, Edit, Label, Span
from diagram.hypergraph import Box, Diagram
from diagram.op import Kind
from diagram.spec import Map, Slot
from diagram.types import Axis, Tensor
from grammar.tree import Node, walk


@dataclass(frozen=True, slots=True)
class Weights:
    """The slots of the axes over which an array adds up to one, the box that made it so, and the box of this
    diagram that gives the array."""

    slots: frozenset[int]
    maker: Box
    here: Box


@dataclass(frozen=True, slots=True)
class Use:
    """What a box does along the axes of an array: it sums or picks some, and has some for itself alone."""

    box: Box
    consumed: frozenset[int]
    alone: frozenset[int]

    def at(self, places: Mapping[int, int]) -> Use:
        """The same with the slots of another array."""
        consumed, alone = (
            frozenset(places[k] for k in s if k in places) for s in (self.consumed, self.alone)
        )
        return Use(self.box, consumed, alone)


class Astray:
    """What is found in the definitions of one file."""

    def __init__(self, tree: Node) -> None:
        self._tree = tree
        self._plain: set[tuple[int, int]] | None = None
        self._results: dict[int, tuple[Diagram, dict[int, Weights]]] = {}
        self._inside: dict[tuple[int, int], list[Use]] = {}

    def of(self, d: Diagram) -> Iterator[Diagnostic]:
        """The weights of a definition that are used along a wrong axis. Loops included; a called definition
        is checked by itself, and weights are followed through its arguments and results."""
        for w, known in self._weights(d).items():
            if known.here.op.kind is not Kind.CONTRACT and not self._is_plain(known):
                found = _verdict(known, d.wires[w], self._uses(d, w))
                if found is not None:
                    yield found
        for b in d.boxes:
            if b.op.name != "call":
                for body in b.bodies:
                    yield from self.of(body)

    def _weights(self, d: Diagram) -> dict[int, Weights]:
        """The wires of `d` that are weights: made here, given by a definition, or with axes in another
        order."""
        known: dict[int, Weights] = {}
        for b in d.boxes:
            if "weights" in b.op.facts:
                assert b.spec is not None
                core = {k for k, slot in enumerate(b.spec.outs[0]) if slot.index in b.spec.core}
                known[b.cod[0]] = Weights(frozenset(core), b, b)
            elif b.op.name == "call":
                known |= self._given(b, d)
            elif b.dom and b.dom[0] in known and (places := reordered(b)) is not None:
                old = known[b.dom[0]]
                known[b.cod[0]] = Weights(frozenset(places[k] for k in old.slots), old.maker, b)
        return known

    def _given(self, call: Box, d: Diagram) -> dict[int, Weights]:
        """The results of a call that are weights."""
        (body,) = call.bodies
        if id(body) not in self._results:
            inner = self._weights(body)
            self._results[id(body)] = body, {k: inner[w] for k, w in enumerate(body.outputs) if w in inner}
        given = {}
        for k, known in self._results[id(body)][1].items():
            more = _lifted(d.wires[call.cod[k]], body.wires[body.outputs[k]])
            given[call.cod[k]] = Weights(frozenset(s + more for s in known.slots), known.maker, call)
        return given

    def _uses(self, d: Diagram, w: int) -> list[Use]:
        """What is done with a wire of `d`, here and in the definitions that it is given to."""
        uses: list[Use] = []
        for b in d.boxes:
            if w not in b.dom:
                continue
            places = reordered(b)
            if places is not None:
                back = {new: old for old, new in places.items()}
                uses += [use.at(back) for use in self._uses(d, b.cod[0])]
            elif b.op.name == "call":
                for port in (k for k, v in enumerate(b.dom) if v == w):
                    uses += self._given_to(b, port, d)
            else:
                uses.append(Use(b, frozenset(_consumed(b, w)), frozenset(_alone(b, w))))
        return uses

    def _given_to(self, call: Box, port: int, d: Diagram) -> list[Use]:
        """What a definition does with an argument."""
        (body,) = call.bodies
        inner = body.inputs[port]
        key = id(body), inner
        if key not in self._inside:
            self._inside[key] = self._uses(body, inner)
        outer, own = d.wires[call.dom[port]], body.wires[inner]
        assert isinstance(own, Tensor)
        places = {k: k + _lifted(outer, own) for k in range(len(own.axes))}
        return [use.at(places) for use in self._inside[key]]

    def _is_plain(self, known: Weights) -> bool:
        """Whether the expression is bound with a type."""
        if self._plain is None:
            bound = (n for n in walk(self._tree) if n.kind == "bind")
            self._plain = {
                (expr.start, expr.end)
                for targets, expr in (n.kids[:2] for n in bound)
                if isinstance(targets, Node) and isinstance(expr, Node)
                for target in targets.kids
                if isinstance(target, Node) and target.kids[2] is not None
            }
        spans = (b.mark.span for b in (known.maker, known.here) if b.mark is not None)
        path = self._tree.source.path
        return any(s is not None and s.source.path == path and (s.start, s.end) in self._plain for s in spans)


def _lifted(outer: object, own: object) -> int:
    """How many axes a call is repeated along; they come first."""
    assert isinstance(outer, Tensor)
    assert isinstance(own, Tensor)
    return len(outer.axes) - len(own.axes)


def reordered(box: Box) -> dict[int, int] | None:
    """The new place of each axis, if all that a box does is to put the axes in another order."""
    spec = box.spec
    if spec is None or box.op.kind is not Kind.CONTRACT or len(box.dom) != 1:
        return None
    if not spec.plain or spec.summed or len(spec.outs[0]) != len(spec.ins[0]):
        return None
    at = {slot.index: k for k, slot in enumerate(spec.outs[0])}
    return {k: at[slot.index] for k, slot in enumerate(spec.ins[0])}


def _verdict(known: Weights, type_: object, uses: list[Use]) -> Diagnostic | None:
    assert isinstance(type_, Tensor)
    for use in uses:
        lost = known.slots & use.consumed & use.alone
        if lost:
            return _said(known, type_, use.box, min(lost), True)
    if any(use.consumed & known.slots for use in uses):
        return None
    by_hand = {k for use in uses if len(use.box.dom) == 1 for k in use.alone}
    """Weights that are summed by themselves along an axis are made weights over it by a division."""
    for use in uses:
        if use.consumed - by_hand:
            return _said(known, type_, use.box, min(use.consumed - by_hand), False)
    return None


def _said(known: Weights, type_: Tensor, reader: Box, other: int, alone: bool) -> Diagnostic:
    over, along = _name(type_.axes[min(known.slots)]), _name(type_.axes[other])
    span = known.here.mark.span if known.here.mark is not None else None
    labels = [(reader.mark, f"no other factor has {along}: the sum is one")] if alone else []
    how = "picked" if reader.op.kind is Kind.GATHER else "summed"
    labels += [] if alone else [(reader.mark, f"{how} over {along}")]
    labels += [(known.maker.mark, "normalised here")] if known.maker is not known.here else []
    places = tuple(Label(m.span, text) for m, text in labels if m is not None and m.span is not None)
    if alone:
        return Diagnostic(
            "E0320",
            f"these weights add up to one over {along}, and are summed over it with nothing else",
            span,
            f"normalised over {along}",
            places,
            help=f"read the other factor along {along} too",
        )
    right = f"{known.maker.op.name}[{along.strip('`')}]" if type_.axes[other].name else ""
    return Diagnostic(
        "E0320",
        f"these weights add up to one over {over}, but are {how} over {along}",
        span,
        f"normalised over {over}",
        places,
        (f"`W : {type_} = ...` binds them as an array like any other, if that is meant",),
        help=f"write {right}(...)" if right else "",
        edits=_rewritten(span, known, type_, right),
    )


def _rewritten(span: Span | None, known: Weights, type_: Tensor, right: str) -> tuple[Edit, ...]:
    """The other axis in the brackets, if the text at the place is the operation with its axis."""
    written = f"{known.maker.op.name}[{type_.axes[min(known.slots)].name}]"
    if span is None or not right or not span.text.startswith(written):
        return ()
    return (Edit(Span(span.source, span.start, span.start + len(written)), right),)


def _consumed(reader: Box, w: int) -> set[int]:
    """The axes of the weights that a product with another array sums, or that positions on a wire pick."""
    spec = reader.spec
    if spec is None or len(reader.dom) < 2:
        return set()
    if reader.op.kind is Kind.GATHER:
        return {k for k, slot in enumerate(spec.ins[0]) if slot.gather >= 0} if reader.dom[0] == w else set()
    return _summed(reader, w)


def _alone(reader: Box, w: int) -> set[int]:
    """The axes of the weights that are summed and no other array has."""
    spec = reader.spec
    if spec is None or reader.dom.count(w) > 1:
        return set()
    if reader.op.kind is Kind.REDUCE:
        return {k for k, slot in enumerate(spec.ins[0]) if slot.index in spec.core}
    others = [m for v, m in zip(reader.dom, spec.ins, strict=True) if v != w]
    shared = {i for m in others for slot in m for i in _indices(slot)}
    return {k for k in _summed(reader, w) if not _of(reader, w, k) & shared}


def _summed(reader: Box, w: int) -> set[int]:
    """The axes of the weights that a contraction sums."""
    spec = reader.spec
    if spec is None or reader.op.kind is not Kind.CONTRACT:
        return set()
    gone = set(spec.summed)
    return {k for m in _ports(reader, w) for k, slot in enumerate(m) if _indices(slot) & gone}


def _of(reader: Box, w: int, k: int) -> set[int]:
    return {i for m in _ports(reader, w) for i in _indices(m[k])}


def _ports(reader: Box, w: int) -> Iterator[Map]:
    assert reader.spec is not None
    return (m for v, m in zip(reader.dom, reader.spec.ins, strict=True) if v == w)


def _indices(slot: Slot) -> set[int]:
    return {i for i, _ in slot.terms}


def _name(axis: Axis) -> str:
    return f"`{axis.name}`" if axis.name else f"the axis of size {axis.size}"
