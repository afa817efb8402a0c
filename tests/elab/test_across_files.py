"""Definitions used from another file, whose axes have other names."""

from __future__ import annotations

import pytest

import diagram

LIBRARY = """edition 1
axis x
axis c, o
def conv[o: axis, w: nat](X: R[c, x]) -> R[o, x'] where x' = x - w + 1 {
  axis j = w
  learn L : [c, j] -> [o]
  return L(X[c, x' + j])
}
"""
USE = """from .library import conv
axis x
axis c, f
def narrow[f: axis](X: R[c, x]) -> R[f, x] {
  learn conv1 = conv[f, w = 1]
  return conv1(X)
}
"""


def test_a_size_of_the_caller_is_never_solved_for_inside_the_callee(tmp_path):
    (tmp_path / "diag.toml").touch()
    (tmp_path / "library.diag").write_text(LIBRARY)
    (tmp_path / "use.diag").write_text(USE)
    assert diagram.check_file(tmp_path / "use.diag") == []


def test_a_target_merges_axes_and_names_the_result():
    text = """axis g, f, x
def merged(X: R[g, f, x]) -> R[c, x] where c = g * f {
  Y[c = (g f), x] = X[g, f, x]
  return Y
}"""
    d = diagram.loads(text)["merged"]
    assert str(d.cod[0].axes[0].size) == "f*g"


TABLE = """axis t, n, m
def look(X: R[n, m], Y: R[t]) -> R[t, m] where t <= n {
  Z[t, m] = X[t, m] + Y[t]
  return Z
}"""


def test_what_where_says_of_two_axes_holds_for_numbers_too():
    for t in (1, 5, 8):
        d = diagram.loads(TABLE, sizes={"t": t, "n": 8})["look"]
        assert str(d.cod[0]) == "R[t, m]"
    with pytest.raises(diagram.DiagramError) as error:
        diagram.loads(TABLE, sizes={"t": 9, "n": 8})["look"]
    assert error.value.diagnostics[0].code == "E0315"


def test_a_learned_map_has_the_sizes_that_its_input_brings():
    text = """axis y = 8, z = 3
def f(X: R[y]) -> R[z] {
  G[a] = X[a]
  learn head : [a] -> [z]
  return head(G)
}"""
    d = diagram.loads(text)["f"]
    assert [i.size for i in d.boxes[-1].spec.indices] == [3, 8]
    assert str(d.params[0].fan) == "8"
    assert d.compile("numpy").params["head.weight"].shape == (3, 8)
