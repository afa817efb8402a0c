"""What a definition costs, from its types alone: multiply-adds, operations, learned numbers, bytes moved, and
bytes held at most at one time, each a polynomial in the sizes that --set leaves open, and how many tensor
operations run. Nothing is run.

A multiply-add is two operations. `both passes` is the value together with the reverse derivative. With
--calls also how often each definition and declared box is evaluated, and how many wires are held at most; of
a diagram whose boxes have no meaning yet that is all. With --memory also what a plan within that budget
holds and computes again; inputs and learned arrays are the caller's, and not counted in it.
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from diagram.cli import sources
from diagram.cli.command import Usage
from diagram.cli.files import note
from diagram.errors import DiagramError

if TYPE_CHECKING:
    from diagram.cost import Cost
    from diagram.sizes import Size
    from diagram.value import Diagram

    Show = Callable[[Size], str]


def options(parser: ArgumentParser) -> None:
    """The options of `diag cost`."""
    sources.options(parser)
    sources.budget_option(parser)
    parser.add_argument(
        "--dtype", choices=("f64", "f32", "f16", "bf16"), default="f32", help="what R means (default: f32)"
    )
    parser.add_argument("--boxes", action="store_true", help="the cost of each box, too")
    parser.add_argument("--calls", action="store_true", help="how often each definition is evaluated, too")
    parser.add_argument("--factor", action="store_true", help="write polynomials as products (needs sympy)")


def run(args: Namespace) -> int:
    """Count and print."""
    d, sizes = sources.definition(args)
    budget = sources.budget(args)
    show = _factored() if args.factor else str
    try:
        costs = [_cost(d, args.dtype, False, sizes)]
    except DiagramError as error:
        if error.diagnostics[0].code != "E0403" or not args.calls:
            raise
        note(f"counted only: {error.diagnostics[0].message}")
        print(_aligned(_calls(d, sizes, show)))
        return 0
    try:
        costs.append(_cost(d, args.dtype, True, sizes))
    except DiagramError as error:
        if error.diagnostics[0].code != "E0406":
            raise
        note(f"no backward pass: {error.diagnostics[0].message}")
    table = [("", "forward", "both passes")[: len(costs) + 1]]
    table += [(label, *(show(getattr(c, name)) for c in costs)) for label, name in LINES]
    counts = [c.boxes.constant for c in costs]
    if len(counts) == 2 and counts[0] and counts[1]:
        label, first, both = table[2]
        table[2] = (label, first, f"{both}, {counts[1] / counts[0]:.2f} times")
    table.append(("bytes held", *(_largest(c.peaks, show) for c in costs)))
    print(_aligned(table))
    if budget is not None:
        print()
        print(_aligned(_planned(d, args.dtype, sizes, budget, len(costs) == 2)))
    if args.calls:
        print()
        print(_aligned(_calls(d, sizes, show)))
    if args.boxes:
        print()
        print(_aligned(_boxes(d, args.dtype, sizes, show)))
    return 0


SHOWN = 3
"""How many polynomials are shown of those that may be the largest."""
LINES = (
    ("parameters", "params"),
    ("tensor operations", "boxes"),
    ("multiply-adds", "macs"),
    ("operations", "flops"),
    ("bytes moved", "moved"),
)


def _cost(d: Diagram, dtype: str, backward: bool, sizes: Mapping[str, int]) -> Cost:
    from diagram.cost import cost

    return cost(d, dtype, backward).subs(dict(sizes))


def _boxes(d: Diagram, dtype: str, sizes: Mapping[str, int], show: Show) -> list[tuple[str, ...]]:
    from diagram.cost import rows

    found: list[tuple[str, ...]] = [("box", "multiply-adds", "operations", "bytes moved")]
    for row in rows(d, dtype):
        c = row.cost.subs(dict(sizes))
        found.append((row.name, show(c.macs), show(c.flops), show(c.moved)))
    return found


def _planned(
    d: Diagram, dtype: str, sizes: Mapping[str, int], budget: int, both: bool
) -> list[tuple[str, ...]]:
    """What the plan under a budget holds and computes again. Raises `DiagramError` E0311, E0606."""
    from diagram import _compilers
    from diagram.derivative import value_and_reverse
    from diagram.planning.budget import text_of

    which = [d, value_and_reverse(d)] if both else [d]
    plans = [_compilers.scheduled(one, budget, sizes, dtype) for one in which]
    return [
        (f"within {text_of(budget)}", "forward", "both passes")[: len(plans) + 1],
        ("bytes held as it is", *(str(p.base.peak) for p in plans)),
        ("bytes held as planned", *(str(p.run.peak) for p in plans)),
        ("steps", *(str(len(p.base.order)) for p in plans)),
        ("steps again", *(str(len(p.run.order) - len(p.base.order)) for p in plans)),
        ("work again", *(f"{100 * (p.run.cost / max(p.base.cost, 1) - 1):.1f} %" for p in plans)),
    ]


def _calls(d: Diagram, sizes: Mapping[str, int], show: Show) -> list[tuple[str, ...]]:
    from diagram.counts import evaluations, held

    found = [(name, show(count.subs(dict(sizes)))) for name, count in evaluations(d).items()]
    return [("", "evaluations"), *found, ("wires held", str(held(d)))]


def _largest(sizes: Sequence[Size], show: Show) -> str:
    if len(sizes) == 1:
        return show(sizes[0])
    few = ", ".join(map(show, sizes[:SHOWN]))
    return f"max({few})" if len(sizes) <= SHOWN else f"max({few}, and {len(sizes) - SHOWN} more)"


def _factored() -> Show:
    """Polynomials as products of their factors."""
    try:
        import sympy
    except ModuleNotFoundError:
        raise Usage("--factor needs sympy, which is not installed", "pip install sympy") from None

    def show(size: Size) -> str:
        terms = [
            sympy.Mul(c, *(sympy.Symbol(_atom(atom), positive=True) ** power for atom, power in mono))
            for mono, c in size.terms
        ]
        return str(sympy.factor(sympy.Add(*terms)))

    return show


def _atom(atom: object) -> str:
    """A symbol as it is, a quotient in brackets."""
    return atom if isinstance(atom, str) else f"({atom})"


def _aligned(table: Sequence[Sequence[str]]) -> str:
    """Columns side by side."""
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    lines = ("  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)) for row in table)
    return "\n".join(line.rstrip() for line in lines)
