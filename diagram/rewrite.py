"""Rewriting: rules between diagrams of one type, applied by double pushout.

An occurrence of the left side is cut out along its boundary and the right side glued in. In hypergraph
categories
this is rewriting modulo spiders: only boxes and connections count. Where two legs of a rule are one wire on
the left
and two on the right, the wire is split: what writes it goes to the leg that comes in, what reads it to those
that go
out.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import product

from diagram.builder import Builder
from diagram.equality import digest
from diagram.functor import Functor
from diagram.matching import End, Host, Match, Pattern, occurrences
from diagram.shape import execution
from diagram.types import wires_text
from diagram.value import Box, Diagram

Side = Callable[[Match], bool]
"""A side condition on an occurrence."""


@dataclass(frozen=True, slots=True)
class Rule:
    """`left == right`, or `left => right` if `oriented` (the direction a normaliser takes).

    `objects` are the names of objects, `boxes` those of boxes, that stand for any; `where` is the side
    condition.
    Raises `ValueError` if the sides differ in type.

    >>> from diagram.types import Ob
    >>> from diagram.wiring import box
    >>> A = Ob("A")
    >>> f, g = box("f", A, A), box("g", A, A)
    >>> apply(Rule("involution", f >> f, g), g >> f >> f) == g >> g
    True
    """

    name: str
    left: Diagram
    right: Diagram
    oriented: bool = False
    objects: frozenset[str] = frozenset()
    boxes: frozenset[str] = frozenset()
    where: Side | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        if self.left.dom != self.right.dom or self.left.cod != self.right.cod:
            raise ValueError(f"rule {self.name}: {self.left.type_text} against {self.right.type_text}")
        if self.left.params or self.right.params:
            raise ValueError(f"rule {self.name}: its sides may not have learned arrays")

    @property
    def reverse(self) -> Rule:
        """The rule from right to left."""
        name = self.name.removeprefix("-") if self.name.startswith("-") else f"-{self.name}"
        return Rule(name, self.right, self.left, self.oriented, self.objects, self.boxes, self.where)

    @property
    def growth(self) -> int:
        """How many boxes it adds."""
        return len(self.right.boxes) - len(self.left.boxes)

    @property
    def pattern(self) -> Pattern:
        """What it looks for."""
        return Pattern(self.left, self.objects, self.boxes)


def matches(rule: Rule, host: Diagram | Host) -> Iterator[Match]:
    """Where the left side occurs, one after the other; symmetries of the rule give several for one place."""
    place = host if isinstance(host, Host) else Host(host)
    for match in occurrences(rule.pattern, place):
        if rule.where is None or rule.where(match):
            yield match


def apply(rule: Rule, host: Diagram) -> Diagram | None:
    """The first rewrite, None if the rule does not apply."""
    return next(rewrites(rule, host), None)


def rewrites(rule: Rule, host: Diagram) -> Iterator[Diagram]:
    """All results of one use of the rule; one for each occurrence and each way of splitting wires."""
    place = Host(host)
    for match in matches(rule, place):
        for split in _splits(rule, place, match):
            yield _replaced(rule, place, match, split)


def _legs(d: Diagram) -> dict[int, list[tuple[int, int]]]:
    """The legs of every boundary wire: side (1 in, 0 out) and port."""
    found: dict[int, list[tuple[int, int]]] = {}
    for side, wires in ((1, d.inputs), (0, d.outputs)):
        for port, w in enumerate(wires):
            found.setdefault(w, []).append((side, port))
    return found


Leg = tuple[int, int]
Assignment = dict[int, dict[End, int]]
"""For a wire of the host that is split: the group of legs to which each of its other ends goes."""


def _groups(rule: Rule) -> dict[int, list[list[Leg]]]:
    """Wires of the left side whose legs are on several wires of the right side, the legs grouped by those."""
    right = {leg: w for w, legs in _legs(rule.right).items() for leg in legs}
    found = {}
    for v, legs in _legs(rule.left).items():
        groups: dict[int, list[Leg]] = {}
        for leg in legs:
            groups.setdefault(right[leg], []).append(leg)
        if len(groups) > 1:
            found[v] = list(groups.values())
    return found


def _splits(rule: Rule, host: Host, match: Match) -> Iterator[Assignment]:
    """Ways to share the ends of split wires among the groups of legs: writers to a group with a leg in,
    readers to
    one with a leg out. With many readers either all go together or one goes alone."""
    used = set(match.boxes)
    choices: list[list[tuple[int, dict[End, int]]]] = []
    for v, groups in _groups(rule).items():
        w = match.wires[v]
        rest = [end for end in host.ends[w] if end[0] not in used]
        entering = [k for k, legs in enumerate(groups) if any(side for side, _ in legs)]
        leaving = [k for k, legs in enumerate(groups) if any(not side for side, _ in legs)]
        if not entering or not leaving:
            entering = leaving = list(range(len(groups)))
        options = _assignments(rest, entering, leaving)
        choices.append([(w, option) for option in options])
    for chosen in product(*choices):
        yield dict(chosen)


MANY = 64
"""Up to so many ways of splitting one wire are tried."""


def _assignments(rest: list[End], entering: list[int], leaving: list[int]) -> list[dict[End, int]]:
    """Every way if there are few, those that use most groups first; else all ends together and each reader
    alone."""
    ways = [entering if side else leaving for _, side, _ in rest]
    total = 1
    for way in ways:
        total *= len(way)
    if total > 1 and total <= MANY:
        found = sorted(product(*ways), key=lambda chosen: -len(set(chosen)))
        return [dict(zip(rest, chosen, strict=True)) for chosen in found]
    together = {end: way[0] for end, way in zip(rest, ways, strict=True)}
    if len(set(leaving) | set(entering)) < 2:
        return [together]
    first = entering[0]
    alone = [{**together, **{e: first for e in rest if e != end}} for end in rest if not end[1]]
    return [together, *alone]


def _replaced(rule: Rule, host: Host, match: Match, split: Assignment) -> Diagram:
    """Cut the occurrence out and glue the right side in."""
    d, used = host.diagram, set(match.boxes)
    b = Builder(d.category)
    b.wires, b.names = list(d.wires), list(d.names)
    side_of = _nodes(rule, match, split, b)
    moved = {(end, w): node for w, (ends, node_of) in side_of.items() for end, group in ends.items()
             for node in (node_of[group],)}  # fmt: skip

    def at(k: int, side: int, wires: tuple[int, ...]) -> tuple[int, ...]:
        if not moved:
            return wires
        return tuple([moved.get(((k, side, p), w), w) for p, w in enumerate(wires)])

    boxes = [
        box._replace(dom=at(k, 0, box.dom), cod=at(k, 1, box.cod))
        for k, box in enumerate(d.boxes)
        if k not in used
    ]
    leg_node = _leg_nodes(rule, match, side_of)
    right = _instance(rule, match)
    n = len(rule.left.dom)
    outs = b.insert(right, [leg_node[1, p] for p in range(n)])
    for p, w in enumerate(outs):
        b.join(leg_node[0, p], w)
    first = min(used, default=len(d.boxes))
    before = sum(1 for k in range(first) if k not in used)
    b.boxes = boxes[:before] + b.boxes + boxes[before:]
    boundary = set(rule.left.inputs) | set(rule.left.outputs)
    b.forget(match.wires[v] for v in range(len(rule.left.wires)) if v not in boundary)
    ins, results = at(-1, 1, d.inputs), at(-1, 0, d.outputs)
    made = _built(d, b, ins, results)
    return _ordered(made) if used else made


Nodes = dict[int, tuple[dict[End, int], list[int]]]


def _nodes(rule: Rule, match: Match, split: Assignment, b: Builder) -> Nodes:
    """A wire for every group of legs of the wires that are split: the old one for the first."""
    found: Nodes = {}
    for v, groups in _groups(rule).items():
        w = match.wires[v]
        fresh = [w, *(b.wire(b.wires[w], b.names[w]) for _ in groups[1:])]
        found[w] = split[w], fresh
    return found


def _leg_nodes(rule: Rule, match: Match, nodes: Nodes) -> dict[Leg, int]:
    found: dict[Leg, int] = {}
    groups = _groups(rule)
    for v, legs in _legs(rule.left).items():
        w = match.wires[v]
        for leg in legs:
            found[leg] = w
        for k, group in enumerate(groups.get(v, ())):
            for leg in group:
                found[leg] = nodes[w][1][k]
    return found


def _instance(rule: Rule, match: Match) -> Diagram:
    """The right side with its variables replaced."""
    if not match.objects and not match.variables:
        return rule.right

    def image(box: Box) -> Diagram | None:
        found = match.variables.get(box.op.name, box)
        return None if not box.op.dom and not box.op.cod else _single(found, functor, box)

    functor = Functor({name: (type_,) for name, type_ in match.objects.items()}, image)
    return functor(rule.right)


def _single(found: Box, functor: Functor, box: Box) -> Diagram:
    """A box as a diagram of the type that the rule's box gets: the host's for a variable, else the rule's
    own."""
    dom, cod = functor.wires(box.op.dom), functor.wires(box.op.cod)
    if found is box:
        found = box._replace(op=replace(box.op, dom=dom, cod=cod))
    b = Builder()
    ins = [b.input(t) for t in dom]
    return b.build(b.box(found.op, ins, cod, found.spec, found.args, found.bodies, found.mark))


def _built(d: Diagram, b: Builder, ins: tuple[int, ...], outs: tuple[int, ...]) -> Diagram:
    """The new diagram with the boundary, learned arrays and name of the old one."""
    n = len(d.dom)
    b.adopt(list(zip(d.params, ins[n:], strict=True)))
    return b.build(outs, d.name, d.doc, d.results, d.span, d.dom, d.cod, ins[:n])


def _ordered(d: Diagram) -> Diagram:
    """The boxes in an order of execution; loops stay at the end."""
    order, looped = execution(d)
    return d.with_boxes(tuple([d.boxes[k] for k in (*order, *looped)]))


def normalise(rules: Iterable[Rule], d: Diagram, limit: int = 10_000) -> tuple[Diagram, list[str]]:
    """Use the rules from left to right, the first that applies, until none does; the result and the names
    used.

    Raises `ValueError` if `limit` steps do not suffice, or a diagram comes back.
    """
    names: list[str] = []
    for rule, new in steps(rules, d, limit):
        names.append(rule.name)
        d = new
    return d, names


def steps(rules: Iterable[Rule], d: Diagram, limit: int = 10_000) -> Iterator[tuple[Rule, Diagram]]:
    """The uses of rules that `normalise` makes, one after the other, with what each gives. Raises
    `ValueError`."""
    table = list(rules)
    seen: set[str] = set()
    for count in itertools.count():
        for rule in table:
            new = apply(rule, d)
            if new is not None:
                break
        else:
            return
        key = digest(new) if any(r.growth >= 0 for r in table) else str(count)
        if key in seen or count >= limit:
            what = "go round in a circle" if key in seen else f"do not end in {limit} steps"
            raise ValueError(f"the rules {', '.join(r.name for r in table)} {what}: {wires_text(d.dom)}")
        seen.add(key)
        d = new
        yield rule, new
