"""Functions on wires put to work: an `eval` of a known `function` becomes the function's body (beta).

Used by the derivative, which follows wires and not values; calls that take or give functions are inlined first.
"""

from __future__ import annotations

from diagram.builder import Builder
from diagram.inlining import inline
from diagram.sharing import copy_inputs, prune
from diagram.types import Hom
from diagram.value import Box, Diagram


def applied(d: Diagram) -> Diagram:
    """`d` without functions on wires, as far as they are known: the same map. Linear in the size of the result."""
    if not _higher(d):
        return d
    d = inline(d, keep=lambda box: not _higher_ends(box.bodies[0]))
    while True:
        new = _pass(d)
        if new is None:
            return prune(d)
        d = inline(new, keep=lambda box: not _higher_ends(box.bodies[0]))


def _higher(d: Diagram) -> bool:
    return any(isinstance(t, Hom) for t in d.wires)


def _higher_ends(d: Diagram) -> bool:
    return any(isinstance(t, Hom) for t in (*d.dom, *d.cod))


def _pass(d: Diagram) -> Diagram | None:
    """Every `eval` whose function is made in this diagram; None if there is none."""
    b = Builder(d.category)
    to = dict(zip(d.inputs, copy_inputs(d, b), strict=True))
    makers: dict[int, Box] = {}
    changed = False
    for box in d.boxes:
        dom = [to[w] for w in box.dom]
        if box.op.name == "eval" and dom[0] in makers:
            made = _beta(b, makers[dom[0]], dom[1:])
            changed = True
        else:
            types = [d.wires[w] for w in box.cod]
            made = b.box(box.op, dom, types, box.spec, box.args, box.bodies, box.mark)
            if box.op.name == "function":
                makers[made[0]] = box._replace(dom=tuple(dom))
        for w, mine in zip(box.cod, made, strict=True):
            to[w] = mine
            b.names[mine] = b.names[mine] or d.names[w]
    if not changed:
        return None
    return b.build([to[w] for w in d.outputs], d.name, d.doc, d.results, d.span, d.dom, d.cod)


def _beta(b: Builder, function: Box, arguments: list[int]) -> tuple[int, ...]:
    """The body on the captured wires, the arguments and its learned arrays."""
    (body,) = function.bodies
    captured = len(function.dom) - len(body.params)
    return b.insert(body, [*function.dom[:captured], *arguments], function.dom[captured:])
