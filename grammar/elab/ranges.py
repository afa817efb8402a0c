"""Positions along an axis: whether an index may stand there, how far it reaches, what size follows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from diagram.bounds import at_least
from diagram.sizes import ZERO, Size
from diagram.spec import Slot
from diagram.types import Axis, Tensor
from grammar.elab.emit import Operand
from grammar.elab.env import Env, Fault, fault, word
from grammar.tree import Node


@dataclass(slots=True)
class Affine:
    """`sum(c * i) + offset`, and at most one array of positions."""

    terms: dict[int, Size] = field(default_factory=dict)
    offset: Size = ZERO
    at: Operand | None = None

    @property
    def slot(self) -> Slot:
        """As a slot (without the positions)."""
        return Slot(tuple((i, c) for i, c in self.terms.items() if c != 0), self.offset)


def check_plain(
    node: Node, i: int, axis: Axis, type_: Tensor, nodes: Sequence[Node | None], base: Node, env: Env
) -> None:
    """A declared index reads its own axis, one declared equal to it, or a longer one it provably fits
    into."""
    space = env.indexing
    assert space is not None
    index, name = space.axes[i], word(node)
    if index.name == axis.name:
        if index.size != axis.size:
            raise _two_sizes(node, index, axis, base)
        return
    at_home = any(
        n is not None and n.kind == "name" and word(n) == name and a.name == name
        for n, a in zip(nodes, type_.axes, strict=True)
    )
    if name in type_.names and not at_home:
        raise fault(
            "E0316",
            f"the index `{name}` stands in the place of the axis `{axis}`",
            node,
            f"this place is the axis `{axis}`",
            labels=((base, f"`{base.text}` is {type_}"),),
            help=f"the axes are, in order, {', '.join(map(str, type_.axes))}",
            edits=((node, axis.name),) if axis.name else (),
        )
    info = env.find_axis(name)
    linked = info is not None and (info.base == axis.name or info.base.rstrip("'") == axis.stem)
    other = env.find_axis(axis.name) if axis.name else None
    if index.size == axis.size and (
        not axis.name
        or linked
        or info is None
        or axis.stem == index.stem
        or (other is not None and other.base == name)
    ):
        return
    if index.size != axis.size and fits(index.size, axis.size, env):
        return
    raise fault(
        "E0319",
        f"the index `{name}` may leave the axis `{axis}`",
        node,
        f"`{name}` is {index.size}, `{axis}` is {axis.size}",
        labels=((base, f"`{base.text}` is {type_}"),),
        help=f"declare what holds, as `axis {name} = {axis}` or `where {name} <= {axis}`",
    )


def fits(inner: Size, outer: Size, env: Env) -> bool:
    """Whether `inner <= outer` is certain, from the sizes or from a `where` of the definition."""
    gap = outer - inner
    if at_least(gap, 0):
        return True
    return any(at_least(gap - fact, 0) for scope in env.chain() for fact in scope.facts)


def _two_sizes(node: Node, index: Axis, axis: Axis, base: Node) -> Fault:
    return fault(
        "E0312",
        f"the axis `{index.name}` has two sizes: {index.size} and {axis.size}",
        node,
        f"{axis.size} in `{base.text}`",
        notes=(f"here `{index.name}` is {index.size}",),
    )


def _bounds(place: Affine, env: Env, without: int | None = None) -> tuple[Size, Size] | None:
    """Least and greatest position, None if the sign of a coefficient is open."""
    space = env.indexing
    assert space is not None
    low = high = place.offset
    for i, c in place.terms.items():
        if i == without:
            continue
        span = c * (space.axes[i].size - 1)
        if at_least(c, 0, lambda _: 0):
            high = high + span
        elif at_least(-c, 0, lambda _: 0):
            low = low + span
        else:
            return None
    return low, high


def derive(node: Node, place: Affine, axis: Axis, env: Env, pad: str | None) -> None:
    """The size of the one index that is still open, from how far the read may go."""
    space = env.indexing
    assert space is not None
    open_ = [i for i in place.terms if i in space.open]
    if not open_:
        return
    if len(open_) > 1:
        names = " and ".join(f"`{space.axes[i].name}`" for i in open_)
        raise fault("E0311", f"the sizes of {names} are not determined", node, "one read can fix one size")
    (i,) = open_
    bounds = _bounds(place, env, i)
    step = place.terms[i]
    if bounds is None or not at_least(step, 1, lambda _: 1):
        raise fault("E0311", f"the size of `{space.axes[i].name}` is not determined by this read", node)
    low, high = bounds
    room = axis.size - 1 - high - (low if pad is not None else 0)
    size = room // step + 1
    if at_least(-size, 0):
        raise fault(
            "E0319", f"`{node.text}` never fits into the axis `{axis}`", node, f"`{axis}` is {axis.size}"
        )
    space.fix(i, size)


def check_range(node: Node, place: Affine, axis: Axis, env: Env) -> None:
    bounds = _bounds(place, env)
    if bounds is None:
        return
    low, high = bounds
    if at_least(-low, 1):
        raise fault(
            "E0319", f"`{node.text}` can be {low}, before the axis begins", node, f"`{axis}` is {axis.size}"
        )
    if at_least(high - axis.size, 0):
        raise fault(
            "E0319",
            f"`{node.text}` can be {high}, but `{axis}` ends at {axis.size - 1}",
            node,
            f"`{axis}` is {axis.size}",
            help="shorten the index, or say what lies outside: `; pad 0`",
        )
