"""Decide whether two definitions are the same diagram, up to the laws of their category: two drawings
that deform into each other are equal. Exit code 0 if they are, 1 if not.
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from diagram.cli import FAULTY, sources


def options(parser: ArgumentParser) -> None:
    """The options of `diag eq`."""
    parser.add_argument("file", metavar="FILE", help="a .diag file")
    parser.add_argument("left", metavar="F", help="a definition in it")
    parser.add_argument("right", metavar="G", help="another one")


def run(args: Namespace) -> int:
    """Compare the two."""
    loaded = sources.module(args.file)
    f, g = (loaded[sources.choose(loaded, name, args.file)] for name in (args.left, args.right))
    if f == g:
        print(f"{args.left} == {args.right}")
        return 0
    print(f"{args.left} != {args.right}")
    for name, d in ((args.left, f), (args.right, g)):
        n = len(d.boxes)
        print(f"  {name} : {d.type_text}, {n} box{'es' * (n != 1)}")
    return FAULTY
