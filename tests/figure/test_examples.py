"""What every definition of the samples must have in every style: it shows its diagram, nothing overlaps."""

from __future__ import annotations

from pathlib import Path

import pytest

from compilers.figure import layout, metrics, rebuild
from compilers.figure.drawing import shown
from compilers.figure.reading import outline
from compilers.figure.to_svg import to_svg
from diagram.errors import DiagramError
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
