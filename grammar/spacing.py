"""How many blanks stand between two words of one line: the formatter's rules, from the words and the tree."""

from __future__ import annotations

from dataclasses import dataclass, field

from diagram.errors import Source
from grammar.automaton import DOCUMENTED
from grammar.lexer import CONTEXTUAL
from grammar.tree import Node, Token, walk

STRUCTURAL = DOCUMENTED | {"option", "edition"}
"""The kinds of nodes that start a line of their own when their block is spread over lines."""

ELASTIC = frozenset(("*", "/", "//", "%", "**"))
"""Operators that are written tight or with blanks, as the author likes."""

SPACED = frozenset(
    ("+", "-", "@", ">>", "|", "=", "->", "==", "!=", "<", ">", "<=", ">=", "~=", "=>", "+=", ":")
)
OPENERS = frozenset(("(", "[", "{"))
CALLABLE = CONTEXTUAL | frozenset(
    ("NAME", ")", "]", "}", "FN", "SCAN", "EINSUM", "REARRANGE", "REDUCE", "REPEAT", "STRING")
)
"""What a bracket touches."""

SIGNED = frozenset(("generic", "justification"))
"""The kinds that may start with a sign."""

TYPED = frozenset(("param", "port", "generic", "feedback_stmt"))
"""The kinds whose `:` touches the name before it."""


@dataclass(frozen=True, slots=True)
class Places:
    """Offsets in the source where the tree decides: starts of statements and items, unary signs, tight
    colons, the braces of einops patterns, and groups of axes."""

    structural: set[int] = field(default_factory=set)
    items: set[int] = field(default_factory=set)
    prefix: set[int] = field(default_factory=set)
    touching: set[int] = field(default_factory=set)
    pattern_words: set[int] = field(default_factory=set)
    braces: set[int] = field(default_factory=set)
    groups: set[int] = field(default_factory=set)


def places_of(tree: Node, tokens: list[Token]) -> Places:
    """Read off a tree what the words alone do not tell."""
    places = Places()
    for node in walk(tree):
        if node.kind in STRUCTURAL:
            places.structural.add(node.start)
        if node.kind == "items":
            places.items.update(kid.start for kid in node.kids if kid is not None)
        elif node.kind in ("neg", "splat") or (node.kind in SIGNED and node.kids[0] is not None):
            places.prefix.add(node.start)
        elif node.kind == "axis_op":
            places.pattern_words.add(node.start)
        elif node.kind in ("axis_group", "group"):
            places.groups.add(node.start)
        if node.kind in TYPED:
            name = node.kids[1 if node.kind == "generic" else 0]
            assert isinstance(name, Token)
            places.touching.add(name.end)
    pattern_braces(tokens, places)
    return places


def pattern_braces(tokens: list[Token], places: Places) -> None:
    """Find the `{` and `}` that belong to `einsum{...}` and its like."""
    stack: list[bool] = []
    waiting: list[int] = []
    for token in tokens:
        if token.start in places.pattern_words and token.kind != "(":
            waiting.append(len(stack))
        if token.kind in OPENERS:
            pattern = token.kind == "{" and bool(waiting) and waiting[-1] == len(stack)
            if pattern:
                waiting.pop()
                places.braces.add(token.start)
            stack.append(pattern)
        elif token.kind in (")", "]", "}") and stack.pop():
            places.braces.add(token.start)


def is_tight(source: Source, token: Token) -> bool:
    """Did the author write this operator without blanks around it?"""
    text = source.text
    return not text[token.start - 1 : token.start].isspace() and not text[token.end : token.end + 1].isspace()


def gap(source: Source, places: Places, before: Token, after: Token) -> str:
    """The blanks between two neighbours in a line."""
    prefix = before.start in places.prefix
    if before.kind in ("(", "[", ".", "?", "..") or prefix:
        return ""
    if after.kind in (")", "]", ",", ";"):
        return ""
    if before.kind in ELASTIC:
        return "" if is_tight(source, before) else " "
    if after.kind in ELASTIC and after.start not in places.prefix:
        return "" if is_tight(source, after) else " "
    if before.kind == "{" or after.kind == "}":
        return brace_gap(places, before, after)
    if after.kind in (".", ".."):
        return " " if before.kind in ("IMPORT", "FROM") else ""
    if after.kind == ":":
        return "" if before.end in places.touching else " "
    if before.kind in SPACED:
        return " "
    if after.kind in ("(", "["):
        return "" if before.kind in CALLABLE and after.start not in places.groups else " "
    if after.kind == "{":
        return "" if after.start in places.braces else " "
    if after.start in places.structural and before.kind not in (",", ";"):
        return "  "
    return " "


def brace_gap(places: Places, before: Token, after: Token) -> str:
    """The blanks inside braces: none in a pattern and in empty braces, one in a block."""
    brace = before if before.kind == "{" else after
    if before.kind == "{" and after.kind == "}":
        return ""
    if brace.start in places.braces:
        return " " if before.kind == "->" else ""
    return " "
