"""`diag train`: the losses are those of a loop by hand; interruptions leave no trace; digits are learned."""

from __future__ import annotations

import math
import os
import subprocess
import sys
import time
import xml.etree.ElementTree as ET

import numpy as np
import pytest
import torch

import diagram
from compilers.curve import curve
from compilers.safetensors import read
from compilers.training import Diverged, Plan, Training, loss_of
from diagram.cli import main
from tests.neural.harness import GALLERY

TEXT = """axis n
axis i = 3, z = 2
def model(X: R[i]) -> R[z] {
  axis f = 5
  learn up : [i] -> [f], bias
  learn down : [f] -> [z], bias, lr = 0.5, decay = 0.25
  return down(tanh(up(X)))
}
def plain(X: R[i]) -> R[z] {
  learn L : [i] -> [z], bias
  return L(X)
}
def square(Y: R[n, z], T: R[n, z]) -> R = mean[n, z]((Y - T) ** 2)
def loss(X: R[n, i], T: R[n, z]) -> R {
  learn net = plain
  return square(net(X), T)
}
"""


@pytest.fixture
def place(tmp_path):
    """A file with models, and data for them."""
    (tmp_path / "m.diag").write_text(TEXT)
    rng = np.random.default_rng(0)
    x = rng.normal(size=(50, 3))
    np.savez(tmp_path / "square.npz", X=x, target=np.tanh(x @ rng.normal(size=(3, 2))))
    np.savez(tmp_path / "named.npz", X=x, T=np.tanh(x @ rng.normal(size=(3, 2))))
    np.savez(tmp_path / "class.npz", X=x, target=(x[:, 0] > 0).astype("i8"))
    return tmp_path


def run(place, *words, name="model", data="square.npz"):
    return main(["train", str(place / "m.diag"), name, "--data", str(place / data), *map(str, words)])


def loss_in(text):
    """The last loss that was printed."""
    return float(text.strip().splitlines()[-1].split()[1].rstrip(","))


def test_the_losses_are_those_of_a_loop_by_hand(place, capsys):
    assert run(place, "--loss", "mse", "--epochs", 3, "--batch", 8, "--dtype", "f64", "--rate", 0.01) == 0
    found = loss_in(capsys.readouterr().out)
    net = diagram.load(place / "m.diag")["model"].compile("torch", dtype="f64", seed=0)
    groups = [
        {"params": net.up.parameters(), "lr": 0.01},
        {"params": net.down.parameters(), "lr": 0.5, "weight_decay": 0.25},
    ]
    optimizer = torch.optim.Adam(groups)
    data = np.load(place / "square.npz")
    for epoch in range(3):
        order, means = np.random.default_rng([0, epoch]).permutation(50), []
        for k in range(0, 50, 8):
            rows = order[k : k + 8]
            optimizer.zero_grad()
            value = torch.nn.functional.mse_loss(
                net(torch.from_numpy(data["X"][rows])), torch.from_numpy(data["target"][rows])
            )
            value.backward()
            optimizer.step()
            means.append(value.item())
    assert found == sum(means) / len(means)


def test_a_step_of_descent_is_that_of_the_derivative_as_a_diagram(place):
    d = diagram.load(place / "m.diag")["loss"]
    data = dict(np.load(place / "named.npz"))
    net = d.compile("torch", dtype="f64")
    before = {n: p.detach().numpy().copy() for n, p in net.named_parameters()}
    training = Training(net, loss_of("", {}), Plan(epochs=1, batch=50, rate=0.1, optimizer="sgd"))
    list(training.epochs(data))
    value, *slopes = diagram.grad(d, [p.path for p in d.params]).compile("numpy")(data["X"], data["T"])
    assert training.progress.losses == [pytest.approx(float(value), abs=1e-14)]
    for path, slope in zip(before, slopes, strict=True):
        assert (
            np.abs(dict(net.named_parameters())[path].detach().numpy() - (before[path] - 0.1 * slope)).max()
            < 1e-14
        )


@pytest.mark.parametrize("loss", ["mse", "square", "mae"])
@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "adamw", "rmsprop"])
def test_every_loss_falls_with_every_optimizer(place, capsys, loss, optimizer):
    words = ["--loss", loss, "--optimizer", optimizer, "--rate", 0.03]
    run(place, *words, "--epochs", 1, name="plain")
    first = loss_in(capsys.readouterr().out)
    assert run(place, *words, "--epochs", 12, name="plain") == 0
    assert loss_in(capsys.readouterr().out) < 0.9 * first


def test_a_definition_may_be_its_own_loss_and_test_data_is_measured(place, capsys):
    assert run(place, "--epochs", 2, "--test", place / "named.npz", name="loss", data="named.npz") == 0
    printed = capsys.readouterr()
    assert "test" in printed.out and printed.err.count("epoch") == 2


