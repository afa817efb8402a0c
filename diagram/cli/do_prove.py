"""Check the theorems of a .diag file, step by step, and say which rules each step uses.

Exit code 0 if all follow, 1 if a step does not: the message shows what the rules do reach.
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from diagram.cli import FAULTY, sources
from diagram.cli.command import Usage
from diagram.cli.messages import show
from diagram.cli.words import listing, nearest
from diagram.errors import Diagnostic, DiagramError


def options(parser: ArgumentParser) -> None:
    """The options of `diag prove`."""
    parser.add_argument("file", metavar="FILE", help="a .diag file")
    parser.add_argument("theorem", metavar="THEOREM", nargs="?", help="a theorem in it (default: all)")


def run(args: Namespace) -> int:
    """Prove one theorem, or all."""
    loaded = sources.module(args.file)
    known = loaded.theorems
    if args.theorem is not None and args.theorem not in known:
        has = f"it has {listing(known)}" if known else "it has none"
        raise Usage(f"`{args.file}` has no theorem `{args.theorem}`{nearest(args.theorem, known)}", has)
    failed: list[Diagnostic] = []
    for name in known if args.theorem is None else (args.theorem,):
        try:
            steps = loaded.proof(name)
        except DiagramError as error:
            failed += error.diagnostics
            continue
        if args.format == "text":
            print(f"{name}: proved in {len(steps)} step{'s' * (len(steps) != 1)}")
            for step in steps:
                print(f"  == {step.text}   by {', '.join(step.used) or 'unfolding'}")
    show(failed, args)
    if not known:
        print(f"{args.file}: no theorems")
    return FAULTY if failed else 0
