"""Run the `test` items of .diag files. Exit code 1 if one fails."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from diagram.cli import FAULTY, sources
from diagram.cli.messages import exit_code, show


def options(parser: ArgumentParser) -> None:
    """The options of `diag test`."""
    parser.add_argument("files", metavar="FILE", nargs="+", help=".diag files")
    parser.add_argument("-q", "--quiet", action="store_true", help="name only the tests that fail")
    parser.add_argument("--seed", type=int, metavar="N", default=0, help="of sampled values (default: 0)")


def run(args: Namespace) -> int:
    """Run all tests of all files and count them."""
    modules = [sources.module(path) for path in args.files]
    found = [d for loaded in modules for d in loaded.check()]
    if exit_code(found):
        show(found, args)
        return exit_code(found)
    results = [result for loaded in modules for result in loaded.tests(args.seed)]
    failed = [result for result in results if not result.passed]
    for result in results:
        if not result.passed or not args.quiet:
            word = "FAIL" if not result.passed else "skip" if result.skipped else "ok  "
            print(f"{word} {result.name}" + "".join(f"\n       {reason}" for reason in result.skipped))
    show([d for result in failed for d in result.errors], args)
    skipped = sum(bool(result.skipped) for result in results if result.passed)
    counts = [f"{len(results) - len(failed) - skipped} passed"]
    counts += [f"{len(failed)} failed"] * bool(failed) + [f"{skipped} skipped"] * bool(skipped)
    if args.format == "text":
        print(", ".join(counts))
    return FAULTY if failed else 0
