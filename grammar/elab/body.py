"""Bodies of definitions: statements, one after the other, into one builder; then the result against its
type."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace

from diagram.errors import Span
from diagram.hypergraph import Diagram
from diagram.types import UNKNOWN, Axis, Tensor, Unknown, describe
from grammar.elab.binding import Formal
from grammar.elab.env import QUIET, Env, Fault, Frame, evaluate, fault, kid, kids, optional, word, word_span
from grammar.elab.equations import equation
from grammar.elab.expr import as_form, as_wires, note_uses
from grammar.elab.factors import check_factors, factors
from grammar.elab.forms import transposed
from grammar.elab.inside import only_mention
from grammar.elab.learn import declare
from grammar.elab.levels import check_uses
from grammar.elab.plane import plane
from grammar.elab.results import declared_results, fit_result, matrix_product, retyped
from grammar.elab.rows import is_rows, of_rows
from grammar.elab.shared import SharedArray
from grammar.elab.signature import Signature
from grammar.elab.split import is_split, split
from grammar.elab.targets import write
from grammar.elab.typing import declare_axes, one_type, type_of
from grammar.elab.values import Form, Listing, Num, Static, TypeVal, Value, Wired
from grammar.tree import Node

STATEMENTS: dict[str, Callable[[Node, Env], None]] = {}
"""One rule for each kind of statement."""


def statement(*kinds: str) -> Callable[[Callable[[Node, Env], None]], Callable[[Node, Env], None]]:
    """Register the meaning of statements of these kinds."""

    def register(function: Callable[[Node, Env], None]) -> Callable[[Node, Env], None]:
        for kind in kinds:
            STATEMENTS[kind] = function
        return function

    return register


def build_body(sig: Signature, env: Env, formals: Sequence[Formal]) -> Diagram:
    """The diagram of a definition, its scope and formal types given. Reports faults; raises QUIET if there
    were any."""
    frame = Frame(env.category)
    env.frame_ = frame
    inputs = []
    for formal in formals:
        name = formal.name if not sig.arrow else ""
        w = frame.builder.input(formal.type, name)
        inputs.append(w)
    _bind_ports(sig, env, frame, inputs)
    _announce(sig, env)
    before = len(env.unit.diagnostics)
    result = _run(sig, env, Wired(frame, tuple(inputs)))
    if len(env.unit.diagnostics) > before and any(not d.is_warning for d in env.unit.diagnostics[before:]):
        raise QUIET
    outs = declared_results(sig, env, result)
    loops = frame.loops
    ends = [w for loop in loops for w in (loop.next, loop.start) if w is not None]
    check_uses(env, frame, sig, (*outs, *ends), (*inputs, *(loop.wire for loop in loops)))
    node = sig.node
    dom = tuple(formal.type for formal in formals)
    cod = tuple(frame.builder.wires[w] for w in outs)
    if result[0].ends:
        cod = result[0].ends
    d = frame.closed(outs).build(outs, sig.name, node.doc, sig.results, word_span(node), dom, cod)
    return d if frame.term is None else d.with_layers(plane(frame.term, d))


def _announce(sig: Signature, env: Env) -> None:
    """Axes first named in the result are in scope in the body; their sizes are found there."""
    if sig.result is None:
        return
    parts = [kid(p, 1) for p in kids(sig.result)] if sig.result.kind == "named_ports" else [sig.result]
    before = set(env.axes)
    for part in parts:
        with suppress(Fault):  # told when the results are fitted to it
            type_of(part, env, env)
    for name in env.axes.keys() - before:
        env.axes[name].found = True


def _bind_ports(sig: Signature, env: Env, frame: Frame, inputs: Sequence[int]) -> None:
    at = 0
    for name, type_, span in sig.ports:
        if sig.arrow:
            return
        count = 1
        if len(inputs) != len(sig.ports) and type_ is not None:
            count = len(type_of(type_, env, env))
        env.names[name] = Wired(frame, tuple(inputs[at : at + count]))
        env.spans[name] = span
        at += count


def _run(sig: Signature, env: Env, wires: Wired) -> tuple[Wired, Node]:
    node = sig.node
    if node.kind == "relation_decl":
        from grammar.elab.relations import run_relation

        return run_relation(node, env)
    body = kid(node, 6 if node.kind == "def_pointed" else 5)
    if node.kind == "def_pointed" and body.kind == "block":
        return run_block(body, env)
    if node.kind == "def_pointed" and sig.result is not None and is_rows(body, env):
        return of_rows(body, one_type(sig.result, env, env), env), body
    value = evaluate(body, env)
    if node.kind == "def_pointed":
        if isinstance(value, Form):
            value = only_mention(value, env)
        return as_wires(value, body, env), body
    form = only_mention(as_form(value, body), env)
    wires.frame.term = form
    return form.apply(env, wires, body, tuple(body.span for _ in wires.ids)), body


def run_block(block: Node, env: Env) -> tuple[Wired, Node]:
    """All statements and the `return`; faults of a statement make its names unknown."""
    ret = optional(block, 1)
    end = ret.span if ret is not None else Span(block.source, block.end - 1, block.end)
    run_statements(kids(kid(block, 0)), env, end)
    if ret is None:
        return Wired(env.frame, ()), block
    given: list[Wired] = []
    for item in kids(kid(ret, 0)):
        wires = as_wires(_returned(item, env), item, env)
        if item.kind != "call":
            note_uses(env, env.frame.own(wires), item.span)
        given.append(wires)
    return env.frame.joined(given), kid(ret, 0) if given else ret


def _returned(item: Node, env: Env) -> Value:
    try:
        return evaluate(item, env)
    except Fault as error:
        env.unit.report(error)
        raise QUIET from None


def run_statements(statements: Sequence[Node], env: Env, end: Span | None = None) -> None:
    """One after the other; a fault is reported and the names it would bind become unknown. `end`: what stands
    behind them, if they are a block of their own."""
    for node in statements:
        try:
            STATEMENTS[node.kind](node, env)
        except Fault as error:
            if error.final:
                raise
            env.unit.report(error)
            for name in bound_names(node):
                env.names[name] = Wired(env.frame, (env.frame.builder.wire(UNKNOWN, name),))
    if end is not None and env.frame.loops:
        from grammar.elab.feedback import check_closed

        check_closed(statements, env, end)


def bound_names(node: Node) -> list[str]:
    """The names that a statement binds."""
    if node.kind == "bind":
        return [word(t) for t in kids(kid(node, 0))]
    if node.kind in ("write", "emit_stmt", "learn_part", "feedback_stmt"):
        return [word(node)]
    if node.kind == "learn_weight":
        names = node.kids[0]
        assert isinstance(names, Node)
        return [word(names, k) for k in range(len(names.kids))]
    if node.kind in ("for_stmt", "scan_stmt", "region_stmt"):
        return [name for inner in kids(kid(node, len(node.kids) - 1)) for name in bound_names(inner)]
    return []


@statement("learn_weight", "learn_part")
def learn(node: Node, env: Env) -> None:
    """`learn Q : [m] -> [h, k]`."""
    declare(node, env)


@statement("axis_stmt")
def axes(node: Node, env: Env) -> None:
    """`axis i = x`."""
    declare_axes(kid(node, 0), env)


@statement("write")
def writes(node: Node, env: Env) -> None:
    """`Y[u = ...] += e`."""
    env.names[word(node)] = write(node, env)
    env.spans[word(node)] = word_span(node)


@statement("bind")
def bind(node: Node, env: Env) -> None:
    """`a, b = e`, `T[i, j] = e where c else d`, `Y : T = e`."""
    targets = kids(kid(node, 0))
    expr, guard = kid(node, 1), optional(node, 2)
    first = targets[0]
    if is_split(expr, env):
        for target, part in zip(targets, split(targets, expr, env), strict=True):
            _set(target, part, env)
        return
    if len(targets) == 1 and first.kids[1] is not None:
        before = len(env.frame.builder.boxes)
        made = (
            equation(first, expr, guard, env) if is_equation(expr, guard, env) else _renamed(first, expr, env)
        )
        if first.kids[2] is not None:
            made = retyped(env, made, one_type(kid(first, 2), env, env), first.span, expr, before)
        _set(first, made, env)
        return
    if guard is not None:
        raise fault("E0333", "`where` selects per element, so the left side needs its indices", guard)
    value = _value(targets, expr, env)
    if len(targets) == 1 and not isinstance(value, Wired):
        if (isinstance(value, Form) and value.arity() != 0) or isinstance(
            value, Num | TypeVal | Static | Listing
        ):
            env.names[word(first)] = value
            env.spans[word(first)] = word_span(first)
            return
        value = as_wires(value, expr, env)
    wires = as_wires(value, expr, env)
    if len(wires.ids) != len(targets):
        raise _count(targets, wires, expr, node, env)
    ids = env.frame.own(wires)
    for target, w in zip(targets, ids, strict=True):
        if target.kids[1] is not None:
            _set(target, _with_axes(target, w, env), env)
            continue
        type_ = optional(target, 2)
        if type_ is not None:
            w = fit_result(env, w, one_type(type_, env, env), target.span, expr)
        _set(target, Wired(env.frame, (w,)), env)


def _value(targets: Sequence[Node], expr: Node, env: Env) -> Value:
    """The right side; a source without axes (`zeros`) takes the type written on the left."""
    from grammar.elab.builtin import NamedForm, SourceForm
    from grammar.elab.emit import filled

    type_ = optional(targets[0], 2)
    if type_ is not None and len(targets) == 1 and is_rows(expr, env):
        return of_rows(expr, one_type(type_, env, env), env)
    value = evaluate(expr, env)
    if type_ is not None and len(targets) == 1:
        bare = value.bare if isinstance(value, NamedForm) else value
        if isinstance(bare, SourceForm) and bare.type is None:
            return replace(bare, type=one_type(type_, env, env)).apply(env, Wired(env.frame, ()), expr, ())
        if isinstance(bare, Num):
            return Wired(env.frame, (filled(env, bare.real, one_type(type_, env, env), expr),))
    return value


def is_equation(expr: Node, guard: Node | None, env: Env) -> bool:
    """Index notation, unless the right side is a whole value without any read."""
    if guard is not None:
        return True
    from grammar.tree import walk

    for part in walk(expr):
        if part.kind == "static_apply":
            base = part.kids[0]
            assert isinstance(base, Node)
            if base.kind == "call" or (
                base.kind == "name" and isinstance(env.find(word(base)), Wired | SharedArray)
            ):
                return True
            if base.kind == "name" and word(base) == "index":
                return True
    return expr.kind not in ("call", "name", "then", "choose", "lambda")


def _renamed(target: Node, expr: Node, env: Env) -> Wired:
    """`S[a, b, o] = f(X)`: the result's axes by other names, matched by name, stem, or what is left."""
    wires = as_wires(evaluate(expr, env), expr, env)
    if len(wires.ids) != 1:
        raise fault("E0303", f"`{expr.text}` is {len(wires.ids)} wires, and one is named here", expr)
    (w,) = env.frame.own(wires)
    return _with_axes(target, w, env)


