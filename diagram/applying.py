"""Functions on wires put to work: an `eval` of a known `function` becomes the function's body (beta).

Used by the derivative, which follows wires and not values. Calls that take or give functions are inlined,
and what a
loop or a function captures is made inside it, so that no closure is left of what gives arrays only.
"""

from __future__ import annotations

from collections.abc import Mapping

from diagram.builder import Builder
from diagram.closures import first_order, is_higher
from diagram.inlining import inline
from diagram.sharing import copy_inputs, prune
from diagram.types import Hom
from diagram.value import Box, Diagram

_LOOPS = ("scan", "repeat", "trace", "feedback", "function")


def applied(d: Diagram) -> Diagram:
    """`d` without functions on wires, as far as they are known: the same map. Linear in the size of the
    result.
    """
    if not is_higher(d):
        return d
    found = first_order(d)
    if found is not None:
        return prune(found)
    d = inline(d, keep=lambda box: not _higher_ends(box.bodies[0]))
    while True:
        new = _pass(d)
        if new is None:
            return prune(d)
        d = inline(new, keep=lambda box: not _higher_ends(box.bodies[0]))


def _higher_ends(d: Diagram) -> bool:
    return any(isinstance(t, Hom) for t in (*d.dom, *d.cod))


def _pass(d: Diagram) -> Diagram | None:
    """Every `eval` whose function is made in this diagram, and every body; None if nothing changes."""
    b = Builder(d.category)
    to = dict(zip(d.inputs, copy_inputs(d, b), strict=True))
    makers: dict[int, Box] = {}
    changed = False
    for box in d.boxes:
        dom = [to[w] for w in box.dom]
        if box.op.name == "eval" and dom[0] in makers:
            made = _beta(b, makers[dom[0]], dom[1:])
            changed = True
        elif box.op.name == "derived" and dom[0] in makers:
            maker = _derived(makers[dom[0]])
            made = b.box(
                maker.op, maker.dom, [d.wires[w] for w in box.cod], None, maker.args, maker.bodies, maker.mark
            )
            makers[made[0]] = maker
            changed = True
        else:
            new = _within(box._replace(dom=tuple(dom)), makers)
            changed = changed or new.bodies != box.bodies or len(new.dom) != len(dom)
            types = [d.wires[w] for w in box.cod]
            made = b.box(new.op, new.dom, types, new.spec, new.args, new.bodies, new.mark)
            if box.op.name == "function":
                makers[made[0]] = new
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


def _derived(function: Box) -> Box:
    """The function that is the reverse derivative of a function, in its arguments."""
    from diagram.derivative import of_function

    (body,) = function.bodies
    return function._replace(bodies=(of_function(body, len(function.dom) - len(body.params)),))


def _within(box: Box, makers: Mapping[int, Box]) -> Box:
    """A box with bodies whose known functions are made inside, and whose bodies are applied themselves."""
    if box.op.name in _LOOPS:
        box = _pushed(box, makers)
    if not any(map(is_higher, box.bodies)):
        return box
    bodies = tuple(applied(body) for body in box.bodies)
    return (
        box if all(a is b for a, b in zip(bodies, box.bodies, strict=True)) else box._replace(bodies=bodies)
    )


def _pushed(box: Box, makers: Mapping[int, Box]) -> Box:
    """Functions that the body takes are made in it, from what they captured."""
    (body,) = box.bodies
    n = box.arg("wires") if box.op.name == "trace" else 0
    assert isinstance(n, int)
    outer = len(body.dom) - n if box.op.name != "function" else len(box.dom) - len(body.params)
    if not any(w in makers for w in box.dom[:outer]):
        return box
    new = Builder(body.category)
    names = body.input_names
    ins = [new.input(t, k) for t, k in zip(body.dom[:n], names, strict=False)]
    dom: list[int] = []
    for w, type_, name in zip(box.dom[:outer], body.dom[n:], names[n:], strict=False):
        maker = makers.get(w)
        if maker is None:
            dom.append(w)
            ins.append(new.input(type_, name))
            continue
        inner = maker.bodies[0]
        own = len(maker.dom) - len(inner.params)
        types = [*inner.dom[:own], *(inner.wires[v] for v in inner.param_wires)]
        captured = [new.input(t) for t in types]
        ins += new.box(maker.op, captured, (type_,), None, maker.args, maker.bodies, maker.mark)
        dom += maker.dom
    ins += [new.input(t, k) for t, k in zip(body.dom[n + outer :], names[n + outer :], strict=True)]
    outs = new.insert(body, ins)
    made = new.build(outs, body.name, body.doc, body.results, body.span)
    return box._replace(dom=(*dom, *box.dom[outer:]), bodies=(made,))
