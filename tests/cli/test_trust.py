"""`diag run --allow-extern`, `--data`, and what cannot be run: code and data only when allowed."""

import sys

import numpy as np
import pytest

TEXT = """
category NN : cartesian
axis t, m = 3
box fancy : R[t, m] -> R[t, m]
box two : R[m] @ R[t, m] -> R[m] @ R[m]
functor F : NN -> numpy {
  box fancy = extern "trusted_kernels:fancy"
  box two = extern "trusted_kernels:two"
}
functor Bad : NN -> numpy { box fancy = extern "trusted_kernels:flat" }
functor None_ : NN -> numpy { box fancy = extern "trusted_kernels:missing" }
functor Fails : NN -> numpy { box fancy = extern "trusted_kernels:fails" }
functor Evil : NN -> numpy { box fancy = extern "trusted_kernels:fancy(0) or print" }
def raw(X: R[t, m]) -> R[m] @ R[m] { Z[m, t] = 2 * X[t, m]  S = fancy(Z)  M[m] = S[m, t]  return two(M, S) }
def mapped(X: R[t, m]) -> R[m] @ R[m] = F[raw](X)
def flat = Bad[fancy]
def missing = None_[fancy]
def evil = Evil[fancy]
def fails = Fails[fancy]
def todo(x: R) -> R = ?better(x)
"""
CODE = """
import pathlib
pathlib.Path(__file__).with_suffix(".ran").touch()
def fancy(x): return x ** 2
def two(m, s): return m + s.sum(0), m * 3
def flat(x): return x[0]
def fails(x): return x.nothing
"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    (tmp_path / "model.diag").write_text(TEXT)
    (tmp_path / "trusted_kernels.py").write_text(CODE)
    np.savez(tmp_path / "x.npz", X=np.arange(6.0).reshape(2, 3))
    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path
    sys.modules.pop("trusted_kernels", None)


@pytest.mark.parametrize("backend", ["numpy", "torch"])
def test_allowed_code_gets_arrays_in_declared_order_and_gives_some(diag, project, backend):
    out = project / "out.npz"
    words = ("run", project / "model.diag", "mapped", "--inputs", project / "x.npz", "-o", out)
    result = diag(*words, "--backend", backend, "--allow-extern", "trusted_kernels")
    assert result.code == 0, result.err
    squared = (2 * np.arange(6.0).reshape(2, 3)) ** 2
    y0, y1 = np.load(out).values()
    np.testing.assert_allclose(y0, 2 * squared.sum(0))
    np.testing.assert_allclose(y1, 3 * squared.sum(0))


def test_what_allowed_code_raises_is_told_as_its_own(diag, project):
    result = diag("run", project / "model.diag", "fails", "--set", "t=2", "--allow-extern", "trusted_kernels")
    assert result.code == 2
    assert "error[E0601]: `trusted_kernels:fails` failed: AttributeError" in result.err
    assert "trusted_kernels.py, line 7: def fails(x): return x.nothing" in result.err


@pytest.mark.parametrize(
    "allowed", [(), ("--allow-extern", "trusted"), ("--allow-extern", "trusted_kernels.more")]
)
def test_code_that_is_not_allowed_by_name_is_never_imported(diag, project, allowed):
    result = diag("run", project / "model.diag", "mapped", "--set", "t=2", *allowed)
    assert result.code == 2
    assert "error[E0601]: `extern` code is switched off" in result.err
    assert "would import the Python module `trusted_kernels`" in result.err
    assert "diag run --allow-extern trusted_kernels ..." in result.err
    for command in ("check", "test", "show"):
        diag(command, project / "model.diag")
    assert not (project / "trusted_kernels.ran").exists()


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("flat", "error[E0404]: `trusted_kernels:flat` gives [3], not [2, 3]"),
        ("missing", "error[E0601]: `trusted_kernels` has no function `missing`"),
        ("evil", "error[E0601]: `trusted_kernels:fancy(0) or print` names no function"),
    ],
)
def test_what_extern_names_must_be_a_function_of_its_type(diag, project, name, said):
    result = diag("run", project / "model.diag", name, "--set", "t=2", "--allow-extern", "trusted_kernels")
    assert result.code == 2
    assert said in result.err


def test_a_module_that_is_not_there_is_said_to_be_missing(diag, project):
    (project / "model.diag").write_text(TEXT.replace("trusted_kernels", "no_such_kernels"))
    result = diag("run", project / "model.diag", "flat", "--set", "t=2", "--allow-extern", "no_such_kernels")
    assert result.code == 2
    assert "cannot import `no_such_kernels`" in result.err


def test_a_hole_is_not_run(diag, project):
    result = diag("run", project / "model.diag", "todo")
    assert result.code == 2
    assert "error[E0603]: the hole `?better` cannot be run" in result.err
    assert result.err.count("?better(x)") == 1


LOADED = """
category K : cartesian
axis m = 3
box f : R[m] -> R[m]
def g(X: R[m]) -> R[m] {
  learn w : [m]
  return f(X) * w
}
functor F : K -> numpy { box f(x) = x + 1  learn w = load("%s") }
def main = F[g]
"""


def data(tmp_path, name, **arrays):
    (tmp_path / "m.diag").write_text(LOADED % name)
    folder = tmp_path / "data"
    folder.mkdir(exist_ok=True)
    np.savez(folder / "w.npz", **arrays)
    np.save(folder / "w.npy", np.array([1.0, 10, 100]))
    np.save(tmp_path / "x.npy", np.zeros(3))
    return ("run", tmp_path / "m.diag", "main", "--inputs", tmp_path / "x.npy", "-o", tmp_path / "y.npy")


@pytest.mark.parametrize("name", ["w.npz", "w.npy"])
@pytest.mark.parametrize("backend", ["numpy", "torch"])
def test_learned_arrays_begin_as_files_in_the_folder_of_data(diag, tmp_path, name, backend):
    words = data(tmp_path, name, w=np.array([1.0, 10, 100]), other=np.zeros(3))
    result = diag(*words, "--data", tmp_path / "data", "--backend", backend)
    assert result.code == 0, result.err
    np.testing.assert_allclose(np.load(tmp_path / "y.npy"), [1, 10, 100])


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("../x.npy", "error[E0601]: `../x.npy` is no data file"),
        ("m.diag", "error[E0601]: `m.diag` is no data file"),
        ("v.npz", "error[E0002]: cannot read `v.npz`"),
        ("w.npz", "error[E0306]: `w.npz` has another shape"),
        ("pickled.npy", "error[E0002]: cannot read `pickled.npy`"),
        ("link.npy", "error[E0601]: `link.npy` is no data file"),
    ],
)
def test_only_arrays_inside_the_folder_are_read(diag, tmp_path, name, said):
    words = data(tmp_path, name, w=np.zeros(4))
    np.save(tmp_path / "data" / "pickled.npy", np.array([{}]), allow_pickle=True)
    (tmp_path / "data" / "link.npy").symlink_to(tmp_path / "x.npy")
    result = diag(*words, "--data", tmp_path / "data")
    assert result.code == 2
    assert said in result.err


def test_data_is_read_only_when_a_folder_is_named(diag, tmp_path):
    words = data(tmp_path, "w.npy")
    result = diag(*words)
    assert result.code == 2
    assert "error[E0601]: reading data is switched off" in result.err
    result = diag(*words, "--data", tmp_path / "nowhere")
    assert result.code == 2
    assert "is no folder" in result.err
