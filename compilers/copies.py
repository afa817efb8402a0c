"""Copies made once: an array whose axes are exchanged and merged is copied, and a product and its derivative
want the same copy within a few lines.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

COPY = re.compile(r"\b([^\W\d]\w*)\.transpose\([\d, ]+\)\.reshape\([^()]*\)")
WORD = re.compile(r"[^\W\d]\w*")
NEAR = 6
"""Lines after which a copy is made again rather than held."""
STEP = "    "


def shared(lines: Sequence[str]) -> list[str]:
    """The lines of a function body with each such copy of one array made once while it is near."""
    words = set(WORD.findall("\n".join(lines)))
    found: list[str] = []
    made: dict[str, tuple[int, str]] = {}
    for text in lines:
        if text.startswith(STEP + " ") or text.endswith(":"):  # a loop may change what it reads
            made.clear()
            found.append(text)
            continue
        for copy in dict.fromkeys(m[0] for m in COPY.finditer(text)):
            before, name = made.get(copy, (-1, ""))
            if before < 0 or len(found) - before > NEAR:
                continue
            if not name:
                name = _fresh(words)
                found[before] = found[before].replace(copy, name)
                found.insert(before, f"{STEP}{name} = {copy}")
                made = {c: (k + (k >= before), n) for c, (k, n) in made.items()}
                made[copy] = before + 1, name
            text = text.replace(copy, name)
        found.append(text)
        changed = set(WORD.findall(text.partition("=")[0]))  # without `=` a call, of whatever it is given
        made = {c: v for c, v in made.items() if c.partition(".")[0] not in changed}
        for m in COPY.finditer(text):
            if m[1] not in changed:
                made[m[0]] = len(found) - 1, ""
    return found


def _fresh(words: set[str]) -> str:
    """A name that is nowhere in the function."""
    name, k = "rows", 1
    while name in words:
        name, k = f"rows_{k}", k + 1
    words.add(name)
    return name
