"""What the category allows a body to do with its wires: each refusal shows the wire, both places, and the
way out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from diagram.errors import Span
from grammar.elab.env import Env, Frame, fault, word_span

if TYPE_CHECKING:
    from grammar.elab.signature import Signature


def check_uses(env: Env, frame: Frame, sig: Signature, outs: Sequence[int], inputs: Sequence[int]) -> None:
    """Below `markov` every wire is read exactly once (E0304, E0305). Reports all offences."""
    category = env.category
    if category.has("copy"):
        return
    if not category.has("swap") and sig.node.kind == "def_pointed":
        _check_planar(env, frame, sig, outs, inputs)
    b = frame.builder
    if category.has("cup"):
        _check_ends(env, frame, sig, outs, inputs)
        return
    reads: dict[int, int] = {b.find(w): 0 for w in range(len(b.wires))}
    for box in b.boxes:
        for w in box.dom:
            reads[b.find(w)] += 1
    for w in outs:
        reads[b.find(w)] += 1
    if category.has("cup"):
        _check_ends(env, frame, sig, outs, inputs)
        return
    made = {b.find(w) for box in b.boxes for w in box.cod} | {b.find(w) for w in inputs}
    for w, n in reads.items():
        if w not in made or n == 1:
            continue
        spans = frame.uses.get(w, [])
        name = b.names[w]
        if n > 1:
            env.unit.report(_copied(env, name, n, spans, sig))
        elif (id(frame), w) in env.unit.dropped:
            env.unit.report(_discarded(env, name or "_", spans, sig))
        else:
            env.unit.report(_discarded(env, name, _declared(env, name, sig), sig))


def _declared(env: Env, name: str, sig: Signature) -> list[Span]:
    span = env.span_of(name)
    return [span] if span is not None else [word_span(sig.node)]


def _check_planar(env: Env, frame: Frame, sig: Signature, outs: Sequence[int], inputs: Sequence[int]) -> None:
    """E0326 where a pointed body would cross wires: what a box takes must lie side by side, in its order.

    States (boxes that take nothing) float until something is put beside them.
    """
    find = frame.builder.find
    row = [find(w) for w in inputs]
    written = {*row, *(find(w) for box in frame.builder.boxes for w in box.cod)}
    floating = {w for w in map(find, range(len(frame.builder.wires))) if w not in written}  # ends of caps
    for box in (*frame.builder.boxes, None):
        row = _uncupped(row)
        wanted = [find(w) for w in (outs if box is None else box.dom)]
        made = [] if box is None else [find(w) for w in box.cod]
        if len(set(wanted)) < len(wanted):
            return  # a copy, or a cap: no matter of crossings
        if not wanted and box is not None:
            floating.update(made)
            continue
        place = _beside(row, [w for w in wanted if w not in floating])
        if place is None:
            env.unit.report(_crossing(env, frame, sig, wanted, row))
            return
        count = len([w for w in wanted if w not in floating])
        row[place : place + count] = made
        floating.difference_update(wanted)


def _uncupped(row: Sequence[int]) -> list[int]:
    """Wires side by side that a cup joins are gone."""
    left: list[int] = []
    for w in row:
        if left and left[-1] == w:
            left.pop()
        else:
            left.append(w)
    return left


def _beside(row: Sequence[int], wanted: Sequence[int]) -> int | None:
    """Where the wires lie in the row, next to each other and in this order; None if they do not."""
    if not wanted:
        return len(row)
    if wanted[0] not in row:
        return 0
    at = list(row).index(wanted[0])
    return at if list(row[at : at + len(wanted)]) == list(wanted) else None


def _crossing(env: Env, frame: Frame, sig: Signature, wanted: Sequence[int], row: Sequence[int]) -> Exception:
    category = env.category
    names = [frame.builder.names[w] or "a wire" for w in wanted]
    spans = [s for w in wanted for s in frame.uses.get(w, [])]
    there = ", ".join(frame.builder.names[w] or "a wire" for w in row if w in wanted)
    return fault(
        "E0326",
        f"`{category.name}` has no crossings, but `{', '.join(names)}` would have to cross",
        spans[0].to(spans[-1]) if spans else word_span(sig.node),
        f"they lie side by side as {there}" if there else "they do not lie side by side",
        labels=((env.unit.category_span(category), "a planar category"),),
        help=f"declare `category {category.name} : symmetric`, or write the crossing: `braid[A, B]`",
    )


def _check_ends(env: Env, frame: Frame, sig: Signature, outs: Sequence[int], inputs: Sequence[int]) -> None:
    """Where wires bend, each has two ends, whichever way they point."""
    category = env.category
    if category.has("spider"):
        return
    b = frame.builder
    ends = {b.find(w): 0 for w in range(len(b.wires))}
    for w in (*inputs, *outs, *(w for box in b.boxes for w in (*box.dom, *box.cod))):
        ends[b.find(w)] += 1
    for w, n in ends.items():
        spans = frame.uses.get(w, [])
        if n > 2:
            env.unit.report(_copied(env, b.names[w], n - 1, spans, sig))
        elif n == 1:
            env.unit.report(_discarded(env, b.names[w], _declared(env, b.names[w], sig), sig))


def _copied(env: Env, name: str, n: int, spans: list[Span], sig: Signature) -> Exception:
    category = env.category
    times = "twice" if n == 2 else f"{n} times"
    places = spans or _declared(env, name, sig)
    text = f"`{name}`" if name else f"`{places[-1].text}`"
    return fault(
        "E0304",
        f"the wire {text} is used {times}, but `{category.name}` cannot copy",
        places[1] if len(places) > 1 else places[-1],
        "second use" if len(places) > 1 else "",
        labels=(
            (env.unit.category_span(category), "wires are used exactly once here"),
            *(((places[0], "first use"),) if len(places) > 1 else ()),
        ),
        help=f"if copying is meant, declare `category {category.name} : markov` (or `cartesian`)",
    )


def _discarded(env: Env, name: str, spans: list[Span], sig: Signature) -> Exception:
    category = env.category
    text = f"`{name}`" if name else "that a box gives"
    return fault(
        "E0305",
        f"the wire {text} is never used, but `{category.name}` cannot discard",
        spans[0] if spans else word_span(sig.node),
        "given here",
        labels=((env.unit.category_span(category), "wires are used exactly once here"),),
        help=f"use it, or declare `category {category.name} : markov` and write `_` for a wire you drop",
    )