def _with_axes(target: Node, w: int, env: Env) -> Wired:
    """One wire under the axes that a target's bracket names."""
    from grammar.elab.nearest import suggest

    have = env.frame.builder.wires[w]
    if isinstance(have, Unknown):
        raise QUIET
    slots = kids(kid(kid(target, 1), 0))
    names = [word(s) if s.kind in ("name", "named") else "" for s in slots]
    if any(s.kind == "group" for s in slots):
        raise fault(
            "E0333", "axes are merged in index notation", target, help="give the right side its brackets"
        )
    if not isinstance(have, Tensor) or len(names) != len(have.axes):
        raise fault(
            "E0302", f"`{word(target)}` has {len(names)} axes on the left", target, f"the value is {have}"
        )
    left = list(range(len(names)))
    order: list[int] = [-1] * len(names)
    for ending in ("", "'"):  # first the same name, then the same stem
        for k, name in enumerate(names):
            if order[k] < 0:
                wanted = name.rstrip(ending)
                found = [a for a in left if have.names[a] and wanted == have.names[a].rstrip(ending)]
                if len(found) == 1 or (found and name == have.axes[found[0]].name):
                    order[k] = found[0]
                    left.remove(found[0])
    rest = [k for k in range(len(names)) if order[k] < 0]
    if len(rest) == 1 or all(not have.axes[a].name for a in left):
        for k, a in zip(rest, list(left), strict=True):
            order[k] = a
    elif rest:
        near = suggest(names[rest[0]], have.names)
        raise fault(
            "E0317",
            f"the axes of the value cannot be matched to `{word(target)}[{', '.join(names)}]`",
            target,
            f"the value is {have}",
            help=f"did you mean `{near}`?" if near else "",
        )
    new = tuple(_sized(env, n, have.axes[a], target, names) for n, a in zip(names, order, strict=True))
    b = env.frame.builder
    out = transposed(env, w, tuple(order), new)
    b.names[out] = word(target)
    return Wired(env.frame, (out,))


