"""`diag run`: arrays in, arrays out; what does not fit is said with both sides named."""

import numpy as np
import pytest

SIZES = ["--set", "t=2,m=3"]


@pytest.fixture
def inputs(tmp_path):
    """X and Y of shape [2, 3] in a file, and the arrays."""
    rng = np.random.default_rng(1)
    arrays = {name: rng.normal(size=(2, 3)) for name in ("X", "Y")}
    path = tmp_path / "in.npz"
    np.savez(path, **arrays)
    return path, arrays


@pytest.mark.parametrize(("backend", "tolerance"), [("numpy", 1e-15), ("torch", 1e-6)])
def test_results_are_those_of_the_equation(diag, arrays, inputs, tmp_path, backend, tolerance):
    path, given = inputs
    out = tmp_path / "out.npz"
    done = diag("run", arrays, "total", "--inputs", path, "--backend", backend, "-o", out)
    assert (done.code, done.out) == (0, "")
    with np.load(out) as found:
        (name,) = found.files
        assert found[name].dtype == ("f8" if backend == "numpy" else "f4")
        assert np.allclose(found[name], (given["X"] * given["Y"]).sum(1), rtol=0, atol=tolerance * 10)
    assert f"{name} [2]" in done.err


def test_dtype_says_what_r_means(diag, arrays, inputs, tmp_path):
    for backend, dtype, element in (("torch", "f64", "f8"), ("numpy", "f32", "f4")):
        out = tmp_path / f"{backend}.npy"
        path = inputs[0]
        assert (
            diag(
                "run", arrays, "total", "--inputs", path, "--backend", backend, "--dtype", dtype, "-o", out
            ).code
            == 0
        )
        assert np.load(out).dtype == element


def test_a_single_input_may_be_a_plain_array(diag, arrays, tmp_path):
    x = np.arange(6.0).reshape(2, 3)
    np.save(tmp_path / "x.npy", x)
    assert diag("run", arrays, "twice", "--inputs", tmp_path / "x.npy", "-o", tmp_path / "y.npy").code == 0
    assert np.array_equal(np.load(tmp_path / "y.npy"), 2 * x)


def test_without_inputs_they_are_drawn_and_said_so(diag, arrays):
    first, again, other = (diag("run", arrays, "twice", *SIZES, "--seed", seed) for seed in (7, 7, 8))
    assert first.code == 0
    assert "inputs drawn at random with seed 7: X [2, 3]" in first.err
    assert first.out == again.out != other.out
    assert "R[t, m]  [2, 3] float64" in first.out


def test_random_inputs_respect_their_types(diag, tmp_path):
    path = tmp_path / "x.diag"
    path.write_text("axis t, v\ndef f(i: nat[v][t], M: bool[t]) -> (nat[v][t], bool[t]) = i @ M\n")
    done = diag("run", path, "--set", "t=200,v=3", "-o", tmp_path / "y.npz")
    assert done.code == 0, done.err
    with np.load(tmp_path / "y.npz") as found:
        whole, truth = (found[name] for name in found.files)
    assert set(whole.tolist()) == {0, 1, 2}
    assert truth.dtype == bool
    assert 50 < truth.sum() < 150


@pytest.mark.parametrize(
    ("names", "said"),
    [(("X",), "lacks the input `Y`"), (("X", "Y", "Z"), "has `Z`"), (("X", "y"), "did you mean `Y`?")],
    ids=str,
)
def test_wrong_input_names_are_wrong_use(diag, arrays, tmp_path, names, said):
    np.savez(tmp_path / "in.npz", **{name: np.zeros((2, 3)) for name in names})
    done = diag("run", arrays, "total", "--inputs", tmp_path / "in.npz")
    assert (done.code, done.out) == (2, "")
    assert said in done.err


@pytest.mark.parametrize("backend", ["numpy", "torch"])
def test_a_wrong_shape_is_wrong_use_and_both_shapes_are_named_with_axes(diag, arrays, tmp_path, backend):
    np.savez(tmp_path / "in.npz", X=np.zeros((2, 3)), Y=np.zeros((2, 4)))
    done = diag("run", arrays, "total", "--inputs", tmp_path / "in.npz", "--backend", backend)
    assert (done.code, done.out) == (2, "")
    assert all(word in done.err for word in ("`X`", "`Y`", "m", "3", "4"))
    np.savez(tmp_path / "in.npz", X=np.zeros(3), Y=np.zeros((2, 3)))
    done = diag("run", arrays, "total", "--inputs", tmp_path / "in.npz", "--backend", backend)
    assert (done.code, done.out) == (2, "")


