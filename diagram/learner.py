"""Learners (Fong, Spivak and Tuyeras, Backprop as functor, 2019): `(P, I, U, r) : A -> B` with
`implement : P @ A -> B`, `update : P @ A @ B -> P` and `request : P @ A @ B -> A`. They compose; `learner`
takes a parametrised diagram and an error to one that descends, and composites to composites.

A learner is a lens `P @ A | P @ A -> B | B`, the composition is that of lenses, P set aside. Not here: the
optimisers of `std.optim`, whose lenses take a gradient.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from diagram.builder import Builder
from diagram.errors import Diagnostic, DiagramError
from diagram.inverse import checked, inverse, numbers
from diagram.lifting import lift
from diagram.optic import Optic, rev, same
from diagram.reals import Real
from diagram.sharing import prune
from diagram.types import R, Tensor, Type, Wires, wires_text
from diagram.value import Diagram, make

Port = tuple[Type, str]


@dataclass(frozen=True, slots=True, eq=False)
class Learner:
    """A lens `P @ A | P @ A -> B | B`, P its first `parameters` wires. Raises `DiagramError` E0402.

    Equal learners have equal parameters and equal passes, up to sliding along the residual.
    """

    optic: Optic
    parameters: int

    def __post_init__(self) -> None:
        o = self.optic
        if o.back != o.dom or o.demand != o.cod or self.parameters > len(o.dom):
            raise DiagramError(
                Diagnostic(
                    "E0402",
                    "this lens is no learner",
                    notes=(f"it is        {o.type_text}", "a learner is  P @ A | P @ A -> B | B"),
                )
            )

    @property
    def space(self) -> Wires:
        """P."""
        return self.optic.dom[: self.parameters]

    @property
    def dom(self) -> Wires:
        """A."""
        return self.optic.dom[self.parameters :]

    @property
    def cod(self) -> Wires:
        """B."""
        return self.optic.cod

    @property
    def implement(self) -> Diagram:
        """`P @ A -> B`."""
        return self.optic.get()

    @property
    def update(self) -> Diagram:
        """`P @ A @ B -> P`."""
        return self._part(0, self.parameters)

    @property
    def request(self) -> Diagram:
        """`P @ A @ B -> A`: the input that would have served better."""
        return self._part(self.parameters, len(self.optic.dom))

    def _part(self, start: int, stop: int) -> Diagram:
        put = self.optic.put()
        flat = put.flat._replace(outputs=put.outputs[start:stop])
        return make(flat, put.dom, put.cod[start:stop], put.category, put.name)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Learner):
            return NotImplemented
        return self.parameters == other.parameters and self.optic == other.optic

    def __hash__(self) -> int:
        return hash((self.parameters, self.optic))

    def __repr__(self) -> str:
        return f"learner : {wires_text(self.dom)} -> {wires_text(self.cod)} with {wires_text(self.space)}"

    def __rshift__(self, other: Learner) -> Learner:
        """One after the other, `P @ Q` aside: what the second requests is what the first is taught. Raises
        `DiagramError` E0402."""
        if self.cod != other.dom:
            raise DiagramError(
                Diagnostic(
                    "E0402",
                    "these learners do not fit",
                    notes=(f"left gives   {wires_text(self.cod)}", f"right takes  {wires_text(other.dom)}"),
                )
            )
        p, q, a = self.parameters, other.parameters, len(self.dom)
        aside = same(other.space, other.space, self.optic.category)
        order = [*range(p, p + q), *range(p), *range(p + q, p + q + a)]
        whole = (aside @ self.optic) >> other.optic
        ports = (*self.ports[:p], *other.ports[:q], *self.ports[p:])
        return Learner(_turned(ports, order, self.optic) >> whole, p + q)

    def __matmul__(self, other: Learner) -> Learner:
        """Side by side, `P @ Q` aside."""
        p, q, a, c = self.parameters, other.parameters, len(self.dom), len(other.dom)
        n = p + q
        order = [*range(p), *range(n, n + a), *range(p, n), *range(n + a, n + a + c)]
        ports = (*self.ports[:p], *other.ports[:q], *self.ports[p:], *other.ports[q:])
        return Learner(_turned(ports, order, self.optic) >> (self.optic @ other.optic), n)

    def reparametrised(self, order: Sequence[int]) -> Learner:
        """The same learner with its parameters in another order: the k-th is the `order[k]`-th of before."""
        if sorted(order) != list(range(self.parameters)):
            raise ValueError(f"{list(order)} is no order of {self.parameters} parameters")
        n = self.parameters
        ports = (*(self.ports[k] for k in order), *self.ports[n:])
        back = [*(order.index(k) for k in range(n)), *range(n, len(ports))]
        return Learner(_turned(ports, back, self.optic) >> self.optic, n)

    @property
    def ports(self) -> tuple[Port, ...]:
        """The wires of P and A, with their names."""
        return tuple(zip(self.optic.dom, self.optic.forward.input_names, strict=True))


def _turned(ports: Sequence[Port], order: Sequence[int], like: Optic) -> Optic:
    """Wires into the order `order`, and back; what is called the same is told apart."""
    b, c = Builder(like.category), Builder(like.category)
    used: dict[str, int] = {}
    there = []
    for type_, name in ports:
        used[name] = used.get(name, 0) + 1
        there.append(b.input(type_, name if used[name] == 1 else f"{name}_{used[name]}"))
    here = [c.input(*ports[k]) for k in order]
    back = c.build([here[order.index(k)] for k in range(len(order))])
    return Optic(b.build([there[k] for k in order]), back, 0)


def unit(wires: Wires, like: Diagram) -> Learner:
    """The identity learner: nothing to learn, and it requests what it is taught."""
    return Learner(same(wires, wires, like.category), 0)


def quadratic() -> Diagram:
    """The error `(x - y)^2 / 2`, whose request is the input less its gradient."""
    return numbers("xy", lambda x, y: (x - y) ** 2 * 0.5)


def learner(
    d: Diagram,
    parameters: int,
    rate: Real | float,
    error: Diagram | None = None,
    solved: Diagram | None = None,
) -> Learner:
    """Gradient descent on `d : P @ A -> B` as a learner, P its first wires. With E the sum of
    `error(d(p, a), b)` it updates to `p - rate * dE/dp`, and requests the a' for which `derror/dx(a, a')` is
    `dE/da`, entry by entry.

    `solved : (x, v) -> y` is the inverse of `derror/dx(x, -)`, found where it is not given. Raises
    `DiagramError` E0408 where there is none, E0406.
    """
    from diagram.derivative import grad

    odd = [t for t in (*d.dom, *d.cod) if not isinstance(t, Tensor) or t.dtype != R]
    if odd:
        raise DiagramError(
            Diagnostic("E0306", f"a learner goes between real arrays, and {wires_text((odd[0],))} is none")
        )
    gradient = grad(quadratic() if error is None else error)
    flat = gradient.flat._replace(outputs=gradient.outputs[1:2])
    slope = prune(make(flat, gradient.dom, gradient.cod[1:2], gradient.category))
    asked = inverse(slope) if solved is None else checked(slope, solved)
    core = rev(d)
    b = Builder(d.category)
    ins = [b.input(t, name) for t, name in zip(d.dom, d.input_names, strict=True)]
    outs = b.insert(core.forward, ins)
    results = outs[: len(d.cod)]
    forward = b.build((*results, *outs[len(d.cod) :], *ins, *results))
    c = Builder(d.category)
    left, given, made = ([c.input(t) for t in ts] for ts in (core.left, d.dom, d.cod))
    taught = [c.input(t, f"wanted_{name}") for t, name in zip(d.cod, d.output_names, strict=True)]
    demand = [_each(c, slope, pair) for pair in zip(made, taught, strict=True)]
    back = c.insert(core.backward, [*left, *demand])
    step = numbers("pg", lambda p, g: p - g * Real.of(rate))
    new = [
        _each(c, step if k < parameters else asked, pair)
        for k, pair in enumerate(zip(given, back, strict=True))
    ]
    return Learner(Optic(forward, c.build(new), len(outs) + len(ins)), parameters)


def _each(b: Builder, rule: Diagram, wires: Sequence[int]) -> int:
    """A diagram of numbers, entry by entry."""
    type_ = b.wires[wires[0]]
    assert isinstance(type_, Tensor)
    every = tuple(range(len(type_.axes)))
    (w,) = b.insert(lift(rule, type_.axes, tuple(every for _ in wires)), list(wires))
    return w
