"""Equal blocks in a row drawn as one: a chain of three or more equal boxes becomes a repetition `×k`."""

from __future__ import annotations

from collections.abc import Hashable

from diagram.hypergraph import Box, Builder, Diagram, Mark, single
from diagram.op import Kind
from diagram.ops import STANDARD

LEAST = 3
"""So many equal blocks at least are folded."""


def fold_runs(d: Diagram) -> Diagram:
    """The diagram with chains of equal boxes as repetitions; `d` itself if there are none."""
    runs = {run[0]: run for run in _runs(d)}
    if not runs or len(set(d.inputs)) < len(d.inputs):
        return d
    inside = {k for run in runs.values() for k in run}
    b = Builder(d.category)
    to = {w: b.input(d.wires[w], d.names[w]) for w in d.inputs[: len(d.dom)]}
    to |= {w: b.param(d.wires[w], p) for w, p in zip(d.param_wires, d.params, strict=True)}

    def wire(w: int) -> int:
        if w not in to:
            to[w] = b.wire(d.wires[w], d.names[w])
        return to[w]

    for k, box in enumerate(d.boxes):
        if k in runs:
            box = _repetition(d, [d.boxes[i] for i in runs[k]])
        elif k in inside:
            continue
        b.attach(box._replace(dom=tuple(map(wire, box.dom)), cod=tuple(map(wire, box.cod))))
    return b.build([wire(w) for w in d.outputs], d.name, d.doc, d.results, dom=d.dom, cod=d.cod)


def _runs(d: Diagram) -> list[list[int]]:
    """Chains of equal boxes, each reading exactly what the one before writes."""
    hidden = set(d.param_wires)
    readers: dict[int, list[int]] = {}
    for k, box in enumerate(d.boxes):
        for w in box.dom:
            readers.setdefault(w, []).append(k)
    for w in d.outputs:
        readers.setdefault(w, []).append(-1)
    keys: dict[int, Hashable] = {}
    found: list[list[int]] = []
    taken: set[int] = set()
    for k in range(len(d.boxes)):
        run = [k]
        while k not in taken and (after := _next(d, run[-1], readers, hidden, keys)) is not None:
            run.append(after)
        if len(run) >= LEAST:
            found.append(run)
            taken.update(run)
    return found


def _next(
    d: Diagram, k: int, readers: dict[int, list[int]], hidden: set[int], keys: dict[int, Hashable]
) -> int | None:
    """The equal box that alone reads everything that box k writes."""
    box = d.boxes[k]
    who = {r for w in box.cod for r in readers.get(w, [-1])}
    if len(who) != 1 or any(len(readers.get(w, ())) != 1 for w in box.cod):
        return None
    after = who.pop()
    if after <= k or tuple(w for w in d.boxes[after].dom if w not in hidden) != box.cod:
        return None
    visible = tuple(d.wires[w] for w in box.dom if w not in hidden)
    same = visible == tuple(d.wires[w] for w in box.cod) and box_key(box, keys) == box_key(
        d.boxes[after], keys
    )
    return after if same else None


def box_key(box: Box, keys: dict[int, Hashable]) -> Hashable:
    """What makes boxes equal: everything but names and the paths of learned arrays."""
    return box.op, box.spec, box.args, len(box.dom), tuple(_body_key(body, keys) for body in box.bodies)


def _body_key(body: Diagram, keys: dict[int, Hashable]) -> Hashable:
    found = keys.get(id(body))
    if found is None:
        flat = body.flat
        boxes = tuple((*box_key(box, keys), box.dom, box.cod) for box in flat.boxes)  # type: ignore[misc]
        found = keys[id(body)] = hash((flat.wires, boxes, flat.inputs, flat.outputs))
    return found


def _repetition(d: Diagram, run: list[Box]) -> Box:
    """One box for the whole chain; its learned arrays turn after turn."""
    first, hidden = run[0], set(d.param_wires)
    carried = tuple(w for w in first.dom if w not in hidden)
    learned = [w for box in run for w in box.dom if w in hidden]
    kinds = tuple(d.wires[w] for w in carried)
    body = first.bodies[0] if first.op.name == "call" else None
    if body is None or first.arg("degree"):
        body = _alone(d, first, hidden)
    mark = Mark(first.mark.name if first.mark and first.op.kind is not Kind.GENERATOR else first.label)
    args = (("count", len(run)), ("carried", len(kinds)), ("fresh", len(body.params)))
    return Box(STANDARD["repeat"], (*carried, *learned), run[-1].cod, None, args, (body,), mark)


def _alone(d: Diagram, box: Box, hidden: set[int]) -> Diagram:
    """The diagram of one box, its learned arrays as such."""
    if not any(w in hidden for w in box.dom):
        kinds = tuple(d.wires[w] for w in box.dom), tuple(d.wires[w] for w in box.cod)
        return single(box.op, *kinds, box.spec, box.args, box.bodies, d.category)
    b = Builder(d.category)
    param = dict(zip(d.param_wires, d.params, strict=True))
    to: dict[int, int] = {}
    for w in box.dom:
        if w not in to:
            to[w] = b.param(d.wires[w], param[w]) if w in hidden else b.input(d.wires[w])
    outs = b.box(
        box.op, [to[w] for w in box.dom], [d.wires[w] for w in box.cod], box.spec, box.args, box.bodies
    )
    return b.build(outs, box.label)
