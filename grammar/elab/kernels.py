"""Functors into linear-Gaussian kernels: `noise[v]`, `gauss[mean = 0, cov = 1]`, and what `F[f]` is.

A kernel is a diagram of numbers whose noise is hidden inputs; `diagram.gaussian` says which matrix, shift
and covariance that is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from diagram.errors import DiagramError, Span
from diagram.gaussian import NOISE, Kernel, kernel
from diagram.hypergraph import Box, Diagram, Param, single
from diagram.reals import Real
from diagram.types import R, Tensor, Wires
from grammar.elab.builtin import NamedForm, aligned
from grammar.elab.emit import constant, scaled
from grammar.elab.env import Env, fault, kid, kids, word
from grammar.elab.forms import DiagramForm
from grammar.elab.static import number, whole
from grammar.elab.values import Form, Num, Static, Value, Wired
from grammar.tree import Node

if TYPE_CHECKING:
    from grammar.elab.functors import Interpretation

PARTS = ("matrix", "shift", "cov")
"""What a kernel has under a name."""


@dataclass(frozen=True, slots=True)
class GaussImage(Form):
    """`F[f]`: on wires the map of the file with noise drawn anew; compared, its kernel."""

    diagram: Diagram
    node: Node

    @property
    def name(self) -> str:
        return self.node.text

    def arity(self) -> int | None:
        return len(self.diagram.dom)

    def dom(self) -> Wires | None:
        return self.diagram.dom

    def apply(self, env: Env, wires: Wired, node: Node, spans: tuple[Span, ...]) -> Wired:
        return DiagramForm(self.diagram, self.name).apply(env, wires, node, spans)

    def kernel(self) -> Kernel:
        """Matrix, shift and covariance. Raises `Fault`."""
        try:
            return kernel(self.diagram)
        except DiagramError as error:
            first = error.diagnostics[0]
            raise fault(first.code, first.message, self.node, first.label, notes=first.notes) from None

    def member(self, name: str, node: Node) -> Value:
        """`F[f].cov`. Raises `Fault` E0201."""
        if name not in PARTS:
            raise fault("E0201", f"a kernel has no `{name}`", node, help="it has matrix, shift and cov")
        return KernelPart(name, self)


@dataclass(frozen=True, slots=True)
class KernelPart(Static):
    """`F[f].matrix`: read an entry by `F[f].matrix[0, 1]`, row and column from 0."""

    part: str
    image: GaussImage

    @property
    def kind(self) -> str:
        return f"the {self.part} of a kernel"

    def given(self, brackets: Node, node: Node, env: Env) -> Value:
        """One entry. Raises `Fault` E0302, E0319."""
        slots = kids(kid(brackets, 0))
        axes = 1 if self.part == "shift" else 2
        if len(slots) != axes:
            raise fault("E0302", f"{self.kind} has {axes} axes, and {len(slots)} positions are given", node)
        entry: object = getattr(self.image.kernel(), self.part)
        for slot in slots:
            k = whole(slot, env).constant
            assert isinstance(entry, tuple)
            if k is None or not 0 <= k < len(entry):
                raise fault("E0319", f"`{slot.text}` is outside an axis of size {len(entry)}", slot)
            entry = entry[k]
        assert isinstance(entry, float)
        return Num(Real.of(entry))


def names() -> dict[str, Value]:
    """What the target brings: `noise[v]`, `gauss[mean = m, cov = v]`."""
    return {"noise": NamedForm("noise", _noise), "gauss": NamedForm("gauss", _gauss)}


def _noise(slots: tuple[Node, ...], node: Node, env: Env) -> Value:
    """`noise[v]` in a formula: mean 0, variance v, independent of all else."""
    if len(slots) != 1:
        raise fault("E0302", "`noise` takes one variance", node, help="noise[0.5]")
    return Wired(env.frame, (_source(number(slots[0], env), slots[0], env),))


def _source(variance: Real, node: Node, env: Env) -> int:
    value = variance.number
    if not isinstance(value, int | float) or value < 0:
        raise fault("E0404", f"`{node.text}` is no variance", node, f"it is {variance}")
    options = ((NOISE, variance),)
    param = Param("noise", "normal", (Real.of(value**0.5),), None, True, options, node.span)
    return env.frame.builder.param(Tensor(R), param)


def _gauss(slots: tuple[Node, ...], node: Node, env: Env) -> Value:
    """`gauss[mean = 0, cov = 1]`; for several wires `mean = [..]`, `cov = [[..], ..]`. Raises `Fault`."""
    parts = {word(s): kid(s, 1) for s in slots if s.kind == "named"}
    if len(parts) != len(slots) or not set(parts) <= {"mean", "cov", "matrix"} or "cov" not in parts:
        raise fault("E0302", "`gauss` takes a mean and a covariance", node, help="gauss[mean = 0, cov = 1]")
    cov = _matrix(parts["cov"], env)
    n = len(cov)
    mean = _vector(parts["mean"], env) if "mean" in parts else [0.0] * n
    rows = _matrix(parts["matrix"], env) if "matrix" in parts else [[] for _ in range(n)]
    if len(mean) != n or len(rows) != n or any(len(row) != n for row in cov) or len({*map(len, rows)}) > 1:
        raise fault(
            "E0404", "the parts of this kernel have other sizes", node, f"the covariance has {n} rows"
        )
    return GaussForm(tuple(map(tuple, rows)), tuple(mean), _factor(cov, parts["cov"]), parts["cov"])


def _vector(node: Node, env: Env) -> list[float]:
    return (
        [_float(e, env) for e in kids(kid(kid(node, 0), 0))] if node.kind == "array" else [_float(node, env)]
    )


def _matrix(node: Node, env: Env) -> list[list[float]]:
    if node.kind != "array":
        return [[_float(node, env)]]
    return [_vector(row, env) for row in kids(kid(kid(node, 0), 0))]


def _float(node: Node, env: Env) -> float:
    value = number(node, env).number
    if not isinstance(value, int | float):
        raise fault("E0404", f"`{node.text}` is no number for a kernel", node)
    return float(value)


def _factor(cov: list[list[float]], node: Node) -> tuple[tuple[tuple[float, ...], float], ...]:
    """`cov = sum of d * l l^T`: pairs (l, d), by elimination. Raises `Fault` E0404 if it is no covariance."""
    left = [list(row) for row in cov]
    n = len(left)
    found = []
    for k in range(n):
        d = left[k][k]
        column = [left[i][k] for i in range(n)]
        if any(abs(left[i][k] - left[k][i]) > 1e-9 for i in range(n)) or d < -1e-9:
            raise fault("E0404", "this is no covariance", node, "it must be symmetric and positive")
        if d <= 1e-12:
            if any(abs(x) > 1e-9 for x in column):
                raise fault("E0404", "this is no covariance", node, "it must be symmetric and positive")
            continue
        ray = tuple(x / d for x in column)
        found.append((ray, d))
        left = [[left[i][j] - d * ray[i] * ray[j] for j in range(n)] for i in range(n)]
    return tuple(found)


@dataclass(frozen=True, slots=True)
class GaussForm(Form):
    """A kernel by its parts."""

    matrix: tuple[tuple[float, ...], ...]
    mean: tuple[float, ...]
    rays: tuple[tuple[tuple[float, ...], float], ...]
    node: Node

    @property
    def name(self) -> str:
        return "gauss"

    def arity(self) -> int | None:
        return len(self.matrix[0]) if self.matrix else 0

    def dom(self) -> Wires | None:
        return (Tensor(R),) * (self.arity() or 0)

    def apply(self, env: Env, wires: Wired, node: Node, spans: tuple[Span, ...]) -> Wired:
        """`matrix x + mean + rays * noise`. Raises `Fault` E0302."""
        ids = env.frame.own(wires)
        if len(ids) != self.arity():
            raise fault("E0302", f"`gauss` takes {self.arity()} wires here, but {len(ids)} are given", node)
        sources = [_source(Real.of(d), self.node, env) for _, d in self.rays]
        outs = []
        for k, mean in enumerate(self.mean):
            total = constant(env, Real.of(mean))
            parts = [*zip(ids, self.matrix[k], strict=True)]
            parts += [(w, ray[k]) for w, (ray, _) in zip(sources, self.rays, strict=True)]
            for w, by in parts:
                if by:
                    total = aligned(env, "add", (total, scaled(env, w, Real.of(by), node)), node)
            outs.append(total)
        return Wired(env.frame, tuple(outs))


def conditional(how: Interpretation, box: Box, node: Node) -> Diagram:
    """The image of a conditional: the box around the image of its joint state."""
    from dataclasses import replace

    from grammar.elab.function_images import function_image, types_of

    (joint,) = box.bodies
    image = function_image(how, joint, node)
    assert isinstance(image, GaussImage)
    dom, cod = types_of(how, box.op.dom), types_of(how, box.op.cod)
    op = replace(box.op, arity=len(dom), dom=dom, cod=cod)
    return single(op, bodies=(image.diagram,))
