"""What `std` modules bring besides their own text: names that are part of the checker, by module."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from grammar.elab.builtin import NamedForm
from grammar.elab.env import Env
from grammar.elab.values import Value
from grammar.tree import Node

Build = Callable[[tuple[Node, ...], Node, Env], Value]


def _named(**builds: Build) -> dict[str, Value]:
    return {name: NamedForm(name, build) for name, build in builds.items()}


def _grammar() -> Mapping[str, Value]:
    from grammar.elab.pregroup import parse

    return _named(parse=parse)


def _laws() -> Mapping[str, Value]:
    from grammar.elab.proofs import Law

    return {"bilinear": Law("bilinear")}


def _prob() -> Mapping[str, Value]:
    from grammar.elab.causal import condition, do, marginal, max_product

    return _named(do=do, condition=condition, marginal=marginal, max_product=max_product)


def _group() -> Mapping[str, Value]:
    from grammar.elab.groups import ActForm, orthogonal, pairings, span, symplectic_form

    table: dict[str, Value] = _named(
        O=orthogonal, pairings=pairings, span=span, symplectic_form=symplectic_form
    )
    return {**table, "act": ActForm()}


LIBRARY: dict[str, Callable[[], Mapping[str, Value]]] = {
    "grammar": _grammar, "laws": _laws, "prob": _prob, "group": _group,
}  # fmt: skip
"""By the name of a file in `std`; made when a file imports it."""


def backed(target: Path, name: str) -> Value | None:
    """The value that a file of `std` brings under a name, None if it does not."""
    table = LIBRARY.get(target.stem)
    return table().get(name) if table is not None else None
