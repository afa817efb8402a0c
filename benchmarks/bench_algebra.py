"""DisCoPy's own benchmark families (adder, spiral, snakes), equality, matching, tensor contraction."""

from __future__ import annotations

from functools import reduce
from operator import rshift
from random import Random
from typing import Any

from benchmarks.measure import Case, Setup, Work


def adder(n: int) -> Setup:
    """n full adders in a row, each layer with identities on what waits: the carry is routed along."""

    def setup() -> Work:
        from diagram import Ob, box, identity

        bit = Ob("bit")
        cell = box("FA", (bit,) * 3, (bit,) * 2)
        layers = [identity((bit,) * k) @ cell @ identity((bit,) * (2 * (n - k - 1))) for k in range(n)]
        return lambda: len(reduce(rshift, layers).boxes)

    return setup


def discopy_adder(n: int) -> Setup:
    """The same in DisCoPy."""

    def setup() -> Work:
        from discopy.symmetric import Box, Ty

        bit = Ty("bit")
        cell = Box("FA", bit**3, bit**2)
        layers = [bit**k @ cell @ bit ** (2 * (n - k - 1)) for k in range(n)]
        return lambda: reduce(rshift, layers)

    return setup


def spiral(n: int) -> Setup:
    """n nested caps and cups around a state and its effect."""

    def setup() -> Work:
        from diagram import Ob, box, identity

        x = Ob("x")
        cap, cup = box("cap", (), (x, x)), box("cup", (x, x), ())
        unit, counit = box("unit", (), x), box("counit", x, ())

        def work() -> object:
            d = unit
            for k in range(n):
                d = d >> identity((x,) * k) @ cap @ identity((x,) * (k + 1))
            d = d >> identity((x,) * n) @ counit @ identity((x,) * n)
            for k in reversed(range(n)):
                d = d >> identity((x,) * k) @ cup @ identity((x,) * k)
            return len(d.boxes)

        return work

    return setup


def discopy_spiral(n: int) -> Setup:
    """The same in DisCoPy."""

    def setup() -> Work:
        from discopy.monoidal import Box, Ty

        x = Ty("x")
        cap, cup = Box("cap", Ty(), x @ x), Box("cup", x @ x, Ty())
        unit, counit = Box("unit", Ty(), x), Box("counit", x, Ty())

        def work() -> object:
            d = unit
            for k in range(n):
                d = d >> x**k @ cap @ x ** (k + 1)
            d = d >> x**n @ counit @ x**n
            for k in reversed(range(n)):
                d = d >> x**k @ cup @ x**k
            return d

        return work

    return setup


def snakes(n: int) -> Setup:
    """n snakes in a row: equal to a straight wire."""

    def setup() -> Work:
        from diagram import Ob, cap, cup, identity

        x = Ob("x")
        straight = identity(x)

        def work() -> object:
            d = straight
            for _ in range(n):
                d = d >> cap(x, x) @ straight >> straight @ cup(x, x)
            assert d == straight
            return d

        return work

    return setup


def discopy_snakes(n: int) -> Setup:
    """The same in DisCoPy, by its snake removal."""

    def setup() -> Work:
        from discopy.rigid import Cap, Cup, Id, Ty

        x = Ty("x")

        def work() -> object:
            d = Id(x)
            for _ in range(n):
                d = d >> Cap(x, x.l) @ x >> x @ Cup(x.l, x)
            return d.normal_form()

        return work

    return setup


def incidences(n: int, kind: str) -> Any:
    """A diagram of n boxes and the same with wires and boxes in another order."""
    from diagram import Builder, Ob
    from diagram.hypergraph import Box
    from diagram.levels import FREE
    from diagram.op import generator

    a, rng = Ob("A"), Random(0)
    if kind == "spiders":
        q = generator("q", (a, a), (a, a))
        count = n // 4
        ends = [
            (q, tuple(rng.randrange(count) for _ in "ab"), tuple(rng.randrange(count) for _ in "cd"))
            for _ in range(n)
        ]
        ins = outs = [0]
    else:
        ops = [generator(name, (a,), (a,)) for name in "fgh"]
        closed = kind == "closed"
        count = n if closed else n + 1
        ends = [(rng.choice(ops), (k,), ((k + 1) % count,)) for k in range(n)]
        ins, outs = ([], []) if closed else ([0], [n])

    def build(order: list[int], boxes: list[Any]) -> object:
        b = Builder(FREE)
        for _ in range(count):
            b.wire(a)
        for op, dom, cod in boxes:
            b.attach(Box(op, tuple(order[w] for w in dom), tuple(order[w] for w in cod)))
        return b.build([order[w] for w in outs], inputs=[order[w] for w in ins])

    mixed, shuffled = list(range(count)), list(ends)
    rng.shuffle(mixed)
    rng.shuffle(shuffled)
    return build(list(range(count)), ends), build(mixed, shuffled)


def equality(n: int, kind: str) -> Setup:
    """Compare two isomorphic diagrams."""

    def setup() -> Work:
        d, e = incidences(n, kind)

        def work() -> object:
            assert d == e
            return None

        return work

    return setup


