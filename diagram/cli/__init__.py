"""The command `diag`: finds the subcommand and keeps the promises on exit codes. `do_NAME.py` is `diag NAME`.

Exit codes: 0 done, 1 the diagram is faulty (or a check failed), 2 wrong use, 4 a bug, 130 interrupted.
Nothing is imported before it is known to be needed: `diag --help` costs little more than starting Python.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

COMMANDS = {
    "check": "find what is wrong in .diag files",
    "show": "print a definition as the typed hypergraph it is",
    "run": "compute a definition on arrays, with numpy or torch",
    "train": "train the learned arrays of a definition on examples",
    "cost": "count multiply-adds, parameters and memory from the types",
    "grad": "write the reverse derivative of a definition, a diagram again",
    "render": "draw a definition as .svg, .pdf or .png",
    "compile": "write a definition as a Python module that stands alone",
    "fmt": "lay .diag files out in the one standard way",
    "test": "run the tests written in .diag files",
    "eq": "decide whether two definitions are the same diagram",
    "prove": "check the theorems of a file, step by step",
    "rewrite": "simplify a definition by a strategy of the file, with the proof",
    "explain": "explain an error code",
}
FAULTY, USAGE, BUG, INTERRUPTED = 1, 2, 4, 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run `diag` with these words (by default the command line's); returns the exit code, raises nothing."""
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        code = dispatch(words)
        if sys.stdout is not None:  # None: closed by the caller, `diag ... >&-`
            sys.stdout.flush()
        return code
    except BrokenPipeError:
        _forget_output()  # who reads us has had enough (`diag show ... | head`): that is no error
        return 0
    except KeyboardInterrupt:
        return INTERRUPTED
    except OSError as error:
        what = error.filename or "standard output"
        print(f"error: cannot read or write {what}: {error.strerror or error}", file=sys.stderr)
        _forget_output()
        return USAGE
    except MemoryError:
        print("error: there is not enough memory for this", file=sys.stderr)
        return FAULTY
    except Exception as error:  # the outermost edge: what no other place foresaw is a bug, E0001
        from diagram.cli.bug import report

        report(error, words)
        return BUG


def _forget_output() -> None:
    """Let what is left of standard output go nowhere, so that nothing complains at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def dispatch(words: list[str]) -> int:
    """Hand the words after the first to the subcommand that the first one names."""
    name = words[0] if words else "--help"
    if name in ("-h", "--help", "help"):
        print(overview())
        return 0
    if name in ("-V", "--version"):
        from diagram import __version__

        print(f"diag {__version__}")
        return 0
    if name not in COMMANDS:
        from diagram.cli.words import nearest

        kind = "option" if name.startswith("-") else "command"
        print(f"error: diag has no {kind} `{name}`{nearest(name, COMMANDS)}\n{usage()}", file=sys.stderr)
        return USAGE
    from diagram.cli.command import run

    return run(name, words[1:])


def usage() -> str:
    """The first lines of the help."""
    return "usage: diag COMMAND [options]; `diag --help` lists the commands"


def overview() -> str:
    """What `diag --help` prints."""
    rows = "\n".join(f"  {name:<9} {line}" for name, line in COMMANDS.items())
    return (
        "usage: diag COMMAND [options]\n\n"
        "Diag: a diagram as text, checked, run, differentiated and drawn.\n\n"
        f"commands (diag COMMAND --help says more):\n{rows}\n\n"
        "options:\n  -h, --help     this page\n  -V, --version  the version\n\n"
        "exit codes: 0 done, 1 faulty diagram, 2 wrong use, 4 a bug, 130 interrupted"
    )
