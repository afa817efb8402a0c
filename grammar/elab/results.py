"""Results against their declared types: axes by name, then stem, then size; E0301 with both sides."""

from __future__ import annotations

from collections.abc import Sequence

from diagram.errors import Span
from diagram.hypergraph import Mark
from diagram.op import generator
from diagram.types import Axis, Tensor, Type, Unknown, Wires, describe
from grammar.elab.env import QUIET, Env, Fault, fault, kid, kids
from grammar.elab.factors import apart, factors, other_order
from grammar.elab.forms import transposed
from grammar.elab.match import same_axis
from grammar.elab.ranges import agree
from grammar.elab.signature import Signature
from grammar.elab.typing import one_type, type_of
from grammar.elab.values import Wired
from grammar.tree import Node


def declared_results(sig: Signature, env: Env, result: tuple[Wired, Node]) -> tuple[int, ...]:
    """The returned wires, matched to the declared result types by the names of their axes."""
    wires, node = result
    ids = env.frame.own(wires)
    if sig.result is None:
        return ids
    if sig.result.kind == "named_ports":
        wanted: list[tuple[Type, Node]] = [(one_type(kid(p, 1), env, env), p) for p in kids(sig.result)]
    else:
        wanted = [(t, sig.result) for t in type_of(sig.result, env, env)]
    if len(ids) == 1 and ids[0] in env.frame.holes:
        return filled_hole(env, ids[0], tuple(t for t, _ in wanted))
    if len(wanted) != len(ids):
        raise fault(
            "E0301",
            f"`{sig.name}` must give {describe(tuple(t for t, _ in wanted))}",
            node,
            f"gives {describe(wires.types)}",
            labels=((sig.result, "declared here"),),
            help=_help_for_count(node, wires.types),
        )
    have = wires.types
    result_ids: list[int] = []
    for k, (w, (type_, declared)) in enumerate(zip(ids, wanted, strict=True)):
        if isinstance(have[k], Unknown):
            result_ids += filled_hole(env, w, (type_,)) if w in env.frame.holes else (w,)
            continue
        if not isinstance(type_, Tensor) or not isinstance(have[k], Tensor):
            if have[k] != type_:
                raise wrong_result(sig.name, type_, have[k], node, declared, k, len(ids))
            result_ids.append(w)
            continue
        result_ids.append(fit_result(env, w, type_, declared.span, node, sig.name))
    return tuple(result_ids)


def _help_for_count(node: Node, given: Wires) -> str:
    if node.kind == "block":
        return "end the body with `return ...`"
    return matrix_product(node, given)


def matrix_product(node: Node, given: Wires) -> str:
    """What to write for `X @ W` where the product of two arrays is meant; empty elsewhere."""
    if node.kind == "values" and len(node.kids) == 1:
        node = kid(node, 0)
    if node.kind != "tensor" or len(given) != 2:
        return ""
    x, y = given
    if not isinstance(x, Tensor) or not isinstance(y, Tensor) or not all((*x.names, *y.names)):
        return ""
    a, b = kid(node, 0).text, kid(node, 1).text
    out = [n for n in (*x.names, *y.names) if (n in x.names) != (n in y.names)]
    if len(out) == len(x.names) + len(y.names):
        return ""
    right = f"{a}[{', '.join(x.names)}] * {b}[{', '.join(y.names)}]"
    return f"`@` stands for side by side; a product is an equation: `Y[{', '.join(out)}] = {right}`"


def filled_hole(env: Env, w: int, cod: Wires) -> tuple[int, ...]:
    """A hole whose place says what it gives becomes a box of that type, called `?name`."""
    name, dom, node = env.frame.holes.pop(w)
    b = env.frame.builder
    into = tuple(b.wires[v] for v in dom)
    env.unit.holes[node] = (name, into, cod)
    return b.box(generator("?" + name, into, cod), dom, cod, mark=Mark("?" + name, node.span))


def wrong_result(name: str, want: Type, have: Type, node: Node, declared: Node, k: int, n: int) -> Fault:
    """E0301 for the result of a definition."""
    which = f"wire {k + 1} of " if n > 1 else ""
    return fault(
        "E0301",
        f"{which}the result of `{name}` has the wrong type",
        node,
        f"gives    {have}",
        labels=((declared, f"declared {want}"),),
    )


