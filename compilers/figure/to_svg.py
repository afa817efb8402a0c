"""A scene as SVG text: presentation attributes only, no script, nothing from outside, everything escaped.

One user unit is 1 pt. What a wire joins stands in its data attributes, so the hypergraph can be read back.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import groupby

from compilers.figure.scene import (
    PT,
    Circle,
    Glyph,
    Junction,
    Label,
    Look,
    Path,
    Rect,
    Scene,
    Shape,
    Strand,
    outlines,
)
from compilers.figure.text import clean
from compilers.figure.theme import DARK, FONT, darkened, resolve


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

    There are no ids, so that several figures can stand on one page; with `owned` every element says whose it
    is, for pages that fold.
    """
    printer = _Printer(theme, owned)
    width, height = num(scene.width), num(scene.height)
    shown = [f"{num(round(v * scale))}pt" for v in (scene.width, scene.height)]
    font = f"{escape(scene.font)}, {FONT}" if scene.font else FONT
    body = printer.body(scene, theme)
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{shown[0]}" height="{shown[1]}" '
        f'viewBox="0 0 {width} {height}" role="img" font-family="{font}">',
        f"<title>{escape(scene.title)}</title>",
        f"<desc>{escape(scene.desc)}</desc>",
    ]
    if theme in ("screen", "slides"):
        out.append(printer.dark_mode())
    return "\n".join([*out, *body, "</svg>\n"])


class _Printer:
    """Prints the parts of one document; knows the colours."""

    def __init__(self, theme: str, owned: bool) -> None:
        self.owned = owned
        self.theme = theme
        self.looks: dict[Look, str] = {}
        self.used: dict[tuple[str, str], str] = {}

    def body(self, scene: Scene, theme: str) -> list[str]:
        """Everything that is drawn, back to front."""
        out = []
        if theme != "print":
            out.append(self.shape(Rect(0, 0, scene.width, scene.height, Look("paper"))))
        out += [self.shape(shape) for shape in scene.backdrop]
        regions = [glyph for glyph in scene.glyphs if glyph.region]
        out += [self.glyph(glyph) for glyph in regions]
        out += self.texts([label for glyph in regions for label in glyph.labels])
        out += [self.shape(shape) for shape in scene.marks]
        out += self.strands(scene.strands)
        out += [self.junction(junction) for junction in scene.junctions]
        boxes = [glyph for glyph in scene.glyphs if not glyph.region]
        out += self.glyphs(boxes)
        return out + self.texts([one for glyph in boxes for one in glyph.labels] + list(scene.labels))

    def colour(self, name: str, what: str) -> str:
        if not name:
            return f' {what}="none"' if what == "fill" else ""
        return f' {what}="{escape(resolve(name, what, self.theme))}"'

    def look(self, look: Look) -> str:
        """The attributes of a look."""
        text = self.looks.get(look)
        if text is None:
            text = self.colour(look.fill, "fill") + self.colour(look.stroke, "stroke")
            if look.stroke:
                text += f' stroke-width="{num(look.width)}"'
            if look.dash:
                text += f' stroke-dasharray="{" ".join(map(num, look.dash))}"'
            if look.opacity != 100:
                text += f' opacity="{look.opacity / 100:g}"'
            classes = [self.named(*pair) for pair in (("fill", look.fill), ("stroke", look.stroke))]
            if any(classes):
                text = f' class="{" ".join(filter(None, classes))}"' + text
            self.looks[look] = text
        return text

    def named(self, what: str, name: str) -> str:
        """The class of a colour that is another one in the dark; empty for one that stays."""
        dark = DARK.get(name) or (darkened(name, what) if name else "")
        if dark == resolve(name, what, self.theme) or self.theme == "dark":
            return ""
        word = f"{what[0]}-{name.removeprefix('#')}"
        self.used[what, word] = dark
        return word

    def dark_mode(self) -> str:
        """What is drawn otherwise for readers who prefer the dark."""
        rules = [f".{word}{{{what}:{escape(dark)}}}" for (what, word), dark in sorted(self.used.items())]
        return f"<style>@media (prefers-color-scheme:dark){{{''.join(rules)}}}</style>"

    def shape(self, shape: Shape, more: str = "", inside: str = "", bare: bool = False) -> str:
        """One shape; a `bare` one has its look from the group around it."""
        look = "" if bare else self.look(shape.look)
        if isinstance(shape, Rect):
            radius = f' rx="{num(shape.radius)}"' if shape.radius else ""
            box = f'x="{num(shape.x)}" y="{num(shape.y)}" width="{num(shape.w)}" height="{num(shape.h)}"'
            tag, text = "rect", f"{box}{radius}"
        elif isinstance(shape, Circle):
            tag, text = "circle", f'cx="{num(shape.x)}" cy="{num(shape.y)}" r="{num(shape.r)}"'
        else:
            tag, text = "path", f'd="{path_text(shape)}"'
        end = f">{inside}</{tag}>" if inside else "/>"
        return f"<{tag} {text}{look}{more}{end}"

    def texts(self, labels: Sequence[Label]) -> list[str]:
        """The words, in groups of one face."""
        groups: dict[str, list[str]] = {}
        out = [self.outline(label) for label in labels if label.line.outline]
        for label in labels:
            for face, text in self.runs(label):
                groups.setdefault(face, []).append(text)
        return out + [line for face, texts in groups.items() for line in (f"<g{face}>", *texts, "</g>")]

    def outline(self, label: Label) -> str:
        """A formula as one path, with its source as title."""
        data = f' data-of="{escape(label.id)}"' if self.owned else ""
        path = "".join(map(path_text, outlines(label)))
        look = self.look(Look(label.ink))
        return f'<path d="{path}"{look}{data}><title>{escape(label.line.source)}</title></path>'

    def runs(self, label: Label) -> Iterator[tuple[str, str]]:
        """Each run of a label: what it has in common with others, and its own text."""
        line = label.line
        if line.outline:
            return
        data = f' data-of="{escape(label.id)}"' if self.owned else ""
        alone = len(line.runs) == 1
        for run in line.runs:
            lead = len(run.text) - len(run.text.lstrip(" "))
            text = run.text.strip(" ")
            if not text:
                continue
            x = label.x if alone else label.left + run.x + lead * run.size * 651 // 2048
            face = f' font-size="{num(run.size)}"'
            face += f' text-anchor="{label.anchor}"' if alone and label.anchor != "start" else ""
            face += ' font-weight="bold"' if run.bold else ""
            face += ' font-style="italic"' if run.italic else ""
            bar = ' text-decoration="overline"' if run.bar else ""
            place = f'x="{num(x)}" y="{num(label.y - run.rise)}"'
            yield face + self.look(Look(label.ink)), f"<text {place}{bar}{data}>{escape(text)}</text>"

    def glyphs(self, glyphs: Iterable[Glyph]) -> Iterator[str]:
        """Boxes; those of one shape in groups of one look."""
        for look, group in groupby(glyphs, key=_plain):
            if look is None:
                yield from map(self.glyph, group)
                continue
            yield f"<g{self.look(look)}>"
            for glyph in group:
                yield self.shape(glyph.shapes[0], self.facts(glyph), self.tip(glyph.tip), bare=True)
            yield "</g>"

    def glyph(self, glyph: Glyph) -> str:
        """A box of several shapes, or one that reads learned arrays."""
        parts = [self.shape(s) for s in glyph.shapes]
        parts += [f'<desc data-port="{port}" data-learned="{escape(path)}"/>' for port, path in glyph.learned]
        return f"<g{self.facts(glyph)}>{self.tip(glyph.tip)}{''.join(parts)}</g>"

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
                data = f' data-src="{strand.src}" data-dst="{strand.dst}"'
                data += f' data-wire="{strand.wire}"' if self.owned else ""
                yield self.shape(strand.path, data, self.tip(strand.tip), bare=True)
            yield "</g>"

    def junction(self, junction: Junction) -> str:
        shapes = "".join(self.shape(s) for s in junction.shapes)
        return f'<g data-wire="{junction.wire}" data-kind="{junction.kind}">{shapes}</g>'


