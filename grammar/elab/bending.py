"""Structure by name: cups and caps, braids and twists, traces, dimensions, and diagrams turned over.

Cups, caps and traces are wiring, unless a functor that gives them images of its own asks for boxes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from diagram.errors import Span
from diagram.hypergraph import Diagram, Mark, cap, cup
from diagram.op import Kind, Op
from diagram.ops import STANDARD
from diagram.turning import adjoint, transposed
from diagram.types import Type, Wires
from grammar.elab import recur
from grammar.elab.closing import itself
from grammar.elab.env import Env, fault
from grammar.elab.expr import form_of
from grammar.elab.forms import DiagramForm, WiringForm, fit
from grammar.elab.static import whole
from grammar.elab.structure import home, require
from grammar.elab.typing import one_type, turned, type_of
from grammar.elab.values import Form, Value, Wired
from grammar.tree import Node

if TYPE_CHECKING:
    from grammar.elab.unit import Unit

BENT = {"cup": "cup box", "cap": "cap box"}
"""What the boxes are called that stand for cups and caps where these are no wiring."""


@dataclass(frozen=True, slots=True)
class BendForm(Form):
    """`cup[A, A.r]` or `cap[A.r, A]`: one wire; a box where a functor maps cups and caps by itself."""

    title: str
    left: Type
    right: Type
    text: str

    @property
    def name(self) -> str:
        return self.text

    def arity(self) -> int | None:
        return 2 if self.title == "cup" else 0

    def dom(self) -> Wires | None:
        return (self.left, self.right) if self.title == "cup" else ()

    def apply(self, env: Env, wires: Wired, node: Node, spans: tuple[Span, ...]) -> Wired:
        both = (self.left, self.right)
        if not env.unit.explicit:
            d = cup(*both) if self.title == "cup" else cap(*both)
            return DiagramForm(d, self.text).apply(env, wires, node, spans)
        frame = env.frame
        fitted = fit(env, wires, self.dom() or (), node, self.name, spans)
        cod: Wires = () if self.title == "cup" else both
        op = Op(BENT[self.title], Kind.STRUCTURE, len(wires.ids), dom=self.dom() or (), cod=cod)
        return Wired(frame, frame.builder.box(op, frame.own(fitted), cod, mark=Mark(self.title, node.span)))


@contextmanager
def bends(unit: Unit) -> Iterator[None]:
    """While this lasts, cups and caps of a file are boxes: its diagrams are drawn as they were written."""
    saved = unit.explicit, [(s, s.bodies) for s in unit.signatures.values()]
    unit.explicit = True
    for s, _ in saved[1]:
        s.bodies = {}
    try:
        yield
    finally:
        unit.explicit = saved[0]
        for s, bodies in saved[1]:
            s.bodies = bodies


def bend(title: str) -> Callable[[tuple[Node, ...], Node, Env], Value]:
    """How `cup[...]` or `cap[...]` is read. Raises `Fault` E0301, E0302, E0324."""

    def build(slots: tuple[Node, ...], node: Node, env: Env) -> Value:
        if len(slots) != 2:
            raise fault("E0302", f"`{title}` takes two types", node, help=f"{title}[A, A.r]")
        left, right = one_type(slots[0], env), one_type(slots[1], env)
        require(env, "cup", "E0324", title, node, (left,))
        a, b = (left, right) if title == "cup" else (right, left)
        want = turned(a, 1, env)
        if want != b:
            raise fault(
                "E0301",
                f"`{left}` and `{right}` do not bend into each other",
                node,
                f"the right adjoint of {a} is {want}",
                help=f"write `{title}[{left}, {want}]`"
                if title == "cup"
                else f"write `cap[{want}, {right}]`",
            )
        return BendForm(title, left, right, node.text)

    return build


@dataclass(frozen=True, slots=True)
class CrossingForm(Form):
    """`braid[A, B] : A @ B -> B @ A`, for several wires one crossing for each pair; `unbraid` goes under."""

    title: str
    left: Wires
    right: Wires
    text: str

    @property
    def name(self) -> str:
        return self.text

    def arity(self) -> int | None:
        return len(self.left) + len(self.right)

    def dom(self) -> Wires | None:
        return self.left + self.right

    def apply(self, env: Env, wires: Wired, node: Node, spans: tuple[Span, ...]) -> Wired:
        fitted = fit(env, wires, self.left + self.right, node, self.name, spans)
        ids, b = list(env.frame.own(fitted)), env.frame.builder
        left, right = ids[: len(self.left)], ids[len(self.left) :]
        mark = Mark(self.title, node.span)
        for k in reversed(range(len(left))):  # the last wire of the left block crosses first
            for j in range(len(right)):
                types = (self.right[j], self.left[k])  # as seen from these ends
                right[j], left[k] = b.box(STANDARD[self.title], (left[k], right[j]), types, mark=mark)
        return Wired(env.frame, (*right, *left))


def _crossing(title: str) -> Callable[[tuple[Node, ...], Node, Env], Value]:
    def build(slots: tuple[Node, ...], node: Node, env: Env) -> Value:
        if len(slots) != 2:
            raise fault("E0302", f"`{title}` takes two types", node, help=f"{title}[A, B]")
        left, right = type_of(slots[0], env), type_of(slots[1], env)
        require(env, "braid", "E0321", title, node, left + right)
        return CrossingForm(title, left, right, node.text)

    return build


@dataclass(frozen=True, slots=True)
class TwistForm(Form):
    """`twist[A] : A -> A`, a full turn of a ribbon; `untwist` turns back."""

    title: str
    type: Type
    text: str

    @property
    def name(self) -> str:
        return self.text

    def arity(self) -> int | None:
        return 1

    def dom(self) -> Wires | None:
        return (self.type,)

    def apply(self, env: Env, wires: Wired, node: Node, spans: tuple[Span, ...]) -> Wired:
        ids = env.frame.own(fit(env, wires, (self.type,), node, self.name, spans))
        mark = Mark(self.title, node.span)
        return Wired(env.frame, env.frame.builder.box(STANDARD[self.title], ids, (self.type,), mark=mark))


def _twist(title: str) -> Callable[[tuple[Node, ...], Node, Env], Value]:
    def build(slots: tuple[Node, ...], node: Node, env: Env) -> Value:
        if len(slots) != 1:
            raise fault("E0302", f"`{title}` takes one type", node, help=f"{title}[A]")
        type_ = one_type(slots[0], env)
        require(env, "twist", "E0321", title, node, (type_,))
        return TwistForm(title, type_, node.text)

    return build


def _perm(slots: tuple[Node, ...], node: Node, env: Env) -> Value:
    """`perm[A @ B @ C, 2, 0, 1]`: output k is input `order[k]`."""
    types = type_of(slots[0], env) if slots else ()
    require(env, "swap", "E0321", "perm", node, types)
    order = tuple(whole(s, env).constant for s in slots[1:])
    if sorted(order, key=str) != sorted(range(len(types)), key=str):
        raise fault(
            "E0302",
            f"`{node.text}` is no permutation of {len(types)} wires",
            node,
            help="perm[A @ B @ C, 2, 0, 1]: the types, then for each output the number of its input",
        )
    return WiringForm(types, tuple(k for k in order if k is not None), node.text)


# ---------------------------------------------------------------------------------------------- loops


@dataclass(frozen=True, slots=True)
class TraceForm(Form):
    """`trace[T, f]`: the first wires of `f : T @ A -> T @ B` closed, in a category with cups and caps."""

    loop: Wires
    back: Wires
    """The dual of `loop`, wire by wire."""
    form: Form
    text: str

    @property
    def name(self) -> str:
        return self.text

    def arity(self) -> int | None:
        n = self.form.arity()
        return None if n is None else n - len(self.loop)

    def dom(self) -> Wires | None:
        dom = self.form.dom()
        return None if dom is None else dom[len(self.loop) :]

    def apply(self, env: Env, wires: Wired, node: Node, spans: tuple[Span, ...]) -> Wired:
        frame, n = env.frame, len(self.loop)
        b = frame.builder
        backs: list[Wired] = []
        if env.unit.explicit:
            pairs = [self._bend("cap", t, r).apply(env, Wired(frame, ()), node, ()) for t, r in self._pairs()]
            backs, starts = [p.pick((0,)) for p in pairs], [p.pick((1,)) for p in pairs]
        else:
            starts = [Wired(frame, (b.wire(t),)) for t in self.loop]
        given = frame.joined([*starts, wires])
        out = self.form.apply(env, given, node, (node.span,) * n + spans)
        if out.types[:n] != self.loop:
            raise fault("E0301", f"`{self.text}` cannot be closed: the first wires differ", node)
        for k, (t, r) in enumerate(self._pairs()):
            if backs:
                ends = frame.joined([backs[k], out.pick((k,))])
                self._bend("cup", t, r).apply(env, ends, node, (node.span,) * 2)
            else:
                b.join(starts[k].ids[0], frame.own(out)[k])
        return out.pick(range(n, len(out.ids)))

    def _pairs(self) -> list[tuple[Type, Type]]:
        return list(zip(self.loop, self.back, strict=True))

    def _bend(self, title: str, t: Type, r: Type) -> BendForm:
        return BendForm(title, r, t, self.text)


def _trace(slots: tuple[Node, ...], node: Node, env: Env) -> Value:
    """`trace[T, f]`; where wires bend it is wiring, elsewhere a box with a body."""
    if slots and not home(env, type_of(slots[0], env)).has("cup"):
        return recur.trace(slots, node, env)
    if len(slots) != 2:
        raise fault(
            "E0302", "`trace` takes a type and a diagram", node, help="trace[T, f] with f : T @ A -> T @ B"
        )
    loop = type_of(slots[0], env)
    return TraceForm(loop, tuple(turned(t, 1, env) for t in loop), form_of(slots[1], env), node.text)


def _dim(slots: tuple[Node, ...], node: Node, env: Env) -> Value:
    """`dim[V]`: the closed loop, a number."""
    if len(slots) != 1:
        raise fault("E0302", "`dim` takes one type", node, help="dim[V]")
    loop = type_of(slots[0], env)
    require(env, "trace", "E0405", "dim", node, loop)
    straight = WiringForm(loop, tuple(range(len(loop))), node.text)
    return TraceForm(loop, tuple(turned(t, 1, env) for t in loop), straight, node.text)


# ---------------------------------------------------------------------------------------------- turning over


@dataclass(frozen=True, slots=True)
class TurnedForm(Form):
    """`f.dagger`, `f.conj`, `f.T`: the diagram of `f` upside down, mirrored, or turned by half."""

    form: Form
    how: str
    node: Node
    env: Env

    @property
    def name(self) -> str:
        return f"{self.form.name}.{self.how}"

    def arity(self) -> int | None:
        return len(self.diagram().dom)

    def dom(self) -> Wires | None:
        return self.diagram().dom

    def diagram(self) -> Diagram:
        """The turned diagram."""
        d = itself(self.form, self.node, self.env)

        def right(t: Type) -> Type:
            return turned(t, 1, self.env)

        if self.how == "T":
            return transposed(d, right)
        return adjoint(d) if self.how == "dagger" else transposed(adjoint(d), right)

    def apply(self, env: Env, wires: Wired, node: Node, spans: tuple[Span, ...]) -> Wired:
        return DiagramForm(self.diagram(), self.name).apply(env, wires, node, spans)


TURNS = ("dagger", "conj", "T")
"""What may be written behind a diagram with a dot."""


def turned_over(form: Form, how: str, node: Node, env: Env) -> Form:
    """`f.dagger` (E0328), `f.conj` (E0328), `f.T` (E0324)."""
    if how == "T":
        require(env, "transpose", "E0324", ".T", node)
    else:
        require(env, "dagger", "E0328", f".{how}", node)
    return TurnedForm(form, how, node, env)


BENDING: dict[str, Callable[[tuple[Node, ...], Node, Env], Value]] = {
    "braid": _crossing("braid"), "unbraid": _crossing("unbraid"), "twist": _twist("twist"),
    "untwist": _twist("untwist"), "perm": _perm, "trace": _trace, "dim": _dim,
    "cup": bend("cup"), "cap": bend("cap"),
}  # fmt: skip
"""The built-ins of this module by name."""
