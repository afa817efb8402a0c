"""How often a run evaluates each definition and each declared box, and how many wires it holds at one time.

Exact, from the wiring alone: equal work on equal wires counts once, as in what is compiled; what stands
behind `again` or a memory marker counts as often as it is computed. Boxes need no meaning for it.
"""

from __future__ import annotations

from diagram.again import kept
from diagram.inlining import anew, inline
from diagram.op import Kind
from diagram.sharing import prune
from diagram.sizes import ONE, ZERO, Size
from diagram.types import Axis
from diagram.value import Box, Diagram
from diagram.wiring import walk


def evaluations(d: Diagram) -> dict[str, Size]:
    """For each definition that is called and each declared box, in order of first use, how often it runs."""
    names = dict.fromkeys(name for box in walk(d) if (name := _name(box)))
    return {name: evaluated(d, name) for name in names}


def evaluated(d: Diagram, name: str) -> Size:
    """How often one run evaluates the definition or declared box `name`."""
    return _count(prune(inline(d, lambda box: _name(box) == name or anew(box), shared=True)), name)


def _name(box: Box) -> str:
    """The name of a declared box, or of the definition that a call evaluates; what only wraps a call of its
    name is none."""
    if box.op.kind is Kind.GENERATOR:
        return box.op.name
    if box.op.name != "call":
        return ""
    (body,) = box.bodies
    inner = [b.name for box in body.boxes if box.op.name == "call" for b in box.bodies]
    return "" if body.name in inner else body.name


def _count(d: Diagram, name: str) -> Size:
    total = ZERO
    for box in d.boxes:
        if _name(box) == name:
            total = total + ONE
            continue
        for body in box.bodies:
            total = total + turns(box) * _count(body, name)
    return total


def turns(box: Box) -> Size:
    """How often the body of a box runs."""
    count, axis = box.arg("count"), box.arg("axis")
    if box.op.name == "scan" and isinstance(axis, Axis):
        return axis.size
    return Size.of(count) if box.op.name == "repeat" and isinstance(count, int) else ONE


def held(d: Diagram) -> int:
    """The most wires held at one time: from where they are written to where they are last read, results to
    the end. Learned arrays are not counted."""
    flat = kept(prune(inline(d, _named, shared=True)))
    last = {w: k for k, box in enumerate(flat.boxes) for w in box.dom}
    stay = set(flat.outputs)
    alive = {w for w in flat.inputs[: len(flat.dom)] if w in last or w in stay}
    learned, most = set(flat.param_wires), len(alive)
    for k, box in enumerate(flat.boxes):
        alive.update(box.cod)
        most = max(most, len(alive))
        alive = {w for w in alive if w in stay or last.get(w, k) > k} - learned
    return most


def _named(box: Box) -> bool:
    """Calls of definitions without calls in them count as one step."""
    return bool(_name(box)) and not any(inner.op.name == "call" for inner in walk(box.bodies[0]))
