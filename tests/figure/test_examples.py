"""What every definition of the samples must have in every style: it shows its diagram, nothing overlaps."""

from __future__ import annotations

from pathlib import Path

import pytest

from compilers.figure import layout, metrics, rebuild
from compilers.figure.drawing import shown
from compilers.figure.reading import outline
from compilers.figure.scene import Path as Corners
from compilers.figure.to_svg import to_svg
from diagram.errors import DiagramError
from diagram.hypergraph import box
from diagram.turning import adjoint
from diagram.types import Ob
from tests.figure.gallery import ROOT, module

FILES = sorted(
    str(p.relative_to(ROOT))
    for folder in ("tests/samples", "examples")
    for p in ROOT.glob(f"{folder}/**/*.diag")
)
ANGLE = {"string": 60, "circuit": 45, "graph": 45}
"""At how many degrees wires cross at least."""


@pytest.mark.parametrize("style", ["string", "circuit", "graph"])
@pytest.mark.parametrize("file", FILES, ids=lambda f: Path(f).stem)
def test_every_definition_is_drawn_without_fault(file: str, style: str) -> None:
    loaded = module(file)
    for name in loaded.definitions:
        try:
            d = loaded[name]
        except DiagramError:  # it has static arguments without a value, or a hole
            continue
        scene = layout(d, style=style)
        found = metrics(scene)
        assert found.faults == (), (name, found.faults)
        assert found.jogs == 0, name
        assert found.wire_clearance >= 8, (name, found.wire_clearance)
        assert found.box_clearance >= 6, (name, found.box_clearance)
        assert found.text_clearance >= 2, (name, found.text_clearance)
        assert found.angle >= ANGLE[style], (name, found.angle)
        assert found.contrast >= 4.5, (name, found.contrast)
        assert found.rows == found.chain or found.chain == 0, (name, found.rows)  # 0: wires in a loop
        seen = rebuild(to_svg(scene))
        assert seen == outline(shown(d, style), seen.opened), name


@pytest.mark.parametrize("direction", ["down", "right", "up"])
def test_a_state_beside_a_panel_stands_near_what_takes_it(direction: str) -> None:
    d = module("tests/samples/17_higher_order.diag")["t_nested"]
    scene = layout(d, direction=direction, expand=2)
    panel = next(g for g in scene.glyphs if g.region and "/" not in g.id)
    state = next(g for g in scene.glyphs if g.name == "const" and "/" not in g.id)
    axis, end = (0, 2) if direction == "right" else (1, 1 if direction == "up" else 3)
    assert state.bounds[end] == panel.bounds[end]
    assert (
        abs(state.bounds[axis + 2] - state.bounds[axis]) < (panel.bounds[axis + 2] - panel.bounds[axis]) // 2
    )
    seen = rebuild(to_svg(scene))
    assert seen == outline(shown(d), seen.opened)


@pytest.mark.parametrize("direction", ["down", "right", "up"])
def test_a_box_and_its_dagger_are_mirror_images_along_the_flow(direction: str) -> None:
    a, b = Ob("A"), Ob("B")
    f = box("f", (a, b), (b, b))
    d = f >> adjoint(f)
    scene = layout(d, direction=direction)
    first, second = (shape for g in scene.glyphs for shape in g.shapes if isinstance(shape, Corners))
    axis = 0 if direction == "right" else 1
    total = sum(scene.glyphs[0].bounds[axis::2]) // 2 + sum(scene.glyphs[1].bounds[axis::2]) // 2
    corners = [first.start, *first.steps]
    mirrored = {(total - x, y) if axis == 0 else (x, total - y) for x, y in corners}
    assert mirrored == {second.start, *second.steps} and len(mirrored) == 5
    assert rebuild(to_svg(scene)) == outline(d)
    alone = layout(f, direction=direction)
    assert not any(isinstance(shape, Corners) for g in alone.glyphs for shape in g.shapes)
