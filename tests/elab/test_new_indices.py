"""An index that an equation introduces names an axis of its result; `axis m = n` stands wherever n does."""

import numpy as np
import pytest

import diagram

PAIRS = """
axis n, d = 3
{file}
def s(A: R[n, d], B: R[n, d]) -> R {{
  {body}
  S[n, m] = A[n, d] * B[m, d]
  T = log_softmax[m](S)
  D[n] = T[n, n]
  return mean[n](D)
}}
"""


@pytest.mark.parametrize(
    ("file", "body"), [("", ""), ("axis m = n", ""), ("", "axis m = n")], ids=["new", "file", "body"]
)
def test_a_second_index_over_an_axis_can_be_named_and_meets_the_first(file, body):
    d = diagram.loads(PAIRS.format(file=file, body=body))["s"]
    a, b = np.random.default_rng(0).normal(size=(2, 5, 3))
    scores = a @ b.T
    expected = (scores - np.log(np.exp(scores).sum(1, keepdims=True))).diagonal().mean()
    np.testing.assert_allclose(d.compile("numpy")(a, b), expected)
    again = diagram.loads(d.to_text())["s"]
    assert again == d


def test_an_axis_that_no_equation_made_is_not_there():
    text = PAIRS.format(file="", body="").replace("log_softmax[m]", "log_softmax[k]")
    with pytest.raises(diagram.DiagramError, match="cannot find the axis `k`"):
        diagram.loads(text)["s"]