def _plain(glyph: Glyph) -> Look | None:
    """The look of a box that is one shape and reads nothing learned."""
    return glyph.shapes[0].look if len(glyph.shapes) == 1 and not glyph.learned else None


def path_text(path: Path) -> str:
    """The `d` attribute of a path: from its first point on in steps, which are shorter to write.

    >>> path_text(Path((64, 64), ((64, 128), (128, 128, 128, 192, 64, 192)), Look()))
    'M1 1v1c1 0 1 1 0 1'
    """
    x, y = hundredths(path.start[0]), hundredths(path.start[1])
    out = [f"M{_short(x)} {_short(y)}"]
    for step in path.steps:
        moves = [hundredths(v) - (y if k & 1 else x) for k, v in enumerate(step)]
        if len(moves) == 6:
            out.append("c" + _row(moves))
        elif not moves[0]:
            out.append(f"v{_short(moves[1])}")
        elif not moves[1]:
            out.append(f"h{_short(moves[0])}")
        else:
            out.append("l" + _row(moves))
        x, y = x + moves[-2], y + moves[-1]
    if path.closed:
        out.append("Z")
    return "".join(out)


def hundredths(value: int) -> int:
    """A length in hundredths of a point, as it is printed."""
    rounded = (abs(value) * 100 + PT // 2) // PT
    return -rounded if value < 0 else rounded


@lru_cache(maxsize=65536)
def _short(value: int) -> str:
    """Hundredths as a number, without a zero before the point."""
    whole, part = divmod(abs(value), 100)
    text = f"{whole or ''}.{part:02d}".rstrip("0") if part else str(whole)
    return "-" + text if value < 0 else text


def _row(values: list[int]) -> str:
    """Numbers with a blank between them only where one is needed."""
    text = _short(values[0])
    for value in values[1:]:
        text += _short(value) if value < 0 else " " + _short(value)
    return text
