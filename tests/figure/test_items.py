"""`figure` items and styles decide what is drawn: cascade, options, equations, steps, the command line."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from compilers.figure import layout, metrics, rebuild, render
from compilers.figure.items import draw_item, scale_of, scene_of, scenes
from compilers.figure.reading import outline
from compilers.figure.scene import Circle, Rect, Scene
from compilers.figure.scene import Path as Outline
from compilers.figure.theme import darkened
from compilers.figure.to_svg import to_svg
from diagram import loads
from diagram.cli import main
from diagram.cost import rows
from diagram.hypergraph import box
from diagram.types import Ob
from grammar.module import loads_module
from tests.figure.gallery import ROOT, module

SAMPLE = "tests/samples/26_style.diag"
SMALL = """edition 1
object A
box f: A -> A
box g: A -> A
def one(x: A) -> A { y = f(x)  z = g(y)  return z }
def two(x: A) -> A { y = g(x)  z = f(y)  return z }
style base { box f { fill = "#aabbcc" }  wire y { color = "#112233", width = 3pt } }
style more extends base { box f { fill = "#ddeeff", label = "F" }  box g { shape = circle } }
"""


def small(item: str, name: str = "it") -> Scene:
    """The scene of a figure item written below the small file."""
    return scene_of(loads_module(SMALL + item).figure(name))


def fill_of(scene: Scene, name: str) -> set[str]:
    return {s.look.fill for g in scene.glyphs if g.name == name for s in g.shapes}


def test_a_rule_for_a_box_colours_that_box_and_no_other() -> None:
    scene = small("figure it = one with { style = base }")
    assert fill_of(scene, "f") == {"#aabbcc"}
    assert fill_of(scene, "g") == {"box"}


def test_a_style_overrules_what_it_extends_and_keeps_the_rest() -> None:
    scene = small("figure it = one with { style = more }")
    assert fill_of(scene, "f") == {"#ddeeff"}
    texts = {label.line.text for glyph in scene.glyphs for label in glyph.labels}
    assert "F" in texts and "f" not in texts
    assert any(isinstance(s, Circle) for g in scene.glyphs if g.name == "g" for s in g.shapes)
    looks = [s.path.look for s in scene.strands]
    assert [(one.stroke, one.width) for one in looks if one.stroke == "#112233"] == [("#112233", 192)]


def test_no_style_changes_what_a_figure_shows() -> None:
    plain, styled = (small(f"figure it = one{more}") for more in ("", " with { style = more }"))
    assert rebuild(to_svg(plain)) == rebuild(to_svg(styled))


def test_an_equation_has_its_sign_between_its_sides() -> None:
    scene = small('figure it = equation[one, two] with { sign = "≅", caption = "They are not." }')
    words = [label.line.text for label in scene.labels]
    assert "≅" in words and "They are not." in words
    assert len(rebuild(to_svg(scene)).boxes) == 4
    assert metrics(scene).faults == ()


def test_options_of_the_call_overrule_the_item() -> None:
    item = loads_module(SMALL + "figure it = one with { direction = left_to_right }").figure("it")
    wide, tall = scene_of(item), scene_of(item, direction="down")
    assert wide.width > wide.height and tall.height > tall.width


def test_the_width_and_the_font_size_of_an_item_set_its_scale() -> None:
    made = loads_module(
        SMALL + "style big { font_size = 22pt }\nfigure a = one with { style = big }\n"
        "figure b = one with { width = 50mm }"
    )
    assert scale_of(made.figure("a"), scene_of(made.figure("a"))) == 2
    root = ElementTree.fromstring(draw_item(made.figure("b")))
    assert float(root.get("width", "").removesuffix("pt")) == pytest.approx(50 / 25.4 * 72, abs=0.02)


def test_values_of_the_whole_style_reach_every_line() -> None:
    scene = small(
        'style s { line_width = 2pt, background = "#eeeeee", color = "#333333", corner = 0pt }\n'
        "figure it = one with { style = s }"
    )
    assert {s.path.look.width for s in scene.strands} == {128}
    assert {s.path.look.stroke for s in scene.strands} == {"#333333"}
    assert isinstance(scene.backdrop[0], Rect) and scene.backdrop[0].look.fill == "#eeeeee"
    assert {s.radius for g in scene.glyphs for s in g.shapes if isinstance(s, Rect)} == {0}


def test_row_and_box_gaps_move_boxes_apart() -> None:
    near = small("figure it = one")
    far = small("style s { row_gap = 60pt }\nfigure it = one with { style = s }")
    assert far.height >= near.height + 40 * 64


def test_hidden_wires_keep_their_place_without_ink() -> None:
    scene = small("style s { wire y { hidden = true } }\nfigure it = one with { style = s }")
    assert [s.path.look.stroke for s in scene.strands].count("") == 1
    assert len(rebuild(to_svg(scene)).wires) == 3


def test_a_frame_with_a_title_stands_around_a_named_diagram() -> None:
    scene = scene_of(module(SAMPLE).figure("attention"))
    assert "Attention" in [label.line.text for label in scene.labels]
    assert scene.backdrop[0].look.fill == "#C5BEDF"


def test_bars_over_axes_reach_lanes_types_and_derivatives() -> None:
    d = module("examples/transformer.diag")["attend"]
    lanes = [run for t in layout(d, style="circuit").labels for run in t.line.runs if run.bar]
    assert {run.text for run in lanes} == {"q", "t"}
    types = [t.line for t in layout(d).labels if any(run.bar for run in t.line.runs)]
    assert any(one.text == "[q, t, h]" for one in types)
    assert ' text-decoration="overline"' in render(d)


def test_types_flops_and_bytes_are_told_as_the_cost_module_counts_them() -> None:
    d = module("examples/transformer.diag")["feed_forward"]
    said = " ".join(t.line.text for t in layout(d, annotate=["flops", "memory"]).texts())
    for row in rows(d):
        value = row.cost.flops.constant
        if value:
            number = f"{int(value) / 1000:.3g} k" if value >= 1000 else f"{value}"
            assert f"{number} flops" in said
    assert "B" in said
    with pytest.raises(ValueError, match="annotate must be one of"):
        layout(d, annotate=["price"])


def test_boxes_without_meaning_have_no_notes() -> None:
    d = box("f", Ob("A"), Ob("B"))
    assert [t.line.text for t in layout(d, annotate=["flops"]).texts()].count("f") == 1


@pytest.mark.parametrize("name", ["attention", "stack", "equation", "cost", "proof"])
def test_every_figure_of_the_sample_is_drawn_without_fault(name: str) -> None:
    item = module(SAMPLE).figure(name)
    assert metrics(scene_of(item)).faults == ()
    for d, scene in zip(item.diagrams, scenes(item), strict=True):
        found = rebuild(to_svg(scene))
        assert found == outline(d, found.opened)


def test_steps_move_without_a_script_and_rest_on_the_first() -> None:
    text = draw_item(module(SAMPLE).figure("proof"), animate=True)
    root = ElementTree.fromstring(text)
    shown = [g.get("visibility") for g in root if g.tag.endswith("}g") and g.get("visibility")]
    assert shown == ["visible", "hidden"]
    assert text.count("<animate ") == 2 and "<script" not in text


def test_steps_in_html_have_a_slider(tmp_path: Path) -> None:
    draw_item(module(SAMPLE).figure("proof"), tmp_path / "x.html")
    assert 'id="step" type="range" min="0" max="1"' in (tmp_path / "x.html").read_text(encoding="utf-8")


def luminance(code: str) -> float:
    parts = [int(code[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    line = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in parts]
    return 0.2126 * line[0] + 0.7152 * line[1] + 0.0722 * line[2]


@pytest.mark.parametrize("code", ["#C5BEDF", "#ffcc00", "#ffffff", "#000000", "#1f77b4"])
def test_own_colours_are_fit_for_the_dark(code: str) -> None:
    fill, line = luminance(darkened(code, "fill")), luminance(darkened(code, "stroke"))
    ink, paper = luminance("#dedede"), luminance("#1e1e1e")
    assert (ink + 0.05) / (fill + 0.05) >= 4.5
    assert (line + 0.05) / (paper + 0.05) >= 3


def test_own_colours_follow_the_readers_dark_mode() -> None:
    text = draw_item(module(SAMPLE).figure("attention"))
    assert re.search(r"\.f-C5BEDF\{fill:#[0-9a-f]{6}\}", text)


def test_the_command_draws_one_item_or_all_of_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = str(ROOT / SAMPLE)
    monkeypatch.chdir(tmp_path)
    assert main(["render", file, "--figure", "cost"]) == 0
    assert capsys.readouterr().out.startswith("<svg")
    assert main(["render", file, "-o", "x.svg"]) == 0
    names = ["attention", "cost", "equation", "proof", "stack"]
    assert sorted(p.name for p in tmp_path.iterdir()) == [f"x-{name}.svg" for name in names]
    assert main(["render", file]) == 0
    assert (tmp_path / "stack.svg").is_file()
    assert main(["render", file, "--figure", "costs"]) == 2
    assert "did you mean `cost`" in capsys.readouterr().err


def test_a_style_with_an_outline_of_its_own_is_text_everywhere() -> None:
    scene = small(
        'style s { box f { label = "<b>", color = "url(#x)" } }\nfigure it = one with { style = s }'
    )
    text = to_svg(scene)
    assert "&lt;b&gt;" in text and "url(" not in text
    assert all(isinstance(s, Rect | Circle | Outline) for g in scene.glyphs for s in g.shapes)


def test_small_files_are_what_the_tests_say() -> None:
    assert loads(SMALL)["one"] != loads(SMALL)["two"]


def test_many_steps_are_broken_into_lines() -> None:
    many = ", ".join(["one", "two"] * 15)
    scene = small(f"figure it = steps[{many}] with {{ direction = left_to_right }}")
    assert scene.width <= 960 * 64
    assert metrics(scene).faults == ()
    assert len(rebuild(to_svg(scene)).boxes) == 60
    assert sum(label.line.text == "⇒" for label in scene.labels) == 29


def test_double_axes_are_two_lines_and_one_wire() -> None:
    text = (
        "edition 1\naxis a with { double }\naxis b\ndef f(X: R[a, b]) -> R[a, b] = relu(X)\n"
        "figure it = f with { style = std.styles.ncd }"
    )
    item = loads_module(text).figure("it")
    scene = scene_of(item)
    at = [s.path.start[1] for s in scene.strands if s.src == "in.0"]
    assert len(at) == 3 and at[1] - at[0] == 3 * 64
    assert rebuild(to_svg(scene)) == outline(item.diagrams[0])
    assert metrics(scene).faults == ()


PAIR = """edition 1
object A
box f: A -> A
box g: A -> A
box h: A @ A -> A
def inner(x: A) -> A { return g(f(x)) }
def two(x: A) -> A { return inner(inner(x)) }
"""


def pair(text: str, name: str = "it") -> Scene:
    """The scene of a figure item written below the pair."""
    return scene_of(loads_module(PAIR + text).figure(name))


def test_a_layout_says_how_deep_a_body_is_open() -> None:
    closed = pair("figure it = two with { expand = 0 }")
    opened = pair("style s { layout inner { layers = 1 } }\nfigure it = two with { style = s, expand = 0 }")
    assert (sum(g.region for g in closed.glyphs), sum(g.region for g in opened.glyphs)) == (0, 2)


def test_a_region_has_a_title_a_shadow_and_no_frame_where_it_is_said() -> None:
    scene = pair(
        'style s { region inner { title = "Part", shadow = true, frame = false } }\n'
        "figure it = two with { style = s, expand = 1 }"
    )
    panels = [g for g in scene.glyphs if g.region]
    assert {t.line.text for g in panels for t in g.labels} == {"Part"}
    assert all(sum(s.look.fill == "shade" for s in g.shapes) == 4 for g in panels)
    assert not any(s.look.stroke == "edge" for g in panels for s in g.shapes)


def test_what_is_not_quite_seen_is_printed_so(tmp_path: Path) -> None:
    text = SMALL + "style s { box f { opacity = 0.25 } wire y { opacity = 0.5 } }\n"
    item = loads_module(text + "figure it = one with { style = s }").figure("it")
    svg = draw_item(item, tmp_path / "x.tikz")
    assert ' opacity="0.25"' in svg and ' opacity="0.5"' in svg
    assert "opacity=0.25" in (tmp_path / "x.tikz").read_text(encoding="utf-8")


def test_a_wire_is_above_another_where_a_style_says_so() -> None:
    text = "def side() -> A @ A { a = s()  b = s()  c = f(a)  e = g(b)  return e, c }\nbox s: () -> A\n"
    order = {}
    for rule in ("above a, b", "above b, a"):
        scene = pair(text + f"style s1 {{ {rule} }}\nfigure it = side with {{ style = s1 }}")
        at = {g.name: g.bounds[0] for g in scene.glyphs if g.name in "fg"}
        order[rule] = at["f"] < at["g"]
        assert metrics(scene).faults == ()
    assert order == {"above a, b": True, "above b, a": False}


def test_an_axis_is_written_as_its_rule_says() -> None:
    text = (
        'edition 1\naxis a\ndef f(X: R[a]) -> R[a] = relu(X)\nstyle s { axis a { label = "$\\\\alpha$" } }\n'
    )
    scene = scene_of(loads_module(text + "figure it = f with { style = s }").figure("it"))
    assert "[α]" in [t.line.text for t in scene.labels]


def test_a_bent_figure_shows_the_wire_as_it_is_written() -> None:
    text = (
        "edition 1\ncategory W : hypergraph\nobject Q\n"
        "def snake : Q -> Q = Q @ cap[Q.r, Q] >> cup[Q, Q.r] @ Q\n"
        "figure it = snake with { bent = true }\nfigure flat = snake\n"
    )
    made = loads_module(text)
    bent, flat = scene_of(made.figure("it")), scene_of(made.figure("flat"))
    assert [g.name for g in bent.glyphs] == ["cap box", "cup box"] and not flat.glyphs
    found = metrics(bent)
    assert found.faults == () and found.crossings == 0
    assert made["snake"].boxes == ()
    item = made.figure("it")
    assert rebuild(to_svg(bent)) == outline(item.diagrams[0])
