"""Printed diagrams of arrays compute the same numbers: every operation, random diagrams with loops,
derivatives."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diagram.derivative import reverse, value_and_reverse
from diagram.errors import DiagramError
from diagram.types import Tensor
from diagram.value import Diagram
from grammar.module import loads, open_module
from grammar.printer import to_text
from tests.derivative.diagrams import DOM, arrays, random, values
from tests.ops.cases import Case, every

ROOT = Path(__file__).parents[2]
Array = Any
CASES = every()
INEXACT = ("merge", "prefix-write", "constant-write", "transposed", "gather-two", "eye")
"""Writes into arrays without names of axes get names first; `eye` marks its axes; two axes of one name."""


def again(d: Diagram) -> Diagram:
    module = loads(to_text(d, "main"))
    assert [found.message for found in module.check() if not found.is_warning] == []
    return module["main"]


def same(a: Array, b: Array, tolerance: float = 1e-12) -> None:
    mine, theirs = (list(x) if isinstance(x, tuple) else [x] for x in (a, b))
    assert len(mine) == len(theirs)
    for x, y in zip(mine, theirs, strict=True):
        assert np.asarray(x).dtype == np.asarray(y).dtype
        np.testing.assert_allclose(x, y, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_each_operation_is_one_statement_of_the_same_meaning(case: Case) -> None:
    e = again(case.d)
    same(case.d.compile("numpy")(*case.inputs), e.compile("numpy")(*case.inputs))
    if not case.name.startswith(INEXACT):
        assert e == case.d


def in_order(d: Diagram, e: Diagram, xs: list[Array]) -> list[Array]:
    """Inputs of `d` as those of `e`: its learned arrays may come in another order."""
    n = len(d.dom)
    place = {p.path: k for k, p in enumerate(d.params)}
    return xs[:n] + [xs[n + place[p.path]] for p in e.params]


@settings(max_examples=40)
@given(st.integers(0, 10**6))
def test_random_diagrams_with_loops_compute_the_same(seed: int) -> None:
    rng = np.random.default_rng(seed)
    d = random(rng, DOM, 7, 2)
    e, xs = again(d), arrays(d, rng)
    for x, y in zip(values(d, xs), values(e, in_order(d, e, xs)), strict=True):
        np.testing.assert_allclose(x, y, rtol=1e-11, atol=1e-11)


@settings(max_examples=20)
@given(st.integers(0, 10**6))
def test_derivatives_of_random_diagrams_compute_the_same(seed: int) -> None:
    rng = np.random.default_rng(seed)
    d = value_and_reverse(random(rng, DOM, 6, 2))
    e, xs = again(d), arrays(d, rng)
    for x, y in zip(values(d, xs), values(e, in_order(d, e, xs)), strict=True):
        np.testing.assert_allclose(x, y, rtol=1e-10, atol=1e-10)


SAMPLES = [
    "03_attention.attend", "03_attention.causal", "06_llama.attention", "07_convolution.conv2d",
    "07_convolution.max_pool", "10_vit.vit", "11_recurrent.lstm", "12_s4d.s4d_scan", "13_messages.gat",
    "14_experts.ladder", "17_higher_order.t_church", "../../examples/transformer.block",
    "../../examples/transformer.feed_forward",
]  # fmt: skip


def numbers(d: Diagram, rng: np.random.Generator, sizes: dict[str, int]) -> list[Array]:
    """Random inputs."""
    found = []
    for type_ in d.dom:
        assert isinstance(type_, Tensor)
        shape = tuple(n.evaluate(sizes) for n in type_.shape)
        bound = type_.dtype.bound
        if bound is not None:
            found.append(rng.integers(0, bound.evaluate(sizes), shape))
        elif type_.dtype.name == "bool":
            found.append(rng.random(shape) > 0.5)
        else:
            found.append(rng.standard_normal(shape))
    return found


@pytest.mark.parametrize("sample", SAMPLES)
def test_derivatives_of_samples_run_with_equal_numbers(sample: str) -> None:
    file, _, name = sample.rpartition(".")
    try:
        d = reverse(open_module(ROOT / f"tests/samples/{file}.diag")[name])
    except (DiagramError, KeyError) as error:
        pytest.fail(f"{sample}: {error}")
    types = [t for t in (*d.dom, *d.wires) if isinstance(t, Tensor)]
    symbols = {s for t in types for n in t.shape for s in n.symbols}
    symbols |= {s for t in types if t.dtype.bound is not None for s in t.dtype.bound.symbols}
    sizes = dict.fromkeys(symbols, 4)
    xs = numbers(d, np.random.default_rng(0), sizes)
    e = again(d)
    same(d.compile("numpy", sizes=sizes)(*xs), e.compile("numpy", sizes=sizes)(*xs))


def test_second_derivatives_are_text_too() -> None:
    d = open_module(ROOT / "tests/samples/03_attention.diag")["attend"]
    second = reverse(reverse(d))
    assert again(second) == second
