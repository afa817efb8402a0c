"""Draw a definition, or the `figure` items of a file. The ending of the output decides the format: .svg
.tikz .tex .html .dot (nothing else needed), .pdf or .png (matplotlib).

Without -o one figure goes to standard output as SVG. Without NAME all `figure` items are drawn, to NAME.svg
each, or to OUTPUT with their names before the ending.
"""

from __future__ import annotations

import warnings
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from diagram.cli import sources
from diagram.cli.command import Usage
from diagram.cli.files import note, replacing, write
from diagram.cli.words import listing, nearest

if TYPE_CHECKING:
    from grammar.module import Module

FORMATS = (".svg", ".pdf", ".png", ".tikz", ".tex", ".html", ".dot")
STYLES = ("auto", "string", "circuit", "graph")
DIRECTIONS = ("down", "right", "up")
THEMES = ("screen", "print", "dark", "slides")
LABELS = ("auto", "all", "none")
NOTES = ("types", "flops", "memory")
ENGINES = ("own", "dot")


def options(parser: ArgumentParser) -> None:
    """The options of `diag render`."""
    sources.options(parser)
    parser.add_argument("-o", "--output", metavar="PATH", help=f"the file to draw: {', '.join(FORMATS)}")
    parser.add_argument("--figure", metavar="NAME", help="a `figure` item of the file")
    parser.add_argument(
        "--style", choices=STYLES, default="auto", help="string diagram, neural circuit, or graph"
    )
    parser.add_argument("--direction", choices=DIRECTIONS, default=None, help="where the wires run to")
    parser.add_argument("--theme", choices=THEMES, default=None, help="colours (screen: also dark)")
    parser.add_argument("--labels", choices=LABELS, default=None, help="types on wires: where new, all, none")
    parser.add_argument("--width", metavar="85mm", type=_width, help="width of the figure: mm, cm, in, pt")
    parser.add_argument(
        "--expand", metavar="DEPTH|NAMES", type=_depth, help="how deep bodies are open, or which: attn,mlp"
    )
    parser.add_argument("--fold", metavar="NAMES", default="", help="bodies to keep closed: norm1,norm2")
    parser.add_argument(
        "--annotate", metavar="WHAT", type=_notes, help=f"tell about boxes and wires: {','.join(NOTES)}"
    )
    parser.add_argument(
        "--diff", metavar="NAME", help="draw NAME beside it, marking what differs between the two"
    )
    parser.add_argument("--grad", action="store_true", help="draw the reverse derivative below it")
    parser.add_argument("--step", metavar="N", type=int, help="only this step of a proof")
    parser.add_argument("--animate", action="store_true", help="steps one after the other in one SVG")
    parser.add_argument("--engine", choices=ENGINES, default="own", help="who lays out; dot needs Graphviz")
    parser.add_argument("--metrics", action="store_true", help="measure the figure: crossings, overlaps, ...")


def _depth(text: str) -> int | list[str]:
    return int(text) if text.isdecimal() else text.split(",")


def _notes(text: str) -> list[str]:
    wanted = text.split(",")
    if unknown := [one for one in wanted if one not in NOTES]:
        raise ArgumentTypeError(f"`{unknown[0]}` is not one of {', '.join(NOTES)}")
    return wanted


def _width(text: str) -> str:
    number = text.rstrip("mcintpx")
    if text[len(number) :] in ("mm", "cm", "in", "pt", "px", "") and number.replace(".", "", 1).isdecimal():
        return text
    raise ArgumentTypeError(f"`{text}` is not a width such as 85mm, 10cm, 3.5in, 240pt")


def run(args: Namespace) -> int:
    """Draw to files or to standard output."""
    if args.style == "circuit" and args.direction not in (None, "right"):
        raise Usage("circuits run to the right; leave --direction out")
    if _to_file(args) and not args.output.lower().endswith(FORMATS):
        raise Usage(f"cannot draw `{args.output}`: its ending is not one of {', '.join(FORMATS)}")
    names = _items(args)
    if names is None and args.step is not None:
        raise Usage("--step is for figures of several diagrams: name one with --figure")
    if names is None:
        return _definition(args)
    loaded = sources.module(args.file)
    for name in names:
        _item(args, loaded, name, len(names) > 1)
    return 0


