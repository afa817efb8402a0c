"""Random diagrams of smooth boxes, with bodies of every sort, and what tests do with them."""

from __future__ import annotations

from typing import Any

import numpy as np

from diagram.builder import Builder
from diagram.local import Local
from diagram.ops import STANDARD
from diagram.sharing import Sharing
from diagram.sizes import Size
from diagram.spec import Slot, Spec
from diagram.term import Term
from diagram.types import Axis, R, Tensor
from diagram.value import Args, Diagram, Param
from tests.oracle import run

Array = Any
AXES = tuple(Axis.of(name, size) for name, size in (("i", 3), ("j", 2), ("k", 4)))
UNARY = ("tanh", "sin", "sigmoid", "gelu", "softplus", "neg", "atan", "erf", "silu")


def tensor(*indices: int) -> Tensor:
    return Tensor(R, tuple(AXES[i] for i in indices))


def indices(type_: Any) -> tuple[int, ...]:
    return tuple(AXES.index(a) for a in type_.axes)


class Growing:
    """A pool of wires that grows by random boxes."""

    def __init__(self, rng: np.random.Generator, dom: tuple[Tensor, ...], depth: int = 1) -> None:
        self.rng, self.depth = rng, depth
        self.b = Builder()
        self.pool = [self.b.input(t, f"x{k}") for k, t in enumerate(dom)]

    def pick(self) -> int:
        return int(self.rng.choice(self.pool))

    def of(self, w: int) -> tuple[int, ...]:
        return indices(self.b.wires[w])

    def spec(self, ins: list[tuple[int, ...]], out: tuple[int, ...], core: tuple[int, ...] = ()) -> Spec:
        used = sorted({i for m in (*ins, out) for i in m})
        number = {i: n for n, i in enumerate(used)}
        maps = [tuple(Slot.at(number[i]) for i in m) for m in (*ins, out)]
        return Spec(
            tuple(AXES[i] for i in used), tuple(maps[:-1]), (maps[-1],), tuple(number[i] for i in core)
        )

    def box(self, name: str, dom: list[int], out: tuple[int, ...], core: tuple[int, ...] = ()) -> int:
        spec = self.spec([self.of(w) for w in dom], out, core)
        return self.b.box(STANDARD[name], dom, (tensor(*out),), spec)[0]

    def grow(self) -> None:
        w = self.pick()
        kinds = ["unary", "binary", "product", "contract", "softmax", "mean", "repeat"]
        if self.depth:
            kinds += ["call", "scan", "repeats", "tied"]
        made = getattr(self, str(self.rng.choice(kinds)))(w)
        self.pool += made if isinstance(made, list) else [made]

    def unary(self, w: int) -> int:
        return self.box(str(self.rng.choice(UNARY)), [w], self.of(w))

    def binary(self, w: int) -> int:
        v = self.pick()
        return self.box(str(self.rng.choice(["add", "sub", "maximum"])), [w, v], self.union(w, v))

    def union(self, *wires: int) -> tuple[int, ...]:
        every = sorted({i for w in wires for i in self.of(w)})
        return tuple(int(i) for i in self.rng.permutation(every))

    def product(self, w: int) -> int:
        v = self.pick()
        return self.box("contract", [w, v], self.union(w, v))

    def contract(self, w: int) -> int:
        v = self.pick()
        every = self.union(w, v)
        return self.box("contract", [w, v], every[: int(self.rng.integers(0, len(every) + 1))])

    def softmax(self, w: int) -> int:
        own = self.of(w)
        return self.box("softmax", [w], own, (own[-1],)) if own else self.unary(w)

    def mean(self, w: int) -> int:
        own = self.of(w)
        return self.box("mean", [w], own[1:], own[:1]) if own else self.unary(w)

    def repeat(self, w: int) -> int:
        lacking = [i for i in range(3) if i not in self.of(w)]
        return self.box("contract", [w], (*lacking[:1], *self.of(w)))

    def call(self, w: int) -> list[int]:
        """A body on scalars and a learned array, lifted over all axes of two wires."""
        v = self.pick()
        every = tuple(sorted(self.union(w, v)))
        dom = []
        for x in (w, v):  # degree axes come in degree order
            own = self.of(x)
            dom.append(x if own == tuple(sorted(own)) else self.box("contract", [x], tuple(sorted(own))))
        body = learned(self.rng, (tensor(), tensor()), 4, 2, 1)
        ports = tuple(tuple(every.index(i) for i in self.of(x)) for x in dom)
        args: Args = (("degree", tuple(AXES[i] for i in every)), ("ports", ports))
        params = [self.b.param(body.wires[x], p) for x, p in zip(body.param_wires, body.params, strict=True)]
        return list(self.b.box(STANDARD["call"], [*dom, *params], [tensor(*every)] * 2, None, args, (body,)))

    def scan(self, w: int) -> list[int]:
        """State: a vector over j; slices over i; an invariant; learned arrays."""
        rng = self.rng
        state, slices = self.fit(self.pick(), (1,)), self.fit(w, (0, 2))
        body = learned(rng, (tensor(1), tensor(2), tensor()), 5, 0, 1, (tensor(1), tensor(2)))
        args: Args = (("axis", AXES[0]), ("states", 1), ("scanned", 1), ("reversed", bool(rng.integers(2))))
        params = [self.b.param(body.wires[x], p) for x, p in zip(body.param_wires, body.params, strict=True)]
        dom = [state, slices, self.fit(self.pick(), ()), *params]
        return list(self.b.box(STANDARD["scan"], dom, (tensor(1), tensor(0, 2)), None, args, (body,)))

    def repeats(self, w: int) -> int:
        return self.loop(w, 1)

    def tied(self, w: int) -> int:
        return self.loop(w, 0)

    def loop(self, w: int, fresh: int) -> int:
        own = self.of(w)
        body = learned(self.rng, (tensor(*own), tensor()), 4, 0, 2, (tensor(*own),))
        args: Args = (("count", 3), ("carried", 1), ("fresh", fresh))
        wires = body.param_wires
        params = [
            self.b.param(body.wires[x], p)
            for t in range(3) for x, p in zip(wires[:fresh], body.params[:fresh], strict=True)
        ]  # fmt: skip
        params += [
            self.b.param(body.wires[x], p) for x, p in zip(wires[fresh:], body.params[fresh:], strict=True)
        ]
        invariant = self.fit(self.pick(), ())
        return self.b.box(STANDARD["repeat"], [w, invariant, *params], (tensor(*own),), None, args, (body,))[
            0
        ]

    def fit(self, w: int, out: tuple[int, ...]) -> int:
        """A wire with exactly these axes: summed and repeated, then made small."""
        return self.box("tanh", [self.box("contract", [w], out)], out)


