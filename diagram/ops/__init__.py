"""The table of operations: one row holds type rule, array rule, derivative, cost, glyph, sample, doc."""

from __future__ import annotations

from diagram.op import Op
from diagram.ops.activations import ACTIVATIONS
from diagram.ops.arithmetic import ARITHMETIC
from diagram.ops.axes import ALONG, REDUCTIONS
from diagram.ops.bodies import BODIES, STRUCTURE
from diagram.ops.dtypes import result_dtype
from diagram.ops.elementary import ELEMENTARY
from diagram.ops.linalg import LINALG
from diagram.ops.logic import CHOICE, COMPARISONS, COMPLEX, LOGIC
from diagram.ops.tensor import SOURCES, TENSOR


class Table(dict[str, Op]):
    """Operations by name. Extending gives a new table; no row is ever replaced."""

    def extend(self, *rows: Op) -> Table:
        """This table and these rows. Raises `ValueError` if a name is taken."""
        table = Table(self)
        for row in rows:
            if row.name in table:
                raise ValueError(f"the operation {row.name} is already in the table")
            table[row.name] = row
        return table


FAMILIES: dict[str, tuple[Op, ...]] = {
    "Arithmetic": ARITHMETIC,
    "Elementary functions": ELEMENTARY,
    "Activations and rounding": ACTIVATIONS,
    "Comparisons": COMPARISONS,
    "Logic": LOGIC,
    "Choice and casts": CHOICE,
    "Complex numbers": COMPLEX,
    "Reductions": REDUCTIONS,
    "Along an axis": ALONG,
    "Tensors": TENSOR,
    "Sources": SOURCES,
    "Linear algebra": LINALG,
    "Bodies": BODIES,
    "Structure": STRUCTURE,
}
"""The rows by family, in the order of the reference."""

STANDARD = Table().extend(*(row for rows in FAMILIES.values() for row in rows))
"""Every built-in operation by name."""

__all__ = ["FAMILIES", "STANDARD", "Table", "result_dtype"]
