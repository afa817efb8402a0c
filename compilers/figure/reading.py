"""The hypergraph read back from an SVG, from the ports its wires name: what the figure really shows.

`rebuild(svg)` equals `outline(d)` exactly if the figure shows the diagram.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from xml.etree import ElementTree

from compilers.figure.scope import Scope
from diagram.hypergraph import Diagram


@dataclass(frozen=True, slots=True)
class Outline:
    """Boxes by path with operation and numbers of ports; wires as sets of ports; which boxes read learned
    arrays;
    which boxes are drawn open.
    """

    boxes: tuple[tuple[str, str, int, int], ...]
    wires: tuple[tuple[str, ...], ...]
    learned: tuple[tuple[str, int, str], ...] = ()
    opened: frozenset[str] = frozenset()


def outline(d: Diagram, opened: frozenset[str] = frozenset()) -> Outline:
    """What a figure of `d` must show if the boxes `opened` are drawn with their bodies."""
    boxes: list[tuple[str, str, int, int]] = []
    wires: list[tuple[str, ...]] = []
    learned: list[tuple[str, int, str]] = []
    todo: list[tuple[str, Scope]] = [("", Scope(d))]
    while todo:
        prefix, scope = todo.pop()
        part, hidden = scope.d, scope.hidden
        ports: list[list[str]] = [[] for _ in part.wires]
        for k, w in enumerate(part.inputs):
            ports[w].append(f"{prefix}in.{k}")
        for n, box in enumerate(part.boxes):
            ident = f"{prefix}b{n}"
            boxes.append((ident, box.op.name, len(box.dom), len(box.cod)))
            learned += [(ident, p, path) for p, path in scope.learned.get(n, {}).items()]
            for p, w in enumerate(box.dom):
                ports[w].append(f"{ident}.i{p}")
            for p, w in enumerate(box.cod):
                ports[w].append(f"{ident}.o{p}")
            inside = scope.enter(n) if ident in opened else None
            if inside is not None:
                todo.append((ident + "/", inside))
        for k, w in enumerate(part.outputs):
            ports[w].append(f"{prefix}out.{k}")
        wires += [tuple(sorted(found)) for w, found in enumerate(ports) if w not in hidden]
    return Outline(tuple(sorted(boxes)), tuple(sorted(wires)), tuple(sorted(learned)), opened)


def rebuild(svg: str) -> Outline:
    """The hypergraph that an SVG of ours shows. Raises `ValueError` if a wire ends away from the box it
    names.
    """
    root = ElementTree.fromstring(svg)
    boxes: list[tuple[str, str, int, int]] = []
    learned: list[tuple[str, int, str]] = []
    wires = _Wires()
    places = _places(root)
    for element in root.iter():
        name, wire = element.get("data-box"), element.get("data-wire")
        if name is not None:
            ident = element.get("data-id", "")
            ins, outs = map(int, element.get("data-ports", "0 0").split())
            boxes.append((ident, name, ins, outs))
            for item in element.findall("*[@data-learned]"):
                learned.append((ident, int(item.get("data-port", "0")), item.get("data-learned", "")))
        if wire is not None:
            wires.find(wire)
        source, target = element.get("data-src"), element.get("data-dst")
        if source is not None and target is not None:
            _check_ends(element.get("d", ""), source, target, places)
            wires.join(source, target)
    opened = frozenset(e.get("data-id", "") for e in root.iter() if e.get("data-open"))
    return Outline(tuple(sorted(boxes)), wires.ports(), tuple(sorted(learned)), opened)


class _Wires:
    """Ports that drawn lines join, with the junctions between them; each class is one wire."""

    def __init__(self) -> None:
        self.up: dict[str, str] = {}

    def find(self, port: str) -> str:
        """The port that stands for a class."""
        while self.up.setdefault(port, port) != port:
            self.up[port] = self.up[self.up[port]]
            port = self.up[port]
        return port

    def join(self, a: str, b: str) -> None:
        self.up[self.find(a)] = self.find(b)

    def ports(self) -> tuple[tuple[str, ...], ...]:
        """The ports of each wire, without its junctions."""
        classes: dict[str, list[str]] = {}
        for port in self.up:
            classes.setdefault(self.find(port), []).append(port)
        named = (tuple(sorted(p for p in ports if "." in p)) for ports in classes.values())
        return tuple(sorted(named))


Place = tuple[float, float, float, float]
_PIECE = re.compile(r"([MlhvcZ])([^MlhvcZ]*)")
_NUMBER = re.compile(r"-?(?:\d+\.?\d*|\.\d+)")


def _places(root: ElementTree.Element) -> dict[str, Place]:
    """The rectangle of every box, from its shapes."""
    found: dict[str, Place] = {}
    for group in root.iter():
        ident = group.get("data-id")
        if group.get("data-box") is None or ident is None:
            continue
        corners: list[tuple[float, float]] = []
        for shape in [group, *group]:
            corners += _corners(shape)
        xs, ys = [x for x, _ in corners], [y for _, y in corners]
        found[ident] = (min(xs), min(ys), max(xs), max(ys))
    return found


def _corners(shape: ElementTree.Element) -> list[tuple[float, float]]:
    def get(key: str) -> float:
        return float(shape.get(key, "0"))

    if shape.tag.endswith("rect"):
        return [(get("x"), get("y")), (get("x") + get("width"), get("y") + get("height"))]
    if shape.tag.endswith("circle"):
        x, y, r = get("cx"), get("cy"), get("r")
        return [(x - r, y - r), (x + r, y + r)]
    return _points(shape.get("d", "")) if shape.tag.endswith("path") else []


def _points(path: str) -> list[tuple[float, float]]:
    """The points that a path of ours runs through."""
    at, found = (0.0, 0.0), []
    for letter, text in _PIECE.findall(path):
        numbers = [float(v) for v in _NUMBER.findall(text)]
        if letter == "M":
            at = (numbers[0], numbers[1])
        elif letter == "h":
            at = (at[0] + numbers[0], at[1])
        elif letter == "v":
            at = (at[0], at[1] + numbers[0])
        elif numbers:
            at = (at[0] + numbers[-2], at[1] + numbers[-1])
        found.append(at)
    return found


def _check_ends(path: str, source: str, target: str, places: dict[str, Place]) -> None:
    """Both ends of a drawn wire must touch the shape of the box that they name."""
    points = _points(path)
    for port, (x, y) in ((source, points[0]), (target, points[-1])):
        place = places.get(port.rpartition(".")[0])
        if place is None:
            continue
        left, top, right, bottom = place
        if not (left - 0.05 <= x <= right + 0.05 and top - 0.05 <= y <= bottom + 0.05):
            raise ValueError(f"the wire from {source} to {target} ends at {x}, {y}, away from its box")
