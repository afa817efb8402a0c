"""Whether a diagram is what it claims to be: incidences legal in its category, types and index structures
that fit.

For tests, for what comes from outside, and for debugging; the builder and the passes do not call it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from diagram.bounds import at_least
from diagram.errors import Diagnostic
from diagram.levels import PROVIDERS, Category
from diagram.op import Kind
from diagram.shape import cycle, ends
from diagram.sizes import Size
from diagram.spec import Map, Spec
from diagram.types import Ob, Tensor, Type, Unknown, Wires, wires_text
from diagram.value import Box, Diagram

STRUCTURES = {
    "braid": ("braid", "E0326"),
    "unbraid": ("braid", "E0326"),
    "twist": ("twist", "E0326"),
    "untwist": ("twist", "E0326"),
    "function": ("function", "E0325"),
    "eval": ("function", "E0325"),
}
"""Boxes that only some categories have: the structure they need, and the error where it is missing."""


def check(d: Diagram) -> list[Diagnostic]:
    """Everything that is wrong with a diagram and the bodies in it; empty if nothing is. Linear.

    >>> from diagram.hypergraph import copy
    >>> from diagram.levels import Category
    >>> from diagram.types import Ob
    >>> [found.message for found in check(copy(Ob("A"), 2, Category("Linear", ("symmetric",))))]
    ['wire 0 : A is read 2 times, which Linear : symmetric does not allow']
    """
    found: list[Diagnostic] = []
    seen: set[int] = set()
    todo = [d]
    while todo:
        part = todo.pop()
        if id(part) in seen:
            continue
        seen.add(id(part))
        numbers = list(_numbers(part))
        found += numbers
        if not numbers:
            found += _incidences(part)
            found += _types(part)
            for box in part.boxes:
                found += _box(part, box)
        todo += [body for box in part.boxes for body in box.bodies]
    return found


def _numbers(d: Diagram) -> Iterator[Diagnostic]:
    """Lengths that must agree, and wires that must exist."""
    flat, n = d.flat, len(d.flat.wires)
    if len(flat.inputs) != len(d.dom) + len(flat.params) or len(flat.outputs) != len(d.cod):
        counts = f"{len(flat.inputs)} inputs and {len(flat.outputs)} outputs"
        yield Diagnostic("E0302", f"{d!r}: {counts} are wired")
    if len(flat.names) != n:
        yield Diagnostic("E0302", f"{d!r}: {len(flat.names)} names for {n} wires")
    ports = [*flat.inputs, *flat.outputs, *(w for box in flat.boxes for w in (*box.dom, *box.cod))]
    wrong = next((w for w in ports if not 0 <= w < n), None)
    if wrong is not None:
        yield Diagnostic("E0302", f"{d!r}: there is no wire {wrong}, only {n}")


def _refused(category: Category, structure: str) -> str:
    levels = " or ".join(PROVIDERS.get(structure, ()))
    return f"declare the category {levels}, or write the box you mean" if levels else ""


def _incidences(d: Diagram) -> Iterator[Diagnostic]:
    """Every wire is written and read as often as the category lets it be, and loops only where it has a
    trace."""
    has = d.category.has
    writes, reads = ends(d)
    for w, (made, used) in enumerate(zip(writes, reads, strict=True)):
        what = f"wire {w} : {d.wires[w]}"
        for code, wrong, structure in _faults(made, used, has):
            times = {"copy": f"is read {used} times", "discard": "is never read"}.get(structure, wrong)
            message = f"{what} {times}, which {d.category} does not allow"
            yield Diagnostic(code, message, help=_refused(d.category, structure))
    if not has("trace") and not has("cup"):
        looped = cycle(d)
        if looped:
            names = ", ".join(d.boxes[k].label for k in looped[:3])
            message = f"there is a loop through {names}, which {d.category} does not allow"
            yield Diagnostic("E0405", message, help=_refused(d.category, "trace"))


def _faults(made: int, used: int, has: Callable[[str], bool]) -> Iterator[tuple[str, str, str]]:
    """What a wire with so many writers and readers lacks: code, words, structure."""
    if has("spider"):
        return
    if has("cup") and made + used in ((0, 2) if has("trace") else (2,)):
        return
    if made == used == 0 and has("trace"):
        return
    if made != 1:
        yield "E0327", f"is written {made} times", "spider"
    if used > 1 and not has("copy"):
        yield "E0304", "", "copy"
    if used == 0 and not has("discard"):
        yield "E0305", "", "discard"


def agree(port: Type, wire: Type, category: Category) -> bool:
    """Whether a port may sit on a wire: one type, up to adjoints where there are any."""
    if port == wire or isinstance(port, Unknown) or isinstance(wire, Unknown):
        return True
    if isinstance(port, Ob) and isinstance(wire, Ob) and category.has("adjoint"):
        return (port.name, port.prime) == (wire.name, wire.prime)
    return False


def _types(d: Diagram) -> Iterator[Diagnostic]:
    """The ports of the boundary and of declared boxes have the types of their wires."""
    flat = d.flat
    ports = [("input", d.dom, flat.inputs), ("output", d.cod, flat.outputs)]
    for box in flat.boxes:
        if box.op.kind is Kind.GENERATOR and box.spec is None:
            sides = ((box.op.dom, box.dom), (box.op.cod, box.cod))
            for side, (types, wires) in zip(("input", "output"), sides, strict=True):
                if len(types) != len(wires):
                    yield Diagnostic("E0302", f"{box.label} has {len(types)} {side}s, given {len(wires)}")
                else:
                    ports.append((f"{box.label}, {side}", types, wires))
    for name, types, wires in ports:
        for k, (type_, w) in enumerate(zip(types, wires, strict=False)):
            if not agree(type_, flat.wires[w], d.category):
                yield Diagnostic("E0301", f"{name} {k} is {type_}, its wire {w} is {flat.wires[w]}")


def _box(d: Diagram, box: Box) -> Iterator[Diagnostic]:
    name = box.op.name
    if name in STRUCTURES and box.op.kind in (Kind.STRUCTURE, Kind.BODY):
        structure, code = STRUCTURES[name]
        if not d.category.has(structure):
            yield Diagnostic(code, f"{d.category} has no {name}", help=_refused(d.category, structure))
    if box.spec is not None:
        yield from _spec(d, box, box.spec)
    if box.op.kind is Kind.BODY:
        yield from _body(d, box)


def _spec(d: Diagram, box: Box, spec: Spec) -> Iterator[Diagnostic]:
    """A slot for each axis of each port; plain slots stay inside their axis; ports and indices exist."""
    if (len(spec.ins), len(spec.outs)) != (len(box.dom), len(box.cod)):
        counts = f"{len(spec.ins)} -> {len(spec.outs)}, wired {len(box.dom)} -> {len(box.cod)}"
        yield Diagnostic("E0302", f"the index structure of {box.label} has ports {counts}")
        return
    n = len(spec.indices)
    slots = [slot for port in (*spec.ins, *spec.outs) for slot in port]
    if not all(0 <= i < n for slot in slots for i, _ in slot.terms) or not all(0 <= c < n for c in spec.core):
        yield Diagnostic("E0302", f"the index structure of {box.label} mentions an index beyond its {n}")
        return
    if any(slot.gather >= len(box.dom) for slot in slots):
        yield Diagnostic("E0302", f"{box.label} gathers by a port it does not have")
    for port, (slots_, w) in enumerate(zip((*spec.ins, *spec.outs), (*box.dom, *box.cod), strict=True)):
        yield from _port(d, box, spec, port, slots_, w)


def _port(d: Diagram, box: Box, spec: Spec, port: int, slots: Map, w: int) -> Iterator[Diagnostic]:
    type_ = d.wires[w]
    if not isinstance(type_, Tensor):
        return
    if len(slots) != len(type_.axes):
        counts = f"{len(slots)} slots for the {len(type_.axes)} axes of {type_}"
        yield Diagnostic("E0302", f"port {port} of {box.label} has {counts}")
        return
    for slot, axis in zip(slots, type_.axes, strict=True):
        if slot.index is None or spec.pad(port) is not None:
            continue
        size = spec.indices[slot.index].size
        inside = port < len(spec.ins) and (box.op.name == "concat" or not _exceeds(size, axis.size))
        if size != axis.size and not inside:
            place = f"port {port} of {box.label}"
            yield Diagnostic("E0312", f"{place}: an index of size {size} on axis {axis} of size {axis.size}")


def _exceeds(size: Size, axis: Size) -> bool:
    """A shorter index reads a prefix; only what is provably too long is wrong."""
    return at_least(size - axis, 1)


def _body(d: Diagram, box: Box) -> Iterator[Diagnostic]:
    """The wires of a box with a body are those its body needs."""
    want = _WANTED.get(box.op.name)
    if not box.bodies or want is None:
        return
    mine = tuple(d.wires[w] for w in box.dom), tuple(d.wires[w] for w in box.cod)
    needed = want(box, box.bodies[0])
    if needed is None:
        return
    for side, have, need in zip(("reads", "writes"), mine, needed, strict=True):
        if len(have) != len(need) or not all(
            _alike(a, b, d.category) for a, b in zip(have, need, strict=True)
        ):
            notes = (f"it {side}        {wires_text(have)}", f"its body needs  {wires_text(need)}")
            yield Diagnostic("E0302", f"{box.label} does not fit its body", notes=notes)


def _alike(have: Type, need: Type, category: Category) -> bool:
    """Arrays up to the names of their axes: those of a body are its own."""
    if isinstance(have, Tensor) and isinstance(need, Tensor):
        return have.dtype == need.dtype and have.shape == need.shape
    return agree(have, need, category)


Need = tuple[Wires, Wires] | None


def _learned(body: Diagram) -> Wires:
    return tuple(body.wires[w] for w in body.param_wires)


def _call(box: Box, body: Diagram) -> Need:
    degree, ports = box.arg("degree") or (), box.arg("ports") or ()
    if not isinstance(degree, tuple) or not isinstance(ports, tuple):
        return None
    dom = [_fronted(t, [degree[p] for p in has]) for t, has in zip(body.dom, ports, strict=False)]
    dom += body.dom[len(ports) :]
    return (*dom, *_learned(body)), tuple(_fronted(t, degree) for t in body.cod)


def _fronted(type_: Type, axes: Sequence[object]) -> Type:
    """An array with axes in front."""
    front = tuple(axes)
    return type_.with_axes((*front, *type_.axes)) if isinstance(type_, Tensor) else type_  # type: ignore[arg-type]


def _repeat(box: Box, body: Diagram) -> Need:
    count, fresh, carried = box.arg("count"), box.arg("fresh"), box.arg("carried")
    if not (isinstance(count, int) and isinstance(fresh, int) and isinstance(carried, int)):
        return None
    own = _learned(body)
    state = body.dom[:carried]
    return body.dom + own[:fresh] * count + own[fresh:], state if body.cod == state else body.cod


def _scan(box: Box, body: Diagram) -> Need:
    axis, states, scanned = box.arg("axis"), box.arg("states"), box.arg("scanned")
    if not isinstance(states, int) or not isinstance(scanned, int):
        return None
    slices = tuple(_fronted(t, [axis]) for t in body.dom[states : states + scanned])
    dom = body.dom[:states] + slices + body.dom[states + scanned :] + _learned(body)
    return dom, body.cod[:states] + tuple(_fronted(t, [axis]) for t in body.cod[states:])


def _trace(box: Box, body: Diagram) -> Need:
    n = box.arg("wires")
    if not isinstance(n, int):
        return None
    return body.dom[n:] + _learned(body), body.cod[n:]


_WANTED: dict[str, Callable[[Box, Diagram], Need]] = {
    "call": _call,
    "repeat": _repeat,
    "scan": _scan,
    "trace": _trace,
}
"""The types of the wires that each box with a body needs."""
