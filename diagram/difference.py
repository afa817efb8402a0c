"""Where two diagrams begin to differ, in words: for the messages of assertions."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Sequence

from diagram.types import wires_text
from diagram.value import Box, Diagram

Use = tuple[str, int]
"""What reads a wire: a box and its port, or the output."""


def difference(f: Diagram, g: Diagram) -> str:
    """The first place, walking from the inputs, where the two sides part; empty if none is found.

    >>> from diagram.hypergraph import box
    >>> from diagram.types import Ob
    >>> A = Ob("A")
    >>> f, g = box("f", A, A), box("g", A, A)
    >>> difference(f >> g, g >> f)
    'input 1 goes to `f` on the left side, to `g` on the right side'
    """
    if f.dom != g.dom:
        return f"the left side takes {wires_text(f.dom)}, the right side {wires_text(g.dom)}"
    if f.cod != g.cod:
        return f"the left side gives {wires_text(f.cod)}, the right side {wires_text(g.cod)}"
    return _walk(f, g) or _count(f, g)


def _walk(f: Diagram, g: Diagram) -> str:
    reads_f, reads_g = _readers(f), _readers(g)
    todo = deque((u, v, f"input {k + 1}") for k, (u, v) in enumerate(zip(f.inputs, g.inputs, strict=False)))
    seen: set[int] = set()
    while todo:
        u, v, where = todo.popleft()
        if u in seen:
            continue
        seen.add(u)
        left, right = reads_f.get(u, []), reads_g.get(v, [])
        only_left = _first(left, right)
        only_right = _first(right, left)
        if only_left is not None or only_right is not None:
            return f"{where} goes {_says(only_left)} on the left side, {_says(only_right)} on the right side"
        todo.extend(_next(left, right))
    return ""


def _readers(d: Diagram) -> dict[int, list[tuple[Use, Box | None]]]:
    reads: dict[int, list[tuple[Use, Box | None]]] = {}
    for box in d.boxes:
        for port, w in enumerate(box.dom):
            reads.setdefault(w, []).append(((box.label or box.op.name, port), box))
    for k, w in enumerate(d.outputs):
        reads.setdefault(w, []).append((("", k), None))
    return reads


def _first(mine: Sequence[tuple[Use, Box | None]], other: Sequence[tuple[Use, Box | None]]) -> Use | None:
    """A use that the other side does not have."""
    rest = Counter(use for use, _ in mine)
    rest.subtract(use for use, _ in other)
    return next((use for use, _ in mine if rest[use] > 0), None)


def _says(use: Use | None) -> str:
    if use is None:
        return "nowhere"
    name, k = use
    if not name:
        return f"to output {k + 1}"
    return f"to `{name}`" + (f" (wire {k + 1})" if k else "")


def _next(
    left: Sequence[tuple[Use, Box | None]], right: Sequence[tuple[Use, Box | None]]
) -> list[tuple[int, int, str]]:
    """The results of boxes that both sides go to, paired."""
    waiting = list(right)
    pairs: list[tuple[int, int, str]] = []
    for use, box in left:
        match = next((k for k, (other, _) in enumerate(waiting) if other == use), None)
        if match is None or box is None:
            continue
        twin = waiting.pop(match)[1]
        if twin is not None:
            name = use[0]
            pairs += [
                (u, v, f"after `{name}`, wire {k + 1}" if len(box.cod) > 1 else f"after `{name}` the wire")
                for k, (u, v) in enumerate(zip(box.cod, twin.cod, strict=False))
            ]
    return pairs


def _count(f: Diagram, g: Diagram) -> str:
    left, right = Counter(b.label for b in f.boxes), Counter(b.label for b in g.boxes)
    for name in left | right:
        if left[name] != right[name]:
            return (
                f"`{name}` occurs {left[name]} times on the left side, {right[name]} times on the right side"
            )
    return ""