def test_a_size_against_the_inputs_is_wrong_use(diag, arrays, inputs):
    done = diag("run", arrays, "total", "--inputs", inputs[0], "--set", "m=5")
    assert (done.code, done.out) == (2, "")
    assert "5" in done.err
    assert "3" in done.err


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 not a zip", b"\x93NUMPY", b"hello"])
def test_files_that_hold_no_arrays_are_wrong_use(diag, arrays, tmp_path, data):
    path = tmp_path / "in.npz"
    path.write_bytes(data)
    done = diag("run", arrays, "twice", "--inputs", path)
    assert (done.code, done.out) == (2, "")
    assert "holds no arrays that can be read" in done.err


def test_nothing_in_a_file_of_arrays_is_executed(diag, arrays, tmp_path):
    np.save(tmp_path / "in.npy", np.array([{"a": 1}], object), allow_pickle=True)
    done = diag("run", arrays, "twice", "--inputs", tmp_path / "in.npy")
    assert done.code == 2
    assert "allow_pickle=False" in done.err


def test_learned_arrays_come_from_the_seed_or_from_a_file(diag, tmp_path):
    path = tmp_path / "net.diag"
    path.write_text(
        "axis i = 3, o = 2\ndef net(X: R[i]) -> R[o] {\n  learn f : [i] -> [o], bias\n  return f(X)\n}\n"
    )
    x, weight, bias = np.array([1.0, 2.0, 3.0]), np.arange(6.0).reshape(2, 3), np.array([10.0, 20.0])
    np.save(tmp_path / "x.npy", x)
    np.savez(tmp_path / "p.npz", **{"f.weight": weight, "f.bias": bias})
    given = ["run", path, "net", "--inputs", tmp_path / "x.npy", "-o", tmp_path / "y.npy"]
    results = {}
    for backend in ("numpy", "torch"):
        words = [*given, "--backend", backend, "--dtype", "f64"]
        done = diag(*words, "--params", tmp_path / "p.npz")
        assert done.code == 0, done.err
        assert np.allclose(np.load(tmp_path / "y.npy"), weight @ x + bias)
        assert diag(*words, "--seed", "3").code == 0
        results[backend] = np.load(tmp_path / "y.npy")
    assert np.allclose(results["numpy"], results["torch"], atol=1e-6)
    np.savez(tmp_path / "p.npz", **{"f.weight": weight})
    done = diag(*given, "--params", tmp_path / "p.npz")
    assert (done.code, "lacks the learned array `f.bias`" in done.err) == (2, True)
    np.savez(tmp_path / "p.npz", **{"f.weight": weight.T, "f.bias": bias})
    for backend in ("numpy", "torch"):
        done = diag(*given, "--params", tmp_path / "p.npz", "--backend", backend)
        assert (done.code, "`f.weight" in done.err) == (2, True)


def test_boxes_without_a_meaning_cannot_be_run(diag, kitchen):
    done = diag("run", kitchen, "opened")
    assert (done.code, done.out) == (2, "")
    assert "cannot be run" in done.err


def test_several_results_need_a_file_that_can_hold_them(diag, tmp_path):
    path = tmp_path / "x.diag"
    path.write_text("axis t\ndef f(X: R[t]) -> (R[t], R[t]) = X @ (X + X)\n")
    assert diag("run", path, "f", "--set", "t=2", "-o", tmp_path / "y.npy").code == 2
    assert diag("run", path, "f", "--set", "t=2", "-o", tmp_path / "y.npz").code == 0


def test_entries_that_are_no_finite_numbers_are_said_so(diag, tmp_path):
    file = tmp_path / "f.diag"
    file.write_text("axis n\ndef f(X: R[n]) -> R[n] @ R[n] = (1 / (X - X), log(X - 5))\n")
    done = diag("run", file, "f", "--set", "n=2", "-o", tmp_path / "y.npz")
    assert done.code == 0 and "Warning" not in done.err
    assert "`y0` has entries that are infinite\n`y1` has entries that are nan" in done.err
