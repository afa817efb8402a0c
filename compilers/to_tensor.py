"""Tensor functors: a diagram as one array, by one planned contraction over numpy, torch, exact values or a
semiring.

An object goes to one or several sizes, a box to an array of shape `sizes(dom) + sizes(cod)`; side by side is
the outer product, composing sums. Any wiring is allowed: spiders are shared indices, loops are sizes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import prod
from operator import is_
from typing import Any

import numpy as np

from compilers.rings import Array, Ring, ring
from compilers.tensor_paths import Indices, PathMaker, makers
from compilers.tensor_plan import Plan, plan
from diagram.errors import Diagnostic, DiagramError
from diagram.inlining import inline
from diagram.melt import melt
from diagram.semirings import Semiring
from diagram.turning import DAGGER
from diagram.types import Ob, Tensor, Type, Wires, wires_text
from diagram.value import Box, Diagram


@dataclass(frozen=True, slots=True)
class TensorFunctor:
    """`sizes` of objects by name, `arrays` of boxes by name; `semiring` by name or as a value.

    An object whose name is a number has that size; the dagger of a box has the conjugate transpose of its
    array. `library` is `numpy` or `torch`; `optimize` a path maker, `auto` (several greedy tries where that
    pays), `greedy` or `cotengra`; `memory` bounds the entries of every array made on the way: the work is
    then sliced. A call plans a diagram once and remembers the plan.
    """

    sizes: Mapping[str, int | tuple[int, ...]]
    arrays: Mapping[str, Any]
    semiring: str | Semiring = "real"
    library: str = "numpy"
    optimize: str | PathMaker = "auto"
    memory: int | None = None
    _known: dict[int, Contraction] = field(default_factory=dict, init=False, repr=False, compare=False)
    """Any: whatever the library turns into an array."""

    def shape(self, type_: Type) -> tuple[int, ...]:
        """The sizes of one wire; adjoints have the axes reversed. Raises `DiagramError` E0403."""
        if isinstance(type_, Tensor):
            known = {k: v for k, v in self.sizes.items() if isinstance(v, int)}
            return tuple(size.evaluate(known) for size in type_.shape)
        name = type_.name if isinstance(type_, Ob) else ""
        if name not in self.sizes:
            if name.isdecimal():
                return (int(name),)
            message = f"the functor gives no size for {type_}"
            raise DiagramError(Diagnostic("E0403", message, help=f"add a size: {type_} = 2"))
        size = self.sizes[name]
        shape = (size,) if isinstance(size, int) else tuple(size)
        return shape[::-1] if isinstance(type_, Ob) and type_.adjoint % 2 else shape

    def shapes(self, types: Wires) -> tuple[int, ...]:
        """The shape of an array on several wires."""
        return tuple(n for t in types for n in self.shape(t))

    def compile(self, d: Diagram) -> Contraction:
        """Check types and plan once; run as often as wanted. Raises `DiagramError`, `ValueError`."""
        return Contraction(self, Network(self, d))

    def __call__(self, d: Diagram) -> Array:
        """The array of a diagram, axes of its domain first."""
        known = self._known.get(id(d))
        if known is None or not known.fresh:
            if len(self._known) >= KEPT:
                self._known.clear()
            network = Network(self, d) if known is None else known.network
            known = self._known[id(d)] = Contraction(self, network)
        return known()


KEPT = 16
"""How many plans a functor remembers."""


class Network:
    """A diagram as indices on boxes, with a plan; what its arrays are is not yet said."""

    __slots__ = ("boxes", "diagram", "expand", "extra", "factor", "plan", "total", "wires")

    def __init__(self, functor: TensorFunctor, d: Diagram) -> None:
        self.diagram = d
        flat = melt(inline(d), True)
        self.wires = flat.wires
        self.boxes = flat.boxes
        axes, sizes = _axes(functor, flat.wires)
        inputs = [tuple(i for w in (*b.dom, *b.cod) for i in axes[w]) for b in flat.boxes]
        legs = tuple(i for w in (*flat.inputs, *flat.outputs) for i in axes[w])
        output = tuple(dict.fromkeys(legs))
        used = {i for ins in inputs for i in ins}
        lone: list[Indices] = [(i,) for i in output if i not in used] or ([] if inputs else [()])
        self.extra = tuple(tuple(sizes[i] for i in ins) for ins in lone)
        """Shapes of the arrays of ones behind those of the boxes."""
        self.factor = prod(n for i, n in sizes.items() if i not in used and i not in output)
        self.total = prod(sizes[i] for i in used | set(output)) * self.factor
        """How many terms an entry of the result may be the sum of, at most."""
        self.expand = None if legs == output else (legs, output, tuple(sizes[i] for i in legs))
        path = makers(functor.optimize)
        self.plan: Plan = plan([*inputs, *lone], output, sizes, path, functor.memory)


class Contraction:
    """A network with its arrays: `run` it on them as often as wanted, or on others of the same shapes."""

    __slots__ = ("_arrays", "_given", "_names", "_ring", "functor", "network")

    def __init__(self, functor: TensorFunctor, network: Network) -> None:
        self.functor = functor
        self.network = network
        self._ring: Ring = ring(functor.semiring, functor.library)
        known = images(functor, network.boxes, network.wires, self._ring)
        arrays = [known[id(b.op)] for b in network.boxes]
        kind = self._ring.common(list(known.values()))
        arrays += [self._ring.full(shape, self._ring.one, kind) for shape in network.extra]
        self._arrays = self._widened(arrays, list(known.values()))
        self._names = {b.op.name for b in network.boxes}
        given = [functor.arrays.get(name) for name in self._names]
        self._given = given if _shared(given, self._arrays[: len(network.boxes)]) else None

    @property
    def plan(self) -> Plan:
        """What is done in which order."""
        return self.network.plan

    @property
    def fresh(self) -> bool:
        """Whether the arrays are still those that the functor gives, with whatever is written in them."""
        if self._given is None:
            return False
        return all(map(is_, map(self.functor.arrays.get, self._names), self._given))

    def _widened(self, arrays: list[Array], known: list[Array]) -> list[Array]:
        """Whole numbers that might leave 64 bits become Python's; `ValueError` where there are none."""
        if not self._ring.linear or not known or any("int" not in str(x.dtype) for x in known):
            return arrays
        bounds = {id(x): max(1, -int(x.min()), int(x.max())) for x in known if prod(x.shape)}
        bits = self.network.total.bit_length() + sum(bounds.get(id(x), 1).bit_length() for x in arrays)
        if bits < 62:
            return arrays
        if self.functor.library == "torch":
            raise ValueError("the result might leave 64 bits: use library='numpy', which counts exactly")
        return [x.astype(object) for x in arrays]

    def __call__(self) -> Array:
        """Run the plan."""
        return self.run(self._arrays)

    def run(self, arrays: Sequence[Array]) -> Array:
        """Run the plan on other arrays, one for each box (and the ones behind, if the plan has some)."""
        result = self.network.plan.run(arrays, self._ring)
        if self.network.factor != 1:
            result = self._scaled(result, self.network.factor)
        return result if self.network.expand is None else self._spread(result, *self.network.expand)

    def _scaled(self, result: Array, factor: int) -> Array:
        """A closed wire of size n is the unit added up n times."""
        if self._ring.linear:
            return self._ring.array(result * factor)
        times = self._ring.full((), self._ring.zero, result.dtype)
        one = self._ring.full((), self._ring.one, result.dtype)
        for _ in range(factor):
            before, times = times, self._ring.add(times, one)
            if before == times:
                break
        return self._ring.array(self._ring.multiply(result, times))

    def _spread(self, result: Array, legs: Indices, output: Indices, shape: tuple[int, ...]) -> Array:
        """Legs of one wire are equal: the result on the diagonal, zero elsewhere."""
        whole = self._ring.full(shape, self._ring.zero, result.dtype)
        steps = self._ring.strides(whole)
        strides = [sum(s for s, j in zip(steps, legs, strict=True) if j == i) for i in output]
        self._ring.strided(whole, result.shape, strides)[...] = result
        return whole


