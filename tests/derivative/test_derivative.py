"""What a derivative looks like: names, learned arrays, errors, size, bodies; and its values on known
models.
"""

from __future__ import annotations

import numpy as np
import pytest
import torch

from diagram.builder import Builder
from diagram.derivative import grad, hvp, reverse, value_and_reverse
from diagram.errors import DiagramError, Source, Span
from diagram.hypergraph import walk
from diagram.inlining import inline
from diagram.op import generator
from diagram.ops import STANDARD
from diagram.reals import Real
from diagram.sizes import Size
from diagram.spec import Slot, Spec
from diagram.types import Axis, DType, R, Tensor
from diagram.value import Diagram, Mark, Param
from tests.derivative.diagrams import (
    AXES,
    Growing,
    arrays,
    attention,
    learned,
    like,
    mlp,
    random,
    tensor,
    values,
)
from tests.oracle import run

NAMES = [f"d_l{k}_{end}" for k in range(2) for end in ("weight", "bias")]


def test_results_are_named_after_inputs_and_paths() -> None:
    d = mlp(2)
    g = grad(d)
    assert g.output_names == ("y0", "d_X", *NAMES)
    assert g.params == d.params and g.dom == d.dom
    r = reverse(d)
    assert r.output_names == ("d_X", *NAMES)
    assert r.dom == (*d.dom, *d.cod) and r.input_names == ("X", "d_y0")
    assert value_and_reverse(d).output_names == ("y0", "d_X", *NAMES)


def test_wrt_names_inputs_and_paths() -> None:
    d = mlp(2)
    g = grad(d, wrt=["l1.bias", "X"])
    assert g.output_names == ("y0", "d_X", "d_l1_bias")
    assert len(g.boxes) < len(grad(d).boxes)
    with pytest.raises(ValueError, match="has no input or learned array l9"):
        grad(d, wrt=["l9"])


def test_frozen_arrays_and_whole_numbers_have_no_cotangent() -> None:
    b = Builder()
    p = b.param(tensor(1, 2), Param("table", frozen=True))
    q = b.param(tensor(2), Param("w"))
    t = b.input(Tensor(DType("nat", Size.of(2)), (AXES[0],)), "t")
    spec = Spec(
        (AXES[0], AXES[2]),
        ((Slot((), Size.of(0), 1), Slot.at(1)), (Slot.at(0),)),
        ((Slot.at(0), Slot.at(1)),),
    )
    (rows,) = b.box(STANDARD["gather"], (p, t), (tensor(0, 2),), spec)
    dot = Spec((AXES[0], AXES[2]), ((Slot.at(0), Slot.at(1)), (Slot.at(1),)), ((Slot.at(0),),))
    r = reverse(b.build(b.box(STANDARD["contract"], (rows, q), (tensor(0),), dot)))
    assert r.output_names == ("d_w",)
    assert [box.op.name for box in r.boxes] == ["gather", "contract"]


