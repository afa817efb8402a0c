"""Repetition: `f ** n`, `tied[f]`, `for`, `scan`. A repeated body is elaborated once and stays one box."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from diagram.builder import Builder
from diagram.errors import Span
from diagram.hypergraph import Args, Mark
from diagram.ops import STANDARD
from diagram.reals import Real
from diagram.types import Axis, Tensor, Type
from grammar.elab.body import bound_names, run_statements, statement
from grammar.elab.counting import limit_boxes
from grammar.elab.emit import array_type
from grammar.elab.emitting import stack_turns
from grammar.elab.env import Env, Frame, axis_of, evaluate, fault, kid, kids, optional, word, word_span
from grammar.elab.expr import as_wires
from grammar.elab.forms import transposed
from grammar.elab.powers import numbered, repeat, same_names
from grammar.elab.static import axis_named, whole
from grammar.elab.values import Form, Num, Wired
from grammar.tree import Node

# ------------------------------------------------------------------------------------------------ for, scan


def carried_names(statements: Sequence[Node], env: Env) -> list[str]:
    """Names bound before the loop and rebound in it."""
    names = [n for s in statements for n in bound_names(s)]
    return [n for n in dict.fromkeys(names) if isinstance(env.find(n), Wired | Num)]


@statement("for_stmt")
def for_loop(node: Node, env: Env) -> None:
    """`for l in a..b { ... }`: one repeat box, or unrolled if a size depends on the index. Raises `Fault`
    E0411."""
    index = word(node)
    start, stop = whole(kid(node, 1), env).constant, whole(kid(node, 2), env).constant
    tied = node.kids[3] is not None
    dynamic = any(env.find_axis(s) is not None for k in (1, 2) for s in whole(kid(node, k), env).symbols)
    if (start is None or stop is None) and (dynamic or not env.unit.checking):
        raise fault(
            "E0333", "the bounds of this loop are not numbers", kid(node, 2), help="give the size with --set"
        )
    first, last = start or 0, stop if stop is not None else (start or 0) + 1
    statements = kids(kid(node, 4))
    names = carried_names(statements, env)
    if last <= first:
        return
    if any(s.kind == "emit_stmt" for s in statements):
        limit_boxes(env, last - first, node)
        turns = [
            _inline_turn(node, env, index, k, names, statements, tied, emits=True) for k in range(first, last)
        ]
        stack_turns(node, env, turns)
        return
    # a definition called in the loop may have a loop over the same name
    outer = env.unit.loop_indices.get(index)
    env.unit.loop_indices[index] = False
    outcome = _turn(node, env, index, first, names, statements)
    used = env.unit.loop_indices.pop(index)
    if outer is not None:
        env.unit.loop_indices[index] = outer
    if not used:
        _close_loop(node, env, outcome, names, last - first, tied)
        return
    limit_boxes(env, last - first, node)
    for k in range(first, last):
        _inline_turn(node, env, index, k, names, statements, tied)


def _turn(
    node: Node, env: Env, index: str, k: int, names: Sequence[str], statements: Sequence[Node]
) -> tuple[Frame, Env, tuple[int, ...]]:
    frame = Frame(env.category, env.frame)
    inner = env.child(frame)
    inner.names[index] = Num(Real.of(k))
    starts = []
    for name in names:
        w = _single(name, env, node)
        starts.append(w)
        mine = frame.builder.input(env.frame.builder.wires[w], name)
        inner.names[name] = Wired(frame, (mine,))
    run_statements(statements, inner, Span(node.source, node.end - 1, node.end))
    return frame, inner, tuple(starts)


def _single(name: str, env: Env, node: Node) -> int:
    """The one wire that a name in a loop stands for. Raises `Fault` E0303, E0307."""
    value = env.find(name)
    if isinstance(value, Form):
        raise fault("E0307", f"`{name}` is a diagram here, and a wire outside", env.span_of(name) or node)
    wires = env.frame.own(as_wires(value, node, env)) if value is not None else ()
    if len(wires) != 1:
        raise fault("E0303", f"`{name}` is {len(wires)} wires, and a loop carries one under a name", node)
    return wires[0]


def _close_loop(
    node: Node,
    env: Env,
    outcome: tuple[Frame, Env, tuple[int, ...]],
    names: Sequence[str],
    count: int,
    tied: bool,
) -> None:
    frame, inner, starts = outcome
    ends = []
    for name, start in zip(names, starts, strict=True):
        w = _single(name, inner, node)
        ends.append(w)
        _check_carried(name, start, w, env, inner, node)
    fitted = same_names(
        inner,
        ends,
        tuple(env.frame.builder.wires[w] for w in starts),
        tuple(frame.builder.wires[w] for w in ends),
    )
    done = repeat(env, frame, starts, fitted, count, "", node, tied, "", after_first=True)
    for name, w in zip(names, done.ids, strict=True):
        env.names[name] = Wired(env.frame, (w,))


def _check_carried(name: str, start: int, end: int, env: Env, inner: Env, node: Node) -> None:
    before, after = env.frame.builder.wires[start], inner.frame.builder.wires[end]
    fits = (
        isinstance(before, Tensor)
        and isinstance(after, Tensor)
        and {a.stem for a in before.axes} == {a.stem for a in after.axes}
        and sorted(map(str, before.shape)) == sorted(map(str, after.shape))
        and before.dtype == after.dtype
    )
    if before != after and not fits and str(after) != "?":
        raise fault(
            "E0411",
            f"the type of `{name}` changes in the loop",
            inner.span_of(name) or node.span,
            f"{after} after one turn",
            labels=((env.span_of(name), f"{before} before"),),
            help=_wider(name, before, after) or "what is carried from turn to turn keeps its type",
        )


def _wider(name: str, before: Type, after: Type) -> str:
    """What to write if the value after a turn only has axes more than the one before."""
    if not isinstance(before, Tensor) or not isinstance(after, Tensor):
        return ""
    new = [axis.name for axis in after.axes if axis not in before.axes]
    if not new or len(new) + len(before.axes) != len(after.axes):
        return ""
    axes = ("axis " if len(new) == 1 else "axes ") + ", ".join(f"`{axis}`" for axis in new)
    return f"`{name}` begins as {before}: give it the {axes} too"


def _inline_turn(
    node: Node,
    env: Env,
    index: str,
    k: int,
    names: Sequence[str],
    statements: Sequence[Node],
    tied: bool,
    emits: bool = False,
) -> dict[str, int]:
    """One turn written out: its parameters get the number after the part's name. The wires that it emits."""
    if emits:
        env.unit.emitted.append({})
    try:
        frame, inner, starts = _turn(node, env, index, k, names, statements)
    finally:
        emitted = env.unit.emitted.pop() if emits else {}
    b = env.frame.builder
    ends = []
    for name, start in zip(names, starts, strict=True):
        w = _single(name, inner, node)
        _check_carried(name, start, w, env, inner, node)
        ends.append(w)
    ends += emitted.values()
    body = frame.closed(ends).build(ends)
    params = []
    known = {p.path: w for p, w in b.params}
    for param, w in zip(body.params, body.param_wires, strict=True):
        full = numbered("", param.path, "" if tied else str(k), True)
        params.append(
            known[full] if tied and full in known else b.param(body.wires[w], replace(param, path=full))
        )
    done = b.insert(body, [*starts, *frame.captured], params)
    for name, w in zip(names, done, strict=False):
        env.names[name] = Wired(env.frame, (w,))
    return dict(zip(emitted, done[len(names) :], strict=True))


