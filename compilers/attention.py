"""Scaled dot-product attention, found in a program and written as torch's kernel."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from diagram.reals import Real
from diagram.spec import Map, Slot, Spec
from diagram.types import Axis, Tensor
from diagram.value import Args, Box

if TYPE_CHECKING:
    from compilers.fuse import Patterns


def attention(p: Patterns, box: Box) -> Box | None:
    """The kernel for `contract(softmax(... contract(Q, K) ...), V)`, or None."""
    for weights, values in ((0, 1), (1, 0)) if len(box.dom) == 2 else ():
        found = _attention(p, box, weights, values)
        if found is not None:
            return found
    return None


def _attention(p: Patterns, box: Box, weights: int, values: int) -> Box | None:
    from compilers.fuse import ATTENTION, _is_identity, _is_plain, plain

    softmax = p._made(box.dom[weights], "softmax")
    if softmax is None or box.spec is None or not _is_plain(box.spec) or not _is_identity(softmax):
        return None
    assert softmax.spec is not None
    scores, scale, causal = softmax.dom[0], Real.of(1), None
    chain: list[int] = []
    while True:
        step = p.maker.get(scores)
        if step is None or step.spec is None or p.reads[scores] != 1:
            return None
        if step.op.name == "scale" and _is_identity(step):
            by = step.arg("by")
            if not isinstance(by, Real):
                return None
            scale = scale * by
            scores = step.dom[0]
        elif step.op.name == "select" and causal is None and not chain and scale.number == 1:
            causal = _causal(p, step)
            if causal is None:
                return None
            scores = step.dom[1]
        else:
            break
    if step.op.name != "contract" or len(step.dom) != 2 or not _is_plain(step.spec):
        return None
    order = plain(step.spec.outs[0])
    names = _roles(step, softmax, box, weights, values, None if causal is None else order[causal[1]])
    if names is None:
        return None
    ins, out, axes, query, key, flipped = names
    if causal is not None and (order[causal[0]], order[causal[1]]) != (key, query):
        return None
    q, k = (step.dom[1], step.dom[0]) if flipped else step.dom
    types = [p.wires[w] for w in (q, k, box.dom[values])]
    if not all(isinstance(t, Tensor) and t.dtype.is_real for t in types):
        return None
    spec = Spec(axes, ins, (out,), (query, key))
    args: Args = (("scale", scale), ("causal", causal is not None))
    return Box(ATTENTION, (q, k, box.dom[values]), box.cod, spec, args, (), box.mark)


Roles = tuple[tuple[Map, ...], Map, tuple[Axis, ...], int, int, bool]
"""Slots of queries, keys and values, of the result, the indices, query and key, and whether K stands
before Q.
"""


def _roles(step: Box, softmax: Box, box: Box, weights: int, values: int, query: int | None) -> Roles | None:
    """The common index space of queries, keys, values and result, if the pattern is attention.

    `query` is the index of the queries if a mask says it; further axes that only the queries have
    (groups that share keys) are batch axes, along which keys and values are repeated.
    """
    from compilers.fuse import plain

    assert step.spec is not None and softmax.spec is not None and box.spec is not None
    (summed,) = step.spec.summed if len(step.spec.summed) == 1 else (-1,)
    scores = plain(step.spec.outs[0])
    key = scores[plain(softmax.spec.ins[0]).index(softmax.spec.core[0])]
    a, b = map(plain, step.spec.ins)
    if summed not in a or summed not in b or (key in a) == (key in b):
        return None
    flipped = key in a
    q, k = (b, a) if flipped else (a, b)
    to_scores = dict(zip(plain(box.spec.ins[weights]), scores, strict=True))
    axes = list(step.spec.indices)
    to: dict[int, int] = {}
    for i in [*plain(box.spec.ins[values]), *plain(box.spec.outs[0])]:
        if i not in to:
            if i in to_scores:
                to[i] = to_scores[i]
            else:
                axes.append(box.spec.indices[i])
                to[i] = len(axes) - 1
    v, out = [to[i] for i in plain(box.spec.ins[values])], [to[i] for i in plain(box.spec.outs[0])]
    if key in out or key not in v or summed in out:
        return None
    own = [i for i in q if i not in k]
    features = [i for i in v if i not in scores]
    queries = [i for i in own if i not in v and i != summed][:1] if query is None else [query]
    batch = [i for i in scores if i not in queries and i != key]
    if len(queries) != 1 or len(features) != 1 or not set(batch) <= set(q):
        return None
    if set(out) != {*batch, *queries, *features} or not set(v) <= {*batch, key, *features}:
        return None
    slots = tuple(tuple(Slot.at(i) for i in labels) for labels in (q, k, v, out))
    return slots[:3], slots[3], tuple(axes), queries[0], key, flipped


def _causal(p: Patterns, select: Box) -> tuple[int, int] | None:
    """Axes (key, query) of the scores if `select` keeps keys not after the query, else -inf."""
    from compilers.fuse import plain

    if select.spec is None or not select.spec.plain:
        return None
    out = plain(select.spec.outs[0])
    if plain(select.spec.ins[1]) != out or not _is_minus_infinity(p, select.dom[2]):
        return None
    mask = p.maker.get(select.dom[0])
    if mask is None or mask.op.name not in ("le", "ge") or mask.spec is None or not mask.spec.plain:
        return None
    makers = [p.maker.get(w) for w in mask.dom]
    if not all(m is not None and m.op.name == "iota" for m in makers):
        return None
    sides = [plain(m) for m in mask.spec.ins]
    if any(len(side) != 1 for side in sides) or sides[0] == sides[1]:
        return None
    small, large = (sides[0][0], sides[1][0]) if mask.op.name == "le" else (sides[1][0], sides[0][0])
    to = dict(zip(plain(mask.spec.outs[0]), plain(select.spec.ins[0]), strict=True))
    return out.index(to[small]), out.index(to[large])


def _is_minus_infinity(p: Patterns, wire: int) -> bool:
    box = p.maker.get(wire)
    value = box.arg("value") if box is not None and box.op.name in ("const", "full") else None
    return isinstance(value, Real) and value.number == -math.inf
