"""Equality is isomorphism: against networkx, and on tensor boxes written in other ways."""

from __future__ import annotations

import random

import networkx as nx
from hypothesis import given
from hypothesis import strategies as st

from diagram.equality import canonical, digest
from diagram.hypergraph import Builder, Diagram, Param, box, identity, seq, single
from diagram.levels import TENSOR
from diagram.ops import STANDARD
from diagram.reals import Real
from diagram.spec import Slot, Spec
from diagram.types import Axis, R, Tensor
from tests.core.nets import A, Incidences, build, incidences, to_networkx


@given(incidences(), st.integers(0, 9))
def test_renumbering_changes_nothing(parts: tuple[int, Incidences, list[int], list[int]], seed: int) -> None:
    d, e = build(*parts), build(*parts, shuffle=random.Random(seed))
    assert d == e
    assert canonical(d) == canonical(e)


@given(incidences(), st.data())
def test_equality_is_isomorphism_as_networkx_finds_it(
    parts: tuple[int, Incidences, list[int], list[int]], data: st.DataObject
) -> None:
    n, boxes, ins, outs = parts
    other = list(boxes)
    if other:
        k = data.draw(st.integers(0, len(other) - 1))
        op, dom, cod = other[k]
        wires = [*dom, *cod]
        wires[data.draw(st.integers(0, len(wires) - 1))] = data.draw(st.integers(0, n - 1))
        other[k] = (op, tuple(wires[: len(dom)]), tuple(wires[len(dom) :]))
    left, right = to_networkx(n, boxes, ins, outs), to_networkx(n, other, ins, outs)
    expected = nx.is_isomorphic(left, right, node_match=lambda a, b: a["colour"] == b["colour"])
    shuffled = build(n, other, ins, outs, random.Random(1))
    assert (build(n, boxes, ins, outs) == shuffled) == expected


def test_digests_are_stable() -> None:
    f = box("f", A, A)
    assert digest(f >> f) == digest(seq(f, identity(A), f))
    assert digest(f >> f) == "74ba73aecbdc8e5ec49ab690fceec9ea"


AI, AJ, AK = Axis.of("i"), Axis.of("j"), Axis.of("k")


def contract(
    names: list[str], out: str, indices: str, operands: list[int], types: dict[str, Axis]
) -> Diagram:
    """A contraction on three fixed inputs, its operands and indices in any order."""
    fixed = ["ij", "jk", "ki"]
    b = Builder(TENSOR)
    ws = [b.input(Tensor(R, tuple(types[i] for i in port))) for port in fixed]
    number = {i: k for k, i in enumerate(indices)}
    maps = tuple(tuple(Slot.at(number[i]) for i in fixed[p]) for p in operands)
    outs = (tuple(Slot.at(number[i]) for i in out),)
    spec = Spec(tuple(Axis(n, types[i].size) for n, i in zip(names, indices, strict=True)), maps, outs)
    cod = Tensor(R, tuple(types[i] for i in out))
    return b.build(b.box(STANDARD["contract"], [ws[p] for p in operands], [cod], spec))


@given(st.permutations([0, 1, 2]), st.permutations("ijk"), st.sampled_from(["", "i", "k"]))
def test_contractions_do_not_depend_on_the_order_of_operands_and_indices(
    operands: list[int], indices: list[str], out: str
) -> None:
    types = {"i": AI, "j": AJ, "k": AK}
    plain = contract(["i", "j", "k"], out, "ijk", [0, 1, 2], types)
    assert plain == contract(["x", "y", "z"], out, "".join(indices), operands, types)


def test_contractions_with_different_outputs_differ() -> None:
    square = {i: Axis(i, AI.size) for i in "ijk"}
    plain = contract(["i", "j", "k"], "i", "ijk", [0, 1, 2], square)
    b = Builder(TENSOR)
    ws = [b.input(t) for t in plain.dom]
    maps = tuple(tuple(Slot.at("ijk".index(i)) for i in port) for port in ("ij", "jk", "ki"))
    spec = Spec(tuple(square.values()), maps, ((Slot.at(1),),))
    other = b.build(b.box(STANDARD["contract"], ws, plain.cod, spec))
    assert plain != other


def add(order: tuple[int, int]) -> Diagram:
    """`X[i, j] + y[j]`, written either way."""
    b = Builder(TENSOR)
    ws = (b.input(Tensor(R, (AI, AJ))), b.input(Tensor(R, (AJ,))))
    maps = ((Slot.at(0), Slot.at(1)), (Slot.at(1),))
    spec = Spec((AI, AJ), tuple(maps[k] for k in order), (maps[0],))
    return b.build(b.box(STANDARD["add"], [ws[k] for k in order], [Tensor(R, (AI, AJ))], spec))


