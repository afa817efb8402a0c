"""How a definition without names for wires lies in the plane: its term, line by line, for figures."""

from __future__ import annotations

from diagram.hypergraph import Diagram
from diagram.layer import Layer
from grammar.elab.forms import BesideForm, IdForm, ThenForm, WiringForm
from grammar.elab.values import Form


def plane(form: Form, d: Diagram) -> tuple[Layer, ...]:
    """The layers of the term that made `d`, if each of its parts made one box; who reads them checks that."""
    layers: list[Layer] = []
    boxes = iter(range(len(d.boxes)))

    def run(part: Form, at: int) -> int:
        """Add a part with so many wires left of it; returns how many wires it gives."""
        if isinstance(part, ThenForm):
            for one, _ in part.parts:
                given = run(one, at)
            return given
        if isinstance(part, BesideForm):
            given = 0
            for one, _ in part.parts:
                given += run(one, at + given)
            return given
        if isinstance(part, IdForm):
            return len(part.wires)
        if isinstance(part, WiringForm):
            layers.append(Layer(at, -1, len(part.wires), part.outputs))
            return len(part.outputs)
        k = next(boxes, None)
        if k is None:
            return 0
        layers.append(Layer(at, k))
        return len(d.boxes[k].cod)

    run(form, 0)
    return tuple(layers) if next(boxes, None) is None else ()
