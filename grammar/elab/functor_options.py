"""The options of a functor: `symbols = [a, b]`, numbers that its images may use by name, and how it runs."""

from __future__ import annotations

from diagram.semirings import Semiring, symbolic
from grammar.elab.env import Env, kid, kids, optional, word
from grammar.elab.static import number
from grammar.elab.sums import Exact
from grammar.elab.values import Num, Value
from grammar.tree import Node

_OPTIONS = ("dtype", "device", "compile", "symbols", "axis", "trace", "grad")
"""Options about running; all others are names that the images may use."""


def symbol_ring(node: Node, scope: Env) -> Semiring:
    """The ring of sympy, its declared symbols in scope."""
    from diagram.symbolic import symbol

    ring = symbolic()
    for slot in _symbol_slots(node):
        scope.names[slot.text] = Exact(symbol(slot.text), ring)
    return ring


def _symbol_slots(node: Node) -> tuple[Node, ...]:
    """The names in `symbols = [a, b]`."""
    option = options_of(node).get("symbols")
    return kids(kid(kid(option, 0), 0)) if option is not None and option.kind == "array" else ()


def declared(node: Node, env: Env, title: str) -> dict[str, Value]:
    """The symbols of a functor to sympy: numbers without a value."""
    from grammar.elab.shared import SymbolVal

    return {slot.text: SymbolVal(slot.text, slot.span, node, env, title) for slot in _symbol_slots(node)}


def options_of(node: Node) -> dict[str, Node | None]:
    """The options of a functor."""
    options = optional(node, 4)
    return {word(o): optional(o, 1) for o in kids(options)} if options is not None else {}


def option_names(node: Node, scope: Env) -> None:
    """Numbers given as options are names in the images."""
    for name, expr in options_of(node).items():
        if name not in _OPTIONS and expr is not None:
            scope.names[name] = Num(number(expr, scope))
