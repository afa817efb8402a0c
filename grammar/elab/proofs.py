"""Theorems: every step checked against the rules it names; a failed one shows what the rules do reach
(E0502)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from diagram.difference import difference
from diagram.equality import digest
from diagram.errors import Diagnostic, DiagramError
from diagram.hypergraph import Diagram, identity, single
from diagram.levels import Category
from diagram.merging import merged
from diagram.op import Kind
from diagram.planar import planar_text
from diagram.proof import Unproved, reach
from diagram.rewrite import Rule, rewrites
from diagram.types import Ob, Type, Wires
from grammar.elab.bending import CrossingForm
from grammar.elab.closing import closed, domain
from grammar.elab.define import DefForm
from grammar.elab.env import Env, Fault, evaluate, fault, kid, kids, optional
from grammar.elab.expr import as_form
from grammar.elab.laws import RuleVal, Strategy, instances, opened
from grammar.elab.static_defs import unfolded
from grammar.elab.structure import home
from grammar.elab.values import Static, Value
from grammar.tree import Node, Token

SHOWN = 3
"""How many reachable diagrams a message shows."""
LIMIT = 600
"""How many diagrams a step with several names may visit."""
HINT = 40
"""How many diagrams are visited to see whether more uses of a rule would do."""


@dataclass(frozen=True, slots=True)
class Law(Static):
    """A law that is built in: bracketing of products, naturality of crossings."""

    title: str

    @property
    def kind(self) -> str:
        return f"the law `{self.title}`"


@dataclass(frozen=True, slots=True)
class Reason:
    """One name after `by`: the rules it stands for here, or none for a definition, which unfolds by
    itself."""

    name: str
    rules: tuple[Rule, ...]
    folds: bool = False
    """Products of arrays are compared up to bracketing."""


@dataclass(frozen=True, slots=True)
class Proved:
    """A checked step: its text, the rules it used, the diagrams before and after it."""

    text: str
    used: tuple[str, ...]
    before: Diagram
    after: Diagram


def prove(theorem: RuleVal, limit: int = LIMIT) -> list[Proved]:
    """Check all steps of a theorem. Raises `Fault` E0201, E0501, E0502."""
    left, right = theorem.sides()
    scope = theorem.scope()
    now, before = left, theorem.nodes[0]
    proved = []
    for step in kids(kid(theorem.node, 5)):
        text = kid(step, 0)
        form = as_form(evaluate(text, scope), text)
        dom = domain(form)
        goal = opened(closed(form, left.dom if dom is None else dom, text, scope))
        if (goal.dom, goal.cod) != (left.dom, left.cod):
            raise fault(
                "E0501",
                "this step has another type than the theorem",
                text,
                goal.type_text,
                labels=((before, left.type_text),),
            )
        reasons = [_reason(j, theorem, (now, goal)) for j in kids(kid(step, 1))]
        used = _step(now, goal, reasons, _whole(text, step), limit)
        proved.append(Proved(text.text, used, now, goal))
        now, before = goal, text
    if now != right:
        note = difference(now, right)
        raise fault(
            "E0502",
            f"the steps of `{theorem.title}` do not end in its second side",
            before,
            "the last diagram",
            labels=((theorem.nodes[1], "what is to be proved"),),
            notes=(note,) if note else (),
        )
    return proved


def _whole(text: Node, step: Node) -> Node:
    """A step without its first sign, for messages."""
    return Node("unit", (), text.start, step.end, text.source)


def _reason(node: Node, theorem: RuleVal, hosts: tuple[Diagram, Diagram]) -> Reason:
    back = isinstance(node.kids[0], Token)
    path, static = kid(node, 1), optional(node, 2)
    env = theorem.env
    value = _named(path, static, env)
    name = ("-" if back else "") + path.text + (static.text if static is not None else "")
    if isinstance(value, Law):
        if value.title == "naturality":
            return Reason(name, tuple(r for rule in naturality(hosts, env) for r in (rule, rule.reverse)))
        return Reason(name, (), True)
    if isinstance(value, DefForm):
        return Reason(name, ())
    if not isinstance(value, RuleVal):
        raise fault("E0201", f"`{path.text}` is not a rule, a theorem or a definition", path)
    _not_circular(value, theorem, path)
    return Reason(name, tuple(instances(value, back, hosts)))


def _named(path: Node, static: Node | None, env: Env) -> Value | None:
    token = path.kids[0]
    assert isinstance(token, Token)
    source = path.source
    if path.text == "naturality":
        return Law("naturality")
    expr = Node("name", (token,), path.start, token.end, source)
    for part in path.kids[1:]:
        assert isinstance(part, Token)
        expr = Node("attr", (expr, part), path.start, part.end, source)
    if static is not None:
        expr = Node("static_apply", (expr, static), path.start, static.end, source)
    return evaluate(expr, env)


def _not_circular(value: RuleVal, theorem: RuleVal, path: Node) -> None:
    """A theorem may use what is proved before it."""
    same_file = value.node.source is theorem.node.source
    if value.is_theorem and same_file and value.node.start >= theorem.node.start:
        raise fault(
            "E0502",
            f"`{value.title}` is not proved before `{theorem.title}`",
            path,
            "a proof uses what stands above it",
            labels=((value.node.span, "proved here"),) if value.node is not theorem.node else (),
        )


def _step(now: Diagram, goal: Diagram, reasons: Sequence[Reason], text: Node, limit: int) -> tuple[str, ...]:
    """The rules by which `goal` follows. Raises `Fault` E0502."""
    if any(r.folds for r in reasons):
        now, goal = merged(now), merged(goal)
    rules = [rule for r in reasons for rule in r.rules]
    if not rules:
        if now == goal:
            return tuple(r.name for r in reasons)
        raise _unreached(now, goal, reasons, rules, text, limit)
    if sum(bool(r.rules) for r in reasons) > 1 or any(r.folds for r in reasons):
        found = reach(now, goal, rules, limit)
        if found.path is not None:
            return found.path
        raise _unreached(now, goal, reasons, rules, text, limit)
    end = digest(goal)
    for rule in rules:
        if any(digest(d) == end for d in rewrites(rule, now)):
            return (rule.name,)
    raise _unreached(now, goal, reasons, rules, text, limit)


def _unreached(
    now: Diagram, goal: Diagram, reasons: Sequence[Reason], rules: Sequence[Rule], text: Node, limit: int
) -> Fault:
    """E0502: how often the rules match, what they give, and whether more uses would do."""
    names = ", ".join(r.name for r in reasons)
    found: dict[str, tuple[Diagram, str]] = {}
    for rule in rules:
        for d in rewrites(rule, now):
            found.setdefault(digest(d), (d, rule.name))
    n = len(found)
    neither = {1: "it does not give this", 2: "neither gives this"}.get(n, "none of them gives this")
    places = f"in {n} place{'s' * (n != 1)}, and {neither}" if n else "nowhere"
    what = f"`{names}` matches {places}" if rules else "the two diagrams differ"
    notes: list[str] = []
    near = sorted(found.values(), key=lambda item: _apart(item[0], goal))[:SHOWN]
    for d, name in near:
        shown = planar_text(d)
        if shown is not None:
            notes.append(f"or: {shown}" if notes else f"one use of `{name}` gives: {shown}")
    if not notes:
        difference_ = difference(now, goal)
        notes = [difference_] if difference_ else []
    known = fault(
        "E0502",
        f"this step does not follow by `{names}`",
        text,
        what,
        notes=tuple(notes),
        help=_more(now, goal, rules, limit) if rules else "",
    )
    return Stuck(known.diagnostic, (now, near[0][0] if near else now, goal))


class Stuck(Fault):
    """A step that does not follow, with the diagram before it, the nearest one reached, and what it says."""

    def __init__(self, diagnostic: Diagnostic | None, diagrams: tuple[Diagram, Diagram, Diagram]) -> None:
        super().__init__(diagnostic)
        self.diagrams = diagrams


def _more(now: Diagram, goal: Diagram, rules: Sequence[Rule], limit: int) -> str:
    """What would do: several uses, or the rule backwards."""
    path = reach(now, goal, rules, min(limit, HINT)).path
    if path:
        count = {2: "two", 3: "three", 4: "four"}.get(len(path), str(len(path)))
        return f"{count} uses would do: write the step between, or `by {', '.join(path)}`"
    back = reach(now, goal, [r.reverse for r in rules], min(limit, HINT)).path
    return f"the other direction would do: `by {', '.join(back)}`" if back else ""


def _apart(d: Diagram, goal: Diagram) -> tuple[int, int]:
    """How many boxes differ, then how few layers are the same at the ends."""
    a, b = (Counter(box.op.name for box in x.boxes) for x in (d, goal))
    one, two = ((planar_text(x) or "").split(" >> ") for x in (d, goal))
    same = _common(one, two) + _common(one[::-1], two[::-1])
    return ((a - b) + (b - a)).total(), -same


def _common(one: Sequence[str], two: Sequence[str]) -> int:
    return next(
        (k for k, (x, y) in enumerate(zip(one, two, strict=False)) if x != y), min(len(one), len(two))
    )


# ------------------------------------------------------------------------------------------------ naturality


def naturality(hosts: Sequence[Diagram], env: Env) -> list[Rule]:
    """A crossing slides along every box of the diagrams: `braid >> f @ A == A @ f >> braid`, on both sides,
    over
    and under."""
    objects = dict.fromkeys(t for d in hosts for t in d.wires if isinstance(t, Ob))
    boxes: dict[tuple[str, Wires, Wires], Diagram] = {}
    for d in hosts:
        for box in d.boxes:
            if box.op.kind in (Kind.GENERATOR, Kind.STRUCTURE):
                dom, cod = (tuple(d.wires[w] for w in ws) for ws in (box.dom, box.cod))
                one = single(box.op, dom, cod, box.spec, box.args, box.bodies, d.category)
                boxes[box.op.name, dom, cod] = one
    rules = []
    for title in ("braid", "unbraid"):
        for a in objects:
            for f in boxes.values():
                rules += _slides(title, a, f, home(env, (a,)), env)
    return rules


def _slides(title: str, a: Type, f: Diagram, category: Category, env: Env) -> list[Rule]:
    one = identity(a, category)

    def cross(left: Wires, right: Wires) -> Diagram:
        form = CrossingForm(title, left, right, title)
        inner = env.child()
        inner.category_ = category
        node = Node("unit", (), 0, 0, env.unit.tree.source)
        return closed(form, left + right, node, inner)

    name = "naturality"
    return [
        Rule(name, cross((a,), f.dom) >> f @ one, one @ f >> cross((a,), f.cod)),
        Rule(name, cross(f.dom, (a,)) >> one @ f, f @ one >> cross(f.cod, (a,))),
    ]


def proof_of(theorem: RuleVal) -> list[Proved]:
    """For callers outside: the proof, its faults as `DiagramError`."""
    try:
        return prove(theorem)
    except Fault as error:
        if error.diagnostic is None:
            raise
        if isinstance(error, Stuck):
            raise Unproved(error.diagnostic, *error.diagrams) from None
        raise DiagramError(error.diagnostic) from None


def rewriting(strategy: str, d: Diagram, env: Env, node: Node) -> tuple[Diagram, list[tuple[str, Diagram]]]:
    """What a strategy of the file does to a diagram, step by step. Raises `KeyError`, `DiagramError`."""
    found = env.find(strategy)
    value = unfolded(found, env) if found is not None else None
    if not isinstance(value, Strategy):
        raise KeyError(strategy)
    try:
        return value.steps(d, node)
    except Fault as error:
        if error.diagnostic is None:
            raise
        raise DiagramError(error.diagnostic) from None
