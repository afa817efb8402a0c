"""A number solved for: `g : R @ R -> R` into `h : R @ R -> R` with `g(x, h(x, v)) = v`, where `g(x, -)` is a
bijection of the real numbers for every x. Refused, with what is in the way, where that is not seen.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isclose, isfinite

from diagram.errors import Diagnostic, DiagramError
from diagram.local import Local
from diagram.op import Kind
from diagram.reals import Real
from diagram.scalars import evaluate
from diagram.sharing import Sharing, prune
from diagram.term import Term
from diagram.types import DType, R, Tensor
from diagram.value import Box, Diagram

NUMBER = Tensor(R, ())
_TURNED = {"sinh": "asinh", "asinh": "sinh"}
"""Bijections of the real numbers, and their inverses."""


@dataclass(frozen=True, slots=True)
class Affine:
    """`u -> a + b * u`."""

    a: Term
    b: Term


Step = Affine | str | int
"""An affine map, a bijection by name, or an odd power."""
Value = Term | tuple[Step, ...]
"""A number free of y, or what y goes through on the way to it, last step last."""


class _Path:
    """The algebra that follows y. Raises `DiagramError` E0408."""

    def __init__(self, local: Local) -> None:
        self.local = local
        self.zero, self.one = local.const(0), local.const(1)

    def apply(self, box: Box, args: tuple[Value, ...]) -> tuple[Value, ...]:
        """What a box makes of paths and of numbers."""
        if not any(isinstance(a, tuple) for a in args):
            wires = [self.local.wire(a, ()) for a in args if isinstance(a, Term)]
            made = self.local.work.box(box.op, wires, (NUMBER,) * len(box.cod), box.spec, box.args)
            return tuple(self.local.at(w, ()) for w in made)
        name = box.op.name
        by = box.arg("by")
        if name == "neg":
            return (self.affine(args[0], self.zero, -self.one),)
        if name in ("add", "sub"):
            return (self.sum(args[0], args[1] if name == "add" else self.negated(args[1])),)
        if name == "div" and isinstance(args[1], Term):
            return (self.affine(args[0], self.zero, self.one / args[1]),)
        if name in ("scale", "shift", "rsub") and isinstance(by, Real):
            scale = {"scale": by, "shift": Real.of(1), "rsub": Real.of(-1)}[name]
            shift = Real.of(0) if name == "scale" else by
            return (self.affine(args[0], self.local.const(shift), self.local.const(scale)),)
        if name == "cast" and isinstance(dtype := box.arg("dtype"), DType) and dtype.is_real:
            return args
        if box.op.kind == Kind.CONTRACT and box.spec is not None and not box.spec.indices:
            return (self.product(args),)
        if name == "power" and isinstance(by, Real) and by.leaf in (1, 3, 5, 7, 9):
            assert isinstance(by.leaf, int) and isinstance(args[0], tuple)
            return ((*args[0], by.leaf),)
        if name in _TURNED and isinstance(args[0], tuple):
            return ((*args[0], name),)
        raise refused(f"the box `{box.label}` is no bijection of the real numbers")

    def affine(self, value: Value, a: Term, b: Term) -> Value:
        """`a + b * value`."""
        if isinstance(value, Term):
            return a + b * value
        if value and isinstance(value[-1], Affine):
            last = value[-1]
            return (*value[:-1], Affine(a + b * last.a, b * last.b))
        return (*value, Affine(a, b))

    def negated(self, value: Value) -> Value:
        """`-value`."""
        return self.affine(value, self.zero, -self.one)

    def sum(self, left: Value, right: Value) -> Value:
        """Of two paths only where they differ in an affine step at the end."""
        if isinstance(left, Term):
            return self.affine(right, left, self.one)
        if isinstance(right, Term):
            return self.affine(left, right, self.one)
        (before, one), (also, other) = self._last(left), self._last(right)
        if before != also:
            raise refused("the second input comes together with itself along two ways")
        return (*before, Affine(one.a + other.a, one.b + other.b))

    def _last(self, path: tuple[Step, ...]) -> tuple[tuple[Step, ...], Affine]:
        if path and isinstance(path[-1], Affine):
            return path[:-1], path[-1]
        return path, Affine(self.zero, self.one)

    def product(self, args: Sequence[Value]) -> Value:
        """Of numbers and one path, or an odd number of times the same path."""
        paths = [a for a in args if isinstance(a, tuple)]
        number = self.one
        for a in args:
            if isinstance(a, Term):
                number = number * a
        if len(paths) % 2 == 0 or any(p != paths[0] for p in paths):
            raise refused("the second input is multiplied with itself")
        path: Value = paths[0] if len(paths) == 1 else (*paths[0], len(paths))
        return self.affine(path, self.zero, number)

    def unknown(self) -> Value:
        """Loops have no inverse here."""
        raise refused("it has a loop")

    def solved(
        self, unknowns: Sequence[Value], values: Sequence[Value], results: Sequence[Value]
    ) -> tuple[Value, ...]:
        """See `unknown`."""
        raise refused("it has a loop")


def refused(reason: str) -> DiagramError:
    """E0408."""
    return DiagramError(
        Diagnostic(
            "E0408",
            "the derivative of the error cannot be solved for its second input",
            notes=(reason, "a request is the wanted value `y` for which the derivative `de/dx(x, y)` is the "
                           "one that came back"),
            help="take another error, or give the inverse of its derivative: `inverse = h`",
        )
    )  # fmt: skip


def inverse(g: Diagram) -> Diagram:
    """`h : (x, v) -> y` with `g(x, y) = v`, for `g : R @ R -> R`. Raises `DiagramError` E0408."""

    def solved(x: Term, y: Term) -> Term:
        local = x.local
        start: Value = ()
        (path,) = evaluate(g, (x, start), _Path(local))
        if isinstance(path, Term):
            raise refused("it does not depend on its second input")
        for step in reversed(path):
            if isinstance(step, Affine):
                if not _never_zero(step.b):
                    raise refused("the second input is multiplied with a number that may be 0")
                turned = 1 / step.b
                y = y * turned - step.a * turned if not step.b.factors else (y - step.a) / step.b
            elif isinstance(step, int):
                y = local.apply("sign", y) * local.apply("power", local.apply("abs", y), by=Real.of(1 / step))
            else:
                y = local.apply(_TURNED[step], y)
        return y

    return numbers("xv", solved)


def checked(g: Diagram, h: Diagram) -> Diagram:
    """`h`, if at drawn numbers it is the inverse of `g` in its second input, on both sides. Raises
    `DiagramError` E0408.
    """
    import random

    if h.dom != (NUMBER, NUMBER) or h.cod != (NUMBER,):
        raise refused(f"the inverse that is given is {h.type_text}, not R @ R -> R")
    there, back = g.compile("numpy"), h.compile("numpy")
    draw = random.Random(0)
    seen = 0
    for k in range(40):
        x, y = (draw.random() if k % 2 else draw.gauss(0, 2) for _ in range(2))
        for first, second in ((there, back), (back, there)):
            found = float(second(x, first(x, y)))
            seen += isfinite(found)
            if isfinite(found) and not isclose(found, y, rel_tol=1e-6, abs_tol=1e-8):
                raise refused(f"the inverse that is given takes {y:.3g} at x = {x:.3g} to {found:.3g}")
    if seen < 20:
        raise refused("the inverse that is given has no value at most numbers")
    return h


def numbers(names: str, rule: Callable[[Term, Term], Term]) -> Diagram:
    """A diagram `R @ R -> R` from a rule."""
    work = Sharing()
    x, y = (work.builder.input(NUMBER, name) for name in names)
    local = Local(work, ())
    return prune(work.builder.build([local.wire(rule(local.at(x, ()), local.at(y, ())), ())]))


def _never_zero(number: Term) -> bool:
    """Whether a number made of x is seen to be 0 for no real x: a constant, or by sympy if that is there."""
    if not number.factors:
        return number.scale.evaluate({}) != 0
    local = number.local
    d = prune(local.work.builder.build([local.wire(number, ())]))
    try:
        from diagram.symbolic import never_zero
    except ModuleNotFoundError:
        return False
    return never_zero(d)
