"""From the words of a command line to a definition: the file, the name in it, the sizes."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Mapping
from typing import TYPE_CHECKING

from diagram.cli.command import Usage
from diagram.cli.files import existing
from diagram.cli.words import listing, nearest

if TYPE_CHECKING:
    from diagram.value import Diagram
    from grammar.module import Module


def options(parser: ArgumentParser, sizes: bool = True) -> None:
    """FILE, NAME and --set, the same for every command that takes one definition."""
    parser.add_argument("file", metavar="FILE", help="a .diag file")
    parser.add_argument(
        "name", metavar="NAME", nargs="?", help="a definition in it; needed if there are several"
    )
    if sizes:
        parser.add_argument(
            "--set",
            metavar="SIZE=N",
            action="append",
            default=[],
            dest="sizes",
            help="fix a size or static number; may be repeated, or take several: --set b=2,t=16",
        )


def budget_option(parser: ArgumentParser) -> None:
    """--memory, for commands that compile."""
    parser.add_argument(
        "--memory",
        metavar="200MB",
        help="hold at most so much besides inputs and learned arrays; what does not fit is computed again",
    )


def budget(args: Namespace) -> int | None:
    """The bytes that --memory means. Raises `Usage` for what is no amount."""
    from diagram.planning.budget import bytes_of

    if args.memory is None:
        return None
    try:
        return bytes_of(args.memory)
    except ValueError as error:
        raise Usage(f"`--memory {args.memory}`: {error}") from None


def module(path: str, sizes: Mapping[str, int] | None = None) -> Module:
    """The module in a file. Raises `Usage` for what is no file and `DiagramError` for what is wrong in it."""
    import diagram

    loaded: Module = diagram.load(existing(path, ".diag"), sizes=sizes)
    return loaded


def definition(args: Namespace) -> tuple[Diagram, dict[str, int]]:
    """The diagram that FILE and NAME mean for the sizes of `--set`, and the sizes that are whole."""
    given = sizes(args.sizes)
    whole = {name: value for name, value in given.items() if isinstance(value, int)}
    loaded = module(args.file, whole)
    name = choose(loaded, args.name, args.file)
    known = loaded.settable(name)
    d = loaded.diagram(name, given)
    symbols = _symbols(d)
    for word in given:
        if word not in known and word not in symbols:
            every = tuple(dict.fromkeys((*known, *sorted(symbols))))
            has = f"its open sizes are {listing(every)}" if every else "it has no open sizes"
            raise Usage(f"`--set {word}`: `{name}` has no open size `{word}`{nearest(word, every)}", has)
    return d, {word: value for word, value in whole.items() if word in symbols}


def _symbols(d: Diagram) -> set[str]:
    """The sizes that are still open in a definition: static numbers are no longer."""
    from diagram.types import Tensor

    every = [t for t in d.wires if isinstance(t, Tensor)]
    bounds = [t.dtype.bound for t in every if t.dtype.bound is not None]
    return {s for size in (*bounds, *(n for t in every for n in t.shape)) for s in size.symbols}


def choose(loaded: Module, name: str | None, path: str) -> str:
    """The name meant: the given one if it exists, the only one if none is given."""
    known = loaded.definitions
    if name in known and name is not None:
        return name
    if name is not None:
        raise Usage(f"`{path}` has no definition `{name}`{nearest(name, known)}", _has(known))
    if len(known) == 1:
        return known[0]
    raise Usage(f"which definition of `{path}`?" if known else f"`{path}` has no definitions", _has(known))


def _has(known: tuple[str, ...]) -> str:
    return f"it has {listing(known)}" if known else "it has none"


def sizes(words: list[str]) -> dict[str, int | float]:
    """What `--set` says: names with whole numbers, or with decimals for static numbers.

    >>> sizes(["b=2,t=16", "p=0.5"])
    {'b': 2, 't': 16, 'p': 0.5}
    """
    found: dict[str, int | float] = {}
    for word in (w for group in words for w in group.split(",")):
        name, sign, value = (part.strip() for part in word.partition("="))
        if not sign or not name.rstrip("'").isidentifier():
            raise Usage(f"`--set {word}` is not of the form NAME=NUMBER", "write, for example, --set t=16")
        if name in found:
            raise Usage(f"`--set` gives `{name}` twice")
        found[name] = number(name, value)
    return found


def number(name: str, text: str) -> int | float:
    """A whole number, or a decimal one."""
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    raise Usage(f"`--set {name}={text}`: `{text}` is not a number")
