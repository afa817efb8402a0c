"""2-cells keep the map: what is kept and what is computed again are rewrites between optics."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from diagram import loads
from diagram.again import kept
from diagram.cells import Cell, comparison, moved, recomputed, stored, unmoved
from diagram.inlining import inline
from diagram.lens import Lens, recompute, store
from diagram.optic import Optic, rev
from diagram.wiring import swap
from tests.derivative.diagrams import DOM, random

TEXT = """
axis n = 3, m = 2
def f(X: R[n]) -> R[m] { learn W : [n] -> [m], bias  return tanh(W(X)) }
def g(Y: R[m]) -> R[n] { learn W : [m] -> [n]  return sin(W(Y)) * exp(W(Y)) }
def rf = Rev[f]
def rg = Rev[g]
def a = Rev[f] >> Rev[g]
def b = recompute[Rev[f]] >> recompute[Rev[g]]
def c = recompute[Rev[f] >> Rev[g]]
def d = store[recompute[Rev[f]] >> recompute[Rev[g]]]
def whole = Rev[f >> g]
def two = checkpoint[Rev[g >> f]] ** 3
def three = store[two]
def map = oplax[Rev[f], Rev[g]]
def value = get[Rev[f]]
"""


@pytest.fixture(scope="module")
def module():
    return loads(TEXT)


def optics():
    rng = np.random.default_rng(7)
    found = []
    while len(found) < 8:
        found.append(rev(random(rng, DOM, 6, 2, 0)))
    return found


@pytest.mark.parametrize("optic", optics(), ids=repr)
def test_store_recompute_and_their_maps_are_cells(optic) -> None:
    for cell in (recomputed(optic), stored(optic), unmoved(optic)):
        assert cell.holds()
        assert cell.source == cell.target == optic
    assert recomputed(optic).source.left == optic.dom


def test_a_map_that_changes_the_optic_is_no_cell(module) -> None:
    optic = rev(module["f"])
    both = Optic.__matmul__(optic, optic)
    types = both.left
    half = len(types) // 2
    assert unmoved(both).holds()
    assert not Cell(both, both, swap(types[:half], types[half:])).holds()
    assert not Cell(optic, optic, recomputed(optic).along).holds()


def test_cells_compose_along_and_beside(module) -> None:
    f = rev(module["f"])
    g = rev(module["g"])
    one, two = recomputed(f), recomputed(g)
    for cell in (one >> two, one @ two, unmoved(f) >> two, one.then(unmoved(f))):
        assert cell.holds()
    assert (one >> two).along.dom == f.dom + g.dom
    assert comparison(f, g).then(one >> two).holds()


def test_the_comparison_is_a_diagram_that_computes_the_middle(module) -> None:
    cell = comparison(rev(module["f"]), rev(module["g"]))
    assert cell.holds()
    assert cell.along.dom == module["f"].dom and cell.along.cod == module["f"].dom + module["f"].cod
    assert isinstance(cell.source, Lens) and cell.source.residual == 1 and cell.target.residual == 2
    rng = np.random.default_rng(0)
    x = rng.normal(size=3)
    f = module["map"].compile("numpy")
    params = {k: rng.normal(size=v.shape) for k, v in f.params.items()}
    kept_x, middle = f(x, params=params)
    weight, bias = (next(v for k, v in params.items() if k.endswith(end)) for end in ("weight", "bias"))
    np.testing.assert_array_equal(kept_x, x)
    np.testing.assert_allclose(middle, np.tanh(weight @ x + bias), rtol=1e-12)


def test_the_comparison_is_coherent(module) -> None:
    """Three optics: both ways from the lens of the composite to the composite of the lenses are equal."""
    f, g = rev(module["f"]), rev(module["g"])
    h = rev(module["f"])
    left = comparison(f >> g, h).then(comparison(f, g) >> unmoved(_plain(recompute(h))))
    right = comparison(f, g >> h).then(unmoved(_plain(recompute(f))) >> comparison(g, h))
    assert left.holds() and right.holds()
    assert kept(left.along) == kept(right.along)


def _plain(optic: Optic) -> Optic:
    return Optic(optic.forward, optic.backward, optic.residual)


def test_a_map_of_residuals_may_be_done_before_or_after(module) -> None:
    optic = rev(module["f"])
    found = recomputed(optic)
    cell = moved(found.source.forward, found.along, optic.backward)
    assert cell.holds() and cell.source == cell.target == optic


def test_all_forms_are_one_map(module) -> None:
    for name in "bcd":
        assert module[name] == module["a"], name
    assert module["two"] == module["three"]
    rng = np.random.default_rng(0)
    x, dy = rng.normal(size=3), rng.normal(size=3)
    first = module["a"].compile("numpy")
    params = {k: rng.normal(size=v.shape) for k, v in first.params.items()}
    want = first(x, dy, params=params)
    for name in ("b", "c", "d", "whole"):
        f = module[name].compile("numpy")
        got = f(x, dy, params=dict(zip(f.params, params.values(), strict=True)))
        for u, v in zip(got, want, strict=True):
            np.testing.assert_allclose(u, v, rtol=1e-12, atol=1e-12)


def test_stored_optics_keep_each_wire_once(module) -> None:
    optic = store(recompute(rev(module["f"])) >> recompute(rev(module["g"])))
    kept_wires = optic.forward.outputs[len(optic.cod) :]
    assert len(set(kept_wires)) == len(kept_wires) == optic.residual


def test_lenses_survive_printing(module) -> None:
    for name in ("b", "two"):
        again = loads(module[name].to_text())[name]
        assert again == module[name]
        one, two = (
            Counter(box.op.name for box in inline(d, shared=True).boxes) for d in (again, module[name])
        )
        assert one == two
