"""Graphviz as an engine of layout only: `dot` says where boxes stand and how wires run, the look stays ours.

`dot` is looked for on the PATH, or where the variable DIAG_DOT says.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import replace
from typing import Any

from compilers.figure.draw import BOLD, BORDER_LOOK, CHIP, DOT_LOOK, WIRE, tip
from compilers.figure.engine_text import Question
from compilers.figure.plan import Options
from compilers.figure.scene import (
    PT,
    Bounds,
    Circle,
    Glyph,
    Junction,
    Label,
    Look,
    Path,
    Rect,
    Scene,
    Step,
    Strand,
)
from compilers.figure.scope import Scope
from compilers.figure.theme import TINTS

SECONDS = 20
"""How long `dot` may take."""
MARGIN, R = 8 * PT, 5 * PT // 2
_FLAGS = ("-Tjson", "-Gnslimit=1", "-Gnslimit1=1", "-Gsplines=true")


class NoEngine(Exception):
    """Why `dot` did not lay the figure out."""


def dot_scene(scope: Scope, options: Options, title: str, desc: str) -> Scene:
    """The figure of a diagram as `dot` lays it out. Raises `NoEngine`."""
    asked = Question(scope, options)
    return _Reader(asked, _run(asked.text())).scene(title, desc)


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

    def __init__(self, asked: Question, found: dict[str, Any]) -> None:
        self.asked, self.found = asked, found
        _, _, self.width, self.height = (_length(v) for v in found["bb"].split(","))
        self.names = {item["_gvid"]: str(item["name"]) for item in found.get("objects", ())}

    def at(self, text: str) -> tuple[int, int]:
        """A point of `dot`, whose y goes up."""
        x, y = (_length(v) for v in text.split(",")[:2])
        return x + MARGIN, self.height - y + MARGIN

    def scene(self, title: str, desc: str) -> Scene:
        glyphs: list[Glyph] = []
        labels: list[Label] = []
        junctions: list[Junction] = []
        for item in self.found.get("objects", ()):
            name = str(item["name"])
            if name.startswith("cluster_"):
                glyphs.append(self.region(name.removeprefix("cluster_"), item["bb"]))
                continue
            x, y = self.at(item["pos"])
            if name in self.asked.boxes:
                glyphs.append(self.box(name, x, y, item))
            elif name in self.asked.names:
                words = self.asked.names[name]
                labels.append(Label(f"n{name}", x, y + (words.ascent - words.descent) // 2, words))
            elif name.rpartition("/")[2].startswith("w"):
                junctions.append(_dot(name, x, y))
        at = {glyph.id: glyph.bounds for glyph in glyphs if not glyph.region}
        strands = []
        for k, edge in enumerate(self.found.get("edges", ())):
            strands.append(_snapped(self.strand(k, edge), at))
            said = self.asked.types.get((self.names[edge["tail"]], edge.get("tailport", "")))
            if said is not None and "lp" in edge:
                x, y = self.at(edge["lp"])
                base = y + (said.ascent - said.descent) // 2
                labels.append(Label(f"t{k}", x - said.width // 2, base, said, "start", "muted"))
        rows = len({glyph.bounds[1] for glyph in glyphs})
        size = self.width + 2 * MARGIN, self.height + 2 * MARGIN
        glyphs.sort(key=lambda glyph: not glyph.region)
        return Scene(
            *size, title, desc, tuple(glyphs), tuple(strands), tuple(junctions), tuple(labels), rows=rows
        )

    def box(self, name: str, x: int, y: int, item: dict[str, Any]) -> Glyph:
        """A box with our face."""
        scope, number, looks = self.asked.boxes[name]
        box, learned = scope.d.boxes[number], scope.learned.get(number, {})
        w, h = (_length(item[side]) * 72 for side in ("width", "height"))
        left, top = x - w // 2, y - h // 2
        under = looks.under
        rise = (under.ascent + under.descent) // 2 if under is not None else 0
        words = looks.line
        labels = [Label(f"{name}.name", x, y - rise + (words.ascent - words.descent) // 2, words)]
        if under is not None:
            labels.append(Label(f"{name}.under", x, top + h - 5 * PT - under.descent, under, ink="muted"))
        base = CHIP if looks.shape in ("chip", "slip") else BOLD if looks.learned else BORDER_LOOK
        look = replace(base, fill=looks.fill or base.fill, stroke=looks.stroke or base.stroke)
        bounds = (left, top, left + w, top + h)
        ports = len(box.dom), len(box.cod)
        return Glyph(
            name, box.op.name, bounds, (Rect(left, top, w, h, look, 3 * PT),), tuple(labels),
            tip(scope.d, box), tuple(sorted(learned.items())), ports,
        )  # fmt: skip

    def region(self, name: str, corners: str) -> Glyph:
        """The panel of an open body."""
        scope, number, title = self.asked.open[name]
        box, learned = scope.d.boxes[number], scope.learned.get(number, {})
        numbers = corners.split(",")
        (left, bottom), (right, top) = self.at(",".join(numbers[:2])), self.at(",".join(numbers[2:]))
        tint = TINTS[name.count("/") % len(TINTS)]
        panel = Rect(left, top, right - left, bottom - top, Look(tint, "edge", PT * 4 // 5), 6 * PT)
        label = Label(f"{name}.title", left + 6 * PT, top + 4 * PT + title.ascent, title, "start")
        ports = len(box.dom), len(box.cod)
        return Glyph(
            name, box.op.name, (left, top, right, bottom), (panel,), (label,), tip(scope.d, box),
            tuple(sorted(learned.items())), ports, region=True,
        )  # fmt: skip

    def strand(self, number: int, edge: dict[str, Any]) -> Strand:
        """One edge, from port to port."""
        tail, head = self.names[edge["tail"]], self.names[edge["head"]]
        src = _port(self.asked.inner.get(tail, tail) if ".i" in tail else tail, edge.get("tailport", ""))
        dst = _port(self.asked.inner.get(head, head) if ".o" in head else head, edge.get("headport", ""))
        points = [self.at(p) for p in edge["pos"].split(" ") if p[:2] not in ("e,", "s,")]
        steps: list[Step] = []
        for k in range(1, len(points) - 2, 3):
            steps.append((*points[k], *points[k + 1], *points[k + 2]))
        return Strand(f"s{number}", f"s{number}", src, dst, Path(points[0], tuple(steps), WIRE))


def _port(name: str, port: str) -> str:
    """The name of a port in the data of figures: a box says which of its ports, others are ports."""
    return f"{name}.{port.partition(':')[0]}" if port[:1] in "io" and port else name


def _dot(name: str, x: int, y: int) -> Junction:
    return Junction(f"{name}d", name, "dot", (Circle(x, y, R, DOT_LOOK),), (x - R, y - R, x + R, y + R))


def _snapped(strand: Strand, at: dict[str, Bounds]) -> Strand:
    """Ends of a wire exactly on the borders of its boxes; `dot` rounds."""
    path = strand.path
    source, target = (at.get(port.rpartition(".")[0]) for port in (strand.src, strand.dst))
    if source is not None:
        path = replace(path, start=(path.start[0], source[3]))
    if target is not None and path.steps:
        path = replace(path, steps=(*path.steps[:-1], (*path.steps[-1][:-1], target[1])))
    return replace(strand, path=path)


def _length(value: str) -> int:
    return round(float(value) * PT)
