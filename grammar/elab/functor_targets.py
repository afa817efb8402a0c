"""The targets of functors: which there are, what kind of image they take, and what structure they keep."""

from __future__ import annotations

from collections.abc import Iterable

from diagram.errors import Diagnostic
from diagram.levels import Category
from diagram.semirings import SEMIRINGS
from grammar.elab.env import Fault, fault, kid
from grammar.tree import Node

TARGETS = {
    "numpy": "function", "torch": "function", "sympy": "function", "gauss": "function",
    "tensor": "array", "stoch": "array", "circuit": "array", "real": "array",
    "semiring": "exact",
    "cost": "cost",
    **{name: "exact" for name in SEMIRINGS if name != "real"},
}  # fmt: skip
"""Targets by name: maps of arrays (`@` is the pair), arrays of numbers (`@` is the outer product), exact
arrays."""
UNBUILT = ("discopy",)
"""Targets of the language that this version does not bring."""
_LACKS = {
    "numpy": ("cup", "spider", "braid"),
    "torch": ("cup", "spider", "braid"),
    "sympy": ("cup", "spider", "braid", "function"),
    "gauss": ("cup", "spider", "braid", "natural", "function"),
    "tensor": ("natural", "function"),
    "circuit": ("natural", "function"),
    "stoch": ("cup", "spider", "function"),
}
"""Structure that a target does not have; semirings are as `tensor`."""
_SAID = {
    "cup": "cups",
    "spider": "spiders",
    "braid": "braidings",
    "natural": "copies that slide through every box",
    "function": "diagrams on wires",
}
_HELP = {
    "cup": "matrices have them: `tensor[numpy]`",
    "spider": "matrices have them: `tensor[numpy]`",
    "braid": "matrices have them once `braid` has an image: `tensor[numpy]`",
    "natural": "functions on arrays have them: `numpy` or `torch`",
    "function": "functions on arrays have them: `numpy` or `torch`",
}


class Missing(Fault):
    """What the language has and this version does not bring; a test that needs it is skipped."""

    def __init__(self, what: str, node: Node) -> None:
        text = f"this version does not bring {what}"
        super().__init__(Diagnostic("E0407", text, node.span))
        self.reason = text


def check_level(
    target: str, source: Category, node: Node, mapped: Iterable[tuple[str, tuple[str, ...]]]
) -> None:
    """E0407 if the source has structure that the target lacks."""
    given = {name for name, _ in mapped}
    for structure in _LACKS.get(target, _LACKS["tensor"] if target in SEMIRINGS else ()):
        if source.has(structure) and structure not in given:
            place = kid(node, 3)
            raise fault(
                "E0407",
                f"`{target}` has no {_SAID[structure]}, which `{source.name}` has",
                place,
                f"`{source.name}` is {', '.join(source.levels)}",
                help=_HELP[structure],
            )
