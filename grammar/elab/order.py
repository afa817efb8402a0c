"""The items of a file are declared in an order of their own: what types are made of, then types, each after
those that it mentions, then what may use them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from grammar.elab.env import Env, Fault, fault, kid, optional, word, word_span
from grammar.elab.standins import Broken
from grammar.tree import Node, Token, walk

if TYPE_CHECKING:
    from grammar.elab.unit import Unit

Placed = tuple[Node, Env]
"""An item, and the scope of the category that it stands in."""
EARLY = ("axis_decl", "object_decl")


def declare(unit: Unit, items: Sequence[Node], env: Env) -> None:
    """Put items in scope; their order in the text does not matter. What is wrong with them is reported."""
    now, placed = env, []
    for item in items:
        if item.kind == "category_decl" and optional(item, 3) is None:
            try:
                now = unit.category_item(item, env)
            except Fault as error:
                unit.report(error)
        else:
            placed.append((item, now))
    for item, inside in _in_order(placed):
        try:
            if isinstance(inside, Fault):
                raise inside
            unit.item(item, inside, env)
        except Fault as error:
            unit.report(error)
            if item.kind == "type_decl":
                env.names.setdefault(word(item), Broken(word(item)))


def _in_order(items: Sequence[Placed]) -> list[tuple[Node, Env | Fault]]:
    """The items sorted; a type that is made of itself comes with E0311."""
    types = {word(item): (item, env) for item, env in items if item.kind == "type_decl"}
    done: dict[str, tuple[Node, Env | Fault]] = {}
    for name in types:
        _after(name, types, done)
    again = [p for p in items if p[0].kind == "type_decl" and types[word(p[0])][0] is not p[0]]
    early = [p for p in items if p[0].kind in EARLY]
    late = [p for p in items if p[0].kind not in (*EARLY, "type_decl")]
    return [*early, *done.values(), *again, *late]


def _after(name: str, types: dict[str, Placed], done: dict[str, tuple[Node, Env | Fault]]) -> None:
    """Put a type after those that it mentions; without recursion, for chains may be long."""
    path = [name]
    while path:
        now = path[-1]
        item, env = types[now]
        if now in done:
            path.pop()
            continue
        left = [m for m in _mentioned(item) if m in types and m not in done]
        inside = [m for m in left if m in path]
        if inside:
            done[now] = item, _cycle(item, inside[0])
        elif left:
            path.append(left[0])
        else:
            done[now] = item, env


def _mentioned(item: Node) -> list[str]:
    nodes = walk(kid(item, 2))
    return [k.text for n in nodes for k in n.kids if isinstance(k, Token) and k.kind == "NAME"]


def _cycle(item: Node, through: str) -> Fault:
    return fault(
        "E0311",
        f"the type `{word(item)}` is made of itself",
        word_span(item),
        f"its text mentions `{through}`",
        help="a type abbreviates others; write out what it stands for",
    )
