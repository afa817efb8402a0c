"""Boxes and their daggers: where both may stand in one figure, each lacks a corner, and one is the mirror
image of the other along the flow."""

from __future__ import annotations

from dataclasses import replace

from compilers.figure.face import LIMIT, Face
from compilers.figure.text import line
from diagram.hypergraph import Box, Diagram
from diagram.turning import DAGGER


def daggers(d: Diagram) -> frozenset[str]:
    """The names of the boxes whose daggers are in `d` or in a body inside it."""
    found: set[str] = set()
    waiting = [d]
    while waiting:
        for box in waiting.pop().boxes:
            waiting += box.bodies
            if box.op.name.endswith(DAGGER):
                found.add(box.op.name.removesuffix(DAGGER))
    return frozenset(found)


def slanted(looks: Face, box: Box, turned: frozenset[str]) -> Face:
    """The face of a box that is a dagger or has one in the figure; a state's dagger is an effect already."""
    if not turned or box.op.name.removesuffix(DAGGER) not in turned:
        return looks
    is_dagger = box.op.name.endswith(DAGGER)
    if is_dagger and looks.line.runs and looks.line.text.endswith(DAGGER):
        name = looks.line.text.removesuffix(DAGGER) + "†"
        run = looks.line.runs[0]
        looks = replace(looks, line=line(name, run.size, bold=run.bold, limit=LIMIT))
    if looks.shape != "box":
        return looks
    return replace(looks, shape="cut dagger" if is_dagger else "cut")
