"""What an expression can mean: a static number, a type, an axis, wires, or a form (something that takes
wires)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from diagram.errors import Span
from diagram.reals import Real
from diagram.sizes import Size
from diagram.types import Axis, DType, Wires

if TYPE_CHECKING:
    from grammar.elab.env import Env, Frame
    from grammar.tree import Node


@dataclass(frozen=True, slots=True)
class Num:
    """A static number."""

    real: Real

    @property
    def size(self) -> Size | None:
        """The number as a whole size, None if it is not one."""
        leaf = self.real.leaf
        return Size.of(leaf) if isinstance(leaf, int | Size) and not isinstance(leaf, bool) else None


@dataclass(frozen=True, slots=True)
class Truth:
    """A static condition."""

    value: bool


@dataclass(frozen=True, slots=True)
class Text:
    """A string."""

    value: str


@dataclass(frozen=True, slots=True)
class AxisVal:
    """An axis, where one is asked for."""

    axis: Axis


@dataclass(frozen=True, slots=True)
class TypeVal:
    """A type; as a diagram, its identity."""

    wires: Wires


@dataclass(frozen=True, slots=True)
class DTypeVal:
    """An element type that still may get axes: `R`, `nat[v]`."""

    dtype: DType


@dataclass(frozen=True, slots=True)
class Listing:
    """A static list, an array literal: `[1, 0]`, `["up.weight", ...]`."""

    items: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Wired:
    """Wires of a body that is being built."""

    frame: Frame
    ids: tuple[int, ...]
    ends: Wires = ()
    """The types at these ends, where they differ from the wires' own by an adjoint."""

    @property
    def types(self) -> Wires:
        """Their types as seen from these ends."""
        return self.ends or tuple(self.frame.builder.wires[w] for w in self.ids)

    def pick(self, places: Iterable[int]) -> Wired:
        """Some of them."""
        chosen = tuple(places)
        ends = tuple(self.ends[k] for k in chosen) if self.ends else ()
        return Wired(self.frame, tuple(self.ids[k] for k in chosen), ends)


class Form:
    """Something that takes wires to wires: a box, a definition, an operation, a composite. Abstract."""

    __slots__ = ()

    @property
    def name(self) -> str:
        """How messages call it."""
        return "diagram"

    def arity(self) -> int | None:
        """How many wires it takes; None if any number."""
        return None

    def dom(self) -> Wires | None:
        """The types it takes, if they are known without looking at wires."""
        return None

    def apply(self, env: Env, wires: Wired, node: Node, spans: tuple[Span, ...]) -> Wired:
        """Put it on wires. `spans[k]` is the text of wire k. Raises `Fault`."""
        raise TypeError(f"{type(self).__name__} cannot be applied")

    def mentions(self) -> Form:
        """This form as mentioned once more: learned arrays are fresh for each mention."""
        return self


class Static:
    """A value of its own kind, known while checking: a functor, a rule, an element of a ring. Abstract."""

    __slots__ = ()

    @property
    def kind(self) -> str:
        """What messages call it."""
        return "a static value"

    def used(self, env: Env) -> Value:
        """What its name means inside a body."""
        return self

    def given(self, brackets: Node, node: Node, env: Env) -> Value:
        """What square brackets behind it mean. Raises `Fault`."""
        from grammar.elab.env import fault

        raise fault("E0308", f"{self.kind} takes no static arguments", brackets)

    def member(self, name: str, node: Node, env: Env) -> Value:
        """What a name behind a dot means. Raises `Fault`."""
        from grammar.elab.env import fault

        raise fault("E0201", f"{self.kind} has no `{name}`", node)


Value = Num | Truth | Text | AxisVal | TypeVal | DTypeVal | Listing | Wired | Form | Static


def kind_of(value: Value) -> str:
    """What messages call a value of this kind."""
    names = {
        Num: "a number", Truth: "a condition", Text: "a string", AxisVal: "an axis", TypeVal: "a type",
        DTypeVal: "a type", Listing: "a list", Wired: "a wire",
    }  # fmt: skip
    return value.kind if isinstance(value, Static) else names.get(type(value), "a diagram")