def discopy_equality(n: int) -> Setup:
    """The same for a chain in DisCoPy's hypergraphs."""

    def setup() -> Work:
        from discopy.frobenius import Box, Hypergraph, Ty

        x = Ty("x")
        boxes = tuple(Box("fgh"[k % 3], x, x) for k in range(n))
        wires = ((0,), tuple(((k,), (k + 1,)) for k in range(n)), (n,))
        one, two = (Hypergraph(x, x, boxes, wires) for _ in "ab")

        def work() -> object:
            assert one == two
            return None

        return work

    return setup


def matching(n: int) -> Setup:
    """All occurrences of two boxes in a chain of n."""

    def setup() -> Work:
        from diagram import Ob, box, seq
        from diagram.rewrite import Rule, matches

        f, g, h = (box(name, Ob("A"), Ob("A")) for name in "fgh")
        host = seq(*[f if k % 2 else g for k in range(n)])
        rule = Rule("r", f >> g, h)
        return lambda: len(list(matches(rule, host)))

    return setup


def editing(n: int) -> Setup:
    """One box of n replaced by two."""

    def setup() -> Work:
        from diagram import Ob, box, replaced, seq

        f, g, h = (box(name, Ob("A"), Ob("A")) for name in "fgh")
        d, by = seq(*[f] * n), g >> h
        assert d.boxes and by.boxes
        return lambda: replaced(d, n // 2, by).boxes

    return setup


def functor(n: int) -> Setup:
    """The identity functor on n boxes."""

    def setup() -> Work:
        from diagram import Functor, Ob, box, seq

        d = seq(*[box("f", Ob("A"), Ob("A"))] * n)
        assert d.boxes
        identity = Functor({}, {})
        return lambda: identity(d)

    return setup


def brickwork(width: int, depth: int) -> list[tuple[int, int]]:
    """Where the gates of a brickwork circuit stand."""
    return [(layer, at) for layer in range(depth) for at in range(layer % 2, width - 1, 2)]


def unitary() -> Any:
    """A random gate on two wires that keeps lengths, so that no circuit overflows."""
    import numpy as np

    q, _ = np.linalg.qr(np.random.default_rng(0).normal(size=(4, 4)))
    return q.reshape(2, 2, 2, 2)


def contraction(width: int, depth: int) -> Setup:
    """One amplitude of a brickwork circuit, planned once."""

    def setup() -> Work:
        import numpy as np

        from compilers.to_tensor import TensorFunctor
        from diagram import Builder, Ob
        from diagram.levels import FREE
        from diagram.op import generator

        a, b = Ob("A"), Builder(FREE)
        state, effect = generator("s", (), (a,)), generator("e", (a,), ())
        gate = generator("q", (a, a), (a, a))
        wires = [b.box(state, (), (a,))[0] for _ in range(width)]
        for _, at in brickwork(width, depth):
            wires[at], wires[at + 1] = b.box(gate, (wires[at], wires[at + 1]), (a, a))
        for w in wires:
            b.box(effect, (w,), ())
        arrays = {"s": np.ones(2), "e": np.ones(2), "q": unitary()}
        return TensorFunctor({"A": 2}, arrays).compile(b.build(()))

    return setup


def opt_einsum(width: int, depth: int) -> Setup:
    """The same by a cached expression of opt_einsum, greedy path."""

    def setup() -> Work:
        import numpy as np
        import opt_einsum as oe

        gate = unitary()
        ends, fresh = list(range(width)), width
        inputs: list[list[int]] = [[w] for w in ends]
        arrays: list[Any] = [np.ones(2)] * width
        for _, at in brickwork(width, depth):
            inputs.append([ends[at], ends[at + 1], fresh, fresh + 1])
            ends[at], ends[at + 1] = fresh, fresh + 1
            fresh += 2
            arrays.append(gate)
        inputs += [[w] for w in ends]
        arrays += [np.ones(2)] * width
        text = ",".join("".join(oe.get_symbol(i) for i in ins) for ins in inputs) + "->"
        run = oe.contract_expression(text, *(x.shape for x in arrays), optimize="greedy")
        return lambda: run(*arrays)

    return setup


CASES = (
    Case("a routed adder of 100 cells", adder(100), {"discopy": discopy_adder(100)}, bar=0.1),
    Case("a spiral of 50 cups", spiral(50), {"discopy": discopy_spiral(50)}),
    Case("10 snakes are straight", snakes(10), {"discopy": discopy_snakes(10)}),
    Case("1 000 snakes are straight", snakes(1000)),
    Case("equality, chain of 50", equality(50, "chain"), {"discopy": discopy_equality(50)}),
    Case("equality, chain of 10 000", equality(10_000, "chain"), bar=0.1),
    Case("equality, 2 000 boxes on spiders", equality(2000, "spiders"), bar=0.04),
    Case("equality, closed chain of 2 000", equality(2000, "closed"), bar=0.04),
    Case("one box of 10 000 replaced", editing(10_000), bar=0.002),
    Case("identity functor on 1 000 boxes", functor(1000), bar=0.002),
    Case("matches in 1 000 boxes", matching(1000)),
    Case("matches in 10 000 boxes", matching(10_000)),
    Case("contract 350 gates on 20 wires", contraction(20, 37), {"opt_einsum, cached": opt_einsum(20, 37)}),
    Case(
        "contract 3 500 gates on 10 wires", contraction(10, 778), {"opt_einsum, cached": opt_einsum(10, 778)}
    ),
)
