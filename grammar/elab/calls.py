"""The `call` box: arguments laid out as degree then formal axes, results under the caller's names."""

from __future__ import annotations

from diagram.hypergraph import Diagram, Mark
from diagram.ops import STANDARD
from diagram.types import Axis, Tensor, Type, Wires
from grammar.elab.binding import Binding
from grammar.elab.env import Env
from grammar.elab.forms import transposed
from grammar.elab.learn import Prefix, instance_params
from grammar.elab.static import whole_quotients
from grammar.elab.values import Wired
from grammar.tree import Node


def call(
    env: Env, body: Diagram, binding: Binding, wires: Wired, node: Node, part: Prefix | None, name: str
) -> Wired:
    """A `call` box: arguments laid out as degree then formal axes, results renamed to the caller's axes."""
    frame = env.frame
    b = frame.builder
    ids = frame.own(wires)
    degree = tuple(binding.degree)
    args: list[int] = []
    for w, order, has, type_ in zip(ids, binding.orders, binding.ports, body.dom, strict=True):
        if isinstance(type_, Tensor):
            w = _laid_out(env, w, order, [degree[d] for d in has], type_)
        args.append(w)
    env.unit.effort.spend(len(ids) + len(body.params) // 4, node)
    params = instance_params(frame, body, part, name, node)
    cod = tuple(t.with_axes(degree + t.axes) if isinstance(t, Tensor) else t for t in body.cod)
    cod = tuple(_fresh_against(t, len(degree)) for t in cod)
    ports = tuple(binding.ports)
    mark = Mark(part.name if part is not None and part.name else name, node.span)
    outs = b.box(
        STANDARD["call"], (*args, *params), cod, None, (("degree", degree), ("ports", ports)), (body,), mark
    )
    return Wired(frame, renamed(env, outs, body.cod, binding))


def renamed(env: Env, outs: tuple[int, ...], cod: Wires, binding: Binding) -> tuple[int, ...]:
    """The results of a lifted box under the caller's names."""
    return tuple(
        _renamed(env, w, type_, binding) if isinstance(type_, Tensor) else w
        for w, type_ in zip(outs, cod, strict=True)
    )


def _laid_out(env: Env, w: int, order: tuple[int, ...], degree: list[Axis], type_: Tensor) -> int:
    """Permute only if the layout differs: names are matched by the call itself."""
    have = env.frame.builder.wires[w]
    assert isinstance(have, Tensor)
    if order == tuple(range(len(order))):
        return w
    return transposed(env, w, order, tuple(have.axes[a] for a in order))


def _fresh_against(type_: Type, n: int) -> Type:
    """Names of new axes that clash with those of the degree get primes."""
    if not isinstance(type_, Tensor):
        return type_
    used = {a.name for a in type_.axes[:n]}
    axes = list(type_.axes[:n])
    for axis in type_.axes[n:]:
        name = axis.name
        while name and name in used:
            name += "'"
        used.add(name)
        axes.append(axis if name == axis.name else Axis(name, axis.size, axis.factors))
    return type_.with_axes(tuple(axes))


def result_axis(axis: Axis, binding: Binding) -> Axis:
    """A result axis under the caller's names: its formal's binding; a derived one follows its stem,
    primed."""
    if axis.name in binding.axes:
        actual = binding.axes[axis.name]
        return Axis(actual.name, axis.size, actual.factors if actual.size == axis.size else ())
    if axis.name != axis.stem and axis.stem in binding.axes:
        actual = binding.axes[axis.stem]
        if actual.size == axis.size:
            return actual
        primes = axis.name[len(axis.stem) :]
        return Axis(actual.name + primes if actual.name else "", axis.size)
    return axis


def _renamed(env: Env, w: int, formal: Tensor, binding: Binding) -> int:
    """A result of a lifted box under the caller's names, its axes in the order that section 9 says."""
    degree = binding.degree
    n = len(degree)
    axes: list[Axis] = []
    used = {a.name for a in degree}
    for axis in formal.axes:
        new = result_axis(axis, binding)
        name = new.name
        while name and name in used:
            name += "'"
        used.add(name)
        axes.append(Axis(name, whole_quotients(new.size, env), new.factors))
    plan = binding.arrange([a.name for a in axes])
    if not degree and all(order == tuple(range(len(order))) for order in binding.orders):
        plan = [(False, k) for k in range(len(axes))]  # called as declared: the result is as declared
    order = tuple(k if in_degree else n + k for in_degree, k in plan)
    named = tuple(degree[k] if in_degree else axes[k] for in_degree, k in plan)
    b = env.frame.builder
    if order == tuple(range(len(order))):
        have = b.wires[w]
        assert isinstance(have, Tensor)
        b.wires[w] = have.with_axes(named)
        return w
    return transposed(env, w, order, named)
