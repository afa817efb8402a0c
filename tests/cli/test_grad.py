"""`diag grad`: reverse, forward, Hessian times vector, and the gradient in chosen inputs, as text that
reads back.
"""

import numpy as np
import pytest

import diagram

CUBE = """\
axis i
def f(X: R[i], a: R) -> R {
  learn w : [i] = ones
  return sum[i](w * X ** 3) * a
}
"""
X, A, V = np.array([1.0, -2.0, 0.5]), 0.7, np.array([0.3, 1.0, -1.0])


@pytest.fixture
def cube(tmp_path):
    path = tmp_path / "cube.diag"
    path.write_text(CUBE)
    return path


def results(out, name, *arrays):
    found = diagram.loads(out)[name].compile("numpy")(*arrays)
    return [np.asarray(a) for a in (found if isinstance(found, tuple) else (found,))]


def test_the_reverse_derivative_takes_a_cotangent(diag, cube):
    done = diag("grad", cube, "f")
    assert done.code == 0
    dx, da, dw = results(done.out, "f_grad", X, A, 2.0)
    np.testing.assert_allclose(dx, 2 * 3 * X**2 * A)
    np.testing.assert_allclose(da, 2 * (X**3).sum())
    np.testing.assert_allclose(dw, 2 * A * X**3)


def test_jvp_is_the_change_along_a_tangent(diag, cube):
    y, dy = results(diag("grad", cube, "f", "--jvp").out, "f_jvp", X, A, V, 0.1)
    np.testing.assert_allclose(y, (X**3).sum() * A)
    np.testing.assert_allclose(dy, (3 * X**2 * V).sum() * A + 0.1 * (X**3).sum())


def test_jvp_along_some_inputs_and_learned_arrays(diag, cube):
    y, dy = results(diag("grad", cube, "f", "--jvp", "--wrt", "a,w").out, "f_jvp", X, A, 0.1, V)
    np.testing.assert_allclose(y, (X**3).sum() * A)
    np.testing.assert_allclose(dy, 0.1 * (X**3).sum() + (V * A * X**3).sum())


def test_hvp_is_the_second_derivative_times_a_vector(diag, cube):
    done = diag("grad", cube, "f", "--hvp", "--wrt", "X", "--as", "second")
    (h,) = results(done.out, "second", X, A, V)
    np.testing.assert_allclose(h, 6 * X * V * A)


def test_wrt_gives_the_value_and_the_gradient_in_some_inputs(diag, cube):
    y, da, dw = results(diag("grad", cube, "f", "--wrt", "a,w").out, "f_grad", X, A)
    np.testing.assert_allclose(y, (X**3).sum() * A)
    np.testing.assert_allclose(da, (X**3).sum())
    np.testing.assert_allclose(dw, A * X**3)


@pytest.mark.parametrize(
    ("words", "said"),
    [(("--wrt", "Z"), "no input or learned array Z"), (("--jvp", "--hvp"), "does not go with")],
)
def test_wrong_use_is_said_in_a_line(diag, cube, words, said):
    done = diag("grad", cube, "f", *words)
    assert done.code == 2
    assert said in done.err
