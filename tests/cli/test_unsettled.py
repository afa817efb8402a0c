"""Loops that have no fixed point, or none that iteration finds, are said to diverge, at their place."""

import pytest

LOOP = """
def up(x: R) -> R {
  feedback s: R
  y = select(s >= 0, 0 * x - 1, 0 * x + 1)
  next s = y
  return y
}
"""


@pytest.mark.parametrize("backend", ["numpy", "torch"])
def test_a_loop_without_a_fixed_point_is_e0604(diag, tmp_path, backend):
    path = tmp_path / "loop.diag"
    path.write_text(LOOP)
    result = diag("run", path, "--backend", backend, "--seed", "3")
    assert result.code == 2
    assert "error[E0604]: the loop `s` does not settle" in result.err
    assert "feedback s: R" in result.err


def test_a_contraction_settles(diag, tmp_path):
    path = tmp_path / "loop.diag"
    path.write_text(LOOP.replace("select(s >= 0, 0 * x - 1, 0 * x + 1)", "0.5 * s + x"))
    assert diag("run", path).code == 0


def test_in_a_test_block_it_is_an_error_as_well(diag, tmp_path):
    path = tmp_path / "loop.diag"
    path.write_text(LOOP + 'test "t" { assert up(1.0) == 2.0 }\n')
    result = diag("test", path)
    assert result.code != 0
    assert "error[E0604]" in result.err
