"""`python -m tests.fuzz --seconds 600 --seed 1`: check, format and print texts that nobody meant.

No text may raise anything but `DiagramError`, give E0001, take too long, be laid out in two ways, or come
back from the printer as another diagram.
Each one that does is kept in `--keep FOLDER`, and its story is printed; exit code 1 if there was one.
"""

from __future__ import annotations

import argparse
import contextlib
import random
import re
import resource
import signal
import sys
import time
import traceback
from collections.abc import Iterator
from pathlib import Path

from diagram.errors import Diagnostic, DiagramError
from grammar.format import format_source
from grammar.module import Project, check_text
from grammar.parser import parse
from grammar.printer import to_text
from grammar.source import decode
from grammar.tree import dump
from tests.fuzz.mutation import anything


class TooLong(BaseException):
    """Nothing in the checker may catch it."""


@contextlib.contextmanager
def within(seconds: float) -> Iterator[None]:
    """Raise `TooLong` after so much processor time."""

    def ring(signum: int, frame: object) -> None:
        raise TooLong

    signal.signal(signal.SIGVTALRM, ring)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)


def tried(path: Path, data: bytes) -> None:
    """Everything that must hold of one text. Raises `AssertionError` where it does not."""
    try:
        source = decode(data, str(path))
    except DiagramError:
        return
    found = check_text(source.text, str(path))
    assert all(isinstance(d, Diagnostic) and re.fullmatch(r"[EW]\d{4}", d.code) and d.message for d in found)
    assert all(d.code != "E0001" for d in found), found
    tree, problems = parse(source)
    if problems:
        return
    done = format_source(source.text)
    assert format_source(done) == done, "laid out in two ways"
    assert dump(parse(decode(done.encode(), ""))[0]) == dump(tree), "laid out with another meaning"
    if not any(not d.is_warning for d in found):
        printed(source.text, path)


def printed(text: str, path: Path) -> None:
    """Some definitions of a right file, written and read again."""
    from grammar.module import Module, loads

    module = Module(Project().open(decode(text.encode(), str(path)), path), path)
    for name in module.definitions[:5]:
        try:
            d = module[name]
            out = to_text(d, name)
        except DiagramError:
            continue
        assert loads(out)[name] == d, f"`{name}` comes back as another diagram"


def main() -> int:
    """Until the time is over; the number of texts that failed decides the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--each", type=float, default=10, help="processor seconds that one text may take")
    parser.add_argument("--keep", type=Path, default=Path("fuzz-found"))
    args = parser.parse_args()
    r = random.Random(args.seed)
    end, count, stories = time.monotonic() + args.seconds, 0, dict[str, int]()
    while time.monotonic() < end:
        path, data = anything(r)
        count += 1
        try:
            with within(args.each):
                tried(path, data)
        except (Exception, TooLong) as error:
            last = traceback.extract_tb(error.__traceback__)[-1]
            story = f"{type(error).__name__} {str(error)[:90]} at {Path(last.filename).name}:{last.lineno}"
            if isinstance(error, TooLong):
                story = "TooLong"
            stories[story] = stories.get(story, 0) + 1
            args.keep.mkdir(exist_ok=True)
            kept = args.keep / f"{args.seed}-{count}.diag"
            kept.write_bytes(data)
            if stories[story] <= 3:
                print(f"{kept} ({path.name}): {story}", flush=True)
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(
        f"{count:,} texts, {used.ru_utime:.0f} s, {used.ru_maxrss >> 10} MB, {sum(stories.values())} failed"
    )
    return 1 if stories else 0


if __name__ == "__main__":
    sys.exit(main())
