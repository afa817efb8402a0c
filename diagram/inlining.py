"""Inlining: calls and repetitions replaced by their bodies, each treated once, lifted over the call's
degree.
"""

from __future__ import annotations

from collections.abc import Callable

from diagram.builder import Builder
from diagram.errors import Diagnostic, DiagramError
from diagram.lifting import Has, lift
from diagram.room import room
from diagram.sharing import Sharing, copy_inputs, is_causal
from diagram.size_limits import most_boxes, most_unfolded
from diagram.types import Axis
from diagram.value import Box, Diagram

MOST_SHARED = 20_000
"""The most that it makes of a diagram that has more than `most_unfolded()` if equal ones are not shared."""


@room()
def inline(d: Diagram, keep: Callable[[Box], bool] | None = None, shared: bool = False) -> Diagram:
    """Calls and repetitions replaced by their bodies, at every depth; `keep(box)` says which stay folded.

    Values, learned arrays and their order stay. Linear in the size of the result. With `shared` equal boxes
    on equal
    wires are one from the start (for cartesian categories), so that recursion which meets the same calls
    again stays small. Raises `DiagramError` E0602 beyond `most_boxes`: without `shared` before any is built.
    """
    count = expanded(d, keep or _none)
    if shared and _can_share(d):
        return _Shared(d, keep or _none, count if count <= most_unfolded() else MOST_SHARED).run(d)
    if count > most_boxes.get():
        raise _too_many(d, f"{count:,}", most_boxes.get())
    return _Inline(keep or _none).run(d)


def inline_within(d: Diagram, keep: Callable[[Box], bool], most: int) -> Diagram | None:
    """`inline(d, keep, shared=True)` if that has at most so many boxes, else None, found out in the time of
    so many.
    """
    if not _can_share(d):
        return inline(d, keep) if expanded(d, keep) <= most else None
    try:
        return _Shared(d, keep, most).run(d)
    except TooMany:
        return None


def limit(d: Diagram, keep: Callable[[Box], bool], most: int) -> None:
    """Raise E0602 if there are more boxes after inlining, counted without doing it."""
    count = expanded(d, keep)
    if count > most:
        raise _too_many(d, f"{count:,}", most)


class TooMany(DiagramError):
    """E0602: more boxes than may be."""


def _can_share(d: Diagram) -> bool:
    return len(set(d.inputs)) == len(d.inputs) and is_causal(d)


def expanded(d: Diagram, keep: Callable[[Box], bool]) -> int:
    """Boxes after inlining, counted without doing it: a sum and product along the bodies, each once."""
    return Counts(keep).of(d)


class Counts:
    """Boxes after inlining, of each diagram and body once."""

    def __init__(self, keep: Callable[[Box], bool]) -> None:
        self.keep = keep
        self.known: dict[int, tuple[int, Diagram]] = {}

    def of(self, d: Diagram) -> int:
        """The boxes of this one. A call and its body count one more than the body."""
        known, path = self.known, [d]
        while path:
            now = path[-1]
            inner = {id(b): b for box in now.boxes for b in box.bodies if id(b) not in known}
            if inner:
                path += inner.values()
                continue
            path.pop()
            total = sum(
                _turns(box, self.keep) * sum(known[id(b)][0] for b in box.bodies) + 1 for box in now.boxes
            )
            known[id(now)] = total, now
        return known[id(d)][0]


def _turns(box: Box, keep: Callable[[Box], bool]) -> int:
    if box.op.name != "repeat" or keep(box):
        return 1
    count = box.arg("count")
    assert isinstance(count, int)
    return count


def _too_many(d: Diagram, count: str, most: int) -> TooMany:
    return TooMany(
        Diagnostic(
            "E0602",
            f"`{d.name or 'this diagram'}` has too many boxes once its calls are expanded: {count}",
            d.span,
            help=f"at most {most:,} are expanded here (--max-boxes raises it); keep repetitions as loops: "
            "`tied[f] ** n`, `scan`",
        )
    )


