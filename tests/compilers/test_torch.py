"""Compiled torch modules fit into torch: state_dict, copies, pickling, compile, export, functional calls,
devices.
"""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest
import torch

import diagram
from diagram.errors import DiagramError

TEXT = """
axis x, m, f
def mlp(X: R[x, m]) -> R[x, m] {
  learn up : [m] -> [f], bias
  learn down : [f] -> [m], bias = zeros
  return down(gelu(up(X)))
}
def tower(X: R[x, m]) -> R[x, m] {
  learn stack = mlp ** 3
  return stack(X)
}
def pair(X: R[x, m]) -> (S: R[m], P: R[x]) {
  return sum[x](X), sum[m](X)
}
def odd(X: R[x, m]) -> R[x, m] {
  learn double = mlp
  learn half : [m] = ones
  return double(X) * half
}
def fixed(X: R[x, m]) -> R[x, m] {
  learn scale : [m] = ones, frozen
  return X * scale
}
"""
MODULE = diagram.loads(TEXT)
SIZES = {"m": 4, "f": 6}


def net(name: str = "mlp", **options) -> torch.nn.Module:
    return MODULE[name].compile("torch", sizes=SIZES, **options)


def numbers(*shape: int, dtype: torch.dtype = torch.float32) -> torch.Tensor:
    return torch.from_numpy(np.random.default_rng(len(shape)).standard_normal(shape)).to(dtype)


def test_state_dict_keys_are_the_paths_of_the_text():
    assert list(net().state_dict()) == ["up.weight", "up.bias", "down.weight", "down.bias"]
    names = list(net("tower").state_dict())
    assert names[:2] == ["stack.0.up.weight", "stack.0.up.bias"] and len(names) == 12
    assert net("tower").stack[1].down.bias.shape == (4,)


def test_weights_have_the_layout_of_torch_linear():
    module, linear = net(dtype="f64"), torch.nn.Linear(4, 6, dtype=torch.float64)
    module.up.load_state_dict(linear.state_dict())
    other = torch.nn.Linear(6, 4, dtype=torch.float64)
    module.down.load_state_dict(other.state_dict())
    X = numbers(3, 4, dtype=torch.float64)
    torch.testing.assert_close(module(X), other(torch.nn.functional.gelu(linear(X))))


@pytest.mark.parametrize("name", ["mlp", "tower"])
def test_numpy_and_torch_start_from_the_same_values_and_agree(name):
    d = MODULE[name]
    f = d.compile("numpy", sizes=SIZES, seed=5)
    module = d.compile("torch", sizes=SIZES, seed=5, dtype="f64")
    for path, tensor in module.state_dict().items():
        np.testing.assert_array_equal(tensor.numpy(), f.params[path])
    X = numbers(3, 4, dtype=torch.float64)
    np.testing.assert_allclose(module(X).detach().numpy(), f(X.numpy()), atol=1e-12)


def test_one_module_serves_every_length_and_batch():
    module = net()
    for shape in ((1, 4), (9, 4), (2, 3, 4), (2, 5, 3, 4)):
        X = numbers(*shape)
        want = torch.stack([module(x) for x in X.reshape(-1, *shape[-2:])]).reshape(shape)
        torch.testing.assert_close(module(X), want)


def test_gradients_reach_every_parameter():
    module = net()
    module(numbers(3, 4)).square().sum().backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in module.parameters())


def test_copies_have_their_own_parameters_and_pickles_the_same_values():
    module, X = net("tower"), numbers(3, 4)
    twin = copy.deepcopy(module)
    assert twin.stack[0].up.weight is not module.stack[0].up.weight
    again = pickle.loads(pickle.dumps(module))
    for other in (twin, again):
        torch.testing.assert_close(other(X), module(X))
    with torch.no_grad():
        twin.stack[0].up.weight.zero_()
    assert not torch.allclose(twin(X), module(X))


def test_parts_may_have_the_names_of_torchs_methods():
    module, X = net("odd"), numbers(3, 4)
    assert "double.up.weight" in module.state_dict() and "half" in module.state_dict()
    again = copy.deepcopy(module)
    torch.testing.assert_close(again(X), module(X))
    torch.testing.assert_close(module(X[None])[0], module(X))
    assert module.to(torch.float64)(X.double()).dtype == torch.float64


def test_frozen_parameters_do_not_learn_but_are_saved():
    module = net("fixed")
    assert not module.scale.requires_grad and "scale" in module.state_dict()


def test_modules_move_between_precisions():
    module = net().double()
    assert module(numbers(3, 4, dtype=torch.float64)).dtype == torch.float64


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_module_stays_whole_under_torch_compile():
    module = net("tower")
    whole = torch.compile(module, fullgraph=True, backend="eager")
    for x in (3, 5, 7):
        torch.testing.assert_close(whole(numbers(x, 4)), module(numbers(x, 4)))


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_module_exports_with_a_dynamic_axis():
    module = net("tower")
    exported = torch.export.export(module, (numbers(3, 4),), dynamic_shapes={"X": {0: torch.export.Dim("x")}})
    torch.testing.assert_close(exported.module()(numbers(8, 4)), module(numbers(8, 4)))


def test_functional_calls_and_their_derivatives_work():
    module, X = net(), numbers(3, 4)
    zero = {k: torch.zeros_like(v) for k, v in module.state_dict().items()}
    assert torch.func.functional_call(module, zero, (X,)).abs().sum() == 0

    def loss(params: dict[str, torch.Tensor]) -> torch.Tensor:
        return torch.func.functional_call(module, params, (X,)).square().mean()

    grads = torch.func.grad(loss)(dict(module.named_parameters()))
    module(X).square().mean().backward()
    torch.testing.assert_close(grads["up.weight"], module.up.weight.grad)
    batch = numbers(5, 3, 4)
    torch.testing.assert_close(torch.vmap(module)(batch), module(batch))


def test_autocast_lowers_the_precision():
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert net()(numbers(3, 4)).dtype == torch.bfloat16


def test_results_and_inputs_have_names():
    X = numbers(3, 4)
    result = net("pair")(X=X)
    torch.testing.assert_close(result.S, X.sum(0))
    torch.testing.assert_close(net("pair")({"X": X}).P, X.sum(1))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), ("E0302", "lacks `X`")),
        ((numbers(3, 5),), ("E0306", "[3, 5]", "m = 4")),
        ((numbers(4),), ("E0306", "[4]")),
        ((numbers(3, 4) > 0,), ("E0306", "bool")),
    ],
)
def test_wrong_inputs_are_refused_with_both_sides(arguments, words):
    with pytest.raises(DiagramError) as caught:
        net()(*arguments)
    for word in words:
        assert word in str(caught.value)


def test_sizes_of_parameters_must_be_given():
    with pytest.raises(DiagramError, match="E0311"):
        MODULE["mlp"].compile("torch", sizes={"m": 4})


def test_an_unknown_device_is_refused():
    with pytest.raises(DiagramError, match="E0407"):
        net(device="cuda:99")
