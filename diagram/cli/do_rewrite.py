"""Simplify a definition by a strategy of the file, `def tidy = normalise[r1, -r2]`: its rules from left to
right until none applies. The steps are printed as a theorem with its proof.

With -o the result is written as a .diag file. Exit code 1 if the rules have no normal form.
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from typing import TYPE_CHECKING

from diagram.cli import sources
from diagram.cli.command import Usage
from diagram.cli.files import note, replacing

if TYPE_CHECKING:
    from diagram.value import Diagram


def options(parser: ArgumentParser) -> None:
    """The options of `diag rewrite`."""
    sources.options(parser, sizes=False)
    parser.add_argument(
        "--with", metavar="STRATEGY", dest="strategy", required=True, help="a `normalise[...]` of the file"
    )
    parser.add_argument("-o", "--output", metavar="PATH", help="write the result: .diag")


def run(args: Namespace) -> int:
    """Rewrite and print the proof."""
    loaded = sources.module(args.file)
    name = sources.choose(loaded, args.name, args.file)
    try:
        start, steps = loaded.rewritten(name, args.strategy)
    except KeyError:
        raise Usage(
            f"`{args.file}` has no strategy `{args.strategy}`", f"def {args.strategy} = normalise[...]"
        ) from None
    for line in proof(name, args.strategy, start, steps):
        print(line)
    if args.output is not None:
        end = steps[-1][1] if steps else start
        with replacing(args.output) as draft:
            draft.write_text(end.to_text(f"{name}_{args.strategy}"), "utf-8")
        note(f"wrote {args.output}")
    return 0


def proof(name: str, strategy: str, start: Diagram, steps: Sequence[tuple[str, Diagram]]) -> list[str]:
    """The lines of a theorem: where wires cross or are shared, how many boxes are left."""
    if not steps:
        return [f"{name} is in normal form: no rule of {strategy} applies"]
    texts = [_text(d) for _, d in steps]
    width = max(map(len, texts))
    lines = [f"theorem {name}_{strategy} : {name} == {texts[-1]} {{"]
    used = zip(texts, steps, strict=True)
    lines += [f"  == {text:<{width}}   by {rule}" for text, (rule, _) in used]
    return [*lines, "}"]


def _text(d: Diagram) -> str:
    from diagram.planar import planar_text

    n = len(d.boxes)
    return planar_text(d) or f"({n} box{'es' * (n != 1)} : {d.type_text})"
