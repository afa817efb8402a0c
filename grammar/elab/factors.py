"""Product axes `(h k)` and what is known of their factors: the order they stand in, the axis they come from.

`(h k)`, `(k h)` and `(u p)` may have one size; it is no licence to take one for another.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from diagram.errors import Span
from diagram.types import Axis
from grammar.elab.env import Env, fault, word
from grammar.tree import Node, walk


def factors(axis: Axis, env: Env) -> tuple[str, ...]:
    """The names of the factors, the last one the fastest: of a product axis `(h k)`, or of an axis that is
    declared as one, `axis m = h * k`. Empty if it has none or they are not all named."""
    if axis.factors:
        names = tuple(f.name for f in axis.factors)
        return names if all(names) else ()
    node = _declared(axis.name, env)
    names = ()
    while node is not None and node.kind == "mul":
        left, right = node.kids
        assert isinstance(left, Node)
        assert isinstance(right, Node)
        names, node = (_name(right), *names), left
    return (_name(node), *names) if node is not None and names and all((_name(node), *names)) else ()


def _name(node: Node) -> str:
    return word(node) if node.kind == "name" else ""


def _declared(name: str, env: Env) -> Node | None:
    """The size that the declaration of an axis gives it, as written."""
    own = env.find_axis(name) if name else None
    if own is None:
        return None
    every = (info for scope in env.chain() if (info := scope.axes.get(name)) is not None)
    return next((info.expr for info in every if info.expr is not None and info.span == own.span), None)


def source(names: Iterable[str], at: str, others: Iterable[str], env: Env) -> str:
    """The axis among `others` that these factors were cut from, where `at` is another one: with
    `axis u = y / p` the product `(u p)` is no axis but `y`. Empty if nothing speaks against `at`."""
    nodes = (node for name in names if (node := _declared(name, env)) is not None)
    above = {_name(part) for node in nodes for part in walk(node)}
    return "" if not at or at in above else next((o for o in others if o and o in above), "")


def apart(want: Axis, have: Axis, others: Iterable[str], env: Env) -> bool:
    """Whether an axis of the right size is still not the one wanted: its factors stand in another order, or
    are cut from another axis."""
    if not (want.factors or have.factors):
        return False
    mine = factors(have, env)
    return other_order(factors(want, env), mine) or bool(source(mine, want.name, others, env))


def other_order(a: Sequence[str], b: Sequence[str]) -> bool:
    """Whether these are the same factors in two orders."""
    return bool(a) and tuple(a) != tuple(b) and sorted(a) == sorted(b)


def check_factors(want: Axis, mine: Sequence[str], others: Iterable[str], at: Node | Span, env: Env) -> None:
    """Factors `mine` stand in the place of the axis `want`. Raises `Fault` E0316."""
    right = factors(want, env)
    written = f"({' '.join(mine)})"
    if other_order(right, mine):
        order = f"({' '.join(right)})"
        declared = "" if want.factors else f", declared as {' * '.join(right)}"
        raise fault(
            "E0316",
            f"the factors of `{want}` stand in another order in `{written}`",
            at,
            f"this place is the axis `{want}`{declared}, its last factor the fastest",
            help=f"write `{order}`; names that are no factors of it split the axis in another way",
            edits=((at, order),) if isinstance(at, Node) and at.kind == "group" else (),
        )
    other = source(mine, want.name, others, env)
    if other:
        raise fault(
            "E0316",
            f"`{written}` stands in the place of the axis `{want}`",
            at,
            f"this place is the axis `{want}`; the factors are cut from `{other}`",
            help=f"put it in the place of `{other}`",
        )
