"""Making diagrams: joining by `>>` and `@`, building at once. Peers: DisCoPy and open-hypergraphs."""

from __future__ import annotations

from functools import reduce
from operator import matmul, rshift

from benchmarks.measure import Case, Setup, Work


def joined(n: int) -> Setup:
    """n boxes joined by `>>` in a loop, looked at once."""

    def setup() -> Work:
        from diagram import Ob, box

        f = box("f", Ob("A"), Ob("A"))
        return lambda: len(reduce(rshift, [f] * n).boxes)

    return setup


def tensored(n: int) -> Setup:
    """n boxes side by side by `@` in a loop, looked at once."""

    def setup() -> Work:
        from diagram import Ob, box

        f = box("f", Ob("A"), Ob("A"))
        return lambda: len(reduce(matmul, [f] * n).boxes)

    return setup


def built(n: int) -> Setup:
    """n boxes in a chain by the builder."""

    def setup() -> Work:
        from diagram import Builder, Ob
        from diagram.op import generator

        a = Ob("A")
        f = generator("f", (a,), (a,))

        def work() -> object:
            b = Builder()
            wires: tuple[int, ...] = (b.input(a),)
            for _ in range(n):
                wires = b.box(f, wires, (a,))
            return b.build(wires)

        return work

    return setup


def discopy(sign: str, n: int) -> Setup:
    """The same in DisCoPy's free symmetric category."""

    def setup() -> Work:
        from discopy.symmetric import Box, Ty

        f = Box("f", Ty("A"), Ty("A"))
        return lambda: reduce(rshift if sign == ">>" else matmul, [f] * n)

    return setup


def open_hypergraphs(sign: str, n: int) -> Setup:
    """The same in open-hypergraphs, one composition at a time."""

    def setup() -> Work:
        from numpy import uint32, zeros
        from open_hypergraphs import FiniteFunction, OpenHypergraph

        one = FiniteFunction(1, zeros(1, uint32))
        f = OpenHypergraph.singleton(one, one, one)
        return lambda: reduce(rshift if sign == ">>" else matmul, [f] * n)

    return setup


CASES = (
    Case(
        "join 1 000 boxes by >>",
        joined(1000),
        {"discopy": discopy(">>", 1000), "open-hypergraphs": open_hypergraphs(">>", 1000)},
        bar=0.010,
    ),
    Case("join 10 000 boxes by >>", joined(10_000), bar=0.2),
    Case("put 100 boxes side by side by @", tensored(100), {"discopy": discopy("@", 100)}),
    Case(
        "put 1 000 boxes side by side by @",
        tensored(1000),
        {"open-hypergraphs": open_hypergraphs("@", 1000)},
        bar=0.020,
    ),
    Case("build 100 000 boxes", built(100_000), bar=0.5),
)
