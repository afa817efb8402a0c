"""An independent meaning of diagrams: every tensor box by brute force over its index space.

Nothing is lowered: each port is read entry by entry through its affine map, each result written entry by
entry. Slow and plain on purpose; the back ends and the derivative are tested against it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import reduce
from typing import Any

import numpy as np

from diagram.op import Kind
from diagram.ops import special
from diagram.reals import Real
from diagram.types import DType, Tensor
from diagram.value import Box, Diagram

Array = Any
DTYPES = {
    "R": np.float64,
    "f64": np.float64,
    "f32": np.float32,
    "f16": np.float16,
    "C": np.complex128,
    "c128": np.complex128,
    "c64": np.complex64,
    "nat": np.int64,
    "i64": np.int64,
    "i32": np.int32,
    "i8": np.int8,
    "bool": np.bool_,
}


def run(
    d: Diagram, *arrays: Array, params: Sequence[Array] = (), sizes: Mapping[str, int] | None = None
) -> tuple[Array, ...]:
    """The results of `d` on these inputs and learned arrays (in the order of `d.params`)."""
    values = sizes or {}
    at: dict[int, Array] = dict(zip(d.inputs, [*arrays, *params], strict=True))
    for w, a in at.items():
        at[w] = np.asarray(a)
        assert at[w].shape == shape_of(d.wires[w], values), (at[w].shape, d.wires[w])
    for box in d.boxes:
        ins = [at[w] for w in box.dom]
        made = body(box, ins, values) if box.bodies else tensor(d, box, ins, values)
        for w, a in zip(box.cod, made, strict=True):
            at[w] = np.asarray(a)
            assert at[w].shape == shape_of(d.wires[w], values), (box.op.name, at[w].shape, d.wires[w])
    return tuple(at[w] for w in d.outputs)


def shape_of(type_: Any, values: Mapping[str, int]) -> tuple[int, ...]:
    assert isinstance(type_, Tensor)
    return tuple(s.evaluate(values) for s in type_.shape)


# Reading and writing through maps


def positions(
    slots: Any, grid: Array, values: Mapping[str, int], ins: Sequence[Array], maps: Any
) -> list[Array]:
    """For each slot the position at every point of the index space."""
    found = []
    for slot in slots:
        at = np.full(grid.shape[1:], slot.offset.evaluate(values))
        for i, c in slot.terms:
            at = at + c.evaluate(values) * grid[i]
        if slot.gather >= 0:
            at = at + read(ins[slot.gather], maps[slot.gather], None, grid, values, ins, maps)
        found.append(at)
    return found


def inside(at: Array, n: int, pad: str | None) -> tuple[Array, Array]:
    """The position within range, and whether the entry counts."""
    ok = (at >= 0) & (at < n)
    if pad == "edge":
        return np.clip(at, 0, n - 1), np.ones_like(ok)
    if pad == "wrap":
        return at % n, np.ones_like(ok)
    if pad == "reflect":
        if n == 1:
            return np.zeros_like(at), np.ones_like(ok)
        turn = np.abs(at) % (2 * n - 2)
        return np.where(turn >= n, 2 * n - 2 - turn, turn), np.ones_like(ok)
    assert pad is not None or ok.all(), "a position outside without a pad"
    return np.clip(at, 0, max(n - 1, 0)), ok


def read(
    array: Array,
    slots: Any,
    pad: str | None,
    grid: Array,
    values: Mapping[str, int],
    ins: Sequence[Array],
    maps: Any,
) -> Array:
    counts, places = np.ones(grid.shape[1:], bool), []
    for at, n in zip(positions(slots, grid, values, ins, maps), array.shape, strict=True):
        place, ok = inside(at, n, pad)
        places.append(place)
        counts &= ok
    if array.ndim == 0:
        return np.broadcast_to(array, grid.shape[1:])
    got = array[tuple(places)] if array.size else np.zeros(grid.shape[1:], array.dtype)
    return got if counts.all() else np.where(counts, got, float(pad or 0))


def write(
    data: Array, slots: Any, pad: str | None, shape: tuple[int, ...], grid: Array, values: Mapping[str, int],
    ins: Sequence[Array], maps: Any, add: bool,
) -> Array:  # fmt: skip
    result = np.zeros(shape, data.dtype)
    counts, places = np.ones(grid.shape[1:], bool), []
    for at, n in zip(positions(slots, grid, values, ins, maps), shape, strict=True):
        place, ok = inside(at, n, pad)
        places.append(place)
        counts &= ok
    if not shape:
        return np.asarray(data.sum() if add else data.reshape(-1)[0], data.dtype)
    where = tuple(p[counts] for p in places)
    if add:
        np.add.at(result, where, data[counts])
    else:
        result[where] = data[counts]
    return result


# Boxes


def tensor(d: Diagram, box: Box, ins: Sequence[Array], values: Mapping[str, int]) -> list[Array]:
    spec, op = box.spec, box.op
    assert spec is not None
    sizes = tuple(a.size.evaluate(values) for a in spec.indices)
    grid = np.indices(sizes)
    shapes = [shape_of(d.wires[w], values) for w in box.cod]
    dtypes = [DTYPES[d.wires[w].dtype.name] for w in box.cod]  # type: ignore[union-attr]
    if op.kind is Kind.SOURCE:
        return [source(box, shapes[0], dtypes[0], values)]
    if op.name == "concat":
        return [concatenated(box, ins, values)]
    held = [
        read(a, m, spec.pad(p), grid, values, ins, spec.ins)
        for p, (a, m) in enumerate(zip(ins, spec.ins, strict=True))
    ]
    if op.kind in (Kind.CONTRACT, Kind.GATHER, Kind.SCATTER):
        data = np.array(reduce(np.multiply, held) if op.kind is Kind.CONTRACT else held[0], dtypes[0])
        pad = spec.pad(len(spec.ins))
        return [write(data, spec.outs[0], pad, shapes[0], grid, values, ins, spec.ins, True)]
    return spread(box, held, grid, shapes, dtypes, values)


def spread(
    box: Box,
    held: list[Array],
    grid: Array,
    shapes: list[tuple[int, ...]],
    dtypes: list[Any],
    values: Mapping[str, int],
) -> list[Array]:
    """The array rule on operands that have every index; results are written through their maps."""
    spec, op = box.spec, box.op
    assert spec is not None
    core = list(spec.core)
    lacking = [
        [i for i in range(len(spec.indices)) if all(i != j for s in m for j, _ in s.terms)] for m in spec.ins
    ]
    if op.kind in (Kind.WHOLE, Kind.ALONG) and (op.kind is Kind.WHOLE or op.results > 1):
        return whole(box, held, lacking, grid, shapes, dtypes, values)
    n = len(spec.indices)
    axis: Any = core[0] if op.kind is Kind.ALONG or ("one axis" in op.facts and core) else tuple(core)
    if "one axis" in op.facts and len(core) > 1:
        data = held[0]
        for c in sorted(core, reverse=True):
            data = array_rule(box, [data], values, axis=c)
        results: Any = data
    else:
        results = array_rule(box, held, values, axis=axis, dtype=dtypes[0])
    found = []
    for out, shape, dtype, data in zip(spec.outs, shapes, dtypes, (results,), strict=True):
        rest = [i for i in range(n) if i not in core] if op.kind is Kind.REDUCE else list(range(n))
        order = [rest.index(s.index) for s in out]
        extra = [k for k in range(len(rest)) if k not in order]
        full = np.transpose(np.broadcast_to(data, [grid.shape[1 + i] for i in rest]), order + extra)
        found.append(np.array(full[(..., *(0 for _ in extra))], dtype).reshape(shape))
    return found


def whole(
    box: Box, held: list[Array], lacking: list[list[int]], grid: Array, shapes: Any, dtypes: Any,
    values: Mapping[str, int],
) -> list[Array]:  # fmt: skip
    """Core axes last, in the order of the port's own slots."""
    spec = box.spec
    assert spec is not None
    batch = [i for i in range(len(spec.indices)) if i not in spec.core]
    operands = []
    for data, m, gone in zip(held, spec.ins, lacking, strict=True):
        own = [s.index for s in m if s.index in spec.core]
        order = batch + own + [i for i in gone if i in spec.core]
        moved = np.transpose(data, order)
        operands.append(moved[(..., *(0 for i in gone if i in spec.core))])
    size = grid.shape[1 + spec.core[1]] if len(spec.core) > 1 else 0
    if box.op.kind is Kind.ALONG:
        results = array_rule(box, operands, values, axis=-1, size=size)
    else:
        results = array_rule(box, operands, values)
    found = []
    for data, m, shape, dtype in zip(
        results if box.op.results > 1 else (results,), spec.outs, shapes, dtypes, strict=True
    ):
        own = [s.index for s in m if s.index in spec.core]
        order = [(batch + own).index(s.index) for s in m]
        found.append(np.array(np.transpose(data, order), dtype).reshape(shape))
    return found


