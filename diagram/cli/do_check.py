"""Say what is wrong in .diag files: every message at once, each with its place and what to write.

Exit code 0 if there are no errors (warnings are allowed), 1 if there are.
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from diagram.cli.files import existing
from diagram.cli.messages import exit_code, show


def options(parser: ArgumentParser) -> None:
    """The options of `diag check`."""
    parser.add_argument("files", metavar="FILE", nargs="+", help=".diag files")
    parser.add_argument(
        "--laws",
        action="store_true",
        help="try what boxes claim (linear, commutative, grad, ...) on random inputs",
    )
    parser.add_argument(
        "--lint", action="store_true", help="remark on axes matched without names, and on shifted reads"
    )
    parser.add_argument("-q", "--quiet", action="store_true", help="say nothing about files that are right")


def run(args: Namespace) -> int:
    """Check every file; the worst exit code."""
    import diagram

    code = 0
    for path in [existing(name, ".diag") for name in args.files]:
        found = diagram.check_file(path, laws=args.laws, lint=args.lint)
        show(found, args)
        code = max(code, exit_code(found))
        if not args.quiet and args.format == "text" and not exit_code(found):
            print(f"{path}: ok" + (f", {len(found)} warning{'s' * (len(found) > 1)}" if found else ""))
    return code
