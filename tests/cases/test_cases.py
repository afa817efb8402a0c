"""The library-neutral conformance cases: equality, properties, errors, tensors and functors."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from compilers.to_tensor import TensorFunctor
from diagram.errors import DiagramError
from diagram.functor import Functor
from diagram.hypergraph import Diagram
from diagram.shape import shape
from tests.cases.reading import DATA, of_graph, of_term, wires


def cases(*kinds: str) -> pytest.MarkDecorator:
    """The cases of some kinds, named."""
    return pytest.mark.parametrize(
        "case", [pytest.param(c, id=c["id"]) for c in DATA["cases"] if c["kind"] in kinds]
    )


def forms(side: dict[str, Any]) -> list[Diagram]:
    """What is given of a diagram: its graph, its term."""
    found = [of_graph(side["graph"])]
    return [*found, of_term(side["term"])] if "term" in side else found


@cases("equal")
def test_equal_diagrams_are_equal(case: dict[str, Any]) -> None:
    for left in forms(case["lhs"]):
        for right in forms(case["rhs"]):
            assert left == right


@cases("not_equal")
def test_different_diagrams_differ(case: dict[str, Any]) -> None:
    for left in forms(case["lhs"]):
        for right in forms(case["rhs"]):
            assert left != right


@cases("equal", "not_equal", "tensor", "property")
def test_a_term_is_its_graph(case: dict[str, Any]) -> None:
    for side in ("lhs", "rhs"):
        if side in case:
            found = forms(case[side])
            assert found[0] == found[-1]


@cases("invalid")
def test_faulty_terms_are_refused_with_both_sides(case: dict[str, Any]) -> None:
    with pytest.raises((DiagramError, ValueError)) as caught:
        of_term(case["lhs"]["term"])
    error = case["expected_error"]
    if isinstance(error, str):
        assert error in str(caught.value)
    else:
        assert isinstance(caught.value, DiagramError)
        (found,) = caught.value.diagnostics
        assert found.code == "E0301"
        assert " @ ".join(error["left"]) in found.notes[0]
        assert " @ ".join(error["right"]) in found.notes[1]


@cases("property")
def test_shapes_are_the_expected_ones(case: dict[str, Any]) -> None:
    names = {
        "n_boxes": "boxes",
        "n_wires": "wires",
        "n_components": "components",
        "n_scalar_wires": "scalar_wires",
    }
    for d in forms(case["lhs"]):
        found = shape(d)
        for key, value in case["expected"].items():
            assert getattr(found, names.get(key, key)) == value, key


@cases("functor")
def test_functors_give_the_expected_images(case: dict[str, Any]) -> None:
    functor = Functor(
        {name: wires(image) for name, image in case["ob"].items()},
        {name: of_term(term) for name, term in case["ar"].items()},
    )
    for d in forms(case["lhs"]):
        for image in forms(case["image"]):
            assert functor(d) == image


def dims(names: list[str]) -> list[int]:
    """Sizes of wires."""
    return [DATA["dims"][name] for name in names]


TENSOR = TensorFunctor(
    DATA["dims"],
    {n: np.array(b["data"]).reshape(dims(b["dom"]) + dims(b["cod"])) for n, b in DATA["boxes"].items()},
)


@cases("tensor", "equal", "not_equal")
def test_tensors_are_exact(case: dict[str, Any]) -> None:
    values = []
    for side in ("lhs", "rhs"):
        if side in case and "tensor" in case[side]:
            for d in forms(case[side]):
                found = TENSOR(d)
                assert found.dtype.kind in "iO"
                assert found.ravel().tolist() == case[side]["tensor"]
                values.append(found.ravel().tolist())
    if case.get("tensor_differs") and "tensor" in case["rhs"]:
        assert values[0] != values[-1]
