"""Remarks that are made only when asked for: W0215, axes matched by convenience; W0216, a shifted read.

`listening` collects what elaboration remarks while it lasts; nothing is kept otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

from diagram.errors import Diagnostic, Span
from diagram.sizes import Size
from diagram.types import Axis
from grammar.elab.env import Env, fault, kid
from grammar.tree import Node

Pairs = dict[tuple[Axis, Axis], int]


class Heard:
    """What was remarked: axes of calls, gathered over their arguments, and finished remarks."""

    def __init__(self) -> None:
        self.calls: dict[Span, tuple[str, Node, Pairs]] = {}
        self.others: dict[Span, Diagnostic] = {}

    def remarks(self) -> list[Diagnostic]:
        """All, in the order of the text."""
        found = [_loose(*call) for call in self.calls.values()] + list(self.others.values())
        return sorted(found, key=lambda d: d.span.start if d.span is not None else 0)


_HEARD: ContextVar[Heard | None] = ContextVar("lint", default=None)


@contextmanager
def listening() -> Iterator[Heard]:
    """Collect remarks while it lasts."""
    heard = Heard()
    token = _HEARD.set(heard)
    try:
        yield heard
    finally:
        _HEARD.reset(token)


HOW = {3: "by their stem", 4: "as the only ones left", 5: "in declared order, without names"}
"""The rules of section 8 that need no name."""


def loose(callee: str, node: Node, pairs: Sequence[tuple[Axis, Axis, int]]) -> None:
    """Axes of one argument that rules 3 to 5 matched: the definition's, the caller's, and which rule."""
    heard = _HEARD.get()
    if heard is not None and callee:
        known = heard.calls.setdefault(node.span, (callee, node, {}))[2]
        for formal, actual, rule in pairs:
            known.setdefault((formal, actual), rule)


def _loose(callee: str, node: Node, pairs: Pairs) -> Diagnostic:
    """W0215 for a call."""
    named = [(f, a) for f, a in pairs if f.name and a.name]
    text = ", ".join(f"{f.name or f.size} = {a.name or a.size}" for f, a in pairs)
    called = kid(node, 0) if node.kind == "call" else node
    written = f"{callee}[{', '.join(f'{f.name} = {a.name}' for f, a in named)}]"
    plain = called.kind == "name" and len(named) == len(pairs)
    return _made(
        "W0215",
        f"`{callee}` matches axes {HOW[min(pairs.values())]}: {text}",
        node,
        "the definition's = the caller's",
        f"write `{written}`" if plain else "write the names at the call",
        ((called, written),) if plain else (),
    )


def shifted(node: Node, own: bool, offset: Size, axis: Axis, env: Env) -> None:
    """W0216 for `Ws[L - 1]` where L is the read axis itself and has a size of its own."""
    info = env.find_axis(axis.name) if axis.name else None
    heard = _HEARD.get()
    if heard is None or not own or offset != -1 or info is None:
        return
    if info.expr is None and (info.size is None or info.size.constant is None):
        return
    heard.others[node.span] = _made(
        "W0216",
        f"`{node.text}` is a shifted read of `{axis.name}`, not its last entry",
        node,
        "inside a read a name is a position",
        f"the last entry is `size[{axis.name}] - 1`; a shift is clearer with an index of its own",
        (),
    )


def _made(
    code: str, message: str, node: Node, label: str, help: str, edits: tuple[tuple[Node, str], ...]
) -> Diagnostic:
    made = fault(code, message, node, label, help=help, edits=edits).diagnostic
    assert made is not None
    return made
