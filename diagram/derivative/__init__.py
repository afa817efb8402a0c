"""Derivatives: functors from diagrams to diagrams. The result is an ordinary diagram: it runs, prints, draws
and can be differentiated again.
"""

from __future__ import annotations

from collections.abc import Sequence

from diagram.builder import Builder
from diagram.derivative.activity import is_smooth
from diagram.derivative.bodies import Optics, distinct, merged, zeros
from diagram.derivative.sweep import Sweep
from diagram.errors import Diagnostic, DiagramError
from diagram.room import room
from diagram.sharing import prune
from diagram.types import Tensor, wires_text
from diagram.value import Diagram

__all__ = ["grad", "hvp", "jvp", "reverse", "value_and_reverse", "vjp"]


@room()
def reverse(d: Diagram) -> Diagram:
    """The reverse derivative `A @ B' -> A' @ P'`, P' in the order of the learned arrays, which stay hidden
    inputs.

    Types without a cotangent (`nat`, `bool`) and frozen arrays have none. Results are called `d_<input>`,
    `d_<path>`. The forward pass is in it once, cotangents nobody wants are not. O(boxes). Raises
    `DiagramError` E0406.
    """
    return prune(_derivative(d, _wanted(d), value=False)).with_looks(d.looks)


@room()
def value_and_reverse(d: Diagram) -> Diagram:
    """`A @ B' -> B @ A' @ P'`: the value and the reverse derivative, sharing the forward pass. See
    `reverse`.
    """
    return prune(_derivative(d, _wanted(d), value=True)).with_looks(d.looks)


vjp = value_and_reverse
"""`A @ B' -> B @ A' @ P'`: vector-Jacobian product with the value."""


@room()
def grad(d: Diagram, wrt: Sequence[str] | None = None) -> Diagram:
    """For one scalar real output: `A -> R @ A' @ P'`, the value first. `wrt` names inputs and paths of
    learned arrays.

    Raises `DiagramError` E0406, `ValueError` if the output is another or a name is unknown.
    """
    return prune(_gradient(d, _chosen(d, wrt))).with_looks(d.looks)


@room()
def jvp(d: Diagram, wrt: Sequence[str] | None = None) -> Diagram:
    """`A @ A~ -> B @ B~`: the value and the derivative along tangents of the inputs, or of the inputs and
    learned arrays that `wrt` names; the others held fixed.

    The reverse derivative of the reverse derivative in its cotangent, which is linear in it: forward mode.
    """
    chosen = _wanted(d, params=False) if wrt is None else _chosen(d, wrt)
    r = _derivative(d, chosen, value=True)
    n, m = len(d.dom), len(d.cod)
    wanted = [False] * n + [True] * (len(r.dom) - n) + [False] * len(d.params)
    given = [False] * m + [True] * (len(r.cod) - m)
    both = prune(_derivative(r, wanted, value=True, given=given))
    builder = Builder(d.category)
    ins = [builder.input(t, name) for t, name in zip(d.dom, d.input_names, strict=True)]
    moved = [(w, name) for w, name, yes in zip(d.inputs, _labels(d), chosen, strict=True) if yes]
    tangents = [builder.input(d.wires[w], f"d_{name}") for w, name in moved]
    params = [builder.param(d.wires[w], p) for w, p in zip(d.param_wires, d.params, strict=True)]
    nothing = [zeros(builder, t) for t in r.dom[n:]]
    outs = builder.insert(both, [*ins, *nothing, *tangents], params)
    results = (*outs[:m], *outs[len(r.cod) :])
    names = [*d.output_names, *(f"d_{k}" for k, t in zip(d.output_names, d.cod, strict=True) if is_smooth(t))]
    return prune(builder.build(results, d.name, d.doc, distinct(names), d.span))


@room()
def hvp(d: Diagram, wrt: Sequence[str] | None = None) -> Diagram:
    """The Hessian of a scalar times a vector, `A @ V -> H V`, V one array for each of `wrt` (default:
    all), in order.
    """
    chosen = _chosen(d, wrt)
    g = _gradient(d, chosen)
    second = _derivative(g, chosen, value=False, given=[False] + [True] * (len(g.cod) - 1))
    return prune(second)


def of_function(body: Diagram, captured: int) -> Diagram:
    """`captured @ A @ B' -> A'` of the body `captured @ A -> B` of a function: what it captured is held
    constant.
    """
    wanted = [k >= captured and is_smooth(t) for k, t in enumerate(body.dom)] + [False] * len(body.params)
    return prune(_derivative(body, wanted, value=False))


def _wanted(d: Diagram, params: bool = True) -> list[bool]:
    inputs = [is_smooth(t) for t in d.dom]
    return inputs + [
        params and not p.frozen and is_smooth(d.wires[w])
        for w, p in zip(d.param_wires, d.params, strict=True)
    ]


def _chosen(d: Diagram, wrt: Sequence[str] | None) -> list[bool]:
    if wrt is None:
        return _wanted(d)
    names = [*d.input_names, *(p.path for p in d.params)]
    for name in wrt:
        if name not in names:
            raise ValueError(
                f"{d.name or 'the diagram'} has no input or learned array {name}; it has {', '.join(names)}"
            )
    wanted = [name in wrt for name in names]
    for name, w, want in zip(names, d.inputs, wanted, strict=True):
        if want and not is_smooth(d.wires[w]):
            raise ValueError(f"{name} : {d.wires[w]} has no derivative")
    return wanted


def _labels(d: Diagram) -> list[str]:
    """What inputs and learned arrays are called in the names of their derivatives."""
    return [*d.input_names, *(p.path.replace(".", "_") for p in d.params)]


def _gradient(d: Diagram, wanted: Sequence[bool]) -> Diagram:
    if len(d.cod) != 1 or not isinstance(d.cod[0], Tensor) or d.cod[0].axes or not d.cod[0].dtype.is_real:
        raise DiagramError(
            Diagnostic(
                "E0406",
                f"grad needs one real number as result, {d.name or 'the diagram'} gives {wires_text(d.cod)}",
                d.span,
                help="sum or average the result, or use reverse(d), which takes its cotangents as inputs",
            )
        )
    sweep = Sweep(merged(d), wanted, [True], Optics())
    sweep.forward()
    w = sweep.d.outputs[0]
    if w in sweep.live:
        sweep.add(w, sweep.space(w).const(1))
    sweep.backward()
    return _finish(sweep, wanted, value=True)


def _derivative(
    d: Diagram, wanted: Sequence[bool], value: bool, given: Sequence[bool] | None = None
) -> Diagram:
    has = [is_smooth(t) for t in d.cod] if given is None else list(given)
    sweep = Sweep(merged(d), wanted, has, Optics())
    sweep.forward()
    builder = sweep.work.builder
    for w, type_, name, seeded in zip(sweep.d.outputs, d.cod, d.output_names, has, strict=True):
        if seeded:
            sweep.seed(w, builder.input(type_, f"d_{name}"))
    sweep.backward()
    return _finish(sweep, wanted, value)


def _finish(sweep: Sweep, wanted: Sequence[bool], value: bool) -> Diagram:
    d = sweep.d
    outs = [sweep.to[w] for w in d.outputs] if value else []
    names = list(d.output_names) if value else []
    for w, want, label in zip(d.inputs, wanted, _labels(d), strict=True):
        if want:
            outs.append(sweep.cotangent_or_zero(w))
            names.append(f"d_{label}")
    name = f"d_{d.name}" if d.name else ""
    return sweep.work.builder.build(outs, name, d.doc, distinct(names), d.span)
