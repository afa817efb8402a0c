"""Positions along an axis: whether an index may stand there, how far it reaches, what size follows."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field

from diagram.bounds import at_least
from diagram.sizes import ZERO, Size
from diagram.spec import Slot
from diagram.types import Axis, Tensor
from grammar.elab.emit import Operand
from grammar.elab.env import Env, Fault, fault, word
from grammar.elab.lint import shifted
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
    linked = info is not None and (
        root(name, env) == root(axis.name, env)
        or info.base == axis.name
        or info.base.rstrip("'") == axis.stem
    )
    other = env.axis_met(axis.name) if axis.name else None
    if _named_below(index, axis, env) and fits(index.size, axis.size, env):
        return
    if index.size == axis.size and (
        not axis.name
        or linked
        or info is None
        or axis.stem == index.stem
        or (other is not None and other.base == name)
    ):
        return
    if index.size != axis.size and (
        fits(index.size, axis.size, env) if _local(name, env) else _by_where(index, axis, env)
    ):
        return
    raise fault(
        "E0319",
        f"the index `{name}` may leave the axis `{axis}`",
        node,
        f"`{name}` is {index.size}, `{axis}` is {axis.size}",
        labels=((base, f"`{base.text}` is {type_}"),),
        help=f"declare what holds, as `axis {name} = {axis}` or `where {name} <= {axis}`",
    )


def _local(name: str, env: Env) -> bool:
    """Whether an index is declared in a body, as `axis i = 2`: only such a one reads a prefix unasked."""
    for scope in env.chain():
        if name in scope.axes:
            return scope.frame_ is not None and scope.axes[name].item is not None
    return False


def _by_where(index: Axis, axis: Axis, env: Env) -> bool:
    """Whether a `where` says that this index fits into this axis: `where t <= n`."""
    return any(axis.size - index.size == fact for scope in env.chain() for fact in scope.facts)


def _named_below(index: Axis, axis: Axis, env: Env) -> bool:
    """Whether a `where` names these two: it stays true when both have become numbers."""
    return any((index.name, axis.name) in scope.below for scope in env.chain())


def root(name: str, env: Env) -> str:
    """The axis that a chain of `axis i = x` ends in."""
    seen = {""}
    while name not in seen:
        seen.add(name)
        info = env.find_axis(name)
        if info is None or not info.base:
            return name
        name = info.base
    return name


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
    own = len(place.terms) == 1 and all(space.axes[i].name == axis.name for i in place.terms)
    shifted(node, own and place.at is None, place.offset, axis, env)
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
    if env.is_open(space.axes[i].name):
        env.solve(space.axes[i].name, size)


def check_range(node: Node, place: Affine, axis: Axis, env: Env) -> None:
    """E0319 unless the read stays on the axis: proved, or at least right for all small sizes."""
    bounds = _bounds(place, env)
    if bounds is None:
        return
    low, high = bounds
    if at_least(-low, 1):
        raise fault(
            "E0319", f"`{node.text}` can be {low}, before the axis begins", node, f"`{axis}` is {axis.size}",
            help=f"counted from the end it is `size[{axis}] - {-int(low.constant)}`"
            if axis.name and not place.terms and low.constant is not None else "",
        )  # fmt: skip
    if at_least(high - axis.size, 0):
        raise _leaves(node, f"{high}", axis, f"{axis.size - 1}")
    for gap, far in ((low, low), (axis.size - 1 - high, high)):
        found = None if at_least(gap, 0) else counterexample(gap, place, env)
        if found:
            sizes = ", ".join(f"{name} = {value}" for name, value in found.items())
            open_ = {name: found.get(name, 1) for name in (*far.symbols, *axis.size.symbols)}
            value, end = far.evaluate(open_), axis.size.evaluate(open_) - 1
            raise _leaves(node, f"{value} (for {sizes})", axis, str(end))


def _leaves(node: Node, value: str, axis: Axis, end: str) -> Fault:
    return fault(
        "E0319",
        f"`{node.text}` can be {value}, but `{axis}` runs from 0 to {end}",
        node,
        f"`{axis}` is {axis.size}",
        help="shorten the index, or say what lies outside: `; pad 0`",
    )


def counterexample(gap: Size, place: Affine, env: Env) -> dict[str, int] | None:
    """Small sizes that every `where` allows and for which `gap` is negative."""
    space = env.indexing
    assert space is not None
    lengths = [space.axes[i].size for i in place.terms]
    facts = [fact for scope in env.chain() for fact in scope.facts]
    pairs = [pair for scope in env.chain() for pair in scope.divisible]
    names = sorted(gap.symbols.union(*(s.symbols for s in lengths)))
    if not names or len(names) > 4:
        return None
    for values in itertools.product(range(1, 7), repeat=len(names)):
        sizes = dict(zip(names, values, strict=True))
        try:
            fits_ = all(s.evaluate(sizes) >= 1 for s in lengths) and all(_holds(f, sizes) for f in facts)
            fits_ = fits_ and all(_divides(pair, sizes) for pair in pairs)
            if fits_ and gap.evaluate(sizes) < 0:
                return sizes
        except ZeroDivisionError:
            continue
    return None


def agree(a: Size, b: Size, env: Env) -> bool:
    """Whether two sizes with floors agree for all small sizes that every `where` allows.

    The rules of exact sizes are incomplete where quotients meet; a run compares the numbers once more.
    """
    names = sorted(a.symbols | b.symbols)
    if not names or len(names) > 4 or not any("//" in str(s) or "%" in str(s) for s in (a, b)):
        return False
    facts = [fact for scope in env.chain() for fact in scope.facts]
    pairs = [pair for scope in env.chain() for pair in scope.divisible]
    tried = 0
    for values in itertools.product(range(1, 9), repeat=len(names)):
        sizes = dict(zip(names, values, strict=True))
        if all(_holds(f, sizes) for f in facts) and all(_divides(p, sizes) for p in pairs):
            tried += 1
            if a.evaluate(sizes) != b.evaluate(sizes):
                return False
    return tried > 2


def _holds(fact: Size, sizes: dict[str, int]) -> bool:
    return not fact.symbols <= sizes.keys() or fact.evaluate(sizes) >= 0


def _divides(pair: tuple[Size, Size], sizes: dict[str, int]) -> bool:
    top, bottom = pair
    known = (top.symbols | bottom.symbols) <= sizes.keys()
    return not known or top.evaluate(sizes) % max(bottom.evaluate(sizes), 1) == 0
