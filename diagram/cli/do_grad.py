"""Write the reverse derivative of a definition: a diagram again, which checks, runs and renders.

That of `f : A -> B` reads A and a cotangent of B, and gives a cotangent of A and one for each learned array.
With --value (or --vjp) the value comes with it. With --jvp it is the derivative forward, along a tangent of
A; with --hvp, for one real result, its second derivative times a vector; with --wrt NAME,NAME these in some
inputs and learned arrays only, and the gradient of one real result.
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from diagram.cli import sources
from diagram.cli.files import write

if TYPE_CHECKING:
    from diagram.value import Diagram


def options(parser: ArgumentParser) -> None:
    """The options of `diag grad`."""
    sources.options(parser)
    sources.budget_option(parser)
    parser.add_argument(
        "-o", "--output", metavar="PATH", help="a .diag file to write instead of standard output"
    )
    parser.add_argument("--as", dest="called", metavar="NAME", help="its name (default: NAME_grad)")
    parser.add_argument(
        "--value", "--vjp", action="store_true", help="give the value of the definition as well"
    )
    parser.add_argument("--jvp", action="store_true", help="forward: the value and its change along tangents")
    parser.add_argument("--hvp", action="store_true", help="the Hessian of one real result times a vector")
    parser.add_argument("--wrt", metavar="NAMES", help="only these inputs and learned arrays: x,W")


def run(args: Namespace) -> int:
    """Differentiate and print."""
    from diagram import _compilers

    d, _ = sources.definition(args)
    g = _derivative(d, args)
    budget = sources.budget(args)
    name = args.called or f"{d.name}_{'jvp' if args.jvp else 'hvp' if args.hvp else 'grad'}"
    text = _compilers.to_text(g, name if budget is None else f"{name}_whole")
    if budget is not None:
        text += f"\ndef {name} = plan[{name}_whole, memory = {budget}]\n"
    write(args.output, text, name)
    return 0


def _derivative(d: Diagram, args: Namespace) -> Diagram:
    """The one that is asked for."""
    from diagram import derivative
    from diagram.cli.command import Usage

    if args.jvp and args.hvp:
        raise Usage("`--jvp` does not go with `--hvp`", "one is the first derivative, the other the second")
    wrt = [name.strip() for name in args.wrt.split(",")] if args.wrt else None
    try:
        if args.jvp:
            return derivative.jvp(d, wrt)
        if args.hvp:
            return derivative.hvp(d, wrt)
        if wrt is not None:
            return derivative.grad(d, wrt)
    except ValueError as error:  # a name that is not there
        raise Usage(f"`--wrt {args.wrt}`: {error}") from None
    return derivative.value_and_reverse(d) if args.value else derivative.reverse(d)
