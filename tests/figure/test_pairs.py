"""Figures of two diagrams: a derivative below the original, differences marked; and Graphviz as an engine."""

from __future__ import annotations

import shutil
import subprocess
import sys
import warnings
from pathlib import Path

import pytest
from hypothesis import given, settings

from compilers.figure import draw_item, layout, metrics, rebuild, render
from compilers.figure import engine as graphviz
from compilers.figure.diff import diff_scene, partners
from compilers.figure.lens import lens_scene
from compilers.figure.mirror import mirrored
from compilers.figure.reading import outline
from compilers.figure.scene import Path as Line
from compilers.figure.to_svg import to_svg
from diagram.hypergraph import Diagram, box, copy, discard, identity
from diagram.optic import Optic, rev
from diagram.types import Ob
from grammar.module import loads
from tests.figure.gallery import (
    ROOT,
    attend,
    block,
    feed_forward,
    kitchen,
    residual_after,
    residual_before,
    states,
)
from tests.figure.terms import terms

needs_dot = pytest.mark.skipif(not shutil.which("dot"), reason="needs dot of Graphviz")
A = Ob("A")


@pytest.mark.parametrize("make", [attend, feed_forward])
def test_both_passes_are_shown_whole(make: object) -> None:
    d = attend() if make is attend else feed_forward()
    optic = rev(d)
    found = rebuild(to_svg(lens_scene(d, expand=0)))
    for prefix, one in (("e0/", optic.forward), ("e1/", optic.backward)):
        boxes = sorted((b, n, i, o) for b, n, i, o in found.boxes if b.startswith(prefix))
        assert [b[1:] for b in boxes] == [b[1:] for b in sorted(outline(one).boxes)]
        ends = sorted(len(w) for w in found.wires if w and w[0].startswith(prefix))
        assert ends == sorted(map(len, outline(one).wires))


def test_the_backward_pass_runs_left_below_the_forward_pass() -> None:
    scene = lens_scene(feed_forward())
    ahead = [g for g in scene.glyphs if g.id.startswith("e0/")]
    back = [g for g in scene.glyphs if g.id.startswith("e1/")]
    assert max(g.bounds[3] for g in ahead) <= min(g.bounds[1] for g in back)
    for strand in scene.strands:
        (x, _), (end, _) = strand.path.start, strand.path.end
        assert end >= x if strand.id.startswith("e0/") else end <= x


LENSES = """
optic gate : R @ R | R @ R -> R | R via R @ R {
  fwd(a, b)     = (a * b, a, b)
  bwd(a, b, dy) = (dy * b, dy * a)
}
lens descent : R | R -> R | R {
  get(p)     = p
  put(p, dp) = p - 0.1 * dp
}
def bend(x: R) -> R = tanh(x)
def both = gate >> Rev[bend]
figure drawn = both
"""


@pytest.mark.parametrize(("name", "residual"), [("gate", 2), ("descent", 1), ("both", 3)])
def test_lenses_and_optics_are_drawn_with_their_residual_turning_round(name: str, residual: int) -> None:
    optic = loads(LENSES).optic(name)
    assert optic is not None and optic.residual == residual
    scene = lens_scene(optic)
    turns = [p for p in scene.marks if isinstance(p, Line) and any(len(s) > 2 for s in p.steps)]
    assert len(turns) == residual
    middle = max(g.bounds[3] for g in scene.glyphs if g.id.startswith("e0/")) if name != "descent" else 0
    assert all(p.start[1] < p.end[1] and p.end[1] > middle for p in turns)
    assert optic.render() == to_svg(scene)


def test_a_figure_item_of_an_optic_is_drawn_as_one() -> None:
    m = loads(LENSES)
    (drawn,) = m.figure("drawn").diagrams
    optic = m.optic("both")
    assert isinstance(drawn, Optic) and optic is not None
    assert rebuild(draw_item(m.figure("drawn"))).boxes == rebuild(optic.render()).boxes


def test_what_comes_back_is_called_by_what_it_belongs_to() -> None:
    d = loads("def f(x: R, w: R) -> R = w * sin(x)")["f"]
    words = {label.line.text for label in lens_scene(d).labels}
    assert {"x", "w", "d_x", "d_w", "d_y0"} <= words


def test_definitions_and_what_is_no_optic() -> None:
    m = loads(LENSES)
    assert m.optic("bend") is None and m.optic("nothing") is None


@given(terms())
@settings(max_examples=20)
def test_the_mirror_of_the_mirror_is_the_figure(d: Diagram) -> None:
    scene = layout(d)
    assert mirrored(mirrored(scene)) == scene


@given(terms("box swap copy discard state"))
@settings(max_examples=25)
def test_a_diagram_differs_from_itself_in_nothing(d: Diagram) -> None:
    assert partners(d, d) == {k: k for k in range(len(d.boxes))} or len(partners(d, d)) == len(d.boxes)
    text = to_svg(diff_scene(d, d))
    assert "#d55e00" not in text and ">=<" in text


