"""Items beside definitions: functors, rules and theorems, styles and figures. Loaded when a file has one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from grammar.elab.coverage import check_functor
from grammar.elab.env import Env, Fault, Later, word
from grammar.elab.functors import FunctorVal
from grammar.elab.laws import RuleVal
from grammar.elab.proofs import prove
from grammar.elab.styles import Figure, Style, figure, style
from grammar.elab.values import Static
from grammar.tree import Node

if TYPE_CHECKING:
    from grammar.elab.unit import Unit

T = TypeVar("T")
KINDS = ("functor_decl", "rule_decl", "theorem_decl", "style_decl", "figure_decl")
"""The items that are kept here."""


@dataclass(slots=True)
class Further:
    """What one file declares of these."""

    laws: list[RuleVal] = field(default_factory=list)
    functors: list[FunctorVal] = field(default_factory=list)
    styles: dict[str, Style] = field(default_factory=dict)
    figures: dict[str, tuple[Node, Env]] = field(default_factory=dict)

    def declare(self, item: Node, env: Env) -> Static | None:
        """Keep an item; the value that its name has in expressions, if it has one. Raises `Fault` E0605."""
        if item.kind == "functor_decl":
            functor = FunctorVal(item, env)
            self.functors.append(functor)
            return functor
        if item.kind in ("rule_decl", "theorem_decl"):
            law = RuleVal(item, env)
            self.laws.append(law)
            return law
        if item.kind == "style_decl":
            self.styles[word(item)] = Style(word(item), "")  # known, even if something in it is not
            self.styles[word(item)] = style(item, env)
        else:
            self.figures[word(item)] = item, env
        return None

    def figure(self, name: str) -> Figure:
        """A figure by name. Raises `KeyError`, `Fault`, `Later`."""
        node, env = self.figures[name]
        return figure(node, env, self.styles)

    def check(self, unit: Unit) -> None:
        """Rules have sides of one type, theorems proofs, functors images that fit; figures draw what
        exists."""
        for law in self.laws:
            unit.current = law.title
            _reported(unit, prove if law.is_theorem else RuleVal.sides, law)
        _each(unit, self.figure, self.figures)
        for functor in self.functors:
            unit.current = functor.title
            _reported(unit, lambda f: check_functor(f, unit.env), functor)


def _each(unit: Unit, check: Callable[[str], object], names: Iterable[str]) -> None:
    for name in names:
        _reported(unit, check, name)


def _reported(unit: Unit, check: Callable[[T], object], what: T) -> None:
    """A check whose fault is one of the file's."""
    try:
        check(what)
    except Fault as error:
        unit.report(error)
    except Later:
        return
