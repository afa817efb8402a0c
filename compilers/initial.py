"""Initial values of learned arrays, drawn by numpy's PCG64 from (seed, path): the same for every back end."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from diagram.errors import Diagnostic, DiagramError
from diagram.reals import Real
from diagram.value import Arg, Param

Values = NDArray[Any]
"""Any: real or complex numbers of double precision, or whole numbers."""


def initial(param: Param, shape: tuple[int, ...], seed: int, sizes: Mapping[str, int]) -> Values:
    """The initial value of one learned array, in double precision. Raises `DiagramError` E0403 for an unknown
    initialiser, and those of `compilers.data`."""
    if param.init == "load":
        from compilers.data import loaded

        return loaded(param, shape)
    rule = INITIAL.get(param.init)
    if rule is None:
        known = ", ".join(sorted(INITIAL))
        raise DiagramError(
            Diagnostic(
                "E0403", f"there is no initialiser `{param.init}`", param.span, help=f"initialisers: {known}"
            )
        )
    rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, *param.path.encode()])))
    args = [_number(a, sizes) for a in param.args]
    total = math.prod(shape)
    fan = float(abs(param.fan.evaluate(sizes))) if param.fan is not None else float(shape[-1] if shape else 1)
    return rule(rng, shape, args, fan, total / max(fan, 1.0))


def _number(value: Arg, sizes: Mapping[str, int]) -> Any:  # Any: a number, or nested tuples of them
    if isinstance(value, Real):
        return value.evaluate(sizes)
    if isinstance(value, tuple):
        return [_number(v, sizes) for v in value]
    return value


Rule = Callable[[np.random.Generator, tuple[int, ...], list[Any], float, float], Values]
"""`(generator, shape, arguments, fan in, fan out) -> values`. Any: numbers or nested lists of them."""


def _uniform(rng: np.random.Generator, shape: tuple[int, ...], bound: float) -> Values:
    return rng.uniform(-bound, bound, shape)


def _ends(args: list[Any]) -> tuple[float, float]:
    """The interval of a uniform distribution; 0 to 1 if none is given."""
    return (float(args[0]), float(args[1])) if args else (0.0, 1.0)


def _orthogonal(
    rng: np.random.Generator, shape: tuple[int, ...], args: list[Any], fan: float, out: float
) -> Values:
    """Orthonormal rows or columns of the matrix (first axis, the others)."""
    rows = shape[0] if shape else 1
    columns = math.prod(shape[1:])
    normal = rng.standard_normal((max(rows, columns), min(rows, columns)))
    q, r = np.linalg.qr(normal)
    q = q * np.sign(np.diag(r))
    return (q if rows >= columns else q.T).reshape(shape) * (args[0] if args else 1.0)


INITIAL: dict[str, Rule] = {
    "default": lambda rng, shape, args, fan, out: _uniform(rng, shape, 1 / math.sqrt(max(fan, 1.0))),
    "zeros": lambda rng, shape, args, fan, out: np.zeros(shape),
    "ones": lambda rng, shape, args, fan, out: np.ones(shape),
    "constant": lambda rng, shape, args, fan, out: np.full(shape, args[0]),
    "uniform": lambda rng, shape, args, fan, out: rng.uniform(*_ends(args), size=shape),
    "normal": lambda rng, shape, args, fan, out: rng.standard_normal(shape) * (args[0] if args else 1.0),
    "xavier": lambda rng, shape, args, fan, out: _uniform(rng, shape, math.sqrt(6 / (fan + out))),
    "kaiming": lambda rng, shape, args, fan, out: _uniform(rng, shape, math.sqrt(6 / max(fan, 1.0))),
    "orthogonal": _orthogonal,
    "table": lambda rng, shape, args, fan, out: np.broadcast_to(np.asarray(args[0]), shape).copy(),
    "s4d_lin": lambda rng, shape, args, fan, out: np.broadcast_to(
        math.pi * np.arange(shape[-1]), shape
    ).copy(),
}
"""The initialisers by name."""
