"""What every figure must have, on random terms: nothing overlaps, and the figure shows the diagram."""

from __future__ import annotations

from itertools import combinations
from random import Random
from statistics import median

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import diagram
from compilers.figure import layout, metrics, rebuild, render
from compilers.figure.reading import outline
from diagram.hypergraph import Builder, Diagram, box, cap, copy, cup, discard, identity, spider, swap, trace
from diagram.op import generator
from diagram.serial import from_json, to_json
from diagram.types import Ob
from tests.figure.terms import counted, terms

directions = st.sampled_from(["down", "right", "up"])
CAUSAL = "box swap copy discard"


@given(terms(), directions)
def test_the_hypergraph_read_back_from_the_svg_is_the_diagram(d: Diagram, direction: str) -> None:
    assert rebuild(render(d, direction=direction)) == outline(d)


@given(terms(CAUSAL), directions)
def test_nothing_overlaps_and_ports_are_in_order(d: Diagram, direction: str) -> None:
    assert metrics(layout(d, direction=direction)).faults == ()


@given(terms(CAUSAL), directions)
def test_wires_boxes_and_words_keep_their_distance(d: Diagram, direction: str) -> None:
    found = metrics(layout(d, direction=direction))
    assert found.wire_clearance >= 8
    assert found.box_clearance >= 6
    assert found.text_clearance >= 2


@given(terms(CAUSAL), directions)
def test_no_wire_makes_a_small_jog(d: Diagram, direction: str) -> None:
    assert metrics(layout(d, direction=direction)).jogs == 0


@given(terms("box", most=20))
def test_a_term_without_swaps_is_drawn_without_crossings(d: Diagram) -> None:
    assert metrics(layout(d)).crossings == 0


def longest(d: Diagram) -> int:
    """The longest chain of boxes."""
    depth, most = [0] * len(d.wires), 0
    for one in d.boxes:
        row = 1 + max((depth[w] for w in one.dom), default=0)
        most = max(most, row)
        for w in one.cod:
            depth[w] = row
    return most


@given(terms("box copy discard"))
def test_rows_are_the_longest_chain_of_boxes(d: Diagram) -> None:
    assert layout(d).rows == longest(d)


@given(terms("box swap copy discard state", most=8), terms("box swap", most=8))
def test_layers_that_are_not_those_of_the_diagram_do_no_harm(d: Diagram, e: Diagram) -> None:
    assert rebuild(render(d.with_layers(e.layers))) == outline(d)


def test_layers_are_no_part_of_a_diagram_but_kept_with_its_name() -> None:
    d = box("f", A, (A, A)) >> swap(A, A) >> box("g", (A, A), A)
    assert [layer.box for layer in d.layers] == [0, -1, 1]
    assert d.with_name("d").layers == d.layers
    assert d.with_layers(()) == d and from_json(to_json(d)) == d and from_json(to_json(d)).layers == ()


@given(terms())
@settings(max_examples=20)
def test_the_same_diagram_gives_the_same_bytes(d: Diagram) -> None:
    assert render(d) == render(d)


@given(terms(), st.sampled_from(["string", "circuit", "graph"]))
def test_wires_cross_at_a_clear_angle(d: Diagram, style: str) -> None:
    assert metrics(layout(d, style=style)).angle >= (60 if style == "string" else 45)


A = Ob("A")
SMALLEST = {
    "nothing": identity(()),
    "a wire": identity(A),
    "an end": discard(A),
    "a circle": spider(A, 0, 0),
    "a cup and a cap": cup(A, A) >> cap(A, A),
    "a scalar": box("s", (), ()),
    "a loop": trace(identity(A), 1),
    "a yanked loop": trace(swap(A, A), 1),
}


@pytest.mark.parametrize("name", SMALLEST)
@pytest.mark.parametrize("style", ["string", "circuit", "graph"])
def test_the_smallest_diagrams_are_drawn(name: str, style: str) -> None:
    d = SMALLEST[name]
    assert rebuild(render(d, style=style)) == outline(d)
    assert metrics(layout(d, style=style)).faults == ()


def test_a_mirror_image_is_drawn_as_the_mirror_image() -> None:
    f, g = box("f", A, (A, A)), box("g", (A, A), A)
    d = f @ f >> identity(A) @ swap(A, A) @ identity(A) >> g @ g
    scene = layout(d, labels="none")
    for glyph in scene.glyphs:
        left, top, right, _ = glyph.bounds
        mirrored = [o.bounds for o in scene.glyphs if o.bounds[1] == top]
        assert any(
            abs(scene.width - right - b[0]) <= 64 and abs(scene.width - left - b[2]) <= 64 for b in mirrored
        )


def random_layers(rng: Random, n: int, width: int, most: int) -> tuple[list[tuple[int, int, Diagram]], int]:
    """Boxes and swaps, each with the number of wires left of it and in all; and how many wires come out."""
    row, found = width, []
    for k in range(n):
        if rng.random() < 0.2 and row > 1:
            found.append((rng.randrange(row - 1), row, swap(A, A)))
            continue
        used = min(row, rng.choice((1, 1, 2, 2, 3)))
        made = rng.choice((1, 2)) if row > most else rng.choice((2, 3))
        found.append((rng.randrange(row - used + 1), row, box(f"f{k}", (A,) * used, (A,) * made)))
        row += made - used
    return found, row


def composed(width: int, layers: list[tuple[int, int, Diagram]]) -> Diagram:
    """The term, layer under layer."""
    d = identity((A,) * width)
    for at, row, part in layers:
        d = d >> identity((A,) * at) @ part @ identity((A,) * (row - at - len(part.dom)))
    return d


