"""Functors into arrays: `F[f]` is a network, one array for each box, contracted along its wires.

With exact entries (a semiring, Laurent polynomials, sympy) it is a static array; with numbers it is one
contraction
box, to be run or differentiated like any other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from diagram.errors import Span
from diagram.hypergraph import Diagram
from diagram.melt import melt
from diagram.network import Entries, Sparse, contract
from diagram.reals import Real
from diagram.sizes import Size
from diagram.spec import Slot
from diagram.types import Axis, Ob, R, Tensor, Type, Wires
from grammar.elab.array_images import ArrayImage, box_array, exact_entries
from grammar.elab.builtin import aligned
from grammar.elab.emit import contract as contraction
from grammar.elab.emit import filled, scaled
from grammar.elab.env import Env, fault
from grammar.elab.functors import Interpretation
from grammar.elab.sums import Exact, Linear, Scalar, coefficient, element, times
from grammar.elab.values import Form, Listing, Num, Truth, TypeVal, Value, Wired
from grammar.tree import Node


def image_type(how: Interpretation, types: Wires, node: Node) -> Value:
    """`F[T]`: one array with an axis for each dimension."""
    return TypeVal((Tensor(R, tuple(Axis("", n) for n in dims(how, types))),))


def dims(how: Interpretation, types: Wires) -> tuple[Size, ...]:
    """The sizes of the axes of some types side by side."""
    return tuple(n for t in types for n in _dims(how, t))


def _dims(how: Interpretation, type_: Type) -> tuple[Size, ...]:
    from grammar.elab.array_images import object_sizes

    if isinstance(type_, Tensor):
        return type_.shape
    assert isinstance(type_, Ob)
    sizes = object_sizes(how, type_.name)
    return sizes[::-1] if type_.adjoint % 2 else sizes


@dataclass(frozen=True, slots=True)
class Net:
    """A diagram as labels: for every box its array and the labels of its axes; those of the boundary; closed
    loops."""

    arrays: tuple[tuple[ArrayImage, tuple[int, ...]], ...]
    dom: tuple[int, ...]
    cod: tuple[int, ...]
    sizes: tuple[Size, ...]
    loops: tuple[int, ...]


def network(how: Interpretation, d: Diagram) -> Net:
    """The network of a diagram under a functor. Linear, but for the arrays of the boxes."""
    flat = melt(d, True)
    join = list(range(len(flat.wires)))

    def root(w: int) -> int:
        while join[w] != w:
            w = join[w]
        return w

    kept = []
    for box in flat.boxes:
        key = how.key(box.op, tuple(flat.wires[w] for w in box.dom), tuple(flat.wires[w] for w in box.cod))
        if key is None and box.op.name in _PLAIN:
            for v, w in zip(*_PLAIN[box.op.name](box.dom, box.cod), strict=True):
                join[root(v)] = root(w)
        else:
            kept.append((box, key))
    sizes: list[Size] = []
    labels: dict[int, tuple[int, ...]] = {}

    def at(w: int, port: Type) -> tuple[int, ...]:
        r = root(w)
        if r not in labels:
            base = replace(port, adjoint=0) if isinstance(port, Ob) else port
            mine = _dims(how, base)
            labels[r] = tuple(range(len(sizes), len(sizes) + len(mine)))
            sizes.extend(mine)
        return labels[r][::-1] if isinstance(port, Ob) and port.adjoint % 2 else labels[r]

    arrays = []
    for box, key in kept:
        ins = box.op.dom or tuple(flat.wires[w] for w in box.dom)
        outs = box.op.cod or tuple(flat.wires[w] for w in box.cod)
        ports = [*zip(box.dom, ins, strict=True), *zip(box.cod, outs, strict=True)]
        axes = tuple(x for w, t in ports for x in at(w, t))
        arrays.append((box_array(how, box, key, ins, outs), axes))
    dom = tuple(x for w, t in zip(flat.inputs, d.dom, strict=False) for x in at(w, t))
    cod = tuple(x for w, t in zip(flat.outputs, d.cod, strict=True) for x in at(w, t))
    seen = {*dom, *cod, *(x for _, axes in arrays for x in axes)}
    loops = [x for w, t in enumerate(flat.wires) for x in at(w, t) if x not in seen]
    return Net(tuple(arrays), dom, cod, tuple(sizes), tuple(dict.fromkeys(loops)))


_PLAIN = {
    "braid": lambda dom, cod: (dom, cod[::-1]),
    "unbraid": lambda dom, cod: (dom, cod[::-1]),
    "twist": lambda dom, cod: (dom, cod),
    "untwist": lambda dom, cod: (dom, cod),
    "cup box": lambda dom, cod: (dom[:1], dom[1:]),
    "cap box": lambda dom, cod: (cod[:1], cod[1:]),
}
"""What structure is if the functor says nothing: crossings swap, twists do nothing, bends join."""


@dataclass(frozen=True, slots=True)
class Image(Linear):
    """`F[f]` for a target of arrays: a sum of networks. Its inputs are one array, its outputs another."""

    how: Interpretation
    terms: tuple[tuple[Scalar, Diagram], ...]
    into: Wires
    out: Wires
    node: Node

    @property
    def name(self) -> str:
        return self.node.text

    @property
    def exact(self) -> bool:
        """Whether its entries are known while checking."""
        return self.how.kind == "exact"

    @property
    def shape(self) -> tuple[Size, ...]:
        """Sizes of the axes: those of the inputs, then those of the outputs."""
        return dims(self.how, self.into) + dims(self.how, self.out)

    def arity(self) -> int | None:
        return 1 if self.into else 0

    def dom(self) -> Wires | None:
        return (Tensor(R, tuple(Axis("", n) for n in dims(self.how, self.into))),) if self.into else ()

    def scaled(self, by: Scalar, node: Node) -> Linear:
        return replace(self, terms=tuple((times(by, c, node), d) for c, d in self.terms))

    def plus(self, other: Linear, node: Node) -> Linear:
        if not isinstance(other, Image) or (other.how is not self.how):
            raise fault("E0307", f"`{node.text}` adds images under different functors", node)
        if (other.into, other.out) != (self.into, self.out):
            raise fault("E0301", f"`{node.text}` adds diagrams of different types", node)
        return replace(self, terms=self.terms + other.terms)

    # ------------------------------------------------------------------------------------------- exact

    def entries(self) -> Entries:
        """All entries that are not zero, by position. Raises `Fault`."""
        ring = self.how.ring
        total: dict[tuple[int, ...], object] = {}
        for by, d in self.terms:
            factor = coefficient(by, ring, self.node)
            for place, value in exact_contraction(self.how, d).items():
                more = ring.mul(factor, value)
                total[place] = ring.add(total[place], more) if place in total else more
        return {p: v for p, v in total.items() if v != ring.zero}

    def entry(self, place: Sequence[int], node: Node) -> Value:
        """One entry as a static value. Raises `Fault` E0302, E0319."""
        if len(place) != len(self.shape):
            raise fault(
                "E0302",
                f"`{self.name}` has {len(self.shape)} axes, and {len(place)} positions are given",
                node,
            )
        for k, size in zip(place, self.shape, strict=True):
            if not 0 <= k < fixed(size, node):
                raise fault("E0319", f"the position {k} is outside an axis of size {size}", node)
        value = self.entries().get(tuple(place), self.how.ring.zero)
        if isinstance(value, bool):
            return Truth(value)
        return (
            Num(Real.of(value)) if isinstance(value, int | float | complex) else Exact(value, self.how.ring)
        )

    # ------------------------------------------------------------------------------------------- wires

    def apply(self, env: Env, wires: Wired, node: Node, spans: tuple[Span, ...]) -> Wired:
        """On an array whose axes are those of the inputs, in order. Raises `Fault` E0302, E0306."""
        if self.exact:
            raise fault(
                "E0307",
                f"`{self.name}` has entries in `{self.how.ring.name}`, and wires carry numbers",
                node,
                help="read an entry: `F[f](0, 1)`",
            )
        x: int | None = None
        axes: tuple[Axis, ...] = ()
        if self.into:
            if len(wires.ids) != 1:
                raise fault(
                    "E0302", f"`{self.name}` takes one array, but {len(wires.ids)} wires are given", node
                )
            (x,) = env.frame.own(wires)
            have = env.frame.builder.wires[x]
            want = dims(self.how, self.into)
            if not isinstance(have, Tensor) or have.shape != want:
                shown = ", ".join(map(str, want))
                raise fault(
                    "E0306", f"`{self.name}` takes an array of the shape [{shown}]", node, f"this is {have}"
                )
            axes = have.axes
        elif wires.ids:
            raise fault("E0302", f"`{self.name}` takes no wires, but {len(wires.ids)} are given", node)
        named = axes if dims(self.how, self.out) == tuple(a.size for a in axes) else ()
        return Wired(env.frame, (self._wire(env, x, (), False, named, node),))

    def array(self, env: Env, node: Node) -> Wired:
        """The whole array, inputs and outputs, as a wire."""
        return Wired(env.frame, (self._wire(env, None, (), True, (), node),))

    def at(self, env: Env, place: tuple[int, ...], node: Node) -> Wired:
        """One entry of the array as a wire."""
        return Wired(env.frame, (self._wire(env, None, place, True, (), node),))

    def _wire(
        self,
        env: Env,
        x: int | None,
        place: tuple[int, ...],
        whole: bool,
        named: tuple[Axis, ...],
        node: Node,
    ) -> int:
        total = -1
        for by, d in self.terms:
            if isinstance(by, Exact):
                raise fault("E0307", f"`{node.text}` multiplies an array by {by.kind}", node)
            net = network(self.how, d)
            w = scaled(env, _contracted(env, net, x, place, whole, named, node), by.real, node)
            total = w if total < 0 else aligned(env, "add", (total, w), node)
        return total


def exact_contraction(how: Interpretation, d: Diagram) -> Entries:
    """The array of one diagram over the semiring of the functor."""
    net = network(how, d)
    ring = how.ring
    node = how.functor.node
    sizes = {k: fixed(n, node) for k, n in enumerate(net.sizes)}
    arrays = [Sparse(axes, exact_entries(how, image, [sizes[x] for x in axes])) for image, axes in net.arrays]
    return contract(arrays, (*net.dom, *net.cod), sizes, net.loops, ring)


def fixed(size: Size, node: Node) -> int:
    """A size as a number. Raises `Fault` E0333."""
    if size.constant is None:
        raise fault("E0333", f"the size {size} must be known to contract exactly", node)
    return size.constant


def _contracted(
    env: Env,
    net: Net,
    x: int | None,
    place: tuple[int, ...],
    whole: bool,
    named: tuple[Axis, ...],
    node: Node,
) -> int:
    """One contraction box: the arrays of the boxes, the input, ones and unit matrices where an axis is
    bare."""
    axes = [Axis(f"i{k}", n) for k, n in enumerate(net.sizes)]
    ends = (*net.dom, *net.cod) if whole else net.cod
    wires = [image.wire(env, tuple(axes[k].size for k in labels), node) for image, labels in net.arrays]
    maps = [[Slot.at(k) for k in labels] for _, labels in net.arrays]
    if x is not None:
        wires.append(x)
        maps.append([Slot.at(k) for k in net.dom])
    out: list[int] = []
    for label in ends:
        used = any(s.index == label for m in maps for s in m)
        if label in out or not used:
            copy = label
            if label in out:
                copy = len(axes)
                axes.append(Axis(f"i{copy}", axes[label].size))
            wires.append(_bare(env, axes[label], axes[copy], node))
            maps.append([Slot.at(label)] if copy == label else [Slot.at(label), Slot.at(copy)])
            out.append(copy)
        else:
            out.append(label)
    if place:
        fixed_at = dict(zip(out, place, strict=True))
        maps = [[Slot((), Size.of(fixed_at[s.index])) if s.index in fixed_at else s for s in m] for m in maps]
        out = []
    scale = Real.of(1)
    for label in net.loops:
        scale = scale * Real.of(net.sizes[label])
    if not wires:
        return filled(env, scale, Tensor(R), node)
    result = named or tuple(Axis("", axes[k].size) for k in out)
    w = contraction(env, wires, [tuple(m) for m in maps], tuple(Slot.at(k) for k in out), axes, result, node)
    return scaled(env, w, scale, node)


def _bare(env: Env, row: Axis, column: Axis, node: Node) -> int:
    """Ones along an axis, or the unit matrix of two."""
    from diagram.ops import STANDARD
    from diagram.spec import Spec

    if row is column:
        return filled(env, Real.of(1), Tensor(R, (row,)), node)
    type_ = Tensor(R, (row, column))
    spec = Spec(type_.axes, (), ((Slot.at(0), Slot.at(1)),), (0, 1))
    (w,) = env.frame.builder.box(STANDARD["eye"], (), (type_,), spec, (("dtype", R),))
    return w


# ------------------------------------------------------------------------------------------------ in tests


def entry_of(form: Form, args: Sequence[Value], node: Node, env: Env) -> Value | None:
    """`F[f](0, 3)`: the entry at static positions; None if this is an ordinary call."""
    if not isinstance(form, Image):
        return None
    numbers = [a.real.number for a in args if isinstance(a, Num)]
    if len(numbers) != len(args) or not all(isinstance(k, int) for k in numbers):
        return None
    place = tuple(k for k in numbers if isinstance(k, int))
    if form.exact:
        return form.entry(place, node)
    if place and len(place) == len(form.shape):
        return form.at(env, place, node)
    return None


def same_entries(a: Value, b: Value, node: Node) -> bool | None:
    """Whether two exact values are equal; None if one is not exact."""
    left, right = _entries(a, b), _entries(b, a)
    return None if left is None or right is None else _agree(left, right, a, b)


def _agree(left: Entries, right: Entries, a: Value, b: Value) -> bool:
    shapes = [v.shape for v in (a, b) if isinstance(v, Image)]
    return dict(left) == dict(right) and all(s == shapes[0] for s in shapes)


def _entries(value: Value, other: Value) -> Entries | None:
    if isinstance(value, Image):
        return value.entries() if value.exact else None
    ring = other.how.ring if isinstance(other, Image) else other.ring if isinstance(other, Exact) else None
    if isinstance(value, Exact):
        ring = value.ring
    if ring is None or isinstance(value, Listing) or not isinstance(value, Num | Exact):
        return None
    entry = element(value, ring, value_node(other))
    return {(): entry} if entry != ring.zero else {}


def value_node(value: Value) -> Node:
    """A place for messages."""
    if isinstance(value, Image):
        return value.node
    from diagram.errors import Source

    return Node("unit", (), 0, 0, Source("", ""))
