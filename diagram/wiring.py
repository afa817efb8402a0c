"""Diagrams without boxes or with one: identity, swap, copy, spider, cup, cap; small ways of making more."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from diagram.builder import Builder
from diagram.levels import FREE, MARKOV, MONOIDAL, SYMMETRIC, Category
from diagram.op import Op, generator
from diagram.spec import Slot, Spec
from diagram.types import Tensor, Type, Wires, wires_text
from diagram.value import Args, Box, Diagram, Flat, make


def wiring(dom: Wires, outputs: Sequence[int], category: Category | None = None) -> Diagram:
    """No boxes: output k is input `outputs[k]`. Swaps, permutations, copies, discards.

    Without a category it lives in the least one that has it, so that it joins diagrams of any.
    """
    if category is None:
        order = list(outputs)
        straight = list(range(len(dom)))
        category = MONOIDAL if order == straight else SYMMETRIC if sorted(order) == straight else MARKOV
    flat = Flat(dom, (), tuple(range(len(dom))), tuple(outputs), (), ("",) * len(dom))
    return make(flat, dom, tuple([dom[k] for k in outputs]), category)


def identity(ob: Wires | Type, category: Category | None = None) -> Diagram:
    """The identity."""
    wires = _wires(ob)
    return wiring(wires, range(len(wires)), category)


def permutation(dom: Wires, order: Sequence[int], category: Category | None = None) -> Diagram:
    """Output k is input `order[k]`."""
    if sorted(order) != list(range(len(dom))):
        raise ValueError(f"{list(order)} is not a permutation of {len(dom)} wires")
    return wiring(dom, order, category)


def swap(left: Wires | Type, right: Wires | Type, category: Category | None = None) -> Diagram:
    """`A @ B -> B @ A`."""
    a, b = _wires(left), _wires(right)
    return wiring(a + b, (*range(len(a), len(a) + len(b)), *range(len(a))), category)


def copy(ob: Wires | Type, n: int = 2, category: Category | None = None) -> Diagram:
    """`A -> A @ A`: each wire read n times."""
    wires = _wires(ob)
    return wiring(wires, tuple(range(len(wires))) * n, category)


def discard(ob: Wires | Type, category: Category | None = None) -> Diagram:
    """`A -> ()`."""
    return copy(ob, 0, category)


def _wires(ob: Wires | Type) -> Wires:
    return ob if isinstance(ob, tuple) else (ob,)


def spider(ob: Wires | Type, n_in: int, n_out: int, category: Category = FREE) -> Diagram:
    """All `n_in + n_out` legs are one wire; of several wires the blocks repeat: `A @ B @ A @ B -> ...`."""
    wires = _wires(ob)
    legs = tuple(range(len(wires)))
    flat = Flat(wires, (), legs * n_in, legs * n_out, (), ("",) * len(wires))
    return make(flat, wires * n_in, wires * n_out, category)


def cup(left: Type, right: Type, category: Category = FREE) -> Diagram:
    """`A @ A.r -> ()`: one wire, both of whose ends are inputs."""
    return make(Flat((left,), (), (0, 0), (), (), ("",)), (left, right), (), category)


def cap(left: Type, right: Type, category: Category = FREE) -> Diagram:
    """`() -> A.r @ A`: one wire, both of whose ends are outputs."""
    return make(Flat((right,), (), (), (0, 0), (), ("",)), (), (left, right), category)


def trace(d: Diagram, n: int = 1, last: bool = False) -> Diagram:
    """Close the first n wires of `d : T @ A -> T @ B`, or the last. Raises `ValueError` if they differ."""
    ins, outs = (len(d.dom) - n, len(d.cod) - n) if last else (0, 0)
    looped, back = d.dom[ins : ins + n], d.cod[outs : outs + n]
    if looped != back or len(looped) != n:
        raise ValueError(f"trace of {n}: {wires_text(looped)} against {wires_text(back)}")
    b = Builder(d.category)
    loop = [b.wire(t) for t in looped]
    before, after = ([b.input(t) for t in part] for part in (d.dom[:ins], d.dom[ins + n :]))
    made = b.insert(d, [*before, *loop, *after])
    for v, w in zip(loop, made[outs : outs + n], strict=True):
        b.join(v, w)
    rest = (*made[:outs], *made[outs + n :])
    return b.build(rest, dom=d.dom[:ins] + d.dom[ins + n :], cod=d.cod[:outs] + d.cod[outs + n :])


def single(
    op: Op,
    dom: Wires | None = None,
    cod: Wires | None = None,
    spec: Spec | None = None,
    args: Args = (),
    bodies: tuple[Diagram, ...] = (),
    category: Category = FREE,
) -> Diagram:
    """The diagram of one box."""
    ins, outs = op.dom if dom is None else dom, op.cod if cod is None else cod
    n, m = len(ins), len(outs)
    box = Box(op, tuple(range(n)), tuple(range(n, n + m)), spec, args, bodies)
    return make(Flat(ins + outs, (box,), box.dom, box.cod, (), ("",) * (n + m)), ins, outs, category)


def seq(*parts: Diagram) -> Diagram:
    """`f >> g >> ...`. Raises `ValueError` for no parts."""
    if not parts:
        raise ValueError("seq needs at least one diagram")
    result = parts[0]
    for part in parts[1:]:
        result = result >> part
    return result


def par(*parts: Diagram) -> Diagram:
    """`f @ g @ ...`; nothing for no parts."""
    result = identity(())
    for k, part in enumerate(parts):
        result = result @ part if k else part
    return result


def walk(d: Diagram) -> Iterator[Box]:
    """Every box of `d` and of the bodies inside, each body once."""
    seen: set[int] = set()
    todo = [d]
    while todo:
        part = todo.pop()
        for box in part.boxes:
            yield box
            for body in box.bodies:
                if id(body) not in seen:
                    seen.add(id(body))
                    todo.append(body)


def box(name: str, dom: Wires | Type, cod: Wires | Type, category: Category = FREE) -> Diagram:
    """A declared box as a diagram: `box("f", A, B) : A -> B`."""
    return single(generator(name, _wires(dom), _wires(cod)), category=category)


def each(builder: Builder, op: Op, wires: Sequence[int], args: Args) -> list[int]:
    """An operation of one wire, entry by entry, on each wire by itself."""
    found: list[int] = []
    for w in wires:
        type_ = builder.wires[w]
        every = tuple(map(Slot.at, range(len(type_.axes)))) if isinstance(type_, Tensor) else ()
        spec = Spec(type_.axes, (every,), (every,)) if isinstance(type_, Tensor) else None
        found += builder.box(op, (w,), (type_,), spec, args)
    return found
