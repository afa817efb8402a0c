"""Equality of diagrams: isomorphism of typed open hypergraphs, up to the structure of their category.

Decided completely from `symmetric` upwards, floating components, loops, scalars and spiders included:
composition is a union of wires, so that the axioms of symmetric, traced, compact and hypergraph categories
hold by construction. In `cartesian` categories equal boxes on equal inputs are shared and unused ones
dropped; in `markov` ones only boxes that are `deterministic` are shared. In `monoidal` and `rigid`
categories diagrams connected to their boundary are compared completely (the wiring determines the planar
picture; snakes are straight wires); of a floating component the region it floats in is not compared. In
`braided` and `ribbon` categories braids are boxes: equality up to the other axioms. Names of definitions,
wires, indices and parameters do not count: calls and loops are unfolded when that decides.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import NamedTuple

from diagram.canon import Canon
from diagram.graph import Graph
from diagram.labels import port_text
from diagram.levels import Category
from diagram.melt import melt
from diagram.normal import normalise
from diagram.numbering import Certificate
from diagram.room import room, undisturbed
from diagram.value import Diagram, meet

Memo = dict[tuple[int, int], tuple[str, tuple[int, ...]]]
"""For the bodies seen in one comparison, and how many inputs in front have no order: digest, and the order
of these and of their learned arrays."""


@room()
def equal(f: Diagram, g: Diagram) -> bool:
    """Whether two diagrams are equal by the laws of their category. Linear on ordinary diagrams.

    >>> from diagram.hypergraph import box, swap
    >>> from diagram.types import Ob
    >>> A, B = Ob("A"), Ob("B")
    >>> f, g = box("f", A, B), box("g", B, A)
    >>> equal(f @ g >> swap(B, A), swap(A, B) >> g @ f)
    True
    """
    if f is g:
        return True
    if f.dom != g.dom or f.cod != g.cod:
        return False
    category = meet(f, g)
    if _form(f, category, False, {}) == _form(g, category, False, {}):
        return True
    if not any(box.bodies for d in (f, g) for box in d.boxes):
        return False
    return _form(f, category, True, {}) == _form(g, category, True, {})


@room()
def canonical(d: Diagram) -> bytes:
    """A normal form as bytes: the same for two diagrams of one category exactly if they are equal."""
    form = _form(d, d.category, True, {})
    ports = " @ ".join(map(port_text, d.dom)) + " -> " + " @ ".join(map(port_text, d.cod))
    return f"{ports}\n{form.texts}\n{','.join(map(str, form.numbers))}".encode()


def digest(d: Diagram) -> str:
    """A short stable hash of `canonical`, the same on every machine."""
    return blake2b(canonical(d), digest_size=16).hexdigest()


def body_form(body: Diagram, category: Category, captured: int = 0) -> tuple[str, tuple[int, ...]]:
    """The digest of a body as it stands, and the order in the normal form of the inputs in front that were
    `captured`, which have none of their own, and of its learned arrays."""
    return _body(body, captured, category, False, {})


class _Form(NamedTuple):
    """A diagram in normal form: texts of labels, and the numbers that wire them."""

    texts: str
    numbers: Certificate


def _form(d: Diagram, category: Category, unfold: bool, memo: Memo) -> _Form:
    with undisturbed():
        return _numbered(d, category, unfold, memo)[0]


def _numbered(
    d: Diagram, category: Category, unfold: bool, memo: Memo, free: int = 0
) -> tuple[_Form, tuple[int, ...]]:
    """The normal form, and the order in which it has the first `free` inputs and the learned arrays."""
    flat = melt(d, unfold)
    normal = normalise(flat, category, lambda body, k: _body(body, k, category, unfold, memo))
    n = len(d.dom)
    boundary = (*flat.inputs[free:n], *normal.outputs)
    graph = Graph(flat, normal.entries, boundary, flat.inputs[:free])
    canon = Canon(graph.colour, graph.edges, graph.wires)
    numbers = canon.run(boundary, (*graph.joined, *graph.bare))
    learned = flat.inputs[:free] + flat.inputs[n:]
    looped = category.has("trace") and "cartesian" not in category.closure
    loops = sorted(graph.texts[w] for w in graph.bare if looped and w not in normal.gone)
    place = canon.at.number
    order = tuple(sorted(range(len(learned)), key=lambda k: place[learned[k]]))
    texts = "\n".join((*graph.box_texts, "--", *graph.wire_texts, "--", *loops))
    return _Form(texts, (len(boundary), *[place[w] for w in boundary], *numbers)), order


def _body(
    body: Diagram, captured: int, category: Category, unfold: bool, memo: Memo
) -> tuple[str, tuple[int, ...]]:
    """Digest of a body and the order of what was captured and learned; once for each body of a comparison."""
    known = memo.get((id(body), captured))
    if known is None:
        form, order = _numbered(body, category, unfold, memo, captured)
        text = f"{form.texts}\n{form.numbers}".encode()
        known = memo[id(body), captured] = blake2b(text, digest_size=16).hexdigest(), order
    return known
