"""Slips of the pen in an equation: a name that would be summed, positions on two axes side by side, a value
for what a sum leaves out."""

from __future__ import annotations

from collections.abc import Collection

from grammar.elab.env import Env, fault, kid
from grammar.elab.indexed import Product, Sum
from grammar.elab.ranges import root
from grammar.tree import Node


def check_slips(parts: Sum, wanted: Collection[int], env: Env) -> None:
    """A new name that occurs once, on an axis of another name, and would be summed, is a slip of the pen; so
    it is on an axis without a name, where an index of that size stands on the left only. Raises `Fault`
    E0318."""
    idle = [i for i in wanted if all(i not in p.free for p in parts)]
    if len(idle) == 1 and len(parts) == 1:
        _check_idle(idle[0], parts[0], env)
    for p in parts:
        _check_term(p, wanted, idle, env)


def _check_idle(i: int, p: Product, env: Env) -> None:
    """An index that stands on the left only repeats the value; not where its partner, `axis j = n`, is in two
    factors: `S[n, j] = P[n, z] * Q[n, z]`. Raises `Fault` E0318."""
    space = env.indexing
    assert space is not None
    names = {k: name for name, k in space.numbers.items()}
    mates = [k for k in p.free if k in names and i in names and root(names[k], env) == root(names[i], env)]
    for k in mates:
        if sum(any(j == k for s in m for j, _ in s.terms) for m in p.slots) > 1:
            raise fault(
                "E0318",
                f"`{names[i]}` stands only on the left, while `{names[k]}` is in two factors",
                space.spans[i],
                f"the value would be repeated along `{names[i]}`",
                help=f"read one of them at `{names[i]}`; to repeat a value, multiply by `ones[{names[i]}]`",
            )


def _check_term(p: Product, wanted: Collection[int], idle: list[int], env: Env) -> None:
    space = env.indexing
    assert space is not None
    for i, axis in space.new.items():
        uses = sum(1 for m in p.slots for s in m for j, _ in s.terms if j == i)
        near = axis.name or next((space.axes[j].name for j in idle if space.axes[j].size == axis.size), "")
        if i not in wanted and uses == 1 and near and near != space.axes[i].name:
            index = space.axes[i].name
            raise fault(
                "E0318",
                f"the index `{index}` is new, occurs once, and would be summed",
                space.spans[i],
                f"this place is the axis `{near}`",
                help=f"did you mean `{near}`? A sum over it under another name: `axis {index} = {near}`",
                edits=((space.spans[i], near),),
            )


def check_pairs(env: Env) -> None:
    """Positions on two axes are subtracted or compared, while each has its own partner in the equation:
    `p - b` beside `axis a = p, b = q`. Raises `Fault` E0316."""
    space = env.indexing
    assert space is not None
    roots = {i: root(name, env) for name, i in space.numbers.items()}
    names = {i: name for name, i in space.numbers.items()}
    for i, j, node in space.beside:
        if i not in roots or j not in roots or roots[i] == roots[j]:
            continue
        mates = [next((k for k in roots if k != n and roots[k] == roots[n]), None) for n in (i, j)]
        if mates[0] is None or mates[1] is None:
            continue
        one, two = (names[k] for k in mates if k is not None)
        raise fault(
            "E0316",
            f"`{names[i]}` and `{names[j]}` are positions on two axes",
            node,
            f"`{names[i]}` runs over `{roots[i]}`, `{names[j]}` over `{roots[j]}`",
            help=f"beside `{names[i]}` goes `{one}`, beside `{names[j]}` goes `{two}`",
        )


def check_zero(other: Node, i: int, guard: Node, env: Env) -> None:
    """Inside a sum what a condition leaves out adds nothing. Raises `Fault` E0318 for another value."""
    space = env.indexing
    assert space is not None
    if other.kind in ("int", "real") and float(other.text.replace("_", "")) == 0:
        return
    index = space.axes[i].name
    raise fault(
        "E0318",
        f"`{other.text}` would be added for each `{index}` that is left out, inside the sum over `{index}`",
        other,
        "inside a sum there is no other value than 0",
        labels=((kid(guard, 0), f"this selects along `{index}`, which is not on the left"),),
        help=f"leave `else {other.text}` out, or name the sum on its own line and select there",
    )
