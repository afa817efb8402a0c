"""Draw a definition. The ending of the output decides the format: .svg .tikz .tex .html .dot (nothing else
needed), .pdf or .png (matplotlib).

Without -o the SVG goes to standard output.
"""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from typing import Any

from diagram.cli import sources
from diagram.cli.command import Usage
from diagram.cli.files import note, replacing, write

FORMATS = (".svg", ".pdf", ".png", ".tikz", ".tex", ".html", ".dot")
STYLES = ("auto", "string", "circuit", "graph")
DIRECTIONS = ("down", "right", "up")
THEMES = ("screen", "print", "dark", "slides")
LABELS = ("auto", "all", "none")


def options(parser: ArgumentParser) -> None:
    """The options of `diag render`."""
    sources.options(parser)
    parser.add_argument("-o", "--output", metavar="PATH", help=f"the file to draw: {', '.join(FORMATS)}")
    parser.add_argument(
        "--style", choices=STYLES, default="auto", help="string diagram, neural circuit, or graph"
    )
    parser.add_argument("--direction", choices=DIRECTIONS, default=None, help="where the wires run to")
    parser.add_argument("--theme", choices=THEMES, default="screen", help="colours (screen: also dark)")
    parser.add_argument(
        "--labels", choices=LABELS, default="auto", help="types on wires: where new, all, none"
    )
    parser.add_argument("--width", metavar="85mm", type=_width, help="width of the figure: mm, cm, in, pt")
    parser.add_argument(
        "--expand", metavar="DEPTH|NAMES", type=_depth, help="how deep bodies are open, or which: attn,mlp"
    )
    parser.add_argument("--fold", metavar="NAMES", default="", help="bodies to keep closed: norm1,norm2")
    parser.add_argument("--metrics", action="store_true", help="measure the figure: crossings, overlaps, ...")


def _depth(text: str) -> int | list[str]:
    return int(text) if text.isdecimal() else text.split(",")


def _width(text: str) -> str:
    number = text.rstrip("mcintpx")
    if text[len(number) :] in ("mm", "cm", "in", "pt", "px", "") and number.replace(".", "", 1).isdecimal():
        return text
    raise ArgumentTypeError(f"`{text}` is not a width such as 85mm, 10cm, 3.5in, 240pt")


def run(args: Namespace) -> int:
    """Draw to a file or to standard output."""
    d, _ = sources.definition(args)
    shape: dict[str, Any] = {  # Any: the options have different types
        "style": args.style,
        "labels": args.labels,
        "expand": args.expand,
        "fold": args.fold.split(",") if args.fold else [],
    }
    if args.direction is not None:
        shape["direction"] = args.direction
    if args.style == "circuit" and args.direction not in (None, "right"):
        raise Usage("circuits run to the right; leave --direction out")
    paint = {"theme": args.theme, "width": args.width}
    to_file = args.output is not None and args.output != "-"
    if to_file and not args.output.lower().endswith(FORMATS):
        raise Usage(f"cannot draw `{args.output}`: its ending is not one of {', '.join(FORMATS)}")
    if to_file:
        with replacing(args.output) as draft:
            d.render(str(draft), **shape, **paint)
        note(f"drew {d.name} to {args.output}")
    if args.metrics:
        from diagram import _compilers

        write(None, _compilers.figure_metrics(d, **shape) + "\n")
    elif not to_file:
        write(None, d.render(**shape, **paint))
    return 0
