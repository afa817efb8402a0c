"""Tensor functors: a diagram as one array, by one planned contraction over numpy, torch, exact values or a
semiring.

An object goes to one or several sizes, a box to an array of shape `sizes(dom) + sizes(cod)`; side by side is
the
outer product, composing sums. Any wiring is allowed: spiders are shared indices, loops are sizes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from compilers.semiring import SEMIRINGS, Semiring
from compilers.tensor_plan import Array, Indices, Path, Plan, greedy, plan, several
from diagram.errors import Diagnostic, DiagramError
from diagram.inlining import inline
from diagram.melt import melt
from diagram.types import Ob, Tensor, Type, Wires, wires_text
from diagram.value import Box, Diagram

PathMaker = Callable[[Sequence[Indices], Indices, Mapping[int, int]], Path]


@dataclass(frozen=True, slots=True)
class TensorFunctor:
    """`sizes` of objects by name, `arrays` of boxes by name; `semiring` by name or as a value.

    `library` is `numpy` or `torch`; `optimize` a path maker, `auto` (several greedy tries where that pays),
    `greedy` or `cotengra`.
    """

    sizes: Mapping[str, int | tuple[int, ...]]
    arrays: Mapping[str, Any]
    semiring: str | Semiring = "real"
    library: str = "numpy"
    optimize: str | PathMaker = "auto"
    """Any: whatever the library turns into an array."""

    def shape(self, type_: Type) -> tuple[int, ...]:
        """The sizes of one wire; adjoints have the axes reversed. Raises `DiagramError` E0403."""
        if isinstance(type_, Tensor):
            return tuple(
                size.evaluate({k: v for k, v in self.sizes.items() if isinstance(v, int)})
                for size in type_.shape
            )
        if not isinstance(type_, Ob) or type_.name not in self.sizes:
            message = f"the functor gives no size for {type_}"
            raise DiagramError(Diagnostic("E0403", message, help=f"add a size: {type_} = 2"))
        size = self.sizes[type_.name]
        shape = (size,) if isinstance(size, int) else tuple(size)
        return shape[::-1] if type_.adjoint % 2 else shape

    def shapes(self, types: Wires) -> tuple[int, ...]:
        """The shape of an array on several wires."""
        return tuple(n for t in types for n in self.shape(t))

    def compile(self, d: Diagram) -> Contraction:
        """Check types and plan once; run as often as wanted. Raises `DiagramError` E0403, E0404."""
        return Contraction(self, d)

    def __call__(self, d: Diagram) -> Array:
        """The array of a diagram, axes of its domain first."""
        return self.compile(d)()


class Contraction:
    """A diagram as a network of arrays with a plan."""

    __slots__ = ("_arrays", "_boxes", "_expand", "_factor", "_semiring", "functor", "plan")

    def __init__(self, functor: TensorFunctor, d: Diagram) -> None:
        self.functor = functor
        named = functor.semiring
        self._semiring = SEMIRINGS[named] if isinstance(named, str) else named
        flat = melt(inline(d), True)
        axes, sizes = _axes(functor, flat.wires)
        self._boxes = _arrays(functor, flat.boxes, tuple(flat.wires), self._semiring)
        inputs = [tuple(i for w in (*b.dom, *b.cod) for i in axes[w]) for b in flat.boxes]
        self._arrays = [self._boxes[id(b.op)] for b in flat.boxes]
        legs = tuple(i for w in (*flat.inputs, *flat.outputs) for i in axes[w])
        output = tuple(dict.fromkeys(legs))
        used = {i for ins in inputs for i in ins}
        for i in output:
            if i not in used:
                inputs.append((i,))
                self._arrays.append(self._ones((sizes[i],)))
        if not inputs:
            inputs, self._arrays = [()], [self._ones(())]
        self._factor = prod(n for i, n in sizes.items() if i not in used and i not in output)
        self.plan: Plan = plan(inputs, output, sizes, _maker(functor.optimize))
        self._expand = None if legs == output else (legs, output, tuple(sizes[i] for i in legs))
        self._widen(sizes, used | set(output))

    def _ones(self, shape: tuple[int, ...]) -> Array:
        ring = self._semiring
        dtypes = {x.dtype for x in self._boxes.values()}
        if self.functor.library == "torch":
            import torch

            return torch.ones(shape, dtype=next(iter(dtypes), torch.float64))
        kind = ring.dtype or (np.result_type(*dtypes) if dtypes else np.int64)
        return np.full(shape, ring.one, dtype=kind)

    def _widen(self, sizes: Mapping[int, int], indices: set[int]) -> None:
        """Whole numbers that might leave 64 bits become Python's."""
        if not self._arrays or any(getattr(x.dtype, "kind", "") not in "iu" for x in self._arrays):
            return
        bound = prod(sizes[i] for i in indices) * self._factor
        for x in self._arrays:
            bound *= max(1, -int(x.min()), int(x.max())) if x.size else 1
        if bound >= 2**62:
            self._arrays = [x.astype(object) for x in self._arrays]

    def __call__(self) -> Array:
        """Run the plan."""
        return self.run(self._arrays)

    def run(self, arrays: Sequence[Array]) -> Array:
        """Run the plan on other arrays, one for each box (and the ones behind, if the plan has some)."""
        if self.functor.library == "torch":
            result = _torch_run(self.plan, arrays)
        else:
            result = self.plan.run(arrays, self._semiring)
        if self._factor != 1:
            result = self._scaled(result)
        return result if self._expand is None else self._spread(result)

    def _scaled(self, result: Array) -> Array:
        """A closed wire of size n is the unit added up n times."""
        ring, factor = self._semiring, self._factor
        if ring.linear:
            return result * factor
        return result if factor else ring.array(np.full(result.shape, ring.zero))

    def _spread(self, result: Array) -> Array:
        """Legs of one wire are equal: the result on the diagonal, zero elsewhere."""
        assert self._expand is not None
        legs, output, shape = self._expand
        if self.functor.library == "torch":
            whole = result.new_zeros(shape)
            strides = [sum(s for s, j in zip(whole.stride(), legs, strict=True) if j == i) for i in output]
            whole.as_strided(result.shape, strides).copy_(result)
            return whole
        whole = np.full(shape, self._semiring.zero, dtype=result.dtype)
        strides = [sum(s for s, j in zip(whole.strides, legs, strict=True) if j == i) for i in output]
        np.lib.stride_tricks.as_strided(whole, result.shape, strides)[...] = result
        return whole


