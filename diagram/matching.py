"""Occurrences of one diagram in another: the search behind rewriting.

A pattern's boxes go to different boxes of the host, its wires to wires; objects and boxes may be variables.
A wire
inside the pattern must have the same ends in the host, one on its boundary may have more (it is a junction);
in
categories without loops the occurrence must be convex, so that it can be cut out (Bonchi, Gadducci,
Kissinger,
Sobocinski, Zanasi: String diagram rewrite theory II).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import permutations
from typing import NamedTuple

from diagram.equality import body_form
from diagram.labels import wire_text
from diagram.normal import Entry, labelled
from diagram.shape import execution
from diagram.types import Ob, Type
from diagram.value import Box, Diagram

End = tuple[int, int, int]
"""An end of a wire: box, side (0 read, 1 written), port. Box -1 is the boundary: side 0 an output, 1 an
input."""


@dataclass(frozen=True, slots=True)
class Match:
    """Where a pattern occurs: its boxes and wires by number, and what its variables stand for."""

    boxes: tuple[int, ...]
    wires: tuple[int, ...]
    objects: Mapping[str, Type]
    variables: Mapping[str, Box]


class Host:
    """A diagram prepared for searching; made once for many patterns. Linear."""

    __slots__ = ("by_label", "diagram", "ends", "entries", "rank", "texts")

    def __init__(self, d: Diagram) -> None:
        self.diagram = d
        self.entries = labelled(d.boxes, lambda body, k: body_form(body, d.category, k))
        self.by_label: dict[str, list[int]] = {}
        for k, entry in enumerate(self.entries):
            self.by_label.setdefault(_key(entry), []).append(k)
        self.ends = ends_of(d)
        self.texts = [wire_text(t) for t in d.wires]
        order, looped = execution(d)
        self.rank = [0] * len(d.boxes)
        for place, k in enumerate((*order, *looped)):
            self.rank[k] = place


def ends_of(d: Diagram) -> list[list[End]]:
    """The ends of every wire."""
    found: list[list[End]] = [[] for _ in d.wires]
    for side, wires in ((1, d.inputs), (0, d.outputs)):
        for port, w in enumerate(wires):
            found[w].append((-1, side, port))
    for k, box in enumerate(d.boxes):
        for side, wires in ((0, box.dom), (1, box.cod)):
            for port, w in enumerate(wires):
                found[w].append((k, side, port))
    return found


def _key(entry: Entry) -> str:
    """The label; a contraction of many operands is told apart when its wires are."""
    return entry.label.text or f"{entry.box.op.name} {len(entry.dom)}"


class Pattern:
    """A diagram to look for, with the order in which its parts are best found."""

    __slots__ = ("boxes", "diagram", "ends", "entries", "objects", "order", "texts")

    def __init__(self, d: Diagram, objects: frozenset[str], boxes: frozenset[str]) -> None:
        self.diagram = d
        self.objects = objects
        self.boxes = boxes
        self.entries = labelled(d.boxes, lambda body, k: body_form(body, d.category, k))
        self.ends = ends_of(d)
        self.texts = [wire_text(t) for t in d.wires]
        self.order = self._order()

    def _order(self) -> list[int]:
        """Connected boxes one after the other, each component begun at a box that is no variable."""
        left = sorted(range(len(self.entries)), key=lambda k: self.entries[k].box.op.name in self.boxes)
        order: list[int] = []
        seen: set[int] = set()
        for start in left:
            queue = [start] if start not in seen else []
            seen.add(start)
            while queue:
                k = queue.pop(0)
                order.append(k)
                entry = self.entries[k]
                for b in [e[0] for w in (*entry.dom, *entry.cod) for e in self.ends[w]]:
                    if b >= 0 and b not in seen:
                        seen.add(b)
                        queue.append(b)
        return order


class _State(NamedTuple):
    """A partial occurrence, extended by trial and taken back."""

    boxes: dict[int, int]
    wires: dict[int, int]
    objects: dict[str, Type]
    variables: dict[str, int]
    used: set[int]


def occurrences(pattern: Pattern, host: Host) -> Iterator[Match]:
    """All occurrences, in the order of the host's boxes. Linear in the host for a pattern of bounded size."""
    state = _State({}, {}, {}, {}, set())
    for _ in _boxes(pattern, host, state, 0):
        for _ in _wires(pattern, host, state, _bare(pattern)):
            if _fits(pattern, host, state):
                yield Match(
                    tuple(state.boxes[k] for k in range(len(pattern.entries))),
                    tuple(state.wires[w] for w in range(len(pattern.texts))),
                    dict(state.objects),
                    {name: host.entries[k].box for name, k in state.variables.items()},
                )


