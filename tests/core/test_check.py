"""`check` accepts what the builder makes and refuses each thing that can be wrong, once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import diagram
from diagram.check import check
from diagram.hypergraph import (
    Builder,
    Diagram,
    box,
    cap,
    copy,
    cup,
    discard,
    identity,
    make,
    single,
    spider,
    swap,
    trace,
)
from diagram.levels import TENSOR, Category
from diagram.ops import STANDARD
from diagram.shape import cycle, shape
from diagram.spec import Slot, Spec
from diagram.types import Axis, Ob, R, Tensor
from tests.laws.terms import LEVELS, Term, meaning, terms

A, B = Ob("A"), Ob("B")


def category(*levels: str) -> Category:
    """A category of these levels."""
    return Category("C", levels)


def codes(d: Diagram) -> list[str]:
    """The errors of a diagram."""
    return [found.code for found in check(d)]


@given(st.sampled_from(sorted(LEVELS)), st.data())
def test_terms_of_a_level_are_legal_in_it(level: str, data: st.DataObject) -> None:
    term: Term = data.draw(terms(level=level))
    assert check(meaning(term, category(level))) == []


WIRINGS = {
    "swap": (lambda c: swap(A, B, c), "symmetric", "monoidal", []),
    "copy": (lambda c: copy(A, 2, c), "markov", "symmetric", ["E0304"]),
    "discard": (lambda c: discard(A, c), "markov", "symmetric", ["E0305"]),
    "loop": (lambda c: trace(box("f", (A, A), (A, A), c)), "traced", "symmetric", ["E0405"]),
    "cup": (lambda c: cup(A, A, c), "compact", "symmetric", ["E0327", "E0305"]),
    "cap": (lambda c: cap(A, A, c), "compact", "cartesian", ["E0327"]),
    "spider": (lambda c: spider(A, 2, 1, c), "hypergraph", "compact", ["E0327"]),
    "closed wire": (lambda c: trace(identity(A, c)), "traced", "markov", ["E0327"]),
}


@pytest.mark.parametrize("name", WIRINGS)
def test_each_wiring_is_legal_from_its_level_on(name: str) -> None:
    wiring, enough, too_little, errors = WIRINGS[name]
    assert codes(wiring(category(enough))) == []
    assert codes(wiring(category("hypergraph"))) == []
    assert codes(wiring(category(too_little))) == errors


def test_a_refusal_names_the_wire_the_category_and_the_level_that_would_do() -> None:
    (found,) = check(copy(A, 2, Category("Kitchen", ("symmetric",))))
    assert "wire 0 : A is read 2 times" in found.message
    assert "Kitchen" in found.message
    assert "markov" in found.help


def test_adjoint_ends_agree_in_rigid_categories_only() -> None:
    right = Ob("A", 1)
    for level, errors in (("rigid", []), ("compact", []), ("symmetric", ["E0327", "E0305", "E0301"])):
        assert codes(cup(A, right, category(level))) == errors


def tensor_box(spec: Spec, axes: tuple[Axis, ...]) -> Diagram:
    """One pointwise box with this index structure."""
    t = Tensor(R, axes)
    return single(STANDARD["exp"], (t,), (t,), spec, category=TENSOR)


I2, I3 = Axis.of("i", 2), Axis.of("i", 3)


@pytest.mark.parametrize(
    ("spec", "errors"),
    [
        (Spec((I2,), ((Slot.at(0),),), ((Slot.at(0),),)), []),
        (Spec((I2,), ((),), ((Slot.at(0),),)), ["E0302"]),
        (Spec((I2,), ((Slot.at(1),),), ((Slot.at(0),),)), ["E0302"]),
        (Spec((I3,), ((Slot.at(0),),), ((Slot.at(0),),)), ["E0312", "E0312"]),
        (Spec((I2,), ((Slot.at(0),),), ()), ["E0302"]),
        (Spec((I2,), ((Slot.at(0),),), ((Slot.at(0),),), core=(4,)), ["E0302"]),
    ],
)
def test_index_structures_fit_their_arrays(spec: Spec, errors: list[str]) -> None:
    assert codes(tensor_box(spec, (I2,))) == errors


def test_bodies_fit_their_boxes() -> None:
    x, y = Tensor(R, (I2,)), Tensor(R, (I3,))
    body = tensor_box(Spec((I2,), ((Slot.at(0),),), ((Slot.at(0),),)), (I2,))
    for t, errors in ((x, []), (y, ["E0302", "E0302"])):
        b = Builder(TENSOR)
        args = (("degree", ()), ("ports", ((),)))
        d = b.build(b.box(STANDARD["call"], (b.input(t),), (t,), args=args, bodies=(body,)))
        assert codes(d) == errors


def test_wires_that_do_not_exist_are_found() -> None:
    f = box("f", A, A)
    assert codes(make(f.flat._replace(outputs=(7,)), f.dom, f.cod, f.category)) == ["E0302"]


def test_every_definition_of_the_transformer_is_sound() -> None:
    module = diagram.load("examples/transformer.diag")
    for name in module.definitions:
        assert check(module[name]) == [], name


def test_loops_are_found_and_shapes_counted() -> None:
    f = box("f", (A, A), (A, A))
    assert cycle(f >> f) == []
    assert cycle(trace(f)) == [0]
    found = shape(trace(identity(A)) @ f)
    assert (found.scalar_wires, found.components, found.boundary_connected) == (1, 1, True)
    assert not shape(box("s", (), A) >> box("e", A, ())).boundary_connected
