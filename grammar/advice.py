"""Edits are offered only if they help: the text is checked with each of them before anyone sees it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from diagram.errors import Diagnostic, Source

TRIED = 10
"""How many edits are tried in one file; further ones are not offered."""
LONGEST = 200_000
"""Longer texts get no edits: trying one costs as much as checking the text."""

Check = Callable[[str], Sequence[Diagnostic]]


def tested(found: Sequence[Diagnostic], source: Source, check: Check) -> list[Diagnostic]:
    """The diagnostics with edits that make their error go and bring no new one.

    Those of syntax errors are left: the parser has tried them already.
    """
    before = {key(d) for d in found}
    result, tries = [], 0
    for d in found:
        if d.edits and not d.code.startswith("E01") and all(e.span.source is source for e in d.edits):
            tries += 1
            small = tries <= TRIED and len(source.text) <= LONGEST
            if not small or not _helps(d, before, source, check):
                d = replace(d, edits=())
        result.append(d)
    return result


def _helps(d: Diagnostic, before: set[tuple[str, str]], source: Source, check: Check) -> bool:
    from diagram.report import apply_edits  # only when something is wrong

    after = {key(other) for other in check(apply_edits(source.text, d.edits))}
    return key(d) not in after and after <= before


def key(d: Diagnostic) -> tuple[str, str]:
    """What makes two diagnostics the same wherever they stand."""
    return d.code, d.message