def array_rule(box: Box, operands: Sequence[Array], values: Mapping[str, int], **more: Any) -> Any:
    """The text of the row, evaluated."""
    texts: dict[str, str] = {f"{k}": f"a{k}" for k in range(len(operands))}
    names: dict[str, Any] = {f"a{k}": a for k, a in enumerate(operands)}
    names |= {"xp": np, "special": special, "math": math}
    for key, value in box.args:
        if isinstance(value, Real):
            more[key] = value.evaluate(values)
        elif isinstance(value, DType):
            more[key] = DTYPES[value.name]
    for key, value in more.items():
        names[f"_{key}"] = value
        texts[key] = f"_{key}"
    text = box.op.value
    for key, name in texts.items():
        text = text.replace("{" + key + "}", name)
    return eval(text, names)


def source(box: Box, shape: tuple[int, ...], dtype: Any, values: Mapping[str, int]) -> Array:
    return np.asarray(
        array_rule(box, (), values, shape=shape, size=shape[0] if shape else 1, dtype=dtype), dtype
    )


def concatenated(box: Box, ins: Sequence[Array], values: Mapping[str, int]) -> Array:
    spec = box.spec
    assert spec is not None
    sizes = [a.size.evaluate(values) for a in spec.indices]
    (core,) = spec.core
    parts = []
    for a, m in zip(ins, spec.ins, strict=True):
        have = [s.terms[0][0] if s.terms else None for s in m]
        if core not in have:
            one = next((k for k, h in enumerate(have) if h is None), None)
            a, have = (
                (np.expand_dims(a, -1), [*have, core])
                if one is None
                else (a, [*have[:one], core, *have[one + 1 :]])
            )
        lack = [i for i in range(len(sizes)) if i not in have]
        a = np.transpose(a.reshape(a.shape + (1,) * len(lack)), np.argsort([*have, *lack]))  # type: ignore[arg-type]
        parts.append(np.broadcast_to(a, [n if i != core else a.shape[core] for i, n in enumerate(sizes)]))
    full = np.concatenate(parts, core)
    return np.transpose(full, [s.index for s in spec.outs[0]])


