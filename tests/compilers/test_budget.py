"""Programs under a budget: the bits stay, and no more is held than was said, counted while it runs."""

from __future__ import annotations

import re
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

import diagram
from compilers.emit import Module
from compilers.numpy_text import NumpyText
from compilers.rooms import Rooms
from compilers.schedule import schedule_of
from diagram.derivative import grad
from diagram.errors import DiagramError
from diagram.value import Diagram
from tests.autodiff.problems import PROBLEMS
from tests.ops.cases import every

NEURAL = Path(__file__).parent.parent.parent / "examples" / "neural"
OBJECTS = 1 << 18
"""What the interpreter's own objects and numpy's buffers for casts take, whatever the sizes are."""

CHAIN = """
axis x, m = 64
def layer(X: R[x, m]) -> R[x, m] {
  learn W : [m] -> [m], bias
  return tanh(W(X))
}
def net : R[x, m] -> R[x, m] = layer ** 32
"""
TRANSFORMER = """
from .transformer import pre_norm_block
axis x, m = 64
def net : R[x, m] -> R[x, m] = pre_norm_block[h = 4, k = 16, f = 256] ** 12
"""
UNET = """
from .unet import unet
axis c, y, x
def net(X: R[c, y, x]) -> R[2, y, x] = unet[depth = 3, w = 8, z = 2](X)
"""
LSTM = """
from .recurrent import lstm
axis t, i
def net(X: R[t, i], H: R[32], C: R[32]) -> R[t, 32] {
  learn cell = lstm[n = 32]
  Y, _, _ = cell(X, H, C)
  return Y
}
"""
NETS = {
    "chain": (CHAIN, {}, [(1000, 64), (1000, 64)], (0.6, 0.3)),
    "transformer": (TRANSFORMER, {}, [(128, 64), (128, 64)], (0.5,)),
    "unet": (UNET, {"c": 3, "y": 32, "x": 32}, [(3, 32, 32), (2, 32, 32)], (0.8,)),
    "lstm": (LSTM, {"t": 300, "i": 16}, [(300, 16), (32,), (32,), (300, 32)], (0.7,)),
}
"""Text, sizes, shapes of inputs, and budgets as parts of what is held without one."""


def loaded(text: str, sizes: dict[str, int] | None = None) -> Diagram:
    return diagram.loads(text, str(NEURAL / "net.diag"), sizes)["net"]


def held(f, xs, params=None):
    """The results of a call, and the most bytes allocated while it runs."""
    f(*xs, params=params)
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    result = f(*xs, params=params)
    most = tracemalloc.get_traced_memory()[1] - before
    tracemalloc.stop()
    return result if isinstance(result, tuple) else (result,), most


@pytest.mark.parametrize("name", list(NETS))
def test_the_gradient_of_a_net_stays_within_its_budget(name: str) -> None:
    text, sizes, shapes, parts = NETS[name]
    d = diagram.reverse(loaded(text))
    rng = np.random.default_rng(0)
    xs = [rng.normal(size=s) for s in shapes]
    plain = d.compile("numpy", sizes=sizes)
    params = {k: rng.normal(size=v.shape) / 8 for k, v in plain.params.items()}
    want, most = held(plain, xs, params)
    for part in parts:
        budget = int(part * most)
        got, now = held(d.compile("numpy", sizes=sizes, memory=budget), xs, params)
        assert now <= budget + OBJECTS
        assert all(np.array_equal(a, b) for a, b in zip(got, want, strict=True))


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda p: p.name)
def test_what_is_predicted_bounds_what_is_held(problem) -> None:
    d = diagram.load(problem.path, problem.sizes or None)["loss"]
    g = grad(d, [d.input_names[k] for k in problem.wrt])
    xs = problem.arrays(2)
    f = g.compile("numpy", memory="10GB")
    got, most = held(f, xs)
    natures = ["integer" if np.asarray(x).dtype.kind in "iu" else "real" for x in xs]
    sizes, _ = f.signature.check([np.shape(x) for x in xs], natures)
    predicted = schedule_of(g, 10**10, {**problem.sizes, **sizes}, "f64").run.peak
    assert most <= predicted + OBJECTS
    want = g.compile("numpy")(*xs)
    assert all(np.array_equal(a, b) for a, b in zip(got, want, strict=True))