def random(
    rng: np.random.Generator, dom: tuple[Tensor, ...], boxes: int, results: int, depth: int = 1
) -> Diagram:
    """A random diagram with the last wires as results."""
    g = Growing(rng, dom, depth)
    for _ in range(boxes):
        g.grow()
    return g.b.build(g.pool[-results:], "f")


def learned(
    rng: np.random.Generator, dom: tuple[Tensor, ...], boxes: int, results: int, params: int,
    cod: tuple[Tensor, ...] = (),
) -> Diagram:  # fmt: skip
    """A random body with learned scalars; `cod` forces the results."""
    g = Growing(rng, dom, 0)
    for k in range(params):
        g.pool.append(g.b.param(tensor(), Param(f"w{k}")))
    for _ in range(boxes):
        g.grow()
    if cod:
        return g.b.build([g.fit(g.pool[-1 - k], indices(t)) for k, t in enumerate(cod)], "body")
    return g.b.build([g.fit(w, ()) for w in g.pool[-results:]], "body")


DOM = (tensor(0, 1), tensor(1, 2), tensor(2))


def arrays(d: Diagram, rng: np.random.Generator) -> list[Array]:
    """Values for the inputs and learned arrays of a diagram without symbols."""
    return [rng.standard_normal([n.evaluate({}) for n in d.wires[w].shape]) for w in d.inputs]  # type: ignore[union-attr]


def values(d: Diagram, xs: list[Array]) -> list[Array]:
    """Its results on inputs and learned arrays together."""
    n = len(d.dom)
    return list(run(d, *xs[:n], params=xs[n:]))


def like(xs: list[Array], rng: np.random.Generator) -> list[Array]:
    return [rng.standard_normal(np.shape(x)) for x in xs]


def dot(xs: list[Array], ys: list[Array]) -> float:
    return float(sum(np.sum(x * y) for x, y in zip(xs, ys, strict=True)))


def mlp(depth: int, n: int = 3, batch: int = 2) -> Diagram:
    """tanh(W x + b), `depth` times, and the mean of the squares."""
    x, h, b = Axis.of("x", n), Axis.of("h", n), Axis.of("b", batch)
    g = Builder()
    at = lambda *k: tuple(map(Slot.at, k))  # noqa: E731
    state = g.input(Tensor(R, (b, x)), "X")
    for k in range(depth):
        w = g.param(Tensor(R, (h, x)), Param(f"l{k}.weight"))
        c = g.param(Tensor(R, (h,)), Param(f"l{k}.bias"))
        y = Tensor(R, (b, h))
        (state,) = g.box(
            STANDARD["contract"], (state, w), (y,), Spec((b, x, h), (at(0, 1), at(2, 1)), (at(0, 2),))
        )
        (state,) = g.box(STANDARD["add"], (state, c), (y,), Spec((b, h), (at(0, 1), at(1)), (at(0, 1),)))
        (state,) = g.box(STANDARD["tanh"], (state,), (y,), Spec((b, h), (at(0, 1),), (at(0, 1),)))
    square = g.box(
        STANDARD["contract"], (state, state), (y,), Spec((b, h), (at(0, 1), at(0, 1)), (at(0, 1),))
    )
    loss = g.box(STANDARD["mean"], square, (Tensor(R),), Spec((b, h), (at(0, 1),), ((),), (0, 1)))
    return g.build(loss, "mlp")


def attention() -> Diagram:
    """softmax(Q K^T / sqrt k) V for heads."""
    b, h, q, x, k = (Axis.of(name, size) for name, size in (("b", 2), ("h", 2), ("q", 3), ("x", 4), ("k", 3)))
    work = Sharing()
    g = Local(work, [b, h, q, x, k])
    ins = [
        work.builder.input(Tensor(R, g.axes(o)), n)
        for o, n in (((0, 2, 1, 4), "Q"), ((0, 3, 1, 4), "K"), ((0, 3, 1, 4), "V"))
    ]
    query, key, value = g.at(ins[0], (0, 2, 1, 4)), g.at(ins[1], (0, 3, 1, 4)), g.at(ins[2], (0, 3, 1, 4))
    scores = g.sum(query * key, (4,)) * 3**-0.5
    weights: Term = g.along("softmax", scores, 3)
    return work.builder.build([(weights * value).wire((0, 2, 1, 4))], "attention")


def number(n: int) -> Size:
    return Size.of(n)
