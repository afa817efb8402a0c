"""Pointwise boxes: operators and functions on whole arrays where names align them, else index equations."""

from __future__ import annotations

from collections.abc import Sequence

from diagram.reals import Real
from diagram.spec import Spec
from diagram.types import DType, R, Tensor
from diagram.value import Box
from grammar.printer.block import Block, writer
from grammar.printer.calls import assign
from grammar.printer.equations import indices
from grammar.printer.indices import Read
from grammar.printer.words import SHORT, dtype_text, real_text, uses_functions

OPERATORS = {"add": "+", "sub": "-", "div": "/", "floordiv": "//", "mod": "%", "pow": "**"}
CONDITIONS = {"eq": "==", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">=", "and": "and", "or": "or"}
LEVELS = {
    "add": (1, (1, 2)), "sub": (1, (1, 2)), "div": (2, (2, 3)), "floordiv": (2, (2, 3)), "mod": (2, (2, 3)),
    "pow": (4, (9, 4)), "reciprocal": (2, (3,)), "not": (9, (9,)),
}  # fmt: skip
BY_NUMBER = {"scale": (2, (3,)), "shift": (1, (1,)), "rsub": (1, (2,)), "power": (4, (9,))}
"""How tightly operators bind, and what they want of their operands: 1 sums, 2 products, 4 powers, 9 the
rest."""
NUMBERS = {"scale": "{by} * {0}", "shift": "{0} + {by}", "rsub": "{by} - {0}", "power": "{0} ** {by}"}


def host_of(reads: Sequence[Read], spec: Spec) -> int | None:
    """The operand whose axes all others have by name, in the layout of the result; None if there is none."""
    big = max(range(len(reads)), key=lambda k: (len(reads[k][0].axes), -k))
    type_, slots = reads[big]
    where = {s.index: k for k, s in enumerate(slots)}
    if slots != spec.outs[0] or len(where) != len(spec.indices) or None in where:
        return None
    if any(spec.indices[s.index or 0].size != a.size for s, a in zip(slots, type_.axes, strict=True)):
        return None
    for other, own in reads:
        if other.axes == type_.axes and own == slots:
            continue
        for axis, slot in zip(other.axes, own, strict=True):
            k = where.get(slot.index)
            if k is None or not axis.name or type_.axes[k] != axis:
                return None
        if len({s.index for s in own}) != len(own):
            return None
    return big


@writer("pointwise")
def pointwise(block: Block, box: Box) -> None:
    """`Y = exp(X)`, `Z = X + Y`, `M[i, j] = A[i] > B[j]`."""
    spec, (y,) = box.spec, box.cod
    if spec is None:  # the identity on what is no array
        assign(
            block, box, [block.d.wires[y]], expression(block, box, [block.text[w] for w in box.dom], False)
        )
        return
    reads = block.reads(box)
    host = host_of(reads, spec)
    type_ = block.d.wires[y]
    assert isinstance(type_, Tensor)
    if host is not None and block.want.get(y) in (None, reads[host][0].axes):
        own, levels = binding_of(box)
        operands = [block.expression(w, level) for w, level in zip(box.dom, levels, strict=True)]
        block.define(y, type_.with_axes(reads[host][0].axes), expression(block, box, operands, False), own)
        return
    _equation(block, box, reads, type_)


def binding_of(box: Box) -> tuple[int, tuple[int, ...]]:
    """How tightly an expression for a box binds, and how tightly its operands must."""
    name, by = box.op.name, box.arg("by")
    if name in LEVELS:
        return LEVELS[name]
    if name in BY_NUMBER and not (isinstance(by, Real) and uses_functions(by)):
        return BY_NUMBER[name]
    return 9, (1,) * len(box.dom) if name in CONDITIONS else (0,) * len(box.dom)


def _equation(block: Block, box: Box, reads: Sequence[Read], type_: Tensor) -> None:
    spec, (y,) = box.spec, box.cod
    assert spec is not None
    axes = block.axes(y)
    space = indices(block, box, reads, [(axes, spec.outs[0])])
    operands = [space.read(block.text[w], t, m, None) for w, (t, m) in zip(box.dom, reads, strict=True)]
    right = expression(block, box, operands, True)
    names = [space.names[s.index] for s in spec.outs[0] if s.index is not None]
    left = [n if n == a.name else f"{a.name} = {n}" for a, n in zip(axes, names, strict=True)]
    suffix, axes = block.typed(y, axes)
    block.say(f"{block.bind(y, type_.with_axes(axes))}[{', '.join(left)}]{suffix} = {right}")


def expression(block: Block, box: Box, operands: Sequence[str], read: bool) -> str:
    """The operation on its operands. In an equation with one operand only functions keep it one box."""
    name = box.op.name
    if name in OPERATORS:
        return f"{operands[0]} {OPERATORS[name]} {operands[1]}"
    if name in CONDITIONS:
        return f"({operands[0]} {CONDITIONS[name]} {operands[1]})"
    if name == "not":
        return f"(not {operands[0]})"
    if name == "reciprocal" and not read:
        return f"1 / {operands[0]}"
    by = box.arg("by")
    if isinstance(by, Real | int | float) and "by" in box.op.args:
        number = block.file.axes.real(Real.of(by))
        if (
            name in NUMBERS
            and (not read or isinstance(number.number, complex))
            and not uses_functions(number)
            and not (name == "scale" and number.number == 1)
        ):
            return _with_number(block, name, number, operands[0])
        return f"{name}[{real_text(number)}]({', '.join(operands)})"
    dtype = box.arg("dtype")
    if name == "cast":
        return f"cast[{dtype_text(dtype if isinstance(dtype, DType) else R)}]({operands[0]})"
    return f"{SHORT.get(name, name)}({', '.join(operands)})"


def _with_number(block: Block, name: str, by: Real, operand: str) -> str:
    number = by.number
    if name == "shift" and isinstance(number, int | float) and number < 0:
        return f"{operand} - {real_text(Real.of(-number))}"
    return NUMBERS[name].format(operand, by=block.file.axes.number(by, tight=True))
