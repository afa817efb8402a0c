"""Lines of words, and the columns that the author has lined up in neighbouring lines: they stay lined up."""

from __future__ import annotations

from dataclasses import dataclass, field

from grammar.tree import Token

ALIGNED = frozenset(("=", ":", "->", "==", "{", "WITH", "BY", "WHERE", "AS", "COMMENT", "DOC"))
"""What may be lined up."""

CLASSES = {":": "=", "DOC": "COMMENT"}
"""Words that are lined up with each other."""


@dataclass(slots=True)
class Word:
    """A word or comment of the output: the blanks before it, and its column and blanks in the input.

    `column` is -1 where the input says nothing, because the line was broken here.
    """

    token: Token
    gap: str
    column: int
    blanks: int

    @property
    def text(self) -> str:
        """The characters."""
        return self.token.text


@dataclass(slots=True)
class Line:
    """An output line; `blank` says that an empty line stands before it."""

    indent: int
    blank: bool = False
    words: list[Word] = field(default_factory=list)

    def start_of(self, index: int) -> int:
        """The column at which a word starts."""
        return (
            self.indent
            + sum(len(w.gap) + len(w.text) for w in self.words[:index])
            + len(self.words[index].gap)
        )

    def text(self) -> str:
        """The line as written."""
        return (" " * self.indent + "".join(w.gap + w.text for w in self.words)).rstrip()


def is_comment(token: Token) -> bool:
    """A `#` or `##` comment."""
    return token.kind in ("COMMENT", "DOC")


def align(lines: list[Line]) -> None:
    """Give the words of each lined-up group one column; comments that stand alone keep their distance."""
    groups = sorted(groups_of(lines), key=lambda g: lines[g[0][0]].words[g[0][1]].column)
    for group in groups:
        wanted = {
            at: max(len(lines[at[0]].words[at[1]].gap), lines[at[0]].words[at[1]].blanks) for at in group
        }
        edge = {(i, k): lines[i].start_of(k) - len(lines[i].words[k].gap) for i, k in group}
        column = max(edge[at] + wanted[at] for at in group)
        for i, k in group:
            lines[i].words[k].gap = " " * (column - edge[i, k])


def groups_of(lines: list[Line]) -> list[list[tuple[int, int]]]:
    """Runs of neighbouring lines with equal words in one column of the input, at least one of them set
    off.
    """
    groups: list[list[tuple[int, int]]] = []
    open_groups: dict[tuple[int, str], list[tuple[int, int]]] = {}
    for i, line in enumerate(lines):
        here: dict[tuple[int, str], list[tuple[int, int]]] = {}
        if len(line.words) == 1 and is_comment(line.words[0].token) and not line.blank:
            continue
        plain = not line.blank and not any("\n" in w.text for w in line.words)
        for k, word in enumerate(line.words):
            if k == 0 or word.token.kind not in ALIGNED or word.column < 0:
                continue
            key = (word.column, CLASSES.get(word.token.kind, word.token.kind))
            group = open_groups.get(key, []) if plain else []
            if not group:
                groups.append(group)
            group.append((i, k))
            here[key] = group
        open_groups = here

    def counts(group: list[tuple[int, int]]) -> bool:
        words = [lines[i].words[k] for i, k in group]
        set_off = any(w.blanks > len(w.gap) for w in words)
        return set_off and (len(group) > 1 or is_comment(words[0].token))

    return [g for g in groups if counts(g)]
