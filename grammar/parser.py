"""Source to tree and all its syntax errors, at most one an item: after an error the parser goes on at the
next item.

What an error is called and how it is repaired is decided in `grammar.mistakes`.
"""

from __future__ import annotations

from bisect import bisect_left

from diagram.errors import Diagnostic, Source, Span
from grammar.automaton import Run, replay
from grammar.lexer import lex
from grammar.mistake import DECLARATIONS, EXPRESSION_ENDS, Mistake
from grammar.mistakes import diagnose
from grammar.tables import TABLES
from grammar.tree import Node, Token

CHARACTER_LIMIT = 4_000_000
TOKEN_LIMIT = 200_000

HEADS = DECLARATIONS - {"AXIS", "LEARN", "IMPORT"}
"""Those that are no statement, and no part of another item."""


def parse(source: Source) -> tuple[Node, list[Diagnostic]]:
    """The tree of a file (kind `start`, see `grammar.tree`) and its syntax errors in the order of the text.

    Linear in the length of the text. An item with an error becomes an `error` node. Codes E0004 to E0008
    and E01xx.

    >>> tree, errors = parse(Source("a.diag", "object A, B"))
    >>> tree.kids[1], errors
    (<items 0..11>, [])
    """
    if len(source.text) > CHARACTER_LIMIT:
        return Node("start", (None, Node("items", (), 0, 0, source)), 0, 0, source), [file_too_large(source)]
    lexed = lex(source)
    run = Run(source, lexed)
    diagnostics = lexed.problems
    while (tree := run.go()) is None:
        diagnostics.append(recover(run))
    if len(run.tokens) > TOKEN_LIMIT:
        diagnostics += long_items(tree, run.tokens)
    diagnostics.sort(key=lambda d: d.span.start if d.span else 0)
    return tree, diagnostics


def recover(run: Run) -> Diagnostic:
    """Diagnose the word that does not fit, put an `error` node for its item, and move to the next item."""
    reopen(run)
    context = max(i for i, state in enumerate(run.states) if state in TABLES.contexts)
    begin = run.at if context == len(run.states) - 1 else index_of(run.tokens, run.starts[context])
    run.at = earlier_item(run, begin)
    nested = sum(isinstance(v, Token) and v.kind == "{" for v in run.values[:context])
    end, closers = resume(run, begin, nested)
    bad = run.at
    states = replay(run.states[: context + 1], run.tokens[begin:bad])
    problem = diagnose(Mistake.at_word(run.source, run.tokens, states, begin, bad, end, run.deep))
    run.cut(context)
    item = run.values[-1].pop() if bad > begin and run.settle(begin) else None
    run.cut(context)
    if item is not None and not belongs(run, begin, bad):
        append(run, item)
    else:
        append(run, error_node(run, begin, max(bad, begin + 1), end, item))
    close_categories(run, end, closers)
    return problem


def close_categories(run: Run, end: int, closers: int) -> None:
    """Go on at word `end` as if so many `}` stood before it: they take the places of words that are read
    already.
    """
    run.at = end - closers
    at = run.tokens[end - 1].end
    run.tokens[run.at : end] = [Token("}", "", at, at)] * closers


def reopen(run: Run) -> None:
    """Undo the reduction of a list of items, so that it can go on: a wrong word may have closed it."""
    top = run.values[-1] if run.values else None
    if isinstance(top, Node) and top.kind == "items":
        run.states.pop()
        run.values.pop()
        start = run.starts.pop()
        if top.kids:
            run.states.append(TABLES.gotos[run.states[-1]][TABLES.items])
            run.values.append(list(top.kids))
            run.starts.append(start)


def append(run: Run, item: Node) -> None:
    """Add an item to the list of items on top of the stack, or start one."""
    if run.values and isinstance(run.values[-1], list):
        run.values[-1].append(item)
    else:
        run.states.append(TABLES.gotos[run.states[-1]][TABLES.items])
        run.values.append([item])
        run.starts.append(item.start)


def earlier_item(run: Run, begin: int) -> int:
    """The index of the bad word, or of an item that starts in column 1 before it: the parser ran past its
    head.
    """
    for i in range(begin + 1, run.at):
        token = run.tokens[i]
        if token.kind in HEADS and starts_line(run, i) and run.source.position(token.start)[1] == 1:
            return i
    return run.at


def index_of(tokens: list[Token], start: int) -> int:
    """The index of the word that starts at this offset."""
    return bisect_left(tokens, start, key=lambda t: t.start)


