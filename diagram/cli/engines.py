"""One run on numpy or torch, arrays of numpy in and out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from diagram import _compilers
from diagram.cli.arrays import Arrays
from diagram.cli.command import Usage
from diagram.types import Tensor

if TYPE_CHECKING:
    from diagram.value import Diagram


@dataclass(frozen=True, slots=True)
class File:
    """A file of learned arrays, and one that says what they are called in it."""

    path: str
    map: str | None

    def into(self, model: Any) -> None:  # Any: a function of numpy or a module of torch
        """Put the learned arrays in. Raises `Usage` for what cannot be read, `DiagramError` for what does
        not fit.
        """
        try:
            model.load_weights(self.path, self.map)
        except ValueError as error:
            raise Usage(str(error)) from None


Learned = Arrays | File | None


def on_numpy(
    d: Diagram,
    inputs: Arrays,
    learned: Learned,
    sizes: Mapping[str, int],
    seed: int,
    dtype: str | None,
    budget: int | None = None,
) -> Arrays:
    """The results by name, computed by numpy."""
    f = d.compile("numpy", sizes=sizes, seed=seed, dtype=dtype or "f64", memory=budget)
    if isinstance(learned, File):
        learned.into(f)
        learned = None
    return _named(d, f(inputs) if learned is None else f(inputs, params=learned))


def on_torch(
    d: Diagram,
    inputs: Arrays,
    learned: Learned,
    sizes: Mapping[str, int],
    seed: int,
    dtype: str | None,
    budget: int | None = None,
) -> Arrays:
    """The results by name, computed by torch; real inputs are brought to the element type of the module."""
    net = d.compile("torch", sizes=sizes, seed=seed, dtype=dtype or "f32", memory=budget)
    import torch

    real = torch.float64 if dtype == "f64" else torch.float32
    if isinstance(learned, File):
        learned.into(net)
    elif learned is not None:
        _learn(net, learned)
    given = {}
    for name, type_ in zip(d.input_names, d.dom, strict=True):
        tensor = torch.from_numpy(np.ascontiguousarray(inputs[name]))
        plain = isinstance(type_, Tensor) and type_.dtype.name == "R"
        given[name] = tensor.to(real) if plain and tensor.is_floating_point() else tensor
    try:
        with torch.no_grad():
            result = net(given)
    except ArithmeticError as error:
        if type(error) is not ArithmeticError:  # only a fixed point raises the plain one
            raise
        raise _compilers.unsettled(d) from None
    tensors = result if isinstance(result, tuple) else (result,)
    return _named(d, tuple(t.numpy() for t in tensors))


def _learn(net: Any, learned: Arrays) -> None:  # Any: a torch.nn.Module, and torch is not imported here
    """Put the learned arrays in. Raises `Usage` for one of another shape."""
    import torch

    mine = {path: tuple(t.shape) for path, t in net.state_dict().items()}
    for path, array in learned.items():
        if array.shape != mine[path]:
            raise Usage(f"the learned array `{path}` has shape {list(array.shape)}, not {list(mine[path])}")
    net.load_state_dict({path: torch.from_numpy(np.ascontiguousarray(a)) for path, a in learned.items()})


def _named(d: Diagram, result: object) -> Arrays:
    """One result or several, by their names."""
    every = result if isinstance(result, tuple) else (result,)
    return dict(zip(d.output_names, map(np.asarray, every), strict=True))


ENGINES = {"numpy": on_numpy, "torch": on_torch}
