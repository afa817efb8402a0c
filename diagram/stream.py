"""Streams: a diagram with delays (`feedback` boxes) as one step of a state machine.

`delayed` says whether there are any; `stepped` takes the states out: `A -> B` with delays becomes
`S @ A -> S @ B` and the initial values `-> S`. The scan that runs it is made where the axis is known.
"""

from __future__ import annotations

from diagram.builder import Builder
from diagram.inlining import inline
from diagram.sharing import copy_inputs, prune
from diagram.value import Box, Diagram


def delayed(d: Diagram) -> bool:
    """Whether a delay stands in `d` or in a body inside."""
    return any(box.op.name == "feedback" or any(map(delayed, box.bodies)) for box in d.boxes)


def stepped(d: Diagram, streams: int) -> tuple[Diagram, Diagram]:
    """`(start, step)`: `start : A -> S`, `step : S @ A -> S @ B`; calls and repetitions around delays are
    inlined.

    The first `streams` inputs change from step to step: `start` may not read them. Raises `ValueError` if
    it does, or if a delay stands where it cannot be taken out (inside a scan).
    """
    flat = inline(d, keep=lambda box: not any(map(delayed, box.bodies)))
    if any(delayed(body) for box in flat.boxes if box.op.name != "feedback" for body in box.bodies):
        raise ValueError("a feedback with an initial value stands inside a scan or a function")
    delays = [box for box in flat.boxes if box.op.name == "feedback"]
    return _start(flat, delays, streams), _step(flat, delays)


def _count(box: Box) -> int:
    n = box.arg("wires")
    assert isinstance(n, int)
    return n


def _step(d: Diagram, delays: list[Box]) -> Diagram:
    b = Builder(d.category)
    states = [
        [
            b.input(t, n)
            for t, n in zip(box.bodies[0].dom[: _count(box)], box.bodies[0].input_names, strict=False)
        ]
        for box in delays
    ]
    to = dict(zip(d.inputs, copy_inputs(d, b), strict=True))
    ends: list[int] = []
    at = iter(states)
    for box in d.boxes:
        if box.op.name == "feedback":
            n = _count(box)
            made = b.insert(box.bodies[0], [*next(at), *(to[w] for w in box.dom[n:])])
            ends += made[:n]
            made = made[n:]
        else:
            types = [d.wires[w] for w in box.cod]
            made = b.box(box.op, [to[w] for w in box.dom], types, box.spec, box.args, box.bodies, box.mark)
        for w, mine in zip(box.cod, made, strict=True):
            to[w] = mine
            b.names[mine] = b.names[mine] or d.names[w]
    outs = [*ends, *(to[w] for w in d.outputs)]
    return prune(b.build(outs, d.name, d.doc, span=d.span))


def _start(d: Diagram, delays: list[Box], streams: int) -> Diagram:
    """The initial values: only what they depend on."""
    inits = [w for box in delays for w in box.dom[: _count(box)]]
    needed = set(inits)
    kept: list[Box] = []
    for box in reversed(d.boxes):
        if not needed.isdisjoint(box.cod):
            if box.op.name == "feedback":
                raise ValueError("the initial value of a feedback depends on another feedback")
            kept.append(box)
            needed.update(box.dom)
    for w in d.inputs[:streams]:
        if w in needed:
            raise ValueError(
                f"the initial value of a feedback depends on {d.names[w] or 'an input'} of each step"
            )
    b = Builder(d.category)
    to = dict(zip(d.inputs, copy_inputs(d, b), strict=True))
    for box in reversed(kept):
        types = [d.wires[w] for w in box.cod]
        made = b.box(box.op, [to[w] for w in box.dom], types, box.spec, box.args, box.bodies, box.mark)
        to.update(zip(box.cod, made, strict=True))
    return b.build([to[w] for w in inits], d.name)
