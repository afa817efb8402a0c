"""Where elaboration stands: names in scope, axes in scope, the body being built, and the errors found so
far."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from diagram.errors import Diagnostic, DiagramError, Edit, Label, Span
from diagram.hypergraph import Builder
from diagram.levels import Category
from diagram.sizes import Size, symbol
from diagram.types import Axis, Type
from diagram.value import Args, Looks
from grammar.elab.values import Form, Value, Wired
from grammar.tree import Node, Token

if TYPE_CHECKING:
    from grammar.elab.feedback import Loop
    from grammar.elab.indexed import Indexing
    from grammar.elab.unit import Unit


class Fault(Exception):
    """One cause of error, found while elaborating a statement; the statement's names become unknown."""

    final = False
    """Whether the definition is left, not only the statement."""

    def __init__(self, diagnostic: Diagnostic | None) -> None:
        super().__init__(diagnostic)
        self.diagnostic = diagnostic


class Exhausted(Fault):
    """The text asks for too much."""

    final = True


class Later(Exception):
    """A definition that can be checked only where it is used: what is open in it decides."""


QUIET = Fault(None)
"""Follows from an error that is reported already: say nothing."""


@contextmanager
def told() -> Iterator[None]:
    """Raise what is wrong as `DiagramError`."""
    try:
        yield
    except Fault as error:
        raise DiagramError.of(() if error.diagnostic is None else (error.diagnostic,)) from None


def fault(
    code: str,
    message: str,
    at: Node | Span,
    label: str = "",
    labels: tuple[tuple[Node | Span | None, str], ...] = (),
    notes: tuple[str, ...] = (),
    help: str = "",
    edits: tuple[tuple[Node | Span, str], ...] = (),
) -> Fault:
    """The exception for one diagnostic; places may be nodes."""

    def place(x: Node | Span) -> Span:
        return x.span if isinstance(x, Node) else x

    return Fault(
        Diagnostic(
            code,
            message,
            place(at),
            label,
            tuple(Label(place(x), text) for x, text in labels if x is not None),
            notes,
            help,
            tuple(Edit(place(x), text) for x, text in edits),
        )
    )


@dataclass(slots=True)
class AxisInfo:
    """A declared axis. Without `size` it is derived from `expr`; without both it is generic, its size a
    symbol."""

    name: str
    size: Size | None = None
    expr: Node | None = None
    base: str = ""
    """The axis that this one is declared equal to: `axis i = x`."""
    batch: bool = False
    span: Span | None = None
    item: Span | None = None
    """The whole declaration: `k = 64`."""
    found: bool = False
    """First named in the result of a definition: its size is found in the body."""
    generic: bool = False
    """An index that a `[...]` introduced, or a generic parameter."""
    outside: bool = False
    """Left open by the file, its size given with `sizes`: definitions stay generic over it."""
    look: Args = ()
    """How figures draw it: `with { bar }`."""


def axis_looks(env: Env) -> Looks:
    """How the axes in scope are drawn, for those that say so."""
    return tuple((name, info.look) for name, info in env.axes.items() if info.look)


def sized(info: AxisInfo | None, name: str, size: Size) -> AxisInfo:
    """The same axis with its size fixed."""
    return AxisInfo(name, size) if info is None else replace(info, size=size, expr=None, generic=False)


