"""The normal form of a diagram before its wires are numbered: labelled boxes, equal work shared, dead work
dropped.

In `cartesian` categories copying and discarding are natural: a box is determined by its label and its
inputs. In `markov` ones only copying, and only for boxes that are `deterministic`. Everywhere else nothing
changes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from diagram.labels import Label, args_text, label, op_text, shared_key
from diagram.levels import Category
from diagram.value import Box, Diagram, Flat

BodyForm = Callable[[Diagram, int], tuple[str, tuple[int, ...]]]
"""The normal form of a body as text, and the order in it of its inputs in front that have none (as many as
are said: what a function captured) and of its learned arrays."""


class Entry(NamedTuple):
    """A box with its label, on its present wires."""

    label: Label
    dom: tuple[int, ...]
    cod: tuple[int, ...]
    box: Box


class Normal(NamedTuple):
    """The boxes that count, the outputs on the wires that are left, and the wires that are not."""

    entries: list[Entry]
    outputs: tuple[int, ...]
    gone: frozenset[int]


def normalise(flat: Flat, category: Category, body_form: BodyForm) -> Normal:
    """Label the boxes, then use naturality of copying and discarding as far as the category has it."""
    entries = labelled(flat.boxes, body_form)
    natural = "cartesian" in category.closure
    if not natural and ("markov" not in category.closure or not any(map(_deterministic, entries))):
        return Normal(entries, flat.outputs, frozenset())
    entries, to = _share(entries, natural)
    outputs = tuple([to.get(w, w) for w in flat.outputs])
    if natural:
        entries = _live(entries, outputs)
    return Normal(entries, outputs, frozenset(to))


def labelled(boxes: Iterable[Box], body_form: BodyForm) -> list[Entry]:
    """Boxes with their labels; a label is made once for boxes that hold the same data."""
    found: dict[tuple[int, ...], Label] = {}
    entries = []
    for box in boxes:
        op, dom, cod, spec, args, bodies, _ = box
        if bodies:
            entries.append(_hollow(box, body_form))
            continue
        key = (id(op), id(spec), id(args), len(dom), len(cod))
        known = found.get(key)
        if known is None:
            known = found[key] = label(op, spec, args, len(dom), len(cod))
        entries.append(Entry(known, dom, cod, box))
    return entries


def _hollow(box: Box, body_form: BodyForm) -> Entry:
    """A box with bodies: labelled by their normal forms; its learned arrays, and what a function captured, in
    the order that these give."""
    texts, dom = [], box.dom
    for body in box.bodies:
        captured = len(dom) - len(body.params) if box.op.name == "function" else 0
        text, order = body_form(body, captured)
        texts.append(f"{len(body.dom)}:{text}")
        if order != tuple(range(len(order))):
            dom = _reordered(box, dom, order)
    keys = Label(
        f"{op_text(box.op, ())}|{args_text(box.args)}|{texts}",
        tuple(range(0, 2 * len(dom), 2)),
        tuple(range(1, 2 * len(box.cod), 2)),
    )
    return Entry(keys, dom, box.cod, box)


def _reordered(box: Box, dom: tuple[int, ...], order: tuple[int, ...]) -> tuple[int, ...]:
    """The wires with those of the body's learned arrays permuted: per turn those that are fresh, then the
    others.
    """
    fresh, count = box.arg("fresh"), box.arg("count")
    if not isinstance(fresh, int) or not isinstance(count, int):
        fresh, count = 0, 0
    at = len(dom) - count * fresh - (len(order) - fresh)
    turns = [dom[at + t * fresh + k] for t in range(count) for k in order if k < fresh]
    at += count * fresh
    return (*dom[: at - count * fresh], *turns, *[dom[at + k - fresh] for k in order if k >= fresh])


def _deterministic(entry: Entry) -> bool:
    return "deterministic" in entry.box.op.facts


def _share(entries: list[Entry], natural: bool) -> tuple[list[Entry], dict[int, int]]:
    """One box for all that do the same to the same wires; and what became of the others' wires.

    One pass, and one to see that nothing is left, if the boxes stand in an order of execution.
    """
    to: dict[int, int] = {}
    merged = True
    while merged:
        merged = False
        seen: dict[tuple[str, tuple[int, ...]], Entry] = {}
        kept = []
        for old in entries:
            entry = old
            if to:
                dom = tuple([to.get(w, w) for w in old.dom])
                entry = Entry(old.label, dom, tuple([to.get(w, w) for w in old.cod]), old.box)
            if not natural and not _deterministic(entry):
                kept.append(entry)
                continue
            box = entry.box
            first = seen.setdefault(shared_key(box.op, box.spec, box.args, entry.dom, entry.label), entry)
            if first is entry:
                kept.append(entry)
            else:
                merged = True
                to.update((w, v) for v, w in zip(first.cod, entry.cod, strict=True) if v != w)
        entries = kept
        for w, v in to.items():
            if v in to:
                to[w] = to[v]
    return entries, to


def _live(entries: list[Entry], outputs: tuple[int, ...]) -> list[Entry]:
    """The boxes on which an output depends."""
    writer = {w: k for k, entry in enumerate(entries) for w in entry.cod}
    alive: set[int] = set()
    todo = list(outputs)
    while todo:
        k = writer.get(todo.pop(), -1)
        if k >= 0 and k not in alive:
            alive.add(k)
            todo.extend(entries[k].dom)
    return [entry for k, entry in enumerate(entries) if k in alive]
