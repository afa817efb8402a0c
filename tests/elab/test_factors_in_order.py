"""A product axis is read with its factors in order, or with other names."""

from diagram import check_text

HEADS = """axis h = 4, k = 8
axis s
def heads(X: R[s, (h k)]) -> R[s, h, k] {
  Y[s, h, k] = X[s, %s]
  return Y
}
"""


def codes(text: str) -> list[str]:
    return [d.code for d in check_text(text)]


def test_factors_in_their_order_are_read():
    assert codes(HEADS % "(h k)") == []


def test_factors_in_another_order_are_refused():
    assert codes(HEADS % "(k h)") == ["E0316"]


def test_other_names_split_the_axis_in_another_way():
    text = """def f(X: R[(h k)]) -> R[i, j] {
  axis i = k, j = h
  Y[i, j] = X[(i j)]
  return Y
}
"""
    assert codes("axis h = 4, k = 8\n" + text) == []
