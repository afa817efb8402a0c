"""The one mutable thing: a `Builder` makes one diagram, linearly, and never leaves its function."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from diagram.errors import Span
from diagram.levels import TENSOR, Category
from diagram.op import Op
from diagram.sizes import Size
from diagram.spec import Spec
from diagram.types import Type, Wires, map_sizes
from diagram.value import Args, Box, Diagram, Flat, Mark, Param, make


class Builder:
    """Builds one diagram, linearly; never leaves the function that made it.

    >>> from diagram.op import generator
    >>> from diagram.types import Ob
    >>> A = Ob("A")
    >>> b = Builder()
    >>> x = b.input(A, "x")
    >>> (y,) = b.box(generator("f", (A,), (A,)), (x,), (A,))
    >>> b.build((y,))
    diagram : A -> A
    """

    __slots__ = ("_gone", "_inputs", "_joined", "_params", "_paths", "boxes", "category", "names", "wires")

    def __init__(self, category: Category = TENSOR) -> None:
        self.category = category
        self.wires: list[Type] = []
        self.names: list[str] = []
        self.boxes: list[Box] = []
        self._inputs: list[int] = []
        self._params: list[tuple[Param, int]] = []
        self._paths: dict[str, int] = {}
        self._joined: dict[int, int] = {}
        self._gone: set[int] = set()

    def wire(self, type_: Type, name: str = "") -> int:
        """A new wire that nothing writes yet."""
        self.wires.append(type_)
        self.names.append(name)
        return len(self.wires) - 1

    def input(self, type_: Type, name: str = "") -> int:
        """A new wire of the domain."""
        w = self.wire(type_, name)
        self._inputs.append(w)
        return w

    def param(self, type_: Type, param: Param) -> int:
        """A new learned array. A path in use already gets a suffix `_1`, `_2`, ..."""
        path, k = param.path, self._paths.get(param.path, 0)
        while path in self._paths:
            path, k = f"{param.path}_{k + 1}", k + 1
        self._paths[param.path] = k
        self._paths.setdefault(path, 0)
        w = self.wire(type_, path)
        self._params.append((param if path == param.path else replace(param, path=path), w))
        return w

    def adopt(self, params: Iterable[tuple[Param, int]]) -> None:
        """Learned arrays on wires that exist, with their paths as they are."""
        for param, w in params:
            self._paths.setdefault(param.path, 0)
            self._params.append((param, w))

    @property
    def params(self) -> list[tuple[Param, int]]:
        """The learned arrays so far, with their wires."""
        return self._params

    @property
    def inputs(self) -> tuple[int, ...]:
        """The wires of the domain so far."""
        return tuple(self._inputs)

    def substitute(self, sizes: Mapping[str, int | Size]) -> None:
        """Replace size symbols in all that is built so far."""
        from diagram.resize import box_resized

        self.wires = [map_sizes(t, sizes) for t in self.wires]
        self.boxes = [box_resized(box, sizes) for box in self.boxes]
        self._params = [
            (p if p.fan is None else replace(p, fan=p.fan.subs(sizes)), w) for p, w in self._params
        ]

    def box(
        self,
        op: Op,
        dom: Iterable[int],
        cod: Iterable[Type],
        spec: Spec | None = None,
        args: Args = (),
        bodies: tuple[Diagram, ...] = (),
        mark: Mark | None = None,
    ) -> tuple[int, ...]:
        """A box reading the wires `dom`; returns the new wires, of types `cod`, that it writes."""
        first = len(self.wires)
        self.wires.extend(cod)
        last = len(self.wires)
        self.names.extend([""] * (last - first))
        out = tuple(range(first, last))
        self.boxes.append(Box(op, tuple(dom), out, spec, args, bodies, mark))
        return out

    def attach(self, box: Box) -> None:
        """A box between existing wires (for loops and undirected wiring)."""
        self.boxes.append(box)

    def join(self, v: int, w: int) -> int:
        """Make two wires one; returns the one that stays."""
        v, w = self.find(v), self.find(w)
        if v == w:
            return v
        keep, drop = (v, w) if v < w else (w, v)
        self._joined[drop] = keep
        if not self.names[keep]:
            self.names[keep] = self.names[drop]
        return keep

    def forget(self, wires: Iterable[int]) -> None:
        """Wires that are no part of the diagram any more: what they were read and written by has moved."""
        self._gone.update(self.find(w) for w in wires)

    def find(self, w: int) -> int:
        """The wire that w has become by joining."""
        joined = self._joined
        while w in joined:
            above = joined[w]
            if above in joined:  # halve the path, so that long chains of joins stay near linear
                above = joined[w] = joined[above]
            w = above
        return w

    def insert(
        self, d: Diagram, wires: Sequence[int], params: Sequence[int] | None = None
    ) -> tuple[int, ...]:
        """Copy the boxes of `d` here, its domain on `wires`; returns the wires of its codomain.

        Learned arrays become new ones unless wires for them are given.
        """
        flat = d.flat
        to: list[int] = [-1] * len(flat.wires)
        given = list(wires)
        extra = flat.inputs[len(given) :]
        if params is not None:
            given += params
        else:
            given += [self.param(flat.wires[w], p) for w, p in zip(extra, flat.params, strict=True)]
        for w, mine in zip(flat.inputs, given, strict=True):
            to[w] = mine if to[w] < 0 else self.join(to[w], mine)
        types, names, old_names = self.wires, self.names, flat.names
        if -1 in to:
            at = len(types)
            for w, mine in enumerate(to):
                if mine < 0:
                    to[w] = at
                    at += 1
                    types.append(flat.wires[w])
                    names.append(old_names[w])
        append = self.boxes.append
        for op, dom, cod, spec, args, bodies, mark in flat.boxes:
            ins, outs = tuple([to[w] for w in dom]), tuple([to[w] for w in cod])
            append(Box(op, ins, outs, spec, args, bodies, mark))
        return tuple([to[w] for w in flat.outputs])

    def build(
        self,
        outputs: Iterable[int],
        name: str = "",
        doc: str = "",
        results: tuple[str, ...] = (),
        span: Span | None = None,
        dom: Wires | None = None,
        cod: Wires | None = None,
        inputs: Sequence[int] | None = None,
    ) -> Diagram:
        """The diagram with these outputs. `dom`, `cod`: port types where the wires' differ (adjoints).

        `inputs`: the wires of the domain, where they are not those made by `input` in their order; a wire may
        be there several times (a spider, a cup).
        """
        outs = tuple(outputs)
        legs = self._inputs if inputs is None else inputs
        ins = (*legs, *(w for _, w in self._params))
        port_dom = tuple([self.wires[w] for w in legs]) if dom is None else dom
        port_cod = tuple([self.wires[w] for w in outs]) if cod is None else cod
        params = tuple(p for p, _ in self._params)
        if self._joined or self._gone:
            flat = compress(self, ins, outs, params)
        else:
            flat = Flat(tuple(self.wires), tuple(self.boxes), ins, outs, params, tuple(self.names))
        return make(flat, port_dom, port_cod, self.category, name, doc, results, span)


def compress(b: Builder, ins: tuple[int, ...], outs: tuple[int, ...], params: tuple[Param, ...]) -> Flat:
    """Renumber after joining: each class of joined wires is one wire; those forgotten are none."""
    gone = b._gone
    to: list[int] = []
    wires: list[Type] = []
    names: list[str] = []
    for w, type_ in enumerate(b.wires):
        root = b.find(w)
        if root in gone:
            to.append(-1)
        elif root == w:
            to.append(len(wires))
            wires.append(type_)
            names.append(b.names[w])
        else:
            to.append(to[root])
    boxes = tuple(
        box._replace(dom=tuple([to[w] for w in box.dom]), cod=tuple([to[w] for w in box.cod]))
        for box in b.boxes
    )
    return Flat(
        tuple(wires), boxes, tuple(to[w] for w in ins), tuple(to[w] for w in outs), params, tuple(names)
    )
