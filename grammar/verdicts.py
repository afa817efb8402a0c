"""What a failed comparison says: values shown, types that fit, and the one law that is easily missed."""

from __future__ import annotations

from diagram.hypergraph import Diagram
from diagram.levels import Category
from diagram.types import Tensor, Type, Wires
from grammar.elab.env import Env, Fault, fault
from grammar.elab.results import match_axes
from grammar.elab.tensor_images import Image
from grammar.elab.values import Listing, Num, Value
from grammar.tree import Node


def slides(f: Diagram, g: Diagram) -> bool:
    """Whether two diagrams of a markov category are equal once every box may be copied and discarded."""
    from diagram.equality import equal
    from diagram.value import make

    if not f.category.has("copy") or f.category.has("natural") or f.category.has("spider"):
        return False
    free = Category(f.category.name, (*f.category.levels, "cartesian"))
    return equal(*(make(d.flat, d.dom, d.cod, free) for d in (f, g)))


def not_natural(node: Node, env: Env) -> Fault:
    """E0323: the two sides differ only by sliding a copy or discard through a box."""
    category = env.category
    return fault(
        "E0323",
        "a copy slides through a box that may be random",
        node,
        "equal only if every box is deterministic",
        labels=((env.unit.category_span(category), "copies slide only through deterministic boxes here"),),
        help="say so where it holds: `box f : A -> B with { deterministic }`; or declare `cartesian`",
    )


def shown(value: Value) -> str:
    """A static value for a message."""
    if isinstance(value, Image):
        entries = value.entries()
        return (
            str(entries.get((), value.how.ring.zero))
            if not value.shape
            else f"an array with {len(entries)} entries"
        )
    if isinstance(value, Num):
        return str(value.real)
    if isinstance(value, Listing):
        return "[" + ", ".join(shown(v) for v in value.items) + "]"
    return str(getattr(value, "value", value))


def fits(have: Wires, want: Wires, env: Env) -> bool:
    """Whether types agree: arrays by the names of axes, or by sizes where a name is missing."""
    return len(have) == len(want) and all(_fits(h, w, env) for h, w in zip(have, want, strict=True))


def _fits(have: Type, want: Type, env: Env) -> bool:
    if not isinstance(have, Tensor) or not isinstance(want, Tensor):
        return have == want
    return have.dtype == want.dtype and match_axes(want.axes, have.axes, env) is not None
