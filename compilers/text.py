"""Python text: identifiers, precedence, static numbers, and filling of value templates. Knows no array
library.
"""

from __future__ import annotations

import ast
import keyword
import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from diagram.reals import Real
from diagram.sizes import Size

ATOM, POWER, NEGATIVE, PRODUCT, SUM, LOOSE = 9, 5, 4, 3, 2, 0
"""How tightly a piece of text holds together; a place that needs a higher number gets brackets."""
_OPERATORS: dict[type[ast.AST], int] = {
    ast.Add: SUM, ast.Sub: SUM, ast.Mult: PRODUCT, ast.Div: PRODUCT, ast.FloorDiv: PRODUCT, ast.Mod: PRODUCT,
    ast.MatMult: PRODUCT, ast.Pow: POWER, ast.USub: NEGATIVE, ast.UAdd: NEGATIVE, ast.Invert: NEGATIVE,
}  # fmt: skip
_RESERVED = {
    "np",
    "torch",
    "F",
    "math",
    "self",
    "print",
    "range",
    "len",
    "min",
    "max",
    "sum",
    "abs",
    "slice",
    "tuple",
}


class Piece(NamedTuple):
    """An expression and how tightly it holds together."""

    text: str
    level: int = ATOM

    def at(self, level: int) -> str:
        """The text for a place that needs `level`."""
        return self.text if self.level >= level else f"({self.text})"


def identifier(name: str) -> str:
    """A name of the text as a Python identifier: `x'` is `x_`, `attn.Q.weight` is `attn_Q_weight`."""
    word = re.sub(r"\W", "_", name.replace("'", "_")) or "_"
    if word[0].isdigit():
        word = "_" + word
    return word + "_" if keyword.iskeyword(word) or word in _RESERVED else word


class Names:
    """Hands out distinct identifiers in one function."""

    def __init__(self, taken: Sequence[str] = ()) -> None:
        self._taken = set(taken)
        self._reserved = frozenset(taken)
        self._ever = set(taken)

    def fresh(self, hint: str) -> str:
        """`hint`, or `hint_1`, `hint_2`, ... if taken."""
        word, k = identifier(hint), 0
        name = word
        while name in self._taken:
            k += 1
            name = f"{word}_{k}"
        self._taken.add(name)
        self._ever.add(name)
        return name

    def release(self, name: str) -> None:
        """The name may be used again: its value is dead."""
        if name not in self._reserved:
            self._taken.discard(name)

    def free(self, name: str) -> bool:
        """Whether the identifier has not been used so far."""
        return identifier(name) not in self._ever


def _level(node: ast.AST) -> int:
    if isinstance(node, ast.BinOp | ast.UnaryOp):
        return _OPERATORS.get(type(node.op), LOOSE)
    if isinstance(node, ast.Name | ast.Call | ast.Attribute | ast.Subscript | ast.Tuple | ast.List):
        return ATOM
    if isinstance(node, ast.Constant):
        return ATOM
    return LOOSE


@lru_cache(maxsize=4096)
def piece(text: str) -> Piece:
    """An expression with its level, found by parsing it."""
    body = ast.parse(text, mode="eval").body
    return Piece(text, ATOM if body.col_offset else _level(body))  # brackets are no node: they shift the body


def real_piece(value: Real, size: Callable[[str], str]) -> Piece:
    """A static number as Python; functions come from `math`."""
    number = value.number
    if number is not None:
        if isinstance(number, float) and number in (float("inf"), float("-inf")):
            return Piece("math.inf") if number > 0 else Piece("-math.inf", NEGATIVE)
        if number != number:
            return Piece("math.nan")
        return piece(repr(number))
    text = value.text(size, function="math.{}")
    return piece(re.sub(r"([\d.e+-]+)\*i\)", r"\1j)", text))


def size_piece(value: Size, size: Callable[[str], str]) -> Piece:
    """A size as Python."""
    if value.constant is not None:
        return Piece(str(value.constant), ATOM if value.constant >= 0 else NEGATIVE)
    return piece(value.text(size))


class Template(NamedTuple):
    """A value template split at its places: `parts[0] place parts[1] place ...`, and its level when
    filled.
    """

    parts: tuple[str, ...]
    places: tuple[tuple[str, int], ...]
    level: int

    def fill(self, pieces: Mapping[str, Piece]) -> Piece:
        """The expression with every place filled. Raises `KeyError` for a place without a piece."""
        out = [self.parts[0]]
        for (key, level), part in zip(self.places, self.parts[1:], strict=True):
            out += (pieces[key].at(level), part)
        if self.level < LOOSE:  # the template is one place
            return pieces[self.places[0][0]]
        return Piece("".join(out), self.level)

    def uses(self, key: str) -> int:
        """How often a place occurs."""
        return sum(k == key for k, _ in self.places)


@lru_cache(maxsize=2048)
def template(text: str) -> Template:
    """Parse a value template such as `xp.exp({0}) * {by}`; brackets are added to operands only where
    needed.
    """
    keys: list[str] = []

    def hole(match: re.Match[str]) -> str:
        keys.append(match.group(1))
        return f"__{len(keys) - 1}__"

    source = re.sub(r"\{(\w+)\}", hole, text)
    body = ast.parse(source, mode="eval").body
    needs = dict.fromkeys(range(len(keys)), LOOSE)
    for node in ast.walk(body):
        for child, need in _needs(node):
            if isinstance(child, ast.Name) and (match := re.fullmatch(r"__(\d+)__", child.id)):
                needs[int(match.group(1))] = need
    parts = tuple(re.split(r"__\d+__", source))
    level = -1 if isinstance(body, ast.Name) and body.id == "__0__" else _level(body)
    return Template(parts, tuple((key, needs[k]) for k, key in enumerate(keys)), level)


def _needs(node: ast.AST) -> list[tuple[ast.AST, int]]:
    """The children of a node that must hold together, with the level they need."""
    if isinstance(node, ast.BinOp):
        own = _OPERATORS.get(type(node.op), 8)
        if isinstance(node.op, ast.Pow):
            return [(node.left, ATOM), (node.right, ATOM)]
        return [(node.left, own), (node.right, own + 1)]
    if isinstance(node, ast.UnaryOp):
        return [(node.operand, _OPERATORS.get(type(node.op), 8))]
    if isinstance(node, ast.Compare):
        return [(child, SUM) for child in (node.left, *node.comparators)]
    if isinstance(node, ast.Attribute | ast.Subscript):
        return [(node.value, ATOM)]
    if isinstance(node, ast.IfExp | ast.BoolOp | ast.Starred):
        return [(child, ATOM) for child in ast.iter_child_nodes(node)]
    return []
