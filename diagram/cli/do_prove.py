"""Check the theorems of a .diag file, step by step, and say which rules each step uses.

Exit code 0 if all follow, 1 if a step does not: the message shows what the rules do reach. With -o the
first step that does not follow is drawn: the diagram before it, the nearest one that the rules reach, and
the one that it says; or, of a THEOREM that is proved, all its steps.
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from diagram import _compilers
from diagram.cli import FAULTY, sources
from diagram.cli.command import Usage
from diagram.cli.files import note, replacing
from diagram.cli.messages import show
from diagram.cli.words import listing, nearest
from diagram.errors import Diagnostic, DiagramError
from diagram.value import Diagram

FORMATS = (".svg", ".html", ".tikz", ".pdf", ".png")
Drawn = tuple[list[Diagram], list[str]]
"""Diagrams side by side, and the signs between them."""


def options(parser: ArgumentParser) -> None:
    """The options of `diag prove`."""
    parser.add_argument("file", metavar="FILE", help="a .diag file")
    parser.add_argument("theorem", metavar="THEOREM", nargs="?", help="a theorem in it (default: all)")
    parser.add_argument("-o", "--output", metavar="PATH", help=f"draw a step or proof: {', '.join(FORMATS)}")


def run(args: Namespace) -> int:
    """Prove one theorem, or all."""
    loaded = sources.module(args.file)
    known = loaded.theorems
    if args.theorem is not None and args.theorem not in known:
        has = f"it has {listing(known)}" if known else "it has none"
        raise Usage(f"`{args.file}` has no theorem `{args.theorem}`{nearest(args.theorem, known)}", has)
    if args.output is not None and not args.output.lower().endswith(FORMATS):
        raise Usage(f"cannot draw `{args.output}`: its ending is not one of {', '.join(FORMATS)}")
    failed: list[Diagnostic] = []
    drawn: Drawn | None = None
    for name in known if args.theorem is None else (args.theorem,):
        try:
            steps = loaded.proof(name)
        except DiagramError as error:
            failed += error.diagnostics
            drawn = drawn or _stuck(error)
            continue
        if args.format == "text":
            print(f"{name}: proved in {len(steps)} step{'s' * (len(steps) != 1)}")
            for step in steps:
                print(f"  == {step.text}   by {', '.join(step.used) or 'unfolding'}")
        if args.theorem is not None and steps:
            drawn = [steps[0].before, *(step.after for step in steps)], ["="] * len(steps)
    show(failed, args)
    if args.output is not None:
        _draw(drawn, args.output)
    if not known:
        print(f"{args.file}: no theorems")
    return FAULTY if failed else 0


def _stuck(error: DiagramError) -> Drawn | None:
    """The step that fails side by side: `before = nearest` by the rules, and not what is written."""
    from diagram.proof import Unproved

    if not isinstance(error, Unproved):
        return None
    if error.nearest is error.before:
        return [error.before, error.wanted], ["≠"]
    return [error.before, error.nearest, error.wanted], ["=", "≠"]


def _draw(drawn: Drawn | None, path: str) -> None:
    """Write the figure, if there is one to draw."""
    if drawn is None:
        raise Usage("there is nothing to draw", "name a theorem to draw its proof")
    with replacing(path) as draft:
        _compilers.render_equation(*drawn, str(draft))
    note(f"wrote the figure to {path}")
