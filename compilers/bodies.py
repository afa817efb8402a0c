"""Boxes with diagrams inside, as Python: `repeat` and `call` as functions, `scan` as a loop, `function`
as a closure.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from compilers.emit import Emitter
from compilers.emit import call as written
from compilers.labels import Array
from compilers.program import Program, is_loop
from compilers.text import identifier
from diagram.errors import Diagnostic, DiagramError
from diagram.reals import Real
from diagram.types import Hom, Tensor, Type
from diagram.value import Box, Diagram, make


def emit_body(e: Emitter, box: Box) -> None:
    """Statements for a box of kind body or structure. Raises `DiagramError` E0403 for one that does
    not run.
    """
    rule = RULES.get(box.op.name)
    if rule is None:
        span = box.mark.span if box.mark is not None else None
        raise DiagramError(
            Diagnostic("E0403", f"the box {box.label} has no array rule for {e.frame.dialect.name}", span)
        )
    rule(e, box)


def _texts(e: Emitter, wires: Sequence[int]) -> list[str]:
    """The wires' arrays in declared order, as arguments of a call."""
    return [e.declared(e.program.wires[w], e.arrays[w]) for w in wires]


def _results(e: Emitter, box: Box) -> list[Array]:
    """New variables for the results of a box, in declared order."""
    found = []
    for w in box.cod:
        name = e.frame.names.fresh(e.program.names[w] or "t")
        found.append(Array(name, tuple(range(rank(e.program.wires[w])))))
    return found


def rank(type_: Type) -> int:
    """The number of axes."""
    return len(type_.axes) if isinstance(type_, Tensor) else 0


def _count(e: Emitter, box: Box) -> int | str:
    value = box.arg("count")
    if isinstance(value, Real):
        text = e.frame.real(value).text
        return int(text) if text.isdigit() else text
    return int(value) if isinstance(value, int) else str(value)


def call(e: Emitter, box: Box) -> None:
    """The body as a function of its own."""
    (body,) = box.bodies
    name, sizes = e.module.function(
        body, identifier(box.label if box.label != "call" else body.name or "part")
    )
    arguments = [*_texts(e, box.dom), *(e.frame.size_name(s) for s in sizes)]
    results = _results(e, box)
    e.frame.line(written(f"{', '.join(r.text for r in results)} = {name}", arguments))
    e.settle(box, results)


def repeat(e: Emitter, box: Box) -> None:
    """The body as a function, called once a turn; parameters that are new in each turn differ from
    call to call.
    """
    (body,) = box.bodies
    count, carried, fresh = _count(e, box), int(_int(box.arg("carried"))), int(_int(box.arg("fresh")))
    given = len(body.dom)
    name, sizes = e.module.function(
        body, identifier(body.name or (box.label if box.label != "repeat" else "turn"))
    )
    extra = [e.frame.size_name(s) for s in sizes]
    names = [e.frame.names.fresh(e.program.names[w] or "x") for w in box.cod]
    state = _texts(e, box.dom[:carried])
    fixed = _texts(e, box.dom[carried:given])
    if isinstance(count, int) and not is_loop(box):
        shared = _texts(e, box.dom[given + count * fresh :])
        for turn in range(count):
            own = _texts(e, box.dom[given + turn * fresh : given + (turn + 1) * fresh])
            arguments = [*state, *fixed, *own, *shared, *extra]
            e.frame.line(written(f"{', '.join(names)} = {name}", arguments))
            state = names
        if not count:
            e.frame.line(f"{', '.join(names)} = {', '.join(state)}")
    else:
        shared = _texts(e, box.dom[given:])
        e.frame.line(f"{', '.join(names)} = {', '.join(state)}")
        with e.frame.block(f"for _ in range({count}):"):
            e.frame.line(f"{', '.join(names)} = {name}({', '.join([*names, *fixed, *shared, *extra])})")
    labels = [tuple(range(rank(e.program.wires[w]))) for w in box.cod]
    e.settle(box, [Array(n, order) for n, order in zip(names, labels, strict=True)])


def _int(value: object) -> int:
    assert isinstance(value, int)
    return value