def _none(box: Box) -> bool:
    return False


def is_shared(box: Box) -> bool:
    """Whether it is one of many calls of a body, which stays a function."""
    return box.mark is not None and ("function", True) in box.mark.options


def anew(box: Box) -> bool:
    """Whether a call is computed again: inlined, its work would be found to be there already."""
    return box.op.name == "call" and box.recomputes and not box.arg("degree")


class _Inline:
    def __init__(self, keep: Callable[[Box], bool]) -> None:
        self.keep = keep
        self.bodies: dict[int, tuple[Diagram, Diagram]] = {}
        self.lifted: dict[tuple[int, tuple[Axis, ...], tuple[Has, ...]], Diagram] = {}

    def run(self, d: Diagram) -> Diagram:
        if not any(box.bodies for box in d.boxes):
            return d
        builder = Builder(d.category)
        to = dict(zip(d.inputs, copy_inputs(d, builder), strict=True))
        for box in d.boxes:
            wires = [self._wire(builder, d, to, w) for w in box.dom]
            if box.op.name in ("call", "repeat") and not self.keep(box):
                first = len(builder.wires)
                made = (
                    self._call(builder, box, wires)
                    if box.op.name == "call"
                    else self._repeat(builder, box, wires)
                )
                self._bind(builder, d, to, box.cod, made, first)
                continue
            bodies = tuple(self.body(b) for b in box.bodies)
            if any(w in to for w in box.cod):  # a loop through wires: the outputs exist already
                outs = tuple(self._wire(builder, d, to, w) for w in box.cod)
                builder.attach(box._replace(dom=tuple(wires), cod=outs, bodies=bodies))
                continue
            first = len(builder.wires)
            types = [d.wires[w] for w in box.cod]
            made = builder.box(box.op, wires, types, box.spec, box.args, bodies, box.mark)
            self._bind(builder, d, to, box.cod, made, first)
        for w in range(len(d.wires)):  # closed wires without boxes
            self._wire(builder, d, to, w)
        outs = tuple(self._wire(builder, d, to, w) for w in d.outputs)
        return builder.build(outs, d.name, d.doc, d.results, d.span, d.dom, d.cod)

    def body(self, d: Diagram) -> Diagram:
        """The inlined body; each once."""
        found = self.bodies.get(id(d))
        if found is None:
            found = self.bodies[id(d)] = (d, self.run(d))
        return found[1]

    def _wire(self, builder: Builder, d: Diagram, to: dict[int, int], w: int) -> int:
        if w not in to:
            to[w] = builder.wire(d.wires[w], d.names[w])
        return to[w]

    def _bind(
        self,
        builder: Builder,
        d: Diagram,
        to: dict[int, int],
        cod: tuple[int, ...],
        made: tuple[int, ...],
        first: int,
    ) -> None:
        """The caller's type and name for what was made; wires passed through keep their own."""
        for w, mine in zip(cod, made, strict=True):
            if w in to:
                builder.join(to[w], mine)
                continue
            to[w] = mine
            if mine >= first:
                builder.wires[mine] = d.wires[w]
                builder.names[mine] = d.names[w] or builder.names[mine]

    def _call(self, builder: Builder, box: Box, wires: list[int]) -> tuple[int, ...]:
        body = self.body(box.bodies[0])
        degree, ports = box.arg("degree") or (), box.arg("ports") or ()
        assert isinstance(degree, tuple) and isinstance(ports, tuple)
        if degree:
            key = (id(body), degree, ports)
            if key not in self.lifted:
                self.lifted[key] = lift(body, degree, ports)
            body = self.lifted[key]
        n = len(body.dom)
        return builder.insert(body, wires[:n], wires[n:])

    def _repeat(self, builder: Builder, box: Box, wires: list[int]) -> tuple[int, ...]:
        body = self.body(box.bodies[0])
        state, fixed, turns = turns_of(box, wires, len(body.dom))
        for params in turns:
            state = list(builder.insert(body, [*state, *fixed], params))
        return tuple(state)