# Bodies


def body(box: Box, ins: Sequence[Array], values: Mapping[str, int]) -> list[Array]:
    (inner,) = box.bodies
    n = len(inner.dom)
    if box.op.name == "call":
        return call(box, inner, ins[:n], ins[n:], values)
    if box.op.name == "repeat":
        count, carried, fresh = (box.arg(k) for k in ("count", "carried", "fresh"))
        state, rest = list(ins[:carried]), ins[n:]
        for t in range(count):
            params = [*rest[t * fresh : (t + 1) * fresh], *rest[count * fresh :]]
            state = list(run(inner, *state, *ins[carried:n], params=params, sizes=values))
        return state
    assert box.op.name == "scan", box.op.name
    return scan(box, inner, ins, values)


def call(box: Box, inner: Diagram, ins: Any, params: Any, values: Mapping[str, int]) -> list[Array]:
    degree = tuple(a.size.evaluate(values) for a in box.arg("degree"))
    ports = box.arg("ports")
    results: list[list[Array]] = []
    for where in np.ndindex(*degree):
        slices = [a[tuple(where[p] for p in port)] for a, port in zip(ins, ports, strict=True)]
        results.append(list(run(inner, *slices, params=params, sizes=values)))
    return [np.reshape(np.stack(r), degree + r[0].shape) for r in zip(*results, strict=True)]


def scan(box: Box, inner: Diagram, ins: Sequence[Array], values: Mapping[str, int]) -> list[Array]:
    n, scanned = box.arg("states"), box.arg("scanned")
    size = box.arg("axis").size.evaluate(values)
    turns = range(size - 1, -1, -1) if box.arg("reversed") else range(size)
    state, end = list(ins[:n]), len(inner.dom)
    emits: dict[int, list[Array]] = {}
    for t in turns:
        slices = [a[t] for a in ins[n : n + scanned]]
        out = run(inner, *state, *slices, *ins[n + scanned : end], params=ins[end:], sizes=values)
        state, emits[t] = list(out[:n]), list(out[n:])
    return state + [np.stack([emits[t][k] for t in range(size)]) for k in range(len(box.cod) - n)]