def _torch_mlp(d: Diagram, xs: list[np.ndarray]) -> tuple[torch.Tensor, list[torch.Tensor]]:
    ts = [torch.tensor(x, requires_grad=True) for x in xs]
    h = ts[0]
    for k in range(len(d.params) // 2):
        h = torch.tanh(h @ ts[1 + 2 * k].T + ts[2 + 2 * k])
    return (h * h).mean(), ts


def test_gradients_of_an_mlp_are_those_of_torch() -> None:
    d = mlp(3)
    xs = arrays(d, np.random.default_rng(0))
    value, ts = _torch_mlp(d, xs)
    found = values(grad(d), xs)
    assert found[0] == pytest.approx(value.item(), abs=1e-12)
    for mine, theirs in zip(found[1:], torch.autograd.grad(value, ts), strict=True):
        np.testing.assert_allclose(mine, theirs.numpy(), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("target", ["numpy", "torch"])
def test_gradients_compile_like_any_diagram(target: str) -> None:
    rng = np.random.default_rng(5)
    for d in (grad(mlp(2)), value_and_reverse(attention())):
        xs = arrays(d, rng)
        f = d.compile(target, dtype="f64")
        n = len(d.dom)
        if target == "torch":
            state = {p.path: torch.tensor(x) for p, x in zip(d.params, xs[n:], strict=True)}
            f.load_state_dict(state)
            found = [v.detach().numpy() for v in f(*map(torch.tensor, xs[:n]))]
        else:
            f.params = {p.path: x for p, x in zip(d.params, xs[n:], strict=True)}
            found = list(f(*xs[:n]))
        for mine, slow in zip(found, values(d, xs), strict=True):
            np.testing.assert_allclose(mine, slow, rtol=1e-10, atol=1e-12)


def test_hessians_are_those_of_torch() -> None:
    d = mlp(2)
    xs = arrays(d, np.random.default_rng(1))
    vs = like(xs, np.random.default_rng(2))
    h = values(hvp(d), [xs[0], *vs, *xs[1:]])
    value, ts = _torch_mlp(d, xs)
    first = torch.autograd.grad(value, ts, create_graph=True)
    slope = sum((g * torch.tensor(v)).sum() for g, v in zip(first, vs, strict=True))
    for mine, theirs in zip(h, torch.autograd.grad(slope, ts), strict=True):
        np.testing.assert_allclose(mine, theirs.numpy(), rtol=1e-9, atol=1e-11)


def test_third_derivatives_are_right() -> None:
    b = Builder()
    x = b.input(Tensor(R), "x")
    plain = Spec((), ((),), ((),))
    (y,) = b.box(STANDARD["sin"], (x,), (Tensor(R),), plain)
    d = b.build((y,), "f")
    for want in (np.cos, lambda x: -np.sin(x), lambda x: -np.cos(x), np.sin):
        g = grad(d)
        d = _second(g)
        assert run(d, np.array(0.7))[0] == pytest.approx(want(0.7), abs=1e-14)


def _second(g: Diagram) -> Diagram:
    """The derivative itself, without the value."""
    b = Builder()
    return b.build(b.insert(g, [b.input(t) for t in g.dom])[1:], "f")


@pytest.mark.parametrize(("d", "bound"), [(mlp(10), 3.0), (attention(), 3.0)], ids=["mlp", "attention"])
def test_value_and_gradient_cost_at_most_three_times_the_value(d: Diagram, bound: float) -> None:
    boxes = grad(d) if d.cod == (Tensor(R),) else value_and_reverse(d)
    assert len(boxes.boxes) <= bound * len(d.boxes)


def test_the_size_of_the_derivative_is_linear() -> None:
    small, large = len(grad(mlp(10)).boxes), len(grad(mlp(100)).boxes)
    assert large - small == 9 * (small - len(grad(mlp(1)).boxes)) / 9 * 10


def test_a_box_without_derivative_is_named_with_its_place() -> None:
    source = Source("f.diag", "y = mystery(x)")
    b = Builder()
    x = b.input(tensor(0), "x")
    mark = Mark("mystery", Span(source, 4, 14))
    (y,) = b.box(generator("mystery", (tensor(0),), (tensor(0),)), (x,), (tensor(0),), mark=mark)
    (z,) = b.box(generator("other", (tensor(0),), (tensor(0),)), (y,), (tensor(0),))
    with pytest.raises(DiagramError) as caught:
        reverse(b.build((z,), "f"))
    (found,) = caught.value.diagnostics
    assert found.code == "E0406" and "mystery, other" in found.message
    assert found.span is not None and found.span.text == "mystery(x)"


def test_boxes_off_the_way_need_no_derivative() -> None:
    b = Builder()
    x = b.input(tensor(0), "x")
    plain = Spec((AXES[0],), ((Slot.at(0),),), ((Slot.at(0),),))
    (s,) = b.box(STANDARD["stop"], (x,), (tensor(0),), plain)
    (y,) = b.box(generator("mystery", (tensor(0),), (tensor(0),)), (s,), (tensor(0),))
    both = Spec((AXES[0],), ((Slot.at(0),),) * 2, ((Slot.at(0),),))
    r = reverse(b.build(b.box(STANDARD["contract"], (x, y), (tensor(0),), both)))
    assert [box.op.name for box in r.boxes] == ["stop", "mystery", "contract"]


def test_grad_wants_one_real_number() -> None:
    with pytest.raises(DiagramError, match="grad needs one real number as result"):
        grad(attention())


def test_a_body_is_differentiated_once_however_often_it_is_called() -> None:
    body = learned(np.random.default_rng(3), (tensor(0), tensor(0)), 6, 0, 1, (tensor(0),))
    b = Builder()
    x = b.input(tensor(0), "x")
    w = b.param(tensor(), Param("w"))
    args = (("degree", ()), ("ports", ((), ())))
    state = x
    for _ in range(5):
        (state,) = b.box(STANDARD["call"], (state, x, w), (tensor(0),), None, args, (body,))
    r = reverse(b.build((state,), "f"))
    calls = [box for box in r.boxes if box.op.name == "call"]
    assert len(calls) == 10 and len({id(box.bodies[0]) for box in calls}) == 2


def test_a_scan_becomes_one_scan_backwards() -> None:
    g = Growing(np.random.default_rng(2), (tensor(0, 2),))
    scanned = g.scan(g.pool[0])
    r = reverse(g.b.build(scanned, "f"))
    scans = [box for box in r.boxes if box.op.name == "scan"]
    assert [box.arg("reversed") for box in scans] == [scans[0].arg("reversed"), not scans[0].arg("reversed")]


def test_turns_with_learned_arrays_of_their_own_share_one_body() -> None:
    g = Growing(np.random.default_rng(4), (tensor(0, 2),))
    r = reverse(g.b.build([g.repeats(g.pool[0])], "f"))
    assert "repeat" not in {box.op.name for box in walk(r)}
    assert len({id(box.bodies[0]) for box in r.boxes if box.bodies}) <= 4


def test_learned_arrays_of_a_lifted_call_get_the_sum_without_a_large_array() -> None:
    """dW of W x for every position is one contraction: no array has weight and batch axes."""
    i, o, b, t = (Axis.of(n, s) for n, s in (("i", 3), ("o", 2), ("b", 4), ("t", 5)))
    inner = Builder()
    x = inner.input(Tensor(R, (i,)), "x")
    w = inner.param(Tensor(R, (o, i)), Param("w"))
    spec = Spec((o, i), ((Slot.at(1),), (Slot.at(0), Slot.at(1))), ((Slot.at(0),),))
    body = inner.build(inner.box(STANDARD["contract"], (x, w), (Tensor(R, (o,)),), spec), "linear")
    outer = Builder()
    x = outer.input(Tensor(R, (b, t, i)), "x")
    w = outer.param(Tensor(R, (o, i)), Param("w"))
    args = (("degree", (b, t)), ("ports", ((0, 1),)))
    (y,) = outer.box(STANDARD["call"], (x, w), (Tensor(R, (b, t, o)),), None, args, (body,))
    r = inline(reverse(outer.build((y,), "f")))
    assert [box.op.name for box in r.boxes] == ["contract", "contract"]
    assert max(len(type_.axes) for type_ in r.wires if isinstance(type_, Tensor)) == 3


def test_derivatives_of_derivatives_of_bodies_compile() -> None:
    d = random(np.random.default_rng(11), (tensor(0, 1), tensor(1, 2), tensor(2)), 6, 1)
    r = reverse(reverse(d))
    rng = np.random.default_rng(0)
    xs = arrays(r, rng)
    f = r.compile("numpy")
    f.params = {p.path: x for p, x in zip(r.params, xs[len(r.dom) :], strict=True)}
    found = f(*xs[: len(r.dom)])
    for mine, slow in zip(found, values(r, xs), strict=True):
        np.testing.assert_allclose(mine, slow, rtol=1e-9, atol=1e-9)


def test_scales_are_carried_out_before_the_way_forks() -> None:
    names = [box.op.name for box in grad(mlp(3)).boxes]
    assert names.count("scale") == 1


def test_static_numbers_may_be_symbolic() -> None:
    n = Axis.of("n")
    b = Builder()
    x = b.input(Tensor(R, (n,)), "x")
    plain = Spec((n,), ((Slot.at(0),),), ((Slot.at(0),),))
    (y,) = b.box(STANDARD["scale"], (x,), (Tensor(R, (n,)),), plain, (("by", Real.of(n.size) ** -0.5),))
    (m,) = b.box(STANDARD["mean"], (y,), (Tensor(R),), Spec((n,), ((Slot.at(0),),), ((),), (0,)))
    (_, dx) = run(grad(b.build((m,))), np.ones(4), sizes={"n": 4})
    np.testing.assert_allclose(dx, np.full(4, 4**-0.5 / 4))
