"""JSON keeps a diagram exactly, shares bodies, and refuses what is not one."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagram.errors import DiagramError
from diagram.hypergraph import Builder, Diagram, Mark, Param, box, single
from diagram.hypergraph import copy as copies
from diagram.levels import TENSOR
from diagram.op import generator
from diagram.ops import STANDARD
from diagram.reals import Real
from diagram.serial import dumps, from_json, loads, to_json
from diagram.sizes import symbol
from diagram.spec import Slot, Spec
from diagram.types import UNKNOWN, Axis, DType, Hom, Ob, R, Tensor
from tests.laws.terms import LEVELS, Term, meaning, terms


def rich() -> Diagram:
    """A diagram with everything in it."""
    n, k = symbol("n"), symbol("k")
    size = (n * k + 3) // 2 + n % k + 7 * n * n
    axes = (Axis("n", n), Axis.merged((Axis("k", k), Axis.of("j", 3))), Axis("", size))
    b = Builder(TENSOR)
    x = b.input(Tensor(DType("nat", n + 1), axes), "X")
    u = b.input(UNKNOWN)
    h = b.input(Hom((Ob("A", 2, True),), (Tensor(R),)), "h")
    w = b.param(
        Tensor(R, (Axis("n", n),)),
        Param("a.b", "normal", (0.1, Real.of(n) ** 0.5), Real.of(n * k), True, (("lr", 0.1),)),
    )
    spec = Spec(
        (Axis("i", n), Axis("j", k)),
        ((Slot(((0, k), (1, n)), n - 1), Slot.at(1), Slot.at(0)), (Slot((), n, 0),)),
        ((Slot.at(0),),),
        (1,),
        ("0", None, "wrap"),
    )
    args = (
        ("by", Real.of(n) ** -0.5),
        ("inf", float("inf")),
        ("z", 1 - 2j),
        ("t", (1, True, None, "s", Axis.of("q"), DType("nat", n), Tensor(R, axes[:1]))),
    )
    (y,) = b.box(
        STANDARD["contract"],
        (x, w),
        (Tensor(R, axes[:1]),),
        spec,
        args,
        mark=Mark("dot", None, (("color", "#fff"),)),
    )
    f = generator("f", (UNKNOWN, Ob("A")), (Ob("A", -1),), frozenset({"deterministic"}))
    body = single(f)
    b.box(
        STANDARD["call"], (u, h), (Ob("A", -1),), args=(("degree", ()), ("ports", ((), ()))), bodies=(body,)
    )
    b.box(
        STANDARD["call"], (u, h), (Ob("A", -1),), args=(("degree", ()), ("ports", ((), ()))), bodies=(body,)
    )
    return b.build((y,), "rich", "All of it.", ("out",))


def same(d: Diagram, e: Diagram) -> bool:
    """Equal to the last bit, names and marks included; bodies compared likewise."""
    heads = [(x.dom, x.cod, x.category, x.name, x.doc, x.results) for x in (d, e)]
    flats = [x.flat._replace(boxes=()) for x in (d, e)]
    bare = [[box._replace(bodies=()) for box in x.boxes] for x in (d, e)]
    inner = [[body for box in x.boxes for body in box.bodies] for x in (d, e)]
    return (
        heads[0] == heads[1]
        and flats[0] == flats[1]
        and bare[0] == bare[1]
        and all(same(a, b) for a, b in zip(*inner, strict=True))
    )


def test_everything_survives_the_round_trip() -> None:
    d = rich()
    again = from_json(to_json(d))
    assert same(d, again)
    assert to_json(again) == to_json(d)


@given(st.sampled_from(sorted(LEVELS)).flatmap(lambda level: terms(level=level)))
def test_random_diagrams_survive_the_round_trip(term: Term) -> None:
    d = meaning(term)
    assert same(d, from_json(to_json(d)))


def test_built_in_operations_come_back_as_themselves() -> None:
    x = Tensor(R)
    d = single(STANDARD["exp"], (x,), (x,), Spec((), ((),), ((),)), category=TENSOR)
    assert loads(dumps(d)).boxes[0].op is STANDARD["exp"]


def test_a_body_is_written_once_and_stays_shared() -> None:
    d = from_json(to_json(rich()))
    assert len(dumps(rich())["diagrams"]) == 2
    calls = [box for box in d.boxes if box.bodies]
    assert calls[0].bodies[0] is calls[1].bodies[0]


def test_long_diagrams_stay_small() -> None:
    f = box("f", Ob("A"), Ob("A"))
    d = f
    for _ in range(999):
        d = d >> f
    assert len(to_json(d)) < 40_000


GOOD = dumps(rich())


def damaged() -> list[Any]:
    """Documents with one thing wrong."""
    found: list[Any] = [
        None,
        3,
        [],
        {},
        {"format": "other"},
        {**GOOD, "version": 2},
        {**GOOD, "diagrams": []},
    ]
    for key in ("types", "ops", "specs", "diagrams"):
        found += [{k: v for k, v in GOOD.items() if k != key}, {**GOOD, key: 3}, {**GOOD, key: [3]}]
    last = copy.deepcopy(GOOD)["diagrams"][-1]
    for change in (
        {"outputs": [99]},
        {"outputs": [-1]},
        {"inputs": []},
        {"category": ["X", "nonsense"]},
        {"wires": [True]},
        {"names": ["only one"]},
        {"boxes": [[0, [0], [0]]]},
        {"boxes": [[77, [0], [0]]]},
        {"boxes": [[0, [0, 1], [1000000]]]},
        {"name": 3},
    ):
        found.append({**GOOD, "diagrams": [*GOOD["diagrams"][:-1], {**last, **change}]})
    for op in (
        "nonsense",
        {"name": "f"},
        {"name": 1, "kind": "generator", "arity": 1},
        {"name": "f", "kind": "x", "arity": 1},
    ):
        found.append({**GOOD, "ops": [op, *GOOD["ops"][1:]]})
    return found


@pytest.mark.parametrize("data", damaged(), ids=str)
def test_faulty_documents_are_one_error(data: Any) -> None:
    with pytest.raises(DiagramError) as caught:
        loads(data)
    assert caught.value.diagnostics[0].code == "E0009"


@pytest.mark.parametrize("text", ["", "{", "nan", "\x00\xff", "[" * 100_000])
def test_what_is_not_json_is_one_error(text: str) -> None:
    with pytest.raises(DiagramError):
        from_json(text)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda s: st.lists(s) | st.dictionaries(st.text(), s),
    )
)
def test_any_json_is_a_diagram_or_an_error(data: Any) -> None:
    for item in (data, {**GOOD, "types": data}, {**GOOD, "diagrams": [data]}):
        text = json.dumps(item)
        with pytest.raises(DiagramError):
            from_json(text)


def test_copies_keep_their_wiring() -> None:
    d = copies(Ob("A"), 3)
    assert from_json(to_json(d)).outputs == (0, 0, 0)