def fit_result(env: Env, w: int, want: Tensor | Type, at: Span, node: Node, name: str = "") -> int:
    """The array on wire w as the declared type: axes by name, then stem, then what is left unnamed; permuted
    if need be.

    Raises `Fault` E0301 with both types.
    """
    have = env.frame.builder.wires[w]
    if w in env.frame.holes:
        return filled_hole(env, w, (want,))[0]
    if isinstance(have, Unknown):
        raise QUIET
    if have == want:
        return w
    have = _solved(env, w, want, have)
    ok = isinstance(have, Tensor) and isinstance(want, Tensor)
    order = match_axes(want.axes, have.axes, env) if ok else None  # type: ignore[union-attr]
    if order is None or have.dtype != want.dtype:  # type: ignore[union-attr]
        raise _mismatch(env, want, have, at, node, name)
    assert isinstance(have, Tensor) and isinstance(want, Tensor)
    axes = tuple(
        Axis(a.name, have.axes[k].size, a.factors) if a.name else Axis("", have.axes[k].size, a.factors)
        for a, k in zip(want.axes, order, strict=True)
    )
    return transposed(env, w, order, axes)


def retyped(env: Env, value: Wired, want: Type, at: Span, node: Node, before: int) -> Wired:
    """`Y[i, j] : R[3, n] = ...`: what a box behind the first `before` has just made takes the declared axes,
    where they only leave names out; else it is fitted.
    """
    (w,) = env.frame.own(value)
    b = env.frame.builder
    have = b.wires[w]
    fresh = len(b.boxes) > before and w in b.boxes[-1].cod
    if fresh and isinstance(have, Tensor) and isinstance(want, Tensor):
        same = have.dtype == want.dtype and have.shape == want.shape
        if same and all(not v.name or v.name == a.name for v, a in zip(want.axes, have.axes, strict=True)):
            b.wires[w] = want
            return value
    return Wired(env.frame, (fit_result(env, w, want, at, node),))


def _solved(env: Env, w: int, want: Type, have: Type) -> Type:
    """Factors that a pattern left open are found from the declared result, axis by axis."""
    if not isinstance(want, Tensor) or not isinstance(have, Tensor) or len(want.axes) != len(have.axes):
        return have
    builder = env.frame.builder
    given = [want, *(t for i in builder.inputs if isinstance(t := builder.wires[i], Tensor))]
    known = {s for t in given for n in t.shape for s in n.symbols}  # sizes of whoever calls, in another file
    for axis, declared in zip(have.axes, want.axes, strict=True):
        free = [
            s
            for s in axis.size.symbols
            if s not in known and env.find_axis(s) is None and env.find(s) is None
        ]
        solved = axis.size.solve(free[0], declared.size) if len(free) == 1 else None
        if solved is not None and free[0] not in solved.symbols:
            builder.substitute({free[0]: solved})
    result = builder.wires[w]
    return result if isinstance(result, Tensor) else have


def match_axes(want: Sequence[Axis], have: Sequence[Axis], env: Env) -> tuple[int, ...] | None:
    """For each declared axis the place of the actual one: by name, stem, size if unnamed. None if they
    differ."""
    if len(want) != len(have):
        return None
    left = list(range(len(have)))
    order = [-1] * len(want)

    def generic(axis: Axis) -> bool:
        info = env.find_axis(axis.name)
        return info is not None and info.generic and info.size is None and info.expr is None

    for test in (
        lambda a, b: a.name != "" and a.name == b.name and (a.size == b.size or generic(a)),
        same_axis,
        lambda a, b: a.name != "" and a.stem == b.stem and generic(a),
        lambda a, b: (
            not (a.name and b.name)
            and (a.size == b.size or agree(a.size, b.size, env))
            and not apart(a, b, [c.name for c in want], env)
        ),
    ):
        for k, axis in enumerate(want):
            if order[k] < 0:
                found = [j for j in left if test(axis, have[j])]
                if found:
                    order[k] = found[0]
                    left.remove(found[0])
    if len(left) == 1 and any(o < 0 and generic(want[k]) for k, o in enumerate(order)):
        order[order.index(-1)] = left.pop()
    return None if -1 in order else tuple(order)


def _mismatch(env: Env, want: Type, have: Type, at: Span, node: Node, name: str) -> Fault:
    notes: list[str] = []
    if isinstance(have, Tensor) and isinstance(want, Tensor):
        for a in want.axes:
            other = [b for b in have.axes if b.name == a.name and a.name]
            if other and other[0].size != a.size:
                notes.append(f"the axis `{a.name}` is {other[0].size}, declared {a.size}")
            elif not other and a.name:
                notes.append(f"`{a.name}` is declared, but not there")
        notes += [
            f"`{b.name}` is there, but not declared" for b in have.axes if b.name and b.name not in want.names
        ]
        notes += [
            f"the factors of `{a}` and `{b}` stand in another order"
            for a in want.axes
            for b in have.axes
            if (a.factors or b.factors) and other_order(factors(a, env), factors(b, env))
        ]
        if have.dtype != want.dtype:
            notes.append(f"the entries are {have.dtype}, declared {want.dtype}")
    headline = f"the result of `{name}` has the wrong type" if name else "this value has another type"
    return fault(
        "E0301", headline, node, f"gives    {have}", labels=((at, f"declared {want}"),), notes=tuple(notes)
    )
