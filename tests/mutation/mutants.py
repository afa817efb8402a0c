"""Mutants that are ill-typed by construction: one change to a correct program, of a kind that cannot be
right.

Each rule yields texts with a word on what was done. The changes go by the syntax tree and by what the file
declares.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from diagram.errors import Source
from grammar.parser import parse
from grammar.tree import Node, Token, walk
from tests.mutation.signatures import changes

FREE = {"concat", "max", "min", "zeros", "ones", "index", "size", "complex", "select", "atan2"}
"""Built-ins that take any number of wires, or none."""


class Mutant(NamedTuple):
    """What was changed where, and the text after it."""

    rule: str
    line: int
    text: str


def mutants(text: str) -> Iterator[Mutant]:
    """All mutants of a program."""
    source = Source("mutant.diag", text)
    tree, problems = parse(source)
    assert not problems
    axes = declared_axes(tree)
    items = tree.kids[1]
    assert isinstance(items, Node)
    tests = [(n.start, n.end) for n in walk(items) if n.kind == "test_decl"]  # these expect what is wrong
    for definition in walk(items):
        if any(start <= definition.start < end for start, end in tests):
            continue
        if definition.kind not in ("def_pointed", "def_pointfree"):
            continue
        local = axes | {t.text for n in walk(definition) if n.kind == "axis_item" for t in n.kids[:1]}
        for node in walk(definition):
            for rule, start, end, new in _changes(node, local, definition):
                yield Mutant(rule, source.position(start)[0], text[:start] + new + text[end:])
    declared = [n for n in items.kids if isinstance(n, Node) and n.kind == "axis_decl"]
    of_file = {n.kids[0].text for top in declared for n in walk(top) if n.kind == "axis_item"}
    for rule, start, end, new in changes(tree, of_file):
        yield Mutant(rule, source.position(start)[0], text[:start] + new + text[end:])


def declared_axes(tree: Node) -> set[str]:
    """Names of the axes of the file."""
    return {item.kids[0].text for item in walk(tree) if item.kind == "axis_item"}


def _changes(node: Node, axes: set[str], home: Node) -> Iterator[tuple[str, int, int, str]]:
    if node.kind == "call":
        yield from _calls(node)
    if node.kind == "static_apply":
        yield from _reads(node, axes, home)
    if node.kind == "then":
        for part in node.kids:
            if isinstance(part, Node) and part.kind == "name":
                yield "a misspelt diagram", part.start, part.end, part.text + "zz"


def _calls(node: Node) -> Iterator[tuple[str, int, int, str]]:
    callee, args = node.kids
    assert isinstance(callee, Node) and isinstance(args, Node)
    name = callee
    while name.kind in ("static_apply", "attr") and isinstance(name.kids[0], Node):
        name = name.kids[0]
    if name.kind != "name":
        return
    if callee.kind != "attr":
        yield "a misspelt callee", name.start, name.end, name.text + "zz"
    if name.text in FREE or any(isinstance(a, Node) and a.kind == "named" for a in args.kids):
        return
    if args.kids:
        last = args.kids[-1]
        assert isinstance(last, Node)
        yield "one argument too many", last.end, last.end, f", {last.text}"
    if len(args.kids) >= 2:
        first, second = args.kids[:2]
        assert isinstance(first, Node) and isinstance(second, Node)
        yield "an argument dropped", first.start, second.start, ""


def _reads(node: Node, axes: set[str], home: Node) -> Iterator[tuple[str, int, int, str]]:
    """Swapped and misspelt indices of reads `X[i, j]` of parameters whose type names its axes."""
    base, static = node.kids
    assert isinstance(base, Node) and isinstance(static, Node)
    slots = static.kids[0]
    assert isinstance(slots, Node)
    plain = [s for s in slots.kids if isinstance(s, Node) and s.kind == "name"]
    if base.kind != "name" or len(plain) != len(slots.kids) or base.text not in _arrays(home, axes):
        return
    for a, b in pairwise(plain):
        if a.text != b.text and a.text in axes and b.text in axes:
            yield "two indices swapped", a.start, b.end, f"{b.text}, {a.text}"
    for slot in plain:
        if slot.text in axes:
            yield "a misspelt index", slot.start, slot.end, slot.text + "zz"
    if len(plain) > 1:
        yield "an index dropped", plain[0].start, plain[1].start, ""
        yield "an index too many", plain[-1].end, plain[-1].end, f", {plain[0].text}"


def _arrays(home: Node, axes: set[str]) -> set[str]:
    """Parameters of a definition that are arrays with named axes."""
    found = set()
    for param in walk(home):
        if param.kind == "param" and len(param.kids) > 1 and isinstance(param.kids[1], Node):
            names = [
                t for n in walk(param.kids[1]) for t in n.kids if isinstance(t, Token) and t.text in axes
            ]
            name = param.kids[0]
            if names and isinstance(name, Token):
                found.add(name.text)
    return found
