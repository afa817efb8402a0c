"""`cost[f, macs]` and its like: exact expressions in the axis names, counted from the diagram alone."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from diagram.reals import Real
from diagram.sizes import ONE, ZERO, Size
from diagram.types import Axis
from diagram.value import Box, Diagram
from grammar.elab.env import Env, fault, word
from grammar.elab.expr import form_of
from grammar.elab.optics import OpticForm
from grammar.elab.static import suggest
from grammar.elab.values import Num, Value
from grammar.tree import Node

MEASURES = ("flops", "macs", "words", "depth", "calls", "residuals")
"""What `cost` can be asked for: operations, multiply-adds, bytes moved in words of 4, the longest chain of
boxes, how often a definition is called, how many arrays the backward pass of an optic takes over."""


def cost_of(slots: tuple[Node, ...], node: Node, env: Env) -> Value:
    """`cost[f, macs]`, `cost[f, calls, g]`. Raises `Fault` E0201, E0302."""
    if len(slots) < 2:
        raise fault("E0302", "`cost` takes a definition and a measure", node, help="cost[f, macs]")
    measure = slots[1].text
    if measure not in MEASURES:
        near = suggest(measure, MEASURES)
        raise fault(
            "E0201",
            f"`{measure}` is no measure of cost",
            slots[1],
            help=f"did you mean `{near}`?" if near else f"there are {', '.join(MEASURES)}",
            edits=((slots[1], near),) if near else (),
        )
    passes = _passes(slots[0], env)
    if measure == "residuals":
        if len(passes) != 2:
            text = f"`{slots[0].text}` has no residual: it is no optic"
            raise fault("E0307", text, slots[0], help="cost[Rev[f], residuals]")
        return Num(Real.of(_kept(slots[0], env)))
    if measure == "calls":
        if len(slots) != 3:
            raise fault("E0302", "`cost[f, calls, g]` names what is called", node)
        count = partial(_calls, name=word(slots[2]))
        return Num(Real.of(sum((_counted(d, count) for d in passes), ZERO)))
    if measure == "depth":
        return Num(Real.of(sum(_depth(d) for d in passes)))
    return Num(Real.of(sum((_work(d, measure) for d in passes), ZERO)))


def _passes(slot: Node, env: Env) -> tuple[Diagram, ...]:
    """The diagram, or both passes of an optic."""
    from grammar.elab.special import instance_of

    form = form_of(slot, env)
    if isinstance(form, OpticForm):
        optic = form.itself()
        return optic.forward, optic.backward
    return (instance_of(slot, env),)


def _kept(slot: Node, env: Env) -> int:
    """How many arrays the forward pass makes only for the backward one; inputs and parameters are there
    anyway."""
    form = form_of(slot, env)
    assert isinstance(form, OpticForm)
    optic = form.itself()
    forward = optic.forward
    left = forward.outputs[len(forward.outputs) - optic.residual :]
    return len(set(left) - set(forward.inputs))


def _work(d: Diagram, measure: str) -> Size:
    from diagram.cost import cost

    found = cost(d)
    return {"flops": found.flops, "macs": found.macs, "words": found.moved // 4}[measure]


def _counted(d: Diagram, count: object) -> Size:
    """The sum over all boxes, those in bodies as often as the body runs."""
    assert callable(count)
    total = ZERO
    for box in d.boxes:
        total = total + count(box)
        for body in box.bodies:
            total = total + _turns(box) * _counted(body, count)
    return total


def _turns(box: Box) -> Size:
    """How often the body of a box runs."""
    facts: Mapping[str, object] = dict(box.args)
    count, axis = facts.get("count"), facts.get("axis")
    if box.op.name == "scan" and isinstance(axis, Axis):
        return axis.size
    return Size.of(count) if isinstance(count, int) else ONE


def _calls(box: Box, name: str) -> Size:
    """1 for a call of the definition `name`, also one that computes it again; 0 for what only wraps such a
    call."""
    called = box.op.name == "call" and any(b.name == name and not _wraps(b, name) for b in box.bodies)
    return ONE if called else ZERO


def _wraps(body: Diagram, name: str) -> bool:
    """Whether a body calls the definition that it is called like."""
    return any(box.op.name == "call" and b.name == name for box in body.boxes for b in box.bodies)


def _depth(d: Diagram) -> int:
    """The longest chain of boxes from an input to an output."""
    from diagram.inlining import inline

    flat = inline(d)
    at: dict[int, int] = {}
    for box in flat.boxes:
        level = 1 + max((at.get(w, 0) for w in box.dom), default=0)
        at.update(dict.fromkeys(box.cod, level))
    return max((at.get(w, 0) for w in flat.outputs), default=0)
