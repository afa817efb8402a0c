"""Wiring of the category by name: `swap`, `copy`, `discard`, `id`, `spider`."""

from __future__ import annotations

from collections.abc import Callable

from diagram.hypergraph import spider
from diagram.levels import Category
from diagram.types import Ob, Wires
from grammar.elab.env import Env, fault
from grammar.elab.forms import DiagramForm, IdForm, WiringForm
from grammar.elab.typing import count, one_type, type_of
from grammar.elab.values import Value
from grammar.tree import Node


def wiring_of(title: str, needs: str, code: str) -> Callable[[tuple[Node, ...], Node, Env], Value]:
    """The rule of `swap[A, B]`, `copy[A]` and the like: wiring that a level of the category adds."""

    def build(slots: tuple[Node, ...], node: Node, env: Env) -> Value:
        types = [type_of(s, env) for s in slots]
        require(env, needs, code, title, node, sum(types, ()))
        text = node.text
        if title == "swap":
            if len(types) != 2:
                raise fault("E0302", "`swap` takes two types", node, help="swap[A, B]")
            a, b = types
            return WiringForm(a + b, (*range(len(a), len(a) + len(b)), *range(len(a))), text)
        wires = sum(types, ())
        if title == "copy":
            return WiringForm(wires, tuple(range(len(wires))) * 2, text)
        if title == "discard":
            return WiringForm(wires, (), text)
        return IdForm(wires, text)

    return build


def home(env: Env, types: Wires = ()) -> Category:
    """The category of some types: where their objects are declared, else where the text stands."""
    for type_ in types:
        if isinstance(type_, Ob) and type_.name in env.unit.homes:
            return env.unit.homes[type_.name]
    return env.category


def require(env: Env, structure: str, code: str, title: str, node: Node, types: Wires = ()) -> None:
    """The category must have a structure; else the error of its code with the level that would allow it."""
    category = home(env, types)
    if env.category.has(structure) or category.has(structure):
        return
    from diagram.levels import PROVIDERS, closure

    names = sorted(
        PROVIDERS.get(structure, (structure,)), key=lambda n: len(closure((n,))) if structure != n else 0
    )
    can = {"copy": "cannot copy", "discard": "cannot discard", "swap": "cannot swap wires"}.get(
        structure, f"has no {structure}"
    )
    raise fault(
        code,
        f"`{category.name}` {can}: `{title}`",
        node,
        f"needs a {' or '.join(names)} category",
        labels=((env.unit.category_span(category), f"`{', '.join(category.levels)}` is declared here"),),
        help=f"declare `category {category.name} : {names[0]}`",
    )


def spider_of(slots: tuple[Node, ...], node: Node, env: Env) -> Value:
    """`spider[A, m, n]`: all legs are one wire."""
    if len(slots) != 3:
        raise fault("E0302", "`spider` takes a type and two numbers", node, help="spider[A, 2, 1]")
    type_ = one_type(slots[0], env)
    require(env, "spider", "E0327", "spider", node, (type_,))
    return DiagramForm(spider(type_, count(slots[1], env), count(slots[2], env)), node.text)
