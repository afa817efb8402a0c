"""Files: formats by ending, stable bytes, safe text, nothing heavy loaded for SVG, no half-written file."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from compilers.figure import layout, render
from compilers.figure.scene import outlines
from compilers.figure.theme import DARK, PRINT, THEMES
from compilers.figure.to_tikz import escape, is_safe
from diagram.hypergraph import box
from diagram.types import Ob
from tests.figure.gallery import FIGURES, hostile, kitchen


@pytest.mark.parametrize("ending", ["svg", "pdf", "png", "tikz", "tex", "html", "dot"])
def test_every_format_is_written_with_the_same_bytes_twice(ending: str, tmp_path: Path) -> None:
    first, second = tmp_path / f"a.{ending}", tmp_path / f"b.{ending}"
    render(kitchen(), first)
    render(kitchen(), second)
    assert first.read_bytes() == second.read_bytes()
    assert sorted(p.name for p in tmp_path.iterdir()) == [first.name, second.name]


def test_an_unknown_ending_is_refused_and_leaves_no_file(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"\.gif"):
        render(kitchen(), tmp_path / "x.gif")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("option", [{"style": "x"}, {"direction": "x"}, {"theme": "x"}])
def test_an_unknown_option_is_refused_with_the_allowed_ones(option: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="must be one of"):
        render(kitchen(), **option)


def test_text_in_pdf_stays_text(tmp_path: Path) -> None:
    render(kitchen(), tmp_path / "x.pdf")
    content = (tmp_path / "x.pdf").read_bytes()
    assert b"/FontFile2" in content and b"/Type3" not in content


def test_svg_needs_nothing_and_runs_nothing() -> None:
    text = render(hostile())
    root = ElementTree.fromstring(text)
    tags = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert tags <= {"svg", "title", "desc", "style", "g", "path", "rect", "circle", "text"}
    assert "href" not in text and "url(" not in text and "<script" not in text
    assert root[0].text == "<script>"


def test_hostile_labels_are_shown_as_text() -> None:
    shown = [element.text for element in ElementTree.fromstring(render(hostile())).iter() if element.text]
    assert "<b>&\"'" in shown and "\\input{x}" in shown and "🙂" in shown


def test_tikz_escapes_commands_and_keeps_formulas() -> None:
    assert escape("50% \\input{x} $y$") == r"50\% \textbackslash{}input\{x\} \$y\$"
    assert escape("q²") == r"q\ensuremath{{}^{2}}"
    assert escape("ש") == r"\figurechar{ש}{5E9}"
    assert is_safe("$W_Q^{+} \\otimes x$")
    for bad in ("$\\input{x}$", "$x$ \\write18{rm}", "$ { $", "a $x$ % b", "$x$ #", "$}{$", "$α$"):
        assert not is_safe(bad), bad


def test_svg_is_drawn_without_heavy_libraries() -> None:
    code = (
        "import sys\nfrom diagram.hypergraph import box\nfrom diagram.types import Ob\n"
        "box('f', Ob('A'), Ob('B')).render()\n"
        "heavy = ('numpy', 'matplotlib', 'torch', 'discopy', 'networkx', 'sympy')\n"
        "print([m for m in heavy if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_bytes_do_not_depend_on_the_hash_seed() -> None:
    code = "from tests.figure.gallery import FIGURES\nfrom compilers.figure import render\n"
    code += "import hashlib\nmake, options = FIGURES['two_eggs']\n"
    code += "print(hashlib.sha256(render(make(), **options).encode()).hexdigest())"
    found = {
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=True,
            env={"PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("0", "1", "2")
    }
    assert len(found) == 1


def test_the_width_asked_for_is_the_width_of_the_figure() -> None:
    root = ElementTree.fromstring(render(kitchen(), width="85mm"))
    assert float(root.get("width", "").removesuffix("pt")) == pytest.approx(85 / 25.4 * 72, abs=0.02)


def test_html_is_one_file_that_loads_nothing(tmp_path: Path) -> None:
    make, options = FIGURES["block_open"]
    render(make(), tmp_path / "x.html", **options)
    text = (tmp_path / "x.html").read_text(encoding="utf-8")
    assert not re.search(r"""\s(src|href)=["'](?!data:)""", text)
    assert "default-src 'none'" in text
    idents = re.findall(r' id="([^"]+)"', text)
    assert len(idents) == len(set(idents))


def _luminance(colour: str) -> float:
    parts = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    line = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in parts]
    return 0.2126 * line[0] + 0.7152 * line[1] + 0.0722 * line[2]


def _contrast(a: str, b: str) -> float:
    low, high = sorted((_luminance(a), _luminance(b)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("colours", [PRINT, DARK])
def test_text_and_lines_stand_out_on_every_ground(colours: dict[str, str]) -> None:
    for ground in ("paper", "box", "chip", "tint0", "tint1", "tint2", "tint3", "softmax"):
        assert _contrast(colours["ink"], colours[ground]) >= 4.5
        assert _contrast(colours["muted"], colours[ground]) >= 4.5
        assert _contrast(colours["line"], colours[ground]) >= 3
    assert _contrast(colours["edge"], colours["paper"]) >= 3


def test_every_theme_draws(tmp_path: Path) -> None:
    for theme in THEMES:
        assert render(kitchen(), theme=theme).startswith("<svg")
        render(kitchen(), tmp_path / f"{theme}.png", theme=theme)


def test_small_figures_have_readable_text_in_a_column() -> None:
    for name in ("two_eggs", "attend", "block"):
        make, options = FIGURES[name]
        scene = layout(make(), **options)
        scale = min(1.0, 85 / 25.4 * 72 * 64 / scene.width)
        assert min(run.size for label in scene.texts() for run in label.line.runs) * scale / 64 >= 7


FRACTION = r"$\frac{QK^T}{\sqrt{d_k}}$"


def test_formulas_with_fractions_are_outlines_and_stay_tex_in_tex(tmp_path: Path) -> None:
    d = box(FRACTION, Ob("A"), Ob("B"))
    root = ElementTree.fromstring(render(d))
    titles = [e[0].text for e in root.iter() if e.tag.endswith("}path") and len(e)]
    assert FRACTION in titles
    assert FRACTION not in [e.text for e in root.iter() if e.tag.endswith("}text")]
    render(d, tmp_path / "x.tikz")
    assert FRACTION in (tmp_path / "x.tikz").read_text(encoding="utf-8")
    glyph = layout(d).glyphs[0]
    left, top, right, bottom = glyph.labels[0].bounds
    assert (
        glyph.bounds[0] < left < right < glyph.bounds[2] and glyph.bounds[1] < top < bottom < glyph.bounds[3]
    )
    xs = [x for path in outlines(glyph.labels[0]) for step in path.steps for x in step[::2]]
    assert left <= min(xs) and max(xs) <= right


@pytest.mark.parametrize("label", [r"$\frac{a$ b", r"$\frac{\input{x}}{2}$", r"$\frac{}{$"])
def test_what_is_no_formula_is_text(label: str) -> None:
    words = [e.text for e in ElementTree.fromstring(render(box(label, Ob("A"), Ob("B")))).iter()]
    assert any(word is not None and "\\frac" in word for word in words)
