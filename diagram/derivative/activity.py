"""Which wires a derivative has to do with: reached from what varies, and leading to what is asked."""

from __future__ import annotations

from collections.abc import Sequence

from diagram.derivative.declared import has_adjoint
from diagram.errors import Diagnostic, DiagramError, Label
from diagram.op import Kind
from diagram.ops.rules import flat
from diagram.types import Hom, Tensor, Type
from diagram.value import Box, Diagram

RULED = (Kind.CONTRACT, Kind.GATHER, Kind.SCATTER)
"""Kinds whose derivative is that of their index structure."""
OPTICS = ("call", "scan", "trace")
"""Boxes with bodies that have a derivative; `repeat` is made into these first."""


def is_smooth(type_: Type) -> bool:
    """Whether a wire of this type has a cotangent."""
    return isinstance(type_, Tensor) and type_.dtype.is_smooth


def is_flat(box: Box) -> bool:
    """Whether the derivative is zero everywhere."""
    return box.op.grad is flat or box.op.kind is Kind.SOURCE


def has_rule(box: Box) -> bool:
    """Whether the box can be differentiated."""
    op = box.op
    named = op.name in ("concat", "eval", *OPTICS)
    return named or op.grad is not None or op.kind in RULED or has_adjoint(op)


def active(d: Diagram, wanted: Sequence[bool], given: Sequence[bool]) -> set[int]:
    """The wires that depend on a wanted input and on which a given output depends. O(boxes)."""
    varied = {w for w, want in zip(d.inputs, wanted, strict=True) if want and is_smooth(d.wires[w])}
    for box in d.boxes:
        if not varied.isdisjoint(box.dom) and not is_flat(box):
            varied.update(w for w in box.cod if is_smooth(d.wires[w]) or isinstance(d.wires[w], Hom))
    useful = {w for w, has in zip(d.outputs, given, strict=True) if has}
    for box in reversed(d.boxes):
        if not useful.isdisjoint(box.cod) and not is_flat(box):
            useful.update(box.dom)
    return varied & useful


def check(d: Diagram, live: set[int]) -> None:
    """Raises `DiagramError` E0406 naming every box on the way that has no derivative."""
    bad = [box for box in d.boxes if not live.isdisjoint(box.cod) and not live.isdisjoint(box.dom)]
    bad = [box for box in bad if not has_rule(box) or (box.op.name == "eval" and box.dom[0] in live)]
    if not bad:
        return
    names = list(dict.fromkeys(box.label for box in bad))
    labels = [Label(b.mark.span, f"{b.label} has no derivative") for b in bad if b.mark and b.mark.span]
    raise DiagramError(
        Diagnostic(
            "E0406",
            f"{d.name or 'the diagram'} has no derivative: {', '.join(names)} "
            f"{'has' if len(names) == 1 else 'have'} none",
            labels[0].span if labels else d.span,
            labels[0].text if labels else "",
            labels=tuple(labels[1:]),
            help=f"put stop(...) around its argument, or give box {names[0]} with {{ grad = g }}",
        )
    )
