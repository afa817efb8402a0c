"""What a box looks like: which shape, which words in it, what is learned. One entry per kind of operation.

Not here: how large ports make it and where it stands (`cells`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from compilers.figure.scene import PT
from compilers.figure.text import Line, beside, line
from diagram.hypergraph import Box, Diagram
from diagram.op import Kind
from diagram.reals import Real
from diagram.spec import Slot, Spec
from diagram.types import Axis, Hom, Ob, Tensor, Type

TEXT, SMALL, LIMIT = 11 * PT, 8 * PT + PT // 2, 150 * PT
"""Size of names, size of types, and the widest name."""
SIGNS = {"add": "+", "sub": "−", "mul": "×", "div": "÷", "maximum": "max", "minimum": "min"}
_WORDS = {
    "concat": "concat", "gather": "gather", "scatter": "scatter", "le": "≤", "ge": "≥", "ne": "≠", "eq": "=",
    "gelu_tanh": "gelu tanh", "leaky_relu": "leaky relu",
}  # fmt: skip
_BY = {"scale": "× {}", "shift": "+ {}", "rsub": "{} −", "power": "$x^{{{}}}$"}
NORMS = {"layer_norm": "|", "rms_norm": "V", "batch_norm": "", "group_norm": "", "instance_norm": ""}
"""Normalisations and what stands in their circle in circuits."""
_CONVEX = {"log_softmax": "log softmax"}


WIRING = {"braid": "braid", "unbraid": "unbraid", "cup box": "cup", "cap box": "cap"}
"""Boxes that are drawn as wires, and their shapes."""


@dataclass(frozen=True, slots=True)
class Face:
    """`shape` is `box`, `chip` (learned), `slip` (a small chip), `round`, `triangle`, `plain`, `small`,
    `hexagon`, `cut`, `cut dagger`, `state`, `effect`, `braid`, `cup`, `cap`;
    `line` stands inside it, `under` below that, `beside` to its right.
    """

    shape: str
    line: Line
    beside: Line | None = None
    learned: bool = False
    fill: str = ""
    under: Line | None = None
    stroke: str = ""
    least: tuple[int, int] = (0, 0)
    opacity: int = 100


def plain_face(d: Diagram, box: Box, learned: dict[int, str]) -> Face:
    """The face of a box in the graph style: its name, and the type of what it makes."""
    looks = face(box, learned)
    name = looks.line if looks.line.runs else looks.beside or looks.line
    kinds = ", ".join(type_text(d.wires[w]) for w in box.cod)
    if looks.shape in ("round", "spider") or looks.shape in WIRING.values():
        return looks
    return Face("box", name, learned=looks.learned, fill=looks.fill, under=line(kinds, SMALL, limit=LIMIT))


def face(box: Box, learned: dict[int, str]) -> Face:
    """The face of a box; `learned` says which input ports read which learned array."""
    if box.op.kind is Kind.BODY:
        return _body(box)
    if box.op.kind is Kind.STRUCTURE and box.op.name in WIRING:
        return Face(WIRING[box.op.name], line("", TEXT))
    if learned:
        return _learned(box, learned)
    if box.op.kind is Kind.GENERATOR or (box.mark and box.mark.options):
        return _declared(box)
    if box.op.name in ("softmax", "log_softmax"):
        return Face(
            "triangle", line("", TEXT), _with_axes(_CONVEX.get(box.op.name, box.op.name), box.spec, SMALL)
        )
    if box.op.kind is Kind.CONTRACT:
        return _contract(box)
    if box.op.name in _BY:
        return Face("box", line(_BY[box.op.name].format(_number(box.arg("by"))), TEXT, limit=LIMIT))
    if box.op.name in ("const", "full"):
        return Face("box", line(_number(box.arg("value")), TEXT, limit=LIMIT))
    if box.op.name == "iota" and box.spec:
        return Face("box", beside(line("index\u2009", TEXT), _axes(list(box.spec.indices))))
    sign = _sign(box)
    if len(sign) == 1 and not sign.isalnum() and box.op.kind is Kind.POINTWISE and len(box.dom) == 2:
        return Face("round", line(sign, TEXT))
    if box.op.kind is Kind.REDUCE or box.op.kind is Kind.ALONG or box.op.kind is Kind.WHOLE:
        return Face("box", _with_axes(_sign(box), box.spec, TEXT))
    return Face("box", line(_sign(box), TEXT, limit=LIMIT))


def _sign(box: Box) -> str:
    """The word for a box: its glyph where that is a sign readers know, else its name."""
    glyph = SIGNS.get(box.op.name, box.op.glyph)
    if box.op.name in _WORDS:
        return _WORDS[box.op.name]
    return glyph if glyph and (len(glyph) <= 4 or glyph == box.op.name) else box.op.name


def _body(box: Box) -> Face:
    name = box.mark.name if box.mark and box.mark.name else box.bodies[0].name or box.op.name
    name = box.op.name if ">>" in name or " @ " in name else name
    name = "" if name == "call" else name
    count = box.arg("count") if box.op.name == "repeat" else None
    if isinstance(count, int):
        name = f"×{count}" if name == box.op.name else f"{name} ×{count}"
    elif box.op.name == "scan":
        axis = box.arg("axis")
        name = f"{name} ⇉ {axis}" if isinstance(axis, Axis) else name
    elif box.op.name == "function":
        name = _function(box, name)
    elif box.op.name == "trace" and name != box.op.name:
        name = f"{box.op.glyph} {name}"
    learned = any(body.params for body in box.bodies)
    return Face("box", line(name, TEXT, bold=learned, limit=LIMIT), learned=learned)


def _function(box: Box, name: str) -> str:
    """A function by its name, one without a name by what it takes."""
    body = box.bodies[0]
    bound = [body.names[w] for w in body.inputs[len(box.dom) : len(body.dom)]]
    if name in (box.op.name, "fn") and all(bound):
        name = " ".join(bound)
    return f"{box.op.glyph} {name}"


def _declared(box: Box) -> Face:
    options = dict(box.mark.options) if box.mark else {}
    label = options.get("label")
    text = label if isinstance(label, str) else box.label
    shape, fill = options.get("shape"), options.get("color") or options.get("fill")
    color = fill if isinstance(fill, str) else ""
    if shape == "spider":
        return Face("spider", line("", TEXT), fill=color)
    if shape == "triangle" and box.dom and box.cod:
        return Face("triangle", line("", TEXT), line(text, SMALL, limit=LIMIT), fill=color)
    if shape == "triangle":
        return Face("effect" if box.dom else "state", line(text, TEXT, limit=LIMIT), fill=color)
    return Face("box", line(text, TEXT, limit=LIMIT), fill=color)


def _learned(box: Box, learned: dict[int, str]) -> Face:
    names = [short_path(path) for path in learned.values()]
    if box.op.kind is Kind.CONTRACT:
        return Face("chip", line(" ".join(names), TEXT, bold=True, limit=LIMIT), learned=True)
    sign, size = SIGNS.get(box.op.name) or _sign(box), SMALL if box.op.name == "add" else TEXT
    bold = line(" ".join(names), size, bold=True, limit=LIMIT)
    return Face("slip" if size == SMALL else "chip", beside(line(sign + "\u2009", size), bold), learned=True)


def short_path(path: str) -> str:
    """The telling end of a path: `Q` of `attn.Q.weight`.

    >>> short_path("attn.Q.weight"), short_path("norm.bias"), short_path("weight")
    ('Q', 'norm.bias', 'weight')
    """
    parts = path.split(".")
    if len(parts) > 1 and parts[-1] == "weight":
        return parts[-2]
    return ".".join(parts[-2:])


def _contract(box: Box) -> Face:
    spec = box.spec
    if spec is None:
        return Face("box", line("Σ", TEXT))
    summed = [spec.indices[i] for i in spec.summed]
    if not spec.plain:
        return Face("hexagon", line(moved(spec), SMALL, limit=LIMIT))
    if summed:
        return Face("box", beside(line("Σ\u2009", TEXT), _axes(summed)))
    if len(box.dom) > 1:
        return Face("round", line("×", TEXT))
    return Face("small", line(_rearranged(spec), SMALL, limit=LIMIT))


def _rearranged(spec: Spec) -> str:
    """What a read of one array does when nothing is summed: rename, transpose, diagonal, or repetition."""
    read = [slot.index for slot in spec.ins[0]]
    written = [slot.index for slot in spec.outs[0]]
    if len(set(read)) < len(read):
        return "diag"
    if set(written) - set(read):
        return "repeat"
    return "≡" if read == written else "T"


def moved(spec: Spec, whole: bool = True) -> str:
    """An affine read or write, as the text would show it: `[2*i + j, c]`; only what is not plain if not
    `whole`.
    """
    reads = [port for port in spec.ins if any(slot.index is None for slot in port)]
    arrow = "" if reads else "→ "
    port = (reads or [port for port in spec.outs if any(slot.index is None for slot in port)])[0]
    shown = [slot_text(slot, spec) for slot in port if whole or slot.index is None]
    return f"{arrow}[{', '.join(shown)}]" if whole else arrow + ", ".join(shown)


def slot_text(slot: Slot, spec: Spec) -> str:
    """One place of an affine read: `2·i + j`."""
    parts = []
    for index, factor in slot.terms:
        name = str(spec.indices[index])
        parts.append(name if factor == 1 else f"−{name}" if factor == -1 else f"{factor}·{name}")
    if slot.offset != 0 or not parts:
        parts.append(str(slot.offset))
    return " + ".join(parts).replace("+ -", "− ").replace("+ −", "− ")


def _axes(axes: list[Axis]) -> Line:
    return line(" ".join(map(str, axes)), SMALL, italic=True)


def _with_axes(word: str, spec: Spec | None, size: int) -> Line:
    core = [spec.indices[i] for i in spec.core] if spec else []
    if not core:
        return line(word, size, limit=LIMIT)
    return beside(line(word + "\u2009", size, limit=LIMIT), _axes(core))


def _number(value: object) -> str:
    if isinstance(value, Real):
        if value.sign == "**" and len(value.args) == 2 and isinstance(value.args[1], Real):
            return f"${_number(value.args[0])}^{{{_number(value.args[1])}}}$"
        return str(value)
    return f"{value:g}" if isinstance(value, float) else str(value)


def axis_line(axis: Axis, size: int, values: Mapping[str, object], italic: bool = False) -> Line:
    """The name of an axis, with a bar over it if it has one; the factors of a product are joined."""
    own = values.get("label")
    set_ = line(own if isinstance(own, str) else str(axis), size, italic=italic, limit=80 * PT)
    if values.get("bar") is not True or axis.factors:
        return set_
    return replace(set_, runs=tuple(replace(run, bar=True) for run in set_.runs))


def type_line(type_: Type, size: int, limit: int, bars: Callable[[str], Mapping[str, object]]) -> Line:
    """The type of a wire on one line; `bars` says how each axis is drawn."""
    if isinstance(type_, Ob) and type_.adjoint:
        return _turned(type_, size, limit)
    plain = line(type_text(type_), size, limit=limit)
    barred = isinstance(type_, Tensor) and any({"bar", "label"} & bars(a.name).keys() for a in type_.axes)
    if not barred or not isinstance(type_, Tensor) or plain.text.endswith("…"):
        return plain
    first = type_text(Tensor(type_.dtype, (Axis.of("x"),))).partition("[x]")[0]
    parts = [line(first + "[", size)]
    for k, axis in enumerate(type_.axes):
        parts += [line(", ", size)] * (k > 0) + [axis_line(axis, size, bars(axis.name))]
    return beside(*parts, line("]", size), source=plain.source)


def _turned(type_: Ob, size: int, limit: int) -> Line:
    """An object with its adjoints above the line: `n` with a small `l`."""
    plain = line(type_text(replace(type_, adjoint=0)), size, limit=limit)
    small = line("lr"[type_.adjoint > 0] * abs(type_.adjoint), size * 3 // 4)
    raised = replace(small, runs=tuple(replace(run, rise=size * 3 // 8) for run in small.runs))
    return beside(plain, replace(raised, ascent=small.ascent + size * 3 // 8), source=type_text(type_))


def _closes(text: str) -> int:
    """Where the bracket that the text begins with is closed."""
    depth = 0
    for k, char in enumerate(text):
        depth += (char == "(") - (char == ")")
        if not depth:
            return k
    return -1


def type_text(type_: Type) -> str:
    """The type of a wire as figures show it: `[x, m]`, `nat[v][t]`, `A'`."""
    if isinstance(type_, Tensor):
        axes = f"[{', '.join(map(str, type_.axes))}]" if type_.axes else ""
        dtype = str(type_.dtype)
        return (axes if dtype == "R" and axes else dtype + axes).replace("[, ", "[")
    if isinstance(type_, Hom):
        text = str(type_).replace("->", "→").replace("@", "⊗")
        return text[1:-1] if text.startswith("(") and _closes(text) == len(text) - 1 else text
    return str(type_)
