"""`parse["Alice loves Bob", goal = S]`: the words side by side, then the cups of their one planar
reduction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from diagram.errors import Span
from diagram.types import Type, Wires, wires_text
from grammar.elab.bending import BendForm
from grammar.elab.closing import domain
from grammar.elab.env import Env, evaluate, fault, kid, word
from grammar.elab.expr import as_form
from grammar.elab.nearest import suggest
from grammar.elab.static import static
from grammar.elab.structure import require
from grammar.elab.typing import turned, type_of
from grammar.elab.values import Form, Text, Value, Wired
from grammar.tree import Node, Token

Pairs = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class ParseForm(Form):
    """A sentence: states of its words, and which of their wires cups join."""

    words: tuple[Form, ...]
    goal: Wires
    node: Node

    @property
    def name(self) -> str:
        return self.node.text

    def arity(self) -> int | None:
        return 0

    def dom(self) -> Wires | None:
        return ()

    def apply(self, env: Env, wires: Wired, node: Node, spans: tuple[Span, ...]) -> Wired:
        frame = env.frame
        made = frame.joined([w.apply(env, Wired(frame, ()), self.node, ()) for w in self.words])
        pairs, rest = self._reduction(made.types, env)
        for i, j in pairs:
            left, right = made.types[i], made.types[j]
            cup = BendForm("cup", left, right, self.node.text)
            cup.apply(env, made.pick((i, j)), self.node, (self.node.span,) * 2)
        return made.pick(rest)

    def _reduction(self, types: Wires, env: Env) -> tuple[Pairs, tuple[int, ...]]:
        """The one planar reduction to the goal. Raises `Fault` E0506 for none or several."""
        count, pairs = reductions(types, self.goal, lambda a, b: turned(a, 1, env) == b)
        if count == 1:
            used = {k for pair in pairs for k in pair}
            return pairs, tuple(k for k in range(len(types)) if k not in used)
        text = f"the types are {wires_text(types)}"
        if count:
            raise fault(
                "E0506",
                f"{self.node.text} has {count} readings",
                self.node,
                "more than one reduction",
                notes=(text,),
            )
        left = wires_text(_stuck(types, env))
        raise fault(
            "E0506",
            f"no reduction of these words gives {wires_text(self.goal)}",
            self.node,
            f"left over: {left}",
            notes=(text, "only A @ A.r and A.l @ A side by side contract"),
        )


def _stuck(types: Wires, env: Env) -> Wires:
    """What is left when neighbours contract from left to right as long as they do."""
    stack: list[Type] = []
    for t in types:
        if stack and turned(stack[-1], 1, env) == t:
            stack.pop()
        else:
            stack.append(t)
    return tuple(stack)


def reductions(types: Wires, goal: Wires, contracts: object) -> tuple[int, Pairs]:
    """How many planar reductions take `types` to `goal`, and the first of them as pairs. O(n^3).

    >>> from diagram.types import Ob
    >>> N, S = Ob("N"), Ob("S")
    >>> verb = (Ob("N", 1), S, Ob("N", -1))
    >>> reductions((N, *verb, N), (S,), lambda a, b: a.name == b.name and b.adjoint == a.adjoint + 1)
    (1, ((0, 1), (3, 4)))
    """
    assert callable(contracts)
    n = len(types)
    fits = [[bool(i < j and contracts(types[i], types[j])) for j in range(n)] for i in range(n)]

    @cache
    def closed(i: int, j: int) -> tuple[int, Pairs]:
        """The reductions of the types i to j - 1 to nothing."""
        if i == j:
            return 1, ()
        return _sum([(k, closed(i + 1, k), closed(k + 1, j)) for k in range(i + 1, j) if fits[i][k]], i)

    @cache
    def to_goal(i: int, m: int) -> tuple[int, Pairs]:
        """Those of the types from i on to the goal from m on."""
        if i == n:
            return (1, ()) if m == len(goal) else (0, ())
        count, first = _sum(
            [(k, closed(i + 1, k), to_goal(k + 1, m)) for k in range(i + 1, n) if fits[i][k]], i
        )
        if m < len(goal) and types[i] == goal[m]:
            more, other = to_goal(i + 1, m + 1)
            return count + more, first if count else other
        return count, first

    return to_goal(0, 0)


def _sum(options: Sequence[tuple[int, tuple[int, Pairs], tuple[int, Pairs]]], i: int) -> tuple[int, Pairs]:
    """All ways together, and the first as pairs: i with k, then what is inside and behind."""
    good = [(k, a, b) for k, a, b in options if a[0] and b[0]]
    if not good:
        return 0, ()
    k, inside, behind = good[0]
    return sum(a[0] * b[0] for _, a, b in good), ((i, k), *inside[1], *behind[1])


def parse(slots: tuple[Node, ...], node: Node, env: Env) -> Value:
    """How `parse["...", goal = S]` is read. Raises `Fault` E0201, E0302, E0324."""
    named = {word(s): kid(s, 1) for s in slots if s.kind == "named"}
    plain = [s for s in slots if s.kind != "named"]
    if len(plain) != 1 or set(named) != {"goal"}:
        raise fault(
            "E0302", "`parse` takes a string and a goal", node, help='parse["Alice sleeps", goal = S]'
        )
    text = static(plain[0], env)
    if not isinstance(text, Text):
        raise fault("E0308", f"`{plain[0].text}` is not a string", plain[0])
    goal = type_of(named["goal"], env)
    require(env, "cup", "E0324", "parse", node, goal)
    words = tuple(_word(w, plain[0], env) for w in text.value.split())
    return ParseForm(words, goal, node)


def _word(text: str, node: Node, env: Env) -> Form:
    """A word as a state."""
    at = node.source.text.find(text, node.start, node.end)
    name = Node("name", (Token("NAME", text, at, at + len(text)),), at, at + len(text), node.source)
    value = env.find(text)
    if value is None:
        near = suggest(text, list(env.visible()))
        raise fault(
            "E0201", f"there is no word `{text}`", name, help=f"did you mean `{near}`?" if near else ""
        )
    form = as_form(evaluate(name, env), name)
    if domain(form) != ():
        raise fault("E0302", f"the word `{text}` has inputs", name, help="a word is a box `() -> ...`")
    return form
