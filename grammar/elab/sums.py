"""Formal sums `f + g`, `2 * f`, elements of a ring `A**-1`, and static arrays: arithmetic that is no wire's.

A functor whose target has sums reads them; on arrays a sum of maps is the map of sums.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field

from diagram.errors import Span
from diagram.reals import Number, Real
from diagram.semirings import Element, Semiring
from diagram.types import Tensor, Wires
from grammar.elab.builtin import aligned
from grammar.elab.emit import scaled
from grammar.elab.env import Env, fault
from grammar.elab.forms import BesideForm, IdForm
from grammar.elab.values import Form, Num, Static, TypeVal, Value, Wired
from grammar.tree import Node

_SIGNS = {"add": "+", "sub": "-", "mul": "*", "div": "/", "pow": "**"}


@dataclass(frozen=True, slots=True)
class Exact(Static):
    """An element of a ring that is known while checking."""

    value: Element
    ring: Semiring = field(compare=False)

    @property
    def kind(self) -> str:
        return "an element of a ring"

    def __str__(self) -> str:
        return str(self.value)


Scalar = Num | Exact


class Linear(Form):
    """A form that can be added and multiplied by numbers. Abstract."""

    __slots__ = ()

    @abstractmethod
    def scaled(self, by: Scalar, node: Node) -> Linear:
        """Times a number. Raises `Fault`."""

    @abstractmethod
    def plus(self, other: Linear, node: Node) -> Linear:
        """The sum. Raises `Fault`."""


@dataclass(frozen=True, slots=True)
class SumForm(Linear):
    """A formal sum of diagrams of one type."""

    terms: tuple[tuple[Scalar, Form, Node], ...]

    @property
    def name(self) -> str:
        return " + ".join(f"{_shown(c)} * {f.name}" for c, f, _ in self.terms)

    def arity(self) -> int | None:
        return self.terms[0][1].arity()

    def dom(self) -> Wires | None:
        return self.terms[0][1].dom()

    def apply(self, env: Env, wires: Wired, node: Node, spans: tuple[Span, ...]) -> Wired:
        """On arrays: the sum of what the terms give. Raises `Fault` E0307 on other wires."""
        totals: list[int] = []
        for k, (by, form, text) in enumerate(self.terms):
            out = env.frame.own(form.apply(env, wires, text, spans))
            if not all(isinstance(env.frame.builder.wires[w], Tensor) for w in out) or isinstance(by, Exact):
                raise fault(
                    "E0307", f"`{node.text}` is a formal sum of diagrams", node, "only a functor can read it"
                )
            ids = [scaled(env, w, by.real, node) for w in out]
            totals = ids if not k else [aligned(env, "add", p, node) for p in zip(totals, ids, strict=True)]
        return Wired(env.frame, tuple(totals))

    def scaled(self, by: Scalar, node: Node) -> Linear:
        return SumForm(tuple((times(by, c, node), f, n) for c, f, n in self.terms))

    def plus(self, other: Linear, node: Node) -> Linear:
        if not isinstance(other, SumForm):
            raise fault("E0307", f"`{node.text}` adds a diagram and its image under a functor", node)
        return SumForm(self.terms + other.terms)


def _shown(value: Scalar) -> str:
    return str(value.real) if isinstance(value, Num) else str(value.value)


@dataclass(frozen=True, slots=True)
class ArrayVal(Static):
    """A static array: nested tuples of numbers or ring elements."""

    entries: tuple[object, ...]

    @property
    def kind(self) -> str:
        return "an array"

    def times(self, by: Scalar, node: Node) -> ArrayVal:
        """Every entry times a number."""
        return ArrayVal(_times(self.entries, by, node))


def _times(entries: tuple[object, ...], by: Scalar, node: Node) -> tuple[object, ...]:
    return tuple(
        _times(e, by, node) if isinstance(e, tuple) else times(by, e, node)  # type: ignore[arg-type]
        for e in entries
    )


# ------------------------------------------------------------------------------------------------ arithmetic


def combine(kind: str, left: Value, right: Value, a: Node, b: Node, node: Node, env: Env) -> Value | None:
    """`left kind right` for diagrams and ring elements; None if this is arithmetic of wires and numbers.

    Raises `Fault` E0307, E0313.
    """
    if isinstance(left, Exact | Num) and isinstance(right, Exact | Num):
        if isinstance(left, Num) and isinstance(right, Num):
            return None
        return _ring(kind, left, right, node)
    if kind == "mul":
        if isinstance(left, ArrayVal) and isinstance(right, Exact | Num):
            return left.times(right, node)
        if isinstance(right, ArrayVal) and isinstance(left, Exact | Num):
            return right.times(left, node)
    if not (_formal(left, env) or _formal(right, env)) or isinstance(left, Wired) or isinstance(right, Wired):
        return None
    if kind in ("mul", "div") and isinstance(right, Exact | Num):
        one = Num(Real.of(1))
        by = (
            right
            if kind == "mul"
            else _ring("div", one, right, node)
            if isinstance(right, Exact)
            else _over(right, node)
        )
        return linear(left, a).scaled(by, node)
    if kind == "mul" and isinstance(left, Exact | Num):
        return linear(right, b).scaled(left, node)
    if kind == "mul":
        return _beside(left, right, a, b)
    if kind in ("add", "sub") and _formal(left, env) and _formal(right, env):
        second = linear(right, b)
        return linear(left, a).plus(second.scaled(Num(Real.of(-1)), node) if kind == "sub" else second, node)
    return None


def _over(value: Num, node: Node) -> Num:
    try:
        return Num(Real.of(1) / value.real)
    except ZeroDivisionError:
        raise fault("E0313", f"`{node.text}` divides by zero", node) from None


def negated(value: Value, node: Node, env: Env) -> Value | None:
    """`-f`; None for wires and numbers."""
    minus = Num(Real.of(-1))
    if isinstance(value, Exact):
        return _ring("mul", minus, value, node)
    if isinstance(value, ArrayVal):
        return value.times(minus, node)
    return linear(value, node).scaled(minus, node) if _formal(value, env) else None


def _formal(value: Value, env: Env) -> bool:
    """A diagram in arithmetic: not a source of arrays, which is a wire."""
    if isinstance(value, Linear):
        return True
    if isinstance(value, TypeVal):
        return bool(value.wires) and not all(isinstance(t, Tensor) for t in value.wires)
    return isinstance(value, Form) and (value.arity() != 0 or not env.unit.is_numeric(env))


def linear(value: Value, node: Node) -> Linear:
    """A diagram as a sum of one term."""
    if isinstance(value, Linear):
        return value
    if isinstance(value, TypeVal):
        value = IdForm(value.wires, node.text)
    if isinstance(value, Form):
        return SumForm(((Num(Real.of(1)), value, node),))
    from grammar.elab.values import kind_of

    raise fault(
        "E0307", f"`{node.text}` is {kind_of(value)}, not a diagram", node, "a diagram is needed here"
    )


def _beside(left: Value, right: Value, a: Node, b: Node) -> Form | None:
    """A closed diagram times another is the two side by side."""
    parts = [
        (IdForm(v.wires, n.text) if isinstance(v, TypeVal) else v, n) for v, n in ((left, a), (right, b))
    ]
    forms: Sequence[tuple[Form, Node]] = [
        (f, n) for f, n in parts if isinstance(f, Form) and not isinstance(f, Linear)
    ]
    if len(forms) < 2 or all(f.arity() != 0 for f, _ in forms):
        return None
    return BesideForm(tuple(forms))


def times(left: Scalar, right: Scalar, node: Node) -> Scalar:
    """The product of two numbers or ring elements."""
    if isinstance(left, Num) and isinstance(right, Num):
        return Num(left.real * right.real)
    return _ring("mul", left, right, node)


def number_of(value: Scalar, node: Node) -> Number:
    """A number as Python has it. Raises `Fault` E0333 if a size in it is open."""
    if isinstance(value, Exact):
        raise fault("E0308", f"`{node.text}` is {value.kind}, not a number", node)
    number = value.real.number
    if number is None:
        raise fault("E0333", f"`{node.text}` is not a number that is known here", node, f"it is {value.real}")
    return number


def element(value: Scalar, ring: Semiring, node: Node) -> Element:
    """A number or ring element as an element of `ring`. Raises `Fault` E0404."""
    if isinstance(value, Exact):
        return value.value
    try:
        return ring.of(number_of(value, node))
    except (ValueError, TypeError) as error:
        raise fault("E0404", f"`{node.text}` is no entry for `{ring.name}`: {error}", node) from None


def coefficient(value: Scalar, ring: Semiring, node: Node) -> Element:
    """A number in front of a diagram as an element: n stands for `1 + 1 + ...`. Raises `Fault` E0404."""
    number = value.real.number if isinstance(value, Num) else None
    if isinstance(number, int) and 0 <= number <= LARGEST:
        return ring.total(number)
    if ring.name in IDEMPOTENT:
        raise fault("E0404", f"`{node.text}` is no whole multiple, and `{ring.name}` has no others", node)
    return element(value, ring, node)


LARGEST = 1000
"""Coefficients up to here are added up, so that they mean the same in every semiring."""
IDEMPOTENT = ("bool", "tropical", "maxplus")


def _ring(kind: str, left: Scalar, right: Scalar, node: Node) -> Exact:
    ring = left.ring if isinstance(left, Exact) else right.ring  # type: ignore[union-attr]
    try:
        if kind == "pow":
            power = number_of(right, node)
            if not isinstance(power, int):
                raise fault("E0313", f"`{node.text}` has no value", node, "the exponent must be whole")
            return Exact(element(left, ring, node) ** power, ring)
        a, b = element(left, ring, node), element(right, ring, node)
        if kind == "add":
            return Exact(ring.add(a, b), ring)
        if kind == "sub":
            return Exact(a - b, ring)
        if kind == "mul":
            return Exact(ring.mul(a, b), ring)
        if kind == "div":
            return Exact(ring.mul(a, b**-1), ring)
    except (ValueError, TypeError) as error:
        raise fault("E0313", f"`{node.text}` has no value", node, str(error)) from None
    raise fault("E0307", f"`{_SIGNS.get(kind, kind)}` has no meaning in {ring.name}", node)
