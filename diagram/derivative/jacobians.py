"""Jacobians and Hessians: the backward pass at every unit cotangent."""

from __future__ import annotations

from diagram.builder import Builder
from diagram.derivative.activity import is_smooth
from diagram.ops import STANDARD
from diagram.reals import Real
from diagram.sharing import select, share
from diagram.spec import Slot, Spec
from diagram.types import Axis, Tensor, wires_text
from diagram.value import Args, Diagram


def jacobian(d: Diagram) -> Diagram:
    """`A -> R[B, A]` for each real result and each real input; learned arrays held fixed.

    The axes of a Jacobian are those of the result, then those of the input, primed where they agree. Raises
    `ValueError` if no result is real.
    """
    real = [k for k, t in enumerate(d.cod) if isinstance(t, Tensor) and t.dtype.is_real]
    if not real or len(real) < len(d.cod):
        raise ValueError(f"a Jacobian needs real arrays as results, not {wires_text(d.cod)}")
    b = Builder(d.category)
    ins = [b.input(t, n) for t, n in zip(d.dom, d.input_names, strict=True)]
    params = {p.path: b.param(d.wires[w], p) for w, p in zip(d.param_wires, d.params, strict=True)}
    outs: list[int] = []
    for k in real:
        outs += _rows(b, select(d, [k]), ins, params)
    return share(b.build(outs, f"jacobian_{d.name}" if d.name else ""))


def hessian(d: Diagram) -> Diagram:
    """The Jacobian of the gradient of one real number, for each pair of its real inputs."""
    from diagram.derivative import grad

    inputs = [n for n, t in zip(d.input_names, d.dom, strict=True) if is_smooth(t)]
    return jacobian(select(grad(d, inputs), range(1, 1 + len(inputs))))


def _rows(b: Builder, d: Diagram, ins: list[int], every: dict[str, int]) -> tuple[int, ...]:
    """The Jacobians of one result."""
    from diagram.derivative import reverse

    back = select(reverse(d), range(sum(map(is_smooth, d.dom))))
    (result,) = d.cod
    assert isinstance(result, Tensor)
    lead = result.axes
    params = [every[p.path] for p in back.params]
    seed = _units(b, result)
    if not lead:
        return tuple(b.insert(back, [*ins, seed], params))
    args: Args = (("degree", lead), ("ports", (*(() for _ in ins), tuple(range(len(lead))))))
    cod = [_behind(lead, t) for t in back.cod]
    return tuple(b.box(STANDARD["call"], (*ins, seed, *params), cod, None, args, (back,)))


def _units(b: Builder, type_: Tensor) -> int:
    """All unit arrays: `R[B, B]` with ones where both positions agree."""
    axes = type_.axes
    plain = tuple(Slot.at(k) for k in range(len(axes)))
    name = "full" if axes else "const"
    args: Args = (("value", Real.of(1)), ("dtype", type_.dtype))
    (ones,) = b.box(STANDARD[name], (), (type_,), Spec(axes, (), (plain,)), args)
    if not axes:
        return ones
    both = _behind(axes, type_)
    (w,) = b.box(STANDARD["contract"], (ones,), (both,), Spec(axes, (plain,), ((*plain, *plain),)))
    return w


def _behind(lead: tuple[Axis, ...], type_: object) -> Tensor:
    assert isinstance(type_, Tensor)
    used = {a.name for a in lead}
    axes = list(lead)
    for axis in type_.axes:
        name = axis.name
        while name and name in used:
            name += "'"
        used.add(name)
        axes.append(axis if name == axis.name else axis.renamed(name))
    return type_.with_axes(tuple(axes))
