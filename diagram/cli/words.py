"""Suggestions for mistyped words."""

from __future__ import annotations

from collections.abc import Iterable


def nearest(word: str, known: Iterable[str]) -> str:
    """`; did you mean ...?` with the known words nearest to `word`, or nothing.

    >>> nearest("chek", ["check", "show"])
    '; did you mean `check`?'
    """
    from difflib import get_close_matches

    spelled = {w.casefold(): w for w in known}
    found = [spelled[w] for w in get_close_matches(word.casefold(), list(spelled), 3, 0.6)]
    return f"; did you mean {' or '.join(f'`{w}`' for w in found)}?" if found else ""


def listing(words: Iterable[str], limit: int = 20) -> str:
    """The words in backticks, the tail counted only."""
    every = list(words)
    shown = ", ".join(f"`{w}`" for w in every[:limit])
    return shown + (f" and {len(every) - limit} more" if len(every) > limit else "")
