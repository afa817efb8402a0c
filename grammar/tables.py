"""Loads the parser's tables, which `grammar.build` made out of `diag.lark`. Rows are unfolded when first
used."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Recipe = tuple[int | None, ...]

HAND_ON, LIST, GROW, PLAIN, MIXED = range(5)
"""What a reduction does: hand one part on, start a list, append to the list on the left, make a node of
parts, make a node of parts, gaps and lists."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One production: `origin` is made of `length` parts by `make`; see `grammar.build.rule_row` for the
    recipe.
    """

    origin: int
    length: int
    make: int
    kind: str
    recipe: Recipe
    taken: tuple[int, ...]
    unit: bool


def rule_of(row: list[Any], nonterminals: dict[str, int]) -> Rule:
    """A row of `tables.json` with its way of making decided."""
    origin, length, kind, recipe = row
    plain = (
        all(i is not None and i >= 0 for i in recipe) and origin != "start"
    )  # only mixed rules may end the file
    if kind is None:
        make = HAND_ON
    elif kind == "":
        make = (
            GROW if recipe and recipe[0] == -1 and all(i is not None and i >= 0 for i in recipe[1:]) else LIST
        )
    else:
        make = PLAIN if plain else MIXED
    taken = tuple(i for i in recipe if i is not None and i >= 0)
    return Rule(
        nonterminals[origin], length, make, kind or "", tuple(recipe), taken, kind is None and length == 1
    )


class Rows(dict[int, dict[Any, int]]):
    """The rows of the automaton, each made when first asked for."""

    __slots__ = ("_make",)

    def __init__(self, make: Any) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, state: int) -> dict[Any, int]:
        row: dict[Any, int] = self._make(state)
        self[state] = row
        return row


class Tables:
    """The automaton. `actions[state][terminal]` is a state to go to, or `~rule`;
    `gotos[state][nonterminal]` a state.

    State 0 starts; `contexts` are the states between items, `nesting` those that open a level, `items` the
    nonterminal of a list of items, `start` the one of a file.
    """

    __slots__ = (
        "actions",
        "contexts",
        "contextual",
        "gotos",
        "items",
        "nesting",
        "patterns",
        "reserved",
        "rules",
        "signs",
        "start",
    )

    def __init__(self, data: dict[str, Any]) -> None:
        names: list[str] = data["terminals"]
        nonterminals = {name: i for i, name in enumerate(data["nonterminals"])}
        self.rules = [rule_of(row, nonterminals) for row in data["rules"]]
        self.start = nonterminals["start"]
        self.items = next(i for name, i in nonterminals.items() if name.startswith("__items_"))
        self.contexts = frozenset(data["contexts"])
        self.nesting = frozenset(data["nesting"])
        self.patterns: dict[str, str] = data["patterns"]
        self.reserved = frozenset(data["reserved"])
        self.contextual = frozenset(data["contextual"])
        self.signs = frozenset(name for name in names if not name[0].isalpha())
        states, shifts, reduces, sets, gotos = (
            data[k] for k in ("states", "shifts", "reduces", "sets", "gotos")
        )

        def actions(state: int) -> dict[Any, int]:
            shift, reduce = shifts[states[state][0]], reduces[states[state][1]]
            row = {names[t]: to for t, to in zip(shift[::2], shift[1::2], strict=True)}
            for rule, ahead in zip(reduce[::2], reduce[1::2], strict=True):
                row |= dict.fromkeys((names[t] for t in sets[ahead]), ~rule)
            return row

        def goto(state: int) -> dict[Any, int]:
            row = gotos[states[state][2]]
            return dict(zip(row[::2], row[1::2], strict=True))

        self.actions = Rows(actions)
        self.gotos = Rows(goto)


def load() -> Tables:
    """The shipped tables."""
    return Tables(json.loads(Path(__file__).with_name("tables.json").read_text("utf-8")))


TABLES = load()
