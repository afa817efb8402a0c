"""Names that are no diagrams: imported modules, and what an item with a syntax error declares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from diagram.errors import Span
from diagram.types import Wires
from grammar.elab.env import QUIET, Env, fault
from grammar.elab.values import Form, Wired
from grammar.tree import Node

if TYPE_CHECKING:
    from grammar.elab.unit import Unit


@dataclass(slots=True, eq=False)
class Imported(Form):
    """`import std.nn`: a module by name."""

    unit: Unit

    @property
    def name(self) -> str:
        return self.unit.path

    def apply(self, env: Env, wires: Wired, node: Node, spans: tuple[Span, ...]) -> Wired:
        raise fault("E0307", f"`{node.text}` is a module, not a diagram", node, help="write `module.name`")


@dataclass(slots=True, eq=False)
class Broken(Form):
    """What an item with a syntax error declares; using it says nothing more."""

    title: str

    @property
    def name(self) -> str:
        return self.title

    def arity(self) -> int | None:
        raise QUIET

    def dom(self) -> Wires | None:
        raise QUIET

    def apply(self, env: Env, wires: Wired, node: Node, spans: tuple[Span, ...]) -> Wired:
        raise QUIET
