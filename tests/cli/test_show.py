"""`diag show`, `diag compile`, `diag eq`, `diag explain`; and what `diag render` does beside drawing."""

import json
import runpy
import sys
import xml.etree.ElementTree as ET

import numpy as np

from compilers.figure import drawing, theme
from diagram.cli import do_render


def test_the_choices_are_those_of_the_figures():
    assert drawing.STYLES == do_render.STYLES
    assert drawing.DIRECTIONS == do_render.DIRECTIONS
    assert drawing.FORMATS == do_render.FORMATS
    assert set(theme.THEMES) == set(do_render.THEMES)


def test_a_figure_goes_to_a_file_or_to_standard_output_with_the_same_bytes(diag, kitchen, tmp_path):
    printed = diag("render", kitchen, "opened")
    assert (printed.code, printed.err) == (0, "")
    assert ET.fromstring(printed.out).tag.endswith("svg")
    done = diag("render", kitchen, "opened", "-o", tmp_path / "y.svg")
    assert (done.code, done.out) == (0, "")
    assert (tmp_path / "y.svg").read_text().strip() == printed.out.strip()
    assert "crack" in printed.out


def test_without_matplotlib_the_message_says_what_to_install(diag, kitchen, tmp_path, monkeypatch):
    for name in [n for n in sys.modules if n.startswith(("matplotlib.", "compilers.figure.to_matplotlib"))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    done = diag("render", kitchen, "opened", "-o", tmp_path / "y.png")
    assert done.code == 2
    assert "matplotlib" in done.err
    assert "diag-lang[figures]" in done.err
    assert [p.name for p in tmp_path.iterdir()] == ["kitchen.diag"]


def test_a_compiled_module_stands_alone_and_computes(diag, arrays, tmp_path):
    path = tmp_path / "total.py"
    done = diag("compile", arrays, "total", "-o", path)
    assert done.code == 0, done.err
    assert "import diagram" not in path.read_text()
    x, y = np.random.default_rng(0).normal(size=(2, 4, 5))
    assert np.allclose(runpy.run_path(str(path))["total"](x, y), (x * y).sum(1))


def test_equality_is_decided_up_to_the_laws(diag, tmp_path):
    path = tmp_path / "x.diag"
    path.write_text(
        "object A\nbox f : A -> A\nbox g : A -> A\n"
        "def one : A @ A -> A @ A = (f @ id[A]) >> (id[A] @ g)\n"
        "def two : A @ A -> A @ A = (id[A] @ g) >> (f @ id[A])\n"
        "def three : A @ A -> A @ A = g @ f\n"
    )
    same, other = diag("eq", path, "one", "two"), diag("eq", path, "one", "three")
    assert (same.code, same.out) == (0, "one == two\n")
    assert other.code == 1
    assert other.out.startswith("one != three\n")
    assert diag("eq", path, "one", "for").code == 2


def test_every_code_is_listed_and_explained(diag):
    lines = diag("explain").out.splitlines()
    assert len(lines) > 50
    for code in ("E0001", "E0304", "e0304"):
        done = diag("explain", code)
        assert done.code == 0
        assert code.upper() in done.out
    done = diag("explain", "E9999")
    assert done.code == 2


def test_a_definition_is_shown_as_text_that_means_the_same(diag, kitchen, tmp_path):
    done = diag("show", kitchen, "opened")
    assert done.code == 0, done.err
    shown = tmp_path / "shown.diag"
    shown.write_text(done.out)
    assert diag("check", shown).code == 0
    assert diag("show", shown, "opened").out == done.out


def test_json_is_the_hypergraph(diag, kitchen):
    done = diag("show", kitchen, "opened", "--json")
    assert done.code == 0, done.err
    assert json.loads(done.out)