def _bare(pattern: Pattern) -> list[int]:
    """Wires that no box of the pattern touches."""
    return [w for w, ends in enumerate(pattern.ends) if all(k < 0 for k, _, _ in ends)]


def _boxes(pattern: Pattern, host: Host, state: _State, at: int) -> Iterator[None]:
    if at == len(pattern.order):
        yield None
        return
    k = pattern.order[at]
    entry = pattern.entries[k]
    variable = entry.box.op.name in pattern.boxes
    for b in _candidates(pattern, host, state, entry, variable):
        if b in state.used:
            continue
        for pairs in _alignments(entry, host.entries[b], variable):
            undo = _bind(pattern, host, state, pairs)
            if undo is None:
                continue
            name = entry.box.op.name
            known = not variable or name not in state.variables
            if variable and not known and not _same_box(host, state.variables[name], b):
                _unbind(state, undo)
                continue
            state.boxes[k] = b
            state.used.add(b)
            if variable and known:
                state.variables[name] = b
            yield from _boxes(pattern, host, state, at + 1)
            if variable and known:
                del state.variables[name]
            state.used.discard(b)
            del state.boxes[k]
            _unbind(state, undo)


def _same_box(host: Host, a: int, b: int) -> bool:
    return _key(host.entries[a]) == _key(host.entries[b])


def _candidates(pattern: Pattern, host: Host, state: _State, entry: Entry, variable: bool) -> Iterator[int]:
    """Boxes of the host that may be meant: around a wire already found, else all with the label."""
    for side, wires in ((0, entry.dom), (1, entry.cod)):
        for w in wires:
            if w in state.wires:
                near = [k for k, s, _ in host.ends[state.wires[w]] if k >= 0 and s == side]
                yield from dict.fromkeys(near)
                return
    if variable or pattern.objects:
        yield from range(len(host.entries))
    else:
        yield from host.by_label.get(_key(entry), ())


Pairs = list[tuple[int, int]]


def _alignments(mine: Entry, theirs: Entry, variable: bool) -> Iterator[Pairs]:
    """Ways to put the ports of a box on those of a box in the host; several where inputs may be exchanged."""
    if (len(mine.dom), len(mine.cod)) != (len(theirs.dom), len(theirs.cod)):
        return
    if variable:
        yield [*zip(mine.dom, theirs.dom, strict=True), *zip(mine.cod, theirs.cod, strict=True)]
        return
    same = mine.label.text == theirs.label.text if mine.label.text else mine.box.op == theirs.box.op
    if not same and not _same_up_to_types(mine.box, theirs.box):
        return
    cod = list(zip(mine.cod, theirs.cod, strict=True))
    keys, other = mine.label.dom, theirs.label.dom
    if len(set(keys)) == len(keys) and set(keys) == set(other):
        place = dict(zip(other, theirs.dom, strict=True))
        yield [(v, place[key]) for key, v in zip(keys, mine.dom, strict=True)] + cod
        return
    for order in dict.fromkeys(permutations(range(len(keys)))):
        if all(keys[k] == other[p] for k, p in enumerate(order)):
            yield [(v, theirs.dom[p]) for v, p in zip(mine.dom, order, strict=True)] + cod


