"""The automaton: shifts and reduces over the shipped LALR tables, without recursion, until a word does not
fit.

What happens then is the business of `grammar.parser` (where to go on) and `grammar.mistakes` (what to say).
"""

from __future__ import annotations

from typing import Any

from diagram.errors import Source
from grammar.lexer import CONTEXTUAL, Lexed
from grammar.tables import GROW, HAND_ON, LIST, PLAIN, TABLES, Rule
from grammar.tree import Node, Token

NESTING_LIMIT = 200

DOCUMENTED = frozenset(
    """import_module import_names category_decl object_decl type_decl axis_decl learn_weight learn_part
    box_decl def_pointfree def_pointed lens_decl lens_part optic_decl optic_part relation_decl rel_wire
    rel_atom functor_decl map_axis map_object map_box map_learn map_include rule_decl theorem_decl
    proof_step style_decl style_set style_rule style_align style_above figure_decl test_decl assert_type
    assert_compare assert_close forall_stmt expect_stmt bind write axis_stmt for_stmt scan_stmt
    emit_stmt feedback_stmt next_stmt region_stmt return_stmt""".split()
)
"""The kinds that carry doc comments."""

_after_units: dict[tuple[int, int, str], int] = {}
"""(state below, state, word) -> state after all reductions of one part to one part. An expression passes
up to thirteen levels of precedence; remembering where the climb ends makes the parser twice as fast."""


class Run:
    """One run over one text: the stacks, the words, and `at`, the word to read next."""

    __slots__ = ("at", "deep", "docs", "opens", "source", "starts", "states", "stop", "tokens", "values")

    def __init__(self, source: Source, lexed: Lexed) -> None:
        self.source = source
        self.tokens = lexed.tokens
        self.docs = docs_by_start(lexed)
        self.at = 0
        self.states = [0]
        self.values: list[Any] = []
        self.starts: list[int] = []
        self.opens: list[int] = []
        self.deep = False
        self.stop = -1

    def go(self) -> Node | None:
        """Shift and reduce until the file is read, or `None` at a word that does not fit (`tokens[at]`).

        One long loop over local names: each call it would be split into costs a tenth of the speed.
        """
        actions, gotos, rules, nesting = TABLES.actions, TABLES.gotos, TABLES.rules, TABLES.nesting
        states, values, starts, tokens = self.states, self.values, self.starts, self.tokens
        climbs, docs = _after_units, self.docs
        at = self.at
        token = tokens[at]
        kind = token.kind
        end = tokens[at - 1].end if at else 0
        state = states[-1]
        while True:
            act = actions[state].get(kind)
            if act is None:
                if kind not in CONTEXTUAL or "NAME" not in actions[state]:
                    self.at = at
                    return None
                kind = "NAME"
                token = Token(kind, token.text, token.start, token.end)
                continue
            if act >= 0:
                if at == self.stop or (act in nesting and self.too_deep()):
                    self.at = at
                    return None
                state = act
                states.append(act)
                values.append(token)
                starts.append(token.start)
                end = token.end
                at += 1
                token = tokens[at]
                kind = token.kind
                if kind in CONTEXTUAL and kind not in actions[state]:
                    kind = "NAME"
                    token = Token(kind, token.text, token.start, token.end)
                continue
            rule = rules[~act]
            if rule.unit:
                key = (states[-2], state, kind)
                if key not in climbs:
                    climbs[key] = climb(*key)
                states[-1] = state = climbs[key]
                continue
            length, make = rule.length, rule.make
            if length:
                parts = values[-length:]
                del values[-length:], states[-length:], starts[1 - length or len(starts) :]
                start = min(starts[-1], end)
            else:
                parts, start = [], end
                starts.append(token.start)
            value: Any  # a node, a token, or a list of them
            if make == PLAIN:
                value = Node(rule.kind, tuple([parts[i] for i in rule.taken]), start, end, self.source)
                if docs and rule.kind in DOCUMENTED:
                    value.docs = docs.get(start, ())
            elif make == HAND_ON:
                value = parts[rule.taken[0]]
            elif make == GROW:
                value = parts[0]
                value += [parts[i] for i in rule.taken]
            else:
                picked = pick(rule, parts)
                value = picked
                if make != LIST:
                    value = node = Node(rule.kind, tuple(picked), start, end, self.source)
                    if docs and rule.kind in DOCUMENTED:
                        node.docs = docs.get(start, ())
                    if rule.origin == TABLES.start:
                        return node
            values.append(value)
            state = gotos[states[-1]][rule.origin]
            states.append(state)

    def too_deep(self) -> bool:
        """Note that a level opens here; true if it is one too many.

        `opens` has the heights of the levels that are open; those closed meanwhile are dropped from its
        top, so the cost is O(1) amortised.
        """
        states, opens = self.states, self.opens
        while opens and (opens[-1] >= len(states) or states[opens[-1]] not in TABLES.nesting):
            opens.pop()
        opens.append(len(states))
        self.deep = len(opens) > NESTING_LIMIT
        return self.deep

    def cut(self, height: int) -> None:
        """Forget all but the first `height` values."""
        del self.states[height + 1 :], self.values[height:], self.starts[height:]
        self.deep = False

    def settle(self, begin: int) -> bool:
        """Read the item that starts at `begin` again, up to `at`, as if an item started there: is it
        complete?
        """
        saved, self.stop = self.tokens[self.at], self.at
        self.tokens[self.at] = Token("RULE", "", saved.start, saved.start)
        self.at = begin
        self.go()
        reached = self.at == self.stop and self.states[-1] in TABLES.contexts
        self.at, self.stop = self.stop, -1
        self.tokens[self.at] = saved
        return reached and isinstance(self.values[-1], list)