def _shared(given: Sequence[Any], arrays: Sequence[Array]) -> bool:
    """Whether the arrays lie in the memory of those given and are read as they are."""
    if not all(isinstance(x, np.ndarray) and x.dtype.kind in "fc" for x in (*given, *arrays)):
        return False
    owners = {id(x) for x in given}
    return all(id(x) in owners or id(x.base) in owners for x in arrays)


def _axes(functor: TensorFunctor, wires: Sequence[Type]) -> tuple[list[Indices], dict[int, int]]:
    """Indices for every wire, and their sizes."""
    axes, sizes = [], dict[int, int]()
    for type_ in wires:
        shape = functor.shape(type_)
        first = len(sizes)
        sizes.update(enumerate(shape, first))
        axes.append(tuple(range(first, first + len(shape))))
    return axes, sizes


def images(functor: TensorFunctor, boxes: Sequence[Box], wires: Wires, over: Ring) -> dict[int, Array]:
    """The array of every operation, of the right shape. Raises `DiagramError` with all that are wrong."""
    found: dict[int, Array] = {}
    faults: list[Diagnostic] = []
    seen: set[int] = set()
    for box in boxes:
        if id(box.op) not in seen:
            seen.add(id(box.op))
            image = _image(functor, box, wires, over)
            if isinstance(image, Diagnostic):
                faults.append(image)
            else:
                found[id(box.op)] = image
    if faults:
        raise DiagramError(*faults)
    return found


def _image(functor: TensorFunctor, box: Box, wires: Wires, over: Ring) -> Array | Diagnostic:
    """The array of one box, or what is wrong with it."""
    name, span = box.op.name, box.mark.span if box.mark else None
    dom = functor.shapes(dom_types := box.op.dom or tuple(wires[w] for w in box.dom))
    cod = functor.shapes(cod_types := box.op.cod or tuple(wires[w] for w in box.cod))
    base = name.removesuffix(DAGGER)
    turned = name not in functor.arrays and base != name and base in functor.arrays
    if name not in functor.arrays and not turned:
        message = f"the functor gives no image for {name}"
        return Diagnostic("E0403", message, span, help=f"add a line: box {name} = ...")
    array = over.array(functor.arrays[base if turned else name])
    want = cod + dom if turned else dom + cod
    shape = tuple(array.shape)
    if shape != want and (len(shape) != 1 or shape[0] != prod(want)):
        notes = (
            f"it has    shape {shape}",
            f"it needs  shape {want} for {wires_text(dom_types)} -> {wires_text(cod_types)}",
        )
        return Diagnostic("E0404", f"the image of {base} has the wrong shape", span, notes=notes)
    array = array.reshape(want)
    if not turned:
        return array
    n = len(cod)
    return over.turned(array, (*range(n, len(want)), *range(n))).conj()
