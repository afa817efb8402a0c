"""What is said of a loop whose fixed point was not found: E0604, at its place in the text."""

from __future__ import annotations

from diagram.errors import Diagnostic, DiagramError
from diagram.value import Diagram
from diagram.wiring import walk


def unsettled(d: Diagram) -> DiagramError:
    """E0604 for the loops of a diagram, of which one did not settle."""
    marks = [box.mark for box in walk(d) if box.op.name == "trace" and box.mark is not None]
    spans = [mark.span for mark in marks if mark.span is not None]
    name = f"the loop `{marks[0].name}`" if len(marks) == 1 and marks[0].name else "a loop"
    return DiagramError(
        Diagnostic(
            "E0604",
            f"{name} does not settle",
            spans[0] if spans else None,
            "no value was found that the loop gives back",
            help="make it a contraction, or give it an initial value: then it is a delay",
        )
    )
