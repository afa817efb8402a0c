"""A small TeX for labels: letters, Greek, operators, sub- and superscripts, overlines, bold and upright text.

What it does not know stays as it was written, so no label is ever lost or refused.
"""

from __future__ import annotations

import re

from compilers.figure.text import ASCENT, DESCENT, Line, Run, advance

_GREEK = """
alpha beta gamma delta varepsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho varsigma sigma tau
upsilon varphi chi psi omega
"""
_NAMED = """
epsilon ϵ  phi ϕ  vartheta ϑ  Gamma Γ  Delta Δ  Theta Θ  Lambda Λ  Xi Ξ  Pi Π  Sigma Σ  Upsilon Υ  Phi Φ
Psi Ψ  Omega Ω  otimes ⊗  oplus ⊕  odot ⊙  times ×  cdot ·  circ ∘  bullet •  star ⋆  ast ∗  pm ±  div ÷
sum ∑  prod ∏  int ∫  partial ∂  nabla ∇  sqrt √  to →  rightarrow →  leftarrow ←  mapsto ↦
Rightarrow ⇒  multimap ⊸  iff ⇔  dagger †  ddagger ‡  top ⊤  bot ⊥  perp ⊥  vdash ⊢  models ⊨  infty ∞
le ≤  leq ≤  ge ≥  geq ≥  ne ≠  neq ≠  approx ≈  equiv ≡  sim ∼  cong ≅  simeq ≃  in ∈  notin ∉
subset ⊂  subseteq ⊆  cup ∪  cap ∩  wedge ∧  vee ∨  neg ¬  forall ∀  exists ∃  emptyset ∅  ell ℓ  hbar ℏ
prime ′  ldots …  dots …  cdots ⋯  langle ⟨  rangle ⟩  lfloor ⌊  rfloor ⌋  lceil ⌈  rceil ⌉  Vert ‖
Re ℜ  Im ℑ
"""


def _symbols() -> dict[str, str]:
    words = _NAMED.split()
    greek = {name: chr(0x3B1 + k) for k, name in enumerate(_GREEK.split())}
    return (
        greek | dict(zip(words[::2], words[1::2], strict=True)) | {"quad": "\u2003", "qquad": "\u2003\u2003"}
    )


SYMBOLS = _symbols()
"""What a command stands for."""
_SPACE = {",": "\u2009", ";": "\u2005", ":": "\u2005", " ": " ", "!": "", "\\": " "} | {
    c: c for c in "{}$_%&#"
}
_UPRIGHT = ("mathrm", "text", "operatorname", "textrm", "mathsf", "textsf", "mathtt", "texttt")
_BOLD = ("mathbf", "textbf", "boldsymbol", "bm")
_BARS = ("overline", "bar")
_BOARD = {"R": "ℝ", "N": "ℕ", "Z": "ℤ", "Q": "ℚ", "C": "ℂ", "P": "ℙ", "H": "ℍ"}
_TOKEN = re.compile(r"\\([A-Za-z]+)\s*|\\(.)|(.)", re.DOTALL)
_COMMAND = re.compile(r"\\([A-Za-z]+)")
OUTLINED = {
    "frac", "dfrac", "sqrt", "hat", "tilde", "vec", "dot", "ddot", "widehat", "widetilde", "left", "right",
    "binom", "overset", "underset",
}  # fmt: skip
"""Commands that a line of letters cannot show."""
_WORDS = {
    "sin",
    "cos",
    "tan",
    "exp",
    "log",
    "ln",
    "max",
    "min",
    "sup",
    "inf",
    "lim",
    "det",
    "dim",
    "ker",
    "tanh",
}
KNOWN = {*SYMBOLS, *_UPRIGHT, *_BOLD, *_BARS, *OUTLINED, *_WORDS, "mathbb", "mathit", "mathcal"} - {
    "mathtt", "texttt",
}  # fmt: skip
"""Commands that a label may use in every format."""
Token = tuple[str, str, str]
DEEP = 12
"""Scripts and arguments are nested at most so deep; what is deeper stays text."""
SMALL = 0.72
"""Size of a script beside its base."""


def formula(text: str, size: int, bold: bool = False, italic: bool = False) -> Line:
    """Set text with TeX between dollars: in letters, or as outlines where it has fractions, roots, hats."""
    plain = _in_letters(text, size, bold, italic)
    commands = set(_COMMAND.findall(text))
    if not commands & OUTLINED or commands - KNOWN:
        return plain
    from compilers.figure.outlines import outlined

    return outlined(text, size, plain)


def _in_letters(text: str, size: int, bold: bool, italic: bool) -> Line:
    setter = _Setter(size)
    for k, piece in enumerate(re.split(r"(?<!\\)\$", text)):
        if k % 2:
            setter.math(piece, bold)
        else:
            setter.put(piece.replace("\\$", "$"), bold, italic)
    return setter.line(text)


