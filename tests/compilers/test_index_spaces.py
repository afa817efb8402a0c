"""Whatever its index structure, a box computes what its definition says, on numpy and on torch."""

from __future__ import annotations

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from compilers.emit import emit
from compilers.load import load
from compilers.numpy_text import NumpyText
from compilers.torch_text import TorchText


def beside(name: str) -> ModuleType:
    """A module of this folder."""
    spec = spec_from_file_location(f"tests_compilers_{name}", Path(__file__).with_name(f"{name}.py"))
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


oracle, spaces = beside("oracle"), beside("spaces")


def check(case) -> None:
    """Both back ends against the definition."""
    try:
        want = oracle.run(case.spec, case.arrays, case.shape, case.op)
    except oracle.Outside:
        return
    for dialect in (NumpyText(), TorchText()):
        source, name = emit(case.diagram, dialect, {"R": "f64"}, {}, "f")
        arrays = case.arrays if dialect.name == "numpy" else [torch.as_tensor(a) for a in case.arrays]
        got = np.asarray(load(source, name)(*arrays))
        assert got.shape == want.shape, source
        np.testing.assert_allclose(got, want, atol=1e-9, err_msg=source)


@given(st.randoms(use_true_random=False))
@settings(max_examples=150)
def test_every_contraction_equals_the_sum_over_its_index_space(rng):
    check(spaces.contraction(rng))


@given(st.randoms(use_true_random=False))
@settings(max_examples=100)
def test_every_gather_reads_where_its_positions_say(rng):
    check(spaces.gathering(rng))


@given(st.randoms(use_true_random=False))
@settings(max_examples=100)
def test_every_scatter_adds_where_its_positions_say(rng):
    check(spaces.scattering(rng))


def test_a_network_of_more_than_52_indices_is_contracted_pair_by_pair():
    from diagram.spec import Slot, Spec
    from diagram.types import Axis

    count, rng = 60, np.random.default_rng(0)
    ins = tuple((Slot.at(k), Slot.at(k + 1)) for k in range(count))
    spec = Spec(tuple(Axis.of(f"i{k}", 2) for k in range(count + 1)), ins, ((Slot.at(0), Slot.at(count)),))
    arrays = tuple(rng.standard_normal((2, 2)) for _ in range(count))
    case = spaces.Case("contract", spec, arrays, (2, 2))
    want = np.linalg.multi_dot(arrays)
    for dialect in (NumpyText(), TorchText()):
        source, name = emit(case.diagram, dialect, {"R": "f64"}, {}, "f")
        given = arrays if dialect.name == "numpy" else [torch.as_tensor(a) for a in arrays]
        np.testing.assert_allclose(np.asarray(load(source, name)(*given)), want, rtol=1e-9)


@pytest.mark.parametrize("seed", range(20))
def test_many_more_index_structures(seed):
    from random import Random

    rng = Random(seed)
    for _ in range(50):
        for kind in (spaces.contraction, spaces.gathering, spaces.scattering):
            check(kind(rng))
