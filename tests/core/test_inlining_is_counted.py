"""Inlining counts before it builds, and shares before it counts."""

import pytest

from diagram import DiagramError, loads
from diagram.inlining import expanded, inline


def doubling(n: int) -> str:
    first = "def a0(X: R) -> R = exp(sin(X))\n"
    return first + "".join(f"def a{k}(X: R) -> R = a{k - 1}(a{k - 1}(X))\n" for k in range(1, n + 1))


def test_the_count_is_that_of_the_result():
    d = loads(doubling(6))["a6"]
    assert len(inline(d).boxes) == 2 * 2**6
    assert expanded(d, lambda box: False) >= len(inline(d).boxes)


def test_more_than_a_million_boxes_are_refused_before_any_is_built():
    d = loads(doubling(40))["a40"]
    with pytest.raises(DiagramError) as caught:
        inline(d)
    assert [e.code for e in caught.value.diagnostics] == ["E0602"]


def test_equal_calls_on_equal_wires_are_one_and_do_not_count():
    text = "def a0(X: R) -> R = exp(X)\n" + "".join(
        f"def a{k}(X: R) -> R = a{k - 1}(X) + a{k - 1}(X)\n" for k in range(1, 41)
    )
    assert len(inline(loads(text)["a40"], shared=True).boxes) == 41
