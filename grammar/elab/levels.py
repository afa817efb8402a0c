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
