"""Mutants of signatures and of structure: types that cannot be those of the body, wires used against the
category, cycles. Ill-typed by construction, as the reference has it, not as the checker does.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from grammar.tree import Node, Token, walk

Change = tuple[str, int, int, str]

TENSOR = {"cartesian", "traced", "closed"}
"""The levels of a file without a category."""
COPYING = {"markov", "cartesian", "closed", "hypergraph"}
ROUND = {"rigid", "pivotal", "compact", "hypergraph", "ribbon"}
SWAPPING = {"symmetric", "markov", "cartesian", "traced", "closed", "compact", "hypergraph"}
STRUCTURE = {
    "a wire used twice": ("(x: {0}) -> {0} @ {0} {{ return x, x }}", COPYING),
    "a wire never used": ("(x: {0}) -> () {{ return }}", COPYING),
    "a copy": (": {0} -> {0} @ {0} = copy[{0}]", COPYING),
    "a discard": (": {0} -> () = discard[{0}]", COPYING),
    "a cup": (": {0} @ {0} -> () = cup[{0}, {0}]", ROUND),
    "a swap": (": {0} @ {0} -> {0} @ {0} = swap[{0}, {0}]", SWAPPING),
    "a spider": (": {0} -> {0} @ {0} = spider[{0}, 1, 2]", {"hypergraph"}),
    "a trace": (": {0} -> {0} = trace[{0}, braid[{0}, {0}]]", (ROUND | {"traced"}) - {"rigid"}),
}
"""A use of each piece of structure, for an object, and the levels that have it (reference, section 4)."""


def changes(tree: Node, axes: set[str]) -> Iterator[Change]:
    """All of them in a file: what is done, and the text from where to where becomes which."""
    items = tree.kids[1]
    assert isinstance(items, Node)
    yield from _in(items, TENSOR, axes)
    if not any(n.kind == "category_decl" for n in items.kids if isinstance(n, Node)):
        yield "a cup of arrays", tree.end, tree.end, "\ndef zz : R[7] @ R[7] -> () = cup[R[7], R[7]]\n"


def _in(items: Node, levels: set[str], axes: set[str]) -> Iterator[Change]:
    """The items of a file or a category, with the levels that hold there."""
    for item in _nodes(items):
        if item.kind == "category_decl":
            parts = {part.kind: part for part in _nodes(item)}
            given = set(_tokens(parts["levels"])) if "levels" in parts else {"symmetric"}
            if "items" in parts:
                yield from _in(parts["items"], given, axes)
            else:
                levels = given
        elif item.kind == "object_decl":
            first = next(iter(_tokens(item)))
            for name, (use, allowed) in STRUCTURE.items():
                if not levels & allowed:
                    text = "\ndef zz" + use.format(first) + "\n"
                    yield f"{name} that the category lacks", item.end, item.end, text
        elif item.kind == "def_pointed":
            yield from _cycle(item)
            yield from _result(item, axes)
            yield from _parameters(item, axes)
        elif item.kind == "def_pointfree":
            yield from _cycle(item)
            yield from _beside(item)


def _nodes(node: Node) -> list[Node]:
    return [kid for kid in node.kids if isinstance(kid, Node)]


def _tokens(node: Node) -> Iterator[str]:
    return (kid.text for part in walk(node) for kid in part.kids if isinstance(kid, Token))


def _cycle(item: Node) -> Iterator[Change]:
    """A definition that is itself."""
    name, generics, params, body = item.kids[0], item.kids[1], item.kids[2], item.kids[-1]
    if generics is not None or not isinstance(body, Node) or not isinstance(name, Token):
        return
    if item.kind == "def_pointfree":
        itself = name.text
    else:
        assert isinstance(params, Node)
        itself = f"{name.text}({', '.join(next(_tokens(p)) for p in _nodes(params))})"
    text = f"= {itself}" if body.kind == "block" else itself
    yield "a definition that is itself", body.start, body.end, text


def _slots(type_: Node) -> list[Node]:
    """The slots of `R[...]` or `[...]`, if they are all names."""
    for part in walk(type_):
        if part.kind == "slots":
            found = _nodes(part)
            return found if type_.kind in ("static_apply", "array") and _plain(found) else []
    return []


def _plain(slots: list[Node]) -> bool:
    return all(s.kind == "name" for s in slots)


def _result(item: Node, axes: set[str]) -> Iterator[Change]:
    """A result type that is not that of the body."""
    result, block = item.kids[3], item.kids[-1]
    slots = _slots(result) if isinstance(result, Node) and "?" not in item.text else []
    if not slots:
        return
    assert isinstance(result, Node)
    bound = (set(_tokens(n)) for n in walk(item) if n.kind in ("generic", "axis_item"))
    own = set().union(*bound)
    stems = {s.text.rstrip("'") for s in slots}
    other = next((a for a in sorted(axes - own) if a.rstrip("'") not in stems), "")
    for slot in slots:
        if slot.text in axes - own and other:
            yield "an axis of the result renamed", slot.start, slot.end, other
    if len(slots) > 1:
        yield "an axis of the result dropped", slots[0].start, slots[1].start, ""
    yield "an axis too many in the result", slots[-1].end, slots[-1].end, ", 7"
    yield "another dtype of the result", result.start, slots[0].start, "c64["
    assert isinstance(block, Node)
    last = [n for n in walk(block) if n.kind == "values" and len(n.kids) == 1]
    if block.kind == "block" and last:
        yield "a wire too many returned", last[-1].end, last[-1].end, f", {last[-1].text}"


def _parameters(item: Node, axes: set[str]) -> Iterator[Change]:
    """Changed types of parameters that the body reads by these very indices."""
    params, body = item.kids[2], item.kids[-1]
    assert isinstance(params, Node)
    assert isinstance(body, Node)
    for param in _nodes(params):
        slots = _slots(_nodes(param)[0]) if _nodes(param) else []
        names = [s.text for s in slots]
        if len(names) < 2 or not set(names) <= axes or not _is_read(next(_tokens(param)), names, body):
            continue
        for a, b in pairwise(slots):
            yield "axes of a parameter swapped", a.start, b.end, f"{b.text}, {a.text}"
        for slot in slots:
            yield "an axis of a parameter resized", slot.start, slot.end, f"{slot.text} + 1"
        yield "an axis of a parameter dropped", slots[0].start, slots[1].start, ""
        yield "an axis too many in a parameter", slots[-1].end, slots[-1].end, ", 7"
        yield "another dtype of a parameter", _nodes(param)[0].start, slots[0].start, "c64["


def _is_read(name: str, slots: list[str], body: Node) -> bool:
    """Whether `name[slots]` stands in the body, and nothing there binds the name anew."""
    written = f"{name}[{','.join(slots)}]"
    reads = any(n.kind == "static_apply" and n.text.replace(" ", "") == written for n in walk(body))
    return reads and not any(n.kind == "target" and next(_tokens(n)) == name for n in walk(body))


def _beside(item: Node) -> Iterator[Change]:
    """`f @ A` without its `A`, where the arrow is written."""
    arrow, body = item.kids[2], item.kids[-1]
    if not isinstance(arrow, Node) or not isinstance(body, Node):
        return
    objects = set(_tokens(_nodes(arrow)[0]))
    for node in walk(body):
        if node.kind == "tensor":
            left, right = _nodes(node)
            if right.kind == "name" and right.text in objects:
                yield "a wire beside dropped", left.end, right.end, ""