def _sized(env: Env, name: str, axis: Axis, target: Node, names: list[str]) -> Axis:
    info = env.find_axis(name)
    check_factors(axis.renamed(name), factors(axis, env) if axis.factors else (), names, target, env)
    if info is not None and name != axis.name:
        from grammar.elab.env import axis_of

        declared = axis_of(info, env)
        if declared.size != axis.size and (info.size is not None or info.expr is not None):
            raise fault(
                "E0312",
                f"the axis `{name}` has two sizes: {declared.size} and {axis.size}",
                target,
                f"the value has `{axis}` = {axis.size}",
            )
    return Axis(name, axis.size, axis.factors)


def _set(target: Node, wires: Wired, env: Env) -> None:
    name = word(target)
    if name != "_":
        env.names[name] = wires
        env.spans[name] = word_span(target)
        b = wires.frame.builder
        for w in wires.ids:
            if not b.names[w]:
                b.names[w] = name
    else:
        env.frame.uses.setdefault(wires.ids[0], []).append(word_span(target))
        env.unit.dropped.update((id(env.frame), w) for w in wires.ids)


def _count(targets: Sequence[Node], wires: Wired, expr: Node, node: Node, env: Env) -> Fault:
    n, m = len(targets), len(wires.ids)
    head = targets[0].span.to(targets[-1].span)
    return fault(
        "E0303",
        f"{n} name{'s' * (n != 1)} for {m} wire{'s' * (m != 1)}",
        head,
        f"{n} name{'s' * (n != 1)}",
        labels=((expr, f"gives {describe(wires.types)}"),),
        help="take away one name; a wire you do not need is written `_`"
        if n > m
        else matrix_product(expr, wires.types) or "name every wire; one you do not need is written `_`",
        edits=((head, _fewer(targets, m, node, env)),) if n > m > 0 else (),
    )


def _fewer(targets: Sequence[Node], count: int, node: Node, env: Env) -> str:
    """The first `count` names; those that nothing uses later are `_`."""
    from grammar.tree import walk

    sig = env.unit.signatures.get(env.unit.current)
    home = sig.node if sig is not None else node
    used = {word(n) for n in walk(home) if n.kind == "name" and n.start > node.end}
    names = [word(t) for t in targets[:count]]
    return ", ".join(name if name in used else "_" for name in names)


# ------------------------------------------------------------------------------------------------ results
