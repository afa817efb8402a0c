"""What every figure must have, on random terms: nothing overlaps, and the figure shows the diagram."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compilers.figure import layout, metrics, rebuild, render
from compilers.figure.reading import outline
from diagram.hypergraph import Diagram
from tests.figure.terms import terms

directions = st.sampled_from(["down", "right", "up"])
CAUSAL = "box swap copy discard"


@given(terms(), directions)
def test_the_hypergraph_read_back_from_the_svg_is_the_diagram(d: Diagram, direction: str) -> None:
    assert rebuild(render(d, direction=direction)) == outline(d)


@given(terms(CAUSAL), directions)
def test_nothing_overlaps_and_ports_are_in_order(d: Diagram, direction: str) -> None:
    assert metrics(layout(d, direction=direction)).faults == ()


@given(terms("box swap"), directions)
def test_wires_keep_their_distance(d: Diagram, direction: str) -> None:
    found = metrics(layout(d, direction=direction))
    assert found.wire_clearance >= 7.9
    assert found.box_clearance >= 6


@given(terms(CAUSAL), directions)
def test_no_wire_makes_a_small_jog(d: Diagram, direction: str) -> None:
    assert metrics(layout(d, direction=direction)).jogs == 0


@given(terms("box", most=20))
def test_a_term_without_swaps_is_drawn_without_crossings(d: Diagram) -> None:
    assert metrics(layout(d)).crossings == 0


@given(terms("box"))
def test_rows_are_the_longest_chain_of_boxes(d: Diagram) -> None:
    depth = [0] * len(d.wires)
    for box in d.boxes:
        row = 1 + max((depth[w] for w in box.dom), default=0)
        for w in box.cod:
            depth[w] = row
    assert layout(d).rows == max(depth, default=0)


@given(terms())
@settings(max_examples=20)
def test_the_same_diagram_gives_the_same_bytes(d: Diagram) -> None:
    assert render(d) == render(d)


@pytest.mark.parametrize("measure", [lambda m: m.angle])
@given(d=terms("box swap", most=8))
def test_wires_cross_at_a_clear_angle(measure: Callable[..., float], d: Diagram) -> None:
    assert measure(metrics(layout(d))) >= 40
