"""Linear-Gaussian kernels `y = matrix x + shift + noise` with a covariance, for diagrams of numbers.

Each number is an affine combination of the inputs and of independent sources of noise; conditioning is
elimination in the covariance. Plain Python: these matrices are small.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from diagram.errors import Diagnostic, DiagramError
from diagram.op import Kind
from diagram.reals import Real
from diagram.scalars import diverges, evaluate, meaningless
from diagram.value import Box, Diagram

Rows = tuple[tuple[float, ...], ...]
NOISE = "noise"
"""The option of a hidden number that is a source of noise; its value is the variance."""


@dataclass(frozen=True, slots=True)
class Kernel:
    """A linear-Gaussian map: the mean `matrix x + shift` and the covariance of what is added to it."""

    matrix: Rows
    shift: tuple[float, ...]
    cov: Rows

    def near(self, other: Kernel, tolerance: float) -> bool:
        """Whether all entries agree up to `tolerance`."""
        mine, theirs = self._entries(), other._entries()
        return len(mine) == len(theirs) and all(
            abs(a - b) <= tolerance for a, b in zip(mine, theirs, strict=True)
        )

    def _entries(self) -> list[float]:
        return [*self.shift, *(x for row in (*self.matrix, *self.cov) for x in row)]


@dataclass(frozen=True, slots=True)
class Affine:
    """`constant + sum of terms`: variables by number."""

    constant: float
    terms: Mapping[int, float]

    def plus(self, other: Affine, by: float = 1.0) -> Affine:
        """`self + by * other`."""
        terms = dict(self.terms)
        for v, c in other.terms.items():
            terms[v] = terms.get(v, 0.0) + by * c
        return Affine(self.constant + by * other.constant, {v: c for v, c in terms.items() if c})

    def times(self, by: float) -> Affine:
        """`by * self`."""
        return Affine(0.0, {}).plus(self, by)


def kernel(d: Diagram) -> Kernel:
    """The kernel of a diagram of numbers. Raises `DiagramError` E0403, E0404, E0604."""
    algebra = _Gauss(len(d.dom))
    given = [Affine(0.0, {k: 1.0}) for k in range(len(d.dom))]
    results = algebra.run(d, given)
    return Kernel(
        tuple(tuple(e.terms.get(k, 0.0) for k in range(len(d.dom))) for e in results),
        tuple(e.constant for e in results),
        tuple(tuple(algebra.covariance(a, b) for b in results) for a in results),
    )


class _Gauss:
    """The algebra of affine combinations; knows the variance of every source of noise."""

    def __init__(self, first: int) -> None:
        self.next = first
        self.variance: dict[int, float] = {}

    def run(self, d: Diagram, given: Sequence[Affine]) -> tuple[Affine, ...]:
        """The outputs of a diagram, its noise from new sources."""
        hidden = []
        for p in d.params:
            variance = dict(p.options).get(NOISE)
            if not isinstance(variance, Real) or not isinstance(variance.number, int | float):
                why = f"`{p.path}` is learned, and a kernel needs its value"
                raise DiagramError(Diagnostic("E0404", "no kernel without numbers", p.span, why))
            hidden.append(self.source(float(variance.number)))
        return evaluate(d, [*given, *hidden], self)

    def source(self, variance: float) -> Affine:
        """New noise."""
        self.variance[self.next] = variance
        self.next += 1
        return Affine(0.0, {self.next - 1: 1.0})

    def covariance(self, a: Affine, b: Affine) -> float:
        """Of the noise in two numbers."""
        return sum(
            c * b.terms[v] * self.variance[v]
            for v, c in a.terms.items()
            if v in b.terms and v in self.variance
        )

    def unknown(self) -> Affine:
        """A variable of its own."""
        self.next += 1
        return Affine(0.0, {self.next - 1: 1.0})

    def solved(
        self, unknowns: Sequence[Affine], values: Sequence[Affine], results: Sequence[Affine]
    ) -> tuple[Affine, ...]:
        """The results at the solution of `unknowns = values`, by elimination. Raises `DiagramError` E0604."""
        left = {v for u in unknowns for v in u.terms}
        rows = [v.plus(u, -1.0) for u, v in zip(unknowns, values, strict=True)]
        out = list(results)
        while left:
            size, k, v = max((abs(row.terms.get(v, 0.0)), k, v) for k, row in enumerate(rows) for v in left)
            if size < 1e-12:
                raise diverges("1 - L has no inverse")
            row = rows.pop(k)
            left.remove(v)
            value = row.plus(Affine(0.0, {v: 1.0}), -row.terms[v]).times(-1.0 / row.terms[v])
            rows, out = ([_with(e, v, value) for e in some] for some in (rows, out))
        return tuple(out)

    def apply(self, box: Box, args: tuple[Affine, ...]) -> tuple[Affine, ...]:
        """What a box writes. Raises `DiagramError` E0403, E0404."""
        name, by = box.op.name, box.arg("by")
        if name == "condition":
            return self.conditioned(box.bodies[0], args)
        if name == "const":
            return (Affine(_plain(box.arg("value"), box), {}),)
        if name in ("add", "sub"):
            return (args[0].plus(args[1], 1.0 if name == "add" else -1.0),)
        if name in ("neg", "scale"):
            return (args[0].times(-1.0 if name == "neg" else _plain(by, box)),)
        if name == "shift":
            return (args[0].plus(Affine(_plain(by, box), {})),)
        if name == "rsub":
            return (args[0].times(-1.0).plus(Affine(_plain(by, box), {})),)
        if name == "div" and not args[1].terms and args[1].constant:
            return (args[0].times(1.0 / args[1].constant),)
        scalar = box.op.kind == Kind.CONTRACT and box.spec is not None and not box.spec.indices
        if scalar:
            return (_product(args, box),)
        if name in _FUNCTIONS and not any(a.terms for a in args):
            return (Affine(_FUNCTIONS[name](*(a.constant for a in args)), {}),)
        if name in _FUNCTIONS or name == "div":
            raise _not_affine(box)
        raise meaningless(box, "in a Gaussian kernel")

    def conditioned(self, joint: Diagram, given: tuple[Affine, ...]) -> tuple[Affine, ...]:
        """What is left of a joint state once its first numbers are `given`, one after another."""
        state = list(self.run(joint, ()))
        places = [self.unknown() for _ in given]  # the noise of what is given counts only afterwards
        for value in places:
            first, *state = state
            own = self.covariance(first, first)
            if own > 1e-12 * (1.0 + first.constant**2):
                gains = [self.covariance(e, first) / own for e in state]
            else:
                gains = [0.0] * len(state)
            # the rest has no covariance with `first`: its noise is that of the conditional
            state = [e.plus(value, g).plus(first, -g) for e, g in zip(state, gains, strict=True)]
        for place, value in zip(places, given, strict=True):
            (v,) = place.terms
            state = [_with(e, v, value) for e in state]
        return tuple(state)


def _with(e: Affine, v: int, value: Affine) -> Affine:
    if v not in e.terms:
        return e
    return Affine(e.constant, {u: c for u, c in e.terms.items() if u != v}).plus(value, e.terms[v])


_NAMES = ("exp", "log", "sqrt", "sin", "cos", "tan", "tanh", "pow")
_FUNCTIONS = {name: getattr(math, name) for name in _NAMES}


def _plain(value: object, box: Box) -> float:
    number = value.number if isinstance(value, Real) else None
    if not isinstance(number, int | float):
        raise meaningless(box, "in a Gaussian kernel")
    return float(number)


def _product(args: tuple[Affine, ...], box: Box) -> Affine:
    result = Affine(1.0, {})
    for a in args:
        if result.terms and a.terms:
            raise _not_affine(box)
        result = a.times(result.constant) if not result.terms else result.times(a.constant)
    return result


def _not_affine(box: Box) -> DiagramError:
    span = box.mark.span if box.mark is not None else None
    return DiagramError(
        Diagnostic(
            "E0404",
            f"`{box.label}` is not affine in what is random",
            span,
            help="kernels are A x + b + noise",
        )
    )
