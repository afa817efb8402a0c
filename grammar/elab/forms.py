"""Forms made of forms: composites, powers, identities, wiring; and how wires fit a plain type."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from diagram.errors import Span
from diagram.hypergraph import Diagram, Mark
from diagram.spec import Slot, Spec
from diagram.types import UNKNOWN, Axis, Tensor, Type, Unknown, Wires, describe, wires_text
from grammar.elab.binding import Formal, Site
from grammar.elab.env import QUIET, Env, Fault, fault
from grammar.elab.match import match_call
from grammar.elab.mismatch import shown_text
from grammar.elab.values import Form, Wired
from grammar.tree import Node


@dataclass(frozen=True, slots=True)
class IdForm(Form):
    """The identity on some types."""

    wires: Wires
    text: str = ""

    @property
    def name(self) -> str:
        return self.text or wires_text(self.wires)

    def arity(self) -> int | None:
        return len(self.wires)

    def dom(self) -> Wires | None:
        return self.wires

    def apply(self, env: Env, wires: Wired, node: Node, spans: tuple[Span, ...]) -> Wired:
        return fit(env, wires, self.wires, node, self.name, spans)


@dataclass(frozen=True, slots=True)
class WiringForm(Form):
    """Output k is input `outputs[k]`: swaps, copies, discards, permutations."""

    wires: Wires
    outputs: tuple[int, ...]
    text: str

    @property
    def name(self) -> str:
        return self.text

    def arity(self) -> int | None:
        return len(self.wires)

    def dom(self) -> Wires | None:
        return self.wires

    def apply(self, env: Env, wires: Wired, node: Node, spans: tuple[Span, ...]) -> Wired:
        fitted = fit(env, wires, self.wires, node, self.name, spans)
        return env.frame.joined([fitted]).pick(self.outputs)


@dataclass(frozen=True, slots=True)
class DiagramForm(Form):
    """A closed diagram, inserted as it stands (spiders, cups, caps, computed diagrams)."""

    diagram: Diagram
    text: str

    @property
    def name(self) -> str:
        return self.text

    def arity(self) -> int | None:
        return len(self.diagram.dom)

    def dom(self) -> Wires | None:
        return self.diagram.dom

    def apply(self, env: Env, wires: Wired, node: Node, spans: tuple[Span, ...]) -> Wired:
        fitted = fit(env, wires, self.diagram.dom, node, self.name, spans)
        frame = env.frame
        outs = frame.builder.insert(self.diagram, frame.own(fitted))
        cod = self.diagram.cod
        return Wired(
            frame,
            outs,
            cod if any(frame.builder.wires[w] != t for w, t in zip(outs, cod, strict=True)) else (),
        )


@dataclass(frozen=True, slots=True)
class ThenForm(Form):
    """`f >> g >> ...`, each part with its text."""

    parts: tuple[tuple[Form, Node], ...]

    @property
    def name(self) -> str:
        return " >> ".join(f.name for f, _ in self.parts)

    def arity(self) -> int | None:
        return self.parts[0][0].arity()

    def dom(self) -> Wires | None:
        return self.parts[0][0].dom()

    def apply(self, env: Env, wires: Wired, node: Node, spans: tuple[Span, ...]) -> Wired:
        before: Node | None = None
        for form, text in self.parts:
            wires = then(env, wires, form, text, before, spans if before is None else ())
            before = text if before is None else before
        return wires

    def mentions(self) -> Form:
        return ThenForm(tuple((f.mentions(), n) for f, n in self.parts))


@dataclass(frozen=True, slots=True)
class BesideForm(Form):
    """`f @ g @ ...`."""

    parts: tuple[tuple[Form, Node], ...]

    @property
    def name(self) -> str:
        return " @ ".join(f.name for f, _ in self.parts)

    def arity(self) -> int | None:
        counts = [f.arity() for f, _ in self.parts]
        return None if None in counts else sum(c for c in counts if c is not None)

    def dom(self) -> Wires | None:
        doms = [f.dom() for f, _ in self.parts]
        return None if None in doms else sum((d for d in doms if d is not None), ())

    def apply(self, env: Env, wires: Wired, node: Node, spans: tuple[Span, ...]) -> Wired:
        counts = [f.arity() for f, _ in self.parts]
        open_ = [k for k, c in enumerate(counts) if c is None]
        total = sum(c for c in counts if c is not None)
        if len(open_) > 1 or len(wires.ids) < total or (not open_ and len(wires.ids) != total):
            raise fault(
                "E0302",
                f"`{node.text}` takes {total} wires, but {len(wires.ids)} are given",
                node,
                describe(wires.types),
            )
        outs: list[Wired] = []
        at = 0
        for (form, text), count in zip(self.parts, counts, strict=True):
            n = len(wires.ids) - total if count is None else count
            outs.append(form.apply(env, wires.pick(range(at, at + n)), text, spans[at : at + n]))
            at += n
        return env.frame.joined(outs)

    def mentions(self) -> Form:
        return BesideForm(tuple((f.mentions(), n) for f, n in self.parts))


def then(
    env: Env, wires: Wired, form: Form, text: Node, before: Node | None, spans: tuple[Span, ...]
) -> Wired:
    """`wires >> form`. A mismatch of plain wires is one E0301 with both sides, wire by wire."""
    wanted, have = form.dom(), wires.types
    if any(isinstance(t, Unknown) for t in have):
        raise QUIET
    if wanted is not None and before is not None and not _composable(wanted, have):
        raise not_composable(text, before, wanted, have)
    where = spans if spans or before is None else (before.span,) * len(wires.ids)
    return form.apply(env, wires, text, where)


def _composable(wanted: Wires, have: Wires) -> bool:
    if len(wanted) != len(have):
        return False
    pairs = zip(wanted, have, strict=True)
    return all((isinstance(w, Tensor) and isinstance(h, Tensor)) or _variable(w) or w == h for w, h in pairs)


def _variable(type_: Type) -> bool:
    return "?" in str(type_)


def not_composable(text: Node, before: Node, wanted: Wires, have: Wires) -> Fault:
    """E0301; if the wires fit in another order, the swap is offered."""
    notes = [
        f"wire {k + 1}: {h} against {w}".replace("?", "")
        for k, (w, h) in enumerate(zip(wanted, have, strict=False))
        if w != h
    ]
    if len(wanted) != len(have):
        notes = [f"{len(have)} wires against {len(wanted)}"]
    help_ = ""
    edits: tuple[tuple[Span, str], ...] = ()
    if len(wanted) == len(have) == 2 and wanted == tuple(reversed(have)):
        help_ = "the wires are the same in another order; a swap makes them fit"
        edits = ((Span(text.source, text.start, text.start), f"swap[{have[0]}, {have[1]}] >> "),)
    elif sorted(map(str, wanted)) == sorted(map(str, have)):
        help_ = "the wires are the same in another order"
    gap = _sign_between(before, text)
    takes, gives = aligned_types(wanted, have)
    return fault(
        "E0301",
        "these two diagrams do not compose",
        gap,
        "the wires on the two sides differ",
        labels=((text, f"takes    {takes}"), (before, f"gives    {gives}")),
        notes=tuple(notes),
        help=help_,
        edits=edits,
    )


def aligned_types(left: Wires, right: Wires) -> tuple[str, str]:
    """Two lists of wires, wire under wire."""
    a, b = [shown_text(str(t)) for t in left], [shown_text(str(t)) for t in right]
    for k in range(min(len(a), len(b))):
        width = max(len(a[k]), len(b[k]))
        a[k], b[k] = a[k].ljust(width), b[k].ljust(width)
    return " @ ".join(a).rstrip() or "()", " @ ".join(b).rstrip() or "()"


def _sign_between(before: Node, after: Node) -> Span:
    text = before.source.text
    at = text.find(">>", before.end, after.start)
    return Span(before.source, at, at + 2) if at >= 0 else after.span


def fit(env: Env, wires: Wired, wanted: Wires, node: Node, name: str, spans: tuple[Span, ...]) -> Wired:
    """Wires as the types `wanted`: arrays are matched by name and permuted, all else must be equal."""
    have = wires.types
    if have == wanted:
        return wires
    site = Site(env, node, name, spans)
    formals = [Formal(f"wire {k + 1}", t) for k, t in enumerate(wanted)]
    binding = match_call(formals, have, site)
    ids = env.frame.own(wires)
    result = []
    for w, order, type_, has in zip(ids, binding.orders, wanted, binding.ports, strict=True):
        degree = [binding.degree[d] for d in has]
        result.append(permuted(env, w, order, degree, type_))
    return Wired(env.frame, tuple(result))


def permuted(env: Env, w: int, order: tuple[int, ...], degree: Sequence[Axis], type_: Type) -> int:
    """The array on wire w with its axes in another order, typed `degree ++ type_`; the wire itself if
    nothing changes."""
    if not isinstance(type_, Tensor):
        return w
    return transposed(env, w, order, (*degree, *type_.axes))


def transposed(
    env: Env, w: int, order: tuple[int, ...], axes: tuple[Axis, ...], mark: Mark | None = None
) -> int:
    """Axis k of the result is axis `order[k]` of wire w, under the name `axes[k]`."""
    from diagram.ops import STANDARD

    b = env.frame.builder
    have = b.wires[w]
    assert isinstance(have, Tensor)
    if have.axes == axes and order == tuple(range(len(axes))):
        return w
    at = {a: k for k, a in enumerate(order)}
    spec = Spec(
        axes,
        (tuple(Slot.at(at[a]) for a in range(len(order))),),
        (tuple(Slot.at(k) for k in range(len(order))),),
    )
    (out,) = b.box(STANDARD["contract"], (w,), (have.with_axes(axes),), spec, mark=mark)
    b.names[out] = b.names[w]
    return out


@dataclass(frozen=True, slots=True)
class HoleForm(Form):
    """`?name`: has the type its place needs."""

    hole: str

    @property
    def name(self) -> str:
        return "?" + self.hole

    def arity(self) -> int | None:
        return None

    def apply(self, env: Env, wires: Wired, node: Node, spans: tuple[Span, ...]) -> Wired:
        env.unit.holes[node] = (self.hole, wires.types, None)
        w = env.frame.builder.wire(UNKNOWN, "?" + self.hole)
        env.frame.holes[w] = (self.hole, env.frame.own(wires), node)
        return Wired(env.frame, (w,))
