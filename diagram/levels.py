"""Category levels: which structure a category has, and so which incidences are legal. One table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Level:
    """One level: the levels it includes, the structure it adds, and one line on what that allows."""

    name: str
    includes: tuple[str, ...]
    adds: tuple[str, ...]
    doc: str


LEVELS = {
    level.name: level
    for level in (
        Level("monoidal", (), ("compose", "tensor", "identity"), "composition; wires used once, in order"),
        Level("braided", ("monoidal",), ("braid", "unbraid"), "crossings by name; over and under differ"),
        Level("ribbon", ("braided", "pivotal"), ("twist", "trace", "dual"), "twists, duals and traces"),
        Level("symmetric", ("monoidal",), ("swap",), "wires may cross freely"),
        Level("markov", ("symmetric",), ("copy", "discard"), "a name used several times, or not at all"),
        Level("cartesian", ("markov",), ("natural",), "copy and discard slide through every box"),
        Level("traced", ("symmetric",), ("trace",), "loops: feedback and trace"),
        Level("rigid", ("monoidal",), ("cup", "cap", "adjoint"), "left and right adjoints, cups and caps"),
        Level("pivotal", ("rigid",), ("dual", "transpose"), "left and right adjoints agree"),
        Level("compact", ("symmetric", "pivotal", "traced"), (), "symmetric with duals: wires bend freely"),
        Level("hypergraph", ("compact",), ("spider", "copy", "discard", "relation"), "names are junctions"),
        Level("closed", ("monoidal",), ("function",), "diagrams on wires: fn, eval, curry"),
        Level("dagger", ("monoidal",), ("dagger",), "every box has an adjoint"),
    )
}


def closure(names: Iterable[str]) -> frozenset[str]:
    """These levels and all that they include. Raises `KeyError` for an unknown name."""
    found: set[str] = set()
    todo = list(names)
    while todo:
        name = todo.pop()
        if name not in found:
            found.add(name)
            todo.extend(LEVELS[name].includes)
    return frozenset(found)


def _providers() -> dict[str, tuple[str, ...]]:
    table: dict[str, list[str]] = {}
    for level in LEVELS.values():
        for structure in level.adds:
            table.setdefault(structure, []).append(level.name)
    return {structure: tuple(names) for structure, names in table.items()}


PROVIDERS = _providers()
"""The levels that add each structure: what an error suggests to declare."""


@dataclass(frozen=True, slots=True)
class Category:
    """A named category with its declared levels; `symmetric` if none is declared."""

    name: str
    levels: tuple[str, ...] = ("symmetric",)

    @property
    def closure(self) -> frozenset[str]:
        """All levels it has."""
        found = _CLOSURES.get(self.levels)
        if found is None:
            found = _CLOSURES[self.levels] = closure(self.levels)
        return found

    def has(self, structure: str) -> bool:
        """Whether the category has a structure (`"copy"`, `"swap"`, `"cup"`, ...) or level.

        >>> TENSOR.has("copy"), TENSOR.has("cup")
        (True, False)
        """
        levels = self.closure
        return structure in levels or any(level in levels for level in PROVIDERS.get(structure, ()))

    def __str__(self) -> str:
        return f"{self.name} : {', '.join(self.levels)}"


_CLOSURES: dict[tuple[str, ...], frozenset[str]] = {}

TENSOR = Category("Tensor", ("cartesian", "traced", "closed"))
"""Where a file without a `category` line lives: arrays with named axes."""
FREE = Category("Free", ("hypergraph",))
"""The default of boxes made in Python: any wiring."""
MONOIDAL = Category("Free", ("monoidal",))
"""The least category of an identity."""
SYMMETRIC = Category("Free", ("symmetric",))
"""The least category of a permutation of wires."""
MARKOV = Category("Free", ("markov",))
"""The least category of copies and discards."""
