"""Programs as readable straight-line Python: one function each, wires named as in the text, sizes read
once at the top.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from compilers.binding import bind, text_of, unknown_sizes
from compilers.compose import compose
from compilers.copies import shared
from compilers.dialect import Dialect
from compilers.frame import Frame
from compilers.fuse import fuse, is_linear
from compilers.labels import Array, Space
from compilers.lower import Job, literals, lower
from compilers.parts import together
from compilers.program import Program, program
from compilers.schedule import Schedule, scheduled
from compilers.spare import Spare
from compilers.uniform import uniform
from diagram.op import Kind
from diagram.types import Tensor
from diagram.value import Box, Diagram

WIDTH = 92
"""Expressions longer than this get a name of their own."""


@dataclass(slots=True)
class Module:
    """The functions of one generated module, each body once."""

    dialect: Dialect
    dtypes: Mapping[str, str]
    values: Mapping[str, int]
    functions: list[str] = field(default_factory=list)
    known: dict[int, tuple[str, tuple[str, ...], Diagram]] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)
    reserved: tuple[str, ...] = ()
    budget: int | None = None
    """Bytes that the module may hold: then every array is let go as soon as nothing reads it any more."""
    schedule: Schedule | None = None

    def function(self, d: Diagram, name: str, entry: bool = False) -> tuple[str, tuple[str, ...]]:
        """The name of the function for a body, and the size symbols it takes after its arrays."""
        if id(d) not in self.known:
            p = self.program(d)
            if entry and self.budget is not None:
                p, self.schedule = scheduled(p, self.budget, self.dtypes, self.program)
            while name in self.taken:
                name += "_"
            self.taken.add(name)
            emitter = Emitter(self, p)
            text, sizes = emitter.text(name)
            self.functions.append(text)
            self.known[id(d)] = (name, sizes, d)
        return self.known[id(d)][:2]

    def program(self, d: Diagram, learned: Sequence[bool] = ()) -> Program:
        """The program of a body, with the library's own kernels. `learned` marks the inputs that are
        learned arrays; by default they are the hidden ones.
        """
        p = compose(uniform(together(program(d, self.values))))
        if self.dialect.name != "torch":
            return p
        marked = [w for w, flag in zip(p.inputs, learned, strict=True) if flag] if learned else ()
        return fuse(p, marked or p.inputs[p.arguments :])


class Emitter:
    """One function while it is written."""

    def __init__(self, module: Module, p: Program) -> None:
        self.module = module
        self.program = p
        self.frame = Frame(module.dialect, module.dtypes, module.values, module.reserved)
        self.arrays: dict[int, Array] = {}
        self.left = p.reads
        self.weights: set[int] = set(p.inputs[p.arguments :])
        self.literals = literals(p)
        self.region = ""
        self.uses: dict[str, int] = {}
        self.fixed: set[str] = set()
        self.released: list[str] = []
        self.spare = Spare(self) if module.budget is not None else None

    def text(self, name: str) -> tuple[str, tuple[str, ...]]:
        """The function, and the symbols of sizes that it must be given."""
        p = self.program
        arguments = self._arguments()
        self.run(p.steps)
        results = [self.declared(p.wires[w], self.arrays[w]) for w in p.outputs]
        if len(results) == 1:
            self.frame.line(f"return {results[0]}")
        else:
            self.frame.line(f"return {', '.join(results)}" if results else "return ()")
        if self.module.dialect.name == "numpy" and self.spare is None:  # a copy kept is one held
            self.frame.lines = shared(self.frame.lines)
        header, missing = self._sizes(arguments)
        extra = [self.frame.needed[s] for s in missing]
        head = call(f"def {name}", [*arguments, *extra], "", ":")
        doc = f'    """{p.name}: {self.signature()}"""' if p.name else f'    """{self.signature()}"""'
        return "\n".join([head, doc, *header, *self.frame.lines, ""]), tuple(missing)

    def signature(self) -> str:
        """The types of inputs and results."""
        p = self.program
        ins = ", ".join(str(p.wires[w]) for w in p.inputs[: p.arguments])
        outs = ", ".join(str(p.wires[w]) for w in p.outputs)
        return f"({ins}) -> {outs or '()'}"

    def _arguments(self) -> list[str]:
        p, names = self.program, []
        for k, w in enumerate(p.inputs):
            hint = p.names[w] or ("x" if k < p.arguments else p.params[k - p.arguments].path)
            name = self.frame.names.fresh(hint)
            names.append(name)
            self.hold(w, Array(name, tuple(range(_rank(p.wires[w])))))
        smooth = [n for n, w in zip(names, p.inputs, strict=True) if isinstance(p.wires[w], Tensor)]
        self.frame.like = smooth[0] if smooth else None
        self.fixed = set(names)
        return names

    def _sizes(self, arguments: Sequence[str]) -> tuple[list[str], list[str]]:
        """Lines that read the sizes the code needs, and the symbols that must be arguments."""
        p = self.program
        words = set(re.findall(r"[^\W\d]\w*", "\n".join(self.frame.lines)))
        needed = [symbol for symbol, name in self.frame.needed.items() if name in words]
        binding = bind([p.wires[w] for w in p.inputs])
        wanted = set(needed)
        for found in reversed(binding.found):
            if found.symbol in wanted:
                wanted |= found.rest.symbols | found.slope.symbols
        names = {s: self.frame.size_name(s) for s in sorted(wanted)}
        lines: list[str] = []
        by_array: dict[int, dict[int, str]] = {}
        for found in binding.found:
            if found.symbol in wanted and found.slope == 1 and found.rest == 0:
                by_array.setdefault(found.array, {})[found.axis] = names[found.symbol]
        for array, axes in by_array.items():
            lines.append("    " + _unpack(arguments[array], axes, _rank(p.wires[p.inputs[array]])))
        for found in binding.found:
            if found.symbol in wanted and (found.slope != 1 or found.rest != 0):
                lines.append(f"    {names[found.symbol]} = {text_of(found, arguments[found.array], names)}")
        return lines, sorted(wanted - binding.symbols)

    def run(self, steps: Sequence[Box]) -> None:
        """Statements for boxes, in order."""
        for step in steps:
            self.step(step)

    def step(self, box: Box) -> None:
        """Statements for one box; its results become arrays of the frame, or expressions still to
        be placed.
        """
        self._comment(box)
        if box.op.kind in (Kind.BODY, Kind.STRUCTURE):
            from compilers.bodies import emit_body

            emit_body(self, box)
        else:
            self._tensor(box)

    def _comment(self, box: Box) -> None:
        region = dict(box.mark.options).get("part") if box.mark is not None else None
        if isinstance(region, str) and region != self.region:
            self.region = region
            self.frame.line(f"# {region}")

    def _tensor(self, box: Box) -> None:
        p = self.program
        dom = tuple(t for w in box.dom if isinstance(t := p.wires[w], Tensor))
        cod = tuple(t for w in box.cod if isinstance(t := p.wires[w], Tensor))
        if box.cod[0] in self.literals:
            number = self.frame.real(self.literals[box.cod[0]])
            self.hold(box.cod[0], Array(number.text, (), number.level))
            return
        operands = tuple(self.arrays[w] for w in box.dom)
        weights = frozenset(k for k, w in enumerate(box.dom) if w in self.weights)
        self.settle(box, lower(Job(self.frame, box, dom, cod, operands, weights)))

    def settle(self, box: Box, results: Sequence[Array]) -> None:
        """Place the results of a box: as variables, or kept as expressions where they are read
        once and unnamed.
        """
        for w in box.dom:
            self.left[w] -= 1
        late: list[tuple[int, Array]] = []
        for w, array in zip(box.cod, results, strict=True):
            if not self.left[w]:
                continue
            if self._stays(w, array):
                self.hold(w, array)
            else:
                late.append((w, array))
        for w in dict.fromkeys(box.dom):
            if not self.left[w]:
                self.drop(w)
        for w, array in late:
            hint = self.program.names[w] or self._hint(box)
            name = self.frame.names.fresh(hint)
            self.frame.line(f"{name} = {array.text}{self._axes_comment(w, array)}")
            self.hold(w, Array(name, array.labels))
        if self.spare is not None:
            self.spare.free()

    def _hint(self, box: Box) -> str:
        """A name for a result without one: that of the learned map it comes from, else of the operation."""
        forward = box.op.name.startswith("torch.") or is_linear(box, self.weights)
        for w in box.dom:
            path = self.program.names[w].split(".")
            if forward and w in self.weights and len(path) > 1:
                return path[-2] if not path[-2].isdigit() else "".join(path[-3:-1])
        name = box.op.name.removeprefix("torch.")
        return "t" if name in ("contract", "scale", "add", "sub", "select", "affine") else name

    def _stays(self, w: int, array: Array) -> bool:
        """Whether a result needs no statement of its own."""
        if array.text.isidentifier():
            return True  # before its operands are dropped: the variable may be one of them
        return (
            self.spare is None
            and not self.program.names[w]
            and self.left[w] == 1
            and len(array.text) <= WIDTH - 30
        )

    def hold(self, w: int, array: Array) -> None:
        """A wire has an array: the variables it mentions are in use."""
        self.arrays[w] = array
        for word in set(re.findall(r"[^\W\d]\w*", array.text)):
            self.uses[word] = self.uses.get(word, 0) + 1

    def drop(self, w: int) -> None:
        """A wire is dead: variables that nothing mentions any more give their names back."""
        array = self.arrays.pop(w, None)
        if array is None:
            return
        for word in set(re.findall(r"[^\W\d]\w*", array.text)):
            self.uses[word] -= 1
            if not self.uses[word] and word not in self.fixed and word not in self.frame.needed.values():
                self.frame.names.release(word)
                self.released.append(word)

    def _axes_comment(self, w: int, array: Array) -> str:
        type_ = self.program.wires[w]
        if not isinstance(type_, Tensor) or not type_.axes:
            return ""
        return f"  # {', '.join(str(type_.axes[k]) for k in array.labels)}"

    def named(self, w: int) -> Array:
        """The wire's array as a variable."""
        array = self.arrays[w]
        if not array.text.isidentifier():
            name = self.frame.let(array.text, self.program.names[w] or "t")
            self.drop(w)
            array = Array(name, array.labels)
            self.hold(w, array)
        return array

    def declared(self, type_: object, array: Array) -> str:
        """The array with its axes in declared order, for a boundary."""
        if array.labels == tuple(range(len(array.labels))):
            return array.text
        return Space(self.frame, ()).permute(array, tuple(range(len(array.labels)))).text


