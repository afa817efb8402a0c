"""Groups in tests and layers: `O[n]` to sample from, `act(g, X)`, Brauer diagrams `pairings[V, k, l]`,
`span[F, list]`."""

from __future__ import annotations

from dataclasses import dataclass

from diagram.builder import Builder
from diagram.errors import Span
from diagram.hypergraph import Diagram, Param
from diagram.ops import STANDARD
from diagram.reals import Real
from diagram.sizes import Size
from diagram.spec import Slot, Spec
from diagram.types import Axis, R, Tensor, Type, Wires
from grammar.elab.builtin import aligned
from grammar.elab.counting import limit_boxes
from grammar.elab.emit import array_type, contract
from grammar.elab.env import Env, Later, evaluate, fault
from grammar.elab.forms import DiagramForm
from grammar.elab.functors import FunctorVal
from grammar.elab.static import whole
from grammar.elab.static_defs import unfolded
from grammar.elab.structure import home, require
from grammar.elab.sums import ArrayVal
from grammar.elab.tensor_images import Image
from grammar.elab.typing import one_type
from grammar.elab.values import Form, Listing, Num, Static, Value, Wired
from grammar.tree import Node


@dataclass(frozen=True, slots=True)
class Orthogonal(Static):
    """`O[n]`: the orthogonal matrices of size n, a type to sample from."""

    size: Size

    @property
    def kind(self) -> str:
        return f"the group O[{self.size}]"

    def sample(self, env: Env, name: str) -> Wired:
        """A matrix `U Vh` from the singular vectors of a random one: all of O(n) is reached, reflections
        too."""
        b = env.frame.builder
        type_ = Tensor(R, (Axis("", self.size), Axis("", self.size)))
        x = b.input(type_, name)
        row, column, middle = (Axis(n, self.size) for n in ("i", "j", "k"))
        both = (Slot.at(0), Slot.at(1))
        spec = Spec(
            (row, column, middle),
            (both,),
            ((Slot.at(0), Slot.at(2)), (Slot.at(2),), (Slot.at(2), Slot.at(1))),
            (0, 1, 2),
        )
        cod: Wires = (Tensor(R, (row, middle)), Tensor(R, (middle,)), Tensor(R, (middle, column)))
        u, _, v = b.box(STANDARD["svd"], (x,), cod, spec)
        node = Node("unit", (), 0, 0, env.unit.tree.source)
        ins = [(Slot.at(0), Slot.at(2)), (Slot.at(2), Slot.at(1))]
        g = contract(env, (u, v), ins, both, (row, column, middle), type_.axes, node, (), name)
        return Wired(env.frame, (g,))


def orthogonal(slots: tuple[Node, ...], node: Node, env: Env) -> Value:
    """`O[n]`."""
    if len(slots) != 1:
        raise fault("E0302", "`O` takes one size", node, help="O[3]")
    return Orthogonal(whole(slots[0], env))


@dataclass(frozen=True, slots=True)
class ActForm(Form):
    """`act(g, X)`: the matrix on every axis of the array; `Y[a, b] = g[a, i] * g[b, j] * X[i, j]`."""

    @property
    def name(self) -> str:
        return "act"

    def arity(self) -> int | None:
        return 2

    def apply(self, env: Env, wires: Wired, node: Node, spans: tuple[Span, ...]) -> Wired:
        if len(wires.ids) != 2:
            raise fault("E0302", "`act` takes a matrix and an array", node, help="act(g, X)")
        g, x = env.frame.own(wires)
        matrix, array = array_type(env, g, node), array_type(env, x, node)
        n = len(array.axes)
        sizes = {a.size for a in (*matrix.axes, *array.axes)}
        if len(matrix.axes) != 2 or len(sizes) != 1:
            raise fault(
                "E0306", "`act` needs a square matrix of the size of every axis", node, f"{matrix} on {array}"
            )
        axes = [Axis(f"i{k}", a.size) for k, a in enumerate((*array.axes, *array.axes))]
        ins = [*((Slot.at(k), Slot.at(n + k)) for k in range(n)), tuple(Slot.at(n + k) for k in range(n))]
        out = tuple(Slot.at(k) for k in range(n))
        return Wired(env.frame, (contract(env, (g,) * n + (x,), ins, out, axes, array.axes, node),))


def symplectic_form(slots: tuple[Node, ...], node: Node, env: Env) -> Value:
    """`symplectic_form[n]`: the matrix `[[0, 1], [-1, 0]]` of n by n blocks."""
    if len(slots) != 1:
        raise fault("E0302", "`symplectic_form` takes one size", node)
    n = whole(slots[0], env).constant
    if n is None:
        raise Later(slots[0].text)
    rows = [[(j == i + n) - (i == j + n) for j in range(2 * n)] for i in range(2 * n)]
    return ArrayVal(tuple(tuple(Num(Real.of(int(e))) for e in row) for row in rows))


