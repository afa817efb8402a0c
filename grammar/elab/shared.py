"""`learn table : [v, m]` at the level of a file: one array, shared by all that use it, under its own name."""

from __future__ import annotations

from dataclasses import dataclass, replace

from diagram.errors import Span
from diagram.hypergraph import Param
from diagram.reals import Real
from diagram.types import R, Tensor, Type
from grammar.elab.env import Env, Frame
from grammar.elab.values import Static, Value, Wired
from grammar.tree import Node

SHARED = ("shared", True)
"""The option of a learned array that belongs to a file: its path gets no prefix, and all uses are one."""


@dataclass(frozen=True, slots=True, eq=False)
class SharedArray(Static):
    """A learned array or map of a file. In a body it is made once, in the outermost body."""

    title: str
    span: Span
    node: Node
    env: Env

    @property
    def kind(self) -> str:
        return "a learned array"

    def used(self, env: Env) -> Value:
        """Its wire or map in the body being built."""
        root = outermost(env.frame)
        if self.title not in root.shared:
            root.shared[self.title] = self._made(root)
        return root.shared[self.title]

    def _made(self, root: Frame) -> Value:
        """The value with its arrays in `root`, each made unless it is there already."""
        scratch, value = self._alone()
        params = [
            (replace(p, options=(*p.options, SHARED)), scratch.builder.wires[w])
            for p, w in scratch.builder.params
        ]
        wires = [Wired(root, (w,)) for p, t in params if (w := shared_wire(root, p, t)) is not None]
        if isinstance(value, Wired):
            return wires[0]
        from grammar.elab.learn import LearnMap

        assert isinstance(value, LearnMap)
        return replace(value, weight=wires[0], bias=wires[1] if len(wires) > 1 else None)

    def _alone(self) -> tuple[Frame, Value]:
        from grammar.elab.env import kid
        from grammar.elab.learn import weight

        scratch = Frame(self.env.category)
        inner = self.env.child(scratch)
        inner.indexing = None
        return scratch, weight(self.title, self.span, kid(self.node, 1), self.node, inner)

    def param(self) -> tuple[Type, Param]:
        """Its type and initialiser. Raises `Fault` for a map."""
        from grammar.elab.env import fault

        scratch, value = self._alone()
        if not isinstance(value, Wired):
            raise fault("E0307", f"`{self.title}` is a learned map, not an array", self.span)
        ((param, w),) = scratch.builder.params
        return scratch.builder.wires[w], param


@dataclass(frozen=True, slots=True, eq=False)
class SymbolVal(SharedArray):
    """A symbol `a` of a functor to sympy: a hidden number, the same wherever it stands. Run on numbers it is
    drawn like a learned one; compared exactly it is a symbol."""

    home: str = ""

    @property
    def kind(self) -> str:
        return "a symbol"

    def _alone(self) -> tuple[Frame, Value]:
        path = f"{self.home}.{self.title}"
        options = (("origin", path), ("symbol", self.title))
        param = Param(path, "normal", (Real.of(1),), None, False, options, self.span)
        scratch = Frame(self.env.category)
        return scratch, Wired(scratch, (scratch.builder.param(Tensor(R), param),))


def outermost(frame: Frame) -> Frame:
    """The body that all surrounding ones are in."""
    while frame.parent is not None:
        frame = frame.parent
    return frame


def shared_wire(frame: Frame, param: Param, type_: Type) -> int | None:
    """The wire of an array that belongs to a file, in this body; None for one that does not."""
    if SHARED not in param.options:
        return None
    root = outermost(frame)
    for known, w in root.builder.params:
        if known.path == param.path and SHARED in known.options:
            return frame.own(Wired(root, (w,)))[0]
    return frame.own(Wired(root, (root.builder.param(type_, param),)))[0]
