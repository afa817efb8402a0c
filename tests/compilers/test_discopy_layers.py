"""Random diagrams of DisCoPy, with states, effects, cups, caps, copies anywhere, come here and go back."""

from __future__ import annotations

from random import Random
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from discopy import compact, frobenius, markov, monoidal, rigid, symmetric

from compilers.from_discopy import from_discopy
from compilers.to_discopy import to_discopy, to_tensor
from compilers.to_tensor import TensorFunctor
from diagram.hypergraph import box, identity, spider, trace
from diagram.levels import FREE
from diagram.planar import planar_text
from diagram.types import Ob

A = Ob("A")


def grown(library: Any, rng: Random, layers: int) -> Any:
    """A diagram of up to so many layers, each a box or a piece of structure that the library has."""
    ty = library.Ty
    obs = [ty("x"), ty("y")]
    legs = [t for x in obs for t in ((x, x.l, x.r) if hasattr(x, "l") else (x,))]
    d = library.Id(ty().tensor(*rng.choices(obs, k=rng.randrange(4))))
    for _ in range(layers):
        at = rng.randrange(len(d.cod) + 1)
        dom = d.cod[at : at + rng.randrange(3)]
        layer = rng.choice(list(_pieces(library, rng, dom, legs)))
        d = d >> d.cod[:at] @ layer @ d.cod[at + len(layer.dom) :]
        if len(d.cod) > 6:
            break
    return d


def _pieces(library: Any, rng: Random, dom: Any, legs: list[Any]) -> Any:
    cod = library.Ty().tensor(*rng.choices(legs, k=rng.randrange(3)))
    name = rng.choice("fgh")
    yield library.Box(f"{name}{len(dom)}{len(cod)}", dom, cod)
    yield library.Box(f"{name}{len(cod)}{len(dom)}", cod, dom).dagger()
    if hasattr(library, "Cap"):
        x = rng.choice(legs[::3])
        yield rng.choice([library.Cap(x, x.l), library.Cap(x.r, x)])
    if hasattr(library, "Copy") and len(dom) == 1:
        yield from (library.Copy(dom, 2), library.Copy(dom, 3), library.Discard(dom))
    if len(dom) == 2 and hasattr(library, "Swap"):
        yield library.Swap(dom[:1], dom[1:])
    if len(dom) == 2 and hasattr(library, "Cup") and dom[:1].r == dom[1:]:
        yield library.Cup(dom[:1], dom[1:])
    if len(dom) and hasattr(library, "Spider") and dom[:1] ** len(dom) == dom:
        yield library.Spider(len(dom), rng.randrange(3), dom[:1])


LIBRARIES: list[ModuleType] = [monoidal, rigid, symmetric, markov, compact, frobenius]


@pytest.mark.parametrize("library", LIBRARIES, ids=lambda library: library.__name__.rpartition(".")[2])
@pytest.mark.parametrize("seed", range(25))
def test_what_comes_from_discopy_goes_back(library: Any, seed: int) -> None:
    made = grown(library, Random(seed), 5)
    d = from_discopy(made)
    again = to_discopy(d, library.__name__.rpartition(".")[2])
    assert (again.dom, again.cod) == (made.dom, made.cod)
    assert from_discopy(again) == d


@pytest.mark.parametrize("seed", range(10))
def test_their_meanings_agree(seed: int) -> None:
    rng = Random(seed)
    d = from_discopy(grown(symmetric, rng, 5))
    numbers, sizes = np.random.default_rng(seed), {"x": 2, "y": 3}
    shapes = {
        b.op.name: [sizes[t.name] for t in (*b.op.dom, *b.op.cod) if isinstance(t, Ob)]
        for b in d.boxes
        if not b.op.name.endswith(".dagger")
    }
    turned = [b for b in d.boxes if b.op.name.endswith(".dagger")]
    for b in turned:
        shape = [sizes[t.name] for t in (*b.op.cod, *b.op.dom) if isinstance(t, Ob)]
        if shapes.setdefault(b.op.name.removesuffix(".dagger"), shape) != shape:
            pytest.skip("one name, two types")
    names = {(b.op.name, b.op.dom, b.op.cod) for b in d.boxes}
    if len(names) > len({name for name, *_ in names}):
        pytest.skip("one name, two types")
    arrays = {name: numbers.integers(-3, 4, shape).astype(float) for name, shape in shapes.items()}
    arrays.setdefault("f", np.ones(()))
    ours = np.asarray(TensorFunctor(sizes, arrays)(d))
    assert np.allclose(ours.reshape(-1), np.asarray(to_tensor(d, sizes, arrays).array).reshape(-1))


def test_spiders_are_no_wires_of_a_compact_category() -> None:
    for d in (spider(A, 2, 2, FREE), spider(A, 1, 0, FREE)):
        with pytest.raises(ValueError, match="use category='frobenius'"):
            to_discopy(d, "compact")


def test_loops_are_caps_and_cups() -> None:
    for d in (trace(identity(A)), trace(box("f", (A, A), (A, A)))):
        assert from_discopy(to_discopy(d, "compact")) == d


def test_states_stand_where_they_are_taken() -> None:
    m, u = box("m", (A, A), (A,)), box("u", (), (A,))
    assert planar_text(identity(A) @ u >> m >> u @ identity(A) >> m) == "A @ u >> m >> u @ A >> m"
    nested = m @ identity(A) >> identity(A) @ u @ identity(A) >> m @ identity(A) >> m
    assert planar_text(nested) == "m @ A >> A @ u @ A >> m @ A >> m"
