"""The figures of the gallery, byte for byte, and what must hold of each. `ACCEPT=1 pytest` rewrites the
files.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from compilers.figure import equation, layout, metrics, rebuild, render
from compilers.figure.drawing import shown
from compilers.figure.reading import outline
from compilers.figure.to_svg import to_svg
from compilers.figure.to_tikz import to_tikz
from diagram.hypergraph import box, identity, seq
from tests.figure.accepting import accepted, beside
from tests.figure.gallery import FIGURES, SCENES, A

names = pytest.mark.parametrize("name", FIGURES)


@names
def test_each_figure_is_drawn_as_accepted(name: str) -> None:
    make, options = FIGURES[name]
    accepted(f"{name}.svg", render(make(), **options))


@pytest.mark.parametrize("name", SCENES)
def test_each_figure_of_several_parts_is_drawn_as_accepted_and_without_fault(name: str) -> None:
    scene = SCENES[name]()
    found = metrics(scene)
    assert found.faults == () and found.jogs == 0
    assert found.angle >= 45
    accepted(f"{name}.svg", to_svg(scene))


@pytest.mark.parametrize("name", ["two_eggs", "hostile", "attend", "attend_circuit"])
def test_each_tikz_picture_is_printed_as_accepted(name: str) -> None:
    make, options = FIGURES[name]
    accepted(f"{name}.tikz", to_tikz(layout(make(), **options)))


@pytest.mark.parametrize("name", ["two_eggs", "spiders", "block"])
def test_each_dot_text_is_printed_as_accepted(name: str, tmp_path: Path) -> None:
    make, _ = FIGURES[name]
    render(make(), tmp_path / "x.dot")
    accepted(f"{name}.dot", (tmp_path / "x.dot").read_text(encoding="utf-8"))


@names
def test_each_figure_shows_its_diagram(name: str) -> None:
    make, options = FIGURES[name]
    found = rebuild(render(make(), **options))
    assert found == outline(shown(make(), options.get("style", "string")), found.opened)


@names
def test_each_figure_is_without_fault(name: str) -> None:
    make, options = FIGURES[name]
    found = metrics(layout(make(), **options))
    assert found.faults == ()
    assert found.jogs == 0
    assert found.wire_clearance >= 8
    assert found.box_clearance >= 6
    assert found.text_clearance >= 2
    assert found.angle >= 45


@pytest.mark.parametrize(
    ("name", "crossings"), [("two_eggs", 1), ("copies", 0), ("loop", 0), ("trefoil", 0), ("sentence", 0)]
)
def test_figures_of_terms_have_the_crossings_of_the_term(name: str, crossings: int) -> None:
    make, options = FIGURES[name]
    assert metrics(layout(make(), **options)).crossings == crossings


def test_an_equation_is_drawn_on_one_line() -> None:
    left = box("n", A, (A, A)) @ identity(A) >> identity(A) @ box("m", (A, A), A)
    right = box("m", (A, A), A) >> box("n", A, (A, A))
    scene = equation(left, right, title="Frobenius")
    found = metrics(scene)
    assert found.faults == () and found.crossings == 0
    once, twice = outline(left), outline(right)
    read = rebuild(to_svg(scene))
    assert len(read.boxes) == len(once.boxes) + len(twice.boxes)
    assert len(read.wires) == len(once.wires) + len(twice.wires)


def test_a_chain_of_equal_blocks_is_one_block_in_a_graph() -> None:
    step = box("f", A, A)
    d = box("in", A, A) >> seq(*[step] * 5) >> box("out", A, A)
    assert [g.labels[0].line.text for g in layout(d, style="graph").glyphs] == ["in", "f ×5", "out"]
    found = rebuild(render(d, style="graph"))
    assert found == outline(shown(d, "graph"), found.opened)


def test_the_gallery_page_shows_every_figure() -> None:
    lines = ["# Gallery", "", "Every figure here is drawn by the tests and compared byte for byte.", ""]
    for name, (make, options) in FIGURES.items():
        words = ", ".join(f"{key} = {value}" for key, value in options.items())
        lines += [
            f"## {name.replace('_', ' ')}",
            "",
            (make.__doc__ or "") + (f" `{words}`" if words else ""),
            "",
        ]
        lines += [f"![{name}](../tests/figure/golden/{name}.svg)", ""]
    for name, scene in SCENES.items():
        lines += [f"## {name.replace('_', ' ')}", "", scene.__doc__ or "", ""]
        lines += [f"![{name}](../tests/figure/golden/{name}.svg)", ""]
    accepted("../../../docs/gallery.md", "\n".join(lines))


def test_what_has_changed_is_shown_old_beside_new(tmp_path: Path) -> None:
    beside(tmp_path, "b.tikz", "a < b", "a > b")
    beside(tmp_path, "a.svg", "", "<svg/>")
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert page.index("old-a.svg") < page.index("new-a.svg") < page.index("a &lt; b") < page.index("a &gt; b")
    assert (tmp_path / "new-a.svg").read_text(encoding="utf-8") == "<svg/>"
