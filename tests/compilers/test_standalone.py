"""`diag compile -o model.py`: a module that needs only numpy or torch, and gives the same numbers."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

import diagram
from diagram import _compilers
from diagram.errors import DiagramError

TEXT = """
axis x, m, f
## A perceptron with gelu.
def mlp(X: R[x, m]) -> R[x, m] {
  learn up : [m] -> [f], bias
  learn down : [f] -> [m] = xavier, bias = zeros
  return down(gelu(up(X)))
}
"""
SIZES = {"m": 4, "f": 6}
MLP = diagram.loads(TEXT)["mlp"]

ISOLATED = """
import sys, numpy as np
sys.path.insert(0, {folder!r})
import model
assert not any(name.split(".")[0] in ("diagram", "grammar", "compilers") for name in sys.modules)
data = np.load({data!r})
np.save({out!r}, model.mlp(*(data[k] for k in data.files)))
"""


def test_the_numpy_module_stands_alone(tmp_path: Path):
    f = MLP.compile("numpy", sizes=SIZES)
    X = np.random.default_rng(0).standard_normal((3, 4))
    (tmp_path / "model.py").write_text(_compilers.to_source(MLP, "numpy", SIZES), "utf-8")
    data, out = tmp_path / "data.npz", tmp_path / "out.npy"
    np.savez(data, X, *(f.params[p.path] for p in MLP.params))
    code = ISOLATED.format(folder=str(tmp_path), data=str(data), out=str(out))
    subprocess.run([sys.executable, "-I", "-c", code], check=True, cwd=tmp_path)
    np.testing.assert_allclose(np.load(out), f(X), atol=1e-14)


def test_the_torch_module_holds_the_parameters_under_their_paths():
    scope: dict[str, object] = {}
    exec(_compilers.to_source(MLP, "torch", SIZES), scope)
    module = scope["Mlp"]()
    net = MLP.compile("torch", sizes=SIZES)
    assert list(module.state_dict()) == list(net.state_dict())
    assert module.up.weight.abs().max() <= 4**-0.5 and module.down.bias.abs().sum() == 0
    module.load_state_dict(net.state_dict())
    X = torch.randn(3, 4)
    torch.testing.assert_close(module(X), net(X))


def test_open_sizes_become_arguments_of_the_module():
    scope: dict[str, object] = {}
    exec(_compilers.to_source(MLP, "torch"), scope)
    assert scope["Mlp"](f=5, m=2)(torch.zeros(3, 2)).shape == (3, 2)


def test_the_module_says_what_it_is():
    text = _compilers.to_source(MLP, "numpy", SIZES)
    assert "A perceptron with gelu." in text and "up.weight: R[f, m]" in text


def test_an_unknown_target_is_refused():
    with pytest.raises(DiagramError, match="numpy, torch"):
        _compilers.to_source(MLP, "fortran")