def test_one_more_box_turns_no_order_and_moves_the_others_little() -> None:
    moves: list[float] = []
    for seed in range(60):
        rng = Random(seed)
        width = rng.choice((2, 3, 4))
        layers, last = random_layers(rng, rng.choice((4, 8, 14)), width, width)
        k = rng.randrange(len(layers) + 1)
        row = layers[k][1] if k < len(layers) else last
        more = [*layers[:k], (rng.randrange(row), row, box("new", A, A)), *layers[k:]]
        old, new = (
            {g.labels[0].line.text: g.bounds for g in layout(composed(width, one), labels="none").glyphs}
            for one in (layers, more)
        )
        for a, b in combinations(old, 2):
            if old[a][1] == old[b][1] and new[a][1] == new[b][1]:
                assert (old[a][0] < old[b][0]) == (new[a][0] < new[b][0]), (seed, a, b)
        moves.append(median([abs(old[a][0] - new[a][0]) / (old[a][2] - old[a][0]) for a in old] or [0]))
    assert median(moves) <= 0.1


@st.composite
def symmetric(draw: st.DrawFn) -> Diagram:
    """A term that is its own mirror image, built in pairs from the outside or by boxes in the middle."""
    width = draw(st.integers(2, 5))
    d = identity((A,) * width)
    for n in range(draw(st.integers(1, 5))):
        if draw(st.booleans()) and width % 2 == 1:
            part = box(f"m{n}", A, (A,) * draw(st.sampled_from([1, 3])))
            left = (width - 1) // 2
            d = d >> identity((A,) * left) @ part @ identity((A,) * left)
            width += len(part.cod) - 1
            continue
        used = draw(st.integers(1, min(2, width // 2)))
        left = draw(st.integers(0, width // 2 - used))
        side = copy(A) if used == 1 and draw(st.booleans()) else box(f"b{n}", (A,) * used, (A,) * used)
        outer, inner = identity((A,) * left), identity((A,) * (width - 2 * (left + used)))
        d = d >> outer @ side @ inner @ side @ outer
        width += 2 * (len(side.cod) - used)
    return d


@given(symmetric())
def test_a_symmetric_term_is_drawn_as_its_own_mirror_image(d: Diagram) -> None:
    scene = layout(d, labels="none")
    bounds = {(g.name, g.bounds) for g in scene.glyphs}
    for name, (_, top, right, bottom) in bounds:
        assert any(
            n == name and abs(scene.width - right - a) <= 64 and (b, e) == (top, bottom)
            for n, (a, b, _, e) in bounds
        )


@given(terms("box swap", most=10), st.data())
def test_one_more_box_on_a_wire_turns_no_order(d: Diagram, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(d.cod) - 1))
    kind = d.cod[at]
    more = identity(d.cod[:at]) @ box("new", kind, kind) @ identity(d.cod[at + 1 :])
    before, after = layout(d, labels="none"), layout(d >> more, labels="none")
    old = {g.id: g.bounds for g in before.glyphs}
    new = {g.id: g.bounds for g in after.glyphs if g.name != "new"}
    assert old.keys() == new.keys()
    for a in old:
        for b in old:
            if old[a][1] == old[b][1] and new[a][1] == new[b][1]:
                assert (old[a][0] < old[b][0]) == (new[a][0] < new[b][0])


@given(counted("box swap state effect", 14))
def test_a_term_is_drawn_with_no_more_crossings_than_it_has_swaps(term: tuple[Diagram, int]) -> None:
    d, swaps = term
    assert metrics(layout(d)).crossings <= swaps


def test_large_terms_are_drawn_with_no_more_crossings_than_swaps_and_hardly_more_rows_than_needed() -> None:
    layers, _ = random_layers(Random(1), 1000, 32, 32)
    d = composed(32, layers)
    found = metrics(layout(d))
    assert found.crossings <= sum(not part.boxes for _, _, part in layers)
    assert found.angle >= 60 and found.wire_clearance >= 8 and found.jogs == 0 and not found.faults
    assert longest(d) <= found.rows <= 1.05 * longest(d)


def test_large_diagrams_without_a_term_have_hardly_more_crossings_than_they_were_made_with() -> None:
    rng = Random(0)
    builder, swaps = Builder(), 0
    row = [builder.input(A) for _ in range(14)]
    for n in range(200):
        if rng.random() < 0.2:
            at = rng.randrange(len(row) - 1)
            row[at], row[at + 1] = row[at + 1], row[at]
            swaps += 1
        used = rng.choice((1, 1, 2, 2, 3))
        at = rng.randrange(len(row) - used + 1)
        made = rng.choice((1, 2)) if len(row) > 14 else rng.choice((2, 3))
        one = generator(f"f{n}", (A,) * used, (A,) * made)
        row[at : at + used] = builder.box(one, row[at : at + used], one.cod)
    assert metrics(layout(builder.build(row))).crossings <= swaps * 1.2


def test_a_definition_without_names_is_drawn_as_its_text_says() -> None:
    loaded = diagram.load("tests/samples/01_kitchen.diag")
    assert [layer.gives for layer in loaded["two_eggs_layers"].layers if layer.box < 0] == [(1, 0)]
    assert loaded["two_eggs"].layers == ()
    scenes = [layout(loaded[name]) for name in ("two_eggs_layers", "two_eggs")]
    assert [metrics(scene).crossings for scene in scenes] == [1, 1]
