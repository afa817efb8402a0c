"""Rows of boxes with diagrams inside, and of the structure of a category."""

from __future__ import annotations

from diagram.op import Kind, Op

BODIES = (
    Op("call", Kind.BODY, -1, glyph="", args=("degree", "ports"),
       doc="The body once for every position of the `degree` axes; `ports` says which each wire has."),
    Op("repeat", Kind.BODY, -1, glyph="↻", args=("count", "carried", "fresh"),
       doc="The body `count` times: carried and invariant wires; the first `fresh` learned arrays "
       "are new in each turn."),
    Op("scan", Kind.BODY, -1, glyph="⇉", args=("axis", "states", "scanned", "reversed"),
       doc="The body along an axis: states are carried, slices go in, emitted results are stacked."),
    Op("trace", Kind.BODY, -1, glyph="⟲", args=("wires",),
       doc="The body T @ A -> T @ B with its T fed back."),
    Op("feedback", Kind.BODY, -1, glyph="⟲", args=("wires",),
       doc="The body T @ A -> T @ B with its T fed back after one step; it reads the initial T, then A."),
    Op("function", Kind.BODY, -1, glyph="λ",
       doc="The body as a value on a wire; its inputs are captured wires."),
    Op("eval", Kind.STRUCTURE, -1, glyph="ev", doc="A function on its first wire, applied to the others."),
    Op("derived", Kind.STRUCTURE, 1, glyph="R",
       doc="Of a function (A -> B) on a wire its reverse derivative (A @ B' -> A'), on a wire again."),
)  # fmt: skip

STRUCTURE = (
    Op("braid", Kind.STRUCTURE, 2, glyph="braid", results=2, doc="A over B: A @ B -> B @ A."),
    Op("unbraid", Kind.STRUCTURE, 2, glyph="unbraid", results=2, doc="The inverse crossing: A @ B -> B @ A."),
    Op("twist", Kind.STRUCTURE, 1, glyph="twist", doc="A full turn of a ribbon: A -> A."),
    Op("untwist", Kind.STRUCTURE, 1, glyph="untwist", doc="The turn back: A -> A."),
)
