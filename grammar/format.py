"""The formatter `diag fmt`: prints the words again, with the author's line breaks, one indent and one
spacing.

It never moves a word or a comment past another; it breaks lines over 110 columns and joins none.
"""

from __future__ import annotations

from diagram.errors import DiagramError, Source
from grammar.alignment import Line, Word, align, is_comment
from grammar.lexer import Lexed, lex
from grammar.parser import parse
from grammar.spacing import OPENERS, Places, gap, places_of
from grammar.tree import Token

WIDTH = 110
INDENT = 2
TAB = 4
ROUNDS = 8


def format_source(text: str, path: str = "") -> str:
    """The text in its one layout. Idempotent; the tree and all comments stay. Raises E00xx, E01xx if it
    does not parse.

    >>> format_source("box  f:A->B\\ndef g(x:A)->B{return f( x )}")
    'box f : A -> B\\ndef g(x: A) -> B { return f(x) }\\n'
    """
    for _ in range(ROUNDS):
        text, again = printed(Source(path, text))
        if not again:
            break
    return text


def printed(source: Source) -> tuple[str, bool]:
    """One round: the new text, and whether a long line was broken, whose parts then find their place as
    lines do.
    """
    tree, problems = parse(source)
    if problems:
        raise DiagramError.of(problems)
    lexed = lex(source)
    lines = Layout(source, lexed, places_of(tree, lexed.tokens)).lines()
    parts = [part for line in lines for part in broken(line)]
    align(parts)
    out = "\n".join("\n" * line.blank + line.text() for line in parts)
    return (out + "\n" if out else ""), len(parts) > len(lines)


def merged(lexed: Lexed) -> list[Token]:
    """Words and comments in the order of the text, without the end."""
    out: list[Token] = []
    at = 0
    for before, comment in lexed.comments:
        out += [*lexed.tokens[at:before], comment]
        at = before
    return out + lexed.tokens[at:-1]


class Layout:
    """One walk over the words: where lines start and how far they are indented. Lives inside `format_source`.

    `base` is the indent of the statement that is being printed, `written` the one it has in the input;
    `blocks` keeps both for each open bracket. What stands in a bracket is indented by `INDENT` more than
    the statement around it.
    """

    __slots__ = ("base", "blocks", "comments", "pieces", "places", "source", "written")

    def __init__(self, source: Source, lexed: Lexed, places: Places) -> None:
        self.source = source
        self.places = places
        self.pieces = merged(lexed)
        self.blocks: list[tuple[int, int]] = [(-INDENT, 0)]
        self.base = 0
        self.written = 0

    def lines(self) -> list[Line]:
        """All lines, each word with its blanks."""
        out: list[Line] = []
        before: Token | None = None
        for i, token in enumerate(self.pieces):
            between = self.source.text[before.end if before else 0 : token.start]
            if before is None or self.starts_line(before, token, between):
                blank = (
                    before is not None
                    and between.count("\n") > 1
                    and before.kind != "{"
                    and token.kind != "}"
                )
                out.append(Line(self.indent(i, token), blank))
                words = ""
            elif is_comment(token):
                words = "  "
            else:
                words = gap(self.source, self.places, before, token)
            out[-1].words.append(Word(token, words, self.column(token.start), len(between)))
            if token.kind in OPENERS:
                self.blocks.append((self.base, self.written))
            elif token.kind in (")", "]", "}"):
                self.base, self.written = self.blocks.pop()
            before = token
        return out

    def starts_line(self, before: Token, token: Token, between: str) -> bool:
        """Where the author broke the line, after a comment, and before an item at the top."""
        top = len(self.blocks) == 1 and token.start in self.places.items
        return "\n" in between or is_comment(before) or top

    def column(self, offset: int) -> int:
        """The column of an offset in the input, tabs spread."""
        start = self.source.text.rfind("\n", 0, offset) + 1
        return len(self.source.text[start:offset].expandtabs(TAB))

    def indent(self, index: int, token: Token) -> int:
        """The indent of a line that starts with this word: that of its block, or further in if it
        continues.
        """
        following = token
        while is_comment(following) and (index := index + 1) < len(self.pieces):
            following = self.pieces[index]
        opens = following.start in self.places.structural or is_comment(following)
        if opens or (following.kind == "}" and is_comment(token)):
            self.base = self.blocks[-1][0] + INDENT
            self.written = self.column(token.start)
            return self.base
        if token.kind in (")", "]", "}"):
            return self.blocks[-1][0]
        return self.base + max(INDENT, self.column(token.start) - self.written)


BREAKS = frozenset((">>", "->", "|", "==", "+", "-", "WHERE", "WITH", "BY", "ELSE", "@", "*"))
"""The words before which a long line may be broken; it may also be broken behind a comma and behind `=`."""


def broken(line: Line) -> list[Line]:
    """A line of code over the width as several: broken outside as many brackets as possible, as late as
    possible.
    """
    words, starts, indent = line.words, [0], line.indent
    while too_wide(words, starts[-1], indent) and (at := best_break(words, starts[-1], indent)):
        words[at].gap, indent = "", line.indent + 2 * INDENT
        starts.append(at)
    line.words, *rest = [words[a:b] for a, b in zip(starts, [*starts[1:], len(words)], strict=True)]
    for word in words[len(line.words) :]:
        word.column = -1
    return [line, *(Line(indent, False, later) for later in rest)]


def too_wide(words: list[Word], start: int, indent: int) -> bool:
    """Whether the words from `start` on, without a comment at the end, need more columns than there are."""
    stop = len(words)
    if stop - start > 1 and is_comment(words[-1].token):
        stop -= 1
    width = indent
    for k in range(start, stop):
        width += len(words[k].gap) + len(words[k].text)
        if width > WIDTH:
            return True
    return False


def best_break(words: list[Word], start: int, indent: int) -> int:
    """The index of the word that had better start the line after that from `start`; 0 if there is none."""
    best, least, depth = 0, 1 << 30, 0
    width = indent
    for k in range(start, len(words)):
        word = words[k]
        before = words[k - 1].token.kind if k > start else ""
        kind = word.token.kind
        width += len(word.gap) + len(word.text)
        if kind in (")", "]", "}"):
            depth -= 1
        apart = word.gap != "" and not is_comment(word.token)
        fits = width - len(word.text) <= WIDTH
        if k > start + 1 and fits and depth <= least and apart and (kind in BREAKS or before in (",", "=")):
            best, least = k, depth
        if kind in OPENERS:
            depth += 1
        if width > WIDTH:
            break
    return best
