"""`rule`, `theorem`, `normalise[...]`: equations between diagrams, checked steps, and strategies.

A step that names one rule is one use of it; one that names several is any uses of them. Definitions unfold by
themselves. The search and the rewriting are `diagram.proof` and `diagram.rewrite`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from diagram.errors import Span
from diagram.hypergraph import Diagram
from diagram.inlining import inline
from diagram.matching import Match
from diagram.melt import melt
from diagram.reduction import REDUCTIONS, reductions
from diagram.rewrite import Rule, steps
from diagram.types import Ob, R, Tensor, Type, Wires, wires_text
from diagram.value import make
from grammar.elab.boxes import AbstractBox
from grammar.elab.closing import closed, domain, itself
from grammar.elab.env import (
    AxisInfo,
    Env,
    Frame,
    Later,
    evaluate,
    fault,
    kid,
    kids,
    optional,
    word,
    word_span,
)
from grammar.elab.expr import as_form, as_wires
from grammar.elab.forms import DiagramForm
from grammar.elab.functions import parameter
from grammar.elab.signature import generic_kind, static_value
from grammar.elab.static import undecided
from grammar.elab.typing import type_of
from grammar.elab.values import Form, Static, TypeVal, Value, Wired
from grammar.tree import Node, Token


@dataclass(slots=True, eq=False)
class RuleVal(Static):
    """A declared rule or theorem: two sides of one type, generics as variables."""

    node: Node
    env: Env
    statics: Mapping[str, Value] = field(default_factory=dict)
    widths: Mapping[str, int] = field(default_factory=dict)
    made: dict[Wires | None, Rule] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """Its name."""
        return word(self.node)

    @property
    def kind(self) -> str:
        return f"the {self.node.kind.removesuffix('_decl')} `{self.title}`"

    @property
    def is_theorem(self) -> bool:
        """Whether it has a proof."""
        return self.node.kind == "theorem_decl"

    @property
    def nodes(self) -> tuple[Node, Node]:
        """The text of the two sides."""
        return kid(self.node, 2), kid(self.node, 3 if self.is_theorem else 4)

    @property
    def oriented(self) -> bool:
        """Written with `=>`."""
        sign = self.node.kids[3]
        return isinstance(sign, Token) and sign.text == "=>"

    def generics(self) -> tuple[Node, ...]:
        """The declared generics."""
        return kids(kid(self.node, 1)) if self.node.kids[1] is not None else ()

    def given(self, brackets: Node, node: Node, env: Env) -> Value:
        """`r[A = B, f = g]`: some variables fixed. Raises `Fault` E0201."""
        names = [word(g, 1) for g in self.generics()]
        kinds = {word(g, 1): generic_kind(g)[2] for g in self.generics()}
        statics = dict(self.statics)
        for k, slot in enumerate(kids(kid(brackets, 0))):
            name = word(slot) if slot.kind == "named" else names[k] if k < len(names) else ""
            if name not in kinds:
                raise fault("E0201", f"{self.kind} has no variable `{slot.text}`", slot)
            statics[name] = static_value(kinds[name], kid(slot, 1) if slot.kind == "named" else slot, env)
        return RuleVal(self.node, self.env, statics, self.widths)

    def member(self, name: str, node: Node, env: Env) -> Value:
        """`r.left`, `r.right`."""
        if name not in ("left", "right"):
            raise fault(
                "E0201", f"{self.kind} has no `{name}`", node, help="its sides are `left` and `right`"
            )
        scope = self.scope()
        scope.indexing = None
        return self._form(self.nodes[name == "right"], scope)

    def scope(self) -> Env:
        """Where its sides are read: generics stand for themselves."""
        env = self.env.child()
        for generic in self.generics():
            _, name, kind, _, arrow = generic_kind(generic)
            if name in self.statics:
                env.names[name] = self.statics[name]
            elif kind in ("type", "object"):
                env.names[name] = TypeVal(self.wires(name))
            elif kind == "axis":
                env.axes[name] = AxisInfo(name, span=word_span(generic, 1))
            elif kind == "box" and arrow is not None:
                dom, cod = type_of(kid(arrow, 0), env, env), type_of(kid(arrow, 1), env, env)
                env.names[name] = AbstractBox(name, dom, cod)
            else:
                raise Later(name)
        for name, type_ in self.fixed().items():
            env.names[name] = TypeVal((type_,))
        return env

    def wires(self, name: str) -> Wires:
        """What a type variable is written with: one object, or one for each of several wires."""
        count = self.widths.get(name, 1)
        return (Ob(name),) if count == 1 else tuple(Ob(f"{name}[{k}]") for k in range(count))

    def fixed(self) -> dict[str, Type]:
        """Object variables that the given boxes determine: `unit[m = plus]` fixes A by the type of plus."""
        found: dict[str, Type] = {}
        for generic in self.generics():
            _, name, kind, _, arrow = generic_kind(generic)
            form = self.statics.get(name)
            if kind != "box" or arrow is None or not isinstance(form, Form):
                continue
            plain = self.env.child()
            plain.names.update({n: TypeVal((Ob(n),)) for n in self.variables("type", "object")})
            d = itself(form, arrow, plain)
            formal = (type_of(kid(arrow, 0), plain, plain), type_of(kid(arrow, 1), plain, plain))
            for want, have in zip(formal, (d.dom, d.cod), strict=True):
                for a, b in zip(want, have, strict=False):
                    if isinstance(a, Ob) and a.name in self.variables("type", "object"):
                        found.setdefault(a.name, b)
        return found

    def variables(self, *kinds: str) -> frozenset[str]:
        """Names of the generics of some kinds that are not fixed."""
        found = (g for g in self.generics() if generic_kind(g)[2] in kinds)
        return frozenset(word(g, 1) for g in found) - self.statics.keys()

    def _form(self, node: Node, env: Env) -> Form:
        if node.kind == "lambda":
            return DiagramForm(_pointed(node, env), node.text)
        return as_form(evaluate(node, env), node)

    def sides(self, types: Wires | None = None) -> tuple[Diagram, Diagram]:
        """Both sides as diagrams; `types` for sides that take whatever array comes. Raises `Fault` E0501."""
        env = self.scope()
        left, right = (self._form(n, env) for n in self.nodes)
        known = domain(left), domain(right)
        dom = known[0] if known[0] is not None else known[1]
        if dom is None:
            dom = types if types is not None else (Tensor(R),) * (left.arity() or right.arity() or 1)
        f = closed(left, known[0] if known[0] is not None else dom, self.nodes[0], env)
        g = closed(right, known[1] if known[1] is not None else dom, self.nodes[1], env)
        if f.dom != g.dom or f.cod != g.cod:
            raise self._types_differ(f, g, env)
        return opened(f), opened(g)

    @property
    def anywhere(self) -> bool:
        """Whether its sides take whatever array comes: `relu >> relu => relu`."""
        env = self.scope()
        return all(domain(self._form(n, env)) is None for n in self.nodes)

    def _types_differ(self, f: Diagram, g: Diagram, env: Env) -> Exception:
        left, right = self.nodes
        sign = Span(self.node.source, *_gap(self.node.source.text, left.end, right.start))
        help_ = ""
        edits: tuple[tuple[Node, str], ...] = ()
        if isinstance(evaluate(right, env), TypeVal) and f.dom == f.cod:
            n = len(f.dom)
            help_ = f"the identity on {'one wire' if n == 1 else f'{n} wires'} is `{wires_text(f.dom)}`"
            edits = ((right, wires_text(f.dom)),)
        return fault(
            "E0501",
            f"the two sides of this {'theorem' if self.is_theorem else 'rule'} have different types",
            sign,
            "the sides cannot be equal",
            labels=((right, g.type_text), (left, f.type_text)),
            help=help_,
            edits=edits,
        )

    def rule(self, types: Wires | None = None) -> Rule:
        """As the rewriting has it. Raises `Fault` E0501, `Later`."""
        if types not in self.made:
            left, right = self.sides(types)
            free = self.variables("type", "object") - self.fixed().keys()
            objects = frozenset(str(ob) for name in free for ob in self.wires(name))
            boxes = self.variables("box")
            self.made[types] = Rule(self.title, left, right, self.oriented, objects, boxes, self._condition())
        return self.made[types]

    def _condition(self) -> _Holds | None:
        where = optional(self.node, 5 if not self.is_theorem else 4)
        if where is None:
            return None
        scope = self.scope()
        holds = all(undecided(part, scope) is True for part in kids(where) if part.kind == "where_cond")
        return _Holds(holds)


@dataclass(frozen=True, slots=True)
class _Holds:
    """A side condition that is decided by the rule alone; one that is open never holds."""

    value: bool

    def __call__(self, match: Match) -> bool:
        return self.value


def _gap(text: str, start: int, end: int) -> tuple[int, int]:
    """The sign between two sides."""
    for sign in ("==", "=>"):
        at = text.find(sign, start, end)
        if at >= 0:
            return at, at + 2
    return start, end


def opened(d: Diagram) -> Diagram:
    """With definitions unfolded: rules look inside."""
    if any(isinstance(t, Tensor) for t in d.wires):
        return inline(d)
    return make(melt(d, True), d.dom, d.cod, d.category, d.name, d.doc, d.results)


def _pointed(node: Node, env: Env) -> Diagram:
    """A side written with names: `fn(S: R[q, x]) = softmax[x](S)`."""
    from grammar.elab.body import run_block

    frame = Frame(env.category)
    inner = env.child(frame)
    for param in kids(kid(node, 0)):
        w = frame.builder.input(parameter(param, env, inner), word(param))
        inner.names[word(param)] = Wired(frame, (w,))
        inner.spans[word(param)] = word_span(param)
    body = kid(node, 2)
    block = body.kind == "block"
    out = run_block(body, inner)[0] if block else as_wires(evaluate(body, inner), body, inner)
    return frame.builder.build(frame.own(out))


# ------------------------------------------------------------------------------------------------ strategies


@dataclass(frozen=True, slots=True)
class Strategy(Static):
    """`normalise[r1, -r2]`: rules used from left to right until none applies."""

    rules: tuple[tuple[RuleVal, bool], ...]
    node: Node
    reduced: tuple[str, ...] = ()
    """Of `beta` and `eta`: steps for functions on wires, before the rules."""

    @property
    def kind(self) -> str:
        return "a strategy"

    def given(self, brackets: Node, node: Node, env: Env) -> Value:
        """`tidy[f]`: the normal form of f."""
        slots = kids(kid(brackets, 0))
        if len(slots) != 1:
            raise fault("E0302", "a strategy is applied to one diagram", brackets)
        return NormalForm(self, as_form(evaluate(slots[0], env), slots[0]), slots[0])

    def run(self, d: Diagram, node: Node) -> tuple[Diagram, list[str]]:
        """The normal form of a diagram, and the rules used. Raises `Fault` E0504."""
        start, taken = self.steps(d, node)
        return (taken[-1][1] if taken else start), [name for name, _ in taken]

    def steps(self, d: Diagram, node: Node) -> tuple[Diagram, list[tuple[str, Diagram]]]:
        """The diagram unfolded, and each use of a rule with what it gives. Raises `Fault` E0504."""
        host = inline(d) if self.reduced else opened(d)
        try:
            taken = list(reductions(self.reduced, host))
        except ValueError as error:
            raise fault("E0504", f"`{self.node.text}` has no normal form", node, str(error)) from None
        if not self.rules:
            return host, taken
        first, host = host, taken[-1][1] if taken else host
        every = [r for value, back in self.rules for r in instances(value, back, (host,))]
        rules = [r for r in every if bound(r) and r.left != r.right]  # what the category knows needs no rule
        try:
            return first, taken + [(rule.name, new) for rule, new in steps(rules, host, 1_000)]
        except ValueError as error:
            raise fault("E0504", f"`{node.text}` has no normal form", node, str(error)) from None


def bound(rule: Rule) -> bool:
    """Whether the left side fixes all variables of the right one."""
    left, right = rule.left, rule.right
    boxes = {b.op.name for b in left.boxes} & rule.boxes
    objects = {t.name for t in left.wires if isinstance(t, Ob)} & rule.objects
    needs = {b.op.name for b in right.boxes} & rule.boxes, {t.name for t in right.wires if isinstance(t, Ob)}
    return needs[0] <= boxes and needs[1] & rule.objects <= objects


def instances(value: RuleVal, back: bool, hosts: Sequence[Diagram]) -> list[Rule]:
    """A rule as it may be used in some diagrams: one for each type of array if its sides take any."""
    types: list[Wires | None] = [None]
    if value.anywhere:
        arity = max((value._form(n, value.scope()).arity() or 1) for n in value.nodes)
        arrays = dict.fromkeys(t for d in hosts for t in d.wires if isinstance(t, Tensor))
        types = [(t,) * arity for t in arrays]
    rules = [value.rule(t) for t in types]
    for widths in _widths(value, hosts):
        rules.append(RuleVal(value.node, value.env, value.statics, widths).rule())
    return [r.reverse for r in rules] if back else rules


SHAPES = 32
"""Type variables stand for several wires in up to so many ways at once."""


def _widths(value: RuleVal, hosts: Sequence[Diagram]) -> list[dict[str, int]]:
    """How many wires the type variables may stand for, other than one each: as the boxes of the diagrams
    take and give where the rule has a box variable.
    """
    free = value.variables("type") - value.fixed().keys()
    if not free:
        return []
    shapes = dict.fromkeys((len(box.dom), len(box.cod)) for d in hosts for box in d.boxes)
    found: list[dict[str, int]] = [{}]
    for generic in value.generics():
        _, name, kind, _, arrow = generic_kind(generic)
        if kind != "box" or arrow is None or name in value.statics:
            continue
        sides = [kid(arrow, side).text.strip() for side in (0, 1)]
        found = [new for known in found for shape in shapes for new in _fitted(known, sides, shape, free)]
        found = [dict(items) for items in dict.fromkeys(tuple(sorted(f.items())) for f in found)][:SHAPES]
    return [widths for widths in found if any(n != 1 for n in widths.values())]


def _fitted(
    known: dict[str, int], sides: Sequence[str], shape: tuple[int, int], free: frozenset[str]
) -> list[dict[str, int]]:
    """The widths with those that a box of this shape gives to the variables that are a side alone."""
    new = dict(known)
    for side, count in zip(sides, shape, strict=True):
        if new.setdefault(side, count) != count and side in free:
            return []
    return [{name: count for name, count in new.items() if name in free}]


@dataclass(frozen=True, slots=True)
class NormalForm(Form):
    """A diagram normalised by a strategy."""

    strategy: Strategy
    form: Form
    node: Node

    @property
    def name(self) -> str:
        return self.form.name

    def arity(self) -> int | None:
        return self.form.arity()

    def dom(self) -> Wires | None:
        return self.form.dom()

    def apply(self, env: Env, wires: Wired, node: Node, spans: tuple[Span, ...]) -> Wired:
        d, _ = self.strategy.run(closed(self.form, wires.types, self.node, env), self.node)
        return DiagramForm(d, node.text).apply(env, wires, node, spans)


def normalise(slots: tuple[Node, ...], node: Node, env: Env) -> Value:
    """How `normalise[...]` is read."""
    rules = []
    reduced: list[str] = []
    for slot in slots:
        if slot.kind == "name" and word(slot) in REDUCTIONS and env.find(word(slot)) is None:
            reduced.append(word(slot))
            continue
        back = slot.kind == "neg"
        expr = kid(slot, 0) if back else slot
        value = evaluate(expr, env)
        if not isinstance(value, RuleVal):
            raise fault("E0307", f"`{expr.text}` is not a rule", expr, "a strategy is a list of rules")
        rules.append((value, back))
    return Strategy(tuple(rules), node, tuple(reduced))