class Frame:
    """One body under construction. Wires of surrounding bodies are captured as further inputs when used."""

    __slots__ = ("builder", "captured", "holes", "learned", "loops", "parent", "shared", "term", "uses")

    def __init__(self, category: Category, parent: Frame | None = None) -> None:
        self.builder = Builder(category)
        self.parent = parent
        self.captured: dict[int, int] = {}
        """Wire of the parent -> input here."""
        self.uses: dict[int, list[Span]] = {}
        self.holes: dict[int, tuple[str, tuple[int, ...], Node]] = {}
        """Wires that a hole gives, until its place says their types: its name, what it reads, where it
        stands."""
        self.learned: dict[str, int] = {}
        """How often a definition was mentioned, for `feed_forward_1`."""
        self.shared: dict[str, Value] = {}
        """The learned arrays of files that are used here."""
        self.loops: list[Loop] = []
        """The `feedback`s of this body, closed when it is built."""
        self.term: Form | None = None
        """The body, if it is a term without names for wires."""

    def closed(self, outs: Sequence[int]) -> Builder:
        """The builder, its loops put into boxes; `outs` are the results of the body."""
        if self.loops:
            from grammar.elab.feedback import close_loops

            close_loops(self, outs)
        return self.builder

    def joined(self, parts: Sequence[Wired]) -> Wired:
        """Wires side by side, all in this body."""
        ids = tuple(w for part in parts for w in self.own(part))
        ends: tuple[Type, ...] = ()
        if any(part.ends for part in parts):
            ends = tuple(t for part in parts for t in part.types)
        return Wired(self, ids, ends)

    def own(self, wires: Wired) -> tuple[int, ...]:
        """The wires as wires of this body, captured from outside if need be. Raises `Fault` for foreign
        ones."""
        if wires.frame is self:
            return wires.ids
        if self.parent is None:
            raise Fault(Diagnostic("E0307", "a wire of another body cannot be used here", None))
        outer = self.parent.own(wires)
        result = []
        for w in outer:
            if w not in self.captured:
                b = self.parent.builder
                self.captured[w] = self.builder.input(b.wires[w], b.names[w])
            result.append(self.captured[w])
        return tuple(result)


@dataclass(slots=True)
class Env:
    """A scope. Look-ups go outwards through `parent`."""

    unit: Unit
    parent: Env | None = None
    names: dict[str, Value] = field(default_factory=dict)
    axes: dict[str, AxisInfo] = field(default_factory=dict)
    met: dict[str, AxisInfo] = field(default_factory=dict)
    """Axes of arrays that got their names from a new index: `S[n, m] = A[n, d] * B[m, d]`."""
    frame_: Frame | None = None
    category_: Category | None = None
    indexing: Indexing | None = None
    """Set while an equation in index notation is read."""
    below: frozenset[tuple[str, str]] = frozenset()
    """Pairs of axes of which a `where` says that the first fits into the second."""
    facts: tuple[Size, ...] = ()
    """Sizes that a `where` makes at least 0."""
    divisible: frozenset[tuple[Size, Size]] = frozenset()
    """Pairs `a, b` with `a % b == 0` by a `where`."""
    spans: dict[str, Span] = field(default_factory=dict)

    def child(self, frame: Frame | None = None) -> Env:
        """A scope inside this one."""
        return Env(self.unit, self, frame_=frame, indexing=self.indexing)

    def chain(self) -> Iterator[Env]:
        """This scope and those around it."""
        env: Env | None = self
        while env is not None:
            yield env
            env = env.parent

    @property
    def frame(self) -> Frame:
        """The body being built."""
        for env in self.chain():
            if env.frame_ is not None:
                return env.frame_
        raise QUIET

    @property
    def has_frame(self) -> bool:
        """Whether wires can be made here."""
        return any(env.frame_ is not None for env in self.chain())

    @property
    def category(self) -> Category:
        """The category that the text lives in."""
        for env in self.chain():
            if env.category_ is not None:
                return env.category_
        return self.unit.category

    def find(self, name: str) -> Value | None:
        """The innermost meaning of a name (not an axis)."""
        for env in self.chain():
            if name in env.names:
                return env.names[name]
        return None

    def find_axis(self, name: str) -> AxisInfo | None:
        """The innermost axis of a name."""
        for env in self.chain():
            if name in env.axes:
                return env.axes[name]
        return None

    def axis_met(self, name: str) -> AxisInfo | None:
        """The axis of a name, declared or made by an equation."""
        return self.find_axis(name) or next((env.met[name] for env in self.chain() if name in env.met), None)

    def span_of(self, name: str) -> Span | None:
        """Where a name was declared."""
        for env in self.chain():
            if name in env.spans:
                return env.spans[name]
        return None

    def is_open(self, name: str) -> bool:
        """Whether the size of an axis is a symbol that neither the domain nor the caller fixes."""
        builder = self.frame.builder
        inputs = {
            s for w in builder.inputs for a in getattr(builder.wires[w], "axes", ()) for s in a.size.symbols
        }
        info = self.find_axis(name)
        return info is not None and info.size is None and info.expr is None and name not in inputs

    def solve(self, name: str, size: Size) -> None:
        """Fix the size of an open axis, in the scope and in all that is built already."""
        self.frame.builder.substitute({name: size})
        for env in self.chain():
            if env.frame_ is not None:
                old = env.axes.get(name)
                env.axes[name] = sized(old, name, size)
                return

    def visible(self) -> Iterator[str]:
        """All names in scope, inner ones first."""
        for env in self.chain():
            yield from env.names
            yield from env.axes


