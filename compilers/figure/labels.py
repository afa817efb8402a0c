"""Which wires bear a label: where they begin, and where the type is news."""

from __future__ import annotations

from compilers.figure.dress import label_of, wire_values
from compilers.figure.face import SMALL, axis_line, type_line, type_text
from compilers.figure.net import BOX, CAP, DOT, IN, OUT, Arc
from compilers.figure.plan import Plan
from compilers.figure.scene import PT
from compilers.figure.sheet import quantity
from compilers.figure.text import line
from diagram.types import Ob, Tensor, Type

LETTER = 10 * PT
"""Size of the name of an axis."""


def choose_labels(plan: Plan) -> None:
    """Which arcs bear the type of their wire: where it begins, and where it is not that of what went in."""
    kinds = set(plan.d.wires)
    plan.single = single = len(kinds) == 1 and all(isinstance(t, Ob) for t in kinds)
    if plan.options.labels == "none":
        return
    for arc in plan.net.arcs:
        if _starts(plan, arc) and (plan.options.labels == "all" or _is_news(plan, arc, single)):
            _write(plan, arc)


def _starts(plan: Plan, arc: Arc) -> bool:
    """Whether a wire begins with this arc."""
    tail = arc.tail
    if tail.kind == BOX:
        return plan.d.boxes[tail.ref].op.name not in ("braid", "unbraid", "twist", "untwist", "cap box")
    if tail.kind == DOT:
        return not tail.ins and arc is tail.outs[0]
    if tail.kind == CAP and tail.partner is not None:
        return not arc.rail and not tail.partner.outs[0].rail
    return tail.kind == IN and (plan.title is None or plan.is_circuit)


def _write(plan: Plan, arc: Arc) -> None:
    """The type of a wire; in a circuit a letter for each lane."""
    kind = port_type(plan, arc)
    sheet = plan.options.sheet
    values = wire_values(sheet, plan.d, arc.wire)
    if values.get("hidden") is True:
        return
    text, size = label_of(values), quantity(values.get("font_size")) or SMALL
    if not plan.is_circuit:
        plan.labels[id(arc)] = (
            type_line(kind, size, 140 * PT, sheet.axis) if text is None else line(text, size, limit=140 * PT)
        )
        return
    if isinstance(kind, Tensor):
        letters = [axis_line(axis, LETTER, sheet.axis(axis.name), italic=True) for axis in kind.axes]
    else:
        letters = [line(text or type_text(kind), LETTER, italic=True, limit=80 * PT)]
    if letters:
        plan.letters[id(arc)] = letters
        plan.labels[id(arc)] = max(letters, key=lambda one: one.width)


def _is_news(plan: Plan, arc: Arc, single: bool) -> bool:
    """Whether the type says something new: in a diagram over one object only its inputs do."""
    if arc.tail.kind != BOX:
        return not single or arc.tail.kind == IN
    kind = plan.d.wires[arc.wire]
    before = {plan.d.wires[a.wire] for a in arc.tail.ins}
    return before != {kind} or (arc.head.kind == OUT and plan.title is None and not single)


def port_type(plan: Plan, arc: Arc) -> Type:
    """The type at the beginning of an arc: that of the port, which may be an adjoint of the wire's."""
    tail = arc.tail
    if tail.kind == BOX:
        declared = plan.d.boxes[tail.ref].op.cod
        if len(declared) == len(tail.outs):
            return declared[arc.tail_port]
    if tail.kind == IN and tail.ref < len(plan.d.dom):
        return plan.d.dom[tail.ref]
    return plan.d.wires[arc.wire]
