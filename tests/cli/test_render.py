"""diag render: styles, formats, what is open, and the measures of the figure."""

from pathlib import Path
from xml.etree import ElementTree

import pytest

FILE = "examples/transformer.diag"


@pytest.mark.parametrize("ending", ["svg", "tikz", "tex", "html", "dot", "png", "pdf"])
def test_the_ending_decides_the_format(diag, tmp_path: Path, ending):
    done = diag("render", FILE, "attend", "-o", str(tmp_path / f"x.{ending}"))
    assert (done.code, done.out) == (0, "")
    starts = {"svg": b"<svg", "tikz": b"\\begin", "tex": b"\\doc", "html": b"<!DOC", "dot": b"digraph"}
    starts |= {"png": b"\x89PNG", "pdf": b"%PDF"}
    assert (tmp_path / f"x.{ending}").read_bytes().startswith(starts[ending])


@pytest.mark.parametrize("style", ["string", "circuit", "graph"])
def test_every_style_draws(diag, style):
    done = diag("render", FILE, "block", "--style", style, "--expand", "attn", "--fold", "norm1")
    assert done.code == 0
    opened = [e.get("data-id") for e in ElementTree.fromstring(done.out).iter() if e.get("data-open")]
    assert opened == ["b1"]


def test_the_measures_of_a_figure_are_printed(diag):
    done = diag("render", FILE, "attend", "--metrics")
    assert done.code == 0
    assert "crossings       0\n" in done.out and "overlaps        0\n" in done.out


@pytest.mark.parametrize(
    "words",
    [
        ["--width", "wide"],
        ["--style", "circuit", "--direction", "up"],
        ["--style", "x"],
        ["--direction", "left"],
    ],
)
def test_wrong_options_are_wrong_use(diag, words):
    assert diag("render", FILE, "attend", *words).code == 2


def test_the_width_is_that_of_the_page(diag):
    root = ElementTree.fromstring(diag("render", FILE, "attend", "--width", "85mm").out)
    assert root.get("width") == "240.94pt"


def test_lenses_and_optics_are_drawn_by_name(diag, tmp_path):
    path = tmp_path / "l.diag"
    path.write_text(
        "lens step : R | R -> R | R { get(p) = p  put(p, dp) = p - dp }\ndef f(x: R) -> R = x * x\n"
    )
    done = diag("render", path, "step")
    assert done.code == 0 and "<svg" in done.out and ">dp<" in done.out
    assert diag("render", path, "step", "-o", tmp_path / "step.dot").code == 0
    assert diag("render", path, "steps").code == 2
