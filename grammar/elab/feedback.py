"""`feedback s : T = init` and `next s = e`: loops through a body, closed to one box when the body is built.

With an initial value the loop is a delay (box `feedback`), without one a plain trace (box `trace`). In the
box stands exactly what lies on the loop.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from diagram.errors import Span
from diagram.hypergraph import Box, Builder, Mark
from diagram.op import generator
from diagram.ops import STANDARD
from diagram.types import Tensor, Type
from grammar.elab.body import statement
from grammar.elab.emit import filled
from grammar.elab.env import QUIET, Env, Fault, Frame, evaluate, fault, kid, kids, optional, word, word_span
from grammar.elab.expr import as_wires
from grammar.elab.results import fit_result
from grammar.elab.structure import require
from grammar.elab.typing import one_type
from grammar.elab.values import Num, Value, Wired
from grammar.tree import Node


@dataclass(slots=True)
class Loop:
    """One `feedback`: the wire that comes round, its initial value if any, and what comes next once it is
    known."""

    name: str
    wire: int
    start: int | None
    node: Node
    next: int | None = None


@statement("feedback_stmt")
def feedback(node: Node, env: Env) -> None:
    """`feedback s : T = init`. Raises `Fault` E0405."""
    require(env, "trace", "E0405", "feedback", node)
    type_ = one_type(kid(node, 1), env, env)
    init = optional(node, 2)
    start = _initial(init, type_, env) if init is not None else None
    b = env.frame.builder
    w = b.wire(type_, word(node))
    env.frame.loops.append(Loop(word(node), w, start, node))
    env.names[word(node)] = Wired(env.frame, (w,))
    env.spans[word(node)] = word_span(node)


def _initial(node: Node, type_: Type, env: Env) -> int:
    from grammar.elab.builtin import NamedForm, SourceForm

    value: Value = evaluate(node, env)
    source = value.bare if isinstance(value, NamedForm) else value
    number = value.real if isinstance(value, Num) else None
    if isinstance(source, SourceForm) and source.type is None:
        number = source.value
    if number is not None and isinstance(type_, Tensor):
        return filled(env, number, type_, node)
    if number is not None:
        (w,) = env.frame.builder.box(
            generator(node.text, (), (type_,)), (), (type_,), mark=Mark(node.text, node.span)
        )
        return w
    (w,) = env.frame.own(as_wires(value, node, env))
    return fit_result(env, w, type_, node.span, node)


@statement("next_stmt")
def next_step(node: Node, env: Env) -> None:
    """`next s = e`. Raises `Fault` E0401 if there is no such loop, or it is closed already."""
    name = word(node)
    loops = [loop for loop in env.frame.loops if loop.name == name]
    known = env.find(name)
    if not loops and isinstance(known, Wired) and "?" in map(str, known.types):
        raise QUIET
    if not loops:
        raise fault(
            "E0401",
            f"`{name}` is no feedback of this block",
            word_span(node),
            help=f"write `feedback {name}: T`",
        )
    loop = loops[-1]
    if loop.next is not None:
        raise fault(
            "E0401",
            f"the loop `{name}` is closed twice",
            node,
            "again here",
            labels=((loop.node, "opened here"),),
        )
    loop.next = loop.wire
    expr = kid(node, 1)
    (w,) = _single(as_wires(evaluate(expr, env), expr, env), expr, env)
    env.frame.uses.setdefault(w, []).append(expr.span)
    loop.next = fit_result(env, w, env.frame.builder.wires[loop.wire], kid(loop.node, 1).span, expr)


def _single(wires: Wired, node: Node, env: Env) -> tuple[int]:
    ids = env.frame.own(wires)
    if len(ids) != 1:
        raise fault("E0303", f"`{node.text}` is {len(ids)} wires, and one is needed here", node)
    return (ids[0],)


def check_closed(statements: Sequence[Node], env: Env, end: Span) -> None:
    """E0401 for every loop opened in these statements that nothing closes. `end`: what stands behind them."""
    opened = [s for s in _flat(statements) if s.kind == "feedback_stmt"]
    closed = {word(s) for s in _flat(statements) if s.kind == "next_stmt"}
    for node in opened:
        if word(node) not in closed:
            env.unit.report(_unclosed(node, env, end))


def _flat(statements: Sequence[Node]) -> Iterator[Node]:
    for s in statements:
        yield s
        if s.kind == "region_stmt":
            yield from _flat(kids(kid(s, 2)))


def _fits(value: Wired, loop: Wired) -> bool:
    return value.types == loop.types or (len(value.types) == 1 and str(value.types[0]) == "?")


def _unclosed(node: Node, env: Env, end: Span) -> Fault:
    name = word(node)
    mine = env.find(name)
    fits = []
    if isinstance(mine, Wired):
        for other, value in env.names.items():
            later = env.spans.get(other)
            behind = later is not None and later.start > node.start
            if behind and other != name and isinstance(value, Wired) and _fits(value, mine):
                fits.append(other)
    answer = fits[0] if len(fits) == 1 else "?"
    at = Span(end.source, end.start, end.start)
    column = end.source.position(end.start)[1] - 1
    return fault(
        "E0401",
        f"the loop `{name}` is never closed",
        node,
        "opened here",
        help="say what the wire is after each step",
        edits=((at, f"next {name} = {answer}\n{' ' * column}"),),
    )


# Closing


def close_loops(frame: Frame, outs: Sequence[int]) -> None:
    """Put every loop of a finished body into a box; plain traces first, they may stand inside delays."""
    for delay in (False, True):
        now = [loop for loop in frame.loops if loop.next is not None and (loop.start is not None) == delay]
        if now:
            rest = [loop for loop in frame.loops if loop not in now]
            outer = [w for loop in rest for w in (loop.next, loop.start) if w is not None]
            _close(frame.builder, now, {*outs, *outer})
            frame.loops = rest
    frame.loops = []


def _close(b: Builder, loops: Sequence[Loop], outs: set[int]) -> None:
    heads = [b.find(loop.wire) for loop in loops]
    ends = [b.find(loop.next) for loop in loops if loop.next is not None]
    early, body, late = _sorted(b, heads, ends)
    made = {b.find(w) for box in body for w in box.cod} | set(heads)
    read = {b.find(w) for box in body for w in box.dom} | set(ends)
    outside = {b.find(w) for box in late for w in box.dom} | {b.find(w) for w in outs}
    starts = [loop.start for loop in loops if loop.start is not None]
    external = sorted(read - made)
    results = sorted(outside & made)
    inner = Builder(b.category)
    to = {w: inner.input(b.wires[w], b.names[w]) for w in (*heads, *external)}
    for box in body:
        types = [b.wires[w] for w in box.cod]
        dom = [to[b.find(w)] for w in box.dom]
        new = inner.box(box.op, dom, types, box.spec, box.args, box.bodies, box.mark)
        for w, mine in zip(box.cod, new, strict=True):
            to[b.find(w)] = mine
            inner.names[mine] = b.names[w]
    diagram = inner.build([to[w] for w in (*ends, *results)], name=loops[0].name)
    op = STANDARD["feedback" if starts else "trace"]
    wires = (*starts, *external)
    mark = Mark(loops[0].name, loops[0].node.span)
    closed = Box(op, wires, tuple(results), None, (("wires", len(heads)),), (diagram,), mark)
    b.boxes[:] = [*early, closed, *late]
    b.forget(made - set(results))


def _sorted(b: Builder, heads: Sequence[int], ends: Sequence[int]) -> tuple[list[Box], list[Box], list[Box]]:
    """The boxes that do not depend on the loop, those on it, and those behind it."""
    after = set(heads)
    early: list[Box] = []
    behind: list[Box] = []
    for box in b.boxes:
        if any(b.find(w) in after for w in box.dom):
            after.update(b.find(w) for w in box.cod)
            behind.append(box)
        else:
            early.append(box)
    need = set(ends)
    body: list[Box] = []
    late: list[Box] = []
    for box in reversed(behind):
        if any(b.find(w) in need for w in box.cod):
            need.update(b.find(w) for w in box.dom)
            body.append(box)
        else:
            late.append(box)
    return early, body[::-1], late[::-1]
