"""`type Tokens[s: axis] = R[s, d]`: a type with static arguments, read anew for each use."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from diagram.errors import Span
from diagram.types import Axis, Tensor, Type, Wires
from grammar.elab.env import AxisInfo, Env, fault, kid, kids, word, word_span
from grammar.elab.nearest import suggest
from grammar.elab.values import AxisVal, Listing, Static, TypeVal, Value
from grammar.tree import Node

Read = Callable[[Node, Env, Env | None], Wires]
Slot = Callable[[Node, Env, Env | None], tuple[Axis, ...]]


@dataclass(frozen=True, slots=True, eq=False)
class GenericType(Static):
    """The item, and the scope in which its text is read."""

    item: Node
    home: Env

    @property
    def name(self) -> str:
        """As the item calls it."""
        return word(self.item)

    @property
    def generics(self) -> tuple[Node, ...]:
        """`s: axis`, ..."""
        return kids(kid(self.item, 1))

    def at(
        self, given: Node | None, use: Node, env: Env, introduce: Env | None, read: Read, slot: Slot
    ) -> Wires:
        """The type for these static arguments. Raises `Fault` E0201, E0302, E0316."""
        from grammar.elab.signature import generic_kind

        inner = self.home.child()
        axes: dict[str, Axis] = {}
        arguments = self._arguments(given, use)
        for generic in self.generics:
            star, name, kind, default, _ = generic_kind(generic)
            nodes = arguments.get(name, ())
            if star:
                inner.names[name] = Listing(tuple(AxisVal(a) for n in nodes for a in slot(n, env, introduce)))
            elif not nodes and default is None:
                raise self._missing(name, use)
            elif kind == "axis":
                assert nodes or default is not None
                found = slot(nodes[0], env, introduce) if nodes else slot(default or use, self.home, None)
                if len(found) != 1:
                    raise fault("E0307", f"`{name}` of `{self.name}` is one axis, not {len(found)}", use)
                (axes[name],) = found
                inner.axes[name] = AxisInfo(name, axes[name].size)
            else:
                inner.names[name] = self._value(kind, nodes, default, env, introduce, read)
        wires = tuple(_renamed(t, axes) for t in read(kid(self.item, 2), inner, None))
        for type_ in wires:
            _once(type_, use)
        return wires

    def check(self, read: Read) -> None:
        """Read the text once, with what is open standing for itself. Raises `Fault`."""
        from grammar.elab.signature import Opened, bind_generic

        opened = Opened(self.home.child(), [], {}, {}, {})
        for generic in self.generics:
            bind_generic(generic, {}, opened, "")
        read(kid(self.item, 2), opened.env, None)

    def _value(
        self,
        kind: str,
        nodes: Sequence[Node],
        default: Node | None,
        env: Env,
        introduce: Env | None,
        read: Read,
    ) -> Value:
        from grammar.elab.signature import static_value

        if nodes and kind in ("type", "object") and nodes[0].kind != "name":
            return TypeVal(read(nodes[0], env, introduce))
        if nodes:
            return static_value(kind, nodes[0], env)
        assert default is not None
        return static_value(kind, default, self.home)

    def _arguments(self, given: Node | None, use: Node) -> dict[str, list[Node]]:
        """The slots of each static argument: by name, or by position; a list takes what the others leave."""
        from grammar.elab.signature import generic_kind

        found: dict[str, list[Node]] = {}
        names = [word(g, 1) for g in self.generics]
        slots = kids(kid(given, 0)) if given is not None else ()
        free = [n for n in slots if n.kind != "named"]
        for n in slots:
            if n.kind == "named" and word(n) not in names:
                raise self._unknown(n, names)
            if n.kind == "named":
                found[word(n)] = [kid(n, 1)]
        left = [g for g in self.generics if word(g, 1) not in found]
        for k, generic in enumerate(left):
            take = max(0, len(free) - (len(left) - k - 1)) if generic_kind(generic)[0] else min(1, len(free))
            if take:
                found[word(generic, 1)], free = free[:take], free[take:]
        if free:
            raise fault(
                "E0302", f"`{self.name}` takes {len(names)} static arguments, and more are given", use
            )
        return found

    def _unknown(self, given: Node, names: list[str]) -> Exception:
        near = suggest(word(given), names)
        return fault(
            "E0201",
            f"`{self.name}` has no static argument `{word(given)}`",
            word_span(given),
            labels=((self._span, f"it has {', '.join(names)}"),),
            help=f"did you mean `{near}`?" if near else "",
        )

    def _missing(self, name: str, use: Node) -> Exception:
        return fault(
            "E0302",
            f"`{self.name}` needs its static argument `{name}`",
            use,
            labels=((self._span, "declared here"),),
            help=f"write `{self.name}[{', '.join(word(g, 1) for g in self.generics)}]`",
        )

    @property
    def _span(self) -> Span:
        return word_span(self.item)


def _renamed(type_: Type, axes: dict[str, Axis]) -> Type:
    if not isinstance(type_, Tensor):
        return type_
    return type_.with_axes(tuple(_axis(a, axes) for a in type_.axes))


def _axis(axis: Axis, axes: dict[str, Axis]) -> Axis:
    if axis.factors:
        return Axis.merged(tuple(_axis(f, axes) for f in axis.factors))
    return replace(axis, name=axes[axis.name].name) if axis.name in axes else axis


def _once(type_: Type, use: Node) -> None:
    names = [a.name for a in type_.axes if a.name] if isinstance(type_, Tensor) else []
    twice = next((n for n in names if names.count(n) > 1), None)
    if twice is not None:
        raise fault("E0316", f"the axis `{twice}` occurs twice in one array", use, f"this is {type_}")
