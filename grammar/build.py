"""Turns `diag.lark` into the parser's tables: `python -m grammar.build` writes `tables.json` beside it.

The only file that needs lark. Users never run it: the tables are shipped as data, and a test rebuilds them.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from lark import Lark
from lark.grammar import Rule, Symbol, Terminal

Row = dict[str, tuple[Any, Any]]  # of a state: name of a symbol -> lark's (Shift, state) or (Reduce, rule)
HERE = Path(__file__).parent
OPENING = ("LPAR", "LSQB", "LBRACE")
RIGHT_NESTED = ("neg", "pow", "not_", "choose", "lambda")
"""Kinds whose last part may be of the same kind without a bracket between: they count as nesting."""


def build(text: str) -> dict[str, Any]:
    """The tables of a grammar, as JSON values; deterministic.

    `terminals` are names or, for signs, the sign itself; `rules` are rows of `rule_row`; the rows of a
    state are split into shifts, reductions (rule, set of lookaheads) and gotos, each distinct row kept once.
    """
    lark = Lark(text, parser="lalr", maybe_placeholders=True)
    table: Any = lark.parser.parser._parse_table  # lark has no public way to it
    names = {t.name: spelling(t.name, t.pattern.value, t.pattern.type == "str") for t in lark.terminals}
    names["$END"] = "END"
    rows = numbered(table.states, table.start_states["start"])
    rules = sorted(
        {arg for row in rows for act, arg in row.values() if act.name == "Reduce"},
        key=lambda r: (r.origin.name, r.order, str(r)),
    )
    number = {r: i for i, r in enumerate(rules)}
    terminals = sorted(set(names.values()))
    nonterminals = sorted({r.origin.name for r in rules})
    tid, nid = ({n: i for i, n in enumerate(seq)} for seq in (terminals, nonterminals))
    shifts: list[list[int]] = []
    reduces: list[list[int]] = []
    gotos: list[list[int]] = []
    sets: list[list[int]] = []
    states = []
    for row in rows:
        shift: dict[int, int] = {}
        goto: dict[int, int] = {}
        by_rule: dict[int, list[int]] = {}
        for name, (act, arg) in row.items():
            if act.name == "Reduce":
                by_rule.setdefault(number[arg], []).append(tid[names[name]])
            elif name in names:
                shift[tid[names[name]]] = arg
            else:
                goto[nid[name]] = arg
        pairs = [x for rule, ahead in sorted(by_rule.items()) for x in (rule, intern(sets, sorted(ahead)))]
        states.append([intern(shifts, flat(shift)), intern(reduces, pairs), intern(gotos, flat(goto))])
    words = sorted(
        t.pattern.value for t in lark.terminals if t.pattern.type == "str" and t.pattern.value.isalpha()
    )
    name_pattern = next(t.pattern.value for t in lark.terminals if t.name == "NAME")
    return {
        "terminals": terminals,
        "nonterminals": nonterminals,
        "patterns": {t.name: t.pattern.value for t in lark.terminals if t.pattern.type == "re"},
        "reserved": [w for w in words if not re.fullmatch(name_pattern, w)],
        "contextual": [w for w in words if re.fullmatch(name_pattern, w)],
        "rules": [rule_row(r) for r in rules],
        "shifts": shifts, "reduces": reduces, "gotos": gotos, "sets": sets, "states": states,
        "contexts": [s for s, row in enumerate(rows) if is_context(row)],
        "nesting": sorted(nesting(rows)),
    }  # fmt: skip


def numbered(states: dict[int, Row], start: int) -> list[Row]:
    """The states in breadth-first order from `start`, which becomes 0: lark's own numbers change from run
    to run.
    """
    order = {start: 0}
    for state in (queue := [start]):
        for _, (act, arg) in sorted(states[state].items()):
            if act.name == "Shift" and arg not in order:
                order[arg] = len(order)
                queue.append(arg)
    return [
        {name: (act, order[arg] if act.name == "Shift" else arg) for name, (act, arg) in states[s].items()}
        for s in queue
    ]


def flat(row: dict[int, int]) -> list[int]:
    """`{a: b, c: d}` as `[a, b, c, d]`, sorted by key."""
    return [x for pair in sorted(row.items()) for x in pair]


def intern(rows: list[list[int]], row: list[int]) -> int:
    """The number of `row` among `rows`, added at the end if it is new."""
    if row not in rows:
        rows.append(row)
    return rows.index(row)


def spelling(name: str, value: str, literal: bool) -> str:
    """How the parser calls a terminal: a sign by itself, a word or a pattern by its upper-case name."""
    return value if literal and not value.isalpha() else name


def rule_row(rule: Rule) -> list[Any]:
    """`[origin, length, kind, recipe]`: what a reduction makes out of the values of its parts.

    `recipe` lists the parts kept: `i` the i-th value, `-1 - i` the list at i spliced in, `None` a missing
    part. `kind` is the kind of node, `""` for a rule whose name starts with `_` (a list), `None` for one
    that hands its only part on.
    """
    expansion, gaps = rule.expansion, placeholders(rule)
    recipe: list[int | None] = []
    for i, symbol in enumerate(expansion):
        recipe += [None] * gaps[i]
        if not filtered(symbol):
            recipe.append(-1 - i if symbol.name.startswith("_") and not symbol.is_term else i)
    recipe += [None] * gaps[len(expansion)]
    name = str(rule.origin.name)
    handed_on = rule.options.expand1 and not rule.alias and len(recipe) == 1 and recipe[0] is not None
    kind = (
        None if handed_on and (recipe[0] or 0) >= 0 else rule.alias or ("" if name.startswith("_") else name)
    )
    return [name, len(expansion), kind, recipe]


def placeholders(rule: Rule) -> list[int]:
    """How many missing parts stand before each part, and after the last one."""
    empty = rule.options.empty_indices
    if not empty:
        return [0] * (len(rule.expansion) + 1)
    return [len(ones) for ones in "".join(str(int(b)) for b in empty).split("0")]


def filtered(symbol: Symbol) -> bool:
    """Signs and words written as literals leave no trace in the tree."""
    return isinstance(symbol, Terminal) and symbol.filter_out


def is_context(row: Row) -> bool:
    """True of the states that stand between two items, where the parser goes on after an error."""
    return "RULE" in row and row["RULE"][0].name == "Shift" and "NAME" not in row


def nesting(rows: list[Row]) -> set[int]:
    """The states entered by an opening bracket or by the last sign of a right-nested rule."""
    found = set()
    for row in rows:
        for name, (act, arg) in row.items():
            if act.name == "Shift" and (name in OPENING or ends_right(rows, name, arg)):
                found.add(arg)
    return found


def ends_right(rows: list[Row], sign: str, state: int) -> bool:
    """True if `state`, entered by `sign`, waits for the last part of a right-nested rule."""
    after = [rows[arg] for act, arg in rows[state].values() if act.name == "Shift"]
    whole = [rule for row in after for act, rule in row.values() if act.name == "Reduce"]
    return any(
        r.alias in RIGHT_NESTED and len(r.expansion) > 1 and r.expansion[-2].name == sign for r in whole
    )


def main() -> None:
    """Write `tables.json`."""
    tables = build((HERE / "diag.lark").read_text("utf-8"))
    rows = ",\n".join(f"{json.dumps(k)}: {json.dumps(v, separators=(',', ':'))}" for k, v in tables.items())
    (HERE / "tables.json").write_text("{\n" + rows + "\n}\n", "utf-8")


if __name__ == "__main__":
    main()
