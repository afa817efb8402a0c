"""Value and all gradients of `examples/autodiff` on numpy beside torch's eager autograd, and times to a
first gradient.
"""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.measure import Case, Work
from tests.autodiff.problems import PROBLEMS, Problem

REPEAT = 20
"""Runs in one measurement: one takes microseconds."""


def ours(problem: Problem) -> Callable[[], Work]:
    """The compiled gradient."""

    def setup() -> Work:
        import diagram
        from diagram.derivative import grad

        d = diagram.load(problem.path, problem.sizes or None)["loss"]
        f = grad(d, [d.input_names[k] for k in problem.wrt]).compile("numpy")
        arrays = problem.arrays(2)
        return lambda: [f(*arrays) for _ in range(REPEAT)]

    return setup


def torch_eager(problem: Problem) -> Callable[[], Work]:
    """torch.autograd.grad on the function written in torch."""

    def setup() -> Work:
        import torch

        torch.set_num_threads(1)
        tensors = [torch.tensor(a) for a in problem.arrays(2)]
        for k in problem.wrt:
            tensors[k].requires_grad_()
        wanted = [tensors[k] for k in problem.wrt]
        loss = problem.peer or problem.loss
        return lambda: [torch.autograd.grad(loss(*tensors), wanted) for _ in range(REPEAT)]

    return setup


def first(text: str, arrays: Callable[[], list[object]]) -> Callable[[], Work]:
    """From text to the first gradient."""

    def setup() -> Work:
        import diagram
        from diagram.derivative import grad

        values = arrays()
        return lambda: grad(diagram.loads(text)["loss"]).compile("numpy")(*values)

    return setup


def _network(layers: int) -> str:
    body = f"  for l in 0..{layers} {{ learn W : [m] -> [m], bias  X = tanh(W(X)) }}\n"
    return "axis b, m = 64\ndef loss(X: R[b, m]) -> R {\n" + body + "  return mean[b, m](X ** 2)\n}\n"


def _batch() -> list[object]:
    import numpy as np

    return [np.ones((8, 64))]


def _attention() -> Problem:
    return next(p for p in PROBLEMS if p.name == "attention")


CASES = [
    *(Case(f"autodiff: {p.name}, {REPEAT} gradients", ours(p), {"torch": torch_eager(p)}) for p in PROBLEMS),
    Case(
        "autodiff: attention, text to first gradient",
        first(_attention().path.read_text(), lambda: _attention().arrays()),
        bar=0.3,
    ),
    *(
        Case(f"autodiff: {n} layers, text to first gradient", first(_network(n), _batch), bar=n / 100)
        for n in (50, 200)
    ),
]
