"""One box of a diagram replaced: the same as building the diagram anew with the other one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagram.editing import replaced
from diagram.errors import DiagramError
from diagram.functor import Functor
from diagram.hypergraph import Box, Diagram, Param, box, identity, seq, single
from diagram.types import Ob
from tests.laws.terms import LEVELS, Term, meaning, terms

A, B = Ob("A"), Ob("B")


def marked(d: Diagram, at: int) -> Diagram:
    """The diagram with one box under another name."""
    old = d.boxes[at]
    new = single(box("other", old.op.dom, old.op.cod).boxes[0].op, old.op.dom, old.op.cod)
    return replaced(d, at, new)


@given(st.sampled_from(sorted(LEVELS)).flatmap(lambda level: terms(level=level)), st.data())
def test_a_box_replaced_is_the_image_under_a_functor(term: Term, data: st.DataObject) -> None:
    d = meaning(term)
    if not d.boxes:
        return
    at = data.draw(st.integers(0, len(d.boxes) - 1))
    by = meaning(data.draw(terms(d.boxes[at].op.dom, "hypergraph", 2)))
    if by.cod != d.boxes[at].op.cod:
        by = by >> box("fit", by.cod, d.boxes[at].op.cod)

    def image(b: Box) -> Diagram | None:
        return by if b.op.name == "other" else None

    assert replaced(d, at, by) == Functor({}, image)(marked(d, at))


def test_a_box_may_become_a_wire() -> None:
    f, g = box("f", A, A), box("g", A, A)
    assert replaced(f >> g >> f, 1, identity(A)) == f >> f


def test_learned_arrays_come_along() -> None:
    from diagram.builder import Builder
    from diagram.op import generator

    b = Builder()
    x, w = b.input(A), b.param(A, Param("w"))
    by = b.build(b.box(generator("k", (A, A), (A,)), (x, w), (A,)))
    f = box("f", A, A)
    new = replaced(seq(f, f, f), 2, by)
    assert [p.path for p in new.params] == ["w"]
    assert new == f >> f >> by


def test_other_types_are_refused_with_both() -> None:
    d = box("f", A, A) >> box("g", A, A)
    with pytest.raises(DiagramError) as caught:
        replaced(d, 1, box("h", A, B))
    assert caught.value.diagnostics[0].notes == ("the box is      A -> A", "the diagram is  A -> B")
    with pytest.raises(IndexError):
        replaced(d, 2, identity(A))
