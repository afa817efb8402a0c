"""`python -m diagram.ops`: writes the reference of operations from the table."""

from __future__ import annotations

from pathlib import Path

from diagram.op import Kind, Op
from diagram.ops import FAMILIES
from diagram.ops.rules import flat

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "operations.md"
_HEAD = """# Operations

Generated from the table in `diagram/ops` by `python -m diagram.ops`; a test keeps it fresh. One row an
operation.

*Kind* says how its ports relate to the index space of a box: **pointwise** entry by entry; **reduce** folds
the core axes; **along** works along a core axis; **whole** acts on the core axes as one object;
**contract** is a product, read and written through affine maps and summed; **gather** and **scatter** read
and write at positions on wires; **source** has no inputs; **body** holds a diagram; **structure** belongs
to the category. Every operation is lifted over all other axes. *Result* names the rule for the element
type. *Derivative*: `rule` a diagram given with the row, `maps` the same index maps exchanged, `0` zero
everywhere, `body` that of the body, `-` none.
"""
_RULES = """
## Element types

| rule | result |
|---|---|
| `same`, `first` | that of the operands (promoted), of the first operand |
| `number` | the same; truth values are refused |
| `minus` | the same; `nat` becomes `i64` |
| `smooth` | whole numbers become `R`; complex stays |
| `real` | whole numbers become `R`; complex is refused |
| `order` | the same; complex is refused |
| `scalar` | operand and the static number `by` |
| `modulus`, `part` | complex becomes real |
| `complex` | real becomes complex |
| `comparison`, `equality`, `logic` | `bool` |
| `select`, `cast`, `given` | the two choices promoted; the argument `dtype`; what the box declares |
| `position` | `nat` of the size of the core axis |
| `top`, `eigh`, `svd` | each result has its own: positions are `nat`, eigenvalues and singular values real |

Promotion goes bool, nat, i8, i32, i64, reals, complexes. `R` and `C` are the precision chosen when compiling.
"""


def derivative(op: Op) -> str:
    """How the row is differentiated, in a word."""
    if op.grad is flat or op.kind is Kind.SOURCE:
        return "0"
    if op.grad is not None:
        return "rule"
    if op.kind in (Kind.CONTRACT, Kind.GATHER, Kind.SCATTER) or op.name == "concat":
        return "maps"
    return "body" if op.name in ("call", "repeat", "scan") else "-"


def row(op: Op) -> str:
    """One line of a table."""
    value = f"`{op.value.replace('xp.', '')}`" if op.value else ""
    arity = "any" if op.arity < 0 else str(op.arity)
    name = f"`{op.name}[{', '.join(op.args)}]`" if op.args else f"`{op.name}`"
    cells = (name, op.doc, str(op.kind), f"{arity} to {op.results}", f"`{op.dtype}`", derivative(op), value)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def page() -> str:
    """The whole reference."""
    parts = [_HEAD]
    for family, rows in FAMILIES.items():
        parts.append(f"\n## {family}\n")
        parts.append("| operation | meaning | kind | wires | result | derivative | array rule |")
        parts.append("|---|---|---|---|---|---|---|")
        parts.extend(map(row, rows))
    return "\n".join(parts) + "\n" + _RULES


if __name__ == "__main__":
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(page(), encoding="utf-8")
