"""A scene as SVG text: presentation attributes only, no script, nothing from outside, everything escaped.

One user unit is 1 pt. What a wire joins stands in its data attributes, so the hypergraph can be read back.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import groupby

from compilers.figure.scene import PT, Circle, Glyph, Junction, Label, Look, Path, Rect, Scene, Shape, Strand
from compilers.figure.text import clean
from compilers.figure.theme import DARK, FONT, THEMES


@lru_cache(maxsize=65536)
def num(value: int) -> str:
    """A length in points with at most two decimals.

    >>> num(96), num(64), num(-1)
    ('1.5', '1', '-0.02')
    """
    hundredths = (abs(value) * 100 + PT // 2) // PT
    whole, part = divmod(hundredths, 100)
    text = str(whole) if not part else f"{whole}.{part:02d}".rstrip("0")
    return "-" + text if value < 0 and hundredths else text


_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"})


def escape(text: str) -> str:
    """Text for an element or an attribute."""
    return clean(text).translate(_ESCAPES)


def to_svg(scene: Scene, theme: str = "screen", scale: float = 1.0, owned: bool = False) -> str:
    """The SVG document of a scene. With the themes `screen` and `slides` it follows the reader's dark mode.

    There are no ids, so that several figures can stand on one page; `owned` labels say whose they are.
    """
    printer = _Printer(theme, owned)
    width, height = num(scene.width), num(scene.height)
    shown = [f"{num(round(v * scale))}pt" for v in (scene.width, scene.height)]
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{shown[0]}" height="{shown[1]}" '
        f'viewBox="0 0 {width} {height}" role="img" font-family="{FONT}">',
        f"<title>{escape(scene.title)}</title>",
        f"<desc>{escape(scene.desc)}</desc>",
    ]
    if theme in ("screen", "slides"):
        out.append(printer.dark_mode())
    if theme != "print":
        out.append(printer.shape(Rect(0, 0, scene.width, scene.height, Look("paper"))))
    out += [printer.shape(shape) for shape in scene.backdrop]
    out += [printer.glyph(glyph) for glyph in scene.glyphs if glyph.region]
    out += [printer.shape(shape) for shape in scene.marks]
    out += printer.strands(scene.strands)
    out += [printer.junction(junction) for junction in scene.junctions]
    out += [printer.glyph(glyph) for glyph in scene.glyphs if not glyph.region]
    out += [printer.label(label) for label in scene.labels]
    out.append("</svg>\n")
    return "\n".join(out)


class _Printer:
    """Prints the parts of one document; knows the colours."""

    def __init__(self, theme: str, owned: bool) -> None:
        self.owned = owned
        self.colours = THEMES[theme]
        self.looks: dict[Look, str] = {}
        self.used: set[str] = set()

    def colour(self, name: str, what: str) -> str:
        if not name:
            return f' {what}="none"' if what == "fill" else ""
        value = self.colours.get(name, name)
        return f' {what}="{escape(value)}"'

    def look(self, look: Look) -> str:
        text = self.looks.get(look)
        if text is None:
            text = self.colour(look.fill, "fill") + self.colour(look.stroke, "stroke")
            if look.stroke:
                text += f' stroke-width="{num(look.width)}"'
            if look.dash:
                text += f' stroke-dasharray="{" ".join(map(num, look.dash))}"'
            classes = " ".join(
                [f"{k}-{n}" for k, n in (("f", look.fill), ("s", look.stroke)) if n in self.colours]
            )
            if classes:
                text = f' class="{classes}"' + text
            self.looks[look] = text
        return text

    def dark_mode(self) -> str:
        rules = []
        for name, light in self.colours.items():
            dark = DARK[name]
            if dark != light:
                rules.append(f".f-{name}{{fill:{dark}}}.s-{name}{{stroke:{dark}}}")
        return f"<style>@media (prefers-color-scheme:dark){{{''.join(rules)}}}</style>"

    def shape(self, shape: Shape) -> str:
        look = self.look(shape.look)
        if isinstance(shape, Rect):
            radius = f' rx="{num(shape.radius)}"' if shape.radius else ""
            box = f'x="{num(shape.x)}" y="{num(shape.y)}" width="{num(shape.w)}" height="{num(shape.h)}"'
            return f"<rect {box}{radius}{look}/>"
        if isinstance(shape, Circle):
            return f'<circle cx="{num(shape.x)}" cy="{num(shape.y)}" r="{num(shape.r)}"{look}/>'
        return f'<path d="{path_text(shape)}"{look}/>'

    def label(self, label: Label) -> str:
        return "".join(self._runs(label))

    def _runs(self, label: Label) -> list[str]:
        line, out = label.line, []
        data = f' data-of="{escape(label.id)}"' if self.owned else ""
        alone = len(line.runs) == 1
        for run in line.runs:
            lead = len(run.text) - len(run.text.lstrip(" "))
            text = run.text.strip(" ")
            if not text:
                continue
            x = label.x if alone else label.left + run.x + lead * run.size * 651 // 2048
            anchor = f' text-anchor="{label.anchor}"' if alone and label.anchor != "start" else ""
            face = ' font-weight="bold"' if run.bold else ""
            face += ' font-style="italic"' if run.italic else ""
            face += ' text-decoration="overline"' if run.bar else ""
            place = f'x="{num(x)}" y="{num(label.y - run.rise)}" font-size="{num(run.size)}"'
            look = self.look(Look(label.ink))
            out.append(f"<text {place}{anchor}{face}{data}{look}>{escape(text)}</text>")
        return out

    def glyph(self, glyph: Glyph) -> str:
        parts = [self.shape(s) for s in glyph.shapes] + [self.label(one) for one in glyph.labels]
        parts += [f'<desc data-port="{port}" data-learned="{escape(path)}"/>' for port, path in glyph.learned]
        inside = "".join(parts)
        return f"<g{self.facts(glyph)}>{self.tip(glyph.tip)}{inside}</g>"

    def facts(self, glyph: Glyph) -> str:
        more = ' data-open="1"' if glyph.region else ""
        ins, outs = glyph.ports
        return f' data-id="{glyph.id}" data-box="{escape(glyph.name)}" data-ports="{ins} {outs}"{more}'

    def tip(self, text: str) -> str:
        return f"<title>{escape(text)}</title>" if text else ""

    def strands(self, strands: Iterable[Strand]) -> Iterator[str]:
        """The wires, in groups of one look."""
        for look, group in groupby(strands, key=lambda strand: strand.path.look):
            yield f"<g{self.look(look)}>"
            for strand in group:
                data = f'data-wire="{strand.wire}" data-src="{strand.src}" data-dst="{strand.dst}"'
                path = f'<path d="{path_text(strand.path)}" {data}'
                yield f"{path}>{self.tip(strand.tip)}</path>" if strand.tip else f"{path}/>"
            yield "</g>"

    def junction(self, junction: Junction) -> str:
        shapes = "".join(self.shape(s) for s in junction.shapes)
        return f'<g data-wire="{junction.wire}" data-kind="{junction.kind}">{shapes}</g>'


def path_text(path: Path) -> str:
    """The `d` attribute of a path."""
    out = [f"M{num(path.start[0])} {num(path.start[1])}"]
    at = path.start
    for step in path.steps:
        if len(step) == 2:
            if step[0] == at[0]:
                out.append(f"V{num(step[1])}")
            elif step[1] == at[1]:
                out.append(f"H{num(step[0])}")
            else:
                out.append(f"L{num(step[0])} {num(step[1])}")
        else:
            out.append("C" + " ".join(map(num, step)))
        at = (step[-2], step[-1])
    if path.closed:
        out.append("Z")
    return "".join(out)