@statement("scan_stmt")
def scan(node: Node, env: Env) -> None:
    """`scan t over X { ...  emit Y = e }`: slices in, states round, emitted values stacked."""
    axis = axis_of(axis_named(_name_node(node), env), env)
    over = [word(kid(node, 1), k) for k in range(len(kid(node, 1).kids))]
    statements = kids(kid(node, 3))
    frame = Frame(env.category, env.frame)
    inner = env.child(frame)
    names = [n for n in carried_names(statements, env) if n not in over]
    b = env.frame.builder
    states = []
    for name in names:
        w = _single(name, env, node)
        states.append(w)
        inner.names[name] = Wired(frame, (frame.builder.input(b.wires[w], name),))
    scanned = [_slice(name, axis, node, env, inner, frame) for name in over]
    env.unit.emitted.append({})
    try:
        run_statements(statements, inner, Span(node.source, node.end - 1, node.end))
    finally:
        emitted = env.unit.emitted.pop()
    _close_scan(node, env, inner, frame, axis, names, states, scanned, emitted)


def _name_node(node: Node) -> Node:
    token = node.kids[0]
    assert token is not None
    return Node("name", (token,), token.start, token.end, node.source)


def _slice(name: str, axis: Axis, node: Node, env: Env, inner: Env, frame: Frame) -> int:
    value = env.find(name)
    if not isinstance(value, Wired):
        raise fault("E0201", f"cannot find the wire `{name}`", node)
    w = _single(name, env, node)
    have = env.frame.builder.wires[w]
    places = [k for k, a in enumerate(have.axes) if a.name == axis.name] if isinstance(have, Tensor) else []
    if not places or not isinstance(have, Tensor):
        raise fault("E0314", f"`{name}` has no axis `{axis}` to scan over", node, f"it is {have}")
    k = places[0]
    rest = (*have.axes[:k], *have.axes[k + 1 :])
    order = (k, *(j for j in range(len(have.axes)) if j != k))
    moved = transposed(env, w, order, (have.axes[k], *rest))
    inner.names[name] = Wired(frame, (frame.builder.input(have.with_axes(rest), name),))
    return moved


