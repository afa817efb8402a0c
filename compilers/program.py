"""A diagram as a list of boxes to run one after the other: calls inlined, sizes put in, dead boxes
dropped.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from compilers.hoist import hoist
from diagram.applying import applied
from diagram.errors import Diagnostic, DiagramError
from diagram.gates import grouped
from diagram.inlining import anew, expanded, inline, is_shared
from diagram.reals import Real
from diagram.sizes import Size
from diagram.types import Type, map_sizes
from diagram.value import Arg, Box, Diagram, Param
from diagram.wiring import walk

MOST_COPIED = 60
"""Boxes of a function on wires that are put where it is called; one with more is a function of the text."""
MOST_WRITTEN = 100
"""Turns of a loop that are written one after the other, where they are all alike."""


@dataclass(frozen=True, slots=True)
class Program:
    """Straight-line code over wires. `inputs` are the wires of the domain, then those of the learned
    arrays.
    """

    name: str
    wires: tuple[Type, ...]
    names: tuple[str, ...]
    inputs: tuple[int, ...]
    arguments: int
    params: tuple[Param, ...]
    steps: tuple[Box, ...]
    outputs: tuple[int, ...]

    @property
    def reads(self) -> list[int]:
        """How often each wire is read, results included."""
        counts = [0] * len(self.wires)
        for step in self.steps:
            for w in step.dom:
                counts[w] += 1
        for w in self.outputs:
            counts[w] += 1
        return counts


def program(d: Diagram, values: Mapping[str, int] | None = None) -> Program:
    """The program of a diagram for sizes given in `values`; other symbols stay open.

    Raises `DiagramError` E0405 if the boxes have no order of execution.
    """
    sizes: dict[str, int | Size] = dict(values or {})
    if any(box.op.name == "derived" for box in walk(d)):
        d = applied(d)
    flat = grouped(hoist(inline(d, _worth_a_function, shared=True)))
    _check_order(flat)
    boxes = alive(flat.boxes, flat.outputs)
    wires = flat.wires
    if sizes:
        wires = tuple(map_sizes(t, sizes) for t in wires)
        boxes = tuple(_with_sizes(box, sizes) for box in boxes)
    names = list(flat.names)
    for w, name in zip(flat.outputs, d.output_names, strict=True):
        names[w] = names[w] or (name if d.results else "")
    return Program(d.name, wires, tuple(names), flat.inputs, len(flat.dom), flat.params, boxes, flat.outputs)


def _worth_a_function(box: Box) -> bool:
    """Repetitions of more than a few boxes are written once and called."""
    count = box.arg("count")
    if anew(box):
        return True
    if box.op.name == "call" and is_shared(box) and not box.arg("degree"):
        return expanded(box.bodies[0], _nothing) > MOST_COPIED
    if box.op.name != "repeat" or count == 1:
        return False
    return not isinstance(count, int) or _boxes(box.bodies[0]) > 3 or is_loop(box)


def is_loop(box: Box) -> bool:
    """Many turns that are all alike: written as a loop, however many they are."""
    count = box.arg("count")
    return box.arg("fresh") == 0 and isinstance(count, int) and count > MOST_WRITTEN


def _nothing(box: Box) -> bool:
    return False


def _boxes(d: Diagram) -> int:
    """How many boxes do something, at every depth."""
    return sum(not box.bodies for box in walk(d))


def _with_sizes(box: Box, sizes: Mapping[str, int | Size]) -> Box:
    spec = box.spec.subs(sizes) if box.spec is not None else None
    args = tuple((key, arg_subs(value, sizes)) for key, value in box.args)
    return box._replace(spec=spec, args=args)


def arg_subs(value: Arg, sizes: Mapping[str, int | Size]) -> Arg:
    """A static argument with sizes put in."""
    if isinstance(value, tuple):
        return tuple(arg_subs(v, sizes) for v in value)
    if isinstance(value, Real):
        return value.subs(sizes)
    return value


def alive(steps: Sequence[Box], outputs: Sequence[int]) -> tuple[Box, ...]:
    """The boxes whose results are used."""
    needed = set(outputs)
    kept: list[Box] = []
    for box in reversed(steps):
        if not needed.isdisjoint(box.cod):
            kept.append(box)
            needed.update(box.dom)
    return tuple(reversed(kept))


def _check_order(d: Diagram) -> None:
    """Every wire is written once, before it is read."""
    written = set(d.inputs)
    if len(written) < len(d.inputs):
        raise _not_causal("two inputs are one wire", None)
    for box in d.boxes:
        missing = [w for w in box.dom if w not in written]
        if missing:
            raise _not_causal(f"{box.label} reads a wire that nothing has written yet", box)
        written.update(box.cod)
    if any(w not in written for w in d.outputs):
        raise _not_causal("a result is a wire that nothing writes", None)


def _not_causal(reason: str, box: Box | None) -> DiagramError:
    span = box.mark.span if box is not None and box.mark is not None else None
    return DiagramError(
        Diagnostic(
            "E0407",
            f"this diagram cannot run step by step: {reason}",
            span,
            help="loops run as scan or feedback; bent wires need a target with cups and caps, "
            "such as tensor[numpy]",
        )
    )
