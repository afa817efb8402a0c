"""What a call binds: formal ports, the axes and sizes found for them, and the layout of the result."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from diagram.errors import Span
from diagram.sizes import Size
from diagram.types import Axis, Hom, Ob, Tensor, Type, map_sizes
from grammar.elab.env import Env
from grammar.tree import Node


@dataclass(slots=True)
class Formal:
    """One port of a definition: its name, its type with `?x` for sizes still to find, and where it is
    declared."""

    name: str
    type: Type
    span: Span | None = None
    open: bool = False
    """The type has a `*s` or `...`: whatever axes are left, named or not, are broadcast."""


@dataclass(slots=True)
class Binding:
    """What a call fixes: sizes and types of the formal variables, and how every argument is laid out."""

    axes: dict[str, Axis] = field(default_factory=dict)
    """Formal axis name -> actual axis."""
    met: set[str] = field(default_factory=set)
    """Formal axes that an argument has bound; the others of `axes` are only written at the call."""
    sizes: dict[str, Size] = field(default_factory=dict)
    """`?x` -> size."""
    settled: dict[str, Size] = field(default_factory=dict)
    """Sizes of the caller that were open when the call was named, and are found by it."""
    types: dict[str, Type] = field(default_factory=dict)
    """Type variable `?X` -> type."""
    degree: list[Axis] = field(default_factory=list)
    ports: list[tuple[int, ...]] = field(default_factory=list)
    orders: list[tuple[int, ...]] = field(default_factory=list)
    """For each argument: its axes in the order degree, then formal."""
    layout: list[tuple[int, str]] = field(default_factory=list)
    """The axes of the first argument: (number of the degree axis, "") or (-1, name of a consumed axis)."""

    def arrange(self, names: Sequence[str]) -> list[tuple[bool, int]]:
        """The order of the result's axes: (True, degree axis) or (False, k) for the k-th of the new axes
        `names`.

        One that bears the name (or, derived, the stem) of a consumed axis keeps its slot; the others take
        the place of the consumed block if it is contiguous, else they come last.
        """
        consumed = {p: name for p, (d, name) in enumerate(self.layout) if d < 0}
        contiguous = bool(consumed) and max(consumed) - min(consumed) + 1 == len(consumed)
        slots: dict[int, int] = {}
        for ending in ("", "'"):  # first the same name, then the same stem
            for k, name in enumerate(names):
                free = [
                    p
                    for p, old in consumed.items()
                    if p not in slots and old and name.rstrip(ending) == old.rstrip(ending)
                ]
                if k not in slots.values() and len(free) == 1:
                    slots[free[0]] = k
        new = [(False, k) for k in range(len(names)) if k not in slots.values()]
        mine = {d for d, _ in self.layout}
        further = [(True, d) for d in range(len(self.degree)) if d not in mine]
        result: list[tuple[bool, int]] = []
        at = 0
        for p, (d, _) in enumerate(self.layout):
            if consumed and p == min(consumed):
                result += further
                at = len(result)
            if d >= 0:
                result.append((True, d))
            elif p in slots:
                result.append((False, slots[p]))
                at = len(result)
        if not consumed:
            result += further
        return result[:at] + new + result[at:] if contiguous else result + new


@dataclass(slots=True)
class Site:
    """The place of a call, for messages."""

    env: Env
    node: Node
    callee: str
    spans: Sequence[Span]

    def span(self, k: int) -> Node | Span:
        """The text of argument k."""
        return self.spans[k] if k < len(self.spans) else self.node


def unify(formal: Type, actual: Type, binding: Binding) -> bool:
    """Types that no axes of the caller go through; a type variable `?X` takes whatever is there, always the
    same. Arrays in the type of a function have the axes that it says, in their order.
    """
    if isinstance(formal, Ob) and formal.name.startswith("?"):
        seen = binding.types.setdefault(formal.name, actual)
        return seen == actual
    if isinstance(formal, Hom) and isinstance(actual, Hom):
        pairs = (*zip(formal.dom, actual.dom, strict=False), *zip(formal.cod, actual.cod, strict=False))
        same = len(formal.dom) == len(actual.dom) and len(formal.cod) == len(actual.cod)
        return same and all(unify(f, a, binding) for f, a in pairs)
    if isinstance(formal, Tensor) and isinstance(actual, Tensor):
        same = formal.dtype == actual.dtype and formal.names == actual.names
        return same and all(_sized(f, a, binding) for f, a in zip(formal.shape, actual.shape, strict=True))
    return map_sizes(formal, binding.sizes) == actual


def _sized(formal: Size, actual: Size, binding: Binding) -> bool:
    """Whether a size fits; the one unknown `?x` in it, if there is one, is found."""
    formal = formal.subs(binding.sizes)
    unknown = [s for s in formal.symbols if s.startswith("?")]
    if len(unknown) != 1:
        return formal == actual
    found = formal.solve(unknown[0], actual)
    if found is not None:
        binding.sizes[unknown[0]] = found
    return found is not None
