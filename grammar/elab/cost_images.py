"""Functors into `cost`: every box has a price, a number that may have sizes in it, and `F[f]` is the sum."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diagram.hypergraph import Diagram
from diagram.melt import melt
from diagram.op import Kind
from diagram.reals import Real
from grammar.elab.env import fault, kid, optional, word
from grammar.elab.static import number
from grammar.elab.values import Num
from grammar.tree import Node

if TYPE_CHECKING:
    from grammar.elab.functors import Interpretation


def price(how: Interpretation, item: Node) -> Real:
    """The number that a `box` line gives. Raises `Fault` E0404."""
    params = optional(item, 2)
    if params is not None:
        raise fault(
            "E0404", f"`{word(item)}` needs a number under `cost`", params, help=f"box {word(item)} = 3"
        )
    return number(kid(item, 3), how.scope)


def cost_image(how: Interpretation, d: Diagram, node: Node) -> Num:
    """`F[f]`: the prices of all boxes added up, loops as often as they turn. Raises `Fault` E0403."""
    total = Real.of(0)
    for box in melt(d, True).boxes:
        key = how.key(box.op, box.op.dom, box.op.cod)
        if key is not None:
            total = total + price(how, how.boxes[key])
        elif box.op.kind == Kind.BODY:
            raise fault(
                "E0403",
                f"`{box.label}` has no price under `{how.functor.title}`",
                node,
                "a loop over an axis",
                help="`cost[f, flops]` counts the work of loops over axes",
            )
    return Num(total)
