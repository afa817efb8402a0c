"""Forms around a form: the body of the form inside is elaborated by itself, with what it captures, and used
as data.

`scan[t, f]`, `grad[f]`, `recompute[f]` all begin here; what they do with the body is in their own modules.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from diagram.errors import Diagnostic, DiagramError, Span
from diagram.hypergraph import Args, Diagram, Param
from diagram.sizes import symbol
from diagram.types import Hom, Ob, Tensor, Type, Wires, map_sizes
from diagram.value import make
from grammar.elab.binding import Binding, Formal, Site
from grammar.elab.calls import call
from grammar.elab.effort import weight
from grammar.elab.env import QUIET, Env, Fault, Frame, fault, kid, kids, word
from grammar.elab.learn import Prefix, named_part
from grammar.elab.match import match_call
from grammar.elab.powers import fresh_part
from grammar.elab.values import Form, Wired
from grammar.tree import Node


@dataclass(frozen=True, slots=True)
class Inside:
    """A body `A @ captured -> B`, and the captured wires outside."""

    diagram: Diagram
    captured: tuple[int, ...]

    @property
    def given(self) -> int:
        """How many wires A has."""
        return len(self.diagram.dom) - len(self.captured)


Fit = Callable[[Env, tuple[int, ...]], tuple[int, ...]]


def inside(
    form: Form,
    types: Wires,
    env: Env,
    node: Node,
    names: Sequence[str] = (),
    fit: Fit | None = None,
    mention: bool = False,
) -> Inside:
    """The body of a form on wires of these types. Its learned arrays keep the paths they have in it,
    unless it is a `mention` among others."""
    outer = env.frame if env.has_frame else None
    frame = Frame(env.category, outer)
    inner = env.child(frame)
    inner.indexing = None
    shown = [*(names or port_names(form)), *[""] * len(types)]
    inputs = tuple(frame.builder.input(t, n) for t, n in zip(types, shown, strict=False))
    own = form if mention else bare(form, inner)
    out = own.apply(inner, Wired(frame, inputs), node, tuple(node.span for _ in types))
    outs = frame.own(out)
    if fit is not None:
        outs = fit(inner, outs)
    if any(str(frame.builder.wires[w]) == "?" for w in outs):
        raise QUIET
    diagram = frame.closed(outs).build(outs, name=form.name)
    env.unit.effort.spend(8 * weight(diagram), node)  # a derivative has four times as many, and more to do
    return Inside(diagram, tuple(frame.captured))


def port_names(form: Form) -> tuple[str, ...]:
    """The names of the wires that a form takes, where its text gives them."""
    ahead: tuple[str, ...] = ()
    while isinstance(form, Around):
        ahead += form.ahead()
        form = form.form
    sig = getattr(form, "sig", None)
    ports = getattr(sig, "ports", ()) if not getattr(sig, "arrow", True) else ()
    node = getattr(form, "node", None)
    if isinstance(node, Node) and node.kind == "lambda":
        return (*ahead, *(word(p) for p in kids(kid(node, 0))))
    return (*ahead, *(name for name, _, _ in ports))


def bare(form: Form, env: Env) -> Form:
    """A definition mentioned here for the first time adds no segment to the paths of its learned arrays."""
    if getattr(form, "part", 0) is None:
        return named_part(form, "", env, bare=True)
    return form


def part_of(form: Form, part: Prefix | None, env: Env, d: Diagram) -> Prefix | None:
    """The part under which the learned arrays of a form's body stand outside: given, fresh, or none of its
    own."""
    if part is not None or not d.params:
        return part
    if not hasattr(form, "part"):
        return Prefix("", env.frame, bare=True)
    ahead: tuple[str, ...] = ()
    while isinstance(form, Around):
        ahead += form.ahead()
        form = form.form
    return fresh_part(form.name, env.frame)


class Around(Form):
    """A form made from one other; `part` names its learned arrays once it is `learn`ed. Abstract."""

    __slots__ = ()
    form: Form
    part: Prefix | None

    @property
    def name(self) -> str:
        return self.form.name

    def arity(self) -> int | None:
        return self.form.arity()

    def dom(self) -> Wires | None:
        return self.form.dom()

    def ahead(self) -> tuple[str, ...]:
        """The names of the wires that it takes in front of those of the other."""
        return ()


def plain(types: Wires) -> Wires:
    """Formal types with their open sizes as symbols of their own: `?x` as `x`."""
    return tuple(_plain(t) for t in types)


def _plain(type_: Type) -> Type:
    if isinstance(type_, Ob):
        return replace(type_, name=type_.name.lstrip("?"))
    return map_sizes(type_, {s: symbol(s[1:]) for s in symbols((type_,)) if s.startswith("?")})


def given(types: Wires, env: Env) -> Wires:
    """Formal types with their open sizes as symbols of their own, or as given from outside: `--set o=2`."""
    types = plain(types)
    axes = {name: env.find_axis(name) for name in symbols(types)}
    sizes = {n: info.size for n, info in axes.items() if info is not None and info.outside and info.size}
    return tuple(map_sizes(t, sizes) for t in types)


def symbols(types: Wires) -> set[str]:
    """All size symbols in some types."""
    found: set[str] = set()
    for type_ in types:
        if isinstance(type_, Tensor):
            found |= {s for a in type_.axes for s in a.size.symbols}
            if type_.dtype.bound is not None:
                found |= type_.dtype.bound.symbols
        elif isinstance(type_, Hom):
            found |= symbols(type_.dom) | symbols(type_.cod)
    return found


def formal(types: Wires, like: Wires) -> Wires:
    """Types with those symbols open that are open in `like`."""
    open_ = {s.removeprefix("?"): symbol(s) for s in symbols(like) if s.startswith("?")}
    objects = {t.name.removeprefix("?") for t in like if isinstance(t, Ob) and t.name.startswith("?")}
    return tuple(
        replace(t, name="?" + t.name) if isinstance(t, Ob) and t.name in objects else map_sizes(t, open_)
        for t in types
    )


def itself(form: Form, env: Env, node: Node) -> Inside:
    """A form on the types it declares, whatever is open standing for itself. Raises `Fault` E0311."""
    dom = form.dom()
    if dom is None:
        raise fault(
            "E0311", f"the types that `{form.name}` takes are not known here", node, help="name it with `def`"
        )
    return inside(form, given(dom, env), env, node)


def matched(
    dom: Wires | None, wires: Wired, env: Env, node: Node, name: str, spans: Sequence[Span]
) -> Binding:
    """How wires fit the types that a form takes; without such types they are taken as they are."""
    types = dom if dom is not None else wires.types
    site = Site(env, node, name, spans)
    return match_call([Formal(f"wire {k + 1}", t) for k, t in enumerate(types)], wires.types, site)


def closed(dom: Wires, binding: Binding) -> Wires:
    """Formal types with the sizes and types that were found."""
    from grammar.elab.define import closed_type

    return tuple(closed_type(t, binding) for t in dom)


def placed(
    env: Env, body: Diagram, captured: Sequence[int], binding: Binding, wires: Wired, node: Node,
    part: Prefix | None, name: str, options: Args = (),
) -> Wired:  # fmt: skip
    """A call box for `body : A @ captured -> B`, over the axes that remain."""
    frame = env.frame
    extra = Wired(frame, tuple(captured))
    for w in captured:
        type_ = frame.builder.wires[w]
        binding.orders.append(tuple(range(len(type_.axes))) if isinstance(type_, Tensor) else ())
        binding.ports.append(())
    at = len(frame.builder.boxes)
    outs = call(env, body, binding, frame.joined([wires, extra]), node, part, name)
    if options:
        for k in range(at, len(frame.builder.boxes)):
            box = frame.builder.boxes[k]
            if box.op.name == "call" and box.mark is not None:
                frame.builder.boxes[k] = box._replace(
                    mark=replace(box.mark, options=box.mark.options + options)
                )
    return outs


# Captured wires as constants


def hidden(body: Inside) -> Diagram:
    """The body with its captured wires as frozen learned arrays in front of the others: constants to a
    derivative."""
    d, n = body.diagram, body.given
    taken = {p.path for p in d.params}
    names = []
    for k in range(len(body.captured)):
        name = f"captured.{k}"
        while name in taken:
            name += "_"
        names.append(name)
    params = tuple(Param(name, frozen=True) for name in names) + d.params
    flat = d.flat._replace(params=params)
    return make(flat, d.dom[:n], d.cod, d.category, d.name, d.doc, d.results, d.span)


def shown(d: Diagram, count: int) -> Diagram:
    """The first `count` learned arrays as inputs behind the others: the opposite of `hidden`."""
    n = len(d.dom)
    types = tuple(d.wires[w] for w in d.inputs[n : n + count])
    flat = d.flat._replace(params=d.params[count:])
    return make(flat, d.dom + types, d.cod, d.category, d.name, d.doc, d.results, d.span)


# Reading square brackets


def options_of(slots: Sequence[Node], names: Sequence[str], title: str) -> tuple[list[Node], dict[str, Node]]:
    """Static arguments by place, and the named ones. Raises `Fault` E0201."""
    places: list[Node] = []
    found: dict[str, Node] = {}
    for slot in slots:
        if slot.kind != "named":
            places.append(slot)
        elif word(slot) not in names:
            raise fault("E0201", f"`{title}` has no option `{word(slot)}`", slot,
                        f"it has {', '.join(names)}" if names else "it has none")  # fmt: skip
        else:
            found[word(slot)] = kid(slot, 1)
    return places, found


def static_form(node: Node, env: Env) -> Form:
    """A diagram in square brackets; `fn` is one without being a value, a wire `(A -> B)` is applied."""
    from grammar.elab.env import evaluate
    from grammar.elab.expr import as_form
    from grammar.elab.functions import LambdaForm, WireForm

    if node.kind == "lambda":
        return LambdaForm(node, env)
    value = evaluate(node, env)
    if isinstance(value, Wired) and len(value.ids) == 1 and isinstance(value.types[0], Hom):
        return WireForm(value, node.text)
    return as_form(value, node)


def one_form(slots: Sequence[Node], node: Node, env: Env, title: str) -> Form:
    """The only diagram in square brackets. Raises `Fault` E0302."""
    if len(slots) != 1:
        raise fault(
            "E0302", f"`{title}` takes one diagram in square brackets", node, help=f"write `{title}[f]`"
        )
    return static_form(slots[0], env)


def told(error: DiagramError | ValueError, env: Env, node: Node, code: str = "E0406") -> Fault:
    """What a transformation refuses, as a fault of the text at `node`."""
    if isinstance(error, ValueError):
        return fault(code, str(error), node)
    for one in error.diagnostics:
        at = one if one.span is not None else replace(one, span=node.span)
        env.unit.report(Fault(_at(at, node)))
    return QUIET


def _at(one: Diagnostic, node: Node) -> Diagnostic:
    """Places in another file than the text's are worth less than the place of the request."""
    if one.span is not None and one.span.source is not node.source:
        return replace(one, span=node.span, label="", labels=())
    return one


def only_mention(form: Form, env: Env) -> Form:
    """`def main = layer[...]`: one mention adds no segment to the paths of parameters."""
    from grammar.elab.define import DefForm

    if isinstance(form, DefForm | Around) and form.part is None:
        return named_part(form, form.name, env, bare=True)
    return form
