"""Names that are not there: the nearest that is, the import that would bring it, what others call it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from diagram.errors import Span
from diagram.types import DTYPES
from grammar.elab.env import QUIET, Env, Fault, fault
from grammar.tree import Node

STD = Path(__file__).parents[1] / "std"

ELSEWHERE = {
    "True": "true", "False": "false", "None": "()", "float": "R", "double": "f64", "real": "R", "int": "i64",
    "integer": "i64", "complex": "C", "string": "", "and_": "and", "ReLU": "relu", "GELU": "gelu",
}  # fmt: skip
"""Names of other languages, and what they are called here."""

INSTEAD = {
    "matmul": "a product is an equation: `Y[i, j] = A[i, k] * B[k, j]`",
    "dot": "a product is an equation: `y = A[i] * B[i]`",
    "transpose": "axes have names: `Y[j, i] = X[i, j]` where the order matters, nothing where it does not",
    "reshape": "`rearrange{...}` merges and splits axes; so does a read, `X[(h k)]`",
    "view": "`rearrange{...}` merges and splits axes; so does a read, `X[(h k)]`",
    "permute": "axes have names: `Y[j, i] = X[i, j]` where the order matters, nothing where it does not",
    "range": "a loop counts from `a` to below `b`: `for i in a..b { ... }`",
    "where": "a condition stands behind an equation: `Y[i] = X[i] where i < 3 else 0`",
    "Linear": "a learned map: `learn L : [i] -> [o], bias`",
}
"""Names of other languages that have no single name here, and what to write."""


def suggest(name: str, candidates: Iterable[str]) -> str:
    """The nearest of the candidates within a third of the letters, or empty; upper and lower case are near.

    >>> suggest("sofmax", ["max", "softmax"]), suggest("Relu", ["re", "relu"]), suggest("True", ["re"])
    ('softmax', 'relu', '')
    """
    most = max(1, len(name) // 3)
    low = name.lower()
    near = [
        (distance(low, c.lower(), most), c)
        for c in dict.fromkeys(candidates)
        if c != name and abs(len(c) - len(name)) <= most
    ]
    best = min(near, default=(most + 1, ""), key=lambda pair: pair[0])
    return best[1] if best[0] <= most and (len(name) > 1 or best[0] == 0) else ""


def distance(a: str, b: str, most: int) -> int:
    """How many letters to change, add, drop or exchange with the next one make `b` of `a`, counted to
    `most + 1`."""
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        last, before, row = before, row, [i]
        for j, y in enumerate(b, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                cost = min(cost, last[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
    return row[-1]


def unknown(name: str, node: Node, env: Env, what: str = "") -> Fault:
    """E0201 with the nearest name of the kind that is wanted, or where to get it. `what`: "the type ", "the
    axis "; empty for anything."""
    from grammar.elab.standins import Broken

    if isinstance(env.find(name), Broken):
        return QUIET
    whole = node.text == name
    headline, label = f"cannot find {what}`{name}`", "not defined in this file or its imports"
    if name.isdigit():
        return fault("E0201", headline, node, "axes have names, and are asked for by name")
    if name in INSTEAD:
        return fault("E0201", headline, node, label, help=INSTEAD[name])
    near = ELSEWHERE.get(name) or suggest(name, _candidates(what, env))
    if what == "the type " and env.find_axis(name) is not None:
        edits = ((node, f"[{name}]"),) if whole else ()
        return fault("E0201", headline, node, f"`{name}` is an axis", help=f"write `[{name}]`", edits=edits)
    if name == "std":
        return fault("E0201", headline, node, label, help="import what you need: `from std.nn import linear`")
    home = "" if near or what == "the axis " or len(name) < 3 else _shipped(name)
    if home:
        text = f"from std.{home} import {name}"
        at = Span(node.source, *(_behind_imports(node.source.text),) * 2)
        return fault("E0201", headline, node, label, help=f"import it: `{text}`", edits=((at, text + "\n"),))
    return fault(
        "E0201",
        headline,
        node,
        label,
        labels=((env.span_of(near) if near else None, f"`{near}` is {env.unit.origin(near)} here"),),
        help=f"did you mean `{near}`?" if near else "",
        edits=((node, near),) if near and whole else (),
    )


def in_front(name: str, node: Node, env: Env) -> str:
    """What to write for the method `X.sum` or the attribute `X.T`; empty if nothing here is called so."""
    if name in env.unit.signatures or name == node.text:
        return f"composition is written `{node.text} >> {name}`"
    if name in ("T", "mT"):
        return INSTEAD["transpose"]
    if name in INSTEAD:
        return INSTEAD[name]
    if name not in env.unit.builtin_names():
        return ""
    return f"operations stand in front of their wires: `{name}({node.text})`, `{name}[axis]({node.text})`"


def _candidates(what: str, env: Env) -> list[str]:
    if what == "the axis ":
        return [axis for scope in env.chain() for axis in scope.axes]
    if what == "the type ":
        from grammar.elab.type_generics import GenericType
        from grammar.elab.values import TypeVal

        return [n for n in env.visible() if isinstance(env.find(n), TypeVal | GenericType)] + list(DTYPES)
    return [*env.visible(), *env.unit.builtin_names()]


def _shipped(name: str) -> str:
    """The file of the shipped library that declares a name, or empty."""
    words = "def|box|object|type|learn|lens|optic|rule|theorem"
    declared = re.compile(rf"^(?:{words})\s+{re.escape(name)}\b", re.M)
    return next((p.stem for p in sorted(STD.glob("*.diag")) if declared.search(p.read_text("utf-8"))), "")


def _behind_imports(text: str) -> int:
    """Where a further import goes: behind `edition` and the imports that are there."""
    heads = re.finditer(r"^(?:edition|import|from)\b[^\n]*\n", text, re.M)
    return max((head.end() for head in heads), default=0)