def test_addition_is_commutative_and_subtraction_is_not() -> None:
    assert add((0, 1)) == add((1, 0))
    x = Tensor(R, ())
    spec = Spec((), ((), ()), ((),))
    b = Builder(TENSOR)
    v, w = b.input(x), b.input(x)
    forth = b.build(b.box(STANDARD["sub"], (v, w), (x,), spec))
    b = Builder(TENSOR)
    v, w = b.input(x), b.input(x)
    assert forth != b.build(b.box(STANDARD["sub"], (w, v), (x,), spec))


def test_equal_work_is_shared_and_dead_work_dropped_in_cartesian_categories() -> None:
    x = Tensor(R, ())
    spec = Spec((), ((),), ((),))

    def twice(shared: bool) -> Diagram:
        b = Builder(TENSOR)
        w = b.input(x)
        (u,) = b.box(STANDARD["exp"], (w,), (x,), spec)
        (v,) = (u,) if shared else b.box(STANDARD["exp"], (w,), (x,), spec)
        b.box(STANDARD["sin"], (w,), (x,), spec)
        return b.build((u, v))

    assert twice(True) == twice(False)
    assert canonical(twice(True)) == canonical(twice(False))


def scaled(by: float) -> Diagram:
    """Multiplication by a number."""
    x = Tensor(R, ())
    return single(
        STANDARD["scale"], (x,), (x,), Spec((), ((),), ((),)), (("by", Real.of(by)),), category=TENSOR
    )


def test_static_numbers_compare_by_value() -> None:
    assert scaled(2) == scaled(2.0)
    assert scaled(2) != scaled(2.5)


def layer(path: str, swapped: bool = False) -> Diagram:
    """`a * x + b` with two learned numbers, created in either order."""
    x = Tensor(R, ())
    b = Builder(TENSOR)
    w = b.input(x)
    made = {
        n: b.param(x, Param(f"{path}.{n}", "normal" if n == "a" else "zeros"))
        for n in ("ba" if swapped else "ab")
    }
    (y,) = b.box(STANDARD["contract"], (w, made["a"]), (x,), Spec((), ((), ()), ((),)))
    return b.build(b.box(STANDARD["add"], (y, made["b"]), (x,), Spec((), ((), ()), ((),))))


def called(body: Diagram, times: int) -> Diagram:
    """Boxes that call the body, each with its own learned arrays."""
    b = Builder(TENSOR)
    (w,) = (b.input(t) for t in body.dom)
    for k in range(times):
        own = [
            b.param(body.wires[v], Param(f"{k}.{p.path}", p.init))
            for p, v in zip(body.params, body.param_wires, strict=True)
        ]
        args = (("degree", ()), ("ports", ((),)))
        (w,) = b.box(STANDARD["call"], (w, *own), body.cod, args=args, bodies=(body,))
    return b.build((w,))


def repeated(body: Diagram, times: int) -> Diagram:
    """One box that repeats the body."""
    b = Builder(TENSOR)
    (w,) = (b.input(t) for t in body.dom)
    own = [
        b.param(body.wires[v], Param(f"{k}.{p.path}", p.init))
        for k in range(times if body.params else 0)
        for p, v in zip(body.params, body.param_wires, strict=True)
    ]
    args = (("count", times), ("carried", 1), ("fresh", len(body.params)))
    return b.build(b.box(STANDARD["repeat"], (w, *own), body.cod, args=args, bodies=(body,)))


def test_paths_and_order_of_learned_arrays_do_not_count() -> None:
    assert layer("p") == layer("q", swapped=True)


def test_calls_and_loops_equal_what_they_stand_for() -> None:
    one, two = layer("p"), layer("p", swapped=True)
    assert called(one, 3) == one >> one >> one
    assert called(one, 3) == called(two, 3)
    assert repeated(one, 3) == repeated(two, 3)
    assert repeated(one, 3) == two >> one >> two
    assert repeated(one, 3) != repeated(one, 2)
    assert canonical(repeated(one, 3)) == canonical(one >> two >> one)


def test_huge_loops_compare_without_unfolding() -> None:
    assert repeated(scaled(2), 10**9) == repeated(scaled(2.0), 10**9)
    assert repeated(scaled(2), 10**9) != repeated(scaled(3), 10**9)
