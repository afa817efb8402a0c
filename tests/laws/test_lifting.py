"""A slice of the lifted diagram is the diagram of the slices, with bodies of every sort inside."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diagram.builder import Builder
from diagram.derivative import reverse
from diagram.inlining import inline
from diagram.lifting import lift, opened
from diagram.op import generator
from diagram.ops import STANDARD
from diagram.types import Axis, Ob, Tensor
from diagram.value import Args, Diagram
from tests.derivative.diagrams import DOM, arrays, like, random, tensor, values

DEGREE = (Axis.of("p", 2), Axis.of("i", 3))  # the second has the name of an axis inside
PORTS = ((0,), (), (0, 1))


def stacks(d: Diagram, rng: np.random.Generator) -> list[np.ndarray]:
    xs = arrays(d, rng)
    lead = [tuple((2, 3)[p] for p in port) for port in PORTS]
    return [rng.standard_normal((*n, *x.shape)) for n, x in zip(lead, xs, strict=False)] + xs[len(PORTS) :]


def slices(xs: list[np.ndarray], where: tuple[int, ...]) -> list[np.ndarray]:
    picked = [x[tuple(where[p] for p in port)] for x, port in zip(xs, PORTS, strict=False)]
    return picked + xs[len(PORTS) :]


@settings(max_examples=40)
@given(st.integers(0, 10**6))
def test_a_slice_of_the_lifted_diagram_is_the_diagram_of_the_slices(seed: int) -> None:
    rng = np.random.default_rng(seed)
    d = random(rng, DOM, 7, 2)
    lifted = lift(d, DEGREE, PORTS)
    assert lifted.params == d.params
    xs = stacks(d, rng)
    whole = values(lifted, xs)
    for where in np.ndindex(2, 3):
        for mine, part in zip(values(d, slices(xs, where)), whole, strict=True):
            np.testing.assert_allclose(part[where], mine, rtol=1e-11, atol=1e-11)


@settings(max_examples=25)
@given(st.integers(0, 10**6))
def test_calls_of_bodies_with_bodies_inline_and_differentiate(seed: int) -> None:
    rng = np.random.default_rng(seed)
    body = random(rng, DOM, 5, 1)
    b = Builder()
    ins = [b.input(Tensor(t.dtype, tuple(DEGREE[p].renamed(f"deg{p}") for p in port) + t.axes), f"x{k}")
           for k, (t, port) in enumerate(zip(DOM, PORTS, strict=True))]  # fmt: skip
    params = [b.param(body.wires[w], p) for w, p in zip(body.param_wires, body.params, strict=True)]
    args: Args = (("degree", DEGREE), ("ports", PORTS))
    (out,) = body.cod
    assert isinstance(out, Tensor)
    cod = Tensor(out.dtype, tuple(a.renamed(f"deg{k}") for k, a in enumerate(DEGREE)) + out.axes)
    d = b.build(b.box(STANDARD["call"], [*ins, *params], (cod,), None, args, (body,)), "f")
    xs = arrays(d, rng)
    flat, ys = inline(d), values(d, xs)
    np.testing.assert_allclose(values(flat, xs)[0], ys[0], rtol=1e-11, atol=1e-11)
    cs = like(ys, rng)
    both = [*xs[:3], *cs, *xs[3:]]
    for mine, other in zip(values(reverse(d), both), values(reverse(flat), both), strict=True):
        np.testing.assert_allclose(mine, other, rtol=1e-9, atol=1e-9)


def test_what_does_not_depend_on_the_degree_is_not_lifted() -> None:
    rng = np.random.default_rng(1)
    d = random(rng, DOM, 8, 2, depth=0)
    alone = lift(d, DEGREE, ((), (), ()))
    assert [box.spec for box in alone.boxes[: len(d.boxes)]] == [box.spec for box in d.boxes]
    assert len(alone.boxes) == len(d.boxes) + 2  # only the results are repeated


def test_declared_boxes_are_called_for_each_position() -> None:
    b = Builder()
    x = b.input(tensor(0), "x")
    (y,) = b.box(generator("f", (tensor(0),), (tensor(0),)), (x,), (tensor(0),))
    lifted = lift(b.build((y,)), DEGREE, ((0, 1),))
    (call,) = lifted.boxes
    assert call.op.name == "call" and call.bodies[0].boxes[0].op.name == "f"
    assert [a.name for a in lifted.cod[0].axes] == ["p", "i'", "i"]  # type: ignore[union-attr]


def test_opening_makes_learned_arrays_ordinary_inputs() -> None:
    d = random(np.random.default_rng(7), DOM, 8, 2)
    o = opened(d)
    assert not o.params and o.inputs == d.inputs and len(o.dom) == len(d.dom) + len(d.params)


def test_wires_that_are_no_arrays_cannot_be_lifted() -> None:
    b = Builder()
    x = b.input(Ob("A"), "x")
    with pytest.raises(ValueError, match="a wire of type A has no axes to lift over"):
        lift(b.build((x,)), DEGREE, ((0,),))


def test_closed_wires_stay() -> None:
    b = Builder()
    x = b.input(DOM[0])
    b.wire(DOM[1])
    lifted = lift(b.build((x,)), DEGREE, ((0,),))
    ends = {*lifted.inputs, *lifted.outputs, *(w for box in lifted.boxes for w in (*box.dom, *box.cod))}
    assert [t for w, t in enumerate(lifted.wires) if w not in ends] == [DOM[1]]