@pytest.mark.parametrize("case", every(), ids=str)
def test_room_is_a_bound_for_every_operation(case) -> None:
    """Each row of the table alone, over many positions in front."""
    from diagram.lifting import lift
    from diagram.types import Axis

    d = lift(case.d, (Axis.of("n", 20000),), ((0,),) * len(case.d.dom))
    xs = [np.broadcast_to(x, (20000, *np.shape(x))).copy() for x in case.inputs]
    f = d.compile("numpy", memory="10GB")
    _, most = held(f, xs)
    module = Module(NumpyText(), {"R": "f64", "C": "c128"}, {})
    p = module.program(d)
    problem = Rooms(module.dtypes, module.program).problem(p)
    from diagram.planning.problem import profile

    assert most <= max(profile(problem, problem.base), default=0) + OBJECTS


def test_torch_computes_the_same_bits_and_again() -> None:
    torch = pytest.importorskip("torch")
    d = diagram.reverse(loaded(CHAIN))
    f = d.compile("torch", dtype="f64")
    g = d.compile("torch", dtype="f64", memory="3MB")
    g.load_state_dict(f.state_dict())
    x = torch.randn(200, 64, dtype=torch.float64)
    with torch.no_grad():
        for a, b in zip(f(x, x), g(x, x), strict=True):
            assert torch.equal(a, b)
    assert len(re.findall(r"torch\.tanh|\.tanh\(", g.source)) > 32


def test_one_module_serves_all_sizes_and_batches() -> None:
    d = loaded(CHAIN)
    f, g = d.compile("numpy"), d.compile("numpy", memory="3MB")
    g.params = f.params
    for shape in ((10, 64), (50, 64), (4, 10, 64)):
        x = np.random.default_rng(0).normal(size=shape)
        assert np.array_equal(f(x), g(x))


PLANNED = (
    CHAIN
    + """
def small = plan[net, memory = 4MB]
def loss(X: R[x, m]) -> R = sum[x, m](small(X) ** 2)
def slope = grad[loss, wrt = [X]]
def tight = plan[net, memory = 10KB]
"""
)


def test_a_plan_in_the_text_holds_for_the_gradient_too() -> None:
    m = diagram.loads(PLANNED)
    x = np.random.default_rng(0).normal(size=(1000, 64))
    f = m["slope"].compile("numpy", seed=1)
    _, most = held(f, [x])
    assert most <= 4_000_000 + OBJECTS
    again = diagram.loads(m["slope"].to_text("slope"))["slope"].compile("numpy", seed=1)
    _, most = held(again, [x], dict(zip(again.params, f.params.values(), strict=True)))
    assert most <= 4_000_000 + OBJECTS
    assert m["small"] == m["net"]


def test_what_is_too_small_names_the_smallest() -> None:
    m = diagram.loads(PLANNED)
    x = np.zeros((1000, 64))
    with pytest.raises(DiagramError) as caught:
        m["tight"].compile("numpy")(x)
    (one,) = caught.value.diagnostics
    assert one.code == "E0606"
    smallest = int(re.search(r"\((\d+) bytes\)", one.help)[1])  # type: ignore[index]
    m["net"].compile("numpy", memory=smallest)(x)
    with pytest.raises(DiagramError) as caught:
        m["net"].compile("numpy", memory=smallest - 1)(x)
    assert caught.value.diagnostics[0].code == "E0606"


@pytest.mark.parametrize("amount", ["lots", "-1MB", 0])
def test_what_is_no_amount_is_refused(amount) -> None:
    with pytest.raises(DiagramError) as caught:
        loaded(CHAIN).compile("numpy", memory=amount)
    assert caught.value.diagnostics[0].code == "E0308"
