"""Functors into semirings: knot polynomials against published tables, paths against powers of matrices."""

from __future__ import annotations

from math import prod

import numpy as np
import pytest
from numpy.typing import NDArray

from diagram.semirings import LAURENT, Laurent
from grammar.elab.functors import FunctorVal, image_of
from grammar.elab.tensor_images import Image
from grammar.module import loads
from tests.elab.texts import passes

KNOTS = """
category Tangle : ribbon
object V with { dual = V }
def s1 : V ** 3 -> V ** 3 = braid[V, V] @ V
def s2 : V ** 3 -> V ** 3 = V @ unbraid[V, V]
functor K : Tangle -> laurent[A] {
  object V = [2]
  box cap[V, V] = [[0, i * A], [-i * A**-1, 0]]
  box cup[V, V] = [[0, i * A], [-i * A**-1, 0]]
  box braid[V, V]   = A * (V @ V) + A**-1 * (cup[V, V] >> cap[V, V])
  box unbraid[V, V] = A**-1 * (V @ V) + A * (cup[V, V] >> cap[V, V])
}
"""
A = Laurent.variable("A")
LOOP = -(A**2) - A**-2


def bracket(diagram: str) -> Laurent:
    """The Kauffman bracket of a closed diagram, by the functor."""
    module = loads(KNOTS + f"def it : () -> () = {diagram}\n")
    assert [d for d in module.check() if not d.is_warning] == []
    env = module._unit.env
    functor = env.names["K"]
    assert isinstance(functor, FunctorVal)
    how = functor.interpretation()
    with how.inside(env) as inner:
        image = image_of(how, env.names["it"], functor.node, functor.node, inner)
    assert isinstance(image, Image)
    value = image.entries().get((), LAURENT.zero)
    assert isinstance(value, Laurent)
    return value


def jones(coefficients: dict[int, int]) -> Laurent:
    """A Jones polynomial from published coefficients, in A with t = A**-4, times the loop value of the
    bracket."""
    total = Laurent.of(0)
    for power, c in coefficients.items():
        total = total + A ** (-4 * power) * c
    return total * LOOP


def normalised(diagram: str, writhe: int) -> Laurent:
    """`(-A**3)**(-writhe)` times the bracket: an invariant of the link."""
    return (-(A**3)) ** (-writhe) * bracket(diagram)


def test_a_closed_loop_is_minus_a_squared_minus_its_inverse() -> None:
    assert bracket("trace[V, V]") == LOOP
    assert bracket("trace[V @ V, V @ V]") == LOOP * LOOP


def test_a_curl_is_minus_a_cubed() -> None:
    assert bracket("trace[V ** 2, braid[V, V]]") in (-(A**3) * LOOP, -(A**-3) * LOOP)
    assert bracket("trace[V ** 2, unbraid[V, V]]") * bracket("trace[V ** 2, braid[V, V]]") == LOOP * LOOP


@pytest.mark.parametrize(
    ("crossings", "table"), [(3, {1: 1, 3: 1, 4: -1}), (5, {2: 1, 4: 1, 5: -1, 6: 1, 7: -1})]
)
def test_torus_knots_have_their_jones_polynomials(crossings: int, table: dict[int, int]) -> None:
    right = jones(table)
    left = jones({-power: c for power, c in table.items()})
    knot = f"trace[V ** 2, braid[V, V] ** {crossings}]"
    mirror = f"trace[V ** 2, unbraid[V, V] ** {crossings}]"
    found = {s: normalised(knot, s * crossings) for s in (1, -1)}
    sign = next(s for s in (1, -1) if found[s] in (left, right))
    assert {str(found[sign]), str(normalised(mirror, -sign * crossings))} == {str(left), str(right)}


def test_the_figure_eight_knot_is_its_own_mirror_image() -> None:
    expected = jones({-2: 1, -1: -1, 0: 1, 1: -1, 2: 1})
    assert normalised("trace[V ** 3, (s1 >> s2) ** 2]", 0) == expected


