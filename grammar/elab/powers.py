"""`f ** n` and `tied[f]`; the `repeat` box that loops become."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from diagram.errors import Span
from diagram.hypergraph import Args, Mark
from diagram.ops import STANDARD
from diagram.types import Tensor, Wires
from grammar.elab.counting import limit_boxes, limit_turns
from grammar.elab.define import DefForm
from grammar.elab.env import Env, Frame, fault, kid
from grammar.elab.forms import transposed
from grammar.elab.learn import Prefix, named_part
from grammar.elab.results import match_axes
from grammar.elab.static import whole
from grammar.elab.values import Form, Value, Wired
from grammar.tree import Node


@dataclass(frozen=True, slots=True)
class PowerForm(Form):
    """`f ** n`: n copies, each with its own parameters (numbered), unless `f` is tied."""

    form: Form
    count: int
    tied: bool = False
    part: Prefix | None = None

    @property
    def name(self) -> str:
        return f"{self.form.name} ** {self.count}"

    def arity(self) -> int | None:
        return self.form.arity()

    def dom(self) -> Wires | None:
        return self.form.dom()

    def apply(self, env: Env, wires: Wired, node: Node, spans: tuple[Span, ...]) -> Wired:
        if self.count == 0:
            return wires
        frame = env.frame
        inner_frame = Frame(env.category, frame)
        inner = env.child(inner_frame)
        ids = frame.own(wires)
        types = tuple(frame.builder.wires[w] for w in ids)
        inputs = tuple(
            inner_frame.builder.input(t, frame.builder.names[w]) for t, w in zip(types, ids, strict=True)
        )
        form = self._inside(inner)
        out = form.apply(inner, Wired(inner_frame, inputs), node, spans)
        outs = inner_frame.own(out)
        kept = Wired(inner_frame, outs).types
        outs = same_names(inner, outs, types, kept)
        kept = Wired(inner_frame, outs).types
        if kept != types:
            return self._unrolled(env, wires, node, spans)
        part = self.part or fresh_part(self.form.name, frame)
        path = part.name if not part.bare else ""
        return repeat(env, inner_frame, ids, outs, self.count, path, node, self.tied, self.form.name)

    def _inside(self, inner: Env) -> Form:
        from grammar.elab.inside import Around

        own = isinstance(self.form, DefForm | Around)
        return named_part(self.form, "", inner, bare=True) if own else self.form

    def _unrolled(self, env: Env, wires: Wired, node: Node, spans: tuple[Span, ...]) -> Wired:
        """Types that change from copy to copy: no loop, one after the other."""
        for k in range(self.count):
            name = f"{(self.part.name if self.part else self.form.name)}.{k}"
            wires = named_part(self.form, name, env).apply(env, wires, node, spans)
            spans = tuple(node.span for _ in wires.ids)
        return wires

    def mentions(self) -> Form:
        return replace(self, form=self.form.mentions()) if not self.tied else self


def same_names(env: Env, outs: Sequence[int], wanted: Wires, have: Wires) -> tuple[int, ...]:
    """Results as the carried types: a permutation, or axes of one stem and size under the carried names."""
    result = []
    for w, want, got in zip(outs, wanted, have, strict=False):
        if isinstance(want, Tensor) and isinstance(got, Tensor) and want != got and want.dtype == got.dtype:
            order = match_axes(want.axes, got.axes, env)
            if order is not None:
                w = transposed(env, w, order, want.axes)
        result.append(w)
    return tuple(result)


def fresh_part(name: str, frame: Frame) -> Prefix:
    """A part of this name with parameters of its own: `f`, `f_1`, ..."""
    k = frame.learned.get(name, 0)
    frame.learned[name] = k + 1
    return Prefix(name if not k else f"{name}_{k}", frame)


def repeat(
    env: Env,
    inner: Frame,
    carried: Sequence[int],
    outs: Sequence[int],
    count: int,
    path: str,
    node: Node,
    tied: bool,
    title: str,
    after_first: bool = False,
) -> Wired:
    """One `repeat` box for a body built in `inner`; fresh parameters are numbered by the turn."""
    frame = env.frame
    b = frame.builder
    body = inner.closed(outs).build(outs, name=title)
    limit_turns(env, count, body, tied, node)
    invariants = tuple(inner.captured)
    params: list[int] = []
    turns = 1 if tied else count
    for turn in range(turns if body.params else 0):
        for param, w in zip(body.params, body.param_wires, strict=True):
            number = "" if tied else str(turn)
            full = numbered(path, param.path, number, after_first)
            params.append(b.param(body.wires[w], replace(param, path=full)))
    fresh = 0 if tied else len(body.params)
    args: Args = (("count", count), ("carried", len(carried)), ("fresh", fresh))
    cod = tuple(b.wires[w] for w in carried)
    dom = (*carried, *invariants, *params)
    done = b.box(STANDARD["repeat"], dom, cod, None, args, (body,), Mark(title, node.span))
    for w, old in zip(done, carried, strict=True):
        b.names[w] = b.names[old]
    return Wired(frame, done)


def numbered(path: str, inner: str, number: str, after_first: bool) -> str:
    """`stack.3.attn.Q.weight`; in a loop the number follows the part: `attn.3.Q.weight`."""
    if after_first and number:
        head, _, tail = inner.partition(".")
        parts = [path, head, number, tail]
    else:
        parts = [path, number, inner]
    return ".".join(p for p in parts if p)


def power_form(form: Form, node: Node, env: Env) -> Value:
    """`f ** n` with a whole static n. Raises `Fault` E0333, E0602."""
    from grammar.elab.optic_changes import PowerOptic
    from grammar.elab.optics import optic_of

    exponent = kid(node, 1)
    n = whole(exponent, env).constant
    if n is None:
        if env.unit.checking:
            n = 1
        else:
            raise fault(
                "E0333",
                f"`{exponent.text}` must be a number to repeat a diagram",
                exponent,
                help="give it with --set",
            )
    if n < 0:
        raise fault("E0333", f"a diagram cannot be repeated {n} times", exponent)
    optic = optic_of(form, env)
    if optic is not None:
        limit_boxes(env, n, node)
        return PowerOptic(optic, n, node)
    tied = isinstance(form, TiedForm)
    inner = form.form if isinstance(form, TiedForm) else form
    if not tied:
        limit_boxes(env, n, node)
    return PowerForm(inner, n, tied)


@dataclass(frozen=True, slots=True)
class TiedForm(Form):
    """`tied[f]`: all copies share the parameters."""

    form: Form

    @property
    def name(self) -> str:
        return self.form.name

    def arity(self) -> int | None:
        return self.form.arity()

    def dom(self) -> Wires | None:
        return self.form.dom()

    def apply(self, env: Env, wires: Wired, node: Node, spans: tuple[Span, ...]) -> Wired:
        return self.form.apply(env, wires, node, spans)
