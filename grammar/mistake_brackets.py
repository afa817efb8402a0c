"""Brackets that are never closed, wrongly closed, closed twice, or nested too deep: E0101, E0105, E0006."""

from __future__ import annotations

from diagram.errors import Diagnostic, Edit, Label
from grammar.automaton import NESTING_LIMIT
from grammar.mistake import CLOSERS, DECLARATIONS, PAIRS, Mistake

WORDS = {"(": "list of wires", "[": "square bracket", "{": "block"}


def too_deep(m: Mistake) -> Diagnostic | None:
    """E0006: one level more than the limit."""
    if not m.deep:
        return None
    return m.error(
        "E0006",
        f"nested deeper than {NESTING_LIMIT} levels",
        m.span(m.bad),
        f"level {NESTING_LIMIT + 1} opens here",
        help="give an inner part a name, and use the name",
    )


def wrong_closer(m: Mistake) -> Diagnostic | None:
    """E0105: `(a]`, when the bracket that is open needs another closer and has none."""
    if m.word.kind not in CLOSERS:
        return None
    inner = [i for i in m.brackets.unclosed if i < m.bad]
    if m.bad not in m.brackets.stray or not inner:
        return None
    opener = m.at(inner[-1])
    wanted = PAIRS[opener.kind]
    return m.error(
        "E0105",
        f"`{m.word.text}` does not close `{opener.text}`",
        m.span(m.bad),
        f"`{wanted}` was expected",
        labels=(Label(m.span(inner[-1]), "opened here"),),
        help="close a bracket with its own partner",
        edits=(m.replace(m.bad, m.bad, wanted),),
    )


def unclosed(m: Mistake) -> Diagnostic | None:
    """E0101: an opening bracket of the item has no partner. Points at it, not at the place of the stop."""
    inner = [i for i in m.brackets.unclosed if i < m.bad]
    if not inner:
        return None
    at = inner[-1]
    opener, closer = m.at(at), PAIRS[m.at(at).kind]
    here = m.accepts(closer, m.word.kind)
    label = f"`{closer}` was expected before this"
    if m.word.kind == "->":
        label += " arrow"
    labels = (Label(m.span(m.bad), label),) if m.word.kind != "END" else ()
    if not here and m.word.kind not in DECLARATIONS and m.word.kind not in CLOSERS:
        labels = ()
    what = WORDS[opener.kind]
    if opener.kind == "(" and m.at(at - 1).kind not in ("NAME", "]", ")"):
        what = "round bracket"
    return m.error(
        "E0101",
        f"this `{opener.text}` is never closed",
        m.span(at),
        "opened here",
        labels=labels,
        help=f"close the {what}",
        edits=closing(m, closer),
    )


def closing(m: Mistake, closer: str) -> tuple[Edit, ...]:
    """The edit that closes a bracket in front of the bad word; a block on a line of its own."""
    last = m.bad - 1
    lines = m.source.position(m.first.start)[0] != m.source.position(m.at(last).end)[0]
    edit = m.insert(last, "\n}" if closer == "}" and lines else f" {closer}" if closer == "}" else closer)
    return (edit,)


def stray_closer(m: Mistake) -> Diagnostic | None:
    """E0105: a closing bracket where none is open."""
    if m.bad not in m.brackets.stray:
        return None
    return m.error(
        "E0105",
        f"this `{m.word.text}` closes nothing",
        m.span(m.bad),
        f"no `{CLOSERS[m.word.kind]}` is open here",
        help="take it away, or open the bracket",
        edits=(m.replace(m.bad, m.bad, ""),),
    )