def test_three_borromean_rings() -> None:
    expected = jones({-3: -1, -2: 3, -1: -2, 0: 4, 1: -2, 2: 3, 3: -1})
    assert normalised("trace[V ** 3, (s1 >> s2) ** 3]", 0) == expected


def test_structure_of_the_functor_is_not_that_of_the_source() -> None:
    passes(
        KNOTS
        + """
def bend : V -> V = V @ cap[V, V] >> cup[V, V] @ V
test "snake" {
  assert bend == V
  assert K[bend] == K[id[V]]
  assert K[braid[V, V] >> unbraid[V, V]] == K[V @ V]
  assert K[cup[V, V]](0, 1) == i * K.A
}
"""
    )


Matrix = NDArray[np.int64]
GRAPH = """
category Rel : hypergraph
object V
box E : V @ V -> ()
relation path3(x: V, z: V) { wire y: V, w: V  E(x, y) E(y, w) E(w, z) }
relation square() { wire a: V, b: V, c: V, d: V  E(a, b) E(b, c) E(c, d) E(d, a) }
relation loops(x: V) { E(x, x) }
functor Count : Rel -> count { object V = 4 box E = ADJ }
functor Reach : Rel -> bool { object V = 4 box E = ADJ }
functor Short : Rel -> tropical { object V = 4 box E = WAYS }
functor Long : Rel -> maxplus { object V = 4 box E = GAIN }
"""


def graph(seed: int) -> tuple[Matrix, Matrix, str]:
    """A random adjacency matrix, lengths of its edges, and the text with them in."""
    rng = np.random.default_rng(seed)
    adj = rng.integers(0, 2, (4, 4))
    ways = np.where(adj > 0, rng.integers(1, 9, (4, 4)), 99)
    text = (
        GRAPH.replace("ADJ", str(adj.tolist()))
        .replace("WAYS", str(ways.tolist()))
        .replace("GAIN", str((-ways).tolist()))
    )
    return adj, ways, text


@pytest.mark.parametrize("seed", range(3))
def test_counting_is_powers_of_the_adjacency_matrix(seed: int) -> None:
    adj, _, text = graph(seed)
    cube = np.linalg.matrix_power(adj, 3)
    fourth = np.linalg.matrix_power(adj, 4)
    lines = [f"  assert Count[path3]({x}, {z}) == {cube[x, z]}" for x in range(4) for z in range(4)]
    lines += [
        f"  assert Reach[path3]({x}, {z}) == {str(bool(cube[x, z])).lower()}"
        for x in range(4)
        for z in range(4)
    ]
    lines += [f"  assert Count[square]() == {np.trace(fourth)}", f"  assert Count[loops](1) == {adj[1, 1]}"]
    passes(text + 'test "counts" {\n' + "\n".join(lines) + "\n}\n")


def test_tropical_paths_are_shortest_paths() -> None:
    ways, text = graph(7)[1:]
    best = np.min(ways[:, :, None, None] + ways[None, :, :, None] + ways[None, None, :, :], axis=(1, 2))
    lines = [f"  assert Short[path3]({x}, {z}) == {best[x, z]}" for x in range(4) for z in range(4)]
    lines += [f"  assert Long[path3]({x}, {z}) == -{best[x, z]}" for x in range(4) for z in range(4)]
    passes(text + 'test "paths" {\n' + "\n".join(lines) + "\n}\n")


def test_laurent_polynomials_form_a_ring() -> None:
    b = Laurent.variable("B")
    assert (A + b) * (A - b) == A**2 - b**2
    assert prod([A, A**-1, b]) == b
    assert (A * 1j) ** 2 == -(A**2)
    assert str(A - A**-1 * 2j + 1) == "A + 1 - 2*i*A**-1"
    assert abs((A**2 + b * 3).at({"A": 2.0, "B": 1j}) - (4 + 3j)) < 1e-15
    with pytest.raises(ValueError, match="no inverse"):
        (A + 1) ** -1
