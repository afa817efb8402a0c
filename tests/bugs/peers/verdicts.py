"""What torch, jaxtyping with beartype, and einops say about the seeded bugs, and the page with the table.

`python -m tests.bugs.peers.verdicts` writes docs/explanation/axis-bugs.md; a test compares.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

from diagram import check_text
from tests.bugs.corpus import BUGS, Bug
from tests.bugs.unseen import AGAIN, MISSED, UNSEEN

HERE = Path(__file__).parent
CLEAN = HERE.parent / "clean"
PAGE = HERE.parents[2] / "docs" / "explanation" / "axis-bugs.md"
PEERS = ("torch", "jaxtyping", "einops")
CAUGHT, WARNED, SHAPE, SILENT, NONE = "error", "warning", "other shape", "wrong numbers", "-"


class Verdict(NamedTuple):
    """One of the five words, and what was said or why there is nothing to say."""

    word: str
    said: str = ""


def program(peer: str, file: str) -> str:
    """The correct program; torch's is jaxtyping's without the checks."""
    folder = HERE / ("in_einops" if peer == "einops" else "in_torch")
    text = (folder / f"{file}.py").read_text()
    return re.sub(r" *@checked\n", "", text) if peer == "torch" else text


def ran(text: str, name: str) -> tuple[Tensor, ...]:
    """The results of a program's `run`, with the same random numbers every time."""
    space: dict[str, object] = {"__name__": name}
    exec(compile(text, f"<{name}>", "exec", dont_inherit=True), space)
    torch.manual_seed(0)
    run = space["run"]
    assert callable(run)
    return run()


def slip(peer: str, bug: Bug) -> tuple[str, str] | str:
    """The bug as a change of one piece of the peer's program, or why it cannot be written."""
    space: dict[str, dict[str, tuple[str, str] | str]] = {}
    text = program(peer, bug.file)
    exec("BUGS = {" + text.split("BUGS = {", 1)[1], space)
    return space["BUGS"][bug.what]


def faulty(peer: str, bug: Bug, change: tuple[str, str]) -> str:
    """The peer's program with the bug in it."""
    body = program(peer, bug.file).split("BUGS = {", 1)[0]
    assert change[0] in body, (peer, bug, change)
    return body.replace(*change, 1)


def verdict(peer: str, bug: Bug, clean: tuple[Tensor, ...]) -> Verdict:
    """What happens when the peer runs its version of the bug."""
    change = slip(peer, bug)
    if isinstance(change, str):
        return Verdict(NONE, change)
    try:
        results = ran(faulty(peer, bug, change), bug.file)
    except (RuntimeError, LookupError, TypeError, ValueError) as error:  # all that the three raise
        return Verdict(CAUGHT, f"{type(error).__name__}: {error}")
    if [r.shape for r in results] != [c.shape for c in clean]:
        return Verdict(SHAPE)
    same = all(torch.equal(r, c) for r, c in zip(results, clean, strict=True))
    assert not same, (peer, bug, "the bug changes nothing")
    return Verdict(SILENT)


def by_diag(bug: Bug) -> Verdict:
    """What `diag check` says first."""
    path = CLEAN / f"{bug.file}.diag"
    found = check_text(path.read_text().replace(bug.right, bug.wrong, 1), str(path))
    first = min(found, key=lambda d: d.is_warning, default=None)
    if first is None:
        return Verdict(SILENT)
    return Verdict(WARNED if first.is_warning else CAUGHT, f"{first.code} {first.message}")


def table() -> dict[Bug, dict[str, Verdict]]:
    """The verdicts of all four on all bugs."""
    clean = {(peer, bug.file): () for peer in PEERS for bug in BUGS}
    runs = {key: ran(program(*key), key[1]) for key in clean}
    return {
        bug: {"diag": by_diag(bug)} | {peer: verdict(peer, bug, runs[peer, bug.file]) for peer in PEERS}
        for bug in BUGS
    }


def counts(rows: dict[Bug, dict[str, Verdict]], who: str) -> Counter[str]:
    """How often each word was said."""
    return Counter(row[who].word for row in rows.values())


def page(rows: dict[Bug, dict[str, Verdict]]) -> str:
    """The page as Markdown."""
    names = ("diag", *PEERS)
    words = (CAUGHT, WARNED, SHAPE, SILENT, NONE)
    titles = {CAUGHT: "error", WARNED: "warning", SHAPE: "no error, result of another shape",
              SILENT: "no error, other numbers", NONE: "cannot be written"}  # fmt: skip
    summary = [f"| {titles[w]} | " + " | ".join(str(counts(rows, n)[w]) for n in names) + " |" for w in words]
    head = (HERE / "page.md").read_text()
    unseen = (*UNSEEN, *AGAIN)
    parts = {
        "SUMMARY": "\n".join(summary),
        "TABLE": "\n".join(_details(rows)),
        "COUNTED": str(len(unseen) + len(MISSED)),
        "FOUND": str(sum(by_diag(bug).word == CAUGHT for bug in unseen)),
        "MISSED": "\n".join(f"- {b.what} ({Path(b.file).stem}): {why};" for b, why in MISSED.items())[:-1]
        + ".",
    }
    for name, text in parts.items():
        head = head.replace(name, text)
    return head


def _details(rows: dict[Bug, dict[str, Verdict]]) -> list[str]:
    """One table for each architecture."""
    lines: list[str] = []
    for file in dict.fromkeys(bug.file for bug in BUGS):
        lines += [
            "",
            f"### {file}",
            "",
            "| bug | `diag check` | torch | jaxtyping | einops |",
            "|---|---|---|---|---|",
        ]
        for bug, row in rows.items():
            if bug.file == file:
                ours = row["diag"]
                diag = f"{ours.word}: {ours.said}" if ours.said else ours.word
                lines.append(f"| {bug.what} | {diag} | " + " | ".join(row[p].word for p in PEERS) + " |")
    return lines[1:]


def main() -> None:
    """Write the page."""
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page(table()))


if __name__ == "__main__":
    main()