class _Shared:
    """Inlining into one `Sharing`: a call of one body on wires that it has met already is found."""

    def __init__(self, d: Diagram, keep: Callable[[Box], bool], most: int) -> None:
        self.keep = keep
        self.whole, self.most = d, most
        self.work = Sharing(d.category)
        self.calls: dict[tuple[int, tuple[int, ...]], list[int]] = {}
        self.bodies: dict[int, tuple[Diagram, Diagram]] = {}
        self.lifted: dict[tuple[int, tuple[Axis, ...], tuple[Has, ...]], Diagram] = {}
        self.held: list[Diagram] = []

    def run(self, d: Diagram) -> Diagram:
        outs = self.expand(d, copy_inputs(d, self.work.builder))
        return self.work.builder.build(outs, d.name, d.doc, d.results, d.span, d.dom, d.cod)

    def expand(self, d: Diagram, inputs: list[int]) -> list[int]:
        """The boxes of `d` on these wires; the wires of its results."""
        key = (id(d), tuple(inputs))
        if key in self.calls:
            return self.calls[key]
        self.held.append(d)
        if len(self.work.builder.boxes) > self.most:
            raise _too_many(self.whole, f"more than {self.most:,}", self.most)
        flat, work, names = d.flat, self.work, self.work.builder.names
        to = dict(zip(flat.inputs, inputs, strict=True))
        types = flat.wires
        for box in flat.boxes:
            wires = [to[w] for w in box.dom]
            first = len(names)
            if box.op.name in ("call", "repeat") and not self.keep(box):
                made = self.call(box, wires) if box.op.name == "call" else self.repeat(box, wires)
            else:
                bodies = box.bodies
                if bodies and not is_shared(box):  # one that is shared stays the one that it is
                    bodies = tuple([self.body(b) for b in bodies])
                cod = [types[w] for w in box.cod]
                made = list(work.box(box.op, wires, cod, box.spec, box.args, bodies, box.mark))
            for w, mine in zip(box.cod, made, strict=True):
                to[w] = mine
                if mine >= first:
                    work.builder.wires[mine] = types[w]
                    names[mine] = flat.names[w] or names[mine]
                elif not names[mine]:
                    names[mine] = flat.names[w]
        self.calls[key] = outs = [to[w] for w in flat.outputs]
        return outs

    def body(self, d: Diagram) -> Diagram:
        """The inlined body of a box that stays; each once."""
        found = self.bodies.get(id(d))
        if found is None:
            found = self.bodies[id(d)] = (d, inline(d, self.keep, shared=True))
        return found[1]

    def call(self, box: Box, wires: list[int]) -> list[int]:
        (body,) = box.bodies
        degree, ports = box.arg("degree") or (), box.arg("ports") or ()
        assert isinstance(degree, tuple) and isinstance(ports, tuple)
        if degree:
            key = (id(body), degree, ports)
            if key not in self.lifted:
                self.held.append(body)
                self.lifted[key] = lift(self.body(body), degree, ports)
            body = self.lifted[key]
        return self.expand(body, wires)

    def repeat(self, box: Box, wires: list[int]) -> list[int]:
        (body,) = box.bodies
        state, fixed, turns = turns_of(box, wires, len(body.dom))
        for params in turns:
            state = self.expand(body, [*state, *fixed, *params])
        return state


def turns_of(box: Box, wires: list[int], arity: int) -> tuple[list[int], list[int], list[list[int]]]:
    """Of a `repeat`: the carried wires, the invariant ones, and for each turn those of the learned arrays."""
    count, carried, fresh = box.arg("count"), box.arg("carried"), box.arg("fresh")
    assert isinstance(count, int) and isinstance(carried, int) and isinstance(fresh, int)
    own, shared = wires[arity : arity + count * fresh], wires[arity + count * fresh :]
    turns = [own[t * fresh : (t + 1) * fresh] + shared for t in range(count)]
    return wires[:carried], wires[carried:arity], turns