def _axes(functor: TensorFunctor, wires: Sequence[Type]) -> tuple[list[Indices], dict[int, int]]:
    """Indices for every wire, and their sizes."""
    axes, sizes = [], dict[int, int]()
    for type_ in wires:
        shape = functor.shape(type_)
        first = len(sizes)
        sizes.update(enumerate(shape, first))
        axes.append(tuple(range(first, first + len(shape))))
    return axes, sizes


def _arrays(
    functor: TensorFunctor, boxes: Sequence[Box], wires: Wires, semiring: Semiring
) -> dict[int, Array]:
    """The array of every operation, of the right shape. Raises `DiagramError` with all that are wrong."""
    found: dict[int, Array] = {}
    faults: list[Diagnostic] = []
    seen: set[int] = set()
    for box in boxes:
        if id(box.op) in seen:
            continue
        seen.add(id(box.op))
        span = box.mark.span if box.mark else None
        name = box.op.name
        if name not in functor.arrays:
            message = f"the functor gives no image for {name}"
            faults.append(Diagnostic("E0403", message, span, help=f"add a line: box {name} = ..."))
            continue
        dom = box.op.dom or tuple(wires[w] for w in box.dom)
        cod = box.op.cod or tuple(wires[w] for w in box.cod)
        want = functor.shapes(dom) + functor.shapes(cod)
        array = _array(functor, functor.arrays[name], semiring)
        if tuple(array.shape) != want and (array.ndim != 1 or array.shape[0] != prod(want)):
            notes = (
                f"it has    shape {tuple(array.shape)}",
                f"it needs  shape {want} for {wires_text(dom)} -> {wires_text(cod)}",
            )
            faults.append(Diagnostic("E0404", f"the image of {name} has the wrong shape", span, notes=notes))
            continue
        found[id(box.op)] = array.reshape(want)
    if faults:
        raise DiagramError(*faults)
    return found


def _array(functor: TensorFunctor, value: Any, semiring: Semiring) -> Array:
    if functor.library == "torch":
        import torch

        return torch.as_tensor(value)
    return semiring.array(value)


def _maker(optimize: str | PathMaker) -> PathMaker:
    if callable(optimize):
        return optimize
    makers: dict[str, PathMaker] = {"auto": several, "greedy": greedy, "cotengra": _cotengra}
    if optimize not in makers:
        raise ValueError(f"optimize is auto, greedy, cotengra or a function, not {optimize!r}")
    return makers[optimize]


def _cotengra(inputs: Sequence[Indices], output: Indices, sizes: Mapping[int, int]) -> Path:
    """The path that cotengra finds, if it is installed."""
    import cotengra

    tree = cotengra.array_contract_tree(
        [tuple(map(str, ins)) for ins in inputs],
        tuple(map(str, output)),
        size_dict={str(i): n for i, n in sizes.items()},
    )
    return [(a, b) for a, b in tree.get_ssa_path()]


def _torch_run(made: Plan, arrays: Sequence[Array]) -> Array:
    live: list[Array] = list(arrays)
    for k, (ins, kept) in enumerate(made.single):
        if kept != ins:
            live[k] = _torch_alone(live[k], ins, kept)
    for step in made.steps:
        x = live[step.a].permute(step.left).reshape(step.left_shape)
        y = live[step.b].permute(step.right).reshape(step.right_shape)
        live.append((x @ y).reshape(step.shape))
        live[step.a] = live[step.b] = None
    return live[-1].permute(made.order)


def _torch_alone(x: Array, ins: Indices, kept: Indices) -> Array:
    names = list(ins)
    while len(set(names)) < len(names):
        i = next(i for i in names if names.count(i) > 1)
        a = names.index(i)
        b = names.index(i, a + 1)
        x = x.diagonal(dim1=a, dim2=b)
        names = [n for k, n in enumerate(names) if k not in (a, b)] + [i]
    gone = [k for k, i in enumerate(names) if i not in kept]
    if gone:
        x = x.sum(gone)
    left = [i for i in names if i in kept]
    return x.permute([left.index(i) for i in kept])