class Inner:
    """A body whose statements stand in the frame of the function around it."""

    def __init__(self, e: Emitter, p: Program) -> None:
        self.outer = e
        self.emitter = Emitter(e.module, p)
        self.emitter.frame = e.frame
        self.emitter.fixed = e.fixed

    def run(self, inputs: Sequence[Array], weights: Sequence[bool]) -> list[Array]:
        """Statements of the body on these arrays; returns its results."""
        e = self.emitter
        e.weights = {w for w, flag in zip(e.program.inputs, weights, strict=True) if flag}
        for w, array in zip(e.program.inputs, inputs, strict=True):
            e.hold(w, array)
            e.left[w] += 1  # what comes from around stays alive
        if e.spare is not None:
            e.spare.start()
        e.run(e.program.steps)
        return [e.arrays[w] for w in e.program.outputs]


def scan(e: Emitter, box: Box) -> None:
    """A loop: states are rebound, slices taken apart before it, emitted results stacked after it."""
    (body,) = box.bodies
    states, scanned = _int(box.arg("states")), _int(box.arg("scanned"))
    flags = [False] * (states + scanned) + [w in e.weights for w in box.dom[states + scanned :]]
    p = e.module.program(body, flags)
    dialect, frame = e.frame.dialect, e.frame
    state_wires, slice_wires = box.dom[:states], box.dom[states : states + scanned]
    others = [e.named(w) for w in box.dom[states + scanned :]]
    before = _texts(e, state_wires)
    names = [frame.names.fresh(_name(p, k, "s")) for k in range(states)]
    if states:
        frame.line(f"{', '.join(names)} = {', '.join(before)}")
    slices = [_slices(e, w, bool(box.arg("reversed"))) for w in slice_wires]
    items = [frame.names.fresh(_name(p, states + k, "x")) for k in range(scanned)]
    emitted = [frame.names.fresh((e.program.names[w] or "y") + "_all") for w in box.cod[states:]]
    for name in emitted:
        frame.line(f"{name} = []")
    layouts: list[tuple[int, ...]] = []
    start = len(frame.lines)
    with frame.block(_head(e, box, items, [text for text, _ in slices])):
        inner = Inner(e, p)
        state_arrays = [Array(n, tuple(range(rank(t)))) for n, t in zip(names, body.dom, strict=False)]
        item_arrays = [Array(n, order) for n, (_, order) in zip(items, slices, strict=True)]
        results = inner.run([*state_arrays, *item_arrays, *others], flags)
        for name, array in zip(emitted, results[states:], strict=True):
            frame.line(f"{name}.append({array.text})")
            layouts.append(array.labels)
        after = [inner.emitter.declared(t, a) for t, a in zip(body.cod, results[:states], strict=False)]
        if states and after != names:
            frame.line(f"{', '.join(names)} = {', '.join(after)}")
        if not states and not emitted:
            frame.line("pass")
    _views_first(e, start, [array.text for array in others])
    turned = "[::-1]" if box.arg("reversed") else ""
    stacked = [
        Array(f"{dialect.alias}.stack({name}{turned})", (0, *(k + 1 for k in order)))
        for name, order in zip(emitted, layouts, strict=True)
    ]
    finals = [Array(n, tuple(range(rank(t)))) for n, t in zip(names, body.dom, strict=False)]
    e.settle(box, [*finals, *stacked])


def _views_first(e: Emitter, start: int, names: Sequence[str]) -> None:
    """Reshapes of invariants are written before the loop: each step would make the same view again."""
    frame = e.frame
    loop = "\n".join(frame.lines[start:])
    for name in names:
        for view in sorted(set(re.findall(rf"\b{re.escape(name)}\.reshape\([\d, ]*\)(?:\.m?T\b)?", loop))):
            matrix = frame.names.fresh(f"{name}_matrix")
            frame.lines.insert(start, frame.indented(f"{matrix} = {view}"))
            start += 1
            loop = re.sub(re.escape(view) + r"(?!\w)", matrix, loop)
    frame.lines[start:] = loop.split("\n")


def _name(p: Program, k: int, letter: str) -> str:
    return p.names[p.inputs[k]] or letter


def _slices(e: Emitter, w: int, backwards: bool) -> tuple[str, tuple[int, ...]]:
    """An iterable of the slices along the front axis, and the order of axes of a slice."""
    array = e.named(w)
    at = array.labels.index(0)
    order = tuple(k - 1 for k in array.labels if k != 0)
    if e.frame.dialect.name == "torch":
        text = f"{array.text}.unbind({at})"
        return (f"{text}[::-1]" if backwards else text), order
    text = array.text if at == 0 else f"np.moveaxis({array.text}, {at}, 0)"
    return (f"{text}[::-1]" if backwards else text), order