def docs_by_start(lexed: Lexed) -> dict[int, tuple[Token, ...]]:
    """Doc comments by the offset of the word that follows them."""
    docs: dict[int, tuple[Token, ...]] = {}
    for before, comment in lexed.comments:
        if comment.kind == "DOC":
            start = lexed.tokens[before].start
            docs[start] = (*docs.get(start, ()), comment)
    return docs


def climb(below: int, state: int, kind: str) -> int:
    """The state after all reductions of one part to one part that the word `kind` asks for."""
    while (act := TABLES.actions[state].get(kind, 0)) < 0 and (rule := TABLES.rules[~act]).unit:
        state = TABLES.gotos[below][rule.origin]
    return state


def pick(rule: Rule, parts: list[Any]) -> list[Any]:
    """The parts that a rule keeps, with lists spliced in and `None` for the missing."""
    picked: list[Any] = []
    for i in rule.recipe:
        if i is None:
            picked.append(None)
        elif i >= 0:
            picked.append(parts[i])
        else:
            picked += parts[-1 - i]
    return picked


def accepts(states: list[int], *kinds: str) -> bool:
    """Would the automaton, with these states, read these words next?"""
    return read(list(states), kinds)


def replay(states: list[int], tokens: list[Token]) -> list[int]:
    """The states after reading `tokens` and nothing more.

    The stack of a stopped run is no good for `accepts`: the wrong word may have caused reductions already.
    """
    stack = list(states)
    for token in tokens:
        if not read(stack, (token.kind,)) and token.kind in CONTEXTUAL:
            read(stack, ("NAME",))
    return stack


def read(stack: list[int], kinds: tuple[str, ...]) -> bool:
    """Read words onto a stack of states; false at the first that does not fit."""
    for kind in kinds:
        while (act := TABLES.actions[stack[-1]].get(kind)) is not None and act < 0:
            rule = TABLES.rules[~act]
            if rule.length:
                del stack[-rule.length :]
            stack.append(TABLES.gotos[stack[-1]][rule.origin])
        if act is None:
            return False
        stack.append(act)
    return True
