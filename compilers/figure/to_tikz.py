r"""A scene as TikZ: absolute coordinates in points, styles in one header, plain `\usepackage{tikz}`.

Labels between dollars whose commands are known stay as they were written; all other text is escaped.
"""

from __future__ import annotations

import re

from compilers.figure.scene import PT, Circle, Label, Look, Path, Rect, Scene, Shape
from compilers.figure.tex import KNOWN, SYMBOLS
from compilers.figure.text import Run, clean
from compilers.figure.theme import resolve
from compilers.figure.to_svg import num

_SPECIAL = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "%": r"\%",
    "_": r"\_", "^": r"\textasciicircum{}", "~": r"\textasciitilde{}", "<": r"\ensuremath{<}",
    ">": r"\ensuremath{>}", "|": r"\ensuremath{|}", "−": r"\ensuremath{-}",
    "ᵀ": r"\ensuremath{{}^{\mathsf T}}", "\u2009": r"\,", "√": r"\ensuremath{\surd}",
    "⌕": r"\ensuremath{\circ}", "⧺": r"\ensuremath{+\!\!+}", "′": r"\ensuremath{'}",
    "⊞": r"\ensuremath{\oplus}", "↻": r"\ensuremath{\circlearrowright}", "“": r"``", "”": r"''",
    "⇉": r"\ensuremath{\rightrightarrows}",
}  # fmt: skip
_RAISED = {char: rf"\ensuremath{{{{}}^{{{k}}}}}" for k, char in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")}
_SIGNS = {symbol: rf"\ensuremath{{\{name}}}" for name, symbol in SYMBOLS.items() if not symbol.isspace()}
_ESCAPES = {**_SIGNS, **_RAISED, **_SPECIAL}
_PLAIN = re.compile("[\u0020-\u007e\u00a1-\u0131\u0134-\u0137\u0139-\u0148\u014a-\u017e–—‘’…]")
"""What LaTeX sets without a package of its own."""
_OWN = {
    "\\multimap": r"\mathrel{-\mkern-3mu\circ}",
    "\\rightrightarrows": r"\Rightarrow",
    "\\mathbb": r"\mathbf",
    "\\circlearrowright": r"\circ",
    "\\figurechar[2]": r"\ifdefined\Umathchar#1\else\resizebox{.65em}{!}{\fboxsep1pt\fbox{\texttt{#2}}}\fi",
}
"""Commands that only some preambles know, and what stands for them elsewhere. `figurechar` shows any other
character, or its number where an engine without Unicode fonts would refuse it."""
_DOCUMENT = r"""\documentclass{{article}}
\usepackage[utf8]{{inputenc}}
\usepackage[T1]{{fontenc}}
\usepackage{{lmodern, amssymb, tikz}}
\usepackage[paperwidth={width}, paperheight={height}, margin=1pt]{{geometry}}
\pagestyle{{empty}}
\setlength\parindent{{0pt}}
\setlength\topskip{{0pt}}
\begin{{document}}%
{picture}\end{{document}}
"""
_COMMAND = re.compile(r"\\([A-Za-z]+|.)")


def to_tikz(scene: Scene, theme: str = "print", scale: float = 1.0, document: bool = False) -> str:
    r"""The `tikzpicture` of a scene; with `document` a whole LaTeX file that shows it."""
    printer = _Printer(scene, theme)
    body = printer.print()
    size = f"[x=1pt, y=-1pt, line cap=butt, line join=miter, scale={scale:.4g}, transform shape]"
    if scale == 1:
        size = "[x=1pt, y=-1pt, line cap=butt, line join=miter]"
    picture = "\n".join([rf"\begin{{tikzpicture}}{size}", *printer.header(), *body, r"\end{tikzpicture}", ""])
    if not document:
        return picture
    width, height = (f"{v * scale / PT + 2:.2f}pt" for v in (scene.width, scene.height))
    return _DOCUMENT.format(width=width, height=height, picture=picture)


class _Printer:
    """Prints the parts of one picture; numbers the colours and looks that it needs."""

    def __init__(self, scene: Scene, theme: str) -> None:
        self.scene = scene
        self.theme = theme
        self.named: dict[str, str] = {}
        self.looks: dict[Look, str] = {}
        self.words: list[str] = []

    def print(self) -> list[str]:
        scene = self.scene
        out = [rf"\useasboundingbox (0,0) rectangle ({num(scene.width)},{num(scene.height)});"]
        out += [self.shape(s) for s in scene.backdrop]
        for region in (True, False):
            for glyph in scene.glyphs:
                if glyph.region is region:
                    out += [self.shape(s) for s in glyph.shapes] + [self.label(one) for one in glyph.labels]
            if region:
                out += [self.shape(s) for s in scene.marks]
                out += [self.shape(s.path) for s in scene.strands]
                out += [self.shape(s) for junction in scene.junctions for s in junction.shapes]
        return out + [self.label(one) for one in scene.labels]

    def header(self) -> list[str]:
        colours = [rf"\definecolor{{{name}}}{{HTML}}{{{code}}}" for code, name in self.named.items()]
        styles = ", ".join(f"{name}/.style={{{self._style(look)}}}" for look, name in self.looks.items())
        own = [rf"\providecommand{name}{{{means}}}" for name, means in _OWN.items() if self.uses(name)]
        return [*colours, *own, rf"\tikzset{{{styles}}}"]

    def uses(self, name: str) -> bool:
        """Whether a label needs this command."""
        return any(name.partition("[")[0] in text for text in self.words)

    def colour(self, name: str, what: str = "stroke") -> str:
        value = resolve(name, what, self.theme).lstrip("#").upper()
        if re.fullmatch("[0-9A-F]{6}", value):
            return self.named.setdefault(value, f"diag{value}")
        return name if name.isascii() and name.isalpha() else "black"

    def look(self, look: Look) -> str:
        for part, what in ((look.fill, "fill"), (look.stroke, "stroke")):
            if part:
                self.colour(part, what)
        return self.looks.setdefault(look, f"look{len(self.looks)}")

    def _style(self, look: Look) -> str:
        parts = [f"fill={self.colour(look.fill, 'fill')}"] if look.fill else []
        if look.stroke:
            parts += [f"draw={self.colour(look.stroke)}", f"line width={num(look.width)}pt"]
        if look.dash:
            on_off = zip(look.dash[::2], look.dash[1::2], strict=False)
            parts.append("dash pattern=" + " ".join(f"on {num(a)}pt off {num(b)}pt" for a, b in on_off))
        if look.opacity != 100:
            parts.append(f"opacity={look.opacity / 100:g}")
        return ", ".join(parts)

    def shape(self, shape: Shape) -> str:
        look = self.look(shape.look)
        if isinstance(shape, Rect):
            corners = f", rounded corners={num(shape.radius)}pt" if shape.radius else ""
            far = f"({num(shape.x + shape.w)},{num(shape.y + shape.h)})"
            ends = f"({num(shape.x)},{num(shape.y)}) rectangle {far}"
            return rf"\path[{look}{corners}] {ends};"
        if isinstance(shape, Circle):
            return rf"\path[{look}] ({num(shape.x)},{num(shape.y)}) circle[radius={num(shape.r)}pt];"
        return rf"\path[{look}] {_path(shape)};"

    def label(self, label: Label) -> str:
        anchor = {"start": "base west", "middle": "base", "end": "base east"}[label.anchor]
        options = f"anchor={anchor}, inner sep=0pt, outer sep=0pt, text={self.colour(label.ink)}"
        size = max([run.size for run in label.line.runs], default=11 * PT)
        font = rf"\fontsize{{{num(size)}}}{{{num(size)}}}\selectfont "
        words = _words(label, size)
        self.words.append(words)
        return rf"\node[{options}] at ({num(label.x)},{num(label.y)}) {{{font}{words}}};"


def _path(path: Path) -> str:
    out = [f"({num(path.start[0])},{num(path.start[1])})"]
    for step in path.steps:
        points = [f"({num(step[k])},{num(step[k + 1])})" for k in range(0, len(step), 2)]
        if len(points) == 1:
            out.append(f"-- {points[0]}")
        else:
            out.append(f".. controls {points[0]} and {points[1]} .. {points[2]}")
    return " ".join(out) + (" -- cycle" if path.closed else "")


def _words(label: Label, size: int) -> str:
    source = clean(label.line.source)
    if source.count("$") >= 2 and is_safe(source):
        return source
    return "".join(_run(run, size) for run in label.line.runs)


def _run(run: Run, size: int) -> str:
    text = escape(run.text)
    if run.italic:
        text = rf"\textit{{{text}}}"
    if run.bold:
        text = rf"\textbf{{{text}}}"
    if run.bar:
        text = rf"\ensuremath{{\overline{{\mbox{{{text}}}}}}}"
    if run.size != size:
        text = rf"{{\fontsize{{{num(run.size)}}}{{{num(run.size)}}}\selectfont {text}}}"
    if run.rise:
        return rf"\raisebox{{{num(run.rise)}pt}}{{{text}}}"
    return text


def escape(text: str) -> str:
    """Plain text in TeX."""
    return "".join(_ESCAPES.get(char) or _character(char) for char in clean(text))


def _character(char: str) -> str:
    return char if _PLAIN.match(char) else rf"\figurechar{{{char}}}{{{ord(char):X}}}"


def is_safe(text: str) -> bool:
    """Whether a label may stand in TeX as it was written: dollars and braces match, every command is
    known.
    """
    if text.replace("\\$", "").count("$") % 2:
        return False
    if not text.isascii():
        return False
    depth = 0
    for char in re.sub(r"\\.", "", text):
        depth += (char == "{") - (char == "}")
        if depth < 0:
            return False
    outside = re.split(r"(?<!\\)\$", text)[::2]
    if any(re.search(r"(?<!\\)[%#&~_^\\]", part) for part in outside) or re.search(r"(?<!\\)[%#&]", text):
        return False
    return depth == 0 and all(name in KNOWN or not name.isalpha() for name in _COMMAND.findall(text))