def _head(e: Emitter, box: Box, items: Sequence[str], slices: Sequence[str]) -> str:
    if not items:
        axis = box.arg("axis")
        from diagram.types import Axis

        assert isinstance(axis, Axis)
        return f"for _ in range({e.frame.size(axis.size)}):"
    if len(items) == 1:
        return f"for {items[0]} in {slices[0]}:"
    return f"for {', '.join(items)} in zip({', '.join(slices)}):"


def trace(e: Emitter, box: Box) -> None:
    """A fixed point: the loop as a closure that is iterated, then the body once more at the solution."""
    (body,) = box.bodies
    n, frame = _int(box.arg("wires")), e.frame
    loop = _tensors(body.dom[:n], box)
    ends, rest = _results_of(body, 0, n), _results_of(body, n, len(body.cod))
    others = [e.named(w) for w in box.dom]
    e.fixed |= {array.text for array in others}
    flags = [False] * n + [w in e.weights for w in box.dom]
    p = e.module.program(ends, flags)
    names = [frame.names.fresh(_name(p, k, "s")) for k in range(n)]
    step = frame.names.fresh(f"{body.name or 'loop'}_step")
    states = [Array(name, tuple(range(rank(t)))) for name, t in zip(names, loop, strict=True)]
    with frame.block(f"def {step}({', '.join(names)}):"):
        inner = Inner(e, p)
        results = inner.run([*states, *others], flags)
        texts = [inner.emitter.declared(t, a) for t, a in zip(loop, results, strict=True)]
        frame.line(f"return {', '.join(texts)}{',' * (n == 1)}")
    dtype, like = frame.dialect.full, frame.like
    start = [dtype([frame.size(s) for s in t.shape], "0.0", frame.dtype(t.dtype.name), like) for t in loop]
    frame.line(f"{', '.join(names)}{',' * (n == 1)} = special.fixed_point({step}, ({', '.join(start)},))")
    e.settle(box, Inner(e, e.module.program(rest, flags)).run([*states, *others], flags))


def _results_of(body: Diagram, start: int, stop: int) -> Diagram:
    """The body with some of its results."""
    flat = body.flat._replace(outputs=body.outputs[start:stop])
    return make(flat, body.dom, body.cod[start:stop], body.category, body.name, span=body.span)


def _tensors(types: Sequence[Type], box: Box) -> list[Tensor]:
    """The types of a loop that can be iterated. Raises `DiagramError` E0403."""
    bad = [t for t in types if not isinstance(t, Tensor) or not t.dtype.is_smooth]
    if bad:
        span = box.mark.span if box.mark is not None else None
        message = f"a loop over {bad[0]} cannot be iterated to a fixed point"
        raise DiagramError(Diagnostic("E0403", message, span))
    return [t for t in types if isinstance(t, Tensor)]


def function(e: Emitter, box: Box) -> None:
    """A closure: captured wires are variables around it."""
    (body,) = box.bodies
    p = e.module.program(body)
    hom = e.program.wires[box.cod[0]]
    assert isinstance(hom, Hom)
    captured = [e.named(w) for w in box.dom]
    own = len(p.inputs) - len(captured)
    names = [e.frame.names.fresh(_name(p, k + len(box.dom), "x")) for k in range(own)]
    e.fixed |= {array.text for array in captured}
    name = e.frame.names.fresh(e.program.names[box.cod[0]] or "f")
    with e.frame.block(f"def {name}({', '.join(names)}):"):
        inner = Inner(e, p)
        arrays = [Array(n, tuple(range(rank(t)))) for n, t in zip(names, hom.dom, strict=True)]
        results = inner.run([*captured, *arrays], [w in e.weights for w in box.dom] + [False] * own)
        texts = [inner.emitter.declared(t, a) for t, a in zip(hom.cod, results, strict=True)]
        e.frame.line(f"return {', '.join(texts) or '()'}")
    e.settle(box, [Array(name, ())])


def evaluate(e: Emitter, box: Box) -> None:
    """A function value applied."""
    results = _results(e, box)
    callee, *arguments = _texts(e, box.dom)
    e.frame.line(f"{', '.join(r.text for r in results)} = {callee}({', '.join(arguments)})")
    e.settle(box, results)


RULES: dict[str, Callable[[Emitter, Box], None]] = {
    "call": call,
    "repeat": repeat,
    "scan": scan,
    "trace": trace,
    "function": function,
    "eval": evaluate,
}