def test_exactly_what_differs_is_marked() -> None:
    f, g, h = box("f", A, A), box("g", A, A), box("h", (A, A), A)
    left = copy(A) >> (f >> g) @ (g >> f) >> h
    right = copy(A) >> (f >> f) @ (g >> f) >> h
    scene = diff_scene(left, right)
    marked = [g.id for g in scene.glyphs if any(s.look.stroke == "alert" for s in g.shapes)]
    names = {k: box_.label for k, box_ in enumerate(left.boxes)}
    assert [names[int(m[4:])] for m in marked if m.startswith("e0/")] == ["g"]
    assert len(marked) == 2
    assert "≠" in [label.line.text for label in scene.labels]


def test_moved_boxes_are_marked_and_the_rest_is_not() -> None:
    found = partners(residual_before(), residual_after())
    labels = [residual_before().boxes[k].label for k in found]
    assert "head" in labels and "add" in labels


@needs_dot
@pytest.mark.parametrize("make", [kitchen, block, attend, states])
def test_graphviz_lays_out_and_the_figure_still_shows_the_diagram(make: object) -> None:
    d = {kitchen: kitchen, block: block, attend: attend, states: states}[make]()  # type: ignore[index]
    for depth in (0, 1, 2):
        found = rebuild(render(d, engine="dot", expand=depth))
        assert found == outline(d, found.opened)
        assert bool(found.opened) == (depth > 0 and make is block)
        assert metrics(layout(d, engine="dot", expand=depth)).overlaps == ()


@needs_dot
def test_graphviz_opens_what_is_asked_for_and_the_types_are_on_the_wires() -> None:
    assert rebuild(render(block(), engine="dot", expand=1, fold=["mlp"])).opened == {"b0", "b1", "b3"}
    said = [t.line.text for t in layout(attend(), engine="dot").labels]
    assert "[q, t, h]" in said
    assert not any(t.id.startswith("t") for t in layout(attend(), engine="dot", labels="none").labels)


@pytest.mark.parametrize(
    ("program", "why"),
    [("/nonexistent/dot", "did not give"), (shutil.which("true") or "true", "did not give")],
)
def test_without_graphviz_our_layout_is_used_with_one_notice(
    program: str, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIAG_DOT", program)
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        text = render(kitchen(), engine="dot")
    assert [why in str(w.message) for w in seen] == [True]
    assert text == render(kitchen())


def test_graphviz_has_a_limit_of_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(graphviz, "_FLAGS", ("-c", "import time; time.sleep(60)"))
    monkeypatch.setattr(graphviz, "SECONDS", 0.3)
    monkeypatch.setenv("DIAG_DOT", sys.executable)
    with pytest.warns(UserWarning, match="took more than"):
        render(kitchen(), engine="dot")


def test_dot_is_no_wider_in_crossings_than_ours_on_the_examples() -> None:
    if not shutil.which("dot"):
        pytest.skip("needs dot of Graphviz")
    ours = theirs = 0
    for make in (kitchen, attend, block):
        ours += metrics(layout(make(), expand=0)).crossings
        theirs += metrics(layout(make(), engine="dot")).crossings
    assert ours <= theirs * 1.1 + 1


def pythons() -> list[str]:
    """This Python, and others of the versions that we run on, where they are installed beside it."""
    homes = Path(sys.base_prefix).parent.glob("*/bin/python3.1[1-9]")
    found = {home.name: str(home) for home in sorted(homes) if home.exists()}
    found[f"python3.{sys.version_info.minor}"] = sys.executable
    return sorted(found.values())


def test_the_bytes_of_all_figures_depend_on_no_hash_seed_and_no_version_of_python() -> None:
    code = (
        "from tests.figure.gallery import FIGURES, SCENES\nfrom compilers.figure import layout\n"
        "from compilers.figure.to_svg import to_svg\nimport hashlib\nall = hashlib.sha256()\n"
        "scenes = [layout(make(), **options) for make, options in FIGURES.values()]\n"
        "scenes += [make() for make in SCENES.values()]\n"
        "for scene in scenes: all.update(to_svg(scene).encode())\nprint(all.hexdigest())"
    )
    runs = [(python, "0") for python in pythons()] + [(sys.executable, "7")]
    environment = {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    found = {
        subprocess.run(
            [python, "-c", code],
            capture_output=True,
            text=True,
            check=True,
            env={**environment, "PYTHONHASHSEED": seed},
        ).stdout
        for python, seed in runs
    }
    assert len(found) == 1


def test_empty_sides_are_drawn() -> None:
    assert metrics(diff_scene(identity(A), discard(A))).faults == ()
