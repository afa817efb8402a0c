"""`lens` and `optic ... via` as they are declared: both passes elaborated for the types at hand, once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from diagram.errors import Span
from diagram.hypergraph import Diagram
from diagram.lens import lens
from diagram.optic import Optic
from diagram.types import Axis, Tensor, Type, Wires, describe, wires_text
from grammar.elab.binding import Binding, Site
from grammar.elab.define import close
from grammar.elab.env import QUIET, Env, Frame, Later, evaluate, fault, kid, kids, optional, word, word_span
from grammar.elab.expr import as_wires, form_of
from grammar.elab.levels import check_uses
from grammar.elab.match import match_call
from grammar.elab.optics import OpticForm
from grammar.elab.results import fit_result
from grammar.elab.signature import Opened, Signature, bind_statics, open_signature
from grammar.elab.structure import require
from grammar.elab.typing import type_of
from grammar.elab.values import Static, TypeVal, Value, Wired
from grammar.tree import Node, chain, walk


@dataclass(slots=True, eq=False)
class DeclaredOptic(OpticForm, Static):
    """A `lens` or `optic` item with static arguments."""

    sig: Signature
    statics: dict[str, Value]
    done: dict[tuple[str, ...], Optic] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.sig.name

    def scope(self) -> tuple[Env, Node]:
        return self.sig.env, self.sig.node

    @property
    def kind(self) -> str:
        return "a lens"

    def given(self, brackets: Node, node: Node, env: Env) -> Value:
        """`sgd[0.1]`."""
        return DeclaredOptic(self.sig, {**self.statics, **bind_statics(self.sig, brackets, env)})

    def into(self) -> Wires:
        return tuple(f.type for f in open_signature(self.sig, self.statics).formals)

    def made(self, types: Wires, env: Env, node: Node) -> Optic:
        key = tuple(map(str, types)) + tuple(str(s) for t in types if isinstance(t, Tensor) for s in t.shape)
        if key not in self.done:
            self.done[key] = _made(self, types, env, node)
        return self.done[key]

    def states(self, type_: Type) -> Wires:
        """For an optimiser `S | S -> P | P'` the types S when P is this array: `...` in a type stands for
        its axes."""
        rest = type_.axes if isinstance(type_, Tensor) else ()
        opened = open_signature(_with_rest(self.sig, rest), self.statics, top=True)
        return tuple(f.type for f in opened.formals)

    def check(self) -> None:
        """By itself, on the types it declares. Raises `Fault`."""
        try:
            opened = open_signature(self.sig, self.statics, top=True)
        except Later:
            return
        self.made(tuple(f.type for f in opened.formals), self.sig.env, self.sig.node)


def declared(node: Node, env: Env) -> DeclaredOptic:
    """The form of a `lens_decl` or `optic_decl`."""
    generics = kids(kid(node, 1)) if node.kids[1] is not None else ()
    there, back = _sides(kid(kid(node, 2), 0))
    sig = Signature(node, word(node), env, generics, (("", there, there.span),), True, back, None)
    return DeclaredOptic(sig, {})


def _sides(node: Node) -> tuple[Node, Node]:
    """`A | A'`. Raises `Fault` E0402 without a backward side."""
    if node.kind != "both_ways":
        raise fault(
            "E0402", f"`{node.text}` has no backward side", node, "a lens goes both ways",
            help=f"write `{node.text} | {node.text}'`",
        )  # fmt: skip
    return kid(node, 0), kid(node, 1)


def _with_rest(sig: Signature, axes: tuple[Axis, ...]) -> Signature:
    """The signature with `...` in the types of the file standing for these axes."""
    unit = sig.env.unit
    env = sig.env.child()
    before, unit.rest = unit.rest, axes
    try:
        for name, item in unit.items.items():
            if item.kind == "type_decl" and _open(item):
                env.names[name] = TypeVal(type_of(kid(item, 2), sig.env, env))
    finally:
        unit.rest = before
    return replace(sig, env=env)


def _open(node: Node) -> bool:
    return any(part.kind == "ellipsis" for part in walk(node))


def _rest_of(sig: Signature, types: Wires) -> tuple[Axis, ...]:
    """The axes that `...` stands for: those of the first wire whose type is an alias with `...`."""
    dom = sig.ports[0][1]
    assert dom is not None
    first, others = chain(dom, frozenset(("tensor",)))
    items = sig.env.unit.items
    for part, type_ in zip((first, *(n for _, n in others)), types, strict=False):
        item = items.get(word(part)) if part.kind == "name" else None
        if item is not None and item.kind == "type_decl" and _open(item) and isinstance(type_, Tensor):
            return type_.axes
    return ()


def _made(form: DeclaredOptic, types: Wires, env: Env, node: Node) -> Optic:
    rest = _rest_of(form.sig, types)
    sig = _with_rest(form.sig, rest) if rest else form.sig
    opened = open_signature(sig, form.statics)
    site = Site(env, node, form.name, tuple(node.span for _ in types))
    binding = match_call(opened.formals, types, site, opened.written, opened.sizes)
    if binding.degree:
        raise fault(
            "E0317",
            f"`{form.name}` takes {wires_text(tuple(f.type for f in opened.formals)).replace('?', '')}",
            node,
            f"here it is {wires_text(types)}",
            help="write `...` in its types if any axes will do",
        )
    inner = _scope(opened, binding)
    unit = env.unit
    before, unit.rest = unit.rest, rest
    try:
        return _lens(form, types, inner) if form.sig.node.kind == "lens_decl" else _optic(form, types, inner)
    finally:
        unit.rest = before


def _scope(opened: Opened, binding: Binding) -> Env:
    from diagram.reals import Real
    from diagram.sizes import symbol
    from grammar.elab.values import Num

    env = close(opened, binding)
    for name in opened.variables:
        value = env.find(name)
        if isinstance(value, Num) and any(s.startswith("?") for s in value.real.symbols):
            env.names[name] = Num(Real.of(symbol(name)))
    return env


def _parts(form: DeclaredOptic, names: Sequence[str]) -> list[Node]:
    parts = kids(kid(form.sig.node, 4 if form.sig.node.kind == "lens_decl" else 5))
    found = []
    for name in names:
        mine = [p for p in parts if word(p) == name]
        if len(mine) != 1:
            raise fault(
                "E0402", f"`{form.name}` needs one `{name}`, and has {len(mine) or 'none'}",
                mine[1] if mine else word_span(form.sig.node),
                labels=((mine[0], "first here"),) if mine else (),
            )  # fmt: skip
        found.append(mine[0])
    return found


def _ends(form: DeclaredOptic, env: Env) -> tuple[Wires, Wires, Wires]:
    """A', B, B'."""
    arrow = kid(form.sig.node, 2)
    _, back = _sides(kid(arrow, 0))
    there, demand = _sides(kid(arrow, 1))
    return type_of(back, env, env), type_of(there, env, env), type_of(demand, env, env)


def _lens(form: DeclaredOptic, types: Wires, env: Env) -> Optic:
    get, put = _parts(form, ("get", "put"))
    back, there, demand = _ends(form, env)
    if types:
        require(env, "copy", "E0304", "lens", form.sig.node)
    written = _written(put)
    if written is not None and written != len(back):
        raise _wrong_back(form, get, put, len(back), written)
    first = _pass(form, get, types, there, env, form.sig.node)
    second = _pass(form, put, types + demand, back, env, form.sig.node)
    return lens(first, second)


def _optic(form: DeclaredOptic, types: Wires, env: Env) -> Optic:
    fwd, bwd = _parts(form, ("fwd", "bwd"))
    back, there, demand = _ends(form, env)
    left = type_of(kid(form.sig.node, 3), env, env)
    written = _written(bwd)
    if written is not None and written != len(back):
        raise _wrong_back(form, fwd, bwd, len(back), written)
    first = _pass(form, fwd, types, there + left, env, form.sig.node)
    second = _pass(form, bwd, left + demand, back, env, form.sig.node)
    return Optic(first, second, len(left))


def _written(part: Node) -> int | None:
    """How many wires a pass gives, where the text shows it."""
    body = kid(part, 2)
    if body.kind == "block" and body.kids[1] is not None:
        items = kids(kid(kid(body, 1), 0))
        return len(items) if all(_one(i) for i in items) else None
    if body.kind == "tuple":
        return len(kids(body)) if all(_one(i) for i in kids(body)) else None
    return 1 if _one(body) and body.kind != "name" else None


def _one(node: Node) -> bool:
    return node.kind in ("add", "sub", "mul", "div", "neg", "pow", "int", "real", "name")


def _pass(form: DeclaredOptic, part: Node, given: Wires, wanted: Wires, env: Env, at: Node) -> Diagram:
    """One pass as a diagram of its own. Raises `Fault` E0402 for a wrong number of wires, E0301 for types."""
    from grammar.elab.body import run_block

    frame = Frame(env.category)
    inner = env.child(frame)
    name = word(part)
    params = optional(part, 1)
    before = len(env.unit.diagnostics)
    names = [word(p) for p in kids(params)] if params is not None else [""] * len(given)
    if len(names) != len(given):
        assert params is not None
        raise fault(
            "E0402", f"`{name}` of `{form.name}` names {len(names)} wires, and takes {len(given)}", params,
            describe(given), labels=((kid(at, 2), "declared here"),),
        )  # fmt: skip
    inputs = [frame.builder.input(t, n) for t, n in zip(given, names, strict=True)]
    for k, param in enumerate(kids(params) if params is not None else ()):
        inner.names[word(param)] = Wired(frame, (inputs[k],))
        inner.spans[word(param)] = word_span(param)
    body = kid(part, 2)
    if params is None:
        form_ = form_of(body, inner)
        result, where = (
            form_.apply(inner, Wired(frame, tuple(inputs)), body, tuple(body.span for _ in inputs)),
            body,
        )
    elif body.kind == "block":
        result, where = run_block(body, inner)
    else:
        result, where = as_wires(evaluate(body, inner), body, inner), body
    if any(not d.is_warning for d in env.unit.diagnostics[before:]):
        raise QUIET
    outs = frame.own(result)
    if len(outs) != len(wanted):
        what = "backward" if name in ("put", "bwd") else "forward"
        raise fault(
            "E0402",
            f"the {what} pass of `{form.name}` must give {_count(len(wanted))}, but gives {len(outs)}",
            where,
            describe(result.types),
            labels=((kid(at, 2), f"{wires_text(wanted)} is declared"),),
        )
    declared_at: Span = kid(at, 2).span
    fitted = tuple(
        _fitted(inner, w, t, declared_at, where, form.name) for w, t in zip(outs, wanted, strict=True)
    )
    check_uses(inner, frame, form.sig, fitted, inputs)
    return frame.closed(fitted).build(fitted, name=f"{form.name}.{name}", span=word_span(part))


def _fitted(env: Env, w: int, type_: Type, at: Span, node: Node, name: str) -> int:
    if not isinstance(type_, Tensor) and env.frame.builder.wires[w] == type_:
        return w
    return fit_result(env, w, type_, at, node, name)


def _count(n: int) -> str:
    return f"{n} wire{'s' * (n != 1)}"


def _wrong_back(form: DeclaredOptic, there: Node, part: Node, wanted: int, written: int) -> Exception:
    """E0402: the backward pass gives too few or too many changes; a missing product is offered."""
    names = [word(p) for p in kids(kid(there, 1))] if there.kids[1] is not None else []
    declared_back = _sides(kid(kid(form.sig.node, 2), 0))[1]
    body = kid(part, 2)
    where = body if body.kind != "block" else kid(kid(body, 1), 0)
    changes = _changes(there, part)
    mine = [n for n, text in changes.items() if text == " ".join(where.text.split())]
    edits: tuple[tuple[Node, str], ...] = ()
    if written == 1 and mine and len(changes) == wanted:
        edits = ((where, f"({', '.join(changes[n] for n in names)})"),)
    listed = " and ".join(f"for `{n}`" for n in names)
    return fault(
        "E0402",
        f"the backward pass of `{form.name}` must give {_count(wanted)}, but gives {written}",
        where,
        f"{_count(written)}: a change for `{mine[0]}`" if mine else _count(written),
        labels=(
            (declared_back, f"{_count(wanted)} are declared: changes {listed}" if len(names) == wanted
             else f"{_count(wanted)} are declared"),
        ),
        help="give one change for each input of `get`",
        edits=edits,
    )  # fmt: skip


def _changes(there: Node, part: Node) -> dict[str, str]:
    """For `get(p, x) = p * x` the changes `dy * x`, `dy * p`; nothing for other texts."""
    body = kid(there, 2)
    if body.kind != "mul" or part.kids[1] is None or any(k.kind != "name" for k in kids(body)):
        return {}
    left, right = (word(k) for k in kids(body))
    params = [word(p) for p in kids(kid(part, 1))]
    if not params or left == right:
        return {}
    return {left: f"{params[-1]} * {right}", right: f"{params[-1]} * {left}"}
