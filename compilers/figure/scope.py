"""A box that holds a diagram: which of its ports are which wires of the body, and what is hidden in there."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from diagram.hypergraph import Box, Diagram, trace


@dataclass(frozen=True)
class Scope:
    """A diagram as it is drawn: `given` are inputs that bear a learned array of the diagram around, with
    its path;
    `shown` are learned inputs that are drawn as wires because the diagram around has a wire for them.
    """

    d: Diagram
    given: tuple[tuple[int, str], ...] = ()
    shown: frozenset[int] = frozenset()
    ins: dict[int, int] = field(default_factory=dict, compare=False)
    """Input ports of the box around, by number of the input here."""

    @cached_property
    def hidden(self) -> dict[int, str]:
        """Wires that are not drawn: learned arrays, with their paths."""
        d = self.d
        visible = {d.inputs[k] for k in self.shown} | set(d.outputs)
        found = {w: p.path for w, p in zip(d.param_wires, d.params, strict=True) if w not in visible}
        for k, path in self.given:
            if d.inputs[k] not in visible:
                found[d.inputs[k]] = path
        return found

    @cached_property
    def learned(self) -> dict[int, dict[int, str]]:
        """Per box, its ports that read hidden wires, with the paths."""
        found: dict[int, dict[int, str]] = {}
        hidden = self.hidden
        for k, box in enumerate(self.d.boxes if hidden else ()):
            hit = {p: hidden[w] for p, w in enumerate(box.dom) if w in hidden}
            if hit:
                found[k] = hit
        return found

    def enter(self, number: int) -> Scope | None:
        """The body of box `number`, if it has exactly one."""
        box = self.d.boxes[number]
        if len(box.bodies) != 1:
            return None
        body = box.bodies[0]
        loops = box.arg("wires") if box.op.name == "trace" else None
        if isinstance(loops, int):
            body = trace(body, loops).with_name(body.name)
        ports = _ports(box, body)
        given, shown = [], set()
        for k, port in ports.items():
            path = self.hidden.get(box.dom[port])
            if path is None:
                shown.add(k)
            elif k < len(body.dom):
                given.append((k, path))
        return Scope(body, tuple(given), frozenset(shown), ports)


def _ports(box: Box, body: Diagram) -> dict[int, int]:
    """For each input of the body, the port of the box it comes from."""
    explicit, count = len(body.dom), len(body.inputs)
    if box.op.name != "repeat":
        return {k: k for k in range(min(count, len(box.dom)))}
    turns, fresh = box.arg("count"), box.arg("fresh")
    assert isinstance(turns, int) and isinstance(fresh, int)
    ports = {k: k for k in range(explicit)}
    for k in range(count - explicit):
        port = explicit + k if k < fresh else explicit + turns * fresh + k - fresh
        if port < len(box.dom):
            ports[explicit + k] = port
    return ports