def call(head: str, arguments: Sequence[str], indent: str = "    ", end: str = "") -> str:
    """`head(arguments)`, broken into lines where it is long."""
    text = f"{head}({', '.join(arguments)}){end}"
    if len(indent) + len(text) <= 108 or len(arguments) < 3:
        return text
    inner = indent + "    "
    body = textwrap.fill(", ".join(arguments) + ",", 104, initial_indent=inner, subsequent_indent=inner)
    return f"{head}(\n{body}\n{indent}){end}"


def _rank(type_: object) -> int:
    return len(type_.axes) if isinstance(type_, Tensor) else 0


def _unpack(array: str, axes: Mapping[int, str], rank: int) -> str:
    if len(axes) == 1:
        ((axis, name),) = axes.items()
        return f"{name} = {array}.shape[{axis}]"
    return f"{', '.join(axes.get(a, '_') for a in range(rank))} = {array}.shape"


def emit(
    d: Diagram,
    dialect: Dialect,
    dtypes: Mapping[str, str],
    values: Mapping[str, int],
    name: str = "",
    budget: int | None = None,
) -> tuple[str, str]:
    """The source of a module whose last function is the diagram's, and that function's name. With a budget
    in bytes all sizes must be known.

    Raises `DiagramError`: E0311 for sizes that the inputs do not determine, E0403 for boxes without
    an array rule.
    """
    from compilers.helpers import assemble, helper_names
    from compilers.text import identifier

    helpers = helper_names() if dialect.name == "numpy" else ("fixed_point", "largest", "mixed", "dot")
    taken = {*helpers, "np", "torch", "math"}
    module = Module(dialect, dtypes, values, taken=taken, reserved=helpers, budget=budget)
    entry, missing = module.function(d, identifier(name or d.name or "diagram"), entry=True)
    if missing:
        raise unknown_sizes(missing, d.name)
    return assemble(module.functions, dialect), entry
