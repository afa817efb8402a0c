"""Beta and eta as rewrites, one step at a time: `eval(fn(x) = e, a)` is e at a, `fn(x) = f(x)` is f.

Equality holds up to both; here they are the steps. Not here: the same all at once for the derivative
(`diagram.closures`), which keeps functions that are called often.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from diagram.builder import Builder
from diagram.sharing import copy_inputs, prune
from diagram.value import Box, Diagram

Step = Callable[[Diagram], Diagram | None]


def beta(d: Diagram) -> Diagram | None:
    """The first application of a function that is made here, at any depth, replaced by the function's body.
    None if there is none.

    >>> from diagram import loads
    >>> d = loads("def f(x: R) -> R { g = fn(y: R) = sin(y) * x  return g(x) }")["f"]
    >>> [box.op.name for box in d.boxes], [box.op.name for box in beta(d).boxes]
    (['function', 'eval'], ['sin', 'contract'])
    """
    makers = {box.cod[0]: box for box in d.boxes if box.op.name == "function"}
    for k, box in enumerate(d.boxes):
        if box.op.name == "eval" and box.dom[0] in makers:
            return prune(_rebuilt(d, k, makers[box.dom[0]]))
    return _inside(d, beta)


def eta(d: Diagram) -> Diagram | None:
    """The first function that only applies another, at any depth, replaced by that; None without one."""
    for k, box in enumerate(d.boxes):
        port = _only_applies(box) if box.op.name == "function" else None
        if port is not None:
            return prune(_rebuilt(d, k, None, port))
    return _inside(d, eta)


REDUCTIONS: dict[str, Step] = {"beta": beta, "eta": eta}
"""The rewrites by name, as `normalise[beta, eta]` takes them."""


def reductions(names: tuple[str, ...], d: Diagram, limit: int = 1_000) -> Iterator[tuple[str, Diagram]]:
    """Steps of these names until none applies, each with what it gives. Raises `ValueError` past `limit`."""
    for _ in range(limit):
        found = next(((name, new) for name in names if (new := REDUCTIONS[name](d)) is not None), None)
        if found is None:
            return
        d = found[1]
        yield found
    raise ValueError(f"more than {limit} steps")


def _only_applies(box: Box) -> int | None:
    """The captured wire that a function applies to its own arguments and does nothing else."""
    (body,) = box.bodies
    n = len(box.dom) - len(body.params)
    if body.params or len(body.boxes) != 1 or body.boxes[0].op.name != "eval":
        return None
    (inner,) = body.boxes
    captured, own = body.inputs[:n], body.inputs[n:]
    if inner.dom[1:] != own or inner.cod != body.outputs or inner.dom[0] not in captured:
        return None
    return captured.index(inner.dom[0])


def _rebuilt(d: Diagram, at: int, function: Box | None, port: int = 0) -> Diagram:
    """`d` with one box replaced: by the body of a function, or by one of the wires that it reads."""
    b = Builder(d.category)
    to = dict(zip(d.inputs, copy_inputs(d, b), strict=True))
    for k, box in enumerate(d.boxes):
        dom = [to[w] for w in box.dom]
        if k != at:
            types = [d.wires[w] for w in box.cod]
            made = b.box(box.op, dom, types, box.spec, box.args, box.bodies, box.mark)
        elif function is None:
            made = (dom[port],)
        else:
            (body,) = function.bodies
            held = [to[w] for w in function.dom]
            n = len(held) - len(body.params)
            made = b.insert(body, [*held[:n], *dom[1:]], held[n:])
        for w, mine in zip(box.cod, made, strict=True):
            to[w] = mine
            b.names[mine] = b.names[mine] or d.names[w]
    return b.build([to[w] for w in d.outputs], d.name, d.doc, d.results, d.span, d.dom, d.cod)


def _inside(d: Diagram, step: Step) -> Diagram | None:
    """The step in the first body that has one."""
    for k, box in enumerate(d.boxes):
        for n, body in enumerate(box.bodies):
            new = step(body)
            if new is not None:
                bodies = (*box.bodies[:n], new, *box.bodies[n + 1 :])
                boxes = (*d.boxes[:k], box._replace(bodies=bodies), *d.boxes[k + 1 :])
                return d.with_boxes(boxes)
    return None
