"""Entries of arrays in functors: literals, tables, their shapes."""

from __future__ import annotations

from diagram.hypergraph import Arg, Param
from diagram.reals import Real
from grammar.elab.env import Env, evaluate, fault, kid, kids, optional, word
from grammar.elab.static import whole
from grammar.elab.sums import Exact
from grammar.elab.values import Num, Truth
from grammar.tree import Node


def literal(node: Node, env: Env) -> object:
    """The entries of an array literal, nested."""
    if node.kind == "array":
        return tuple(literal(s, env) for s in kids(kid(kid(node, 0), 0)))
    value = evaluate(node, env)
    if isinstance(value, Truth):
        return Num(Real.of(int(value.value)))
    if not isinstance(value, Num | Exact):
        raise fault("E0308", f"`{node.text}` is not a number", node, "an entry of an array")
    return value


def unit_codes(item: Node, env: Env) -> tuple[tuple[int, str], ...]:
    """`with { zero = 0, one = 1 }`: which entries of a table mean the units of the semiring."""
    options = optional(item, 4)
    if options is None:
        return ()
    found = []
    for option in kids(options):
        if word(option) in ("zero", "one") and option.kids[1] is not None:
            number = whole(kid(option, 1), env).constant
            if number is not None:
                found.append((number, word(option)))
    return tuple(found)


def tabled(param: Param, node: Node) -> object:
    """The entries of a learned array that is a fixed table. Raises `Fault` for any other."""
    from grammar.elab.functor_targets import Missing

    if param.init != "table":
        raise Missing(f"exact values of an array that is `{param.init}`", node)
    return numbers(param.args[0])


def numbers(value: Arg) -> object:
    """Nested numbers as static values."""
    if isinstance(value, tuple):
        return tuple(numbers(v) for v in value)
    assert isinstance(value, Real | int | float)
    return Num(Real.of(value))


def _shape(entries: object) -> tuple[int, ...] | None:
    """The shape of nested tuples, None if it is ragged."""
    if not isinstance(entries, tuple):
        return ()
    inner = {_shape(e) for e in entries}
    if len(inner) != 1 or None in inner:
        return (0,) if not entries else None
    (first,) = inner
    assert first is not None
    return (len(entries), *first)


def check_shape(entries: object, want: list[int | None], node: Node, path: str) -> None:
    """Raises `Fault` E0404 if nested entries do not have a shape; None is any size."""
    have = _shape(entries)
    if have is None:
        raise fault("E0404", f"the rows of the array for `{path.rpartition('.')[2]}` differ in length", node)
    if len(have) != len(want) or any(w is not None and w != h for h, w in zip(have, want, strict=True)):
        wrong_shape(path, have, want, node)


def wrong_shape(path: str, have: object, want: object, node: Node) -> None:
    """Raises `Fault` E0404 with both shapes."""
    name = path.rpartition(".")[2]
    raise fault(
        "E0404",
        f"the image of `{name}` has the wrong type",
        node,
        f"it is         an array of shape [{_listed(have)}]",
        notes=(f"it should be  [{_listed(want)}]: the axes of the inputs, then those of the outputs",),
    )


def _listed(sizes: object) -> str:
    assert isinstance(sizes, list | tuple)
    return ", ".join("?" if n is None else str(n) for n in sizes)


def plain_numbers(entries: object, node: Node) -> Arg:
    """Nested entries as the argument of an initialiser. Raises `Fault` E0404."""
    if isinstance(entries, tuple):
        return tuple(plain_numbers(e, node) for e in entries)
    assert isinstance(entries, Num | Exact)
    if isinstance(entries, Exact):
        raise fault("E0404", f"`{entries}` is {entries.kind}, and a number is needed", node)
    return entries.real


def is_complex(values: Arg) -> bool:
    """Whether some number is complex."""
    if isinstance(values, tuple):
        return any(is_complex(v) for v in values)
    return isinstance(values, Real) and isinstance(values.number, complex)
