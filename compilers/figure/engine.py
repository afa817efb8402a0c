"""Graphviz as an engine of layout only: `dot` says where boxes stand and how wires run, the look stays ours.

`dot` is looked for on the PATH, or where the variable DIAG_DOT says. Bodies are drawn closed.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import replace
from typing import Any

from compilers.figure.draw import BORDER_LOOK, DOT_LOOK, WIRE, tip
from compilers.figure.face import TEXT, plain_face
from compilers.figure.scene import PT, Bounds, Circle, Glyph, Junction, Label, Path, Rect, Scene, Step, Strand
from compilers.figure.scope import Scope
from compilers.figure.text import line
from compilers.figure.to_dot import to_dot
from diagram.hypergraph import Diagram

SECONDS = 20
"""How long `dot` may take."""
MARGIN, R = 8 * PT, 5 * PT // 2
_FLAGS = ("-Tjson", "-Gnslimit=1", "-Gnslimit1=1", "-Gsplines=true")


class NoEngine(Exception):
    """Why `dot` did not lay the figure out."""


def dot_scene(d: Diagram, title: str, desc: str) -> Scene:
    """The figure of `d` as `dot` lays it out. Raises `NoEngine`."""
    found = _run(to_dot(d, sized=True))
    return _Reader(d, found).scene(title, desc)


def _run(text: str) -> dict[str, Any]:  # Any: JSON
    program = os.environ.get("DIAG_DOT") or shutil.which("dot")
    if program is None:
        raise NoEngine("dot of Graphviz is not on the PATH; drawn by our own layout")
    try:
        done = subprocess.run(
            [program, *_FLAGS], input=text.encode(), capture_output=True, timeout=SECONDS, check=True
        )
        found = json.loads(done.stdout)
    except subprocess.TimeoutExpired:
        raise NoEngine(f"dot took more than {SECONDS} s; drawn by our own layout") from None
    except (OSError, subprocess.CalledProcessError, ValueError):
        raise NoEngine("dot did not give a layout; drawn by our own") from None
    if not isinstance(found, dict) or "bb" not in found:
        raise NoEngine("dot gave something else than a layout; drawn by our own")
    return found


class _Reader:
    """Turns what `dot` says into a scene."""

    def __init__(self, d: Diagram, found: dict[str, Any]) -> None:
        self.d, self.found = d, found
        self.scope = Scope(d)
        _, _, self.width, self.height = (_length(v) for v in found["bb"].split(","))
        self.names = {item["_gvid"]: item["name"] for item in found.get("objects", ())}

    def at(self, text: str) -> tuple[int, int]:
        """A point of `dot`, whose y goes up."""
        x, y = (_length(v) for v in text.split(","))
        return x + MARGIN, self.height - y + MARGIN

    def scene(self, title: str, desc: str) -> Scene:
        glyphs: list[Glyph] = []
        labels: list[Label] = []
        junctions: list[Junction] = []
        for item in self.found.get("objects", ()):
            name, (x, y) = item["name"], self.at(item["pos"])
            if name.startswith("b"):
                glyphs.append(self.box(name, x, y, item))
            elif name.startswith("w"):
                junctions.append(_dot(name, x, y))
            elif name.startswith("in."):
                k = int(name[3:])
                words = line(self.d.names[self.d.inputs[k]], TEXT, limit=140 * PT)
                if words.runs:
                    labels.append(Label(f"n{k}", x, y + (words.ascent - words.descent) // 2, words))
        at = {glyph.id: glyph.bounds for glyph in glyphs}
        strands = [_snapped(self.strand(k, edge), at) for k, edge in enumerate(self.found.get("edges", ()))]
        rows = len({glyph.bounds[1] for glyph in glyphs})
        size = self.width + 2 * MARGIN, self.height + 2 * MARGIN
        return Scene(
            *size, title, desc, tuple(glyphs), tuple(strands), tuple(junctions), tuple(labels), rows=rows
        )

    def box(self, name: str, x: int, y: int, item: dict[str, Any]) -> Glyph:
        """A box with our face."""
        number = int(name[1:])
        box, learned = self.d.boxes[number], self.scope.learned.get(number, {})
        looks = plain_face(self.d, box, learned)
        w, h = (_length(item[side]) * 72 for side in ("width", "height"))
        left, top = x - w // 2, y - h // 2
        words = looks.line if looks.line.runs else line(box.label, TEXT, limit=140 * PT)
        label = Label(f"{name}.name", x, y + (words.ascent - words.descent) // 2, words)
        shape = Rect(left, top, w, h, BORDER_LOOK, 3 * PT)
        ports = len(box.dom), len(box.cod)
        bounds = (left, top, left + w, top + h)
        return Glyph(
            name,
            box.op.name,
            bounds,
            (shape,),
            (label,),
            tip(self.d, box),
            tuple(sorted(learned.items())),
            ports,
        )

    def strand(self, number: int, edge: dict[str, Any]) -> Strand:
        """One edge, from port to port."""
        src = self.port(edge["tail"], edge.get("tailport", ""))
        dst = self.port(edge["head"], edge.get("headport", ""))
        points = [self.at(p) for p in edge["pos"].split(" ") if p[:2] not in ("e,", "s,")]
        steps: list[Step] = []
        for k in range(1, len(points) - 2, 3):
            steps.append((*points[k], *points[k + 1], *points[k + 2]))
        return Strand(f"s{number}", f"s{number}", src, dst, Path(points[0], tuple(steps), WIRE))

    def port(self, number: int, port: str) -> str:
        """The name of a port in the data of figures."""
        name = str(self.names[number])
        return f"{name}.{port.partition(':')[0]}" if name.startswith("b") else name


def _dot(name: str, x: int, y: int) -> Junction:
    return Junction(f"{name}d", name, "dot", (Circle(x, y, R, DOT_LOOK),), (x - R, y - R, x + R, y + R))


def _snapped(strand: Strand, at: dict[str, Bounds]) -> Strand:
    """Ends of a wire exactly on the borders of its boxes; `dot` rounds."""
    path = strand.path
    source, target = (at.get(port.partition(".")[0]) for port in (strand.src, strand.dst))
    if source is not None:
        path = replace(path, start=(path.start[0], source[3]))
    if target is not None and path.steps:
        path = replace(path, steps=(*path.steps[:-1], (*path.steps[-1][:-1], target[1])))
    return replace(strand, path=path)


def _length(value: str) -> int:
    return round(float(value) * PT)
