"""What a scan computes from its slices and invariants alone leaves the loop: for all positions at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from diagram.builder import Builder
from diagram.lifting import lift
from diagram.op import Kind
from diagram.sharing import copy_inputs
from diagram.types import Axis, Tensor
from diagram.value import Box, Diagram

_WORTH = ("contract", "gather")
"""Taking a body apart pays if one of these leaves the loop."""


def hoist(d: Diagram) -> Diagram:
    """`d` with every scan box relieved of what does not depend on its states. Values stay."""
    if not any(box.op.name == "scan" for box in d.boxes):
        return d
    builder = Builder(d.category)
    to = dict(zip(d.inputs, copy_inputs(d, builder), strict=True))
    for box in d.boxes:
        wires = [to[w] for w in box.dom]
        parts = _split(box) if box.op.name == "scan" else None
        if parts is not None:
            wires = parts.before(builder, wires)
            box = parts.box
        types = [d.wires[w] for w in box.cod]
        made = builder.box(box.op, wires, types, box.spec, box.args, box.bodies, box.mark)
        for w, mine in zip(box.cod, made, strict=True):
            to[w] = mine
            builder.names[mine] = d.names[w]
    outs = tuple(to[w] for w in d.outputs)
    return builder.build(outs, d.name, d.doc, d.results, d.span, d.dom, d.cod)


class Parts:
    """A scan taken apart: diagrams to run before it, and the box that is left."""

    def __init__(self, box: Box, once: Diagram, each: Diagram, kept: Sequence[int]) -> None:
        self.box = box
        self.once = once
        self.each = each
        self.kept = kept

    def before(self, builder: Builder, wires: Sequence[int]) -> list[int]:
        """Boxes in front of the scan; returns the wires it reads now."""
        states, scanned = _int(self.box, "states"), len(self.each.dom) - len(self.once.dom)
        slices, others = list(wires[states : states + scanned]), list(wires[states + scanned :])
        fixed = list(builder.insert(self.once, others))
        axis = self.box.arg("axis")
        assert isinstance(axis, Axis)
        ports = ((0,),) * scanned + ((),) * len(others)
        made = list(builder.insert(lift(self.each, (axis,), ports), [*slices, *others]))
        return [*wires[:states], *(slices[k] for k in self.kept), *made, *others, *fixed]


def _int(box: Box, name: str) -> int:
    value = box.arg(name)
    assert isinstance(value, int)
    return value


def _split(box: Box) -> Parts | None:
    """The parts of a scan, or None if nothing is won."""
    (body,) = box.bodies
    states, scanned = _int(box, "states"), _int(box, "scanned")
    depends: dict[int, str] = {}
    for k, w in enumerate(body.inputs):
        depends[w] = "state" if k < states else "slice" if k < states + scanned else "fixed"
    groups: dict[str, list[Box]] = {"state": [], "slice": [], "fixed": []}
    for inner in body.boxes:
        kinds = {depends[w] for w in inner.dom}
        movable = inner.spec is not None or inner.op.kind is Kind.SOURCE
        kind = "state" if "state" in kinds or not movable else "slice" if "slice" in kinds else "fixed"
        groups[kind].append(inner)
        depends.update(dict.fromkeys(inner.cod, kind))
    if not any(inner.op.name in _WORTH for kind in ("slice", "fixed") for inner in groups[kind]):
        return None
    late = {w for inner in groups["state"] for w in inner.dom} | set(body.outputs)
    slices = list(body.inputs[states : states + scanned])
    others = list(body.inputs[states + scanned :])
    made = [w for inner in groups["slice"] for w in inner.cod if w in late]
    fixed = [w for inner in groups["fixed"] for w in inner.cod if w in late]
    kept = [k for k, w in enumerate(slices) if w in late]
    once = _part(body, others, groups["fixed"], fixed)
    each = _part(body, [*slices, *others], [*groups["fixed"], *groups["slice"]], made)
    order = [*body.inputs[:states], *(slices[k] for k in kept), *made, *others, *fixed]
    rest = _part(body, order, groups["state"], body.outputs)
    args = tuple((name, len(kept) + len(made) if name == "scanned" else value) for name, value in box.args)
    if any(not isinstance(body.wires[w], Tensor) for w in (*made, *fixed)):
        return None
    return Parts(box._replace(args=args, bodies=(rest,)), once, each, kept)


def _part(body: Diagram, inputs: Sequence[int], boxes: Iterable[Box], outputs: Sequence[int]) -> Diagram:
    """The diagram of some boxes of a body, with these wires as inputs and results."""
    builder = Builder(body.category)
    to: dict[int, int] = {}
    for w in inputs:
        to[w] = builder.input(body.wires[w], body.names[w])
    for box in boxes:
        types = [body.wires[w] for w in box.cod]
        made = builder.box(box.op, [to[w] for w in box.dom], types, box.spec, box.args, box.bodies, box.mark)
        for w, mine in zip(box.cod, made, strict=True):
            to[w] = mine
            builder.names[mine] = body.names[w]
    return builder.build([to[w] for w in outputs], body.name)
