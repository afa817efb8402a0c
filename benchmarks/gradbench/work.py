"""What the functions are made of: definitions of `examples/autodiff`, compiled, with their derivatives."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

import diagram
from diagram.derivative import grad, hvp, jvp, reverse
from diagram.sharing import select

FOLDER = Path(__file__).parents[2] / "examples" / "autodiff"
Array = Any
"""Any: arrays of numpy, or JSON."""
Sizes = tuple[tuple[str, int], ...]
Compiled = Callable[..., Array]


@dataclass(frozen=True, slots=True)
class Work:
    """What is timed, and how its result is written as JSON."""

    run: Callable[[], Array]
    output: Callable[[Array], Any]


def definition(name: str, title: str = "loss", sizes: Sizes = ()) -> diagram.Diagram:
    """A definition of an example; `s` is a static number, the other sizes are axes."""
    axes = {k: n for k, n in sizes if k != "s"}
    statics = {k: n for k, n in sizes if k == "s"}
    return diagram.load(FOLDER / f"{name}.diag", axes or None).diagram(title, statics)


@cache
def primal(name: str, title: str = "loss", sizes: Sizes = ()) -> Compiled:
    """A compiled definition."""
    return definition(name, title, sizes).compile("numpy")  # type: ignore[no-any-return]


@cache
def gradient(name: str, wrt: tuple[str, ...], title: str = "loss", sizes: Sizes = ()) -> Compiled:
    """The compiled value and gradient of a definition, of its first result."""
    return grad(select(definition(name, title, sizes), [0]), wrt).compile("numpy")  # type: ignore[no-any-return]


@cache
def second(name: str, wrt: tuple[str, ...]) -> Compiled:
    """The compiled Hessian times a vector."""
    return hvp(definition(name), wrt).compile("numpy")  # type: ignore[no-any-return]


@cache
def pullback(name: str, title: str) -> Compiled:
    """The compiled reverse derivative."""
    return reverse(definition(name, title)).compile("numpy")  # type: ignore[no-any-return]


@cache
def pushed(name: str, title: str, wrt: tuple[str, ...], sizes: Sizes = ()) -> Compiled:
    """The compiled derivative forward of one result, along many tangents of some inputs at once: they come
    last, with an axis in front.
    """
    d = definition(name, title, sizes)
    forward = select(jvp(select(d, [0]), wrt), [1])
    many = diagram.lift(forward, (diagram.Axis.of("many"),), (*(() for _ in d.dom), *((0,) for _ in wrt)))
    return many.compile("numpy")  # type: ignore[no-any-return]


def real(values: Any) -> Array:
    """JSON as an array of numbers."""
    return np.asarray(values, np.float64)


def number(f: Callable[[], Compiled], arrays: Callable[[Any], Sequence[Array]]) -> Callable[[Any], Work]:
    """A function whose result is one number."""

    def work(given: Any) -> Work:
        run, values = f(), arrays(given)
        return Work(lambda: run(*values), float)

    return work


def slope(f: Callable[[], Compiled], arrays: Callable[[Any], Sequence[Array]]) -> Callable[[Any], Work]:
    """A function whose result is the gradient in one array."""

    def work(given: Any) -> Work:
        run, values = f(), arrays(given)
        return Work(lambda: run(*values)[1], lambda a: a.tolist())

    return work
