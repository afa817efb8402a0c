"""Diagrams as text: the file checks, is laid out, and its definition elaborates to an equal diagram."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diagram.builder import Builder
from diagram.cli import main
from diagram.derivative import value_and_reverse
from diagram.errors import DiagramError
from diagram.hypergraph import box, cap, cup, identity
from diagram.levels import FREE, Category
from diagram.op import generator
from diagram.types import Axis, Ob, R, Tensor
from diagram.value import Diagram, Param
from grammar.format import format_source
from grammar.module import loads, open_module
from grammar.printer import to_text
from tests.laws.terms import meaning, terms

ROOT = Path(__file__).parents[2]
FOLDERS = ("tests/samples", "examples", "grammar/std", "tests/bugs/clean")
FILES = [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.diag"))]
FACTOR = "a factor of a product without a name, whose size is a symbol, gets the symbol's name"
INEXACT = {
    "vit.cut": FACTOR,
    "vision.patches": FACTOR,
    "windows.paste": "a merged array with names of its own comes back as writes and a read",
    "saddle.loss": "a read at the positions of a loop that only counts comes back as a product",
    "transformer.transformer": "the arrays of a table of waves come back in another order",
}
"""Definitions that come back as others, and why."""
UNWRITTEN = {
    "causal.front_door": "a conditional is no box of the text",
    "saddle.highest_r": "arrays on wires that bend",
    "saddle.highest_f": "arrays on wires that bend",
}
"""Definitions that the text has no words for."""


def elaborated() -> list[tuple[str, Diagram]]:
    found = []
    for path in FILES:
        module = open_module(path)
        for name in module.definitions:
            try:
                found.append((f"{path.stem.lstrip('0123456789_')}.{name}", module[name]))
            except (DiagramError, KeyError):
                continue
    return found


ELABORATED = elaborated()


def again(d: Diagram, name: str = "main") -> Diagram:
    """What the text of a diagram elaborates to; the text checks without errors and is laid out."""
    text = to_text(d, name)
    assert format_source(text) == text
    module = loads(text)
    assert [found.message for found in module.check() if not found.is_warning] == []
    return module[name]


def arrays_of(d: Diagram) -> list[tuple[object, ...]]:
    """The learned arrays without their places."""
    found = [(p.path, p.init, p.args, p.fan, p.frozen, p.options) for p in d.params]
    return sorted(found, key=lambda known: str(known[0]))


def test_enough_of_the_samples_elaborate() -> None:
    assert len(ELABORATED) > 300


@pytest.mark.parametrize(("name", "d"), ELABORATED, ids=[name for name, _ in ELABORATED])
def test_a_definition_printed_and_read_is_an_equal_diagram(name: str, d: Diagram) -> None:
    if name in UNWRITTEN:
        with pytest.raises(DiagramError, match="no way to write"):
            to_text(d)
        return
    e = again(d)
    assert arrays_of(e) == arrays_of(d)
    if name not in INEXACT:
        assert (e.dom, e.cod) == (d.dom, d.cod)
        assert e == d


@pytest.mark.parametrize("level", ["symmetric", "traced", "hypergraph"])
def test_random_string_diagrams_come_back(level: str) -> None:
    category = FREE if level == "hypergraph" else Category("C", (level,))

    @settings(max_examples=60)
    @given(terms(level=level))
    def check(term: tuple[object, ...]) -> None:
        d = meaning(term, category)
        assert again(d) == d

    check()


A, B = Ob("A"), Ob("B")


@given(st.integers(1, 6))
@settings(max_examples=6)
def test_nested_caps_and_cups_of_a_rigid_category_keep_their_order(n: int) -> None:
    rigid = Category("P", ("rigid",))
    d: Diagram = identity((), rigid)
    for k in range(n):
        right = identity(tuple(Ob("A", 0) for _ in range(k)), rigid)
        left = identity(tuple(Ob("A", 1) for _ in range(k)), rigid)
        d = d >> left @ cap(Ob("A", 1), A, rigid) @ right
    assert again(d) == d


def test_a_snake_of_a_rigid_category_is_written_without_crossings() -> None:
    rigid = Category("P", ("rigid",))
    f = box("f", (), (A, Ob("B", 1)), rigid)
    g = box("g", (), (B,), rigid)
    d = g @ f
    bent = box("h", (), (B, Ob("B", 1), A), rigid) >> cup(B, Ob("B", 1), rigid) @ identity(A, rigid)
    assert again(d) == d
    assert again(bent) == bent
    assert "cup[B, B.r]" in to_text(bent)


def test_one_box_with_several_types_is_generic() -> None:
    b = Builder(Category("C", ("symmetric",)))
    x, y = b.input(A, "x"), b.input(B, "y")
    (u,) = b.box(generator("f", (A,), (A,)), (x,), (A,))
    (v,) = b.box(generator("f", (B,), (B,)), (y,), (B,))
    d = b.build((v, u))
    assert "box f[X: type] : X -> X" in to_text(d)
    assert again(d) == d


def test_names_that_mean_something_are_given_up() -> None:
    b = Builder(Category("C", ("symmetric",)))
    d = b.build((b.input(A, "return"), b.input(A, "exp"), b.input(A, "a.b")))
    e = again(d)
    assert e == d
    assert len(set(e.input_names)) == 3


def test_learned_arrays_keep_their_initialiser_fan_and_path() -> None:
    module = loads(
        """axis m = 4, f = 8