RULES: dict[str, Callable[[Node, Env], Value]] = {}
"""One rule for each kind of expression; the modules of this package register theirs."""


def rule(*kinds: str) -> Callable[[Callable[[Node, Env], Value]], Callable[[Node, Env], Value]]:
    """Register the meaning of expressions of these kinds."""

    def register(function: Callable[[Node, Env], Value]) -> Callable[[Node, Env], Value]:
        for kind in kinds:
            RULES[kind] = function
        return function

    return register


def evaluate(node: Node, env: Env) -> Value:
    """The meaning of an expression. Raises `Fault`."""
    meaning = RULES.get(node.kind)
    if meaning is None:
        raise misplaced(node)
    env.unit.effort.spend(1, node)
    return meaning(node, env)


def misplaced(node: Node) -> Fault:
    """E0307 for a part of the text that has no meaning where it stands: `x = 3` in a type, `a..b` as an
    axis."""
    return fault("E0307", f"`{node.text}` has no meaning here", node)


def kid(node: Node, k: int) -> Node:
    """Part k, which must be a node. Raises `Fault` E0307 where the text has something else there."""
    part = node.kids[k] if k < len(node.kids) else None
    if not isinstance(part, Node):
        raise misplaced(node)
    return part


def kids(node: Node) -> tuple[Node, ...]:
    """The parts that are nodes."""
    return tuple(part for part in node.kids if isinstance(part, Node))


def optional(node: Node, k: int) -> Node | None:
    """Part k, a node or None."""
    part = node.kids[k]
    return part if isinstance(part, Node) else None


def word(node: Node, k: int = 0) -> str:
    """The text of part k, which must be a word. Raises `Fault` E0307 where the text has something else
    there."""
    part = node.kids[k] if k < len(node.kids) else None
    if not isinstance(part, Token):
        raise misplaced(node)
    return part.text


def word_span(node: Node, k: int = 0) -> Span:
    """The place of part k, a word."""
    part = node.kids[k]
    assert part is not None
    return Span(node.source, part.start, part.end)


def axis_of(info: AxisInfo, env: Env) -> Axis:
    """The axis with its size as seen from `env`: derived sizes follow their parts."""
    return Axis(info.name, size_of(info, env))


def size_of(info: AxisInfo, env: Env) -> Size:
    """The size of a declared axis. Raises `Fault` E0313 if it is not whole."""
    if info.size is not None:
        return info.size
    if info.expr is None:
        return symbol(info.name)
    from grammar.elab.static import whole

    plain = Env(env.unit, env)
    plain.indexing = None
    asked = env.unit.sizing
    if any(one is info for one in asked):
        raise fault("E0311", f"the size of `{info.name}` depends on itself", info.span or info.expr)
    if not asked:
        env.unit.sized.clear()
    elif id(info) in env.unit.sized:
        return env.unit.sized[id(info)]
    asked.append(info)
    try:
        size = whole(info.expr, plain)
    finally:
        asked.pop()
    env.unit.sized[id(info)] = size
    return size


def known(types: tuple[Type, ...]) -> None:
    """Raise QUIET if a type is unknown because of an earlier error."""
    if any(type(t).__name__ == "Unknown" for t in types):
        raise QUIET
