"""What an operation does to each axis of its arrays: which lanes pass by, are joined, summed, born, or go
into a chip.

This is read from the index structure of the box; where a lane runs is decided in `circuit`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from compilers.figure.face import NORMS, SMALL, TEXT, face, moved, short_path, slot_text
from compilers.figure.scope import Scope
from compilers.figure.text import Line, line
from diagram.hypergraph import Box
from diagram.op import Kind
from diagram.spec import Map, Spec
from diagram.types import Tensor, Type

Lane = tuple[int, int]
"""A port (visible ones counted) and an axis of its array."""


@dataclass(slots=True)
class Chip:
    """A drawn core: its shape, its words, the lanes that end in it and those that begin."""

    shape: str
    line: Line
    ins: list[Lane] = field(default_factory=list)
    outs: list[Lane] = field(default_factory=list)
    fill: str = ""
    stroke: str = ""
    opacity: int = 100
    mark: str = ""
    """What stands in the circle of a normalisation."""


@dataclass(slots=True)
class Tracks:
    """`passes`: lanes that are one lane after the operation (several in: a dot joins them). `cups`: pairs
    that are
    summed. `births`: repeated along. `above`: an entrywise function. `sign`: what stands where arrays meet.
    """

    passes: list[tuple[list[Lane], Lane]] = field(default_factory=list)
    chips: list[Chip] = field(default_factory=list)
    cups: list[tuple[Lane, Lane]] = field(default_factory=list)
    births: list[Lane] = field(default_factory=list)
    above: Line | None = None
    sign: Line | None = None
    note: Line | None = None


def lanes_of(type_: Type) -> int:
    """How many lanes a wire is drawn with: its axes; one for a number or an object."""
    return max(1, len(type_.axes)) if isinstance(type_, Tensor) else 1


def is_scalar(type_: Type) -> bool:
    """A number: an array without axes."""
    return isinstance(type_, Tensor) and not type_.axes


def tracks(scope: Scope, number: int) -> Tracks:
    """What box `number` does to the lanes of its visible ports."""
    box = scope.d.boxes[number]
    learned = scope.learned.get(number, {})
    visible = [p for p in range(len(box.dom)) if p not in learned]
    ins = [(k, a) for k, p in enumerate(visible) for a in range(lanes_of(scope.d.wires[box.dom[p]]))]
    outs = [(q, a) for q, w in enumerate(box.cod) for a in range(lanes_of(scope.d.wires[w]))]
    if box.op.kind is Kind.BODY:
        return _lifted(box, learned, ins, outs)
    kinds = [scope.d.wires[w] for w in (*box.dom, *box.cod)]
    if box.spec is None or not all(isinstance(t, Tensor) for t in kinds) or box.op.kind is Kind.SOURCE:
        return Tracks(chips=[Chip("box", face(box, learned).line, ins, outs)])
    return _Reader(box, box.spec, learned, visible, ins, outs).read()


def _lifted(box: Box, learned: dict[int, str], ins: list[Lane], outs: list[Lane]) -> Tracks:
    """A call: the lanes over which the body is repeated pass by, the others go in."""
    degree, ports = box.arg("degree"), box.arg("ports")
    found = Tracks()
    if isinstance(degree, tuple) and isinstance(ports, tuple) and degree:
        at: dict[int, list[Lane]] = {}
        for port, has in enumerate(ports):
            if isinstance(has, tuple):
                for axis, which in enumerate(has):
                    at.setdefault(which, []).append((port, axis))
        for which in range(len(degree)):
            found.passes += [(at.get(which, []), lane) for lane in outs if lane[1] == which]
    gone = {lane for source, _ in found.passes for lane in source}
    made = {lane for _, lane in found.passes}
    norm = NORMS.get(box.bodies[0].name)
    chip = Chip("body" if norm is None else "norm", face(box, learned).line, mark=norm or "")
    chip.ins = [lane for lane in ins if lane not in gone]
    chip.outs = [lane for lane in outs if lane not in made]
    found.chips.append(chip)
    return found


class _Reader:
    """Sorts the lanes of one tensor operation by the indices that they follow."""

    def __init__(
        self,
        box: Box,
        spec: Spec,
        learned: dict[int, str],
        visible: list[int],
        ins: list[Lane],
        outs: list[Lane],
    ) -> None:
        self.box, self.spec, self.learned = box, spec, learned
        self.sources: dict[int, list[Lane]] = {}
        self.targets: dict[int, list[Lane]] = {}
        shape = _shape(box)
        self.core = Chip("chip" if shape == "bar" and learned else shape, _word(box, learned))
        self.numbers = [lane for lane in ins if not spec.ins[visible[lane[0]]]]
        self.reads: dict[int, Chip] = {}
        alone = _alone(spec) if self.core.shape == "hexagon" and not learned else {}
        affine: set[int] = set()
        for lane in ins:
            self._sort(lane, spec.ins[visible[lane[0]]], self.sources, False, affine, alone)
        for lane in outs:
            self._sort(lane, spec.outs[lane[0]], self.targets, True, affine, alone)
        held = {slot.index for p in learned for slot in spec.ins[p]}
        cored = set(spec.core) | affine
        if box.op.kind is Kind.CONTRACT:
            cored |= {i for i in held if i is not None}
        self.cored = cored

    def _sort(
        self,
        lane: Lane,
        slots: Map,
        by: dict[int, list[Lane]],
        out: bool,
        affine: set[int],
        alone: dict[int, str],
    ) -> None:
        if not slots:
            return
        slot = slots[lane[1]]
        if slot.index is None or slot.gather >= 0:
            indices = [i for i, _ in slot.terms]
            chip = self.core
            if indices and all(i in alone for i in indices):
                chip = Chip("hexagon", line(alone[indices[0]], SMALL))
                self.reads.update(dict.fromkeys(indices, chip))
            (chip.outs if out else chip.ins).append(lane)
            affine.update(indices)
        else:
            by.setdefault(slot.index, []).append(lane)

    def read(self) -> Tracks:
        found, core = Tracks(), self.core
        for i in range(len(self.spec.indices)):
            source, target = self.sources.get(i, []), self.targets.get(i, [])
            if i in self.cored:
                chip = self.reads.get(i, core)
                chip.ins += source
                chip.outs += target
            elif source and target:
                found.passes += [(source, lane) for lane in target]
            elif len(source) == 2 and self.box.op.kind is Kind.CONTRACT:
                found.cups.append((source[0], source[1]))
            elif source:
                core.ins += source
            else:
                found.births += target
        self._numbers(found)
        chips = [*{id(chip): chip for chip in self.reads.values()}.values(), core]
        for chip in chips:
            if chip.ins or chip.outs:
                chip.ins.sort()
                chip.outs.sort()
                found.chips.append(chip)
        if found.chips:
            return found
        if self.box.op.kind is Kind.POINTWISE or self.learned:
            self._entrywise(found)
        return found

    def _numbers(self, found: Tracks) -> None:
        """Lanes of numbers: they go into the core, or pass from number to number."""
        outs = [(q, 0) for q, slots in enumerate(self.spec.outs) if not slots]
        if not self.numbers and not outs:
            return
        if self.core.ins or self.core.outs or not outs:
            if not outs and self.box.op.kind in (Kind.POINTWISE, Kind.CONTRACT) and found.passes:
                found.passes[0] = (found.passes[0][0] + self.numbers, found.passes[0][1])
            else:
                self.core.ins += self.numbers
            self.core.outs += outs
        elif found.cups or not self.numbers:
            self.core.outs += outs
            self.core.ins += self.numbers
        else:
            found.passes.append((self.numbers, outs[0]))

    def _entrywise(self, found: Tracks) -> None:
        box = self.box
        looks = face(box, {})
        arrays = {lane[0] for source, _ in found.passes for lane in source}
        if self.learned:
            names = " ".join(_last(path) for path in self.learned.values())
            found.above = line(f"{looks.line.text} {names}", SMALL, bold=True)
        elif len(arrays) > 1 and (box.op.kind is not Kind.POINTWISE or len(looks.line.text) < 3):
            found.sign = looks.line if box.op.kind is Kind.POINTWISE else None
        else:
            found.above = looks.line


def _last(path: str) -> str:
    return path.rpartition(".")[2]


def _alone(spec: Spec) -> dict[int, str]:
    """Reads of one axis that have nothing to do with those of others, by the indices they are made of."""
    slots = [
        slot for port in (*spec.ins, *spec.outs) for slot in port if slot.index is None and slot.gather < 0
    ]
    found: dict[int, str] = {}
    for slot in slots:
        others = {i for other in slots if other is not slot for i, _ in other.terms}
        if slot.terms and not others & {i for i, _ in slot.terms}:
            found |= dict.fromkeys([i for i, _ in slot.terms], slot_text(slot, spec))
    return found


def _shape(box: Box) -> str:
    if box.op.name in ("softmax", "log_softmax"):
        return "triangle"
    if box.op.name == "concat":
        return "bar"
    if box.op.kind is Kind.CONTRACT and box.spec is not None and not box.spec.plain:
        return "pentagon" if _is_element(box.spec) else "hexagon"
    return "chip" if box.op.kind is Kind.CONTRACT else "box"


def _is_element(spec: Spec) -> bool:
    """Whether one place of an axis is read, and nothing else moves."""
    moved_ = [slot for port in (*spec.ins, *spec.outs) for slot in port if slot.index is None]
    return len(moved_) == 1 and not moved_[0].terms


def _word(box: Box, learned: dict[int, str]) -> Line:
    if learned:
        return line(" ".join(short_path(path) for path in learned.values()), TEXT, bold=True)
    if _shape(box) in ("hexagon", "pentagon"):
        return line(moved(box.spec, whole=False), SMALL) if box.spec else line("", SMALL)
    if box.op.kind in (Kind.REDUCE, Kind.CONTRACT):
        return line("Σ" if box.op.kind is Kind.CONTRACT else face(box, {}).line.runs[0].text.strip(), TEXT)
    return face(box, {}).line
