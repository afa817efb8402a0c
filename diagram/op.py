"""An operation is one value with all its interpretations; the rows are in `diagram.ops`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import TYPE_CHECKING

from diagram.types import Wires

if TYPE_CHECKING:
    from diagram.term import Local, Term


class Kind(StrEnum):
    """How the ports of an operation relate to its index space; each kind is lowered in one place."""

    GENERATOR = "generator"
    """A declared box: only a name and a type, until a functor gives it a meaning."""
    POINTWISE = "pointwise"
    """One entry out for one entry in."""
    REDUCE = "reduce"
    """The core indices are folded away."""
    ALONG = "along"
    """The core indices stay: softmax, cumsum, sort."""
    CONTRACT = "contract"
    """Product of all inputs, read and written by affine maps, summed over indices that are in no output."""
    GATHER = "gather"
    """A read at positions that come on wires."""
    SCATTER = "scatter"
    """A write (adding) at positions that come on wires."""
    SOURCE = "source"
    """No inputs: constants, positions."""
    WHOLE = "whole"
    """Acts on the core axes of its arrays as one object, other axes in front: concat, linear algebra."""
    BODY = "body"
    """A box with diagrams inside: call, repeat, scan, trace, function."""
    STRUCTURE = "structure"
    """Boxes of the category itself: braid, twist, eval."""


Terms = tuple["Term", ...]
Grad = Callable[["Local", Terms, Terms, Terms], "Sequence[Term | None]"]
"""`(local, inputs, outputs, cotangents of the outputs) -> cotangents of the inputs`, written as a diagram."""


@dataclass(frozen=True, slots=True, eq=False)
class Op:
    """One row of the table.

    `value` is the array rule as Python text over `xp` (numpy or torch), operands `{0}`, `{1}`, static
    arguments by name, `{axis}` the positions of the core axes; `torch` replaces it where the libraries
    differ. `dtype` names the rule for the element type of the result (`diagram.ops.dtypes`), `grad` is
    the reverse derivative as a diagram, `linear` the input ports in which it is linear, `flops` the
    scalar operations per point of the index space, `sample` the domain of each input for tests (`any
    positive unit above nonzero distinct bool nat matrix spd`), `args` the names of its static arguments,
    `results` how many wires it writes.

    **Templates.** Operands are atomic expressions (names), static arguments are printed as Python
    expressions, in brackets unless atomic. Operands of one box already share one dtype (`select`'s
    condition, positions and the parts of `complex` apart): who builds a box inserts `cast`. Several
    results: the text gives a tuple. *pointwise*: operands are aligned for broadcasting. *reduce*:
    `{axis}` is the tuple of the core axes as positions in the input's own layout, no keepdims; with the
    fact `one axis` it is a single int, and several core axes are folded one after the other, the last
    first; with the fact `nonempty` none of the core axes may have size 0. *along*: `{axis}` is a single
    int, the layout stays; `top` reads the first core index and writes the second, `{size}` is the size of
    that one. *source*: `{shape}` a tuple, `{size}` its first entry, `{dtype}` the library's dtype (also
    for `cast`), `{device}` torch's device. *whole*: each operand comes with its core axes last, in the
    order of its own slots, the other axes in front, aligned; results likewise. Texts for numpy may call
    `special.NAME`, a function of `diagram/ops/special.py` that stands on its own but for numpy and the
    other functions of that file.
    contract, gather, scatter, concat and bodies have no text: the `Spec` or the body says it all.
    """

    name: str
    kind: Kind
    arity: int = 1
    value: str = ""
    torch: str = ""
    dtype: str = "same"
    grad: Grad | None = None
    linear: tuple[int, ...] = ()
    flops: int = 1
    glyph: str = ""
    doc: str = ""
    sample: tuple[str, ...] = ()
    args: tuple[str, ...] = ()
    dom: Wires = ()
    cod: Wires = ()
    facts: frozenset[str] = frozenset()
    results: int = 1

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        return (
            isinstance(other, Op)
            and (self.name, self.kind, self.facts) == (other.name, other.kind, other.facts)
            and (self.dom, self.cod) == (other.dom, other.cod)
        )

    def __hash__(self) -> int:
        return hash((self.name, self.kind))

    def __reduce__(self) -> tuple[object, ...]:
        """Rows of the table are pickled by name: their rules are functions."""
        from diagram.ops import STANDARD

        if STANDARD.get(self.name) is self:
            return _row, (self.name,)
        return Op, tuple(getattr(self, f.name) for f in fields(self))

    def __repr__(self) -> str:
        return f"Op({self.name!r})"


def _row(name: str) -> Op:
    from diagram.ops import STANDARD

    return STANDARD[name]


def generator(name: str, dom: Wires, cod: Wires, facts: frozenset[str] = frozenset()) -> Op:
    """A declared box `name : dom -> cod`; `facts` are what its options state: `deterministic`, ..."""
    return Op(name, Kind.GENERATOR, len(dom), dom=dom, cod=cod, facts=facts)