def _read(
    b: Builder, outs: Sequence[int], first: int, scanned: Sequence[int]
) -> tuple[list[int], frozenset[int]]:
    """The scanned arrays whose slices the body reads, and the wires of the other slices: a loop that only
    counts its turns."""
    read = {b.find(w) for w in (*outs, *(w for box in b.boxes for w in (*box.dom, *box.cod)))}
    slices = b.inputs[first : first + len(scanned)]
    kept = [w for w, mine in zip(scanned, slices, strict=True) if b.find(mine) in read]
    return kept, frozenset(mine for mine in slices if b.find(mine) not in read)


def _close_scan(
    node: Node,
    env: Env,
    inner: Env,
    frame: Frame,
    axis: Axis,
    names: Sequence[str],
    states: list[int],
    scanned: Sequence[int],
    emitted: dict[str, int],
) -> None:
    b = env.frame.builder
    ends = []
    for k, name in enumerate(names):
        w = _single(name, inner, node)
        _check_carried(name, states[k], w, env, inner, node)
        ends.append(w)
    ends_fit = same_names(
        inner, ends, tuple(b.wires[w] for w in states), tuple(frame.builder.wires[w] for w in ends)
    )
    outs = (*ends_fit, *emitted.values())
    builder = frame.closed(outs)
    scanned, unread = _read(builder, outs, len(states), scanned)
    builder.forget(unread)
    body = builder.build(outs, inputs=[w for w in builder.inputs if w not in unread])
    params = tuple(b.param(body.wires[w], p) for p, w in zip(body.params, body.param_wires, strict=True))
    args: Args = (
        ("axis", axis),
        ("states", len(states)),
        ("scanned", len(scanned)),
        ("reversed", node.kids[2] is not None),
    )
    stacked = []
    for w in emitted.values():
        type_ = array_type(inner, w, node)
        stacked.append(type_.with_axes((axis, *type_.axes)))
    cod = (*(b.wires[w] for w in states), *stacked)
    dom = (*states, *scanned, *frame.captured, *params)
    done = b.box(STANDARD["scan"], dom, cod, None, args, (body,), Mark("scan", node.span))
    for name, w in zip((*names, *emitted), done, strict=True):
        b.names[w] = name
        env.names[name] = Wired(env.frame, (w,))
        env.spans[name] = word_span(node)


@statement("emit_stmt")
def emit(node: Node, env: Env) -> None:
    """`emit Y = e`. Raises `Fault` E0102 outside a scan."""
    if not env.unit.emitted:
        raise fault("E0401", "`emit` stands outside a scan", node)
    wires = env.frame.own(as_wires(evaluate(kid(node, 1), env), kid(node, 1), env))
    if len(wires) != 1:
        raise fault("E0303", f"`{kid(node, 1).text}` is {len(wires)} wires, and one is emitted", kid(node, 1))
    env.unit.emitted[-1][word(node)] = wires[0]


@statement("region_stmt")
def region(node: Node, env: Env) -> None:
    """`region "title" { ... }` is transparent for names; its boxes are marked."""
    first = len(env.frame.builder.boxes)
    run_statements(kids(kid(node, 2)), env)
    title = word(node).strip('"')
    b = env.frame.builder
    options = optional(node, 1)
    given: Args = (("region", title),)
    if options is not None:
        given += tuple((word(o), _option(o)) for o in kids(options))
    for k in range(first, len(b.boxes)):
        mark = b.boxes[k].mark or Mark()
        b.boxes[k] = b.boxes[k]._replace(mark=Mark(mark.name, mark.span, mark.options + given))


def _option(node: Node) -> str:
    part = node.kids[1]
    return part.text.strip('"') if part is not None else ""