@pytest.mark.parametrize("optimizer", ["momentum", "adam"])
def test_going_on_from_a_checkpoint_leaves_no_trace(place, capsys, optimizer):
    words = ["--loss", "mse", "--optimizer", optimizer, "--batch", 7]
    run(place, *words, "--epochs", 5, "-o", place / "whole.npz")
    whole = loss_in(capsys.readouterr().out)
    run(place, *words, "--epochs", 2, "--checkpoint", place / "c.npz")
    curve_file = place / "c.svg"
    more = [
        "--checkpoint",
        place / "c.npz",
        "--resume",
        "--curve",
        curve_file,
        "-o",
        place / "parts.safetensors",
    ]
    assert run(place, *words, "--epochs", 5, *more) == 0
    printed = capsys.readouterr()
    assert "resumed after epoch 2" in printed.err
    assert loss_in(printed.out) == whole
    with np.load(place / "whole.npz") as arrays:
        assert all(np.array_equal(a, arrays[n]) for n, a in read(place / "parts.safetensors").items())
    assert ET.parse(curve_file).getroot().tag.endswith("svg")


def test_a_training_that_is_killed_resumes_to_the_same_numbers(place, capsys):
    words = [
        sys.executable,
        "-m",
        "diagram",
        "train",
        str(place / "m.diag"),
        "model",
        "--data",
        str(place / "square.npz"),
    ]
    words += ["--loss", "mse", "--batch", "1", "--checkpoint", str(place / "k.npz")]
    env = {**os.environ, "PYTHONPATH": str(GALLERY.parents[1]), "OMP_NUM_THREADS": "1"}
    started = subprocess.Popen([*words, "--epochs", "100000"], env=env, stderr=subprocess.DEVNULL)
    limit = time.monotonic() + 60
    while not (place / "k.npz").exists() and time.monotonic() < limit and started.poll() is None:
        time.sleep(0.02)
    started.kill()
    started.wait()
    with np.load(place / "k.npz") as found:
        epochs = int(found["epoch"]) + 2
    assert (
        run(
            place,
            "--loss",
            "mse",
            "--batch",
            1,
            "--checkpoint",
            place / "k.npz",
            "--resume",
            "--epochs",
            epochs,
        )
        == 0
    )
    resumed = loss_in(capsys.readouterr().out)
    run(place, "--loss", "mse", "--batch", 1, "--epochs", epochs)
    assert loss_in(capsys.readouterr().out) == resumed


def test_a_checkpoint_of_something_else_is_refused(place, capsys):
    run(place, "--loss", "mse", "--epochs", 1, "--checkpoint", place / "c.npz")
    resume = ["--checkpoint", place / "c.npz", "--resume"]
    for words, said in ((["--rate", 0.5], "other settings"), ([], "another model")):
        assert run(place, "--loss", "mse", *words, *resume, name="model" if words else "plain") == 2
        assert said in capsys.readouterr().err
    (place / "c.npz").write_bytes(b"no")
    assert run(place, "--loss", "mse", *resume) == 2
    assert "no checkpoint" in capsys.readouterr().err


def test_numbers_that_are_none_stop_the_training(place, capsys):
    assert run(place, "--loss", "mse", "--optimizer", "sgd", "--rate", 1e30, "--epochs", 5, name="plain") == 1
    assert "is not finite in epoch" in capsys.readouterr().err
    data = dict(np.load(place / "square.npz"))
    data["X"][17, 1] = math.nan
    net = diagram.load(place / "m.diag")["plain"].compile("torch")
    training = Training(net, loss_of("mse", {}), Plan(batch=50))
    with pytest.raises(Diverged) as error:
        list(training.epochs(data))
    assert (error.value.epoch, error.value.step, error.value.place) == (0, 0, "")
    assert all(torch.isfinite(p).all() for p in net.parameters())


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--loss", "msee"], "did you mean"),
        (["--resume"], "--checkpoint"),
        (["--epochs", "0"], "at least 1"),
        (["-o", "x.txt"], "x.txt"),
        (["--loss", "mse", "--data", "class.npz"], "target"),
        (["--loss", "mse", "--device", "nowhere"], "nowhere"),
    ],
)
def test_wrong_use_is_said(place, capsys, words, said):
    code = run(place, *[str(place / w) if w == "class.npz" else w for w in words])
    printed = capsys.readouterr()
    assert code != 0 and said in printed.err


def test_examples_must_agree_in_number(place, capsys):
    np.savez(place / "odd.npz", X=np.zeros((3, 3)), target=np.zeros((4, 2)))
    assert run(place, "--loss", "mse", data="odd.npz") == 2
    assert "different numbers" in capsys.readouterr().err


def test_the_curve_is_a_picture_of_the_numbers():
    root = ET.fromstring(curve([4.0, 2.0, 1.0, 0.5], [3.0, 0.75], [2.5, math.nan], "a <b>"))
    lines = [e for e in root.iter() if e.tag.endswith("polyline")]
    points = [[tuple(map(float, p.split(","))) for p in e.get("points").split()] for e in lines]
    assert [len(p) for p in points] == [4, 2, 1]
    heights = [y for _, y in points[0]]
    assert heights == sorted(heights)  # the loss falls: further down the page


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "words"),
    [("convnet", ["--epochs", 12]), ("vit", ["--epochs", 30, "--optimizer", "adamw", "--decay", 0.1])],
)
def test_digits_are_learned_to_more_than_95_percent(name, words, capsys):
    start = time.process_time()
    given = [
        "--data",
        GALLERY / "digits.npz",
        "--test",
        GALLERY / "digits_test.npz",
        "--loss",
        "cross_entropy",
    ]
    assert main([str(w) for w in ("train", GALLERY / "digits.diag", name, *given, *words)]) == 0
    assert float(capsys.readouterr().out.split()[-1]) > 0.95
    assert time.process_time() - start < 120
