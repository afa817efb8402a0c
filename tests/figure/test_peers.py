"""Our layout beside that of `dot`, which is given the same boxes, ports and order at the boundary."""

from __future__ import annotations

import shutil
from random import Random
from statistics import median

import pytest

from compilers.figure import engine as graphviz
from compilers.figure import layout, metrics
from compilers.figure.drawing import shown
from compilers.figure.engine_text import Question
from compilers.figure.plan import Options
from compilers.figure.quality import Metrics
from compilers.figure.scope import Scope
from diagram.errors import DiagramError
from diagram.hypergraph import Builder, Diagram
from diagram.op import generator
from diagram.types import Ob
from tests.figure.gallery import ROOT, module

pytestmark = pytest.mark.skipif(not shutil.which("dot"), reason="needs dot of Graphviz")
A = Ob("A")


def by_dot(d: Diagram) -> Metrics:
    """What `dot` makes of a diagram, measured as we measure ours; wires are polylines."""
    hidden = set(d.param_wires) - set(d.outputs)
    ends = (
        ("min", [f'"in.{k}"' for k, w in enumerate(d.inputs) if w not in hidden]),
        ("max", [f'"out.{k}"' for k in range(len(d.outputs))]),
    )
    rows = [f"{{rank={rank}; edge [style=invis]; {' -> '.join(names)};}}" for rank, names in ends if names]
    asked = Question(Scope(d), Options(labels="none"))
    text = asked.text().rstrip().removesuffix("}") + "\n".join(rows) + "}"
    found = graphviz._run(text)
    found["objects"] = [one for one in found.get("objects", ()) if "pos" in one]
    found["edges"] = [one for one in found.get("edges", ()) if one.get("style") != "invis"]
    return metrics(graphviz._Reader(asked, found).scene("", ""))


def both(d: Diagram) -> tuple[Metrics, Metrics]:
    """Ours and that of `dot`; without words on wires and with closed bodies, as `dot` draws it."""
    d = shown(d)
    return metrics(layout(d, style="string", expand=0, labels="none", direction="down")), by_dot(d)


def area(m: Metrics) -> float:
    """Of the whole figure."""
    return m.width * m.height


@pytest.fixture(autouse=True)
def polylines(monkeypatch: pytest.MonkeyPatch) -> None:
    """`dot` with the settings that are best for it."""
    flags = ("-Tjson", "-Gnslimit=1", "-Gnslimit1=1", "-Gsplines=polyline")
    monkeypatch.setattr(graphviz, "_FLAGS", flags)


@pytest.mark.slow
def test_examples_have_fewer_crossings_and_less_area_than_with_dot() -> None:
    ours = theirs = 0
    areas = []
    for file in sorted(
        p for folder in ("tests/samples", "examples") for p in ROOT.glob(f"{folder}/**/*.diag")
    ):
        loaded = module(str(file.relative_to(ROOT)))
        for name in loaded.definitions:
            try:
                d = loaded[name]
            except DiagramError:  # it has static arguments without a value, or a hole
                continue
            if len(d.boxes) < 2:
                continue
            mine, other = both(d)
            ours += mine.crossings
            theirs += other.crossings
            areas.append(area(mine) / area(other))
    assert ours <= 1.1 * theirs
    assert median(areas) <= 0.8
    assert sum(a <= 1.1 for a in areas) >= 0.9 * len(areas)


def tangle(boxes: int, seed: int, width: int) -> Diagram:
    """Boxes that read any wires at all."""
    rng, b = Random(seed), Builder()
    live = [b.input(A) for _ in range(width)]
    for k in range(boxes):
        ins = [live.pop(rng.randrange(len(live))) for _ in range(min(rng.choice((1, 2, 2)), len(live)))]
        outs = rng.choice((1, 1, 2, 2, 3) if len(live) < width else (1, 1))
        live += b.box(generator(f"f{k}", (A,) * len(ins), (A,) * outs), ins, (A,) * outs)
    return b.build(live)


@pytest.mark.parametrize(("boxes", "width"), [(12, 4), (30, 5)])
def test_random_hypergraphs_have_no_more_crossings_than_with_dot(boxes: int, width: int) -> None:
    pairs = [both(tangle(boxes, seed, width)) for seed in range(8)]
    assert sum(a.crossings for a, _ in pairs) <= 1.1 * sum(b.crossings for _, b in pairs)
    assert median(area(a) / area(b) for a, b in pairs) <= 1.1