class _Setter:
    """Collects runs from left to right."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.runs: list[Run] = []
        self.at = 0
        self.rise = 0
        self.scale = 1.0
        self.depth = 0

    def put(self, text: str, bold: bool, italic: bool, bar: bool = False) -> None:
        if not text:
            return
        size = max(1, round(self.size * self.scale))
        face = (self.rise, size, bold, italic, bar)
        last = self.runs[-1] if self.runs else None
        if (
            last
            and (last.rise, last.size, last.bold, last.italic, last.bar) == face
            and last.x + advance(last.text, size, bold) >= self.at - 1
        ):
            self.runs[-1] = Run(last.text + text, last.x, *face)
        else:
            self.runs.append(Run(text, self.at, *face))
        self.at += advance(text, size, bold)

    def math(self, text: str, bold: bool = False, upright: bool = False, bar: bool = False) -> None:
        if self.depth > DEEP:
            self.put(text, bold, False, bar)
            return
        self.depth += 1
        self._math(_tokens(text), bold, upright, bar)
        self.depth -= 1

    def _math(self, tokens: list[Token], bold: bool, upright: bool, bar: bool) -> None:
        k = 0
        shelf = (-1, 0, 0)  # the token after a script, where the script began, how far the scripts reach
        while k < len(tokens):
            command, escaped, char = tokens[k]
            k += 1
            if command:
                k = self._command(command, tokens, k, bold, upright, bar)
            elif escaped:
                self.put(_SPACE.get(escaped, "\\" + escaped), bold, False, bar)
            elif char in "^_":
                body, end = _group(tokens, k)
                start = shelf[1] if shelf[0] == k - 1 else self.at
                reach = self.at
                self.at = start
                self._script(body, char == "^", bold, upright)
                self.at = max(self.at, reach)
                k, shelf = end, (end, start, self.at)
            elif char == "'":
                self.put("′", bold, False, bar)
            elif char in "{}" or char.isspace():
                continue
            else:
                self.put({"-": "−", "*": "∗"}.get(char, char), bold, char.isalpha() and not upright, bar)

    def _command(self, name: str, tokens: list[Token], k: int, bold: bool, upright: bool, bar: bool) -> int:
        if name in SYMBOLS:
            symbol = SYMBOLS[name]
            self.put(symbol, bold, symbol.isalpha() and symbol.islower() and not upright, bar)
            return k
        if name in _UPRIGHT + _BOLD + _BARS + ("mathbb", "mathit", "mathcal"):
            body, k = _group(tokens, k)
            if name == "mathbb":
                body = "".join(_BOARD.get(c, c) for c in body)
            plain = upright or name in _UPRIGHT or name == "mathbb" or name in _BOLD
            if name in ("text", "textrm", "textsf", "texttt", "operatorname"):
                self.put(body, bold, False, bar)
            else:
                self.math(body, bold or name in _BOLD, plain and name != "mathit", bar or name in _BARS)
            return k
        self.put(name if name in _WORDS else "\\" + name, bold, False, bar)
        return k

    def _script(self, body: str, up: bool, bold: bool, upright: bool) -> None:
        rise, scale = self.rise, self.scale
        self.rise = rise + round((0.38 if up else -0.2) * self.size * scale)
        self.scale = scale * SMALL
        self.math(body, bold, upright)
        self.rise, self.scale = rise, scale

    def line(self, source: str) -> Line:
        up = max(
            [round(ASCENT * r.size) + r.rise + (r.size // 8 if r.bar else 0) for r in self.runs], default=0
        )
        down = max([round(DESCENT * r.size) - r.rise for r in self.runs], default=0)
        least = round(ASCENT * self.size), round(DESCENT * self.size)
        return Line(tuple(self.runs), self.at, max(up, least[0]), max(down, least[1]), source)


def _tokens(text: str) -> list[Token]:
    return [(m[1] or "", m[2] or "", m[3] or "") for m in _TOKEN.finditer(text)]


def _group(tokens: list[Token], k: int) -> tuple[str, int]:
    """The argument at token k, `{...}` or one token, as text, and where it ends."""
    while k < len(tokens) and tokens[k][2] and tokens[k][2].isspace():
        k += 1
    if k >= len(tokens):
        return "", k
    if tokens[k][2] != "{":
        return _source(tokens[k]), k + 1
    depth, k = 1, k + 1
    out: list[str] = []
    while k < len(tokens):
        depth += {"{": 1, "}": -1}.get(tokens[k][2] or "", 0)
        if not depth:
            return "".join(out), k + 1
        out.append(_source(tokens[k]))
        k += 1
    return "".join(out), k


def _source(token: Token) -> str:
    command, escaped, char = token
    return f"\\{command} " if command else f"\\{escaped}" if escaped else char
