"""Write the reverse derivative of a definition: a diagram again, which checks, runs and renders.

That of `f : A -> B` reads A and a cotangent of B, and gives a cotangent of A and one for each learned array.
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from diagram.cli import sources
from diagram.cli.files import write


def options(parser: ArgumentParser) -> None:
    """The options of `diag grad`."""
    sources.options(parser)
    parser.add_argument(
        "-o", "--output", metavar="PATH", help="a .diag file to write instead of standard output"
    )
    parser.add_argument("--as", dest="called", metavar="NAME", help="its name (default: NAME_grad)")
    parser.add_argument("--value", action="store_true", help="give the value of the definition as well")


def run(args: Namespace) -> int:
    """Differentiate and print."""
    d, _ = sources.definition(args)
    from diagram import _compilers, derivative

    g = derivative.value_and_reverse(d) if args.value else derivative.reverse(d)
    name = args.called or f"{d.name}_grad"
    write(args.output, _compilers.to_text(g, name), name)
    return 0