# ------------------------------------------------------------------------------------------------ pairings


def matchings(points: tuple[int, ...]) -> list[tuple[tuple[int, int], ...]]:
    """All ways to pair points; `(n - 1)!!` for an even number n, none for an odd one.

    >>> [len(matchings(tuple(range(n)))) for n in (0, 2, 4, 6, 3)]
    [1, 1, 3, 15, 0]
    """
    if not points:
        return [()]
    first, rest = points[0], points[1:]
    return [
        ((first, p), *others) for k, p in enumerate(rest) for others in matchings(rest[:k] + rest[k + 1 :])
    ]


def pairings(slots: tuple[Node, ...], node: Node, env: Env) -> Value:
    """`pairings[V, k, l]`: all diagrams `V**k -> V**l` of wires only. Raises `Fault` E0324, E0602."""
    if len(slots) != 3:
        raise fault("E0302", "`pairings` takes an object and two numbers", node, help="pairings[V, k, l]")
    type_ = one_type(slots[0], env)
    require(env, "cup", "E0324", "pairings", node, (type_,))
    k, l = (whole(s, env).constant for s in slots[1:])  # noqa: E741
    if k is None or l is None:
        raise Later(node.text)
    count = 1
    for odd in range(1, k + l, 2):
        count *= odd
    limit_boxes(env, count, node)
    found = [_paired(type_, k, l, pairs, env) for pairs in matchings(tuple(range(k + l)))]
    return Listing(tuple(DiagramForm(d, f"{node.text}[{j}]") for j, d in enumerate(found)))


def _paired(type_: Type, k: int, l: int, pairs: tuple[tuple[int, int], ...], env: Env) -> Diagram:  # noqa: E741
    b = Builder(home(env, (type_,)))
    ends = [0] * (k + l)
    for p, q in pairs:
        ends[p] = ends[q] = b.wire(type_)
    return b.build(ends[k:], inputs=ends[:k])


@dataclass(frozen=True, slots=True)
class SpanForm(Form):
    """`span[F, diagrams]`: the sum of the images, each times a learned weight."""

    functor: FunctorVal
    diagrams: tuple[Form, ...]
    node: Node

    @property
    def name(self) -> str:
        return self.node.text

    def arity(self) -> int | None:
        return self._images()[0].arity() if self.diagrams else None

    def dom(self) -> Wires | None:
        return self._images()[0].dom() if self.diagrams else None

    def _images(self) -> list[Image]:
        how = self.functor.interpretation()
        found = []
        for form in self.diagrams:
            assert isinstance(form, DiagramForm)
            d = form.diagram
            found.append(Image(how, ((Num(Real.of(1)), d),), d.dom, d.cod, self.node))
        return found

    def apply(self, env: Env, wires: Wired, node: Node, spans: tuple[Span, ...]) -> Wired:
        images = self._images()
        if not images:
            raise fault("E0303", f"`{node.text}` is a sum of nothing", node, "there are no such diagrams")
        axis = Axis("diagram", Size.of(len(images)))
        b = env.frame.builder
        weights = b.param(Tensor(R, (axis,)), Param("weight", "normal", (Real.of(0.5),), None))
        total = -1
        for k, image in enumerate(images):
            (y,) = image.apply(env, wires, node, spans).ids
            have = array_type(env, y, node)
            every = tuple(Slot.at(j) for j in range(len(have.axes)))
            ins = [(Slot((), Size.of(k)),), every]
            y = contract(env, (weights, y), ins, every, have.axes, have.axes, node)
            total = y if total < 0 else aligned(env, "add", (total, y), node)
        return Wired(env.frame, (total,))


def span(slots: tuple[Node, ...], node: Node, env: Env) -> Value:
    """How `span[F, list]` is read."""
    if len(slots) != 2:
        raise fault(
            "E0302", "`span` takes a functor and a list of diagrams", node, help="span[F, pairings[V, k, l]]"
        )
    functor, listed = evaluate(slots[0], env), unfolded(evaluate(slots[1], env), env)
    if not isinstance(functor, FunctorVal):
        raise fault("E0307", f"`{slots[0].text}` is not a functor", slots[0])
    if not isinstance(listed, Listing):
        raise fault("E0307", f"`{slots[1].text}` is not a list of diagrams", slots[1])
    return SpanForm(functor, tuple(f for f in listed.items if isinstance(f, Form)), node)
