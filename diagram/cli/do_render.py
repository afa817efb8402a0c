"""Draw a definition. The ending of the output decides the format: .svg (nothing else needed), .pdf or .png.

Without -o the SVG goes to standard output.
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from diagram.cli import sources
from diagram.cli.command import Usage
from diagram.cli.files import note, replacing, write

FORMATS = (".svg", ".pdf", ".png")


def options(parser: ArgumentParser) -> None:
    """The options of `diag render`."""
    sources.options(parser)
    parser.add_argument("-o", "--output", metavar="PATH", help=f"the file to draw: {', '.join(FORMATS)}")


def run(args: Namespace) -> int:
    """Draw to a file or to standard output."""
    d, _ = sources.definition(args)
    if args.output is None or args.output == "-":
        write(None, d.render())
        return 0
    if not args.output.lower().endswith(FORMATS):
        raise Usage(f"cannot draw `{args.output}`: its ending is not one of {', '.join(FORMATS)}")
    with replacing(args.output) as draft:
        d.render(str(draft))
    note(f"drew {d.name} to {args.output}")
    return 0
