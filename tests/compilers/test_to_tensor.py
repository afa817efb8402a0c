"""Tensor functors: one planned contraction gives what brute force gives, in every semiring, exactly."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from math import prod
from typing import Any

import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from compilers.rings import NAMED
from compilers.tensor_paths import greedy, in_order, work
from compilers.to_tensor import TensorFunctor
from diagram.errors import DiagramError
from diagram.hypergraph import Box, Builder, Diagram, box, cap, cup, identity, seq, spider, swap, trace
from diagram.levels import FREE
from diagram.op import generator
from diagram.semirings import Laurent, Semiring
from diagram.types import Ob
from tests.laws.terms import Term, meaning, terms

A, B = Ob("A"), Ob("B")
SIZES = {"A": 2, "B": 3}
Entries = dict[str, Any]


def arrays(d: Diagram, entry: Any) -> Entries:
    """An array for every box."""
    found = {}
    for b in d.boxes:
        shape = [SIZES[t.name] for t in (*b.op.dom, *b.op.cod)]
        count = prod(shape)
        start = sum(map(ord, b.op.name))
        found[b.op.name] = np.array([entry(start + 7 * k) for k in range(count)]).reshape(shape)
    return found


def brute(d: Diagram, given_: Entries, ring: Semiring) -> Any:
    """Sum over all values of all wires."""
    sizes = [SIZES[t.name] for t in d.wires]
    legs = (*d.inputs, *d.outputs)
    result = np.full([sizes[w] for w in legs], ring.zero, dtype=object)
    for values in product(*map(range, sizes)):
        value = ring.one
        for b in d.boxes:
            value = ring.mul(value, given_[b.op.name][tuple(values[w] for w in (*b.dom, *b.cod))])
        at = tuple(values[w] for w in legs)
        result[at] = ring.add(result[at], value)
    return result


ENTRIES = {
    "real": lambda k: ((k * 37) % 11 - 5) / 4,
    "count": lambda k: (k * 37) % 5,
    "bool": lambda k: (k * 37) % 3 == 0,
    "tropical": lambda k: float((k * 37) % 9),
    "maxplus": lambda k: float((k * 37) % 9),
    "exact": lambda k: Fraction((k * 37) % 7, 3),
}


@given(terms(level="hypergraph", depth=2), st.sampled_from(sorted(ENTRIES)))
def test_a_diagram_is_its_sum_over_all_wires(term: Term, name: str) -> None:
    d, ring = meaning(term), NAMED[name]
    if prod(SIZES[t.name] for t in d.wires if isinstance(t, Ob)) > 2000:
        return
    given_ = arrays(d, ENTRIES[name])
    found = TensorFunctor(SIZES, given_, name)(d)
    assert found.shape == tuple(SIZES[t.name] for t in (*d.dom, *d.cod) if isinstance(t, Ob))
    assert np.array_equal(found.astype(object), brute(d, given_, ring))


@given(terms(level="hypergraph", depth=2))
def test_torch_gives_what_numpy_gives(term: Term) -> None:
    d = meaning(term)
    given_ = arrays(d, ENTRIES["real"])
    left, right = TensorFunctor(SIZES, given_)(d), TensorFunctor(SIZES, given_, library="torch")(d)
    assert np.allclose(left, right.numpy())


def test_more_than_fifty_two_indices() -> None:
    f = box("f", A, A)
    value = TensorFunctor(SIZES, {"f": np.array([[1, 1], [0, 1]])}, "count")(seq(*[f] * 200))
    assert value.tolist() == [[1, 200], [0, 1]]


def test_counts_stay_exact_beyond_64_bits() -> None:
    f = box("f", A, A)
    value = TensorFunctor(SIZES, {"f": np.array([[1, 1], [1, 0]])}, "count")(trace(seq(*[f] * 500)))
    lucas = [2, 1]
    while len(lucas) < 501:
        lucas.append(lucas[-1] + lucas[-2])
    assert value.item() == lucas[500]


def test_symbols_and_laurent_polynomials_are_entries() -> None:
    x = sympy.Symbol("x")
    f = box("f", A, A)
    found = TensorFunctor(SIZES, {"f": np.array([[x, 1], [0, x]])}, "exact")(f >> f)
    assert [sympy.expand(v) for v in found.ravel()] == [x**2, 2 * x, 0, x**2]


def test_the_kauffman_bracket_of_the_trefoil() -> None:
    a = Laurent.variable("A")
    unit, zero = Laurent.of(1), Laurent.of(0)
    bend = np.array([[zero, a * 1j], [a**-1 * -1j, zero]], dtype=object)
    straight = np.array([[unit, zero], [zero, unit]], dtype=object)
    through = np.einsum("ac,bd->abcd", straight, straight)
    turned = np.einsum("ab,cd->abcd", bend, bend)
    arrays_ = {
        "over": through * a + turned * a**-1,
        "cup": bend,
        "cap": bend,
    }
    over, cap_, cup_ = box("over", (A, A), (A, A)), box("cap", (), (A, A)), box("cup", (A, A), ())
    i = identity(A)
    plat = cap_ @ cap_ >> i @ seq(over, over, over) @ i >> cup_ @ cup_
    bracket = TensorFunctor(SIZES, arrays_, "exact")(plat).item()
    loop = -(a**2) - a**-2
    known = {1: a**-7 - a**-3 - a**5, -1: a**7 - a**3 - a**-5}
    assert bracket in [sign * loop * v for v in known.values() for sign in (1, -1)]


def test_objects_of_several_axes_and_adjoints() -> None:
    f = box("f", A, A)
    value = np.arange(36).reshape(2, 3, 2, 3)
    functor = TensorFunctor({"A": (2, 3)}, {"f": value})
    assert np.array_equal(functor(f >> f), np.einsum("abcd,cdef->abef", value, value))
    assert functor(spider(A, 1, 1)).shape == (2, 3, 2, 3)
    assert np.array_equal(functor(swap(A, A) >> cup(A, A)), functor(cup(A, A)))
    assert functor(cap(A, A) >> cup(A, A)).item() == 6


def test_wrong_images_are_refused_all_at_once() -> None:
    d = box("f", A, B) >> box("g", B, A) >> box("h", A, A)
    with pytest.raises(DiagramError) as caught:
        TensorFunctor(SIZES, {"f": np.zeros((3, 2)), "h": np.zeros((2, 2))})(d)
    first, second = caught.value.diagnostics
    assert (first.code, second.code) == ("E0404", "E0403")
    assert "(3, 2)" in first.notes[0]
    assert "(2, 3)" in first.notes[1]


def brickwork(width: int, depth: int) -> Diagram:
    """Layers of two-wire gates, each gate its own box."""
    b = Builder(FREE)
    wires = [b.input(A) for _ in range(width)]
    gate = generator("q", (A, A), (A, A))
    for layer in range(depth):
        for at in range(layer % 2, width - 1, 2):
            wires[at], wires[at + 1] = b.box(gate, (wires[at], wires[at + 1]), (A, A))
    return b.build(wires)


def test_a_brickwork_circuit_agrees_with_matrix_products() -> None:
    gate = np.random.default_rng(0).normal(size=(2, 2, 2, 2))
    found = TensorFunctor(SIZES, {"q": gate})(brickwork(4, 6)).reshape(16, 16)
    matrix, i = gate.reshape(4, 4), np.eye(2)
    even, odd = np.kron(matrix, matrix), np.kron(np.kron(i, matrix), i)
    assert np.allclose(found, np.linalg.multi_dot([even, odd] * 3))


def test_a_given_path_maker_is_used() -> None:
    calls = []

    def left_to_right(inputs: Any, output: Any, sizes: Any) -> list[tuple[int, int]]:
        calls.append(len(inputs))
        n = len(inputs)
        return [(0 if k == 0 else n + k - 1, k + 1) for k in range(n - 1)]

    f = box("f", A, A)
    value = np.array([[1, 1], [0, 1]])
    assert TensorFunctor(SIZES, {"f": value}, optimize=left_to_right)(f >> f >> f)[0, 1] == 3
    assert calls == [3]


@given(terms(level="hypergraph", depth=2), st.sampled_from(["count", "bool", "tropical", "maxplus"]))
def test_torch_knows_the_semirings(term: Term, name: str) -> None:
    d = meaning(term)
    given_ = arrays(d, ENTRIES[name])
    left, right = (TensorFunctor(SIZES, given_, name, library)(d) for library in ("numpy", "torch"))
    assert np.array_equal(left, right.numpy())


def test_torch_refuses_what_64_bits_cannot_count() -> None:
    d = trace(seq(*[box("f", A, A)] * 500))
    with pytest.raises(ValueError, match="64 bits"):
        TensorFunctor(SIZES, {"f": np.array([[1, 1], [1, 0]])}, "count", "torch")(d)
    with pytest.raises(ValueError, match="no entries of the semiring laurent"):
        TensorFunctor(SIZES, {"f": np.eye(2)}, "laurent", "torch")(d)


def test_small_and_truth_valued_integers_do_not_overflow() -> None:
    d = seq(*[box("f", A, A)] * 12)
    ones = np.ones((2, 2))
    for dtype in (np.uint8, bool, np.uint64, np.int32):
        assert TensorFunctor(SIZES, {"f": ones.astype(dtype)})(d).tolist() == [[2048, 2048]] * 2


def test_a_semiring_of_ones_own_adds_and_multiplies_as_it_says() -> None:
    sets = Semiring("sets", frozenset(), frozenset({""}), lambda a, b: a | b, _words, _itself)
    f = np.array([[frozenset({"a"}), frozenset({"b"})], [frozenset(), frozenset({"c"})]], dtype=object)
    found = TensorFunctor(SIZES, {"f": f}, sets)(box("f", A, A) >> box("f", A, A))
    assert found[0, 1] == frozenset({"ab", "bc"})
    assert TensorFunctor(SIZES, {"f": f}, sets)(trace(box("f", A, A))).item() == frozenset({"a", "c"})


def _words(a: frozenset[str], b: frozenset[str]) -> frozenset[str]:
    return frozenset(x + y for x in a for y in b)


def _itself(x: Any) -> Any:
    return x


@pytest.mark.parametrize("name", ["real", "count", "bool", "tropical"])
def test_slices_keep_every_array_small_and_change_nothing(name: str) -> None:
    open_ = brickwork(6, 5)
    d = trace(open_, 6)
    gate = np.array([ENTRIES[name](k) for k in range(16)]).reshape(2, 2, 2, 2)
    made = TensorFunctor(SIZES, {"q": gate}, name, memory=4).compile(d)
    assert prod(made.plan.sliced) > 1
    assert all(prod(step.shape) <= 4 for step in made.plan.steps if step.shape is not None)
    assert np.allclose(made().astype(float), TensorFunctor(SIZES, {"q": gate}, name)(d).astype(float))
    if name != "count":  # torch does not count beyond 64 bits
        assert np.allclose(TensorFunctor(SIZES, {"q": gate}, name, "torch", memory=4)(d).numpy(), made())
    with pytest.raises(ValueError, match="result has 4096 entries"):
        TensorFunctor(SIZES, {"q": gate}, name, memory=4095)(open_)


def test_a_functor_plans_once_and_sees_what_is_written_into_its_arrays() -> None:
    calls = []

    def counted(inputs: Any, output: Any, sizes: Any) -> list[tuple[int, int]]:
        calls.append(len(inputs))
        return in_order(inputs)

    f, given_ = np.eye(2), dict[str, Any]()
    given_["f"] = f
    functor, d = TensorFunctor(SIZES, given_, optimize=counted), box("f", A, A) >> box("f", A, A)
    assert functor(d)[0, 0] == 1
    f[0, 0] = 3
    assert functor(d)[0, 0] == 9
    given_["f"] = 2 * np.eye(2)
    assert functor(d)[0, 0] == 4
    given_["f"] = [[5, 0], [0, 1]]
    assert functor(d)[0, 0] == 25
    given_["f"][0][0] = 6
    assert functor(d)[0, 0] == 36
    assert calls == [2]


def test_a_chain_on_a_state_multiplies_vectors_not_matrices() -> None:
    inputs = [(0,), *((k - 1, k) for k in range(1, 51))]
    sizes = dict.fromkeys(range(51), 64)
    assert work(greedy(inputs, (50,), sizes), inputs, (50,), sizes).operations == 50 * 64**2


@pytest.mark.parametrize("seed", range(4))
def test_cotengra_plans_when_asked(seed: int) -> None:
    pytest.importorskip("cotengra")
    rng = np.random.default_rng(seed)
    b = Builder(FREE)
    wires = [b.wire(A) for _ in range(8)]
    entries = {}
    for k in range(12):
        legs = tuple(wires[w] for w in rng.choice(8, 3, replace=False))
        b.attach(Box(generator(f"t{k}", (), (A,) * 3), (), legs))
        entries[f"t{k}"] = rng.integers(-2, 3, (2, 2, 2))
    d = b.build([wires[0]], inputs=[])
    asked, own = (TensorFunctor(SIZES, entries, optimize=way)(d) for way in ("cotengra", "greedy"))
    assert np.array_equal(asked, own)
