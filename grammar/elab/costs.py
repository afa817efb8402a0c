"""`cost[f, macs]` and its like: exact expressions in the axis names, counted from the diagram alone."""

from __future__ import annotations

from diagram.counts import evaluated
from diagram.reals import Real
from diagram.sizes import ZERO, Size
from diagram.slim import bytes_kept, own_wires
from diagram.value import Diagram
from grammar.elab.env import Env, fault, word
from grammar.elab.expr import form_of
from grammar.elab.nearest import suggest
from grammar.elab.optics import OpticForm, optic_of
from grammar.elab.values import Num, Value
from grammar.tree import Node

MEASURES = ("flops", "macs", "words", "depth", "calls", "residuals", "bytes")
"""What `cost` can be asked for: operations, multiply-adds, bytes moved in words of 4, the longest chain of
boxes, how often a definition is called, how many arrays the backward pass of an optic takes over, and
their bytes with R of eight."""


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
    if measure in ("residuals", "bytes"):
        form = optic_of(form_of(slots[0], env), env)
        if form is None:
            text = f"`{slots[0].text}` has no residual: it is no optic"
            raise fault("E0307", text, slots[0], help="cost[Rev[f], residuals]")
        optic = form.itself()
        return Num(Real.of(bytes_kept(optic) if measure == "bytes" else len(own_wires(optic))))
    passes = _passes(slots[0], env)
    if measure == "calls":
        if len(slots) != 3:
            raise fault("E0302", "`cost[f, calls, g]` names what is called", node)
        name = word(slots[2])
        return Num(Real.of(sum((evaluated(d, name) for d in passes), ZERO)))
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


def _work(d: Diagram, measure: str) -> Size:
    from diagram.cost import cost

    found = cost(d)
    return {"flops": found.flops, "macs": found.macs, "words": found.moved // 4}[measure]


def _depth(d: Diagram) -> int:
    """The longest chain of boxes from an input to an output."""
    from diagram.inlining import inline

    flat = inline(d)
    at: dict[int, int] = {}
    for box in flat.boxes:
        level = 1 + max((at.get(w, 0) for w in box.dom), default=0)
        at.update(dict.fromkeys(box.cod, level))
    return max((at.get(w, 0) for w in flat.outputs), default=0)
