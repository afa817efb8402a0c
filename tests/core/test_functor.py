"""Functors preserve composition, tensor and wiring; boxes without image and of wrong type are errors."""

from __future__ import annotations

import time

import pytest

from diagram.builder import Builder
from diagram.errors import DiagramError
from diagram.functor import Functor
from diagram.op import generator
from diagram.types import Ob
from diagram.value import Diagram
from diagram.wiring import box, cap, copy, cup, identity, spider, swap, trace

A, B, C = Ob("A"), Ob("B"), Ob("C")
f, g = box("f", A, (A, B)), box("g", (A, B), A)
F = Functor(
    {"A": (C, C), "B": ()},
    {"f": box("f1", (C, C), C) >> box("f2", C, (C, C)), "g": box("g1", (C, C), (C, C))},
)


def test_a_functor_preserves_composition_tensor_and_wiring() -> None:
    assert F(f >> g) == F(f) >> F(g)
    assert F(f @ g) == F(f) @ F(g)
    assert F(identity((A, B))) == identity((C, C))
    assert F(swap(A, A)) == swap((C, C), (C, C))
    assert F(copy(A)) == copy((C, C))
    assert F(trace(g >> f, 1)) == trace(F(g) >> F(f), 2)
    assert F(spider(A, 2, 1)).dom == (C,) * 4


def test_adjoints_follow_in_reverse_order() -> None:
    G = Functor({"A": (B, C)})
    left, right = A, Ob("A", 1)
    assert G.wires((left, right)) == (B, C, Ob("C", 1), Ob("B", 1))
    assert G(cup(left, right)).dom == G.wires((left, right))
    snake = cap(right, left) @ identity(right)
    assert G(snake).cod == G.wires(snake.cod)


def test_the_identity_functor_gives_the_same_diagram() -> None:
    d = f >> g >> f
    assert Functor()(d) == d


def test_every_box_without_an_image_is_named() -> None:
    with pytest.raises(DiagramError, match="no image for f, g"):
        Functor({}, {}, total=True)(f >> g)


def test_an_image_of_another_type_is_refused() -> None:
    with pytest.raises(DiagramError, match="the image of f has the wrong type"):
        Functor({}, {"f": box("h", A, A)})(f)


def chain(n: int) -> Diagram:
    b = Builder()
    w = b.input(A)
    op = generator("h", (A,), (A,))
    for _ in range(n):
        (w,) = b.box(op, (w,), (A,))
    return b.build((w,))


def test_functors_are_linear_and_the_identity_is_quick() -> None:
    d = chain(1000)
    best = min(_seconds(Functor(), d) for _ in range(5))
    assert best < 0.02  # 2 ms when nothing else runs
    doubled = Functor({}, {"h": box("a", A, A) >> box("b", A, A)})(d)
    assert len(doubled.boxes) == 2000


def _seconds(functor: Functor, d: Diagram) -> float:
    start = time.process_time()
    functor(d)
    return time.process_time() - start


def test_a_functor_maps_what_definitions_hold() -> None:
    from diagram.ops import STANDARD

    body = box("f", A, B)
    b = Builder()
    x = b.input(A)
    args = (("degree", ()), ("ports", ((),)))
    d = b.build(b.box(STANDARD["call"], [x], (B,), args=args, bodies=(body,)), cod=(B,))
    functor = Functor({"A": (B, B)}, {"f": box("g", (B, B), (B,))})
    assert functor(d) == functor(body) == box("g", (B, B), (B,))
