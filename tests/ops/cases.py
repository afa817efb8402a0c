"""For every row of the table a diagram of one box with inputs to try it on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from diagram.builder import Builder
from diagram.op import Kind, Op
from diagram.ops import STANDARD, result_dtype
from diagram.reals import Real
from diagram.sizes import ONE, ZERO, Size
from diagram.spec import Slot, Spec
from diagram.types import BOOL, Axis, C, DType, R, Tensor
from diagram.value import Args, Diagram

Array = Any
L, J, K = Axis.of("i", 3), Axis.of("j", 4), Axis.of("k", 2)
ARGS: dict[str, Any] = {
    "power": Real.of(2.5), "scale": Real.of(-1.5), "shift": Real.of(0.5), "rsub": Real.of(2),
    "polygamma": Real.of(2),
    "leaky_relu": Real.of(0.1), "gate": Real.of(0.25), "elu": Real.of(1.5), "again": Real.of(1),
}  # fmt: skip


@dataclass(frozen=True)
class Case:
    """A diagram of one box and its inputs. `smooth`: whether finite differences make sense there."""

    name: str
    d: Diagram
    inputs: tuple[Array, ...]

    def __str__(self) -> str:
        return self.name


def at(*indices: int) -> tuple[Slot, ...]:
    return tuple(map(Slot.at, indices))


def draw(domain: str, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    """Numbers of a domain that a row names in `sample`."""
    x = rng.standard_normal(shape)
    if domain == "positive":
        return np.abs(x) + 0.3
    if domain == "unit":
        return np.tanh(x) * 0.9
    if domain == "above":
        return np.abs(x) + 1.2
    if domain == "nonzero":
        return np.sign(x) * (np.abs(x) + 0.3)
    if domain == "distinct":
        return rng.permutation(int(np.prod(shape))).reshape(shape) * 0.37 - 1
    if domain == "bool":
        return x > 0
    if domain == "complex":
        return x + 1j * rng.standard_normal(shape)
    if domain == "matrix":
        return x + 2 * np.eye(shape[-2], shape[-1])
    if domain == "spd":
        return x @ np.swapaxes(x, -1, -2) + np.diag(np.arange(1, shape[-1] + 1.0))
    assert domain == "any", domain
    return x


def _dtype(domain: str) -> DType:
    return {"bool": BOOL, "complex": C}.get(domain, R)


def one_box(
    name: str,
    types: list[Tensor],
    spec: Spec,
    outs: list[tuple[Axis, ...]],
    args: Args = (),
    size: Size | None = None,
) -> Diagram:
    """The diagram of one box."""
    b = Builder()
    ins = [b.input(t, f"x{k}") for k, t in enumerate(types)]
    op = STANDARD[name]
    dtypes = [t.dtype for t in types]
    cod = [Tensor(result_dtype(op, args, dtypes, k, size), axes) for k, axes in enumerate(outs)]
    return b.build(b.box(op, ins, cod, spec, args), name)


def _shape(axes: tuple[Axis, ...]) -> tuple[int, ...]:
    return tuple(a.size.evaluate({}) for a in axes)


def pointwise(op: Op, rng: np.random.Generator) -> list[Case]:
    """Operands with different axes, so that each is repeated along what it lacks."""
    axes = ((L, J), (J,), (J, L))[: op.arity]
    maps = (at(0, 1), at(1), at(1, 0))[: op.arity]
    types = [Tensor(_dtype(s), a) for s, a in zip(op.sample, axes, strict=True)]
    args: Args = (("by", ARGS[op.name]),) if "by" in op.args else ()
    if op.name == "cast":
        args = (("dtype", DType("f64")),)
    d = one_box(op.name, types, Spec((L, J), maps, (at(0, 1),)), [(L, J)], args)
    return [Case(op.name, d, tuple(draw(s, _shape(a), rng) for s, a in zip(op.sample, axes, strict=True)))]


def reduction(op: Op, rng: np.random.Generator) -> list[Case]:
    """Over one axis in the middle, and over two."""
    cases = []
    for core, keep in (((1,), (0, 2)), ((0, 2), (1,))):
        if op.dtype == "position" and len(core) > 1:
            continue
        axes = (L, J, K)
        size = axes[core[0]].size
        types = [Tensor(_dtype(op.sample[0]), axes)]
        outs = [tuple(axes[k] for k in keep)]
        spec = Spec(axes, (at(0, 1, 2),), (at(*keep),), core)
        d = one_box(op.name, types, spec, outs, (), size)

        cases.append(Case(f"{op.name}-{len(core)}", d, (draw(op.sample[0], (3, 4, 2), rng),)))
    return cases


def along(op: Op, rng: np.random.Generator) -> list[Case]:
    """Along the first and along the last axis."""
    if op.name == "top":
        spec = Spec((L, J, K), (at(0, 1),), (at(0, 2), at(0, 2)), (1, 2))
        d = one_box("top", [Tensor(R, (L, J))], spec, [(L, K), (L, K)], (), J.size)
        return [Case("top", d, (draw("distinct", (3, 4), rng),))]
    cases = []
    for core in (0, 1):
        spec = Spec((L, J), (at(0, 1),), (at(0, 1),), (core,))
        d = one_box(op.name, [Tensor(R, (L, J))], spec, [(L, J)], (), (L, J)[core].size)
        cases.append(Case(f"{op.name}-{core}", d, (draw(op.sample[0], (3, 4), rng),)))
    if op.name == "cumprod":
        x = draw("any", (3, 4), rng)
        x[1, 2] = x[0, 0] = x[0, 3] = 0
        cases.append(Case("cumprod-zeros", d, (x,)))
    return cases


def linalg(op: Op, rng: np.random.Generator) -> list[Case]:
    """With a batch axis in front; the right hand side of solve without it."""
    r, c, b, k = Axis.of("r", 3), Axis.of("c", 3), Axis.of("b", 2), Axis.of("k", 4)
    matrix = Tensor(R, (b, r, c))
    a = draw(op.sample[0], (2, 3, 3), rng)
    if op.name == "solve":
        spec = Spec((b, r, c), (at(0, 1, 2), at(1)), (at(0, 2),), (1, 2))
        return [
            Case(
                "solve",
                one_box("solve", [matrix, Tensor(R, (r,))], spec, [(b, c)]),
                (a, draw("any", (3,), rng)),
            )
        ]
    if op.name == "solve_columns":
        spec = Spec((b, r, c, k), (at(0, 1, 2), at(1, 3)), (at(0, 2, 3),), (1, 2, 3))
        d = one_box(op.name, [matrix, Tensor(R, (r, k))], spec, [(b, c, k)])
        return [Case(op.name, d, (a, draw("any", (3, 4), rng)))]
    if op.name == "svd":
        return [
            _svd(a, b, r, c),
            _svd(draw("any", (2, 4, 3), rng), b, k, c),
            _svd(draw("any", (2, 3, 4), rng), b, r, k),
        ]
    if op.name == "eigh":
        v = Axis.of("v", 3)
        spec = Spec((b, r, c, v), (at(0, 1, 2),), (at(0, 3), at(0, 1, 3)), (1, 2, 3))
        return [Case("eigh", one_box("eigh", [matrix], spec, [(b, v), (b, r, v)]), (a,))]
    out = {"inv": at(0, 2, 1), "det": at(0), "logdet": at(0)}.get(op.name, at(0, 1, 2))
    axes = (b, r, c)
    spec = Spec(axes, (at(0, 1, 2),), (out,), (1, 2))
    return [Case(op.name, one_box(op.name, [matrix], spec, [tuple(axes[s.index or 0] for s in out)]), (a,))]


def _svd(a: Array, b: Axis, r: Axis, c: Axis) -> Case:
    v = Axis.of("v", 3)
    spec = Spec((b, r, c, v), (at(0, 1, 2),), (at(0, 1, 3), at(0, 3), at(0, 3, 2)), (1, 2, 3))
    d = one_box("svd", [Tensor(R, (b, r, c))], spec, [(b, r, v), (b, v), (b, v, c)])
    return Case(f"svd-{r.size}x{c.size}", d, (a,))


def affine(terms: dict[int, int], offset: int = 0) -> Slot:
    """The slot `sum of coefficient * index + offset`."""
    return Slot(tuple((i, Size.of(c)) for i, c in terms.items()), Size.of(offset))


def contractions(rng: np.random.Generator) -> list[Case]:
    """matmul, diagonals, splits, merges, strides, pads of every sort, writes, constants, repeats."""
    cases = []

    def case(
        name: str, indices: tuple[Axis, ...], ins: list[Any], out: Any, shape: tuple[int, ...], pads: Any = ()
    ) -> None:
        arrays = tuple(rng.standard_normal(s) for s, _ in ins)
        types = [Tensor(R, tuple(Axis("", Size.of(n)) for n in s)) for s, _ in ins]
        spec = Spec(indices, tuple(m for _, m in ins), (out,), (), pads)
        d = one_box("contract", types, spec, [tuple(Axis("", Size.of(n)) for n in shape)])
        cases.append(Case(name, d, arrays))

    case("matmul", (L, J, K), [((3, 4), at(0, 1)), ((4, 2), at(1, 2))], at(0, 2), (3, 2))
    case("three", (L, J, K), [((3, 4), at(0, 1)), ((4, 2), at(1, 2)), ((3,), at(0))], at(2, 0), (2, 3))
    case("pointwise", (L, J), [((3, 4), at(0, 1)), ((4,), at(1))], at(0, 1), (3, 4))
    case("diagonal", (L,), [((3, 3), at(0, 0))], at(0), (3,))
    case("diagonal-write", (L,), [((3,), at(0))], at(0, 0), (3, 3))
    case("trace", (L,), [((3, 3), at(0, 0))], (), ())
    case("repeat", (L, J), [((3,), at(0))], at(1, 0), (4, 3))
    case("split", (L, K), [((6,), (affine({0: 2, 1: 1}),))], at(1, 0), (2, 3))
    case("merge", (L, K), [((2, 3), at(1, 0))], (affine({0: 2, 1: 1}),), (6,))
    case("slice", (K, L), [((5, 3), (affine({0: 1}, 1), Slot.at(1)))], at(1, 0), (3, 2))
    case("prefix", (K, L), [((5, 3), at(0, 1))], at(0, 1), (2, 3))
    case("prefix-write", (K, L), [((2, 3), at(0, 1))], at(0, 1), (5, 3))
    case("constant", (L,), [((4, 3), (affine({}, 2), Slot.at(0)))], at(0), (3,))
    case("constant-write", (L,), [((3,), at(0))], (affine({}, 2), Slot.at(0)), (4, 3))
    case("flip", (J,), [((4,), (affine({0: -1}, 3),))], at(0), (4,))
    case("sum-product", (L, J), [((3, 4), at(0, 1)), ((3, 4), at(0, 1))], (), ())
    case("outside-sum", (L, J), [((3,), at(0)), ((4,), at(1))], at(0), (3,))
    x = ((7, 2), (affine({0: 2, 1: 1}, -1), Slot.at(2)))
    w = ((2, 3), at(2, 1))
    indices = (J, L, K)  # 4 positions, 3 taps, 2 channels
    for pad in ("0", "1", "edge", "wrap", "reflect"):
        case(f"convolution-{pad}", indices, [x, w], at(0), (4,), (pad, None))
        write = (affine({0: 2, 1: 1}, -1), Slot.at(2))
        case(f"transposed-{pad}", indices, [((4,), at(0)), w], write, (6, 2), (None, None, pad))
    return cases


def positions(rng: np.random.Generator) -> list[Case]:
    """gather and scatter: rows of a table, one entry a row, a position with an offset, repeated positions."""
    nat = DType("nat", Size.of(4))
    t = Axis.of("t", 5)
    p = np.array([3, 0, 0, 2, 1])
    first = (Slot((), ZERO, 1), Slot.at(1))
    table = one_box(
        "gather", [Tensor(R, (J, K)), Tensor(nat, (t,))], Spec((t, K), (first, at(0)), (at(0, 1),)), [(t, K)]
    )
    put = one_box(
        "scatter", [Tensor(R, (t, K)), Tensor(nat, (t,))], Spec((t, K), (at(0, 1), at(0)), (first,)), [(J, K)]
    )
    pick_spec = Spec((t, K), ((Slot.at(0), Slot((), ZERO, 1)), at(0)), (at(0),))
    pick = one_box(
        "gather", [Tensor(R, (t, J)), Tensor(nat, (t,))], Spec((t,), pick_spec.ins, (at(0),)), [(t,)]
    )
    near = (Slot(((1, ONE),), ZERO, 1),)
    window = one_box(
        "gather",
        [Tensor(R, (Axis.of("n", 6),)), Tensor(nat, (t,))],
        Spec((t, K), (near, at(0)), (at(0, 1),)),
        [(t, K)],
    )
    spread = one_box(
        "scatter", [Tensor(R, (K,)), Tensor(nat, (t,))], Spec((t, K), (at(1), at(0)), (first,)), [(J, K)]
    )
    two = one_box(
        "gather", [Tensor(R, (J, J)), Tensor(nat, (t,)), Tensor(nat, (t,))],
        Spec((t,), ((Slot((), ZERO, 1), Slot((), ZERO, 2)), at(0), at(0)), (at(0),)), [(t,)],
    )  # fmt: skip
    return [
        Case("gather-rows", table, (rng.standard_normal((4, 2)), p)),
        Case("scatter-rows", put, (rng.standard_normal((5, 2)), p)),
        Case("gather-entry", pick, (rng.standard_normal((5, 4)), p)),
        Case("gather-window", window, (rng.standard_normal(6), p)),
        Case("scatter-repeated", spread, (rng.standard_normal(2), p)),
        Case("gather-two", two, (rng.standard_normal((4, 4)), p, p[::-1].copy())),
    ]


def concats(rng: np.random.Generator) -> list[Case]:
    """Two arrays, and one element of lower rank."""
    s, a, b = Axis.of("s", 6), Axis.of("a", 2), Axis.of("b", 3)
    args: Args = (("offsets", (Real.of(0), Real.of(2), Real.of(5))),)
    slots = tuple((Slot(((0, ONE),), Size.of(-k)), Slot.at(1)) for k in (0, 2))
    spec = Spec((s, L), (slots[0], slots[1], at(1)), (at(0, 1),), (0,))
    d = one_box("concat", [Tensor(R, (a, L)), Tensor(R, (b, L)), Tensor(R, (L,))], spec, [(s, L)], args)
    return [Case("concat", d, tuple(rng.standard_normal(n) for n in ((2, 3), (3, 3), (3,))))]


def complex_cases(rng: np.random.Generator) -> list[Case]:
    """Holomorphic rows and others on complex numbers."""
    cases = []
    for name in ("exp", "log", "sqrt", "sin", "tanh", "reciprocal", "abs", "sign", "neg"):
        d = one_box(name, [Tensor(C, (L,))], Spec((L,), (at(0),), (at(0),)), [(L,)])
        cases.append(Case(f"{name}-complex", d, (draw("complex", (3,), rng),)))
    for name in ("div", "add", "pow"):
        d = one_box(name, [Tensor(C, (L,)), Tensor(C, (L,))], Spec((L,), (at(0), at(0)), (at(0),)), [(L,)])
        cases.append(Case(f"{name}-complex", d, (draw("complex", (3,), rng), draw("complex", (3,), rng))))
    spec = Spec((L, J), (at(0, 1), at(1)), (at(0),))
    d = one_box("contract", [Tensor(C, (L, J)), Tensor(C, (J,))], spec, [(L,)])
    cases.append(Case("contract-complex", d, (draw("complex", (3, 4), rng), draw("complex", (4,), rng))))
    for name in ("inv", "det", "logdet"):
        r, c = Axis.of("r", 3), Axis.of("c", 3)
        out = {"inv": at(1, 0)}.get(name, ())
        d = one_box(
            name, [Tensor(C, (r, c))], Spec((r, c), (at(0, 1),), (out,), (0, 1)), [(c, r) if out else ()]
        )
        cases.append(Case(f"{name}-complex", d, (draw("complex", (3, 3), rng),)))
    norm = one_box("norm", [Tensor(C, (L,))], Spec((L,), (at(0),), ((),), (0,)), [()])
    return [*cases, Case("norm-complex", norm, (draw("complex", (3,), rng),))]


def sources() -> list[Case]:
    """What has no inputs."""
    value: Args = (("value", Real.of(1.5)),)
    return [
        Case("const", one_box("const", [], Spec((), (), ((),)), [()], value), ()),
        Case("full", one_box("full", [], Spec((L, J), (), (at(0, 1),)), [(L, J)], value), ()),
        Case(
            "iota",
            one_box("iota", [], Spec((J,), (), (at(0),)), [(J,)], (("dtype", DType("nat", J.size)),)),
            (),
        ),
        Case("eye", one_box("eye", [], Spec((L, J), (), (at(0, 1),)), [(L, J)]), ()),
    ]


def every() -> list[Case]:
    """All cases; every row with an array rule or an index structure has one."""
    rng = np.random.default_rng(7)
    makers = {Kind.POINTWISE: pointwise, Kind.REDUCE: reduction, Kind.ALONG: along, Kind.WHOLE: linalg}
    cases = [
        case for op in STANDARD.values() if op.kind in makers and op.name != "concat"
        for case in makers[op.kind](op, rng)
    ]  # fmt: skip
    return cases + contractions(rng) + positions(rng) + concats(rng) + complex_cases(rng) + sources()
