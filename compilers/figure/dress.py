"""What the rules of styles change: faces of boxes, chips of circuits, colours of wires and lanes, the whole
scene. Only looks; never what a figure shows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from compilers.figure.face import LIMIT, TEXT, Face
from compilers.figure.lanes import Tracks
from compilers.figure.scene import Label, Look, Path, Rect, Scene, Shape
from compilers.figure.sheet import Sheet, colour, opacity, quantity
from compilers.figure.text import Line, line
from diagram.hypergraph import Box, Diagram
from diagram.op import Kind
from diagram.types import Ob, Tensor

_SHAPES = {
    "triangle": "triangle", "chip": "chip", "box": "box", "rectangle": "box", "square": "box",
    "circle": "round", "round": "round", "hexagon": "hexagon", "state": "state", "effect": "effect",
    "spider": "spider", "dot": "spider",
}  # fmt: skip
_PLAIN_SHAPES = ("box", "chip", "small", "slip", "hexagon", "body")


def names_of(box: Box, learned: Mapping[int, str]) -> tuple[str, ...]:
    """The names under which styles find a box, the most general first."""
    own = box.mark.name if box.mark is not None and box.mark.name else ""
    body = box.bodies[0].name if box.bodies else ""
    linear = "linear" if learned and box.op.kind is Kind.CONTRACT else ""
    return tuple(dict.fromkeys(name for name in (linear, box.op.name, body, own) if name))


def dress(looks: Face, values: Mapping[str, object]) -> Face:
    """A face with what the rules say of it."""
    if not values:
        return looks
    text = label_of(values)
    size = quantity(values.get("font_size"))
    name = looks.line
    if text is not None or (size and name.runs):
        bold = bool(name.runs) and name.runs[0].bold
        name = line(name.text if text is None else text, size or TEXT, bold=bold, limit=LIMIT)
    shape = _SHAPES.get(str(values.get("shape", "")), looks.shape)
    by = looks.beside
    if shape in ("triangle", "round", "spider") and shape != looks.shape and len(name.text) > 2:
        name, by = line("", TEXT), by or name
    elif looks.shape == "triangle" and text is not None:
        name, by = line("", TEXT), name
    least = quantity(values.get("width")) or 0, quantity(values.get("height")) or 0
    fill, stroke = colour(values.get("fill"), looks.fill), colour(values.get("color"), looks.stroke)
    seen = opacity(values)
    return replace(
        looks, shape=shape, line=name, beside=by, fill=fill, stroke=stroke, least=least, opacity=seen
    )


def label_of(values: Mapping[str, object]) -> str | None:
    """The words that rules put on a thing."""
    text = values.get("label", values.get("glyph", values.get("title")))
    return text if isinstance(text, str) else None


def dress_tracks(what: Tracks, values: Mapping[str, object]) -> None:
    """The chips of a circuit cell, with what the rules say of the box."""
    text = label_of(values)
    for chip in what.chips if values else ():
        shape = _SHAPES.get(str(values.get("shape", "")), "")
        if chip.shape in _PLAIN_SHAPES and chip.shape != "body" and shape:
            chip.shape = shape
        chip.opacity = opacity(values)
        chip.fill, chip.stroke = colour(values.get("fill"), ""), colour(values.get("color"), "")
        if text is not None:
            chip.line = _again(chip.line, text)
    if text is not None and what.above is not None:
        what.above = _again(what.above, text)


def _again(old: Line, text: str) -> Line:
    first = old.runs[0] if old.runs else None
    return line(text, first.size if first else TEXT, bold=first.bold if first else False, limit=LIMIT)


def wire_values(sheet: Sheet, d: Diagram, w: int) -> dict[str, object]:
    """What holds for a wire: by its object, then by its name."""
    kind = d.wires[w]
    found = sheet.find("object", kind.name) if isinstance(kind, Ob) else {}
    name = d.names[w] if w < len(d.names) else ""
    return {**found, **sheet.find("wire", name)} if name else found


def wire_look(sheet: Sheet, look: Look, values: Mapping[str, object]) -> Look:
    """A wire in its colour; what is hidden keeps its place without ink."""
    if values.get("hidden") is True:
        return Look()
    return sheet.look(look, values) if values else look


def lane_look(sheet: Sheet, look: Look, d: Diagram, w: int, axis: int) -> Look:
    """A lane in the colour of its axis, unless the wire has one."""
    if not sheet.rules:
        return look
    kind = d.wires[w]
    own = sheet.axis(kind.axes[axis].name) if isinstance(kind, Tensor) and axis < len(kind.axes) else {}
    found = wire_look(sheet, look, {**own, **wire_values(sheet, d, w)})
    return replace(found, double=True) if own.get("double") is True else found


def finish(scene: Scene, sheet: Sheet) -> Scene:
    """The scene with the values of the whole style: line width, colours, corners, font, background."""
    values = sheet.values
    if not values:
        return scene
    again = _Finish(values)
    ground = colour(values.get("background"), "")
    sheet_of = (Rect(0, 0, scene.width, scene.height, Look(ground)),) if ground else ()
    font = values.get("font")
    return replace(
        scene,
        glyphs=tuple(
            replace(g, shapes=tuple(map(again.shape, g.shapes)), labels=tuple(map(again.label, g.labels)))
            for g in scene.glyphs
        ),
        strands=tuple(replace(s, path=again.path(s.path)) for s in scene.strands),
        junctions=tuple(replace(j, shapes=tuple(map(again.shape, j.shapes))) for j in scene.junctions),
        labels=tuple(map(again.label, scene.labels)),
        backdrop=(*sheet_of, *map(again.shape, scene.backdrop)),
        marks=tuple(map(again.shape, scene.marks)),
        font=font if isinstance(font, str) else scene.font,
    )


class _Finish:
    """Replaces the usual colours and widths by those of a style."""

    def __init__(self, values: Mapping[str, object]) -> None:
        self.width = quantity(values.get("line_width"))
        self.corner = quantity(values.get("corner"))
        self.line = colour(values.get("color"), "")
        self.fill = colour(values.get("fill"), "")

    def look(self, look: Look) -> Look:
        stroke = self.line if self.line and look.stroke == "line" else look.stroke
        fill = self.fill if self.fill and look.fill == "box" else look.fill
        fill = self.line if self.line and fill == "line" else fill
        usual = look.stroke == "line" and self.width is not None
        width = self.width if usual and self.width else look.width
        return replace(look, fill=fill, stroke=stroke, width=width)

    def shape(self, shape: Shape) -> Shape:
        look = self.look(shape.look)
        if isinstance(shape, Rect):
            radius = shape.radius if self.corner is None or not shape.radius else self.corner
            return replace(shape, look=look, radius=radius)
        return replace(shape, look=look)

    def path(self, path: Path) -> Path:
        return replace(path, look=self.look(path.look))

    def label(self, label: Label) -> Label:
        return replace(label, ink=self.line) if self.line and label.ink == "ink" else label
