"""Diagrams as the laws see them: definitions, loops and functions unfolded, traces wired, equal work shared.

Used before comparing; nothing here runs on the way to execution. Not here: labels, numbering, the
comparison itself.
"""

from __future__ import annotations

from diagram.builder import Builder, compress
from diagram.inlining import limit
from diagram.levels import Category
from diagram.lifting import lift
from diagram.op import Kind
from diagram.size_limits import most_unfolded
from diagram.value import Box, Diagram, Flat

BENT = frozenset(("cup", "cap", "spider", "again"))
"""Boxes of the structure that are wiring in disguise: all their wires are one."""
LIMIT = 100_000
"""Repetitions are unfolded up to so many boxes; beyond they are compared as they stand."""


def melt(d: Diagram, unfold: bool, anew: bool = False) -> Flat:
    """The wiring of `d` with cups, caps and traces as wires; with `unfold` also calls, loops and applied
    functions. With `anew` what is computed again stays apart.

    Linear in the size of the result. Raises `DiagramError` E0602 if that is too large.
    """
    flat = d.flat
    if unfold and any(box.bodies for box in flat.boxes):
        limit(d, lambda box: not _unrolls(box), most_unfolded())
    while any(_hollow(box) for box in flat.boxes):
        new = _pass(flat, d.category, unfold, anew)
        if new is None:
            return flat
        flat = new
    return flat


_HOLLOW = frozenset((Kind.BODY, Kind.STRUCTURE))


def _hollow(box: Box) -> bool:
    """Whether a box may be wiring, or hold a diagram."""
    return box.op.kind in _HOLLOW or box.op.name == "again"


def _pass(flat: Flat, category: Category, unfold: bool, anew: bool) -> Flat | None:
    """One layer: what is opened may hold more. None if there was nothing to open."""
    b = Builder(category)
    b.wires = list(flat.wires)
    b.names = list(flat.names)
    makers = {w: box for box in flat.boxes if box.op.name == "function" for w in box.cod} if unfold else {}
    changed = False
    for box in flat.boxes:
        apart = anew and box.op.name == "again"
        opened = _hollow(box) and not apart and _open(b, box, makers, unfold)
        changed = changed or opened
        if not opened:
            b.boxes.append(box)
    if not changed:
        return None
    return compress(b, flat.inputs, flat.outputs, flat.params)


def _open(b: Builder, box: Box, makers: dict[int, Box], unfold: bool) -> bool:
    """Put what a box stands for in its place, if it is to be opened."""
    name = box.op.name
    if name in BENT:
        wires = box.dom + box.cod
        for w in wires[1:]:
            b.join(wires[0], w)
        return bool(wires)
    if name == "trace":
        outs = _traced(b, box)
    elif not unfold:
        return False
    elif name == "call" and not _is_lifted_box(box):
        outs = _inserted(b, _lifted(box), box.dom)
    elif _unrolls(box):
        outs = _repeated(b, box)
    elif name == "function" and _is_eta(box):
        outs = box.dom
    elif name == "eval" and box.dom and box.dom[0] in makers:
        outs = _applied(b, makers[box.dom[0]], box)
    else:
        return False
    for v, w in zip(outs, box.cod, strict=True):
        b.join(v, w)
    return True


def _unrolls(box: Box) -> bool:
    return box.op.name == "repeat" and _turns(box) * len(box.bodies[0].boxes) <= LIMIT


def _is_lifted_box(box: Box) -> bool:
    """A declared box for every position of some axes: there is nothing in it to open."""
    boxes = box.bodies[0].boxes
    return bool(box.arg("degree")) and len(boxes) == 1 and boxes[0].op.kind is Kind.GENERATOR


def _lifted(box: Box) -> Diagram:
    """The body of a call, over the axes of its degree."""
    degree, ports = box.arg("degree"), box.arg("ports")
    if not degree:
        return box.bodies[0]
    assert isinstance(degree, tuple)
    assert isinstance(ports, tuple)
    return lift(box.bodies[0], degree, ports)


def _inserted(b: Builder, body: Diagram, wires: tuple[int, ...]) -> tuple[int, ...]:
    """The body on its explicit wires and, behind them, those of its learned arrays."""
    n = len(body.dom)
    return b.insert(body, wires[:n], wires[n:])


def _turns(box: Box) -> int:
    count = box.arg("count")
    assert isinstance(count, int)
    return count


def _repeated(b: Builder, box: Box) -> tuple[int, ...]:
    """All turns of a loop, one after the other."""
    body, count, carried, fresh = box.bodies[0], _turns(box), box.arg("carried"), box.arg("fresh")
    assert isinstance(carried, int)
    assert isinstance(fresh, int)
    n = len(body.dom)
    state, fixed = box.dom[:carried], box.dom[carried:n]
    shared = box.dom[n + count * fresh :]
    for turn in range(count):
        own = box.dom[n + turn * fresh : n + (turn + 1) * fresh]
        state = b.insert(body, state + fixed, own + shared)
    return state


def _traced(b: Builder, box: Box) -> tuple[int, ...]:
    """The body with its first wires closed to loops."""
    body, n = box.bodies[0], box.arg("wires")
    assert isinstance(n, int)
    loop = tuple([b.wire(t) for t in body.dom[:n]])
    outs = _inserted(b, body, loop + box.dom)
    for v, w in zip(loop, outs, strict=False):
        b.join(v, w)
    return outs[n:]


def _applied(b: Builder, function: Box, box: Box) -> tuple[int, ...]:
    """Beta: a function applied is its body, on the captured wires and the arguments."""
    body = function.bodies[0]
    captured = len(function.dom) - len(body.params)
    return b.insert(body, function.dom[:captured] + box.dom[1:], function.dom[captured:])


def _is_eta(box: Box) -> bool:
    """Whether a function only applies the one it captured."""
    flat = box.bodies[0].flat
    if len(flat.boxes) != 1 or len(box.dom) != 1:
        return False
    inner = flat.boxes[0]
    return inner.op.name == "eval" and inner.dom == flat.inputs and inner.cod == flat.outputs
