"""What is known where the parser stopped: the `Mistake` that every rule of `grammar.mistakes` looks at."""

from __future__ import annotations

from dataclasses import dataclass

from diagram.errors import Diagnostic, Edit, Label, Source, Span
from grammar.automaton import Run, accepts
from grammar.lexer import lex
from grammar.tables import TABLES
from grammar.tree import Token

PAIRS = {"(": ")", "[": "]", "{": "}"}
CLOSERS = {closer: opener for opener, closer in PAIRS.items()}

EXPRESSION_ENDS = frozenset(("NAME", "INT", "NUMBER", "QUANTITY", "STRING", "TRUE", "FALSE", ")", "]"))
EXPRESSION_STARTS = frozenset(("NAME", "INT", "NUMBER", "QUANTITY", "STRING", "TRUE", "FALSE", "?", "SCAN"))

REPAIR_LIMIT = 50_000
"""Items with more characters get no edits: each edit is tried by parsing the item again."""

DECLARATIONS = frozenset(
    """IMPORT FROM CATEGORY OBJECT TYPE AXIS LEARN BOX DEF LENS OPTIC RELATION FUNCTOR RULE THEOREM STYLE
    FIGURE TEST""".split()
)
"""The words that start an item."""


@dataclass(frozen=True, slots=True)
class Brackets:
    """The brackets of an item: partners both ways, and the openers and closers that have none."""

    closer: dict[int, int]
    opener: dict[int, int]
    unclosed: tuple[int, ...]
    stray: tuple[int, ...]


def brackets_of(tokens: list[Token], first: int, stop: int) -> Brackets:
    """The brackets of `tokens[first:stop]`, in one pass.

    A closer that does not fit the innermost opener closes an outer one if it can; those in between have no
    partner.
    """
    closer: dict[int, int] = {}
    stack: list[int] = []
    unclosed: list[int] = []
    stray: list[int] = []
    count = dict.fromkeys(PAIRS, 0)
    for i in range(first, stop):
        kind = tokens[i].kind
        if kind in PAIRS:
            stack.append(i)
            count[kind] += 1
        elif kind in CLOSERS:
            if not count[CLOSERS[kind]]:
                stray.append(i)
                continue
            while (top := tokens[stack[-1]].kind) != CLOSERS[kind]:
                count[top] -= 1
                unclosed.append(stack.pop())
            count[top] -= 1
            closer[stack.pop()] = i
    opener = {c: o for o, c in closer.items()}
    return Brackets(closer, opener, tuple(sorted(unclosed + stack)), tuple(stray))


@dataclass(frozen=True, slots=True)
class Mistake:
    """The word `tokens[bad]` does not fit, in the item `tokens[begin:end]`.

    `states` are those of the automaton in front of the bad word; `deep` says that only the nesting is at
    fault.
    """

    source: Source
    tokens: list[Token]
    states: list[int]
    begin: int
    bad: int
    end: int
    deep: bool
    brackets: Brackets

    @classmethod
    def at_word(
        cls,
        source: Source,
        tokens: list[Token],
        states: list[int],
        begin: int,
        bad: int,
        end: int,
        deep: bool,
    ) -> Mistake:
        """Look at the brackets of the item once for all rules."""
        return cls(source, tokens, states, begin, bad, end, deep, brackets_of(tokens, begin, end))

    @property
    def word(self) -> Token:
        """The word that does not fit."""
        return self.tokens[self.bad]

    @property
    def first(self) -> Token:
        """The first word of the item."""
        return self.tokens[self.begin]

    def at(self, index: int) -> Token:
        """A word of the item; an empty one outside it."""
        inside = self.begin <= index < len(self.tokens)
        return self.tokens[index] if inside else Token("", "", self.word.start, self.word.start)

    def accepts(self, *kinds: str) -> bool:
        """Could these words stand here instead?"""
        return accepts(self.states, *kinds)

    def span(self, first: int, last: int | None = None) -> Span:
        """From one word to another."""
        return Span(self.source, self.at(first).start, self.at(first if last is None else last).end)

    def text(self, first: int, last: int) -> str:
        """The text from one word to another, as written."""
        return self.span(first, last).text

    def gap(self, index: int) -> str:
        """The text between a word and the one before."""
        return self.source.text[self.at(index - 1).end : self.at(index).start] if index > 0 else "\n"

    def starts_line(self, index: int) -> bool:
        """Is this word the first of its line?"""
        return index == 0 or "\n" in self.gap(index)

    def insert(self, index: int, text: str) -> Edit:
        """Put `text` right after a word."""
        end = self.at(index).end
        return Edit(Span(self.source, end, end), text)

    def replace(self, first: int, last: int, text: str) -> Edit:
        """Put `text` in the place of the words `first..last`."""
        return Edit(self.span(first, last), text)

    def repairs(self, edits: tuple[Edit, ...]) -> bool:
        """Does the item parse with these edits?"""
        start, stop = self.first.start, self.at(self.end).start
        if stop - start > REPAIR_LIMIT or any(e.span.start < start or e.span.end > stop for e in edits):
            return False
        text = self.source.text[start:stop]
        for edit in sorted(edits, key=lambda e: e.span.start, reverse=True):
            text = text[: edit.span.start - start] + edit.text + text[edit.span.end - start :]
        return well_formed(text)

    def error(
        self,
        code: str,
        message: str,
        span: Span,
        label: str,
        *,
        labels: tuple[Label, ...] = (),
        notes: tuple[str, ...] = (),
        help: str = "",
        edits: tuple[Edit, ...] = (),
        certain: bool = False,
    ) -> Diagnostic:
        """A diagnostic whose edits are dropped if the item does not parse with them."""
        good = bool(edits) and self.repairs(edits)
        kept = edits if good else ()
        return Diagnostic(code, message, span, label, labels, notes, help, kept, certain and good)


def well_formed(text: str) -> bool:
    """Does this text parse without an error?"""
    source = Source("", text)
    lexed = lex(source)
    return not lexed.problems and Run(source, lexed).go() is not None


def operand_start(m: Mistake, last: int) -> int:
    """Where the postfix expression that ends with word `last` starts: `f[x](y)`, `a.b`, `x`."""
    i = last
    while True:
        i = m.brackets.opener.get(i, i)
        before, here = m.at(i - 1), m.at(i)
        if here.kind in PAIRS and before.kind in (*EXPRESSION_ENDS, "SCAN") and not m.starts_line(i):
            i -= 1
        elif here.kind == "NAME" and before.kind == "." and i - 2 > m.begin:
            i -= 2
        else:
            return i


def operand_end(m: Mistake, first: int) -> int:
    """Where the postfix expression that starts with word `first` ends."""
    closed = m.brackets.closer
    i = closed.get(first, first)
    while True:
        after = m.at(i + 1)
        if after.kind in ("(", "[") and i + 1 in closed:
            i = closed[i + 1]
        elif after.kind == "." and m.at(i + 2).kind == "NAME":
            i += 2
        else:
            return i


def is_reserved(token: Token) -> bool:
    """Is the word reserved everywhere?"""
    return token.text in TABLES.reserved and token.kind != "STRING"