def _to_file(args: Namespace) -> bool:
    return args.output is not None and args.output != "-"


def _items(args: Namespace) -> tuple[str, ...] | None:
    """The `figure` items to draw; None if a definition is meant."""
    if args.name is not None and args.figure is None:
        return None
    loaded = sources.module(args.file)
    if args.figure is not None:
        if args.figure not in loaded.figures:
            has = f"it has {listing(loaded.figures)}" if loaded.figures else "it has none"
            raise Usage(
                f"`{args.file}` has no figure `{args.figure}`{nearest(args.figure, loaded.figures)}", has
            )
        return (args.figure,)
    return loaded.figures or None


def _shape(args: Namespace) -> dict[str, Any]:  # Any: the options have different types
    """What was asked for of the options that shape a figure."""
    found = {
        "style": None if args.style == "auto" else args.style,
        "direction": args.direction,
        "labels": args.labels,
        "expand": args.expand,
        "fold": args.fold.split(",") if args.fold else None,
        "annotate": args.annotate,
        "engine": None if args.engine == "own" else args.engine,
    }
    return {key: value for key, value in found.items() if value is not None}


def _item(args: Namespace, loaded: Module, name: str, several: bool) -> None:
    """Draw one `figure` item."""
    from diagram import _compilers

    item = loaded.figure(name)
    shape = _shape(args)
    paint = {"theme": args.theme, "width": args.width, "animate": args.animate, "step": args.step}
    count = len(item.diagrams)
    if args.step is not None and not 1 <= args.step <= count:
        raise Usage(f"`{name}` has {count} step{'s' * (count != 1)}, there is no step {args.step}")
    output = args.output if _to_file(args) else None
    if several:
        stem, dot, ending = (output or ".svg").rpartition(".")
        output = f"{stem}-{name}{dot}{ending}" if stem else f"{name}{dot}{ending}"
    if args.metrics:
        write(None, f"{name}\n{_compilers.figure_metrics(item, **shape)}\n")
    if output is not None and (_to_file(args) or not args.metrics):
        with replacing(output) as draft, _notices():
            _compilers.render_item(item, str(draft), **shape, **paint)
        note(f"drew {name} to {output}")
    elif not args.metrics:
        write(None, _compilers.render_item(item, **shape, **paint))


def _definition(args: Namespace) -> int:
    """Draw a definition, alone or beside another diagram."""
    from diagram import _compilers

    d = _meant(args)
    shape = _shape(args)
    paint = {"theme": args.theme or "screen", "width": args.width}
    paint |= _beside(args)
    if _to_file(args):
        with replacing(args.output) as draft, _notices():
            d.render(str(draft), **shape, **paint)
        note(f"drew {args.name or d.name} to {args.output}")
    if args.metrics:
        write(None, _compilers.figure_metrics(d, **shape) + "\n")
    elif not _to_file(args):
        with _notices():
            text = d.render(**shape, **paint)
        write(None, text)
    return 0


def _meant(args: Namespace) -> Any:  # Any: a diagram or an optic
    """What NAME means: a lens or optic if there is one of that name and no size is set, else a definition."""
    if args.name is not None and not args.sizes and not args.grad and args.diff is None:
        optic = sources.module(args.file).optic(args.name)
        if optic is not None:
            return optic
    return sources.definition(args)[0]


@contextmanager
def _notices() -> Iterator[None]:
    """What the figures warn of, as notes."""
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        yield
    for message in dict.fromkeys(str(one.message) for one in seen):
        note(message)


def _beside(args: Namespace) -> dict[str, Any]:  # Any: a Diagram, loaded late
    """What else to draw: the other side of `--diff`, the derivative."""
    if args.diff is not None and args.grad:
        raise Usage("either --diff or --grad")
    if args.diff is None:
        return {"grad": True} if args.grad else {}
    loaded = sources.module(args.file)
    return {"against": loaded[sources.choose(loaded, args.diff, args.file)]}