def _same_up_to_types(mine: Box, theirs: Box) -> bool:
    """Declared boxes of one name whose types differ: objects of the pattern may be variables."""
    a, b = mine.op, theirs.op
    return a.name == b.name and a.kind is b.kind and bool(a.dom or a.cod) and mine.args == theirs.args


def _bind(pattern: Pattern, host: Host, state: _State, pairs: Pairs) -> tuple[list[int], list[str]] | None:
    """Send wires to wires; None, with nothing changed, if they do not fit."""
    wires: list[int] = []
    objects: list[str] = []
    for v, w in pairs:
        if v in state.wires:
            if state.wires[v] == w:
                continue
        elif _type_fits(pattern, host, state, v, w, objects):
            state.wires[v] = w
            wires.append(v)
            continue
        _unbind(state, (wires, objects))
        return None
    return wires, objects


def _type_fits(pattern: Pattern, host: Host, state: _State, v: int, w: int, bound: list[str]) -> bool:
    type_ = pattern.diagram.wires[v]
    if isinstance(type_, Ob) and type_.name in pattern.objects:
        name = type_.name
        if name not in state.objects:
            state.objects[name] = host.diagram.wires[w]
            bound.append(name)
            return True
        return wire_text(state.objects[name]) == host.texts[w]
    return pattern.texts[v] == host.texts[w]


def _unbind(state: _State, undo: tuple[list[int], list[str]]) -> None:
    for v in undo[0]:
        del state.wires[v]
    for name in undo[1]:
        del state.objects[name]


def _wires(pattern: Pattern, host: Host, state: _State, todo: list[int]) -> Iterator[None]:
    """Wires that no box touches may go anywhere."""
    if not todo:
        yield None
        return
    v, *rest = todo
    for w in range(len(host.texts)):
        undo = _bind(pattern, host, state, [(v, w)])
        if undo is not None:
            yield from _wires(pattern, host, state, rest)
            _unbind(state, undo)


def _fits(pattern: Pattern, host: Host, state: _State) -> bool:
    """Inner wires are whole and alone, boundary wires are identified only where the category can, and the
    occurrence is convex where it must be."""
    category = host.diagram.category
    inner = {v for v, ends in enumerate(pattern.ends) if all(k >= 0 for k, _, _ in ends)}
    home: dict[int, list[int]] = {}
    for v, w in state.wires.items():
        home.setdefault(w, []).append(v)
    for w, vs in home.items():
        if any(v in inner for v in vs) and (len(vs) > 1 or len(host.ends[w]) != len(pattern.ends[vs[0]])):
            return False
    looping = category.has("trace") or category.has("cup")
    if looping:
        return True
    for vs in home.values():
        sides = {side for v in vs for k, side, _ in pattern.ends[v] if k < 0}
        if len(vs) > 1 and sides != {1}:
            return False
    return _convex(host, state.used, [w for w, vs in home.items() if not inner.issuperset(vs)])


def _convex(host: Host, used: set[int], boundary: list[int]) -> bool:
    """No path leaves the occurrence and comes back."""
    boxes = host.diagram.boxes
    made = [w for w in boundary if any(k in used and side for k, side, _ in host.ends[w])]
    todo = [k for w in made for k in _readers(host, w)]
    seen: set[int] = set()
    last = max((host.rank[k] for k in used), default=-1)
    while todo:
        k = todo.pop()
        if k in used or k in seen or host.rank[k] >= last:
            continue
        seen.add(k)
        for w in boxes[k].cod:
            for reader in _readers(host, w):
                if reader in used:
                    return False
                todo.append(reader)
    return True


def _readers(host: Host, w: int) -> list[int]:
    return [k for k, side, _ in host.ends[w] if k >= 0 and side == 0]
