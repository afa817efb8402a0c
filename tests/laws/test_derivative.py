"""The reverse derivative is a functor to lenses, and agrees with finite differences, on random diagrams."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diagram.derivative import grad, hvp, jvp, reverse, value_and_reverse
from diagram.inlining import inline
from diagram.sharing import is_causal, prune, share
from diagram.value import Diagram
from diagram.wiring import copy, discard, identity
from tests.derivative.diagrams import DOM, arrays, dot, like, random, tensor, values

seeds = st.integers(0, 10**6)
some = settings(max_examples=40)


def make(seed: int, boxes: int = 8, results: int = 2, depth: int = 1) -> tuple[Diagram, np.random.Generator]:
    rng = np.random.default_rng(seed)
    return random(rng, DOM, boxes, results, depth), rng


def close(xs: list[np.ndarray], ys: list[np.ndarray], bound: float = 1e-9) -> None:
    for x, y in zip(xs, ys, strict=True):
        np.testing.assert_allclose(x, y, rtol=bound, atol=bound * (1 + np.abs(y).max(initial=0)))


@some
@given(seeds)
def test_the_derivative_is_that_of_finite_differences(seed: int) -> None:
    d, rng = make(seed)
    xs = arrays(d, rng)
    ys = values(d, xs)
    cs, vs = like(ys, rng), like(xs, rng)
    n = len(d.dom)
    found = values(value_and_reverse(d), [*xs[:n], *cs, *xs[n:]])
    close(found[: len(ys)], ys)
    step = 1e-5
    up, down = (values(d, [x + s * step * v for x, v in zip(xs, vs, strict=True)]) for s in (1, -1))
    slope = dot(cs, [(p - m) / (2 * step) for p, m in zip(up, down, strict=True)])
    assert dot(found[len(ys) :], vs) == pytest.approx(slope, rel=1e-5, abs=1e-5)


@some
@given(seeds)
def test_reverse_of_a_composite_is_the_composite_of_reverses(seed: int) -> None:
    f, rng = make(seed, results=3, depth=0)
    g = random(rng, f.cod, 6, 2, 0)  # type: ignore[arg-type]
    xs = arrays(f, rng)
    middle = values(f, xs)
    cs = like(values(g, middle), rng)
    whole = values(reverse(f >> g), [*xs, *cs])
    close(whole, values(reverse(f), [*xs, *values(reverse(g), [*middle, *cs])]))


@some
@given(seeds)
def test_reverse_of_a_tensor_is_the_tensor_of_reverses(seed: int) -> None:
    f, rng = make(seed, depth=0)
    g = random(rng, (tensor(0), tensor(1)), 5, 1, 0)
    xs, us = arrays(f, rng), arrays(g, rng)
    cs, es = like(values(f, xs), rng), like(values(g, us), rng)
    whole = values(reverse(f @ g), [*xs, *us, *cs, *es])
    close(whole, values(reverse(f), [*xs, *cs]) + values(reverse(g), [*us, *es]))


def test_reverse_of_the_identity_hands_the_cotangent_back() -> None:
    d = reverse(identity(DOM))
    assert d.dom == DOM + DOM and not d.boxes
    assert d.outputs == d.inputs[3:]


def test_copying_and_adding_are_dual() -> None:
    back = reverse(copy(DOM[0]))
    assert [box.op.name for box in back.boxes] == ["add"]
    total = reverse(back)
    assert [box.op.name for box in total.boxes] == ["full"]  # back to what was only copied
    assert total.outputs[1] == total.outputs[2] == total.inputs[3]


def test_the_derivative_of_discarding_is_zero() -> None:
    (zero,) = values(reverse(discard(DOM[0])), [np.ones((3, 2))])
    assert not zero.any()


@some
@given(seeds)
def test_forward_and_reverse_mode_are_transposes(seed: int) -> None:
    d, rng = make(seed)
    n = len(d.dom)
    xs = arrays(d, rng)
    vs = like(xs[:n], rng)
    ys = values(d, xs)
    cs = like(ys, rng)
    found = values(jvp(d), [*xs[:n], *vs, *xs[n:]])
    close(found[: len(ys)], ys)
    back = values(reverse(d), [*xs[:n], *cs, *xs[n:]])
    assert dot(found[len(ys) :], cs) == pytest.approx(dot(back[:n], vs), rel=1e-9, abs=1e-9)


@settings(max_examples=25)
@given(seeds)
def test_hessians_are_those_of_finite_differences_of_gradients(seed: int) -> None:
    f, rng = make(seed, 6, 1)
    close_up = random(rng, f.cod, 0, 1, 0)  # type: ignore[arg-type]
    d = f >> close_up >> _total(close_up)
    n = len(d.dom)
    xs = arrays(d, rng)
    vs = like(xs, rng)
    found = values(hvp(d), [*xs[:n], *vs, *xs[n:]])
    step, g = 1e-5, grad(d)
    up, down = (values(g, [x + s * step * v for x, v in zip(xs, vs, strict=True)])[1:] for s in (1, -1))
    for mine, p, m in zip(found, up, down, strict=True):
        np.testing.assert_allclose(mine, (p - m) / (2 * step), rtol=1e-4, atol=1e-4)


def _total(d: Diagram) -> Diagram:
    """The sum of tanh of the one result, as a number."""
    from tests.derivative.diagrams import Growing

    g = Growing(np.random.default_rng(0), d.cod)  # type: ignore[arg-type]
    return g.b.build([g.fit(g.pool[0], ())], "total")


@some
@given(seeds)
def test_inlining_keeps_values_and_derivatives(seed: int) -> None:
    d, rng = make(seed)
    xs = arrays(d, rng)
    flat = inline(d)
    assert not any(box.op.name in ("call", "repeat") for box in flat.boxes)
    assert flat.params == d.params
    close(values(flat, xs), values(d, xs))
    n = len(d.dom)
    cs = like(values(d, xs), rng)
    ys = [*xs[:n], *cs, *xs[n:]]
    close(values(reverse(flat), ys), values(reverse(d), ys))
    close(values(inline(reverse(d)), ys), values(reverse(d), ys))


@some
@given(seeds)
def test_sharing_and_pruning_keep_values_and_never_add_boxes(seed: int) -> None:
    d, rng = make(seed, 12)
    xs = arrays(d, rng)
    twice = d.with_name("f")
    for change in (prune, share):
        new = change(twice)
        assert is_causal(new) and len(new.boxes) <= len(d.boxes)
        assert new.dom == d.dom and new.cod == d.cod and new.params == d.params
        close(values(new, xs), values(d, xs), 1e-12)
    doubled = inline(copy(d.dom) >> d @ d) if not d.params else d
    assert len(share(doubled).boxes) <= len(share(inline(d)).boxes) or d.params
