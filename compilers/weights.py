"""Weights from elsewhere: names by a map, shapes by the types, everything that does not fit said at once.

A map is text, one line for an array or a family of them; `*` stands for one part of a name on both sides:

    blocks.*.attn.qkv.weight = h.*.attn.c_attn.weight transposed      # theirs is [in, out]
    blocks.*.attn.qkv.bias   = h.*.attn.c_attn.bias
    qkv.weight               = q.weight, k.weight, v.weight           # one after the other
    _                        = h.*.attn.masked_bias                   # not needed

Axes may be merged and split where the sizes agree (`[h*k, m]` is `[h, k, m]`), axes of size 1 come and go;
nothing is transposed unless the map says so.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from compilers.safetensors import Arrays, read
from compilers.signature import Signature, described, shape_text
from diagram.errors import Diagnostic, DiagramError

Shape = tuple[int, ...]
UNUSED = "_"


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of a map."""

    ours: str
    theirs: tuple[str, ...]
    transposed: bool = False


def parse(text: str) -> tuple[Rule, ...]:
    """The rules of a map. Raises `ValueError` with the number of a line that is none."""
    rules = []
    for number, line in enumerate(text.splitlines(), 1):
        line = line.partition("#")[0].strip()
        if not line:
            continue
        ours, sign, rest = (part.strip() for part in line.partition("="))
        turned = rest.endswith(" transposed")
        theirs = tuple(part.strip() for part in rest.removesuffix(" transposed").split(","))
        stars = {name.count("*") for name in theirs} | (
            {ours.count("*")} - ({0} if ours == UNUSED else set())
        )
        words = (ours, *theirs)
        if not sign or any(not w or re.search(r"\s", w) for w in words):
            raise ValueError(f"line {number} is not of the form OURS = THEIRS: {line}")
        if len(stars) > 1 and ours != UNUSED:
            raise ValueError(f"line {number}: both sides need the same number of `*`: {line}")
        rules.append(Rule(ours, theirs, turned))
    return tuple(rules)


def load(path: str | Path, signature: Signature, map: str | Path | None = None) -> Arrays:
    """The learned arrays of a diagram from a file, with the map in another. See `fitted` and `read`."""
    rules = parse(Path(map).read_text(encoding="utf-8")) if map is not None else ()
    return fitted(signature, read(path), rules)


def fitted(signature: Signature, found: Mapping[str, NDArray[Any]], rules: Sequence[Rule] = ()) -> Arrays:
    """What `found` gives each learned array, in its shape. Without a rule a name means itself.

    Raises `DiagramError` with all that is wrong: E0302 for arrays that are missing or that nobody wants,
    E0306 for shapes and element types.
    """
    errors: list[Diagnostic] = []
    used: set[str] = set()
    result: Arrays = {}
    sizes = signature.values
    for param, type_ in zip(signature.params, signature.shapes, strict=True):
        names, turned = _source(param.path, rules)
        wanted = f"`{param.path}: {described(type_, sizes)}`"
        missing = [name for name in names if name not in found]
        used.update(names)
        if missing:
            called = ", ".join(f"`{name}`" for name in missing)
            also = f" (as {called})" if missing != [param.path] else ""
            errors.append(Diagnostic("E0302", f"the learned array {wanted} is missing{also}"))
            continue
        parts = [found[name].T if turned else found[name] for name in names]
        shape = tuple(n.subs(dict(sizes)).constant for n in type_.shape)
        array = _joined(parts)
        new = None if array is None or _odd(array, type_.dtype.is_complex) else reshaped(array, shape)
        if new is None:
            has = ", ".join(f"{shape_text(p.shape)} of {p.dtype}" for p in parts)
            errors.append(Diagnostic("E0306", f"the learned array {wanted} cannot be {has}"))
            continue
        result[param.path] = new
    ignored = [re.compile(_pattern(t)) for rule in rules if rule.ours == UNUSED for t in rule.theirs]
    for name in found:
        if name not in used and not any(p.fullmatch(name) for p in ignored):
            errors.append(
                Diagnostic(
                    "E0302",
                    f"nothing wants the array `{name}` {shape_text(found[name].shape)}",
                    help=f"if it is not needed, write `{UNUSED} = {name}` in the map",
                )
            )
    if errors:
        raise DiagramError.of(errors)
    return result


def _source(path: str, rules: Sequence[Rule]) -> tuple[tuple[str, ...], bool]:
    """Their names for one of ours, and whether the array is turned."""
    for rule in rules:
        match = None if rule.ours == UNUSED else re.fullmatch(_pattern(rule.ours), path)
        if match is not None:
            return tuple(_filled(name, match.groups()) for name in rule.theirs), rule.transposed
    return (path,), False


def _pattern(name: str) -> str:
    return r"([^.]+)".join(map(re.escape, name.split("*")))


def _filled(name: str, words: Sequence[str]) -> str:
    parts = name.split("*")
    return "".join(a + b for a, b in zip(parts, (*words, ""), strict=True))


def _odd(array: NDArray[Any], complex_: bool) -> bool:
    return array.dtype.kind == "c" and not complex_


def _joined(parts: Sequence[NDArray[Any]]) -> NDArray[Any] | None:
    if len(parts) == 1:
        return parts[0]
    if len({p.shape[1:] for p in parts}) > 1 or any(not p.shape for p in parts):
        return None
    return np.concatenate(parts)


def reshaped(array: NDArray[Any], shape: Sequence[int | None]) -> NDArray[Any] | None:
    """The array with axes merged or split, but not mixed: None if that does not give `shape`. An open size
    (None) must be there as an axis.
    """
    if len(shape) == array.ndim:
        if all(n in (None, m) for n, m in zip(shape, array.shape, strict=True)):
            return array
        return None
    if None in shape:
        return None
    known = tuple(n for n in shape if n is not None)
    if refines(known, array.shape) or refines(array.shape, known):
        return array.reshape(known)
    return None


def refines(fine: Sequence[int], coarse: Sequence[int]) -> bool:
    """Whether each axis of `coarse` is a product of consecutive ones of `fine`, but for sizes 1."""
    left = [n for n in fine if n != 1]
    for n in (n for n in coarse if n != 1):
        while left and n % left[0] == 0 and n > 1:
            n //= left.pop(0)
        if n != 1:
            return False
    return not left
