"""Pages in a real browser: nothing else is loaded; hover, zoom, fold, steps; no text lies on text."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from compilers.figure import render
from compilers.figure.items import draw_item
from diagram.hypergraph import box, seq
from diagram.types import Ob
from tests.figure.browser import Browser, program
from tests.figure.gallery import FIGURES, module

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        program() is None, reason="needs Chromium: `make test` fetches one where npm is, or apt"
    ),
]
SHOWN = "document.querySelector('section:not([hidden])')"
PANEL = f"{SHOWN}.querySelector('g[data-open] > rect').getBoundingClientRect()"
HIDDEN = f"[...{SHOWN}.querySelectorAll('*')].filter(e => e.style.display === 'none').length"
OVERLAPS = (
    f"(() => {{ const boxes = [...{SHOWN}.querySelectorAll('text')]"
    ".map(e => Object.assign(e.getBoundingClientRect(), {of: e.dataset.of}));"
    "let count = 0; boxes.forEach((a, i) => boxes.slice(i + 1).forEach(b => {"
    "const w = Math.min(a.right, b.right) - Math.max(a.left, b.left);"
    "const h = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);"
    "if (a.of !== b.of && w > 1 && h > a.height * 0.35) count += 1; })); return count; })()"
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for all pages."""
    with Browser() as one:
        yield one


def opened(browser: Browser, path: Path) -> None:
    """Load a page, with nothing noted from the one before."""
    browser.requests.clear()
    browser.faults.clear()
    browser.open(path)


def test_the_page_loads_without_network_hovers_zooms_and_folds(browser: Browser, tmp_path: Path) -> None:
    make, _ = FIGURES["block_open"]
    render(make(), tmp_path / "x.html")
    opened(browser, tmp_path / "x.html")
    x, y, width, height = (browser.run(f"{PANEL}.{side}") for side in ("left", "top", "width", "height"))
    browser.mouse("moved", x + 3, y + height / 2)
    tip = browser.run("document.querySelector('#tip').textContent")
    assert "norm1" in tip and "→ [b, " in tip
    assert browser.run(HIDDEN) == 0
    browser.click(x + 3, y + height / 2)
    assert browser.run(HIDDEN) > 5
    browser.click(x + 3, y + height / 2)
    assert browser.run(HIDDEN) == 0
    browser.mouse("wheel", x, y, deltaX=0, deltaY=-400)
    assert browser.run(f"{PANEL}.width") > 1.5 * width
    before = browser.run(f"{PANEL}.left")
    browser.mouse("pressed", 500, 400, button="left", clickCount=1)
    browser.mouse("moved", 560, 400, button="left")
    browser.mouse("released", 560, 400, button="left", clickCount=1)
    assert browser.run(f"{PANEL}.left") == pytest.approx(before + 60, abs=1)
    browser.run("document.querySelector('button[data-view=\"0\"]').click()")
    assert browser.run(f"{SHOWN}.querySelectorAll('g[data-open]').length") == 0
    assert len(browser.requests) == 1 and browser.faults == []


@pytest.mark.parametrize("name", ["two_eggs", "attend_circuit", "block_open", "lstm", "unet", "hostile"])
def test_no_text_lies_on_text_in_the_fonts_of_the_browser(
    name: str, browser: Browser, tmp_path: Path
) -> None:
    make, options = FIGURES[name]
    render(make(), tmp_path / "x.html", **options)
    opened(browser, tmp_path / "x.html")
    assert browser.run(f"{SHOWN}.querySelectorAll('text').length") > 2
    assert browser.run(OVERLAPS) == 0
    assert len(browser.requests) == 1 and browser.faults == []


def test_a_large_figure_is_drawn_on_a_canvas_that_zooms_and_tells(browser: Browser, tmp_path: Path) -> None:
    column = seq(*[box(f"<f{k}>", Ob("A"), Ob("A")) for k in range(45)])
    wide = column
    for _ in range(44):
        wide = wide @ column
    render(wide, tmp_path / "x.html")
    opened(browser, tmp_path / "x.html")
    assert browser.run("document.querySelectorAll('svg').length") == 0
    ink = (
        "(() => { const c = document.querySelector('canvas'), d = c.getContext('2d')"
        ".getImageData(0, 0, c.width, c.height).data; let n = 0;"
        "for (let k = 0; k < d.length; k += 4) n += d[k + 3] > 0 && d[k] < 128; return n; })()"
    )
    browser.run("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))", wait=True)
    before = browser.run(ink)
    for _ in range(6):
        browser.mouse("wheel", 500, 400, deltaX=0, deltaY=-300)
    browser.run("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))", wait=True)
    assert before > 100 and browser.run(ink) != before
    told = set()
    for y in range(60, 780, 12):
        browser.mouse("moved", 500, y)
        told.add(browser.run("document.querySelector('#tip').textContent"))
    assert any(one.startswith("<f") and " : A → A" in one for one in told)
    assert len(browser.requests) == 1 and browser.faults == []


def test_the_slider_goes_through_the_steps_of_a_proof(browser: Browser, tmp_path: Path) -> None:
    draw_item(module("tests/samples/26_style.diag").figure("proof"), tmp_path / "x.html")
    opened(browser, tmp_path / "x.html")
    place = f"[...document.querySelectorAll('section')].indexOf({SHOWN})"
    assert browser.run(place) == 0
    browser.run(
        "(s => { s.value = 1; s.dispatchEvent(new Event('input')); })(document.querySelector('#step'))"
    )
    assert browser.run(place) == 1
    assert len(browser.requests) == 1 and browser.faults == []
