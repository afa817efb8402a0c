"""Functions on wires made first order: a function that is known is what it captured, and to apply it is to
call its body. A body is made once for each kind of functions that it takes, so the text stays in proportion,
where beta would copy it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain

from diagram.builder import Builder
from diagram.ops import STANDARD
from diagram.types import Hom, Type
from diagram.value import Args, Box, Diagram, Mark
from diagram.wiring import walk

SMALL = 8
"""Bodies of so many boxes are put in place."""
CARRIED = {"scan": ("states", "scanned"), "repeat": ("carried",), "trace": (), "feedback": ("wires",)}
"""How many wires of a loop go round or are sliced, by its arguments; behind them come the others."""


class Unknown(Exception):
    """A function whose text is not known."""


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """What is known of a function: its body, and the types, or shapes, of what it captured."""

    body: Diagram
    captured: tuple[Type | Shape, ...]

    @property
    def types(self) -> tuple[Type, ...]:
        """The types of the wires that it is: all that it captured, then its learned arrays."""
        learned = (self.body.wires[w] for w in self.body.param_wires)
        return (*chain.from_iterable(map(_types, self.captured)), *learned)


@dataclass(frozen=True, slots=True)
class Known:
    """A function by its shape, on the wires that it is."""

    shape: Shape
    wires: tuple[int, ...]


Held = int | Known
Kinds = tuple[Shape | None, ...]


def _types(part: Type | Shape) -> tuple[Type, ...]:
    return part.types if isinstance(part, Shape) else (part,)


def _wires(held: Sequence[Held]) -> list[int]:
    return list(chain.from_iterable(h.wires if isinstance(h, Known) else (h,) for h in held))


def _kinds(held: Sequence[Held]) -> Kinds:
    return tuple(h.shape if isinstance(h, Known) else None for h in held)


def is_higher(d: Diagram) -> bool:
    """Whether functions go along wires, at any depth."""
    return any(isinstance(t, Hom) for t in d.wires) or any(
        isinstance(t, Hom) for box in walk(d) for body in box.bodies for t in body.wires
    )


def first_order(d: Diagram) -> Diagram | None:
    """The same map without functions on wires; None if one of them is not known. Linear in the bodies and the
    kinds of functions that meet.
    """
    if any(isinstance(t, Hom) for t in (*d.dom, *d.cod)):
        return None
    try:
        return _Bodies().of(d, (None,) * len(d.dom))[0]
    except Unknown:
        return None


class _Bodies:
    """Bodies for kinds of functions, each once."""

    def __init__(self) -> None:
        self.made: dict[tuple[int, Kinds], tuple[Diagram, Kinds]] = {}
        self.shapes: dict[tuple[object, ...], Shape] = {}
        self.slopes: dict[int, Diagram] = {}
        self.kept: list[Diagram] = []

    def shape(self, body: Diagram, captured: Sequence[Type | Shape]) -> Shape:
        """The one shape of its kind."""
        self.kept.append(body)
        key = (id(body), *captured)
        if key not in self.shapes:
            self.shapes[key] = Shape(body, tuple(captured))
        return self.shapes[key]

    def of(self, d: Diagram, kinds: Kinds) -> tuple[Diagram, Kinds]:
        """The body with its functions as what they captured, and the kinds of its results."""
        if not any(kinds) and not is_higher(d):
            return d, (None,) * len(d.cod)
        key = (id(d), kinds)
        if key not in self.made:
            self.kept.append(d)
            self.made[key] = _Body(self, d).run(kinds)
        return self.made[key]

    def slope(self, shape: Shape) -> Shape:
        """The derivative of a function in its arguments. Raises `Unknown` if these are functions."""
        from diagram.derivative import of_function

        rest = shape.body.dom[len(shape.captured) :]
        if any(isinstance(t, Hom) for t in (*rest, *shape.body.cod)):
            raise Unknown
        kinds = tuple(c if isinstance(c, Shape) else None for c in shape.captured)
        body, _ = self.of(shape.body, (*kinds, *(None for _ in rest)))
        n = len(body.dom) - len(rest)
        if id(body) not in self.slopes:
            self.kept.append(body)
            self.slopes[id(body)] = of_function(body, n)
        return self.shape(self.slopes[id(body)], body.dom[:n])


class _Body:
    """One body being made."""

    def __init__(self, bodies: _Bodies, d: Diagram) -> None:
        self.bodies = bodies
        self.d = d
        self.b = Builder(d.category)
        self.held: dict[int, Held] = {}

    def run(self, kinds: Kinds) -> tuple[Diagram, Kinds]:
        """All boxes in order."""
        d, b = self.d, self.b
        names = d.input_names
        for w, type_, kind, name in zip(d.inputs, d.dom, kinds, names, strict=False):
            if isinstance(type_, Hom):
                if kind is None:
                    raise Unknown
                self.held[w] = Known(kind, tuple(b.input(t, f"{name}_{k}") for k, t in enumerate(kind.types)))
            else:
                self.held[w] = b.input(type_, d.names[w])
        for param, w in zip(d.params, d.param_wires, strict=True):
            self.held[w] = b.param(d.wires[w], param)
        for box in d.boxes:
            self.bind(box, self.box(box, [self.held[w] for w in box.dom]))
        outs = [self.held[w] for w in d.outputs]
        plain = len(_wires(outs)) == len(outs)
        made = b.build(_wires(outs), d.name, d.doc, d.results if plain else (), d.span)
        return made, _kinds(outs)

    def bind(self, box: Box, made: Sequence[Held]) -> None:
        """The results of a box."""
        for w, one in zip(box.cod, made, strict=True):
            self.held[w] = one
            if isinstance(one, int):
                self.b.names[one] = self.b.names[one] or self.d.names[w]

    def box(self, box: Box, dom: list[Held]) -> Sequence[Held]:
        """What a box gives. Raises `Unknown`."""
        name, first = box.op.name, dom[0] if dom else None
        if name == "function":
            return [self.function(box, dom)]
        if name == "eval" and isinstance(first, Known):
            return self.applied(first, dom[1:], box)
        if name == "derived" and isinstance(first, Known):
            return [Known(self.bodies.slope(first.shape), first.wires)]
        higher = any(isinstance(h, Known) for h in dom)
        gives = any(isinstance(self.d.wires[w], Hom) for w in box.cod)
        if name == "call" and (higher or gives or is_higher(box.bodies[0])) and not box.arg("degree"):
            (body,) = box.bodies
            n = len(body.dom)
            made, kinds = self.bodies.of(body, _kinds(dom[:n]))
            return self.call(made, kinds, _wires(dom[:n]), _wires(dom[n:]), box.mark)
        if gives or (higher and name not in CARRIED):
            raise Unknown
        return self.loop(box, dom)

    def function(self, box: Box, dom: Sequence[Held]) -> Known:
        """A function is what it captures."""
        (body,) = box.bodies
        n = len(dom) - len(body.params)
        parts = [h.shape if isinstance(h, Known) else t for h, t in zip(dom[:n], body.dom, strict=False)]
        return Known(self.bodies.shape(body, parts), tuple(_wires(dom)))

    def applied(self, function: Known, arguments: Sequence[Held], box: Box) -> Sequence[Held]:
        """A call of the body for what it captured and these arguments."""
        shape = function.shape
        kinds = tuple(c if isinstance(c, Shape) else None for c in shape.captured)
        made, results = self.bodies.of(shape.body, (*kinds, *_kinds(arguments)))
        n = len(function.wires) - len(shape.body.params)
        ins = [*function.wires[:n], *_wires(arguments)]
        mark = Mark(shape.body.name or "fn", box.mark.span if box.mark else None)
        return self.call(made, results, ins, list(function.wires[n:]), mark)

    def call(
        self, body: Diagram, kinds: Kinds, ins: list[int], params: list[int], mark: Mark | None
    ) -> Sequence[Held]:
        """A call, or the few boxes of the body."""
        if len(body.boxes) <= SMALL and not any(box.bodies for box in body.boxes):
            made = self.b.insert(body, ins, params)
        else:
            args: Args = (("degree", ()), ("ports", ((),) * len(ins)))
            mark = replace(mark or Mark(), options=(*(mark.options if mark else ()), ("function", True)))
            made = self.b.box(STANDARD["call"], (*ins, *params), body.cod, None, args, (body,), mark)
        rest = iter(made)
        return [
            next(rest) if kind is None else Known(kind, tuple(next(rest) for _ in kind.types))
            for kind in kinds
        ]

    def loop(self, box: Box, dom: Sequence[Held]) -> Sequence[Held]:
        """A box as it is; a loop takes the functions from outside as what they captured."""
        new, wires = box, _wires(dom)
        if box.bodies and (len(wires) != len(dom) or any(map(is_higher, box.bodies))):
            bodies = []
            for body in box.bodies:
                front = len(body.dom) - len(dom) + len(body.params) if box.op.name == "trace" else 0
                kinds = ((None,) * front + _kinds(dom) + (None,) * len(body.dom))[: len(body.dom)]
                made, results = self.bodies.of(body, kinds)
                if any(results) or any(kinds[: front + self.carried(box)]):
                    raise Unknown
                bodies.append(made)
            new = box._replace(bodies=tuple(bodies))
        types = [self.d.wires[w] for w in box.cod]
        return self.b.box(new.op, wires, types, new.spec, new.args, new.bodies, new.mark)

    def carried(self, box: Box) -> int:
        """How many wires in front go round or are sliced."""
        counts = [box.arg(name) for name in CARRIED.get(box.op.name, ())]
        return sum(n for n in counts if isinstance(n, int))