def g(X: R[m]) -> R[f] {
  learn W : [m] -> [f], bias = zeros, lr = 0.1
  learn s : [f] = normal(0.5), frozen
  learn c : [f] = 0.25, fan = [m, f]
  return W(X) * s + c
}
"""
    )
    d = module["g"]
    assert arrays_of(again(d)) == arrays_of(d)
    assert 'learn W_weight : R[f, m] = default, fan = [m], lr = 0.1, path = "W.weight"' in to_text(d)


def test_sizes_are_declared_once_and_named_alike_everywhere() -> None:
    x, m = Axis.of("x"), Axis.of("m", 64)
    b = Builder()
    w = b.input(Tensor(R, (x, m)), "X")
    p = b.param(Tensor(R, (Axis.of("m", 3),)), Param("p"))
    d = b.build((w, p))
    text = to_text(d)
    assert "axis x\naxis m = 64" in text
    assert again(d).dom == d.dom


def test_without_docs_there_are_no_comments() -> None:
    d = open_module(ROOT / "examples/transformer.diag")["block"]
    assert "##" in to_text(d)
    assert "#" not in to_text(d, docs=False)


def test_the_derivative_of_the_transformer_block_is_written_in_its_parts() -> None:
    d = value_and_reverse(open_module(ROOT / "examples/transformer.diag")["block"])
    text = to_text(d, "block_grad")
    assert again(d, "block_grad") == d
    for part in ("layer_norm", "attend", "multi_head", "feed_forward"):
        assert f"def {part}(" in text
        assert f"def d_{part}(" in text
    assert max(map(len, text.splitlines())) <= 110


def test_grad_writes_a_file_that_checks_runs_and_renders(tmp_path: Path) -> None:
    file, out = str(ROOT / "examples/transformer.diag"), str(tmp_path / "block_grad.diag")
    assert main(["grad", file, "block", "-o", out]) == 0
    assert main(["check", out]) == 0
    assert main(["fmt", "--check", out]) == 0
    sizes = ["--set", "b=2,t=3"]
    assert main(["run", out, "block_grad", *sizes, "-o", str(tmp_path / "d.npz")]) == 0
    assert main(["render", out, "block_grad", "-o", str(tmp_path / "d.svg")]) == 0
    assert (tmp_path / "d.svg").read_text(encoding="utf-8").lstrip().startswith("<")