def belongs(run: Run, begin: int, bad: int) -> bool:
    """Is the wrong word part of the item that starts at `begin`, or does it stand in a line of its own
    behind it?
    """
    first, word = run.tokens[begin], run.tokens[bad]
    if word.kind in (")", "]", "}", "END"):
        return False
    column = run.source.position
    return not starts_line(run, bad) or column(word.start)[1] > column(first.start)[1]


def starts_line(run: Run, index: int) -> bool:
    """Is this word the first of its line?"""
    return index == 0 or "\n" in run.source.text[run.tokens[index - 1].end : run.tokens[index].start]


def resume(run: Run, begin: int, nested: int) -> tuple[int, int]:
    """Where to go on: the index of the next item, and how many category bodies end before it.

    The next item starts with a reserved word in column 1, or first in its line outside all braces of this
    item, or outside all its brackets. The `}` of the category around it ends the search too.
    """
    tokens, braces, others = run.tokens, 0, 0
    for i in range(begin, len(tokens)):
        kind = tokens[i].kind
        if kind == "END":
            return i, nested
        if i > begin and i >= run.at and kind in DECLARATIONS:
            first = starts_line(run, i)
            apart = others <= 0 and kind != "IMPORT" and tokens[i - 1].kind in (*EXPRESSION_ENDS, "}")
            margin = first and run.source.position(tokens[i].start)[1] == 1
            if braces <= 0 and (first or apart) and not (margin and kind == "CATEGORY"):
                return i, 0
            if margin:
                return i, nested
        if kind == "{":
            braces += 1
        elif kind == "}":
            if braces <= 0 and nested and i >= run.at:
                return i, 0
            braces -= 1
        elif kind in ("(", "["):
            others += 1
        elif kind in (")", "]"):
            others -= 1
    raise AssertionError("the words end with END")


def error_node(run: Run, begin: int, bad: int, end: int, item: Node | None) -> Node:
    """`error`: the keyword, the names that the item would declare, the item as far as it was understood."""
    tokens = run.tokens[begin:end]
    first = run.tokens[begin]
    keyword = first if first.kind in DECLARATIONS else None
    stop = max(first.end, run.tokens[end - 1].end if end > begin else first.end)
    declared = tuple(names(tokens)) if keyword else ()
    group = Node("names", declared, first.start, stop, run.source)
    node = Node("error", (keyword, group, item), first.start, stop, run.source)
    node.docs = run.docs.get(first.start, ())
    return node


def names(tokens: list[Token]) -> list[Token]:
    """The names that the words of a broken item seem to declare."""
    lists = tokens[0].kind in ("OBJECT", "AXIS", "LEARN")
    found, depth, wanted = [], 0, tokens[0].kind != "FROM"
    for token in tokens[1:]:
        if token.kind == "NAME" and wanted and depth == 0:
            found.append(token)
            wanted = False
        elif token.kind in ("AS", "IMPORT") or (
            token.kind == "," and depth == 0 and (lists or tokens[0].kind == "FROM")
        ):
            if token.kind == "AS" and found:
                found.pop()
            wanted = True
        elif token.kind in ("(", "[", "{"):
            depth += 1
        elif token.kind in (")", "]", "}"):
            depth -= 1
        elif token.kind in (":", "WITH") or (not lists and tokens[0].kind not in ("FROM", "IMPORT")):
            break
    return found


def file_too_large(source: Source) -> Diagnostic:
    """E0004."""
    return Diagnostic(
        "E0004",
        f"this file has {len(source.text):,} characters, the limit is {CHARACTER_LIMIT:,}",
        Span(source, 0, 0),
        help="split it into modules, and put numbers into data files read by `load`",
    )


def long_items(tree: Node, tokens: list[Token]) -> list[Diagnostic]:
    """E0005 for every item of too many words."""
    found = []
    todo = [tree.kids[1]]
    while todo:
        items = todo.pop()
        assert isinstance(items, Node)
        for item in items.kids:
            assert isinstance(item, Node)
            if item.kind == "category_decl" and item.kids[3] is not None:
                todo.append(item.kids[3])
                continue
            first = index_of(tokens, item.start)
            count = index_of(tokens, item.end) - first
            if count > TOKEN_LIMIT:
                span = Span(item.source, item.start, tokens[min(first + 1, len(tokens) - 1)].end)
                message = f"this definition has {count:,} words and signs, the limit is {TOKEN_LIMIT:,}"
                found.append(
                    Diagnostic(
                        "E0005", message, span, "starts here", help="split it into several definitions"
                    )
                )
    return found
